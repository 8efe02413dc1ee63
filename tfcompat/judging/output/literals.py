"""Sets and dicts as Python prints them, with their items in one order.

Only literals are changed: text in braces has no order that could be another one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_PLAIN = re.compile(r"[^\[\](){},'\"]+")
_QUOTED = {quote: re.compile(rf"{quote}(?:[^{quote}\\]|\\.)*{quote}") for quote in "'\""}
_CLOSING = {"(": ")", "[": "]", "{": "}"}
# Deeper nesting is left as it is: bringing it into order would no longer take linear time.
_DEEPEST = 30

# In the shape of an item, a quote stands for a string, and these for what is in brackets.
_LITERAL, _OTHER = "\x00", "\x01"
_REAL = r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_VALUE = rf"""(?x: [+-]?{_REAL}(?:[+-]{_REAL})?[jL]? | 0[xX][\da-fA-F]+L? | [+-]?(?:nan|inf)
    | (?:True|False|None) | (?:np|numpy)\.(?:True|False)_ | [uUbB]?'
    | (?:[A-Za-z_][\w.]*)?{_LITERAL} )"""
# Beside values, what a call is given by name, as in Point(x=1).
_ITEM = re.compile(rf"\s*(?:[A-Za-z_]\w*=)?{_VALUE}\s*")
_ENTRY = re.compile(rf"\s*{_VALUE}:")
_SET_NAME = re.compile(r"(?<![\w.])(?:frozen)?set$")
# A brace whose first item ends at a comma, or with the brace. Most lines hold dicts alone.
_MAY_HOLD_A_SET = re.compile(
    r"""\{(?!\})[^{}:,'"\\]*(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")?[^{}:,'"]*[,}]|set\(\["""
)


class _Opened:
    """A bracket that has been opened, and what has been read since: its items, cut at commas.

    Of each item there is the text and the shape: the text without strings and inner brackets.
    """

    def __init__(self, bracket: str) -> None:
        self.bracket = bracket
        self.items: list[str] = []
        self.shapes: list[str] = []
        self.inner: _Opened | None = None
        self._text: list[str] = []
        self._shape: list[str] = []

    def add(self, text: str, shape: str) -> None:
        """Add to the last item."""
        self._text.append(text)
        self._shape.append(shape)

    def next_item(self) -> None:
        """End the last item."""
        self.items.append("".join(self._text))
        self.shapes.append("".join(self._shape))
        self._text, self._shape = [], []

    @property
    def is_literal(self) -> bool:
        """Whether every item is a value."""
        shapes = self.shapes
        if ":" in shapes[0]:
            return False  # a dict, most often
        if len(shapes) > 1 and not shapes[-1].strip():
            shapes = shapes[:-1]  # (1,)
        return all(map(_ITEM.fullmatch, shapes)) or self.is_empty

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing between the brackets."""
        return len(self.items) == 1 and not self.items[0].strip()

    @property
    def sorted_items(self) -> str:
        """The items in the order of their text."""
        return ", ".join(sorted(item.strip() for item in self.items))

    @property
    def makes_a_set(self) -> bool:
        """Whether what was read last is the name of a set's class."""
        return bool(self._text) and _SET_NAME.search(self._text[-1][-11:]) is not None

    def drop_name(self) -> bool:
        """Take away the name ``set``, which was read last; return False for ``frozenset``."""
        if self._text[-1].endswith("frozenset"):
            return False
        self._text[-1] = self._text[-1].removesuffix("set")
        self._shape[-1] = self._shape[-1].removesuffix("set")
        return True


def order_sets(line: str) -> str:
    """Sort the items of sets: what order they have depends on the process that prints them."""
    if "{" not in line and "set([" not in line:
        return line
    return _rewritten(line, _sorted_set) if _MAY_HOLD_A_SET.search(line) else line


def order_dicts(line: str) -> str:
    """Sort the items of dicts, which had no order of their own before Python 3.7."""
    return _rewritten(line, _sorted_dict) if "{" in line and ":" in line else line


def plain_sets(line: str) -> str:
    """Write Python 2's ``set([1, 2])`` as Python 3's ``{1, 2}``."""
    return _rewritten(line, _plain_set) if "set([" in line else line


def _sorted_set(closed: _Opened, around: _Opened) -> str | None:
    if closed.bracket == "{" and closed.is_literal and not closed.is_empty:
        return f"{{{closed.sorted_items}}}"
    items = _python_2_items(closed, around)
    return None if items is None or items.is_empty else f"([{items.sorted_items}])"


def _sorted_dict(closed: _Opened, around: _Opened) -> str | None:
    del around
    if closed.bracket == "{" and all(map(_ENTRY.match, closed.shapes)):
        return f"{{{closed.sorted_items}}}"
    return None


def _plain_set(closed: _Opened, around: _Opened) -> str | None:
    items = _python_2_items(closed, around)
    if items is None:
        return None
    if items.is_empty:
        return "()"
    literal = f"{{{','.join(items.items)}}}"
    return literal if around.drop_name() else f"({literal})"


def _python_2_items(closed: _Opened, around: _Opened) -> _Opened | None:
    """Return the list in ``set([...])`` where its parentheses were just closed."""
    inner = closed.inner
    if closed.bracket != "(" or inner is None or not around.makes_a_set:
        return None
    is_alone = closed.shapes == [_LITERAL] and inner.bracket == "["
    return inner if is_alone else None


def _rewritten(line: str, rewrite: Callable[[_Opened, _Opened], str | None]) -> str:
    """Return a line with what ``rewrite`` makes of each pair of brackets, the inner ones first.

    It is given the closed bracket and the one around it; None: it stays. A line whose brackets do
    not match is no literal and is returned as it is.
    """
    opened = [_Opened("")]
    position, unclosed = 0, set()
    while position < len(line):
        plain = _PLAIN.match(line, position)
        if plain:
            opened[-1].add(plain[0], plain[0])
            position = plain.end()
            continue
        character = line[position]
        if character in _QUOTED and character not in unclosed:
            quoted = _QUOTED[character].match(line, position)
            if quoted:
                opened[-1].add(quoted[0], "'")
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
            _close(opened, character, rewrite)
        elif character == ",":
            opened[-1].next_item()
        else:
            opened[-1].add(character, character)
        position += 1
    opened[0].next_item()
    return ",".join(opened[0].items) if len(opened) == 1 else line


def _close(
    opened: list[_Opened], bracket: str, rewrite: Callable[[_Opened, _Opened], str | None]
) -> None:
    closed = opened.pop()
    closed.next_item()
    around = opened[-1]
    text = rewrite(closed, around)
    if text is None:
        text = f"{closed.bracket}{','.join(closed.items)}{bracket}"
    around.add(text, _LITERAL if closed.is_literal else _OTHER)
    around.inner = closed
