"""When each CPython came out: a release is tried on a Python of its own day. Pure."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packaging.version import Version

# The day of X.Y.0, from the release schedule of each, https://peps.python.org/pep-0373/ for 2.7.
# Those of 3.2 to 3.15 are PEP 392, 398, 429, 478, 494, 537, 569, 596, 619, 664, 693, 719, 745, 790.
FIRST_DAYS = {
    "2.7": dt.date(2010, 7, 3),
    "3.2": dt.date(2011, 2, 20),
    "3.3": dt.date(2012, 9, 29),
    "3.4": dt.date(2014, 3, 16),
    "3.5": dt.date(2015, 9, 13),
    "3.6": dt.date(2016, 12, 23),
    "3.7": dt.date(2018, 6, 27),
    "3.8": dt.date(2019, 10, 14),
    "3.9": dt.date(2020, 10, 5),
    "3.10": dt.date(2021, 10, 4),
    "3.11": dt.date(2022, 10, 24),
    "3.12": dt.date(2023, 10, 2),
    "3.13": dt.date(2024, 10, 7),
    "3.14": dt.date(2025, 10, 7),
    "3.15": dt.date(2026, 10, 1),
}


def was_out(python: str, day: dt.date) -> bool:
    """Tell whether a Python such as ``3.6`` was out on a day; one that is not listed was not."""
    first = FIRST_DAYS.get(python)
    return first is not None and first <= day


def first_instant(python: Version) -> dt.datetime | None:
    """Return when a Python came out, from its full version; None for one that is not listed."""
    day = FIRST_DAYS.get(f"{python.major}.{python.minor}")
    return dt.datetime.combine(day, dt.time(), dt.timezone.utc) if day else None


def closest(pythons: Iterable[str], day: dt.date | None) -> str:
    """Return which of some Pythons, at least one, is that of a day.

    It is the newest that was out; where none was, the oldest. Without a day it is the newest.
    """
    oldest_first = sorted(pythons, key=_numbers)
    if day is None:
        return oldest_first[-1]
    out = [python for python in oldest_first if was_out(python, day)]
    return out[-1] if out else oldest_first[0]


def _numbers(python: str) -> tuple[int, ...]:
    return tuple(map(int, python.split(".")))
