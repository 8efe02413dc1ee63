"""How far the commands are that work on a campaign: what is done, at work and left."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfcompat.results.printed import CommandStatus
from tfcompat.results.verdicts import Verdict
from tfcompat.util.text import duration, plural, visible

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tfcompat.results.campaign import Campaign
    from tfcompat.results.commands import RunningCommand


@dataclass(frozen=True, kw_only=True)
class Status:
    """How far one command is. Cells are identifiers; ``at_work`` has how many examples ran in each.

    ``verdicts`` are those of all cells that are done. ``seconds`` is how long it works, ``left`` an
    estimate of how long it will: None before the first cell is done.
    """

    done: tuple[str, ...]
    at_work: Mapping[str, int]
    waiting: tuple[str, ...]
    tests: int
    verdicts: Mapping[Verdict, int]
    seconds: float
    left: float | None


def status_of(campaign: Campaign, command: RunningCommand, now: dt.datetime) -> Status:
    """Return how far a command is, by what is stored; ``now`` is with a time zone."""
    begun = {name: campaign.unfinished(name) for name in command.cells}
    at_work = {name: len(cell.examples) for name, cell in begun.items() if cell is not None}
    stored = {name: campaign.cell(name) for name in command.cells if name not in at_work}
    unknown = campaign.unknown()
    done = tuple(name for name, cell in stored.items() if cell is not None or name in unknown)
    waiting = tuple(name for name in stored if name not in done)
    verdicts: Counter[Verdict] = Counter()
    for name in done:
        cell = stored[name] or unknown[name]
        whole = [cell.verdict] if cell.verdict else [e.verdict for e in cell.examples.values()]
        verdicts.update(whole)
    seconds = (now - command.started).total_seconds()
    made = sum(
        dt.datetime.fromtimestamp(path.stat().st_mtime, dt.timezone.utc) >= command.started
        for name in done
        if (path := campaign.result_path(name)).exists()
    )
    rest = len(waiting) + len(at_work)
    return Status(
        done=done,
        at_work=at_work,
        waiting=waiting,
        tests=len(command.tests),
        verdicts=verdicts,
        seconds=seconds,
        left=seconds / made * rest if made else None,
    )


def text(results: Path, found: tuple[Status, ...], stored: int) -> str:
    """Return how far commands are, for a terminal; ``stored`` counts the finished cells."""
    if not found:
        return visible(f"no command works on {results}; {plural(stored, 'finished cell')} there")
    return "\n".join(visible(line) for one in found for line in _lines(one))


def _lines(one: Status) -> list[str]:
    total = len(one.done) + len(one.at_work) + len(one.waiting)
    estimate = f", about {duration(one.left)} left" if one.left else ""
    head = (
        f"{len(one.done)} of {plural(total, 'cell')} done, {len(one.at_work)} at work, "
        f"{len(one.waiting)} waiting; {duration(one.seconds)} so far{estimate}"
    )
    lines = [head]
    lines += [
        f"  {name}: {ran} of {plural(one.tests, 'example')} ran"
        for name, ran in one.at_work.items()
    ]
    counts = (f"{one.verdicts[v]} {v.value}" for v in Verdict if one.verdicts.get(v))
    said = ", ".join(counts)
    return [*lines, f"  so far: {said}"] if said else lines


def printed(found: tuple[Status, ...]) -> list[CommandStatus]:
    """Return the same for a program."""
    return [
        CommandStatus(
            done=one.done,
            at_work=dict(one.at_work),
            waiting=one.waiting,
            examples=one.tests,
            verdicts=dict(one.verdicts),
            seconds=round(one.seconds, 1),
            seconds_left=None if one.left is None else round(one.left, 1),
        )
        for one in found
    ]
