"""When each CPython came out: a release is tried on a Python of its own day. Pure."""

from __future__ import annotations

import datetime as dt

# The day of X.Y.0, from the release schedule of each:
# https://peps.python.org/pep-0373/ (2.7), 392 (3.2), 398 (3.3), 429 (3.4), 478 (3.5), 494 (3.6),
# 537 (3.7), 569 (3.8), 596 (3.9), 619 (3.10), 664 (3.11), 693 (3.12), 719 (3.13), 745 (3.14),
# 790 (3.15).
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
