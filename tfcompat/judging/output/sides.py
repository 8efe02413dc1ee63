"""The runs of both sides of a comparison, read so that their transcripts can be compared.

How a run is read depends on the other side: which spellings are equal, and whether clocks can be
told from results, which needs the time of every run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from tfcompat.judging.output.normalize import Versions, spellings
from tfcompat.judging.output.run_values import RunTime
from tfcompat.judging.output.transcript import Transcript, parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfcompat.judging.output.masks import Mask
    from tfcompat.judging.output.normalize import Step
    from tfcompat.results.schema import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Runs of an example in one cell, and what decides how values are spelled there."""

    runs: Sequence[Run]
    versions: Versions = field(default_factory=Versions)


def read(masks: tuple[Mask, ...], one: Side) -> list[Transcript]:
    """Return the transcripts of runs that are compared with each other alone."""
    return _read(masks, one, spellings(one.versions, one.versions), timed=_is_timed(one))


def read_both(
    masks: tuple[Mask, ...], one: Side, other: Side
) -> tuple[list[Transcript], list[Transcript]]:
    """Return the transcripts of two sides, comparable with each other."""
    steps = spellings(one.versions, other.versions)
    timed = _is_timed(one) and _is_timed(other)
    return _read(masks, one, steps, timed=timed), _read(masks, other, steps, timed=timed)


def _is_timed(side: Side) -> bool:
    return all(_time(run) is not None for run in side.runs)


def _time(run: Run) -> RunTime | None:
    return RunTime.of(run.started, run.seconds)


def _read(
    masks: tuple[Mask, ...], side: Side, steps: tuple[Step, ...], *, timed: bool
) -> list[Transcript]:
    return [
        _parse(tuple(run.output), masks, steps, _time(run) if timed else None) for run in side.runs
    ]


@lru_cache(maxsize=512)
def _parse(
    lines: tuple[str, ...], masks: tuple[Mask, ...], steps: tuple[Step, ...], run: RunTime | None
) -> Transcript:
    return parse(lines, masks, steps, run)
