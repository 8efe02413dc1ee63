"""Which releases may be holes: those that were replaced soon, and the first of a series."""

from __future__ import annotations

import datetime as dt

import pytest
from packaging.version import Version

from tfcompat.search.suspects import suspicions


def ranked(**days: int | None) -> list[str]:
    """Return releases such as ``v1_2_0``, each with its day, from the most suspect to the least."""
    names = [name[1:].replace("_", ".") for name in days]
    first = dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)
    uploaded = [None if day is None else first + dt.timedelta(days=day) for day in days.values()]
    found = suspicions([Version(name) for name in names], uploaded)
    assert len(found) == len(names)
    return sorted(names, key=lambda name: -found[names.index(name)])


def test_what_was_replaced_soon_is_the_most_suspect() -> None:
    # PyPDF2: 2.10.1 lacked a package, and was replaced within hours.
    assert ranked(v2_9_0=0, v2_10_0=7, v2_10_1=8, v2_10_2=8, v2_10_3=15)[0] == "2.10.1"


def test_the_first_of_a_series_is_suspect_where_the_series_goes_on() -> None:
    # treelib: show() of 1.7.0 printed bytes, for a year and a half.
    order = ranked(v1_6_1=0, v1_6_3=1100, v1_6_4=1240, v1_7_0=1380, v1_7_1=1940, v1_8_0=2060)
    assert order[0] == "1.7.0"


def test_series_side_by_side_do_not_replace_each_other() -> None:
    later_patch = suspicions(
        [Version("1.15.5"), Version("2.0.0")],
        [dt.datetime(2021, 1, 6), dt.datetime(2019, 9, 30)],  # noqa: DTZ001 - only their distance counts
    )
    assert later_patch == (0.0, 0.0)


@pytest.mark.parametrize("day", [None, 0])
def test_without_a_day_nothing_is_known(day: int | None) -> None:
    first = dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)
    other = None if day is None else first
    found = suspicions([Version("1"), Version("2")], [other, None])
    assert found == (0.0, 0.0)
    assert suspicions([], []) == ()
