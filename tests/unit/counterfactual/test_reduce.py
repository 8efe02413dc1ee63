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
        assert tried <= len(items) ** 2


def test_one_likely_item_takes_few_trials() -> None:
    assert found("abcdefghijklmnop", "a") == ("a", 4)


def test_trials_may_run_out() -> None:
    part, tried = found("abcdefgh", "ah", most=3)
    assert tried == 3
    assert {"a", "h"} <= set(part)
