"""What Python 2 and 3 and the releases of numpy spell differently and mean alike.

Each rule holds between some sides of a comparison alone: what two runs on one Python, with one
numpy, print differently are two results.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from tfcompat.judging.output.literals import order_dicts, order_sets, plain_sets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Release: TypeAlias = "tuple[int, int]"
Step: TypeAlias = "Callable[[str], str]"
"""Takes one line and returns it in the one form that all of its spellings share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """What decides how a run spells values: its Python and its numpy; None where not known."""

    python: Release | None = None
    numpy: Release | None = None

    @classmethod
    def of(cls, python: str, installed: Mapping[str, str] | None) -> Versions:
        """Return those of a cell: of its Python, such as ``3.6``, and the releases of packages."""
        return cls(python=_release(python), numpy=_release((installed or {}).get("numpy", "")))


def _release(text: str) -> Release | None:
    found = re.match(r"(\d{1,4})\.(\d{1,4})", text)
    return (int(found[1]), int(found[2])) if found else None


# ---- between which sides a rule holds ------------------------------------------------------------


def _python_2_and_3(one: Versions, other: Versions) -> bool:
    return _apart(one.python, other.python, (3, 0))


def _before_python_3_7(one: Versions, other: Versions) -> bool:
    return any(side.python is not None and side.python < (3, 7) for side in (one, other))


def _numpy_1_14(one: Versions, other: Versions) -> bool:
    return _apart(one.numpy, other.numpy, (1, 14))


def _numpy_2(one: Versions, other: Versions) -> bool:
    return _apart(one.numpy, other.numpy, (2, 0))


def _anywhere(one: Versions, other: Versions) -> bool:
    del one, other
    return True


def _apart(one: Release | None, other: Release | None, change: Release) -> bool:
    """Tell whether one side is older than a change, and the other is not."""
    return one is not None and other is not None and (one < change) != (other < change)


# ---- the rules -----------------------------------------------------------------------------------

# A string, which begins where no word goes on, and its prefix. Whole strings are read, because
# the last letter of one may look like the prefix of the next: 'a b', 'c'.
_STRING = re.compile(r"""(?<![\w'"\\])[uUbB]?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
_LONG = re.compile(r"(?<![\w.])(0[xX][\da-fA-F]+|\d+)L(?!\w)")
# ValueError('x',), whose arguments may be in brackets themselves. The bound keeps it linear where
# the quotes of one open those of the next.
_EXCEPTION = re.compile(
    r"(\w(?:Error|Exception|Warning|Interrupt|Exit|Iteration)\("
    r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^'"()]|\([^()]*\)){0,1000}),\)"""
)
_NUMPY_SCALAR = re.compile(
    r"(?<![\w.])(?:np|numpy)\.(?:(?:float|int|uint)\d+|longdouble|longlong|bool_?|str_|bytes_)"
    r"\(([^()]*)\)"
)
_NUMPY_BOOL = re.compile(r"(?<![\w.])(?:np|numpy)\.(True|False)_(?!\w)")
_NUMPY_COMPLEX = re.compile(r"(?<![\w.])(?:np|numpy)\.(?:complex\d+|clongdouble)(?=\([^()]*j\))")
_BOOL_DTYPE = re.compile(r"(?<=\]), dtype=bool\)")
_LEFT_OUT = re.compile(r"(?<=\s)\.\.\.,")

# What stands between two brackets of an array: numbers, and the words and strings beside them.
_NUMBERS = r"[\s\d().,+\-eEjL]*"
_WORD = r"(?:nan|NaN|inf|True|False|None|[uUbB]?'[^'\[\]]*'|[uUbB]?\"[^\"\[\]]*\")"
_CONTENT = rf"({_NUMBERS}(?:{_WORD}{_NUMBERS})*)"
# Up to the next bracket, or the end of a line that goes on; and the way to the next row.
_ROW_PATTERN = rf"\[{_CONTENT}(?:(\]+,?)(\s+\.\.\.,?)?\s+(?=\[)|(?=[\[\]]|$))"
_ROW = re.compile(_ROW_PATTERN)
_ROW_OR_STRING = re.compile(rf"{_ROW_PATTERN}|{_STRING.pattern}")
_LAST_ROW = re.compile(rf"^{_CONTENT}(?=\])")
_SPACES = re.compile(r"\s+")
_SPACES_BETWEEN = re.compile(r"""('[^']*'|"[^"]*")|\s+""")
_PADDED = re.compile(r"""('[^']*'|"[^"]*")| (?=[,)])|(?<=\() """)


def unify_strings(line: str) -> str:
    """Take the prefixes from strings."""
    if "'" not in line and '"' not in line:
        return line
    return _STRING.sub(r"\1", line)


def unify_types(line: str) -> str:
    """Show types as classes."""
    return line.replace("<type '", "<class '")


def unify_longs(line: str) -> str:
    """Take the L from long integers."""
    return _LONG.sub(r"\1", line) if "L" in line else line


def drop_exception_comma(line: str) -> str:
    """Show an exception with one argument without the comma of a tuple."""
    return _EXCEPTION.sub(r"\1)", line) if ",)" in line else line


def unwrap_numpy(line: str) -> str:
    """Show numpy's scalars as Python's, as numpy did before its second release."""
    if "np." not in line and "numpy." not in line:
        return line
    line = _NUMPY_SCALAR.sub(r"\1", line)
    line = _NUMPY_BOOL.sub(r"\1", line)
    return _NUMPY_COMPLEX.sub("", line)


def unify_numpy_arrays(line: str) -> str:
    """Take away what arrays showed before numpy 1.14: truth values their type, gaps a comma."""
    if "dtype=bool" in line:
        line = _BOOL_DTYPE.sub(")", line)
    return _LEFT_OUT.sub("...", line) if "...," in line else line


def squeeze_arrays(line: str) -> str:
    """Bring the padding in arrays, which goes by the widest number, to one form.

    Blanks in text and in strings stay.
    """
    if "[" not in line and "]" not in line:
        return line
    rows = _ROW_OR_STRING if "'" in line or '"' in line else _ROW
    return rows.sub(_squeezed_row, _LAST_ROW.sub(_squeezed_end, line))


def _squeezed_row(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[0]  # a string
    content = _squeezed(match[1]).strip()
    if match[2]:
        gap = f" {match[3].strip()}" if match[3] else ""
        return f"[{content}{match[2]}{gap} "
    # "[1, [2" keeps the space in front of the inner bracket.
    return f"[{content} " if content.endswith(",") else f"[{content}"


def _squeezed_end(match: re.Match[str]) -> str:
    return _squeezed(match[1]).strip()


def _squeezed(content: str) -> str:
    if "'" not in content and '"' not in content:
        return _PADDED.sub("", _SPACES.sub(" ", content))
    content = _SPACES_BETWEEN.sub(lambda match: match[1] or " ", content)
    return _PADDED.sub(lambda match: match[1] or "", content)


def strip_end(line: str) -> str:
    """Drop blanks at the end, which nobody sees."""
    return line.rstrip()


SPELLINGS: tuple[tuple[Step, Callable[[Versions, Versions], bool]], ...] = (
    (unify_strings, _python_2_and_3),
    (unify_types, _python_2_and_3),
    (unify_longs, _python_2_and_3),
    (drop_exception_comma, _before_python_3_7),
    (unify_numpy_arrays, _numpy_1_14),
    (unwrap_numpy, _numpy_2),
    (squeeze_arrays, _anywhere),
    (plain_sets, _python_2_and_3),
    (order_sets, _anywhere),
    (order_dicts, _before_python_3_7),
    (strip_end, _anywhere),
)
"""The steps in their order, and between which sides each holds."""


@lru_cache(maxsize=1024)
def spellings(one: Versions, other: Versions) -> tuple[Step, ...]:
    """Return the steps that make lines of two sides comparable."""
    return tuple(step for step, holds in SPELLINGS if holds(one, other))


EVERYWHERE = spellings(Versions(), Versions())
"""The steps that hold between any two sides."""
