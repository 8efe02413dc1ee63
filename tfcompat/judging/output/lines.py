"""The lines of one run as they are compared, held in little memory: in columns, and not as objects.

A side has up to fifteen runs, all of which are held while they are compared; of a script that
prints much, each has many thousands of lines.
"""

from __future__ import annotations

import hashlib
import sys
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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

    __slots__ = ("_at", "_ends", "_exact", "_number_ends", "_numbers", "_text", "skeletons")

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        skeletons: list[str] = []
        text = bytearray()
        # Four bytes each: of 4 GB of text, all else would fail before.
        self._ends, self._number_ends, self._at = array("I", [0]), array("I", [0]), array("I")
        self._numbers = array("d")
        # The numbers that are no longer themselves as a C double. What nan is equal to depends on
        # which object it is.
        self._exact: dict[int, float] = {}
        for line in lines:
            # Most lines of a loop are one text with other numbers.
            skeletons.append(sys.intern(line.skeleton))
            text += line.raw.encode("utf-8", "surrogatepass")
            self._ends.append(len(text))
            for number in line.numbers:
                if isinstance(number, int) or number != number:  # noqa: PLR0124 - nan alone is not
                    self._exact[len(self._numbers)] = number
                self._numbers.append(number)
            self._number_ends.append(len(self._numbers))
            self._at.append(line.at)
        self.skeletons = tuple(skeletons)
        self._text = bytes(text)

    def __len__(self) -> int:
        return len(self.skeletons)

    def __iter__(self) -> Iterator[Line]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, at: int) -> Line:
        at = range(len(self))[at]
        raw = self._text[self._ends[at] : self._ends[at + 1]].decode("utf-8", "surrogatepass")
        return Line(raw, self.skeletons[at], self.numbers(at), self._at[at])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lines) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Lines({list(self)!r})"

    def numbers(self, at: int) -> tuple[float, ...]:
        """Return the numbers of the line of an index, from 0."""
        begin, end = self._number_ends[at], self._number_ends[at + 1]
        numbers = self._numbers[begin:end]
        if not self._exact:
            return tuple(numbers)
        return tuple([self._exact.get(begin + n, number) for n, number in enumerate(numbers)])

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
            + _OBJECT * (len(texts) + len(self._exact))
        )


@dataclass(frozen=True, slots=True)
class Transcript:
    """The lines of one run, and when it ran, where that decided what of them is masked."""

    lines: Lines
    run: RunTime | None = None


def digest_of(output: Iterable[str]) -> bytes:
    """Return what identifies the text that a run printed, in place of that text."""
    digest = hashlib.sha256()
    for piece in output:
        digest.update(piece.encode("utf-8", "surrogatepass"))
    return digest.digest()


def size_of(run: Transcript) -> int:
    """Return about how many bytes of memory a transcript takes."""
    return run.lines.size
