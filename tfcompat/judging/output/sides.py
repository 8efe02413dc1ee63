"""The runs of both sides of a comparison, read so that their transcripts can be compared.

How a run is read depends on the other side: which spellings are equal, and whether clocks can be
told from results, which needs the time of every run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from cachetools import LRUCache, cached

from tfcompat.judging.output.lines import Transcript, size_of
from tfcompat.judging.output.normalize import Versions, spellings
from tfcompat.judging.output.run_values import RunTime
from tfcompat.judging.output.stored_form import in_one_form, stored_form
from tfcompat.judging.output.transcript import parse
from tfcompat.results.streams import digest_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfcompat.judging.output.masks import Mask
    from tfcompat.judging.output.normalize import Step
    from tfcompat.results.schema import Run


# Bytes of transcripts that are kept: a run is compared with many others, one after the other. Those
# of thirty runs, each as long as may be by default, take 75 MB.
_REMEMBERED = 100_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Runs of an example in one cell, and what decides how values are spelled there.

    ``is_stored``: it is no cell's but what the author of a notebook stored in it, as one run.
    """

    runs: Sequence[Run]
    versions: Versions = field(default_factory=Versions)
    is_stored: bool = False


def read(masks: tuple[Mask, ...], one: Side) -> list[Transcript]:
    """Return the transcripts of runs that are compared with each other alone."""
    if one.is_stored:
        return [stored_form(masks, run.output) for run in one.runs]
    return _read(masks, one, spellings(one.versions, one.versions), timed=_is_timed(one))


def read_both(
    masks: tuple[Mask, ...], one: Side, other: Side
) -> tuple[list[Transcript], list[Transcript]]:
    """Return the transcripts of two sides, comparable with each other.

    Only the first can be what is stored in a notebook.
    """
    if one.is_stored:
        stored, observed = in_one_form(
            masks, one.runs[0].output, [run.output for run in other.runs]
        )
        return [stored], observed
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
    return [_parse(run.output, masks, steps, _time(run) if timed else None) for run in side.runs]


# By its digest: else all that was printed would be held twice.
@cached(
    LRUCache(_REMEMBERED, getsizeof=size_of),
    key=lambda output, *how: (digest_of(output), *how),
    lock=Lock(),
)
def _parse(
    output: Sequence[str], masks: tuple[Mask, ...], steps: tuple[Step, ...], run: RunTime | None
) -> Transcript:
    return parse(output, masks, steps, run)
