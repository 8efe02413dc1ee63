"""The lines of one run as they are compared, held in little memory: in columns, and not as objects.

A side has up to fifteen runs, all of which are held while they are compared; of a script that
prints much, each has many thousands of lines.
"""

from __future__ import annotations

import sys
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tfcompat.judging.output.run_values import RunTime


# Bytes of a place in a tuple, and of a string beside its letters.
_POINTER, _OBJECT = 8, 64


class Line(NamedTuple):
    """One line of a transcript; an array that is printed over several lines is one.

    ``raw`` is what a person is shown, ``skeleton`` the normalised text with ``NUMBER`` in the place
    of each of ``numbers``, ``at`` the printed line it begins on, counted from 1. A number is a
    float, or an int where a float could not hold it exactly.
    """

    raw: str
    skeleton: str
    numbers: tuple[float, ...]
    at: int


class Lines:
    """The lines of one run; a ``Line`` is made each time that one is asked for.

    ``skeletons`` are those of all lines.
    """

    __slots__ = ("_at", "_ends", "_number_ends", "_numbers", "_special", "_text", "skeletons")

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        skeletons: list[str] = []
        text, numbers = bytearray(), array("d")
        # Four bytes each: with more than 4 GB of text, all else would fail before.
        self._ends, self._number_ends, self._at = array("I", [0]), array("I", [0]), array("I")
        # The numbers of lines of which some are no longer themselves as a C double: large integers,
        # and nan, as tuples that hold one are equal only where it is the same object.
        self._special: dict[int, tuple[float, ...]] = {}
        for index, line in enumerate(lines):
            # Most lines of a loop are one text with other numbers.
            skeletons.append(sys.intern(line.skeleton))
            text += line.raw.encode("utf-8", "surrogatepass")
            self._ends.append(len(text))
            numbers.extend(line.numbers)
            self._number_ends.append(len(numbers))
            if any(map(_is_special, line.numbers)):
                self._special[index] = line.numbers
            self._at.append(line.at)
        self.skeletons = tuple(skeletons)
        self._text, self._numbers = bytes(text), memoryview(numbers)

    def __len__(self) -> int:
        """Return how many lines there are."""
        return len(self.skeletons)

    def __iter__(self) -> Iterator[Line]:
        """Yield the lines, one by one."""
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, index: int) -> Line:
        """Return a line with all that there is of it; from the end by an index below 0."""
        index = range(len(self))[index]
        return Line(
            self.raw(index), self.skeletons[index], tuple(self.numbers(index)), self._at[index]
        )

    def __eq__(self, other: object) -> bool:
        """Tell whether all lines are equal."""
        return isinstance(other, Lines) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Show all lines."""
        return f"Lines({list(self)!r})"

    def at(self, index: int) -> int:
        """Return the printed line that a line begins on."""
        return self._at[index]

    def raw(self, index: int) -> str:
        """Return what a person is shown of a line."""
        begin, end = self._ends[index], self._ends[index + 1]
        return self._text[begin:end].decode("utf-8", "surrogatepass")

    def numbers(self, index: int) -> Sequence[float]:
        """Return the numbers of a line; they become objects only as they are looked at."""
        if index in self._special:
            return self._special[index]
        return self._numbers[self._number_ends[index] : self._number_ends[index + 1]]

    @property
    def size(self) -> int:
        """About how many bytes of memory they take."""
        columns = (self._ends, self._number_ends, self._at, self._numbers)
        texts = set(self.skeletons)
        return (
            len(self._text)
            + sum(len(one) * one.itemsize for one in columns)
            + _POINTER * len(self)
            + sum(map(len, texts))
            + _OBJECT * (len(texts) + sum(map(len, self._special.values())))
        )


def _is_special(number: float) -> bool:
    return isinstance(number, int) or number != number  # noqa: PLR0124 - nan alone is not itself


class Place(NamedTuple):
    """Where a line is held: of thousands that are compared, few are ever shown."""

    lines: Lines
    at: int

    @property
    def line(self) -> Line:
        """The line, with all that there is of it."""
        return self.lines[self.at]

    @property
    def skeleton(self) -> str:
        """Its skeleton."""
        return self.lines.skeletons[self.at]

    @property
    def numbers(self) -> Sequence[float]:
        """Its numbers."""
        return self.lines.numbers(self.at)


@dataclass(frozen=True, slots=True)
class Transcript:
    """The lines of one run, and when it ran, where that decided what of them is masked."""

    lines: Lines
    run: RunTime | None = None


def size_of(run: Transcript) -> int:
    """Return about how many bytes of memory a transcript takes."""
    return run.lines.size
