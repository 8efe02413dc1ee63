"""What a run printed, as comparable structure: every line a text skeleton plus its numbers.

A line goes through these steps, each a plain function: what a terminal would show of it, the masks
(what changes from run to run and means nothing), the spellings (what Python 2 and 3 and the numpy
releases write differently and mean alike), then the numbers are taken out.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

# Stands for a number in a skeleton. Printed text never holds it: where it does, it is replaced.
NUMBER = "\N{OBJECT REPLACEMENT CHARACTER}"
_NO_NUMBER = "\N{REPLACEMENT CHARACTER}"

# Longer ones are text: int() of a long string is quadratic, and refused from 4,300 digits on.
# Every integer that is kept fits into a float, so arithmetic with one cannot overflow.
_LONGEST_INTEGER = 300
_MOST_BITS = 1000
_EXACT_IN_FLOAT = 2**53


@dataclass(frozen=True, slots=True)
class Mask:
    """A named pattern for text that changes from run to run and means nothing.

    ``replacement`` is a template as in ``re.sub``; a line with none of
    ``needs`` cannot match.
    """

    name: str
    pattern: re.Pattern[str]
    replacement: str
    needs: tuple[str, ...] = ()

    def apply(self, line: str) -> str:
        """Return the line with every match replaced."""
        if self.needs:
            # A plain loop: any() over a generator costs more than the search it spares.
            for text in self.needs:
                if text in line:
                    break
            else:
                return line
        return self.pattern.sub(self.replacement, line)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a transcript.

    ``raw`` is what a person is shown, ``skeleton`` the normalised text with ``NUMBER`` in the place
    of each of ``numbers``, ``at`` the printed line it begins on, counted from 1. A number is a
    float, or an int where a float could not hold it exactly.
    """

    raw: str
    skeleton: str
    numbers: tuple[float, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Transcript:
    """The lines of one run."""

    lines: tuple[Line, ...]


class _Row(BaseModel):
    """One entry of masks.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = Field(pattern=r"^[a-z][a-z-]*$")
    pattern: str
    replacement: str | None = None
    needs: list[str] = Field(default_factory=list)
    masks: list[str] = Field(min_length=1)
    leaves: list[str] = Field(min_length=1)


@lru_cache(maxsize=1)
def load_masks() -> tuple[Mask, ...]:
    """Return the masks that ship, in the order in which they apply."""
    source = resources.files("tfcompat") / "data" / "masks.yaml"
    return read_masks(source.read_text(encoding="utf-8"))


def read_masks(text: str) -> tuple[Mask, ...]:
    """Turn the text of a mask file into masks.

    Raises ValueError that names the row for one that is malformed or fails its own examples.
    """
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"masks.yaml: {error}") from error
    try:
        rows = TypeAdapter(list[_Row]).validate_python(content)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise ValueError(
            f"masks.yaml: {_row_name(content, problem['loc'])}: {where}: {problem['msg']}"
        ) from error
    return tuple(_row_mask(number, row) for number, row in enumerate(rows, start=1))


def _row_name(content: object, location: tuple[int | str, ...]) -> str:
    """Name a row as a person finds it: by its count and, where it has one, its name."""
    index = location[0] if location else None
    if not isinstance(index, int) or not isinstance(content, list):
        return "the file"
    row = content[index]
    name = row.get("name", "without a name") if isinstance(row, dict) else "not a mapping"
    return f"row {index + 1} ({name})"


def _row_mask(number: int, row: _Row) -> Mask:
    where = f"masks.yaml: row {number} ({row.name})"
    mask = _compile(where, row.name, row.pattern, row.replacement, tuple(row.needs))
    for example in row.masks:
        if mask.apply(example) == example:
            raise ValueError(f"{where}: does not mask {example!r}")
    for example in row.leaves:
        if mask.apply(example) != example:
            raise ValueError(f"{where}: does not leave alone {example!r}")
    return mask


def study_masks(patterns: Mapping[str, str]) -> tuple[Mask, ...]:
    """Compile the masks of a study, ``{name: pattern}``; ValueError names the key at fault.

    They belong in front of the masks that ship, which could otherwise take text away from them.
    """
    return tuple(_compile(f"mask {name!r}", name, text) for name, text in patterns.items())


def _compile(
    where: str, name: str, text: str, replacement: str | None = None, needs: tuple[str, ...] = ()
) -> Mask:
    if replacement is None:
        replacement = f"<{name}>".replace("\\", r"\\")
    try:
        pattern = re.compile(text)
        # An empty match would put the replacement between all characters of every line.
        matches_nothing = pattern.search("") is not None
        pattern.sub(replacement, "")
    except (re.error, IndexError, TypeError, OverflowError, RecursionError) as error:
        raise ValueError(f"{where}: not a regular expression: {error}") from error
    if matches_nothing:
        raise ValueError(f"{where}: the pattern {text!r} matches empty text")
    return Mask(name, pattern, replacement, needs)


# Colours, cursor movements and titles (Keras 3 colours its bar), and backspaces (older Keras).
_TERMINAL = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x08+")


def _logical_lines(text: str | Sequence[str]) -> Iterator[tuple[int, str]]:
    r"""Yield what is compared as one line, with the number of the printed line it begins on.

    Lines end at \n alone; of a progress bar what follows the last \r stays, as on a terminal.
    """
    if isinstance(text, str):
        pieces = text.split("\n")
        if not pieces[-1]:
            pieces.pop()
    else:
        pieces = [line for piece in text for line in piece.removesuffix("\n").split("\n")]
    for at, piece in enumerate(pieces, start=1):
        line = piece
        if "\r" in line:
            line = line.rstrip("\r").rpartition("\r")[2]
        if "\x1b" in line or "\x08" in line:
            line = _TERMINAL.sub("", line)
        yield at, line


# u'x' and b'x'; a prefix stands where no word and no string goes on.
_STRING_PREFIX = re.compile(r"""(?<![\w'"\\])(?:[uU]|[bB])(?=['"])""")
_NUMPY_SCALAR = re.compile(
    r"(?<![\w.])(?:np|numpy)\.(?:(?:float|int|uint)\d+|longdouble|longlong|bool_?|str_|bytes_)"
    r"\(([^()]*)\)"
)
_NUMPY_BOOL = re.compile(r"(?<![\w.])(?:np|numpy)\.(True|False)_(?!\w)")
_NUMPY_COMPLEX = re.compile(r"(?<![\w.])(?:np|numpy)\.(?:complex\d+|clongdouble)(?=\([^()]*j\))")
# From an opening bracket to the next bracket, or from the start of a line that goes on in one.
_BRACKETED = re.compile(r"\[[^\[\]]*|^[^\[\]]*(?=\])")
_SPACES = re.compile(r"\s+")


def _unify_strings(line: str) -> str:
    if "'" not in line and '"' not in line:
        return line
    return _STRING_PREFIX.sub("", line).replace("<type '", "<class '")


def _unwrap_numpy(line: str) -> str:
    if "np." not in line and "numpy." not in line:
        return line
    line = _NUMPY_SCALAR.sub(r"\1", line)
    line = _NUMPY_BOOL.sub(r"\1", line)
    return _NUMPY_COMPLEX.sub("", line)


def _squeeze_arrays(line: str) -> str:
    """Bring the padding that numpy releases choose differently inside brackets to one form."""
    if "[" not in line and "]" not in line:
        return line
    return _BRACKETED.sub(_squeeze_bracketed, line)


def _squeeze_bracketed(match: re.Match[str]) -> str:
    text = match[0]
    if text.startswith("["):
        rest = _SPACES.sub(" ", text[1:]).strip()
        # "[1, [2" keeps the space in front of the inner bracket.
        return f"[{rest} " if rest.endswith(",") else f"[{rest}"
    return _SPACES.sub(" ", text).strip()


def _strip_end(line: str) -> str:
    return line.rstrip()


# Spellings that mean the same, brought to one form; each step takes and returns one line.
SPELLINGS: tuple[Callable[[str], str], ...] = (
    _unify_strings,
    _unwrap_numpy,
    _squeeze_arrays,
    _strip_end,
)

# A number begins where no word, name or version goes on (conv2d_1, v2.3.4, 10.0.0.1 and 28x28 are
# text) and ends there too, or at a unit of letters alone (3ms, 12px). No two quantifiers in a row
# can share a character, so a failed attempt is linear, and no second one starts inside the digits.
_NUMBER = re.compile(
    r"""
    (?: (?<![\w.)\]+-]) (?P<sign>[+-])                  # not the minus of 5-3, the hyphen of a-1
      | (?<=[0-9.]) (?P<imaginary>[+-]) (?=[0-9.]+(?:[eE][+-]?[0-9]+)?j\b)
      | (?<![\w.]) )
    (?: 0[xX] (?P<hex>[0-9a-fA-F]+) L? (?!\w)
      | (?P<long>[0-9]+) L (?!\w)                       # Python 2
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
    """Return the number that was matched, or None for one too large to be told from others."""
    negative = match["sign"] == "-" or match["imaginary"] == "-"
    real: str | None = match["real"]
    if real is None:
        if match["special"] is not None:
            magnitude = math.nan if match["special"][0] in "nN" else math.inf
            return -magnitude if negative and magnitude == math.inf else magnitude
        if match["hex"] is not None:
            return _integer(match["hex"], 16, negative=negative)
        return _integer(match["long"], 10, negative=negative)
    if real.isdigit():
        return _integer(real, 10, negative=negative)
    value = float(real)
    if value == math.inf:
        return None
    return -value if negative else value


def _split_numbers(line: str) -> tuple[str, tuple[float, ...]]:
    numbers: list[float] = []

    def take(match: re.Match[str]) -> str:
        value = _value(match)
        if value is None:
            return match[0]
        numbers.append(value)
        return NUMBER

    skeleton = _NUMBER.sub(take, line.replace(NUMBER, _NO_NUMBER))
    return skeleton, tuple(numbers)


def parse(text: str | Sequence[str], masks: Sequence[Mask]) -> Transcript:
    """Turn what a run printed, as text or as lines, into a transcript.

    Pure, and never raises: any text has a transcript. Takes time linear in the text as long as the
    patterns of ``masks`` do, which those that ship are tested for.
    """
    return Transcript(tuple(_parse_line(at, raw, masks) for at, raw in _logical_lines(text)))


def _parse_line(at: int, raw: str, masks: Sequence[Mask]) -> Line:
    line = raw
    for mask in masks:
        line = mask.apply(line)
    for step in SPELLINGS:
        line = step(line)
    skeleton, numbers = _split_numbers(line)
    return Line(raw, skeleton, numbers, at)
