"""Whether a text that a mask has found can be of the run itself: its clock, length or folders.

If not, it is a result. Pure. Texts are read strictly: what is no date or number can be no clock.
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
_DAY = 86_400
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
    r"(?:[.,]\d+)?(?: ?(?P<half>[AP])M)?",
    re.ASCII,
)
_ISO = re.compile(
    r"(\d{4}[-/]\d\d[-/]\d\d)(?:[T _|]|, )(\d\d:\d\d(?::\d\d)?)(?:[.,]\d+)? ?(Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
_CTIME = re.compile(
    r"[A-Z][a-z]{2},? (?:(?P<before>[ \d]?\d) )?(?P<month>[A-Z][a-z]{2}) "
    r"(?:(?P<early>\d{4})|(?P<after>[ \d]\d)) (?P<time>\d\d:\d\d:\d\d)"
    r"(?: (?P<zone>[A-Z]{3,4}))?(?: (?P<late>\d{4}))?",
    re.ASCII,
)
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: f"{number:02}" for number, name in enumerate(_NAMES, start=1)}

# Where an interpreter and its packages are: another one has other folders.
_INTERPRETER_FOLDER = re.compile(r"^/launcher/|/lib(?:64)?/python\d[\w.]*/")
# Of Linux: net.ipv4.ip_local_port_range; pid_max; and the addresses by which threads are named.
_EPHEMERAL_PORTS = range(32_768, 61_000)
_PROCESSES = range(2, 2**22 + 1)
_THREADS = range(0x7E00_0000_0000, 0x8000_0000_0000)


@dataclass(frozen=True, slots=True)
class RunTime:
    """When a run was made, with some slack: its first and last second, ``2021-01-05 10:20:30``.

    They are in UTC, which is the time zone of a run. ``seconds`` is the longest time that it can
    have measured. Text is compared with text: judging reads millions of dates.
    """

    first: str
    last: str
    seconds: float

    @classmethod
    def of(cls, started: str | None, seconds: float) -> RunTime | None:
        """Return the time of a run by its record (ISO 8601, and seconds); None if not known."""
        try:
            begin = dt.datetime.fromisoformat(started or "")
            if begin.tzinfo is None:
                return None
            slack = dt.timedelta(seconds=_SLACK)
            begin = begin.astimezone(dt.timezone.utc) - slack
            end = begin + dt.timedelta(seconds=max(seconds, 0.0)) + 2 * slack
        except (ValueError, OverflowError):
            return None
        first, last = (one.isoformat(" ", "seconds")[:19] for one in (begin, end))
        return cls(first, last, seconds + _SLACK)

    def has(self, text: str) -> bool:
        """Tell whether a date, minute or second lies in the run, at least in part."""
        length = len(text)
        return self.first[:length] <= text <= self.last[:length]

    def has_time(self, text: str) -> bool:
        """Tell whether a time of day, ``10:20:30``, lies in the run."""
        begin, end = self.first[11:], self.last[11:]
        if self.first[:10] == self.last[:10]:
            return begin <= text <= end
        return begin <= text or text <= end or self.seconds >= _DAY


def _text(match: re.Match[str]) -> str | None:
    """Return the text in question: the group ``value`` of a pattern that has one.

    None where that takes no part in the match, which then can be anything.
    """
    return match["value"] if "value" in match.re.groupindex else match[0]


def _is_day(match: re.Match[str], run: RunTime | None) -> bool:
    if run is None:
        return True
    return run.has(match[0].replace("/", "-"))


def _is_moment(match: re.Match[str], run: RunTime | None) -> bool:
    if run is None:
        return True
    text = match[0]
    iso = _ISO.fullmatch(text)
    if iso is not None:
        day, time, zone = iso.groups()
        moment = f"{day.replace('/', '-')} {time}"
        in_utc = _in_utc(moment, zone) if zone else moment
        return in_utc is not None and run.has(in_utc)
    found = _CTIME.fullmatch(text)
    if found is None or found["zone"] not in (None, "UTC", "GMT"):
        return False
    month, year = _MONTHS.get(found["month"], "00"), found["early"] or found["late"]
    day = (found["before"] or found["after"] or "").strip().zfill(2)
    years = [year] if year else [run.first[:4], run.last[:4]]
    return any(run.has(f"{one}-{month}-{day} {found['time']}") for one in years)


def _in_utc(moment: str, zone: str) -> str | None:
    """Return a moment, with or without its second, of a zone such as ``+01:00``; None for none."""
    if zone == "Z":
        return moment
    offset = dt.timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    try:
        there = dt.datetime.fromisoformat(moment)
        here = there - offset if zone[0] == "+" else there + offset
    except (ValueError, OverflowError):
        return None
    return here.isoformat(" ", "seconds")[: len(moment)]


def _is_time(match: re.Match[str], run: RunTime | None) -> bool:
    if run is None:
        return True
    start = match.start()
    if _AFTER_DATE.search(match.string[max(0, start - _LONGEST_DATE) : start]):
        # It is part of a date, and with that it is no clock of the run.
        return False
    text = match[0]
    return _length(text) <= run.seconds or _is_time_of_day(text, run)


def _is_time_of_day(text: str, run: RunTime) -> bool:
    found = _CLOCK.fullmatch(text)
    if found is None or found["days"] or not found["hour"]:
        return False
    hour = found["hour"].zfill(2)
    if found["half"]:
        hour = f"{int(hour) % 12 + (12 if found['half'] == 'P' else 0):02}"
    return run.has_time(f"{hour}:{found['minute']}:{found['second']}")


def _is_duration(match: re.Match[str], run: RunTime | None) -> bool:
    if run is None:
        return True
    text = _text(match)
    if text is None:
        return True
    length = _length(text) if ":" in text else math.inf
    return (length if length < math.inf else _amount(text, match[0])) <= run.seconds


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
    in_front = _UNIT_IN_FRONT.search(whole) if "(" in whole else None
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
    return run is None or _INTERPRETER_FOLDER.search(match[0]) is not None


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


def _integer(text: str | None) -> int:
    # A longer one is no number of a process, and would take long to read.
    return int(text) if text and len(text) <= 20 else -1


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
