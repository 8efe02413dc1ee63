"""Values of options, checked: the ``type`` functions that argparse calls."""

from __future__ import annotations

import math
from argparse import ArgumentTypeError

from pydantic import ByteSize, TypeAdapter, ValidationError

from tfcompat.errors import near_miss
from tfcompat.results.shards import MOST_SHARDS, Shard, parse_shard
from tfcompat.results.verdicts import Verdict


def at_least_one(text: str) -> int:
    """Return a whole number of at least 1; ArgumentTypeError for anything else."""
    if not text.isdecimal() or int(text) < 1:
        msg = f"{text!r} is no whole number of at least 1"
        raise ArgumentTypeError(msg)
    return int(text)


def at_least_zero(text: str) -> int:
    """Return a whole number of at least 0; ArgumentTypeError for anything else."""
    return 0 if text == "0" else at_least_one(text)


def seconds(text: str) -> float:
    """Return a finite number of seconds above 0; ArgumentTypeError for anything else."""
    return _time(text, "seconds")


def minutes(text: str) -> float:
    """Return a finite number of minutes above 0; ArgumentTypeError for anything else."""
    return _time(text, "minutes")


def _time(text: str, unit: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0
    if not 0 < number < math.inf:
        msg = f"{text!r} is no number of {unit} above 0"
        raise ArgumentTypeError(msg)
    return number


_DAYS = {"h": 1 / 24, "d": 1, "w": 7}


def days(text: str) -> float:
    """Return the days of a time such as 30d, 12h or 2w; ArgumentTypeError for anything else."""
    number, unit = text[:-1], text[-1:]
    if unit not in _DAYS or not number.isdecimal():
        msg = f"{text!r} is no time such as 30d, 12h or 2w"
        raise ArgumentTypeError(msg)
    return int(number) * _DAYS[unit]


def size(text: str) -> int:
    """Return the bytes of a size such as 10GB; ArgumentTypeError for anything else."""
    try:
        return int(TypeAdapter(ByteSize).validate_python(text))
    except ValidationError:
        msg = f"{text!r} is no size such as 10GB"
        raise ArgumentTypeError(msg) from None


def baseline_of_folder(text: str) -> tuple[str, str]:
    """Return folder and release of FOLDER=RELEASE; ArgumentTypeError for any other form."""
    folder, mark, release = text.rpartition("=")
    if not mark or not folder or not release:
        msg = f"{text!r} is not of the form FOLDER=RELEASE, such as tests/tensorflow_v1=1.12.3"
        raise ArgumentTypeError(msg)
    return folder, release


def variable(text: str) -> tuple[str, str]:
    """Return name and value of NAME=VALUE; ArgumentTypeError for any other form."""
    name, mark, value = text.partition("=")
    if not mark or not name:
        msg = f"{text!r} is not of the form NAME=VALUE"
        raise ArgumentTypeError(msg)
    return name, value


def verdicts(text: str) -> tuple[Verdict, ...]:
    """Return the verdicts of a comma-separated list; ArgumentTypeError for any other word."""
    known = [verdict.value for verdict in Verdict]
    chosen = []
    for word in text.split(","):
        if word not in known:
            hint = near_miss(word, known) or f"; verdicts are {', '.join(known)}"
            msg = f"{word!r} is no verdict{hint}"
            raise ArgumentTypeError(msg)
        chosen.append(Verdict(word))
    return tuple(chosen)


def shard(text: str) -> Shard:
    """Return the shard of I/N; ArgumentTypeError for any other form."""
    try:
        return parse_shard(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def shard_count(text: str) -> int:
    """Return a number of shards; ArgumentTypeError for anything else."""
    number = at_least_one(text)
    if number > MOST_SHARDS:
        msg = f"{text} is too many: at most {MOST_SHARDS} shards"
        raise ArgumentTypeError(msg)
    return number
