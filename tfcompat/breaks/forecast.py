"""Predicts what breaks for the scripts of a plan. Nothing of them is run."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from tfcompat.breaks.findings import Offer, ScriptForecast
from tfcompat.breaks.history import offers, roots_of
from tfcompat.breaks.prediction import breaks_at, predict
from tfcompat.breaks.python2 import as_python3
from tfcompat.breaks.recording import RecordingStore, with_recorded
from tfcompat.breaks.store import SurfaceStore
from tfcompat.breaks.uses import read
from tfcompat.breaks.watched import watched
from tfcompat.errors import StudyError
from tfcompat.planning.surroundings import read_script

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from tfcompat.breaks.uses import Use
    from tfcompat.planning.plan import Plan

# So many surfaces have to be at hand before they tell where edges are.
_ENOUGH = 3

# So many releases are read to find out which have what a script uses: one takes up to five seconds.
_MOST_READ = 12


def forecast(plan: Plan, shown: Collection[str] | None = None) -> tuple[ScriptForecast, ...]:
    """Return what breaks for each example of a plan, at each of its cells.

    All of them are looked at, whichever are ``shown``: that something is gone is known from those
    that had it. Raises StudyError where a script cannot be read, and IndexUnavailableError without
    a network.
    """
    roots = roots_of(plan)
    sources = {example: _source(plan, example) for example in plan.examples}
    uses = {example: all_uses(plan, example, roots) for example in plan.examples}
    names = {key for found in uses.values() for use in found for key in _names_in(use)}
    with offers(plan, plan.cells, roots, sorted(names)) as found:
        return tuple(
            ScriptForecast(
                script=example,
                source=sources[example].decode("utf-8", "replace"),
                uses=uses[example],
                predictions=tuple(
                    one
                    for one in predict(uses[example], found, _reference(plan, example))
                    if shown is None or one.offer.release in shown
                ),
            )
            for example in plan.examples
        )


def fewest_breaks(plan: Plan, example: str) -> tuple[int, ...]:
    """Return at which of its cells an example of a plan is predicted to break least, oldest first.

    Of many releases some are looked at, and what lies between two of the best ones is taken to be
    as good. Where enough surfaces are at hand it is these, as they know more than sources tell;
    else the sources of some are read, which takes seconds. Empty where all are alike. Raises
    StudyError where the example cannot be read, and IndexUnavailableError without a network.
    """
    readable = [n for n, cell in enumerate(plan.cells) if cell.file is not None]
    store = SurfaceStore(cache=plan.cache)
    looked_at = [n for n in readable if store.find(plan.cells[n]) is not None]
    if len(looked_at) < _MOST_READ:
        step = max(1, len(readable) / _MOST_READ)
        looked_at = sorted({readable[int(step * k)] for k in range(min(_MOST_READ, len(readable)))})
    cells = tuple(plan.cells[n] for n in looked_at)
    (found,) = forecast(replace(plan, examples=(example,), cells=cells))
    breaks = dict(zip(looked_at, (len(one.breaks) for one in found.predictions), strict=True))
    least = min(breaks.values(), default=0)
    if all(number == least for number in breaks.values()):
        return ()
    best = {n for n, number in breaks.items() if number == least}
    for low, high in pairwise(looked_at):
        if {low, high} <= best:
            best.update(range(low, high))
    return tuple(sorted(best))


def predicted_edges(plan: Plan) -> dict[str, frozenset[int]]:
    """Return just above which of its cells each example of a plan is predicted to begin to break.

    Only releases count whose surfaces are at hand: nothing is fetched. Between two of them with
    different answers the edge may be anywhere. What cannot be predicted is left out.
    """
    store = SurfaceStore(cache=plan.cache)
    surfaces = [store.find(cell) for cell in plan.cells]
    asked = {n: surface for n, surface in enumerate(surfaces) if surface is not None}
    if len(asked) < _ENOUGH:
        return {}
    roots = sorted({root for surface in asked.values() for root in surface.roots})
    offered = [
        Offer(release=plan.cells[n].release, python=plan.cells[n].python, surface=surface)
        for n, surface in asked.items()
    ]
    found = {}
    for example in plan.tests:
        with suppress(StudyError):
            uses = all_uses(plan, example, roots)
            breaks = breaks_at(uses, offered, _reference(plan, example))
            found[example] = frozenset(
                release
                for (low, old), (high, new) in pairwise(zip(asked, breaks, strict=True))
                if old != new
                for release in range(low, high)
            )
    return found


def all_uses(plan: Plan, example: str, roots: Sequence[str]) -> tuple[Use, ...]:
    """Return what an example uses: what reading it shows, and what a recorded run showed.

    Raises StudyError where it cannot be read.
    """
    reading = read(_source(plan, example), roots, example)
    source = read_script(_file(plan, example))
    recording = RecordingStore(cache=plan.cache).find(source, roots)
    if recording is None:
        return reading.uses
    return with_recorded(reading, recording, watched(source))


def _source(plan: Plan, example: str) -> bytes:
    return as_python3(read_script(_file(plan, example)))


def _file(plan: Plan, example: str) -> Path:
    return plan.study.root / plan.study.command(example).script


def _names_in(use: Use) -> list[tuple[str, bool]]:
    parts = use.name.split(".")
    owners = [(".".join(parts[:length]), False) for length in range(2, len(parts))]
    return [(use.name, use.is_member), *owners]


def _reference(plan: Plan, example: str) -> str | None:
    """Return the release that an example is written for, if its study says so."""
    baseline = plan.baseline(example)
    return baseline.release if baseline else None
