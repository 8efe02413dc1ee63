"""The page of a campaign while it runs: it is written again whenever a cell has ended."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tfcompat.errors import UserError
from tfcompat.planning.study import RESULTS, root_of
from tfcompat.report import render
from tfcompat.report.model import PAGE
from tfcompat.results import commands
from tfcompat.util.text import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

# Seconds between two looks at the results.
_PAUSE = 2.0


def watch(
    folders: Sequence[Path],
    config: Path,
    output: Path | None,
    shown: Callable[[str], object] | None = None,
    pause: Callable[[float], object] = time.sleep,
) -> int:
    """Write the page of a campaign until no command works on it any more; return the exit code.

    ``folders`` names its results, else they are those of the study of ``config``. At the end all
    forms are written, as without watching. What is ``shown`` is given the address of the first
    page. Raises UserError for several folders, and where there are no results in the end.
    """
    if len(folders) > 1:
        msg = "--watch is for one campaign; name one results folder"
        raise UserError(msg)
    results = folders[0] if folders else root_of(config) / RESULTS
    folder = output or results / "report"
    seen: frozenset[tuple[str, float]] = frozenset()
    while commands.running(results):
        found = _finished(results)
        if found != seen:
            print(plural(len(found), "cell"), end=": ")  # noqa: T201 - before the path of the page
            render.write_page([results], folder)
            if shown is not None and not seen:
                shown((folder / PAGE).resolve().as_uri())
            seen = found
        pause(_PAUSE)
    return render.command(list(folders), config, output, None, None if seen else shown)


def _finished(results: Path) -> frozenset[tuple[str, float]]:
    """Return the files of cells that have ended, with the times at which they were written."""
    return frozenset((path.name, path.stat().st_mtime) for path in results.glob("*.json"))
