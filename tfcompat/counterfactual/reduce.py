"""The smallest part of a set of changes that still has an effect. Pure.

As a rule a larger part has every effect that a smaller one has. Then the last item of the shortest
beginning with the effect belongs to it, which a binary search finds; so do the others, one after
the other, with what was found put in front (Junker 2004, QuickXplain,
https://cdn.aaai.org/AAAI/2004/AAAI04-027.pdf). A part that cannot be tried counts as one without
the effect, and may break that rule: so each item of the result is left out once in the end. Delta
debugging (Zeller and Hildebrandt 2002, https://doi.org/10.1109/32.988498), which needs no such
rule, takes three times as many trials where two items belong together
(``benchmarks/reducing.py``).
"""

from __future__ import annotations

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
    places = list(range(len(items)))
    known = {frozenset[int](): False, frozenset(places): True}
    most += len(known)

    def has_effect(part: Sequence[int]) -> Generator[tuple[ItemT, ...], bool, bool]:
        """Try a part, once; beyond ``most`` trials none has the effect."""
        key = frozenset(part)
        if key not in known:
            if len(known) == most:
                return False
            known[key] = yield tuple(items[place] for place in sorted(part))
        return known[key]

    found: list[int] = []
    rest = places
    while rest and not (yield from has_effect(found)):
        low, high = 0, len(rest)
        middle = 1  # the likeliest alone
        while high - low > 1:
            if (yield from has_effect([*found, *rest[:middle]])):
                high = middle
            else:
                low = middle
            middle = (low + high) // 2
        found.append(rest[high - 1])
        rest = rest[: high - 1]
    left_out = list(found)
    while left_out:
        others = [other for other in found if other != left_out[0]]
        if others and (yield from has_effect(others)):
            found = left_out = others
        else:
            left_out = left_out[1:]
    return tuple(items[place] for place in sorted(found))
