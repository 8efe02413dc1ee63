"""From what a search tried to what it found: builds the plain records of ``search.findings``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING

from packaging.version import Version

from tfcompat.judging.ranges import Level, Outcome, outcome_of
from tfcompat.planning.judging_rules import judging_rules
from tfcompat.results.verdicts import CauseKind
from tfcompat.search.advice import Failure, remedy_for
from tfcompat.search.findings import (
    Blame,
    Counterfactual,
    Edge,
    Findings,
    Hole,
    Island,
    ReleaseRange,
    ReleaseStatus,
    ScriptFindings,
)
from tfcompat.search.reasons import Baseline, cause_of, explain
from tfcompat.search.strategy import (
    beyond_release,
    found_edges,
    inferred,
    ranges,
)
from tfcompat.search.untried import group_untried

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tfcompat.planning.grid import Cell
    from tfcompat.results.schema import CellResult, Example
    from tfcompat.results.verdicts import Cause
    from tfcompat.search.other_pythons import PythonEdge
    from tfcompat.search.search import SearchResult
    from tfcompat.search.strategy import FoundEdge


def summarize(result: SearchResult, added: Sequence[str] = ()) -> Findings:
    """Return what a search found of each script, and what it cost.

    ``added`` is what was done for the scripts that nobody asked for, in words.
    """
    study = result.plan.study
    analysis = study.analysis
    cells = result.plan.cells
    return Findings(
        dependency=analysis.dependency,
        project=study.project.title if study.project else analysis.dependency,
        module=study.module,
        resolve=analysis.resolve,
        releases=len(cells),
        oldest=cells[0].release if cells else "",
        newest=cells[-1].release if cells else "",
        untried=group_untried(result),
        added=tuple(added),
        built=result.built,
        unbuilt=result.unbuilt,
        stored=result.stored,
        seconds=result.seconds,
        scripts=tuple(_Script(result, script).findings() for script in result.search.baselines),
    )


def newest_same(result: SearchResult, scripts: Sequence[str]) -> CellResult | None:
    """Return the cell of the newest release that gives all of these scripts the same result.

    Only of those that ran; None where there is none.
    """
    for number in reversed(range(result.search.releases)):
        found = {result.cells[script][number].identifier for script in scripts}
        if len(found) == 1 and all(
            result.search.known[script].get(number) is Outcome.SAME for script in scripts
        ):
            return result.results[found.pop()]
    return None


@dataclass(frozen=True)
class _Script:
    """One script of a search. Releases are numbers, the oldest 0, as in the search itself."""

    result: SearchResult
    name: str

    @property
    def cells(self) -> Sequence[Cell]:
        """The cell of each release."""
        return self.result.cells[self.name]

    @property
    def baseline(self) -> int:
        """The release of the baseline."""
        return self.result.search.baselines[self.name]

    @cached_property
    def outcomes(self) -> dict[int, Outcome]:
        """What it is known to do, in order of releases, without those that gave no answer."""
        return self.result.search.outcomes(self.name)

    def findings(self) -> ScriptFindings:
        """Return all that was found of it."""
        baseline = self.cells[self.baseline]
        outcome = self.result.search.known[self.name].get(self.baseline)
        runs = outcome in (Outcome.SAME, Outcome.DIFFERENT)
        compared = outcome is Outcome.SAME
        working = self.ranges(Level.RUNS) if runs else []
        return ScriptFindings(
            script=self.name,
            baseline=baseline.release,
            python=baseline.python,
            baseline_problem="" if compared else self.baseline_problem(runs=runs),
            untried=outcome is None or outcome.is_gap,
            works=self.release_range(*working[0]) if runs else None,
            same=self.release_range(*self.ranges(Level.SAME)[0]) if compared else None,
            islands=tuple(self.island(one, compared=compared) for one in working[1:]),
            edges=tuple(map(self.edge, found_edges(self.result.search, self.name))),
            open_ends=dict(self.open_ends()) if runs else {},
            specifier=self.specifier() if compared else "",
            marks=tuple(self.statuses()),
            python_edges=tuple(self.python_edges()),
        )

    def ranges(self, level: Level) -> list[tuple[int, int]]:
        """Return the ranges in which a level holds, that of the baseline first."""
        return ranges(self.result.search, self.name, level)

    def baseline_problem(self, *, runs: bool) -> str:
        """Return why its baseline cannot serve, and what may help."""
        cell = self.cells[self.baseline]
        example = self.result.example(self.name, self.baseline)
        stored = self.result.results.get(cell.identifier)
        causes = (example and example.cause, stored and stored.cause, cell.cause)
        problem = next((cause.message for cause in causes if cause), "the baseline was not tried")
        cause = cause_of(stored, self.name) if stored and not runs else None
        if cause is None:
            return problem
        failure = Failure(release=cell.release, python=cell.python, cause=cause)
        remedy = remedy_for(failure, self.source(), self.pythons())
        return f"{problem}; {remedy.text}" if remedy else problem

    def source(self) -> bytes:
        """Return the script itself; empty where it cannot be read any more."""
        try:
            return (self.result.plan.study.root / self.name).read_bytes()
        except OSError:
            return b""

    def pythons(self) -> list[str]:
        """Return the Pythons that are here."""
        return [one.python for one in self.result.plan.factory.available.found]

    def release_range(self, low: int, high: int) -> ReleaseRange:
        """Return the range between two releases, with the Pythons on which its releases ran."""
        return ReleaseRange(
            low=self.cells[low].release,
            high=self.cells[high].release,
            pythons=self.pythons_between(low, high),
        )

    def pythons_between(self, low: int, high: int) -> tuple[str, ...]:
        """Return the Pythons on which releases of a range ran, the oldest first."""
        pythons = {self.cells[r].python for r in range(low, high + 1) if r in self.outcomes}
        return tuple(sorted(pythons, key=Version))

    def island(self, ends: tuple[int, int], *, compared: bool) -> Island:
        """Return a range apart from that of the baseline, and where in it the result is the same.

        It may be the same nowhere; where there is nothing to compare, that is not known.
        """
        low, high = ends
        found = sorted(self.ranges(Level.SAME)) if compared else []
        inside = [one for one in found if low <= one[0] <= one[1] <= high]
        return Island(
            **vars(self.release_range(low, high)),
            same=tuple(self.release_range(*one) for one in inside) if compared else None,
        )

    def hole(self, found: FoundEdge) -> Hole | None:
        """Return the hole that an edge is the beginning of, if it is that."""
        if found.hole is None:
            return None
        near, far, again = found.hole
        low, high = sorted((near, far))
        below, above = sorted((found.last, again))
        return Hole(
            low=self.cells[low].release,
            high=self.cells[high].release,
            below=self.cells[below].release,
            above=self.cells[above].release,
        )

    def explain(self, example: Example, direction: str = "") -> str:
        """Return why an example fails, or where it differs from its baseline."""
        if example.first_difference is None or example.baseline is None:
            return explain(example, direction)
        stored = self.result.results.get(example.baseline)
        compared = stored.examples.get(self.name) if stored else None
        if compared is None:
            return explain(example, direction)
        masks = judging_rules(self.result.plan.study).masks
        return explain(example, direction, baseline=Baseline(example=compared, masks=masks))

    def edge(self, found: FoundEdge) -> Edge:
        """Return the edge between the last release that holds and the one that does not."""
        between = self.result.python_edges.get((self.name, found.last, found.stops))
        example = self.result.example(self.name, found.stops)
        if between is not None:
            # Not found again where the search went past it.
            is_this = self.cells[found.stops].python == between.bad.python
            between = between if is_this else None
        skipped = takewhile(
            lambda r: r != found.stops,
            beyond_release(self.result.search, found.last, found.direction),
        )
        return self.described(
            found,
            self.cells[found.last],
            self.cells[found.stops],
            self.outcomes[found.stops],
            example=example,
            between=between,
            skipped=tuple(self.cells[r].release for r in skipped),
        )

    def python_edges(self) -> Iterator[Edge]:
        """Yield the edges that a Python alone made, in the order in which the search met them."""
        for one in self.result.left_edges:
            if one.script == self.name:
                stored = self.result.results.get(one.bad.identifier)
                example = stored.examples.get(self.name) if stored else None
                yield self.described(
                    one.edge, one.good, one.bad, one.outcome, example=example, between=one
                )

    def described(
        self,
        found: FoundEdge,
        good: Cell,
        bad: Cell,
        outcome: Outcome,
        *,
        example: Example | None,
        between: PythonEdge | None,
        skipped: tuple[str, ...] = (),
    ) -> Edge:
        """Return an edge between two cells with what is known of its reason."""
        blamed = self.blame(good, bad, example, between)
        shown = self.reason_elsewhere(blamed, between) or example
        return Edge(
            direction=found.direction,
            level=found.level,
            release=bad.release,
            python=bad.python,
            verdict=outcome.value,
            why=self.why(shown, found) if shown else "",
            last=good.release,
            between=skipped,
            other_python=self.other_python(between, outcome),
            cause=shown.cause if shown else None,
            counterfactuals=tuple(self.counterfactuals(between)),
            blame=blamed,
            hole=self.hole(found),
        )

    def blame(
        self, good: Cell, bad: Cell, example: Example | None, between: PythonEdge | None
    ) -> Blame | None:
        """Return what an edge is owed to; None where that is no question."""
        if between is not None:
            return between.blame(self.result.results)
        cause = example.cause if example else None
        if cause is not None and cause.kind is CauseKind.PYTHON:
            return Blame.PYTHON
        return None if good.python == bad.python else Blame.UNKNOWN

    def reason_elsewhere(self, blamed: Blame | None, between: PythonEdge | None) -> Example | None:
        """Return the run that shows what the release did, free of what another Python does."""
        if between is None or between.bad_elsewhere is None or not between.is_exact:
            return None
        bad, _ = between.outcomes(self.result.results)
        if bad is None or between.edge.level.holds(bad):
            return None
        if blamed not in (Blame.RELEASE, Blame.BOTH):
            return None
        return self.result.results[between.bad_elsewhere.identifier].examples.get(self.name)

    def why(self, example: Example, found: FoundEdge) -> str:
        """Return the reason of an edge: what is missing is gone, or not there yet, or neither."""
        cause = example.cause
        direction = found.direction
        if cause is not None and self.is_elsewhere_beyond(cause, found):
            direction = ""
        return self.explain(example, direction)

    def is_elsewhere_beyond(self, cause: Cause, found: FoundEdge) -> bool:
        """Tell whether a release beyond an edge has what is missing: then it did not go, or come.

        It has where the script runs; other scripts may have shown it too, which dates the cause.
        """
        for number in beyond_release(self.result.search, found.stops, found.direction):
            outcome = self.outcomes.get(number)
            if outcome is not None and Level.RUNS.holds(outcome):
                return True
        return (cause.gone_in if found.direction == "up" else cause.added_in) is None

    def counterfactuals(self, between: PythonEdge | None) -> Iterator[Counterfactual]:
        """Yield what the two releases of an edge do on other Pythons, the bad one first."""
        for cell in between.elsewhere if between else ():
            result = self.result.results.get(cell.identifier)
            if result is not None:
                yield Counterfactual(
                    release=cell.release,
                    python=cell.python,
                    verdict=outcome_of(result, self.name).value,
                    cause=cause_of(result, self.name),
                )

    def other_python(self, between: PythonEdge | None, outcome: Outcome) -> str:
        """Return which of the two it was, the release or the Python, where that was tried."""
        if between is None:
            return ""
        results = self.result.results
        bad, good = between.outcomes(results)
        parts = []
        if bad is not None and between.bad_elsewhere is not None:
            too = " too" if bad is outcome else ""
            parts.append(f"on Python {between.bad_elsewhere.python} it is {bad.value}{too}")
        if good is not None:
            parts.append(f"{between.good.release} on Python {between.bad.python} is {good.value}")
        return ", ".join([*parts, _conclusion(between, results)])

    def open_ends(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each direction in which nothing was found to stop it."""
        low, high = self.ranges(Level.RUNS)[0]
        for direction, last in (("up", high), ("down", low)):
            beyond = beyond_release(self.result.search, last, direction)
            if not any(release in self.outcomes for release in beyond):
                yield direction, tuple(self.cells[r].release for r in beyond)

    def specifier(self) -> str:
        """Return the PEP 440 specifier of the releases that give it the same result.

        It claims nothing beyond the newest release that was seen to, unless that is the newest
        there is; what lies between two that were is inferred.
        """
        low, high = self.ranges(Level.SAME)[0]
        parts = [f">={_trimmed(self.cells[low].version)}"]
        if high + 1 < len(self.cells):
            parts.append(f"<{_trimmed(self.cells[high + 1].version)}")
        return ",".join(parts)

    def statuses(self) -> Iterator[ReleaseStatus]:
        """Yield what is claimed of each release."""
        known = self.result.search.known[self.name]
        runs, same = (inferred(self.result.search, self.name, level) for level in Level)
        for number, cell in enumerate(self.cells):
            outcome = known.get(number)
            claims = runs.get(number), same.get(number)
            if outcome is None:
                how = "not tried" if claims == (None, None) else "inferred"
            elif outcome.is_gap:
                how = "no answer"
            else:
                how = "ran"
                claims = Level.RUNS.holds(outcome), Level.SAME.holds(outcome)
            yield ReleaseStatus(
                release=cell.release,
                python=cell.python,
                how=how,
                verdict=outcome.value if outcome else None,
                runs=claims[0],
                same=claims[1],
            )


def _conclusion(between: PythonEdge, results: Mapping[str, CellResult]) -> str:
    """Return what follows from an edge on other Pythons."""
    blamed = between.blame(results)
    if blamed is Blame.UNKNOWN:
        pythons = f"{between.good.python} or {between.bad.python}"
        return f"Python {pythons} changes here as well: which of the two it is cannot be told"
    if blamed is not Blame.BOTH:
        return "so it is the release" if blamed is Blame.RELEASE else "so it is the Python"
    bad, _ = between.outcomes(results)
    together = bad is not None and between.edge.level.holds(bad)
    if together:
        return "so it is the release and the Python together"
    return "so either the release or the Python is enough"


def _trimmed(version: Version) -> str:
    """Return a version without trailing zeros, which mean nothing in a specifier: ``1.4``."""
    if version.is_prerelease or version.is_postrelease or version.epoch:
        return str(version)
    parts = list(version.release)
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return ".".join(map(str, parts))
