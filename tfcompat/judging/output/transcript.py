"""What a run printed, as comparable structure: every line a text skeleton plus its numbers.

A line goes through these steps, each a plain function: what a terminal would show of it, the rest
of an array that goes on below, the masks (what changes from run to run and means nothing), the
spellings (what the two sides of a comparison write differently and mean alike), then the numbers
are taken out.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

from tfcompat.judging.output.lines import Line, Lines, Transcript
from tfcompat.judging.output.normalize import EVERYWHERE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tfcompat.judging.output.masks import Mask
    from tfcompat.judging.output.normalize import Step
    from tfcompat.judging.output.run_values import RunTime

# Stands for a number in a skeleton. Printed text never holds it: where it does, it is replaced.
NUMBER = "\N{OBJECT REPLACEMENT CHARACTER}"
_NO_NUMBER = "\N{REPLACEMENT CHARACTER}"

# Longer ones are text: int() of a long string is quadratic, and refused from 4,300 digits on.
# Every integer that is kept fits into a float, so arithmetic with one cannot overflow.
_LONGEST_INTEGER = 300
_MOST_BITS = 1000
_EXACT_IN_FLOAT = 2**53


class PrintedLines:
    """The printed lines of a line: which of its numbers stands on which, read once for them all."""

    def __init__(self, line: Line) -> None:
        self._line = line

    @cached_property
    def _lines(self) -> list[str]:
        return self._line.raw.split("\n")

    @cached_property
    def _ends(self) -> list[int]:
        """How many numbers there are up to the end of each; empty where that is not known."""
        if len(self._lines) == 1:
            return []
        ends = list(accumulate(len(_split_numbers(_spell(line))[1]) for line in self._lines))
        # Where a mask took numbers away, it is not known from which line.
        return ends if ends[-1] == len(self._line.numbers) else []

    def where(self, index: int) -> tuple[int, str]:
        """Return the printed line on which a number stands, and its text.

        Where that is not known, it is the line as a whole.
        """
        if not self._ends:
            return self._line.at, self._line.raw
        row = bisect_right(self._ends, index)
        return self._line.at + row, self._lines[row]


# Colours, cursor movements and titles (Keras 3 colours its bar), and backspaces (older Keras).
_TERMINAL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x08+")


def _printed_lines(output: str | Iterable[str]) -> Iterator[tuple[int, str]]:
    r"""Yield every printed line as a terminal shows it, with its number, counted from 1.

    Lines end at \n alone; of a progress bar what follows the last \r stays, as on a terminal.
    """
    for at, printed in enumerate(_cut([output] if isinstance(output, str) else output), start=1):
        line = printed
        if "\r" in line:
            line = line.rstrip("\r").rpartition("\r")[2]
        if "\x1b" in line or "\x08" in line:
            line = _TERMINAL.sub("", line)
        yield at, line


def _cut(pieces: Iterable[str]) -> Iterator[str]:
    r"""Yield the lines of a text that is given in pieces, wherever it was cut, without their \n."""
    begun = ""
    for piece in pieces:
        *whole, begun = (begun + piece).split("\n")
        yield from whole
    if begun:
        yield begun


# What can stand between the brackets of an array, so that its end may be sought further down.
_ARRAY = re.compile(
    r"""(?:[\s\[\](),.+-]|\d|[eE](?=[+-]\d)|[jL]\b|nan|inf|True|False|None|[ub]?'[^']*'|[ub]?"[^"]*")*"""
)
_LONGEST_ARRAY = 10_000  # printed lines: what goes on for longer is no array


def _logical_lines(output: str | Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield what is compared as one line: its printed lines, several for an array."""
    rest = _printed_lines(output)
    following = next(rest, None)
    while following is not None:
        taken = [following]
        depth = _opens_array(following[1])
        following = next(rest, None)
        while depth > 0 and following is not None and len(taken) < _LONGEST_ARRAY:
            depth = _goes_on(following[1], depth)
            if depth >= 0:
                taken.append(following)
                following = next(rest, None)
        if depth == 0:
            yield taken[0][0], [line for _, line in taken]
        else:
            # No end was found: these are lines like any others.
            yield from ((at, [line]) for at, line in taken)


def _opens_array(line: str) -> int:
    """Return how many brackets of an array are open at the end of a line; 0 where none is."""
    if line.count("[") <= line.count("]"):
        return 0
    depth, start = 0, 0
    for place, character in enumerate(line):
        if character == "[":
            start = place if depth == 0 else start
            depth += 1
        elif character == "]" and depth:
            depth -= 1
    whole = _ARRAY.fullmatch(line, start) is not None
    return depth if depth and whole else 0


def _goes_on(line: str, depth: int) -> int:
    """Return how many brackets are open at the end of an array's next line; -1 for no array."""
    for place, character in enumerate(line):
        if character == "[":
            depth += 1
        elif character == "]":
            depth -= 1
            if depth == 0:
                return 0 if _ARRAY.fullmatch(line, 0, place) else -1
    return depth if _ARRAY.fullmatch(line) else -1


# A number is a decimal one, however it is written: 1e-05 is 1e-5, and 3. is 3.0. What makes another
# value of it stays in the skeleton: 0x1f is not 31, 10L not 10, and 007 not 7.
# A number begins where no word, name or version goes on (conv2d_1, v2.3.4, 10.0.0.1 and 28x28 are
# text) and ends there too, or at a unit of letters alone (3ms, 12px). No two quantifiers in a row
# can share a character, so a failed attempt is linear, and no second one starts inside the digits.
_NUMBER = re.compile(
    r"""
    (?: (?<![\w.)\]+-]) (?P<sign>[+-])                  # not the minus of 5-3, the hyphen of a-1
      | (?<=[0-9.]) (?P<imaginary>[+-]) (?=[0-9.]+(?:[eE][+-]?[0-9]+)?j\b)
      | (?<![\w.]) )
    (?: 0[xX] (?P<hex>[0-9a-fA-F]+) (?= L? (?!\w) )
      | (?P<real> (?: [0-9]+ (?:\.[0-9]*)? | \.[0-9]+ ) (?:[eE][+-]?[0-9]+)? )
        (?! \.[0-9] ) (?= [^\W\d_]* (?!\w) )
      | (?P<special> [nN][aA][nN] | [iI][nN][fF] (?:[iI][nN][iI][tT][yY])? ) (?!\w)
    )
    """,
    re.VERBOSE,
)


def _integer(digits: str, base: int, *, negative: bool) -> float | None:
    if len(digits) > _LONGEST_INTEGER:
        return None
    value = int(digits, base)
    if value.bit_length() > _MOST_BITS:
        return None
    value = -value if negative else value
    return float(value) if abs(value) <= _EXACT_IN_FLOAT else value


def _value(match: re.Match[str]) -> float | None:
    """Return the number that was matched, or None for one that is too large to be exact."""
    negative = match["sign"] == "-" or match["imaginary"] == "-"
    real: str | None = match["real"]
    if real is None:
        if match["special"] is not None:
            magnitude = math.nan if match["special"][0] in "nN" else math.inf
            return -magnitude if negative and magnitude == math.inf else magnitude
        return _integer(match["hex"], 16, negative=negative)
    if real.isdigit():
        return _integer(real, 10, negative=negative)
    value = float(real)
    if value == math.inf:
        return None
    return -value if negative else value


def _notation(match: re.Match[str]) -> str:
    """Return what of a number stays text: the prefix of a hexadecimal one, and leading zeros.

    So does the sign of ``-00``, which has no other value: it is a time zone's, such as ``-00:00``.
    """
    if match["hex"] is not None:
        return "0x"
    real: str | None = match["real"]
    if real is None or real[0] != "0":
        return ""
    rest = real.lstrip("0")
    # The last zero of 00.5 and of 000 is the number's own.
    zeros = len(real) - len(rest) - (not rest[:1].isdigit())
    sign = "-" if match["sign"] == "-" and not rest and zeros else ""
    return sign + "0" * zeros


# Few lines have a number that begins so.
_HAS_NOTATION = re.compile(r"0(?<![\w.]0)[0-9xX]")


def _split_numbers(line: str) -> tuple[str, tuple[float, ...]]:
    numbers: list[float] = []
    has_notation = _HAS_NOTATION.search(line) is not None

    def take(match: re.Match[str]) -> str:
        value = _value(match)
        if value is None:
            return match[0]
        numbers.append(value)
        return _notation(match) + NUMBER if has_notation else NUMBER

    skeleton = _NUMBER.sub(take, line.replace(NUMBER, _NO_NUMBER))
    return skeleton, tuple(numbers)


def iter_lines(
    output: str | Iterable[str],
    masks: Sequence[Mask],
    spellings: Sequence[Step] = EVERYWHERE,
    run: RunTime | None = None,
) -> Iterator[Line]:
    """Yield the lines of a transcript one by one: from an open file, in little memory.

    ``spellings`` are those that hold between the sides that are compared, ``run`` is the time of
    the run where it is known, by which clocks are told from results.

    Pure, and never raises: any text has a transcript. Takes time linear in the text as long as the
    patterns of ``masks`` do, which those that ship are tested for.
    """
    for at, printed in _logical_lines(output):
        line = _parse_line(at, printed, masks, spellings, run)
        if line is not None:
            yield line


def parse(
    output: str | Iterable[str],
    masks: Sequence[Mask],
    spellings: Sequence[Step] = EVERYWHERE,
    run: RunTime | None = None,
) -> Transcript:
    """Return the transcript of what a run printed: its lines as they are stored, or one text.

    The arguments are those of ``iter_lines``.
    """
    return Transcript(Lines(iter_lines(output, masks, spellings, run)), run)


def _parse_line(
    at: int,
    printed: Sequence[str],
    masks: Sequence[Mask],
    spellings: Sequence[Step],
    run: RunTime | None,
) -> Line | None:
    line = " ".join(printed)
    for mask in masks:
        masked = mask.apply(line, run)
        if masked is None:
            return None
        line = masked
    skeleton, numbers = _split_numbers(_spell(line, spellings))
    return Line("\n".join(printed), skeleton, numbers, at)


def _spell(line: str, spellings: Sequence[Step] = EVERYWHERE) -> str:
    for step in spellings:
        line = step(line)
    return line
