"""What Python 2 and 3 and the releases of numpy spell differently and mean alike.

Every function takes one line and returns it in the one form that all of its spellings share.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# A string, which begins where no word goes on, and its prefix. Whole strings are read, because
# the last letter of one may look like the prefix of the next: 'a b', 'c'.
_STRING = re.compile(r"""(?<![\w'"\\])[uUbB]?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
_NUMPY_SCALAR = re.compile(
    r"(?<![\w.])(?:np|numpy)\.(?:(?:float|int|uint)\d+|longdouble|longlong|bool_?|str_|bytes_)"
    r"\(([^()]*)\)"
)
_NUMPY_BOOL = re.compile(r"(?<![\w.])(?:np|numpy)\.(True|False)_(?!\w)")
_NUMPY_COMPLEX = re.compile(r"(?<![\w.])(?:np|numpy)\.(?:complex\d+|clongdouble)(?=\([^()]*j\))")
# Before numpy 1.14 an array of truth values named its type.
_BOOL_DTYPE = re.compile(r"(?<=\]), dtype=bool\)")
# Before Python 3.7: ValueError('x',)
_EXCEPTION_COMMA = re.compile(r"(?<=['\"\d]),\)")
_EXCEPTION = re.compile(r"\w(?:Error|Exception|Warning|Interrupt|Exit|Iteration)\(")
# From an opening bracket to the next bracket, or from the start of a line that goes on in one.
_BRACKETED = re.compile(r"\[[^\[\]]*|^[^\[\]]*(?=\])")
_BETWEEN_ROWS = re.compile(r"\](,?)\s+(?=\[)")
_SPACES = re.compile(r"\s+")
_PADDED = re.compile(r" (?=[,)])|(?<=\() ")
_QUOTED = {quote: re.compile(rf"{quote}(?:[^{quote}\\]|\\.)*{quote}") for quote in "'\""}
_CLOSING = {"(": ")", "[": "]", "{": "}"}
# Deeper nesting is left as it is: bringing it into order would no longer take linear time.
_DEEPEST = 30


def unify_strings(line: str) -> str:
    """Take the prefixes from strings: which of them a string has depends on the Python."""
    if "'" not in line and '"' not in line:
        return line
    line = _STRING.sub(r"\1", line).replace("<type '", "<class '")
    if ",)" in line and _EXCEPTION.search(line):
        line = _EXCEPTION_COMMA.sub(")", line)
    return line


def unwrap_numpy(line: str) -> str:
    """Show numpy's scalars as Python's, as numpy did before its second release."""
    line = line.replace(", dtype=bool)", ")") if _BOOL_DTYPE.search(line) else line
    if "np." not in line and "numpy." not in line:
        return line
    line = _NUMPY_SCALAR.sub(r"\1", line)
    line = _NUMPY_BOOL.sub(r"\1", line)
    return _NUMPY_COMPLEX.sub("", line)


def squeeze_arrays(line: str) -> str:
    """Bring the padding that numpy releases choose differently inside brackets to one form."""
    if "[" not in line and "]" not in line:
        return line
    return _BETWEEN_ROWS.sub(r"]\1 ", _BRACKETED.sub(_squeeze_bracketed, line))


def _squeeze_bracketed(match: re.Match[str]) -> str:
    # What is left out of a long array stood between commas before numpy 1.14.
    text = match[0].replace("...,", "...")
    if text.startswith("["):
        rest = _PADDED.sub("", _SPACES.sub(" ", text[1:])).strip()
        # "[1, [2" keeps the space in front of the inner bracket.
        return f"[{rest} " if rest.endswith(",") else f"[{rest}"
    return _PADDED.sub("", _SPACES.sub(" ", text)).strip()


def order_containers(line: str) -> str:
    """Sort the items of dicts and sets by their text: which order they have depends on the Python.

    A line whose brackets do not match is no literal and is returned as it is.
    """
    if "{" not in line and "set(" not in line:
        return line
    opened: list[_Opened] = [_Opened("")]
    position, unclosed = 0, set()
    while position < len(line):
        character = line[position]
        if character in _QUOTED and character not in unclosed:
            quoted = _QUOTED[character].match(line, position)
            if quoted:
                opened[-1].text.append(quoted[0])
                position = quoted.end()
                continue
            # No later one of its kind can be the first of a pair either.
            unclosed.add(character)
        if character in _CLOSING:
            opened.append(_Opened(character))
            if len(opened) > _DEEPEST:
                return line
        elif character in ")]}":
            if _CLOSING.get(opened[-1].bracket) != character:
                return line
            literal = opened.pop().close()
            opened[-1].text.append(literal)
        elif character == "," and opened[-1].bracket == "{":
            opened[-1].next_item()
        else:
            opened[-1].text.append(character)
        position += 1
    return _plain_sets("".join(opened[0].text)) if len(opened) == 1 else line


class _Opened:
    """A bracket that has been opened, and what has been read since."""

    def __init__(self, bracket: str) -> None:
        self.bracket = bracket
        self.items: list[str] = []
        self.text: list[str] = []

    def next_item(self) -> None:
        self.items.append("".join(self.text).strip())
        self.text = []

    def close(self) -> str:
        if self.bracket != "{":
            return f"{self.bracket}{''.join(self.text)}{_CLOSING[self.bracket]}"
        self.next_item()
        return "{" + ", ".join(sorted(filter(None, self.items))) + "}"


_EMPTY_SET = re.compile(r"(?<![\w.])((?:frozen)?set)\(\[\]\)")
_PYTHON_2_SET = re.compile(r"(?<![\w.])(frozenset|set)\(\[([^\[\](){}]+)\]\)")


def _plain_sets(line: str) -> str:
    """Write Python 2's ``set([2, 1])`` as Python 3's ``{1, 2}``."""
    if "set([" not in line:
        return line
    return _PYTHON_2_SET.sub(_plain_set, _EMPTY_SET.sub(r"\1()", line))


def _plain_set(match: re.Match[str]) -> str:
    items = ", ".join(sorted(item.strip() for item in match[2].split(",")))
    return f"{{{items}}}" if match[1] == "set" else f"frozenset({{{items}}})"


def strip_end(line: str) -> str:
    """Drop blanks at the end, which nobody sees."""
    return line.rstrip()


SPELLINGS: tuple[Callable[[str], str], ...] = (
    unify_strings,
    unwrap_numpy,
    squeeze_arrays,
    order_containers,
    strip_end,
)
"""The steps in their order; each takes and returns one line."""
