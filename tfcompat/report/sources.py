"""The script's own line at which a run failed, with those around it, read from its study.

Results hold no scripts, and a script may have changed since: what is shown is checked against the
line that the traceback of the run quotes. A result file may name any file, so none is read that
lies outside of the study.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cachetools import LRUCache

from tfcompat.errors import StudyError
from tfcompat.planning.notebooks import is_notebook, read_notebook
from tfcompat.planning.study import FILE_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tfcompat.results.schema import Example
    from tfcompat.results.verdicts import Cause

_AROUND = 2  # lines before and after
_WIDEST = 300  # letters of a line that are shown
_LARGEST = 2_000_000  # bytes of a file that is read
_KEPT = 200  # files and cells that are not read again
# As ``FailedRun.where`` writes it.
_FRAME = re.compile(r"(?P<file>[^\0]+?)(?:, cell (?P<cell>\d{1,6}), line |:)(?P<line>\d{1,9})")


@dataclass(frozen=True, kw_only=True)
class Excerpt:
    """Some lines of a script, numbered from ``first``; at the one ``marked`` it failed."""

    first: int
    marked: int
    lines: tuple[str, ...]

    @property
    def numbered(self) -> list[str]:
        """The lines with their numbers, and an arrow before the one that is marked."""
        width = len(str(self.first + len(self.lines) - 1))
        return [
            f"{'→' if number == self.marked else ' '} {number:{width}}  {line}".rstrip()
            for number, line in enumerate(self.lines, self.first)
        ]


def study_of(results: Path) -> Path:
    """Return the folder whose scripts made results: the nearest above with a study, else the next.

    Published results lie some folders below their study.
    """
    above = results.resolve().parents
    return next((folder for folder in above if (folder / FILE_NAME).is_file()), above[0])


class Sources:
    """The scripts below a folder, each of which is read once."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._read: LRUCache[tuple[str, str | None], Sequence[str]] = LRUCache(_KEPT)

    def excerpt(self, run: Example, cause: Cause | None) -> Excerpt | None:
        """Return the lines around the one at which a run failed; None where they are not known."""
        failure = run.failure
        frame = _FRAME.fullmatch(cause.frame) if cause and cause.frame else None
        if failure is None or frame is None:
            return None
        lines = self._lines(frame["file"], frame["cell"])
        at = int(frame["line"]) - 1
        code = lines[at].strip() if 0 <= at < len(lines) else ""
        if not code or code not in {line.strip() for line in failure.error}:
            return None
        first = max(0, at - _AROUND)
        shown = lines[first : at + _AROUND + 1]
        return Excerpt(
            first=first + 1, marked=at + 1, lines=tuple(line[:_WIDEST] for line in shown)
        )

    def _lines(self, file: str, cell: str | None) -> Sequence[str]:
        """Return the lines of a script, or of a cell of a notebook; none where there is no such."""
        key = (file, cell)
        if key not in self._read:
            self._read[key] = _lines_of(self._root, file, cell)
        return self._read[key]


def _lines_of(root: Path, file: str, cell: str | None) -> Sequence[str]:
    try:
        path = (root / file).resolve()
        if not path.is_relative_to(root) or not path.is_file() or path.stat().st_size > _LARGEST:
            return ()
        if not is_notebook(path):
            text = path.read_text(encoding="utf-8", errors="replace")
        else:
            cells = {str(one.number): one for one in read_notebook(path).cells}
            text = cells[cell or ""].python.source
        return text.removesuffix("\n").split("\n")
    except (OSError, ValueError, KeyError, RuntimeError, StudyError):
        # Such as a name that is too long, or links that lead to each other.
        return ()
