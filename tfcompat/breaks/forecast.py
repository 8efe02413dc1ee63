"""Predicts what breaks for the scripts of a plan. Nothing of them is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.breaks.history import offers, roots_of
from tfcompat.breaks.prediction import ScriptForecast, predict
from tfcompat.breaks.python2 import as_python3
from tfcompat.breaks.uses import uses_of
from tfcompat.planning.surroundings import read_script

if TYPE_CHECKING:
    from collections.abc import Collection

    from tfcompat.breaks.uses import Use
    from tfcompat.planning.plan import Plan


def forecast(plan: Plan, shown: Collection[str] | None = None) -> tuple[ScriptForecast, ...]:
    """Return what breaks for each example of a plan, at each of its cells.

    All of them are looked at, whichever are ``shown``: that something is gone is known from those
    that had it. Raises StudyError where a script cannot be read, and IndexUnavailableError without
    a network.
    """
    roots = roots_of(plan)
    sources = {example: _source(plan, example) for example in plan.examples}
    uses = {example: uses_of(text, roots, example) for example, text in sources.items()}
    names = {key for found in uses.values() for use in found for key in _names_in(use)}
    with offers(plan, plan.cells, roots, sorted(names)) as found:
        return tuple(
            ScriptForecast(
                script=example,
                source=sources[example].decode("utf-8", "replace"),
                predictions=tuple(
                    one
                    for one in predict(uses[example], found, _reference(plan, example))
                    if shown is None or one.offer.release in shown
                ),
            )
            for example in plan.examples
        )


def _source(plan: Plan, example: str) -> bytes:
    file = plan.study.root / plan.study.command(example).script
    return as_python3(read_script(file))


def _names_in(use: Use) -> list[tuple[str, bool]]:
    parts = use.name.split(".")
    owners = [(".".join(parts[:length]), False) for length in range(2, len(parts))]
    return [(use.name, use.is_member), *owners]


def _reference(plan: Plan, example: str) -> str | None:
    """Return the release that an example is written for, if its study says so."""
    baseline = plan.baseline(example)
    return baseline.release if baseline else None
