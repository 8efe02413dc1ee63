"""Where the results of a campaign begin to differ: the pairs of cells that are to be explained."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from packaging.version import Version

from tfcompat.counterfactual.explain import Neighbours, explain
from tfcompat.judging.ranges import Outcome, outcome_of
from tfcompat.planning import grid
from tfcompat.results.identifiers import parse_identifier
from tfcompat.results.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tfcompat.execution.evaluation import Evaluation
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan
    from tfcompat.results.campaign import Campaign
    from tfcompat.results.schema import CellResult


def explain_campaign(
    plan: Plan, evaluation: Evaluation, results: Mapping[str, CellResult]
) -> dict[str, CellResult]:
    """Explain the first other results on both sides of each baseline, as ``explain`` does.

    ``results`` are all judged cells of the campaign. Only pairs with a cell of the plan are looked
    at, and only neighbours in the grid of the study: between others, the first difference may lie
    anywhere.
    """
    own = {cell.identifier for cell in plan.cells}
    results = {**results, **_unfinished_baselines(plan, evaluation.store, results)}
    pairs = [
        pair
        for cells in _rows(plan)
        for test in plan.tests
        for pair in neighbours(test, cells, results)
        if {pair.old.identifier, pair.new.identifier} & own
    ]
    return explain(plan, evaluation, pairs, results)


def _unfinished_baselines(
    plan: Plan, store: Campaign, results: Mapping[str, CellResult]
) -> dict[str, CellResult]:
    """Return the baselines that are no finished cells: they ran only to be compared with."""
    found: dict[str, CellResult] = {}
    for test in plan.tests:
        cell = plan.baseline(test)
        if cell is None or cell.identifier in results:
            continue
        known = found.get(cell.identifier) or store.known(cell.identifier)
        if known is not None and test in known.examples:
            same = {"verdict": Verdict.SAME, "baseline": cell.identifier}
            examples = {**known.examples, test: known.examples[test].model_copy(update=same)}
            found[cell.identifier] = known.model_copy(update={"examples": examples})
    return found


def _rows(plan: Plan) -> Iterator[tuple[Cell, ...]]:
    """Yield the grid of the study with the cells of a plan: a row for each Python it names."""
    study = plan.study.analysis
    releases = grid.expand(study.versions, plan.index.releases(study.dependency))
    cells = {cell.identifier: cell for cell in plan.factory.cells(releases, study.python_versions)}
    cells |= {cell.identifier: cell for cell in plan.cells}
    ordered = sorted(cells.values(), key=lambda cell: (cell.version, cell.python))
    by_release = [list(group) for _, group in groupby(ordered, key=lambda cell: cell.version)]
    if all(len(group) == 1 for group in by_release):
        yield tuple(ordered)
        return
    for python in sorted({cell.python for cell in ordered}):
        yield tuple(cell for cell in ordered if cell.python == python)


def neighbours(
    test: str, cells: Sequence[Cell], results: Mapping[str, CellResult]
) -> Iterator[Neighbours]:
    """Yield the pairs between which an example begins to differ, on both sides of its baseline.

    ``cells`` are those of releases, oldest first. Cells without an environment are stepped over; at
    one that was not tried, or could not be, the search for a pair ends.
    """
    stored = (results.get(cell.identifier) for cell in cells)
    named = {r.examples[test].baseline for r in stored if r and test in r.examples} - {None}
    for baseline in sorted(map(str, named)):
        release = Version(parse_identifier(baseline).release)
        above = [cell for cell in cells if cell.version >= release]
        below = [cell for cell in reversed(cells) if cell.version <= release]
        for outward in (above, below):
            pair = _first_difference(test, outward, results)
            if pair is not None:
                yield pair


def _first_difference(
    test: str, outward: Sequence[Cell], results: Mapping[str, CellResult]
) -> Neighbours | None:
    before: Cell | None = None
    for number, cell in enumerate(outward):
        result = results.get(cell.identifier)
        outcome = outcome_of(result, test) if result else Outcome.UNKNOWN
        if outcome is Outcome.UNBUILDABLE:
            continue
        if outcome is Outcome.DIFFERENT and before is not None:
            beyond = tuple(outward[number + 1 :])
            return Neighbours(test=test, old=before, new=cell, beyond=beyond)
        if outcome is not Outcome.SAME:
            return None
        before = cell
    return None
