"""The smallest part of a set of changes that still has an effect: delta debugging. Pure.

The method is ddmin (Zeller and Hildebrandt 2002, https://doi.org/10.1109/32.988498). A part that
cannot be tried counts as one without the effect.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

ItemT = TypeVar("ItemT")

MOST_TRIALS = 16


def smallest(
    items: Sequence[ItemT], most: int = MOST_TRIALS
) -> Generator[tuple[ItemT, ...], bool, tuple[ItemT, ...]]:
    """Yield the parts to try, receive whether each has the effect, and return the smallest found.

    All ``items`` together have it. No item of the result can be left out, unless ``most`` trials
    were not enough to find that out. The order of items is kept; likely ones should come first.
    """
    current, parts, tried = tuple(items), 2, 0
    while len(current) > 1:
        chunks = _chunks(current, parts)
        # What is unlikely is left out first.
        rests = [tuple(i for i in current if i not in chunk) for chunk in reversed(chunks)]
        for part in [*chunks, *(rests if parts > 2 else [])]:
            if tried >= most:
                return current
            tried += 1
            if (yield part):
                parts = 2 if part in chunks else max(parts - 1, 2)
                current = part
                break
        else:
            if parts >= len(current):
                return current
            parts = min(len(current), 2 * parts)
    return current


def _chunks(items: Sequence[ItemT], parts: int) -> list[tuple[ItemT, ...]]:
    """Return the items in so many parts of about the same size, in their order."""
    bounds = [len(items) * number // parts for number in range(parts + 1)]
    return [tuple(items[start:end]) for start, end in pairwise(bounds)]
