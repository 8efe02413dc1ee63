"""How likely chance keeps samples apart, checked against every way to divide the runs."""

from __future__ import annotations

from itertools import combinations
from math import comb, inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfcompat.judging.output.noise import (
    ALPHA,
    MOST_RUNS,
    Division,
    Runs,
    is_certain,
    more_runs,
    number_divisions,
    text_divisions,
)

PROPERTY = settings(deadline=None, database=None, max_examples=200)


def every(runs: int, baselines: int) -> list[int]:
    """Return every way to choose the baseline's runs, as a bit mask."""
    return [sum(1 << n for n in chosen) for chosen in combinations(range(runs), baselines)]


def sides(values: list[float], baseline: int) -> tuple[list[float], list[float]]:
    own = [value for n, value in enumerate(values) if baseline >> n & 1]
    other = [value for n, value in enumerate(values) if not baseline >> n & 1]
    return own, other


def lie_apart(values: list[float], baseline: int) -> bool:
    """Return whether the samples lie apart, by comparing each value with each other one."""
    own, other = sides(values, baseline)
    pairs = [(a, b) for a in own for b in other]
    if any(a != a and b != b for a, b in pairs):  # noqa: PLR0124 - nan alone differs from itself
        return False
    pairs = [(a, b) for a, b in pairs if a == a and b == b]  # noqa: PLR0124
    return all(a < b for a, b in pairs) or all(a > b for a, b in pairs)


VALUES = st.lists(
    st.sampled_from([0.0, 1.0, 2.0, 3.0, -1.5, nan, inf, -inf]), min_size=2, max_size=7
)


@PROPERTY
@given(VALUES, st.data())
def test_the_divisions_of_numbers_are_all_by_which_they_lie_apart(
    values: list[float], data: st.DataObject
) -> None:
    baselines = data.draw(st.integers(1, len(values) - 1))
    pairs = [(value, 1 << n) for n, value in enumerate(values)]
    found = list(number_divisions(pairs, baselines, lambda low, high: low < high))
    everyone = (1 << len(values)) - 1
    expected = {
        Division(everyone, b) for b in every(len(values), baselines) if lie_apart(values, b)
    }
    assert set(found) == expected


@PROPERTY
@given(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=2, max_size=7), st.data())
def test_the_divisions_of_texts_are_all_by_which_one_side_agrees_on_what_the_other_has_not(
    texts: list[str | None], data: st.DataObject
) -> None:
    baselines = data.draw(st.integers(1, len(texts) - 1))
    expected = set()
    for baseline in every(len(texts), baselines):
        own = {text for n, text in enumerate(texts) if baseline >> n & 1}
        other = {text for n, text in enumerate(texts) if not baseline >> n & 1}
        if not own & other and 1 in (len(own), len(other)):
            expected.add(Division((1 << len(texts)) - 1, baseline))
    assert set(text_divisions(texts, baselines)) == expected


def test_numbers_within_the_tolerance_do_not_lie_apart() -> None:
    values = [(1.0, 1), (1.1, 2), (5.0, 4), (5.1, 8)]
    close = list(number_divisions(values, 1, lambda low, high: high - low > 0.5))
    assert close == []
    assert set(number_divisions(values, 2, lambda low, high: high - low > 0.5)) == {
        Division(15, 3), Division(15, 12)
    }  # fmt: skip


@pytest.mark.parametrize("runs", [Runs(3, 3), Runs(2, 5), Runs(4, 1)])
def test_by_chance_samples_lie_apart_with_the_stated_probability(runs: Runs) -> None:
    values = [float(n * 7 % 11) for n in range(sum(runs))]
    assert len(set(values)) == len(values)
    apart = [b for b in every(len(values), runs.baseline) if lie_apart(values, b)]
    assert len(apart) == 2
    assert len(every(len(values), runs.baseline)) == comb(sum(runs), runs.baseline)


@pytest.mark.parametrize(
    ("runs", "places"),
    [(7, 1), (8, 5), (9, 20), (10, 92), (11, 100), (12, 1000), (15, 77_000)],
)
def test_how_many_runs_a_side_serve_so_many_noisy_places(runs: int, places: int) -> None:
    divisions = [Division(-1, number) for number in range(2 * places)]
    assert is_certain([Runs(runs, runs)], divisions)
    assert 2 * places / comb(2 * runs, runs) <= ALPHA
    assert not is_certain([Runs(runs - 1, runs - 1)], divisions) or places == 92


def test_places_that_rise_and_fall_together_count_as_one() -> None:
    divisions = [Division((1 << 14) - 1, (1 << 7) - 1), Division((1 << 14) - 1, (1 << 7) - 1 << 7)]
    assert is_certain([Runs(7, 7)], divisions * 1000)


def test_of_places_with_different_runs_the_one_that_shows_most_counts() -> None:
    divisions = [Division(-1, number) for number in range(4)]
    assert not is_certain([Runs(3, 3)], divisions)
    assert is_certain([Runs(3, 3), Runs(8, 8)], divisions)


def test_more_runs() -> None:
    assert more_runs(Runs(1, 1), 6) == (6, 6)
    assert more_runs(Runs(9, 2), 6) == (9, 6)
    assert more_runs(Runs(6, 6), 6) == (7, 7)
    # The side that has fewer is filled first.
    assert more_runs(Runs(9, 6), 6) == (9, 7)
    assert more_runs(Runs(7, 8), 6) == (8, 8)
    assert more_runs(Runs(MOST_RUNS, MOST_RUNS), 6) is None
    assert more_runs(Runs(MOST_RUNS + 3, MOST_RUNS), 6) is None
    # Unless a study wants more of them.
    assert more_runs(Runs(20, 4), 20) == (20, 20)
    assert more_runs(Runs(20, 20), 20) is None
