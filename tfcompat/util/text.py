"""Text that people read: without harmful characters, and with numbers of things."""

from __future__ import annotations

import re

# Control characters drive terminals, marks of direction reorder what stands beside them, and half
# a surrogate pair cannot be written to any file.
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def visible(text: str) -> str:
    """Return a text whose harmful characters are written out as escapes."""
    return _HARMFUL.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def plural(number: int, noun: str) -> str:
    """Return a number of things, as ``1 cell`` or ``2 cells``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def duration(seconds: float) -> str:
    """Return a time in words: ``2 min 5 s``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
