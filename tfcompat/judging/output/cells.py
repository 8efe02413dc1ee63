"""The cells of a notebook in what its run printed: each begins with a line that names it. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tfcompat.judging.output.transcript import NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tfcompat.judging.output.lines import Line, Lines

_MARK = re.compile(r"# %% cell (\d+)\s*")
MARK = f"# %% cell {NUMBER}"
"""The skeleton of a line that begins a cell."""


def is_mark(line: Line) -> bool:
    """Tell whether a line of a transcript begins the output of a cell."""
    return line.skeleton == MARK


def cell_at(output: Iterable[str], line: int) -> int | None:
    """Return the cell that printed a line, counted from 1, of a run's output; None for no cell."""
    cell = None
    for number, text in enumerate(output, start=1):
        if number > line:
            break
        found = _MARK.fullmatch(text)
        cell = int(found[1]) if found else cell
    return cell


def sections(lines: Lines | Sequence[Line]) -> list[tuple[int, int]]:
    """Return where the output of each cell begins and ends, before the first mark included."""
    begins = [0, *(index for index, line in enumerate(lines) if index and is_mark(line))]
    return list(zip(begins, [*begins[1:], len(lines)], strict=True))
