"""The smallest part with an effect, found among made-up ones."""

from __future__ import annotations

import random

import pytest

from tfcompat.counterfactual.reduce import smallest


def found(items: str, needed: str, most: int = 1000) -> tuple[str, int]:
    parts = smallest(items, most)
    tried = 0
    try:
        part = next(parts)
        while True:
            tried += 1
            part = parts.send(set(needed) <= set(part))
    except StopIteration as end:
        return "".join(end.value), tried


@pytest.mark.parametrize(
    ("items", "needed"),
    [("a", "a"), ("ab", "b"), ("ab", "ab"), ("abcdefgh", "g"), ("abcdefgh", "ah"), ("abcde", "")],
)
def test_the_smallest_part(items: str, needed: str) -> None:
    part, _ = found(items, needed)
    assert set(needed) <= set(part)
    assert len(part) == max(1, len(needed))


def test_nothing_can_be_left_out_of_any_part_that_is_found() -> None:
    shuffle = random.Random(7)
    items = "abcdefghijklmnop"
    for _ in range(200):
        needed = "".join(shuffle.sample(items, shuffle.randint(1, 6)))
        part, tried = found(items, needed)
        assert set(part) == set(needed)
        assert list(part) == sorted(part)
        # For each a search by halves, what was found alone, and once without each.
        assert tried <= len(needed) * (1 + 4 + 1 + 1)


def test_one_likely_item_takes_one_trial() -> None:
    assert found("abcdefghijklmnop", "a") == ("a", 1)


def test_what_cannot_be_tried_costs_trials_and_nothing_else() -> None:
    """Some items exclude or require each other: such parts have no environment."""
    shuffle = random.Random(11)
    items = "abcdefghijkl"
    for _ in range(200):
        needed = set(shuffle.sample(items, shuffle.randint(1, 3)))
        wants = dict(zip(shuffle.sample(items, 3), shuffle.sample(items, 3), strict=True))

        def works(part: set[str], needed: set[str] = needed, wants: dict[str, str] = wants) -> bool:
            return needed <= part and all(wants[one] in part for one in part & set(wants))

        parts = smallest(items, 1000)
        try:
            part = next(parts)
            while True:
                part = parts.send(works(set(part)))
        except StopIteration as end:
            result = set(end.value)
        assert works(result)
        assert not any(works(result - {one}) for one in result)


def test_trials_may_run_out() -> None:
    part, tried = found("abcdefgh", "ah", most=3)
    assert tried == 3
    assert {"a", "h"} <= set(part)
