"""When each Python came out, and which is that of a day."""

from __future__ import annotations

import datetime as dt

import pytest

from tfcompat.planning.default_python import PYTHONS
from tfcompat.util.python_days import FIRST_DAYS, closest, was_out


def test_each_python_that_a_wheel_can_ask_for_has_its_day() -> None:
    assert set(PYTHONS) <= FIRST_DAYS.keys()
    threes = [python for python in FIRST_DAYS if python != "2.7"]
    assert threes == sorted(threes, key=FIRST_DAYS.__getitem__)


@pytest.mark.parametrize(
    ("python", "day", "out"),
    [
        ("3.6", dt.date(2016, 12, 22), False),
        ("3.6", dt.date(2016, 12, 23), True),
        ("2.7", dt.date(2013, 1, 1), True),
        # Not listed.
        ("3.99", dt.date(2099, 1, 1), False),
    ],
)
def test_was_out(python: str, day: dt.date, *, out: bool) -> None:
    assert was_out(python, day) is out


@pytest.mark.parametrize(
    ("pythons", "day", "python"),
    [
        (["3.6", "3.10", "3.9"], dt.date(2021, 1, 1), "3.9"),
        (["3.6", "3.10", "3.9"], dt.date(2030, 1, 1), "3.10"),
        (["3.9", "3.13", "3.10"], dt.date(2013, 1, 1), "3.9"),
        (["3.9", "3.10"], None, "3.10"),
        (["2.7", "3.6"], dt.date(2013, 1, 1), "2.7"),
    ],
)
def test_closest(pythons: list[str], day: dt.date | None, python: str) -> None:
    assert closest(pythons, day) == python
