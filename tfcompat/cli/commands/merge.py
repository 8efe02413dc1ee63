"""``tfcompat merge``: join the results of shards in one folder, and say what is missing."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.execution.merge import merge_folders
from tfcompat.planning.study import FILE_NAME, load_study

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence

_SHOWN = 40


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    add("sources", type=Path, nargs="+", metavar="DIR", help="folders of results, one a shard")
    add("--results", type=Path, metavar="DIR", required=True,
        help="store here, with what is there already")  # fmt: skip
    add("--config", type=Path, metavar="FILE",
        help=f"the study's file; default: {FILE_NAME}, where there is one")  # fmt: skip


def run(parsed: Namespace) -> int:
    """Merge the folders and print what is contradictory, damaged or missing; 3 if anything is."""
    config = parsed.config or (Path(FILE_NAME) if Path(FILE_NAME).is_file() else None)
    study = load_study(config) if config else None
    done = merge_folders(parsed.sources, parsed.results, study)
    print(f"{parsed.results}: {done.cells} cells, {done.changed} written")
    _say("contradiction", done.contradictions)
    _say("damaged", done.damaged)
    _say("note", done.notes)
    _say("missing", [f"{name}: {why}" for name, why in done.incomplete.items()])
    return 3 if done.incomplete else 0


def _say(what: str, lines: Sequence[str]) -> None:
    for line in lines[:_SHOWN]:
        print(f"{what}: {line}", file=sys.stderr)
    if len(lines) > _SHOWN:
        print(f"{what}: and {len(lines) - _SHOWN} more", file=sys.stderr)
