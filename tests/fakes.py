"""A made-up index and a made-up machine: cells are evaluated without building or running."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from packaging.tags import parse_tag
from packaging.version import Version

from tfcompat.environments.index.client import Distribution, Release
from tfcompat.results.schema import (
    Build,
    CellEnvironment,
    CellResult,
    Example,
    Inputs,
    Run,
    example_of,
)
from tfcompat.results.verdicts import Cause, CauseKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from tfcompat.execution.cell import Bench
    from tfcompat.planning.grid import Cell
    from tfcompat.results.campaign import Campaign


def release(version: str) -> Release:
    file = Distribution(
        filename=f"foo-{version}-py3-none-any.whl",
        url="https://files.example",
        version=Version(version),
        tags=parse_tag("py3-none-any"),
        sha256=None,
        size=None,
        upload_time=dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc),
        requires_python=None,
        yanked=False,
    )
    return Release(version=Version(version), files=(file,))


@dataclass(frozen=True)
class FakeIndex:
    """An index of one package with these releases, each with a wheel for any Python."""

    versions: tuple[str, ...] = ("1.0", "2.0", "3.0")
    notes: tuple[str, ...] = ()

    def releases(self, _name: str) -> tuple[Release, ...]:
        return tuple(map(release, self.versions))


@dataclass(frozen=True)
class Asked:
    """What ``evaluate`` was asked of a cell."""

    identifier: str
    wanted: dict[str, int]
    again: frozenset[str]
    finish: bool


@dataclass
class Machine:
    """Stands for ``evaluate``: what is asked of it, and runs that print what a test has set.

    ``prints`` are the outputs of the runs of an example in a cell, in turn; an output of None is
    a run that fails. ``made`` counts the runs, ``needed`` what ``confirm`` answered.
    """

    prints: dict[tuple[str, str], list[str | None]] = field(default_factory=dict)
    broken: dict[str, Cause] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    made: dict[tuple[str, str], int] = field(default_factory=dict)
    needed: dict[tuple[str, str], int] = field(default_factory=dict)

    def evaluate(
        self,
        bench: Bench,
        cell: Cell,
        wanted: Mapping[str, int],
        *,
        again: Collection[str] = (),
        confirm: Callable[[str, Example], int] | None = None,
        finish: bool = True,
    ) -> CellResult:
        with bench.campaign.working_on(cell.identifier):
            return self._evaluate(bench, cell, wanted, again, confirm, finish=finish)

    def _evaluate(
        self,
        bench: Bench,
        cell: Cell,
        wanted: Mapping[str, int],
        again: Collection[str],
        confirm: Callable[[str, Example], int] | None,
        *,
        finish: bool,
    ) -> CellResult:
        name = cell.identifier
        self.asked.append(Asked(name, dict(wanted), frozenset(again), finish))
        if name in self.broken:
            return self._without_environment(bench.campaign, cell, self.broken[name])
        known = bench.campaign.known(name)
        stored = {t: e for t, e in known.examples.items() if t not in again} if known else {}
        short = {t: n for t, n in wanted.items() if t not in stored or len(stored[t].all_runs) < n}
        bench.shelf.built.update([name] if short else [])
        for test, number in short.items():
            first = self._run(name, test)
            example = example_of([first], key="k")
            if confirm is not None:
                self.needed[name, test] = confirm(test, example)
            total = max(number, self.needed.get((name, test), 1)) if first.retval == 0 else 1
            runs = [first, *(self._run(name, test) for _ in range(total - 1))]
            stored[test] = example_of(runs, key="k")
        result = self._cell(cell, build=Build(retval=0), examples=stored)
        if finish:
            bench.campaign.finish(result)
        else:
            bench.campaign.begin(result)
        return result

    def _run(self, identifier: str, test: str) -> Run:
        number = self.made.get((identifier, test), 0)
        self.made[identifier, test] = number + 1
        outputs = self.prints.get((identifier, test), ["loss 0.5\n"])
        output = outputs[number % len(outputs)]
        if output is None:
            return Run(retval=1, seconds=1, error=["ValueError: bad\n"])
        return Run(retval=0, seconds=1, output=output.splitlines(keepends=True))

    def _without_environment(self, campaign: Campaign, cell: Cell, cause: Cause) -> CellResult:
        if cause.kind is CauseKind.CONFLICT:
            result = self._cell(cell, verdict=Verdict.UNBUILDABLE, cause=cause)
            campaign.finish(result)
        else:
            result = self._cell(cell, verdict=Verdict.UNKNOWN, cause=cause)
            campaign.store_unknown(result)
        return result

    @staticmethod
    def _cell(cell: Cell, **more: Any) -> CellResult:  # noqa: ANN401 - fields of a model
        return CellResult(
            inputs=Inputs(dependency="foo", name=cell.identifier),
            environment=CellEnvironment(
                release=cell.release, python=cell.python, resolve="release"
            ),
            **more,
        )

    def order(self) -> list[tuple[str, bool]]:
        return [(asked.identifier, asked.finish) for asked in self.asked]
