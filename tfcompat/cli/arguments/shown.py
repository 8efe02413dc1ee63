"""The options of every command: what is shown while it works, and in which colours."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rich.console import Console

from tfcompat.execution.progress import Progress

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def add_shown(parser: ArgumentParser) -> None:
    """Add ``--quiet`` and ``--color``."""
    add = parser.add_argument
    add("--quiet", action="store_true", help="show nothing of what it does meanwhile")
    add("--color", choices=("auto", "always", "never"), default="auto",
        help="default: where the output is a terminal, unless NO_COLOR is set")  # fmt: skip


def set_colours(parsed: Namespace) -> None:
    """Have everything printed from now on with colours or without, as the options say.

    By the variables that rich looks at: https://no-color.org, and FORCE_COLOR.
    """
    if parsed.color != "auto":
        wanted = "NO_COLOR" if parsed.color == "never" else "FORCE_COLOR"
        for name in ("NO_COLOR", "FORCE_COLOR"):
            os.environ.pop(name, None)
        os.environ[wanted] = "1"


def progress_of(parsed: Namespace) -> Progress:
    """Return what shows the work of a command on standard error, or nothing of it.

    Standard output has the result alone, for a program that reads it.
    """
    return Progress(Console(stderr=True, quiet=parsed.quiet))
