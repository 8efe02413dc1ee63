"""Which dates, times and lengths can be those of a run."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfcompat.judging.output.masks import load_masks
from tfcompat.judging.output.run_values import CHECKS, RunTime

STARTED = "2021-01-05T10:20:20.500+00:00"
RUN = RunTime.of(STARTED, 30)
MIDNIGHT = RunTime.of("2020-12-31T23:59:50+00:00", 20)
WHOLE = re.compile(".*", re.DOTALL)


def can_be(kind: str, text: str, run: RunTime | None = RUN) -> bool:
    match = WHOLE.fullmatch(text)
    assert match is not None
    return CHECKS[kind](match, run)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("day", "2021-01-05", True),
        ("day", "2021/01/05", True),
        ("day", "2021-01-06", False),
        ("day", "0000-00-00", False),
        ("moment", "2021-01-05 10:20:20.499", True),
        ("moment", "2021-01-05T10:20:52Z", True),
        ("moment", "2021-01-05 10:20:54", False),
        ("moment", "2021-01-05 10:20", True),
        ("moment", "2021-01-05 10:19", False),
        ("moment", "2021-01-05, 10:20:30,5", True),
        ("moment", "2021-01-05T12:20:30+0200", True),
        ("moment", "2021-01-05T05:50:30 -04:30", True),
        ("moment", "2021-01-05T12:20:30-02:00", False),
        ("moment", "2021-01-05 24:20:30", False),
        ("moment", "0001-01-01 00:00:00+14:00", False),
        ("moment", "9999-12-31 23:59:59", False),
        ("moment", "Tue Jan  5 10:20:30 2021", True),
        ("moment", "Tue, 05 Jan 2021 10:20:30 GMT", True),
        ("moment", "Tue Jan  5 10:20:30 CET 2021", False),
        ("moment", "Fri Foo  5 10:20:30 2021", False),
        ("time", "10:20:30", True),
        ("time", "10:20:30 AM", True),
        ("time", "10:20:30 PM", False),
        ("time", "0:00:31.9", True),
        ("time", "0:01:00", False),
        ("time", "1 day, 0:00:01", False),
        ("duration", "3s", True),
        ("duration", "31 s", True),
        ("duration", "40 s", False),
        ("duration", "40 ms", True),
        ("duration", "2s 35us/sample", True),
        ("duration", "1 hour", False),
        ("duration", "0.4 minutes", True),
        ("duration", "1e999 s", False),
        ("duration", "3 parsecs", False),
        ("duration", "0:31", True),
        ("duration", "10:31", False),
        ("folder", "/env/lib/python3.7/site-packages/", True),
        ("folder", "/usr/lib64/python3.13t/", True),
        ("folder", "/home/user/", False),
        ("process", "2", True),
        ("process", "1", False),
        ("process", "4194305", False),
        ("process", "140234234234688", True),
        ("process", "9" * 5000, False),
        ("port", "32768", True),
        ("port", "61000", False),
    ],
)
def test_what_can_be_of_the_run(kind: str, text: str, *, expected: bool) -> None:
    assert can_be(kind, text) is expected


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("day", "2020-12-31"),
        ("day", "2021-01-01"),
        ("moment", "Thu Dec 31 23:59:59"),
        ("moment", "Fri Jan  1 00:00:05"),
        ("time", "23:59:59"),
        ("time", "00:00:05"),
        ("time", "12:00:05 AM"),
    ],
)
def test_a_run_may_last_over_midnight(kind: str, text: str) -> None:
    assert can_be(kind, text, MIDNIGHT)


@pytest.mark.parametrize(
    "date", ["2020-02-03 ", "03/02/2020 ", "3 Feb 2020 ", "Feb 3, 2020, ", "Mon Feb  3 ", "<date> "]
)
def test_the_time_of_a_date_is_no_clock_of_its_own(date: str) -> None:
    mask = next(mask for mask in load_masks() if mask.name == "clock")
    for time in ("00:00:01", "10:20:30"):
        assert mask.apply(f"{date}{time}", RUN) == f"{date}{time}"
        assert mask.apply(f"step 20 {time}", RUN) == "step 20 <clock>"


@pytest.mark.parametrize(
    ("started", "seconds"),
    [
        (None, 1.0),
        ("", 1.0),
        ("yesterday", 1.0),
        ("2021-01-05T10:20:20", 1.0),  # of which time zone?
        ("2021-01-05T10:20:20+00:00", 1e15),
        ("0001-01-01T00:00:00+00:00", 1.0),
        ("9999-12-31T23:59:59+00:00", 1.0),
    ],
)
def test_a_time_that_cannot_be_read_is_not_known(started: str | None, seconds: float) -> None:
    assert RunTime.of(started, seconds) is None


def test_the_time_zone_of_the_record_counts() -> None:
    assert RunTime.of("2021-01-05T12:20:20.500+02:00", 30) == RUN


@settings(deadline=None, database=None, max_examples=300)
@given(st.datetimes(), st.floats(0, 1e6), st.floats(0, 1))
def test_every_instant_of_a_run_can_be_its_clock(
    started: dt.datetime, seconds: float, part: float
) -> None:
    run = RunTime.of(started.replace(tzinfo=dt.timezone.utc).isoformat(), seconds)
    if run is None:
        return
    now = started + dt.timedelta(seconds=part * seconds)
    assert can_be("moment", now.isoformat(" "), run)
    assert can_be("moment", now.isoformat(" ", timespec="minutes"), run)
    assert can_be("day", now.date().isoformat(), run)
    assert can_be("time", now.strftime("%H:%M:%S"), run)
    assert can_be("duration", f"{part * seconds:.3f} s", run)


@settings(deadline=None, database=None, max_examples=300)
@given(st.sampled_from(sorted(CHECKS)), st.text() | st.from_regex(r"[\d :/.,+-]*", fullmatch=True))
def test_any_text_is_survived(kind: str, text: str) -> None:
    if kind in ("process", "port"):
        return  # their patterns give them digits alone
    can_be(kind, text)
