"""Whether a text that a mask has found can be of the run itself: its clock, length or folders.

If not, it is a result. Pure. Texts are read strictly: what is no date, or no number, can be no clock.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Check: TypeAlias = "Callable[[re.Match[str], RunTime | None], bool]"
"""Tells whether the text of a match can come from a run; None: nothing is known of the run."""

# Seconds between a run and what is recorded of it: processes start and end meanwhile.
_SLACK = 2.0
# What a full date is followed by, and then the time of day belongs to it. Longest such text.
_AFTER_DATE = re.compile(r"(?:\d[-/]\d\d?|\d{4}|\b[A-Z][a-z]{2} [ \d]?\d|<date>),?[ _]$")
_LONGEST_DATE = 12

_UNITS = {
    **dict.fromkeys(("ns",), 1e-9),
    **dict.fromkeys(("us", "µs", "microsecond", "microseconds"), 1e-6),
    **dict.fromkeys(("ms", "msec", "msecs", "millisecond", "milliseconds"), 1e-3),
    **dict.fromkeys(("", "s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("hour", "hours", "hr", "hrs"), 3600.0),
}
_AMOUNT = re.compile(r"(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?) ?([a-zA-Zµ]*)")
_UNIT_IN_FRONT = re.compile(r"\(([a-z]+)\)")
_CLOCK = re.compile(
    r"(?:(?P<days>\d+) days?, )?(?:(?P<hour>\d+):)?(?P<minute>\d+):(?P<second>\d\d)"
    r"(?:[.,](?P<fraction>\d+))?(?: ?(?P<half>[AP])M)?"
)
_ISO = re.compile(
    r"(?P<year>\d{4})[-/](?P<month>\d\d)[-/](?P<day>\d\d)(?:[T _|]|, )"
    r"(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?"
    r" ?(?P<zone>Z|[+-]\d\d:?\d\d)?"
)
_CTIME = re.compile(
    r"[A-Z][a-z]{2},? (?:(?P<before>[ \d]?\d) )?(?P<month>[A-Z][a-z]{2}) "
    r"(?:(?P<early>\d{4})|(?P<after>[ \d]\d)) (?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
    r"(?: (?P<zone>[A-Z]{3,4}))?(?: (?P<late>\d{4}))?"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# Where an interpreter and its packages are: another one has other folders.
_INTERPRETER_FOLDER = re.compile(r"^/launcher/|/lib(?:64)?/python\d[\w.]*/")
# Of Linux: net.ipv4.ip_local_port_range; pid_max; and the addresses by which threads are named.
_EPHEMERAL_PORTS = range(32_768, 61_000)
_PROCESSES = range(2, 2**22 + 1)
_THREADS = range(0x7E00_0000_0000, 0x8000_0000_0000)


@dataclass(frozen=True, slots=True)
class RunTime:
    """When a run was made, in UTC, which is its time zone: its instants with some slack.

    ``seconds`` is the longest time that it can have measured.
    """

    begin: dt.datetime
    end: dt.datetime
    seconds: float

    @classmethod
    def of(cls, started: str | None, seconds: float) -> RunTime | None:
        """Return the time of a run by its record (ISO 8601, and seconds); None if not known."""
        try:
            begin = dt.datetime.fromisoformat(started or "")
            if begin.tzinfo is None:
                return None
            begin = begin.astimezone(dt.timezone.utc)
            slack = dt.timedelta(seconds=_SLACK)
            end = begin + dt.timedelta(seconds=max(seconds, 0.0)) + slack
            return cls(begin - slack, end, seconds + _SLACK)
        except (ValueError, OverflowError):
            return None

    def meets(self, begin: dt.datetime, length: dt.timedelta) -> bool:
        """Tell whether a span of time, such as a minute that was printed, overlaps the run."""
        try:
            return begin <= self.end and self.begin < begin + length
        except OverflowError:  # the last minute that there is
            return False


def _text(match: re.Match[str]) -> str:
    """Return the text in question: the group ``value`` of a pattern that has one."""
    return match["value"] if "value" in match.re.groupindex else match[0]


def _is_day(match: re.Match[str], run: RunTime | None) -> bool:
    if run is None:
        return True
    text = _text(match)
    try:
        day = dt.date(int(text[:4]), int(text[5:7]), int(text[8:10]))
    except ValueError:
        return False
    return run.begin.date() <= day <= run.end.date()


def _is_moment(match: re.Match[str], run: RunTime | None) -> bool:
    if run is None:
        return True
    text = _text(match)
    iso = _ISO.fullmatch(text)
    if iso is not None:
        return _in_run(iso, int(iso["year"]), int(iso["month"]), int(iso["day"]), run)
    found = _CTIME.fullmatch(text)
    day = found and (found["before"] or found["after"])
    if not found or not day or found["zone"] not in (None, "UTC", "GMT"):
        return False
    if found["month"] not in _MONTHS:
        return False
    month = _MONTHS.index(found["month"]) + 1
    year = found["early"] or found["late"]
    years = [int(year)] if year else {run.begin.year, run.end.year}
    return any(_in_run(found, one, month, int(day), run) for one in years)


def _in_run(found: re.Match[str], year: int, month: int, day: int, run: RunTime) -> bool:
    """Tell whether a date and the time of day of a match lie within the run."""
    zone = found["zone"] or ""
    try:
        moment = dt.datetime(
            year, month, day, int(found["hour"]), int(found["minute"]), tzinfo=dt.timezone.utc
        )
        if zone[:1] in ("+", "-"):
            offset = dt.timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
            moment += -offset if zone[0] == "+" else offset
        if found["second"] is None:
            return run.meets(moment, dt.timedelta(minutes=1))
        # A leap second is the last of its minute.
        moment += dt.timedelta(seconds=min(int(found["second"]), 59))
    except (ValueError, OverflowError):
        return False
    return run.meets(moment, dt.timedelta(seconds=1))


def _is_time(match: re.Match[str], run: RunTime | None) -> bool:
    if run is None:
        return True
    start = match.start()
    if _AFTER_DATE.search(match.string[max(0, start - _LONGEST_DATE) : start]):
        # It is part of a date, and with that it is no clock of the run.
        return False
    text = _text(match)
    return _length(text) <= run.seconds or _is_time_of_day(text, run)


def _is_time_of_day(text: str, run: RunTime) -> bool:
    found = _CLOCK.fullmatch(text)
    if found is None or found["days"] or not found["hour"]:
        return False
    try:
        hour = int(found["hour"])
        if found["half"]:
            hour = hour % 12 + (12 if found["half"] == "P" else 0)
        time = dt.time(hour, int(found["minute"]), int(found["second"]), tzinfo=dt.timezone.utc)
    except ValueError:
        return False
    days = {run.begin.date(), run.end.date()}
    return any(run.meets(dt.datetime.combine(day, time), dt.timedelta(seconds=1)) for day in days)


def _is_duration(match: re.Match[str], run: RunTime | None) -> bool:
    if run is None:
        return True
    text = _text(match)
    return (_length(text) if _CLOCK.fullmatch(text) else _amount(text, match[0])) <= run.seconds


def _length(text: str) -> float:
    """Return the seconds of a duration such as ``0:03`` or ``1 day, 0:00:03``; inf for none."""
    found = _CLOCK.fullmatch(text)
    if found is None or found["half"]:
        return math.inf
    days, hours, minutes = (float(found[name] or 0) for name in ("days", "hour", "minute"))
    return ((days * 24 + hours) * 60 + minutes) * 60 + float(found["second"])


def _amount(text: str, whole: str) -> float:
    """Return the seconds of the longest of the durations in a text, such as ``2s 35us/sample``.

    A number without a unit is one of seconds, or of the unit in parentheses that ``whole``, the
    text around it, has. A unit that is none of time makes it infinite.
    """
    in_front = _UNIT_IN_FRONT.search(whole)
    default = in_front[1] if in_front else ""
    return max(
        (
            float(number) * _UNITS.get(unit or default, math.inf)
            for number, unit in _AMOUNT.findall(text)
        ),
        default=math.inf,
    )


def _is_folder(match: re.Match[str], run: RunTime | None) -> bool:
    # The record of a run whose time is known names its own folders /study, /home and so on.
    return run is None or _INTERPRETER_FOLDER.search(_text(match)) is not None


def _is_unknown(match: re.Match[str], run: RunTime | None) -> bool:
    del match
    return run is None


def _is_process(match: re.Match[str], run: RunTime | None) -> bool:
    del run
    number = _integer(_text(match))
    return number in _PROCESSES or number in _THREADS


def _is_port(match: re.Match[str], run: RunTime | None) -> bool:
    del run
    return _integer(_text(match)) in _EPHEMERAL_PORTS


def _integer(text: str) -> int:
    # A longer one is no number of a process, and would take long to read.
    return int(text) if len(text) <= 20 else -1


CHECKS: Mapping[str, Check] = {
    "day": _is_day,
    "moment": _is_moment,
    "time": _is_time,
    "duration": _is_duration,
    "folder": _is_folder,
    "unknown": _is_unknown,
    "process": _is_process,
    "port": _is_port,
}
"""What a mask can require of a match, by the word in masks.yaml."""

NEEDS_RUN = frozenset({"day", "moment", "time", "duration", "folder", "unknown"})
"""Those that accept everything as long as nothing is known of the run."""
