"""The search for where scripts break, carried out: it tries what ``strategy`` asks for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING

from packaging.version import Version

from tfcompat.breaks.forecast import predicted_edges
from tfcompat.counterfactual.explain import explain, explain_failures
from tfcompat.errors import InterruptedRunError, OutOfTimeError
from tfcompat.execution import provision
from tfcompat.execution.campaign_run import RunOptions
from tfcompat.execution.provision import FetchAttempts
from tfcompat.execution.sites import HERE
from tfcompat.planning.notebooks import skipped_installs
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.search.advice import RunsNowhereError
from tfcompat.search.baselines import BaselineFinder
from tfcompat.search.differing_pairs import differing_pairs, failing_pairs
from tfcompat.search.findings import Stop
from tfcompat.search.other_pythons import OtherPythons
from tfcompat.search.range_ends import found_edges, is_settled
from tfcompat.search.reasons import explain as reason_of
from tfcompat.search.strategy import (
    Probe,
    Search,
    chances_of,
    next_joint,
    next_probes,
    spot_checks,
)
from tfcompat.search.suspects import suspicions
from tfcompat.search.trials import NeedsPackageError, Trials
from tfcompat.search.walk import next_steps
from tfcompat.util import processes, python_days
from tfcompat.util.time_limit import time_limit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from threading import Event

    from tfcompat.execution.evaluation import Evaluation
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.execution.sites import Site
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan
    from tfcompat.results.schema import CellResult, Example
    from tfcompat.search.other_pythons import PythonEdge

# What an environment of a release that is built from source costs, against one of a wheel: one in
# Python alone some three times as much, one in C a hundred times, or it comes to nothing at all.
_SOURCE_COST = 12.0

# How many spot checks there are, on each side of an edge, where anything had to be built.
_SPOT_CHECKS = 1

# For each of them, how many more releases are tried that may be holes: of libraries with a wheel
# larger than so many bytes one, else three.
_SUSPECTS, _SUSPECTS_OF_LARGE = 3, 1
_LARGE = 20_000_000

# How often the search goes on from an edge that is one of Pythons alone.
_MOST_PYTHONS = 4


@dataclass(frozen=True, kw_only=True)
class SearchOptions:
    """How to search: release by release (``walk``), and how many ``spot_checks`` to make.

    Unless their number is given it is one, but none where all was known before: the same search
    again costs nothing. ``joint`` also finds the newest release that gives all scripts the same
    result. ``given`` are the packages that need not be asked for; where they are not None, the
    search ends with NeedsPackageError where a script runs nowhere, or its range ends, for want of
    another one. ``slow`` are cells on whose builds a search before this one gave up. After so many
    ``minutes`` the search ends with what it found by then.
    """

    walk: bool = False
    spot_checks: int | None = None
    joint: bool = False
    given: frozenset[str] | None = None
    slow: frozenset[str] = frozenset()
    minutes: float | None = None
    run: RunOptions = field(default_factory=RunOptions)


@dataclass(frozen=True, kw_only=True)
class SearchResult:
    """What a search found, and what it cost.

    ``cells`` are, for each script, those of the releases, oldest first; ``search`` speaks of their
    numbers. ``results`` are all results of the campaign, by identifier. ``python_edges`` are the
    edges between two Pythons that were tried on other ones, by script and the two releases, the one
    that holds first; ``left_edges`` those among them that the search went past. ``built`` counts
    the environments that were made, ``unbuilt`` those that could not be, ``stored`` the other cells
    whose results were there before. ``variants`` counts the environments of experiments on why
    results differ. ``seconds`` is how long it took. ``stopped`` says what ended it before all was
    settled, if anything did.
    """

    plan: Plan
    cells: Mapping[str, tuple[Cell, ...]]
    search: Search
    results: Mapping[str, CellResult]
    python_edges: Mapping[tuple[str, int, int], PythonEdge]
    left_edges: tuple[PythonEdge, ...]
    built: int
    unbuilt: int
    stored: int
    seconds: float
    variants: int = 0
    stopped: Stop | None = None

    def example(self, script: str, release: int) -> Example | None:
        """Return what became of a script with a release, None where it did not run there."""
        result = self.results.get(self.cells[script][release].identifier)
        return result.examples.get(script) if result else None


def search(
    plan: Plan, options: SearchOptions, progress: ProgressListener, site: Site = HERE
) -> SearchResult:
    """Search the releases of a plan, whose cells are one a release, for where its examples break.

    Cells run at the ``site``. Where the user or the time stops it, the result is what was found by
    then. Raises UserError for what the user has to change, such as a script that runs nowhere,
    OutOfTimeError where there is nothing to tell yet.
    """
    begun = monotonic()
    run = options.run
    store = CampaignStore(run.results or plan.study.results)
    settings = run.settings(plan.study)
    with (
        site.open_evaluation(
            plan, store, settings, progress, jobs=run.jobs, keep=run.keep
        ) as evaluation,
        time_limit(options.minutes) as over,
    ):
        for note in skipped_installs(plan.study.root, plan.tests):
            progress.say(note)
        plan = provision.fetch_missing(plan, FetchAttempts(store.folder), progress, force=False)
        try:
            found = search_releases(plan, options, evaluation, over)
        except InterruptedRunError:
            if not over.is_set():
                raise
            msg = (
                "the time was over (--minutes) before any baseline was known to run; "
                "what finished is stored, and the next run goes on from there"
            )
            raise OutOfTimeError(msg) from None
        except (NeedsPackageError, RunsNowhereError) as error:
            error.built = frozenset(evaluation.runner.built)
            raise
        for note in (*plan.index.notes, *store.damaged):
            progress.say(note)
    return replace(found, seconds=monotonic() - begun)


def search_releases(
    plan: Plan, options: SearchOptions, evaluation: Evaluation, over: Event | None = None
) -> SearchResult:
    """Do the same with what evaluates cells at hand; ``seconds`` stays 0.

    Raises InterruptedRunError where it is stopped before any baseline has run.
    """
    unbuilt: set[str] = set()
    named = {test: plan.study.baseline(test) for test in plan.tests}
    unnamed = [test for test, one in named.items() if one is None]
    movable = {test for test, one in named.items() if one is not None and one.python is None}
    if unnamed:
        trials = Trials(plan, evaluation, options.given, options.slow)
        finder = BaselineFinder(trials, unnamed, plan, evaluation.store)
        plan = plan.with_baselines(_found_or_so_far(finder))
        unbuilt |= trials.unbuilt
        options = replace(options, slow=frozenset(trials.slow))
    releases = ReleaseSearch(plan, evaluation, options)
    stopped = None
    judged: dict[str, CellResult] = {}
    try:
        while elsewhere := releases.baselines_elsewhere(movable):
            plan = plan.with_baselines(elsewhere)
            releases = ReleaseSearch(plan, evaluation, options)
        trials = releases.trials
        releases.find_edges()
        judged = trials.judge_all()
        if options.run.causes:
            pairs = differing_pairs(releases.state, trials.cells, releases.others.left)
            judged |= explain(plan, evaluation, pairs, judged)
            failing = list(failing_pairs(releases.state, trials.cells))
            judged |= explain_failures(plan, evaluation, failing, judged)
    except (KeyboardInterrupt, InterruptedRunError):
        trials = releases.trials
        trials.recall()
        if not any(map(releases.state.has_baseline, releases.state.baselines)):
            raise
        stopped = Stop.TIME if over is not None and over.is_set() else Stop.USER
        judged = judged or trials.judge_all()
    results = evaluation.store.unknown() | judged
    built = set(evaluation.runner.built)
    unbuilt |= trials.unbuilt
    return SearchResult(
        plan=plan,
        cells=trials.cells,
        search=releases.state,
        results=results,
        python_edges=releases.others.tried,
        left_edges=tuple(releases.others.left),
        built=len(built),
        unbuilt=len(unbuilt),
        variants=len(evaluation.variants.built) if evaluation.variants else 0,
        stored=len(trials.tried() - built - unbuilt),
        seconds=0.0,
        stopped=stopped,
    )


def _found_or_so_far(finder: BaselineFinder) -> dict[str, Cell]:
    """Return the baselines that are found; where that is stopped, the newest that ran until then.

    What comes after that is stopped as well. Raises what stopped it where there is none.
    """
    try:
        return finder.find()
    except (KeyboardInterrupt, InterruptedRunError):
        processes.interrupt()
        found = finder.so_far()
        if not found:
            raise
        return found


def _cost(cell: Cell) -> float:
    """Return what an environment of a cell costs, against one of a wheel.

    The older a release is than its Python, the likelier a build takes long and comes to nothing.
    """
    if not cell.sdist:
        return 1.0
    uploaded, first = cell.sdist.upload_time, python_days.FIRST_DAYS.get(cell.python)
    if uploaded is None or first is None:
        return _SOURCE_COST
    return _SOURCE_COST * (1 + max(0, (first - uploaded.date()).days) / 365)


class ReleaseSearch:
    """Finds between which releases scripts begin to answer otherwise. Each has a baseline."""

    def __init__(self, plan: Plan, evaluation: Evaluation, options: SearchOptions) -> None:
        self._plan = plan
        self._evaluation = evaluation
        self._options = options
        self.trials = Trials(plan, evaluation, options.given, options.slow)
        self.others = OtherPythons(plan, self.trials, evaluation.store)
        releases = [cell.release for cell in plan.cells]
        named = self.trials.named.items()
        self._baselines = {test: releases.index(cell.release) for test, cell in named if cell}
        self._chances = chances_of([Version(release) for release in releases])
        self._untriable = frozenset(n for n, cell in enumerate(plan.cells) if cell.cause)
        self._predicted: Mapping[str, frozenset[int]] = {}
        self._said: set[tuple[str, int, int]] = set()
        self._costs = [_cost(cell) for cell in plan.cells]
        self._suspicions = suspicions(
            [Version(release) for release in releases],
            [cell.file.upload_time if cell.file else None for cell in plan.cells],
        )

    @property
    def state(self) -> Search:
        """What is asked and known so far."""
        return Search(
            baselines=self._baselines,
            releases=len(self._plan.cells),
            known=self.trials.known,
            chances=self._chances,
            costs=self._costs,
            untriable=self._untriable,
            predicted=self._predicted,
            suspicions=self._suspicions,
            slow=frozenset(
                n for n, cell in enumerate(self._plan.cells) if cell.identifier in self.trials.slow
            ),
        )

    def find_edges(self) -> None:
        """Try releases until every edge is settled, and check what was inferred."""
        options = self._options
        self._try_baselines()
        self.trials.recall()
        if not options.walk and next(next_probes(self.state), None) is not None:
            # Reading surfaces takes seconds, and the same search again has nothing to try.
            self._predicted = predicted_edges(self._plan)
        self._settle()
        self._check_needs()
        self._check_inferred()
        for _ in range(_MOST_PYTHONS):
            if not self.others.try_edges(self.state):
                break
            self._settle()
        self._check_needs()
        while options.joint and (probe := next_joint(self.state)) is not None:
            self.trials.try_probes([probe])

    def _check_inferred(self) -> None:
        """Try some of the releases of which an answer is inferred."""
        number = 0 if self._options.walk else self._options.spot_checks
        if number is None:
            number = _SPOT_CHECKS if self._evaluation.runner.built else 0
        if number:
            sizes = (cell.wheel.size for cell in self._plan.cells if cell.wheel)
            is_large = max((size for size in sizes if size), default=0) > _LARGE
            suspects = _SUSPECTS_OF_LARGE if is_large else _SUSPECTS
            self.trials.try_probes(spot_checks(self.state, number, number * suspects))
            self._settle()

    def baselines_elsewhere(self, movable: Collection[str]) -> dict[str, Cell]:
        """Try the baselines, and return what is to be tried in place of those without environments.

        Only of the scripts that are ``movable``: no Python is named for their baselines.
        """
        self._try_baselines()
        found = {test: self.trials.elsewhere(test) for test in self._baselines if test in movable}
        return {test: cell for test, cell in found.items() if cell is not None}

    def _check_needs(self) -> None:
        """Raise NeedsPackageError where it is for want of a package that a range ends."""
        state, judged = self.state, self.trials.judge_all()
        for script in state.baselines:
            for edge in found_edges(state, script):
                need = self.trials.need(script, edge.stops, judged)
                if need is not None:
                    raise need

    def _settle(self) -> None:
        """Try releases, as many side by side as there is room, until every edge is settled."""
        step = next_steps if self._options.walk else next_probes
        while probes := list(islice(step(self.state), self._evaluation.side_by_side)):
            self._say_settled()
            self.trials.try_probes(probes)

    def _say_settled(self) -> None:
        """Say which edges are settled by now: what is left to try can take minutes."""
        state = self.state
        for script in state.baselines:
            cells = self.trials.cells[script]
            for edge in found_edges(state, script):
                example = self.trials.examples.get((cells[edge.stops].identifier, script))
                key = (script, edge.last, edge.stops)
                if key in self._said or example is None or not is_settled(state, script, edge):
                    continue
                self._said.add(key)
                verdict = state.known[script][edge.stops].value
                why = reason_of(example)
                said = (
                    f"{script}: works with {cells[edge.last].release}, "
                    f"{verdict} with {cells[edge.stops].release}"
                )
                self._evaluation.progress.say(f"{said}: {why}" if why else said)

    def _try_baselines(self) -> None:
        """Try every script at its baseline, all baselines side by side."""
        by_release: dict[int, list[str]] = {}
        for test, release in self._baselines.items():
            if release in self.trials.known[test]:
                continue
            by_release.setdefault(release, []).append(test)
        probes = [Probe(release=r, scripts=tuple(s)) for r, s in sorted(by_release.items())]
        self.trials.try_probes(probes)
