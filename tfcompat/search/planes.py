"""One release of the library is held, and the releases of two other packages are searched."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import Version

from tfcompat.counterfactual.expected import Expected, error_of, observed_in
from tfcompat.counterfactual.explain import carry_out
from tfcompat.counterfactual.plane import Plane, PlaneSearch
from tfcompat.errors import SelectionError, UserError
from tfcompat.execution.evaluation import open_evaluation
from tfcompat.execution.variants import Variant
from tfcompat.judging.judge import Judge
from tfcompat.planning.judging_rules import judging_rules
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.search.drift_answers import DriftSubject
from tfcompat.search.drifts import OF_RELEASE, the_cell, the_script
from tfcompat.search.plane_answers import PlaneAnswer, VariedPackage
from tfcompat.search.request import selected

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tfcompat.environments.index.client import Release
    from tfcompat.execution.campaign_run import RunOptions
    from tfcompat.execution.evaluation import Evaluation
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan
    from tfcompat.search.drifts import PlanOf
    from tfcompat.search.request import SearchRequest


def find_plane(
    request: SearchRequest,
    packages: Sequence[str],
    options: RunOptions,
    progress: ProgressListener,
    plan_of: PlanOf = selected,
) -> PlaneAnswer:
    """Find with which releases of two packages a script works beside one release of the library.

    That release, its Python and its day are held: all else is resolved as of that day, and only the
    two packages may be newer. Raises UserError for what the user has to change, and where the
    script does not run with the packages of that day.
    """
    begun = monotonic()
    plan, results = plan_of(replace(request, resolve=OF_RELEASE))
    cell, test = the_cell(plan), the_script(plan)
    varied = [_varied(plan, cell, package) for package in packages]
    settings = replace(options, resolve=OF_RELEASE).settings(plan.study)
    store = CampaignStore(options.results or results)
    with open_evaluation(plan, store, settings, progress, jobs=options.jobs) as evaluation:
        work = _Work(
            cell=cell, expected=_expected(plan, cell, test, evaluation), packages=varied,
            evaluation=evaluation, progress=progress,
        )  # fmt: skip
        search = work.search()
        return PlaneAnswer(
            subject=DriftSubject(
                script=test,
                dependency=cell.dependency,
                title=plan.study.library,
                release=cell.release,
                python=cell.python,
            ),
            day=cell.cut_off.date().isoformat() if cell.cut_off else None,
            packages=(varied[0], varied[1]),
            start=search.plane.start,
            rows=search.result(),
            points=search.points,
            environments=len(evaluation.variants.built) if evaluation.variants else 0,
            seconds=monotonic() - begun,
        )


@dataclass(frozen=True, kw_only=True)
class _Work:
    """What one plane is searched with."""

    cell: Cell
    expected: Expected
    packages: Sequence[VariedPackage]
    evaluation: Evaluation
    progress: ProgressListener

    def search(self) -> PlaneSearch:
        """Search rows, those side by side that do not wait for each other, until all are known."""
        assert self.evaluation.variants is not None  # noqa: S101 - a real evaluation has them
        rows, columns = self.packages
        search = PlaneSearch(
            Plane(
                rows=len(rows.releases),
                columns=len(columns.releases),
                start=(self._start(rows), self._start(columns)),
                expected=self.expected,
                variant=self._variant,
            )
        )
        while steps := search.steps():
            names = ", ".join(rows.releases[row] for row in steps)
            self.progress.say(f"searching {columns.name} beside {rows.name} {names}")
            search.learn(carry_out(steps, self.evaluation.variants))
        return search

    def _variant(self, row: int, column: int) -> Variant:
        pins = [
            f"{package.name}=={package.releases[number]}"
            for package, number in zip(self.packages, (row, column), strict=True)
        ]
        return Variant.of(self.cell, pins=pins)

    def _start(self, package: VariedPackage) -> int:
        """Return the number of the release that is installed as of the day, or the nearest below.

        Where the package is not among what is installed, it is the newest one.
        """
        found = self.expected.good.versions.get(package.name)
        last = len(package.releases) - 1
        if found is None:
            return last
        older = [n for n, one in enumerate(package.releases) if Version(one) <= Version(found)]
        return max(older, default=0)


def _expected(plan: Plan, cell: Cell, test: str, evaluation: Evaluation) -> Expected:
    """Return what the script gives with the packages of the day of the held release."""
    assert evaluation.variants is not None  # noqa: S101 - a real evaluation has them
    variant = Variant.of(cell)
    result = evaluation.variants.run(variant, {test: 1})
    good = observed_in(test, variant, result)
    if good is None or good.example.failure is not None:
        cause = result.cause.message if result.cause else "it was not run"
        why = error_of(good, test, cell.dependency) if good else cause
        msg = f"{test} does not run with {cell.release} and the packages of its day: {why}"
        raise UserError(msg)
    return Expected(test=test, judge=Judge(judging_rules(plan.study)), variant=variant, good=good)


def _varied(plan: Plan, cell: Cell, package: str) -> VariedPackage:
    """Return the stable releases of a package that the Python of a cell can install as they are."""
    name = canonicalize_name(package)
    if name == canonicalize_name(cell.dependency):
        msg = f"--vary names packages beside {cell.dependency}, whose release is held"
        raise SelectionError(msg)
    can_be_had = _can_be_had(cell)
    stable = [one for one in plan.index.releases(name) if one.stable]
    releases = [str(one) for one in stable if can_be_had(one)]
    if not releases:
        msg = f"no release of {name} has a wheel for Python {cell.python}"
        raise SelectionError(msg)
    return VariedPackage(name=name, releases=tuple(releases), others=len(stable) - len(releases))


def _can_be_had(cell: Cell) -> Callable[[Release], bool]:
    assert cell.interpreter is not None  # noqa: S101 - see the_cell
    ranks, python = cell.interpreter.tags, cell.interpreter.version
    return lambda release: release.best_wheel(ranks, python) is not None
