"""The search for where scripts break, carried out: probes become cells, verdicts become answers."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import pairwise
from time import monotonic
from typing import TYPE_CHECKING

from packaging.version import Version

from tfcompat.environments import containers
from tfcompat.errors import UserError
from tfcompat.execution import campaign_run
from tfcompat.execution.cell import is_current
from tfcompat.execution.scheduler import Job
from tfcompat.judging.ranges import Level, Outcome, outcome_of
from tfcompat.results.campaign import Campaign
from tfcompat.results.verdicts import CauseKind
from tfcompat.search.strategy import (
    Known,
    Probe,
    Search,
    chances_of,
    next_joint,
    next_probe,
    next_sought,
    next_step,
    spots,
)
from tfcompat.util import processes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tfcompat.execution.campaign_run import RunOptions
    from tfcompat.execution.cell import Bench
    from tfcompat.execution.progress import Progress
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan
    from tfcompat.results.schema import CellResult, Example

# Where no baseline is named: after so many releases with which a script does not run, it is taken
# to be the script.
_SOUGHT = 16

_SPOTS = 1


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to search: release by release (``walk``), and with how many ``spots`` to check.

    Without ``spots`` it is one, but none where all was known before: the same question again costs
    nothing. ``joint`` also finds the newest release that gives all scripts the same result.
    """

    walk: bool = False
    spots: int | None = None
    joint: bool = False
    run: RunOptions = field(default_factory=campaign_run.RunOptions)


@dataclass(frozen=True, kw_only=True)
class Explored:
    """What a search found, and what it cost.

    ``cells`` are, for each script, those of the releases, oldest first; ``search`` speaks of their
    numbers. ``results`` are all results of the campaign, by identifier; ``others`` those of the
    same release on another Python, by script and the two releases of an edge, the one that holds
    first. ``built`` counts the environments that were made, ``unbuilt`` those that could not be,
    ``stored`` the other cells whose results were there before.
    """

    plan: Plan
    cells: Mapping[str, tuple[Cell, ...]]
    search: Search
    results: Mapping[str, CellResult]
    others: Mapping[tuple[str, int, int], CellResult]
    built: int
    unbuilt: int
    stored: int
    seconds: float

    def example(self, script: str, release: int) -> Example | None:
        """Return what became of a script with a release, None where it did not run there."""
        result = self.results.get(self.cells[script][release].identifier)
        return result.examples.get(script) if result else None


def explore(plan: Plan, options: Options, progress: Progress) -> Explored:
    """Search the releases of a plan, whose cells are one a release, for where its examples break.

    Raises UserError for what the user has to change, such as a script that runs nowhere.
    """
    begun = monotonic()
    campaign = Campaign(options.run.results or plan.study.results)
    with (
        containers.cleaned(plan.cache),
        processes.interruptible(),
        campaign_run.open_bench(plan, campaign, options.run, progress) as opened,
    ):
        plan = campaign_run.fetch_missing(plan, opened, force=False)
        if any(plan.study.baseline(test) is None for test in plan.tests):
            plan = plan.with_baselines(_Explorer(plan, opened).find_baselines())
        bench = replace(opened, study=plan.study)
        explorer = _Explorer(plan, bench)
        explorer.search(options)
        others = explorer.other_pythons()
        results = campaign.unknown() | explorer.job.judge_all()
        for note in (*plan.index.notes, *campaign.damaged):
            progress.say(note)
        return Explored(
            plan=plan,
            cells=explorer.cells,
            search=explorer.state,
            results=results,
            others={key: results[name] for key, name in others.items() if name in results},
            built=len(bench.shelf.built),
            unbuilt=len(explorer.unbuilt),
            stored=len(explorer.tried() - bench.shelf.built - explorer.unbuilt),
            seconds=monotonic() - begun,
        )


class _Explorer:
    """Tries cells and keeps what came of it."""

    def __init__(self, plan: Plan, bench: Bench) -> None:
        self._plan = plan
        self._bench = bench
        self._asked: dict[str, tuple[str, ...]] = {}
        self.unbuilt: set[str] = set()
        self._named = {test: plan.baseline(test) for test in plan.tests}
        self._known: Known = {test: {} for test in plan.tests}
        self.job = Job(plan, bench, lambda _: set(), lambda name: self._asked.get(name, ()))
        # What the index and this machine tell already: nothing is tried for that.
        for number, cell in enumerate(plan.cells):
            if cell.cause is not None:
                no_wheel = cell.cause.kind is CauseKind.NO_WHEEL
                outcome = Outcome.UNBUILDABLE if no_wheel else Outcome.UNKNOWN
                for test in plan.tests:
                    self._known[test][number] = outcome
        self._chances = chances_of([Version(cell.release) for cell in plan.cells])
        self.cells = {test: tuple(self._cells(test)) for test in plan.tests}

    def _cells(self, test: str) -> Iterator[Cell]:
        """Yield the cell of each release: its baseline's own where it is the baseline."""
        named = self._named[test]
        for cell in self._plan.cells:
            yield named if named is not None and named.release == cell.release else cell

    @property
    def state(self) -> Search:
        """What is asked and known so far."""
        releases = [cell.release for cell in self._plan.cells]
        baselines = {t: releases.index(named.release) for t, named in self._named.items() if named}
        return Search(
            baselines=baselines,
            releases=len(releases),
            known=self._known,
            chances=self._chances,
        )

    def tried(self) -> set[str]:
        """Return the cells in which anything was tried, now or before."""
        cells = {self.cells[test][number] for test, by in self._known.items() for number in by}
        return {cell.identifier for cell in cells if cell.cause is None}

    def search(self, options: Options) -> None:
        """Try releases until every edge is settled, and check what was inferred."""
        self._try_baselines()
        self._recall()
        unchecked = 0 if options.walk else options.spots
        built = self._bench.shelf.built
        step = next_step if options.walk else next_probe
        while True:
            while (probe := step(self.state)) is not None:
                self._try([probe])
            if unchecked is None:
                unchecked = _SPOTS if built else 0
            if not unchecked:
                break
            self._try(spots(self.state, unchecked))
            unchecked = 0
        while options.joint and (probe := next_joint(self.state)) is not None:
            self._try([probe])

    def _try_baselines(self) -> None:
        baselines = self.state.baselines
        by_release: dict[int, list[str]] = {}
        for test in self._plan.tests:
            by_release.setdefault(baselines[test], []).append(test)
        self._try([Probe(release=r, scripts=tuple(s)) for r, s in sorted(by_release.items())])

    def _recall(self) -> None:
        """Take over what is stored and still holds."""
        judged = self.job.judge_all()
        for test in self._plan.tests:
            key = self._bench.key(test)
            for number in range(len(self._plan.cells)):
                cell = self.cells[test][number]
                stored = judged.get(cell.identifier)
                if number in self._known[test] or stored is None:
                    continue
                if not is_current(self._bench, cell, stored):
                    continue
                example = stored.examples.get(test)
                if stored.verdict is None and (example is None or example.key != key):
                    continue
                outcome = outcome_of(stored, test)
                if outcome is not Outcome.UNKNOWN:
                    self._known[test][number] = outcome

    def find_baselines(self) -> dict[str, Cell]:
        """Find the newest release with which each script without a baseline runs.

        Raises UserError where there seems to be none.
        """
        releases = len(self._plan.cells)
        scripts = [test for test in self._plan.tests if self._plan.study.baseline(test) is None]
        while True:
            wanted = {test: next_sought(self._known[test], releases) for test in scripts}
            for test, number in wanted.items():
                if number is not None and self._gave_up(test):
                    msg = (
                        f"{test} ran with none of the {_SOUGHT} releases it was tried with "
                        f"({self._last_cause(test)}); name one that it runs with: --baseline"
                    )
                    raise UserError(msg)
            number = next((n for n in wanted.values() if n is not None), None)
            if number is None:
                break
            unsettled = [t for t in scripts if wanted[t] is not None]
            waiting = tuple(t for t in unsettled if number not in self._known[t])
            self._try([Probe(release=number, scripts=waiting)])
        return {test: self._newest_running(test) for test in scripts}

    def _gave_up(self, test: str) -> bool:
        answers = [outcome for outcome in self._known[test].values() if not outcome.is_gap]
        return len(answers) >= _SOUGHT and not any(map(Level.RUNS.holds, answers))

    def _newest_running(self, test: str) -> Cell:
        running = [r for r, outcome in self._known[test].items() if Level.RUNS.holds(outcome)]
        if not running:
            msg = f"{test} runs with no release ({self._last_cause(test)}); see --dependency"
            raise UserError(msg)
        return self._plan.cells[max(running)]

    def _last_cause(self, test: str) -> str:
        cells = self._bench.campaign.cells()
        for cell in reversed(self._plan.cells):
            stored = cells.get(cell.identifier)
            example = stored.examples.get(test) if stored else None
            cause = example.cause if example else (stored.cause if stored else None)
            if cause is not None:
                return f"with {cell.release}: {cause.message}"
        causes = (cell.cause.message for cell in self._plan.cells if cell.cause)
        return next(causes, "no release could be tried")

    def _try(self, probes: Sequence[Probe]) -> None:
        """Evaluate releases side by side and note what each came to."""
        wanted: dict[Cell, list[tuple[str, int]]] = {}
        for probe in probes:
            for test in probe.scripts:
                cell = self.cells[test][probe.release]
                wanted.setdefault(cell, []).append((test, probe.release))
        for result in self._evaluate({c: [t for t, _ in asked] for c, asked in wanted.items()}):
            for cell, asked in wanted.items():
                if cell.identifier == result.identifier:
                    for test, number in asked:
                        self._known[test][number] = outcome_of(result, test)

    def _evaluate(self, wanted: Mapping[Cell, Sequence[str]]) -> list[CellResult]:
        """Bring cells to their results, each for its scripts."""
        results = []
        self._asked = {cell.identifier: tuple(tests) for cell, tests in wanted.items()}
        self._bench.progress.begin(list(self._asked))
        # Closed at once, whatever happens here: it is what stops the cells that still run.
        with closing(self.job.run(list(wanted))) as evaluated:
            for result in evaluated:
                self._bench.progress.finished(result)
                if result.verdict is not None:
                    self.unbuilt.add(result.identifier)
                results.append(result)
        return results

    def other_pythons(self) -> dict[tuple[str, int, int], str]:
        """Try releases at edges on another Python, where the edge is one of Pythons too.

        Returns the identifier of each cell by script and the two releases of the edge. With the
        same release, the same cut-off and another Python, the rest is as it was.
        """
        wanted: dict[Cell, list[str]] = {}
        asked: dict[tuple[str, int, int], str] = {}
        for edge in edges(self.state):
            test = edge[0]
            other = self._counterfactual(*edge)
            if other is not None:
                asked[edge] = other.identifier
                wanted.setdefault(other, []).append(test)
        if wanted:
            self._evaluate({cell: tuple(dict.fromkeys(tests)) for cell, tests in wanted.items()})
        return asked

    def _counterfactual(self, test: str, holds: int, stops: int) -> Cell | None:
        good, bad = (self.cells[test][number] for number in (holds, stops))
        if good.python == bad.python:
            return None
        other = self._plan.cell(bad.release, good.python)
        stored = self._bench.campaign.cell(other.identifier)
        if other.cause is not None:
            return None
        if stored is not None and is_current(self._bench, other, stored):
            # A cell of the campaign in its own right: minutes earlier or later, and to be kept.
            return other
        return replace(other, as_of=bad.cut_off)


def edges(search: Search) -> Iterator[tuple[str, int, int]]:
    """Yield the edges that were found, as a script, a release that holds, and one that does not.

    Releases without an answer may lie between the two. Edges of both levels, each once.
    """
    for script in search.baselines:
        outcomes = search.outcomes(script)
        found: dict[tuple[int, int], None] = {}
        for level in Level:
            for low, high in pairwise(outcomes):
                tried = search.known[script]
                settled = all(number in tried for number in range(low, high))
                old, new = level.holds(outcomes[low]), level.holds(outcomes[high])
                if settled and old != new:
                    found[(low, high) if old else (high, low)] = None
        yield from ((script, holds, stops) for holds, stops in found)
