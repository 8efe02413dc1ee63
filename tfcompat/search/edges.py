"""What ends the ranges of a script, as records: the two sides of an edge, and its reason."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING

from tfcompat.judging.judge import STORED, installed_packages, side_of
from tfcompat.judging.ranges import Level, Outcome, outcome_of
from tfcompat.planning.judging_rules import judging_rules
from tfcompat.results.schema import example_of_stored
from tfcompat.results.verdicts import CauseKind, Verdict
from tfcompat.search.findings import Blame, Counterfactual, Edge, Hole
from tfcompat.search.range_ends import beyond_release, found_edges
from tfcompat.search.reasons import Compared, cause_of, explain, python_cause

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tfcompat.judging.output.sides import Side
    from tfcompat.planning.grid import Cell
    from tfcompat.results.schema import CellResult, Example
    from tfcompat.results.verdicts import Cause
    from tfcompat.search.other_pythons import PythonEdge
    from tfcompat.search.range_ends import FoundEdge
    from tfcompat.search.search import SearchResult


# What a script does with a release, in a sentence.
_DOES = {
    Outcome.SAME: "gives the same",
    Outcome.DIFFERENT: "gives another result",
    Outcome.FAILED: "fails",
    Outcome.UNBUILDABLE: "cannot be built",
    Outcome.UNKNOWN: "gives no answer",
}


@dataclass(frozen=True)
class EdgesOfScript:
    """The edges of one script of a search. Releases are numbers, the oldest 0."""

    result: SearchResult
    name: str

    @property
    def cells(self) -> Sequence[Cell]:
        """The cell of each release."""
        return self.result.cells[self.name]

    def edges(self) -> Iterator[Edge]:
        """Yield what ends the ranges around the baseline, and beyond each hole the next one."""
        yield from map(self.edge, found_edges(self.result.search, self.name))

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
        known = self.result.search.known[self.name]
        described = self.described(
            found,
            self.cells[found.last],
            self.cells[found.stops],
            known[found.stops],
            example=example,
            between=between,
        )
        names: dict[bool, list[str]] = {True: [], False: []}
        for number in skipped:
            names[number in known].append(self.cells[number].release)
        return replace(described, between=tuple(names[True]), untried=tuple(names[False]))

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
    ) -> Edge:
        """Return an edge between two cells with what is known of its reason."""
        if good.python == bad.python:
            example = self.with_python_cause(example, bad)
        blamed = self.blame(good, bad, example, between)
        shown = self.shown(example, self.reason_elsewhere(blamed, between))
        return Edge(
            direction=found.direction,
            level=found.level,
            release=bad.release,
            python=bad.python,
            verdict=outcome.value,
            why=self.why(shown, found) if shown else "",
            last=good.release,
            other_python=self.other_python(between, outcome, example),
            cause=shown.cause if shown else None,
            counterfactuals=tuple(self.counterfactuals(between)),
            blame=blamed,
            hole=self.hole(found),
        )

    @staticmethod
    def shown(example: Example | None, elsewhere: Example | None) -> Example | None:
        """Return the run that shows the reason; experiments are made on that beyond the edge."""
        if elsewhere is None or example is None or example.verdict is not Verdict.DIFFERENT:
            return elsewhere or example
        return elsewhere.model_copy(update={"cause": example.cause})

    def with_python_cause(self, example: Example | None, bad: Cell) -> Example | None:
        """Return a run with the cause that a release has which was made for another Python."""
        stored = self.result.results.get(bad.identifier)
        if example is None or stored is None:
            return example
        cause = python_cause(stored, self.name, self.result.plan.study.module)
        return example.model_copy(update={"cause": cause}) if cause else example

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

    def blame(
        self, good: Cell, bad: Cell, example: Example | None, between: PythonEdge | None
    ) -> Blame | None:
        """Return what an edge is owed to; None where that is no question."""
        cause = example.cause if example else None
        if between is not None and not self.is_made_for_another(between, cause):
            return between.blame(self.result.results)
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
        outcomes = self.result.search.outcomes(self.name)
        for number in beyond_release(self.result.search, found.stops, found.direction):
            outcome = outcomes.get(number)
            if outcome is not None and Level.RUNS.holds(outcome):
                return True
        return (cause.gone_in if found.direction == "up" else cause.added_in) is None

    def explain(self, example: Example, direction: str = "") -> str:
        """Return why an example fails, or where it differs from its baseline."""
        if example.first_difference is None or example.baseline is None:
            return explain(example, direction)
        results = self.result.results
        baseline = (
            self.side(results.get(example.baseline))
            if example.stored_output is None
            else side_of(STORED, example_of_stored(example.stored_output), None)
        )
        cells = (cell for cell in results.values() if cell.examples.get(self.name) is example)
        observed = self.side(next(cells, None))
        if baseline is None or observed is None:
            return explain(example, direction)
        masks = judging_rules(self.result.plan.study).masks
        compared = Compared(masks=masks, baseline=baseline, observed=observed)
        return explain(example, direction, compared=compared)

    def side(self, cell: CellResult | None) -> Side | None:
        """Return the runs of the script in a cell as a side of a comparison, if it ran there."""
        if cell is None or self.name not in cell.examples:
            return None
        return side_of(cell.identifier, cell.examples[self.name], installed_packages(cell))

    def counterfactuals(self, between: PythonEdge | None) -> Iterator[Counterfactual]:
        """Yield what the two releases of an edge do on other Pythons, the bad one first."""
        for cell in between.elsewhere if between else ():
            result = self.result.results.get(cell.identifier)
            if result is not None:
                yield Counterfactual(
                    release=cell.release,
                    python=cell.python,
                    verdict=outcome_of(result, self.name).value,
                    cause=cause_of(result, self.name, self.result.plan.study.module),
                )

    def is_made_for_another(self, between: PythonEdge, cause: Cause | None) -> bool:
        """Tell whether the files of the release beyond an edge want a Python that it has not."""
        bad, _ = between.outcomes(self.result.results)
        return (
            bad is None
            and cause is not None
            and cause.kind is CauseKind.PYTHON
            and bool(cause.package)
        )

    def other_python(
        self, between: PythonEdge | None, outcome: Outcome, example: Example | None
    ) -> str:
        """Return which of the two it was, the release or the Python, where that was tried."""
        if between is None:
            return ""
        if self.is_made_for_another(between, example.cause if example else None):
            return f"{between.bad.release} was made for another Python"
        results = self.result.results
        bad, good = between.outcomes(results)
        parts = []
        if bad is not None and between.bad_elsewhere is not None:
            too = " too" if bad is outcome else ""
            parts.append(f"on Python {between.bad_elsewhere.python} it {_DOES[bad]}{too}")
        if good is not None:
            if between.bad_elsewhere is None:
                parts.append(f"it cannot be had on Python {between.good.python}")
            parts.append(f"{between.good.release} on Python {between.bad.python} {_DOES[good]}")
        return ", ".join([*parts, _conclusion(between, results)])


def _conclusion(between: PythonEdge, results: Mapping[str, CellResult]) -> str:
    """Return what follows from an edge on other Pythons."""
    blamed = between.blame(results)
    if blamed is Blame.UNKNOWN:
        pythons = f"{between.good.python} or {between.bad.python}"
        return f"Python {pythons} changes here as well: which of the two it is cannot be told"
    if blamed is not Blame.BOTH:
        return "so it is not the Python" if blamed is Blame.RELEASE else "so it is the Python"
    bad, _ = between.outcomes(results)
    together = bad is not None and between.edge.level.holds(bad)
    if together:
        return "so it is the release and the Python together"
    return "so either the release or the Python is enough"
