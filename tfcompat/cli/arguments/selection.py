"""The options that select cells and examples of a study."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.planning.plan import Selection
from tfcompat.planning.study import FILE_NAME

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def add_selection(parser: ArgumentParser) -> None:
    """Add the options of which ``selection_of`` makes a Selection."""
    add = parser.add_argument
    add("--config", type=Path, default=Path(FILE_NAME), metavar="FILE", help="the study's file")
    add("--release", "--tf", action="append", default=[], metavar="SPEC", dest="releases",
        help="a release, a specifier that filters the study's, or newest: the newest of them "
             "that opens here; may repeat")  # fmt: skip
    add("--python", action="append", default=[], metavar="3.6", dest="pythons",
        help="try on this Python; may repeat")  # fmt: skip
    add("--test", action="append", default=[], metavar="GLOB", dest="tests",
        help="only these examples; may repeat")  # fmt: skip
    add("--offline", action="store_true", help="make no request")


def selection_of(parsed: Namespace) -> Selection:
    """Return what the options select."""
    return Selection(
        config=parsed.config,
        releases=tuple(parsed.releases),
        pythons=tuple(parsed.pythons),
        tests=tuple(parsed.tests),
        offline=parsed.offline,
    )


def selection_words(parsed: Namespace) -> list[str]:
    """Return the words of a command line that select the same again."""
    words = [] if parsed.config == Path(FILE_NAME) else ["--config", str(parsed.config)]
    for option, values in (
        ("--release", parsed.releases),
        ("--python", parsed.pythons),
        ("--test", parsed.tests),
    ):
        words += [word for value in values for word in (option, value)]
    return [*words, *(["--offline"] if parsed.offline else [])]
