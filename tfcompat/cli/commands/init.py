"""``tfcompat init``: write the first caliper.yaml for a folder of scripts."""

from __future__ import annotations

import sys
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.errors import SelectionError
from tfcompat.planning.plan import Selection
from tfcompat.planning.study import FILE_NAME
from tfcompat.planning.surroundings import CommandLine
from tfcompat.search import new_study
from tfcompat.search.request import SearchRequest
from tfcompat.util.files import write_text
from tfcompat.util.text import plural

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

_NOXFILE = "noxfile.py"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    add("folder", nargs="?", type=Path, default=Path(), metavar="FOLDER",
        help="the folder of the scripts; default: this one")  # fmt: skip
    add("--dependency", metavar="NAME", help="the package; default: the one that scripts import")
    add("--from", type=Path, dest="source", metavar="FILE",
        help="what this file states beside the package holds in the study: requirements.txt, "
        "pyproject.toml (or pyproject.toml[GROUP,...]), environment.yml")  # fmt: skip
    add("--nox", action="store_true",
        help="also write a noxfile, with one session for each cell")  # fmt: skip
    add("--offline", action="store_true", help="ask no index")


def run(parsed: Namespace) -> int:
    """Write the file, and say what to do next."""
    folder = parsed.folder.resolve()
    for name in (FILE_NAME, *([_NOXFILE] if parsed.nox else [])):
        if (folder / name).exists():
            msg = f"{parsed.folder / name} is there already; edit it, or name another folder"
            raise SelectionError(msg)
    scripts = new_study.scripts_in(folder)
    request = SearchRequest(
        selection=Selection(config=folder / FILE_NAME, offline=parsed.offline),
        scripts=tuple(scripts),
        dependency=parsed.dependency,
        command_line=CommandLine(
            requirement_files=(str(parsed.source.resolve()),) if parsed.source else ()
        ),
    )
    if not parsed.quiet:
        print("looking for the release that the scripts are written for", file=sys.stderr)
    made = new_study.new_study(folder, request)
    path = new_study.write(made)
    print(
        f"wrote {path}: {plural(made.scripts, 'script')} of {made.dependency}, "
        f"compared with {', '.join(dict.fromkeys(made.baselines.values()))}"
    )
    where = "" if folder == Path.cwd() else f" --config {path}"
    runs = f"tfcompat run{where}"
    if parsed.nox:
        text = resources.files("tfcompat.data").joinpath("noxfile.txt").read_text(encoding="utf-8")
        write_text(folder / _NOXFILE, text)
        print(f"wrote {folder / _NOXFILE}, for a nox in this environment: `nox -l`")
        runs = "nox"
    print(f"next: look at it, then `tfcompat plan{where}` and `{runs}`")
    return 0
