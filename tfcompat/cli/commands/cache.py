"""``tfcompat cache``: what the cache holds, and how to make it smaller."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from tfcompat.cli.arguments.values import days, size
from tfcompat.execution import cache_folder
from tfcompat.results import printed
from tfcompat.util import folders
from tfcompat.util.files import strict_json

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence
    from pathlib import Path

    from tfcompat.execution.cache_folder import CacheEntry

_HOUR, _DAY = 3600.0, 86_400.0


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    actions = parser.add_subparsers(
        required=True, metavar="info|prune|clear", dest="action", parser_class=ArgumentParser
    )
    info = actions.add_parser("info", help="show what takes how much, and since when it is unused")
    info.add_argument("--json", action="store_true", help="print JSON")
    prune = actions.add_parser(
        "prune", help="remove what was not used for long, and what killed commands left"
    )
    prune.add_argument("--older", type=days, metavar="30d", help="what was not used for so long")
    prune.add_argument("--to", type=size, metavar="10GB",
                       help="the least recently used, until no more is in use")  # fmt: skip
    actions.add_parser("clear", help="remove everything that no command uses now")


def run(parsed: Namespace) -> int:
    """Show the cache, or remove of it."""
    cache = folders.cache_folder()
    if parsed.action == "info":
        _show(cache, as_json=parsed.json)
    elif parsed.action == "clear":
        print(f"removed {_gigabytes(cache_folder.clear(cache))} from {cache}")
    else:
        removed = cache_folder.prune(cache, older=parsed.older, to=parsed.to)
        print(f"removed {_gigabytes(removed)} from {cache}")
    return 0


def _show(cache: Path, *, as_json: bool) -> None:
    found = cache_folder.entries(cache)
    if as_json:
        print(strict_json(printed.as_json(_printed(cache, found)), indent=1))
        return
    table = Table("", "what", "size", "unused for", title=str(cache), title_justify="left")
    for entry in found:
        if entry.content:
            table.add_row(entry.name, entry.content, _gigabytes(entry.size), _age(entry.unused))
    table.add_row("in all", "", _gigabytes(sum(entry.size for entry in found)), "")
    Console().print(table)


def _printed(cache: Path, found: Sequence[CacheEntry]) -> printed.CacheContent:
    parts = (
        printed.CachePart(name=one.name, bytes=one.size, unused_seconds=round(one.unused))
        for one in found
    )
    return printed.CacheContent(cache=str(cache), entries=tuple(parts))


def _gigabytes(number: int) -> str:
    return f"{number / 1e9:.1f} GB" if number >= 1e8 else f"{number / 1e6:.1f} MB"


def _age(seconds: float) -> str:
    if seconds < _HOUR:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / _HOUR:.0f} h" if seconds < 2 * _DAY else f"{seconds / _DAY:.0f} d"
