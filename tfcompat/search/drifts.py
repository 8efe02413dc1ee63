"""Finds which packages broke one release since its day, and the bounds that make it work again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from packaging.version import Version

from tfcompat.counterfactual.culprit import CulpritSearch, Drift
from tfcompat.counterfactual.explain import carry_out
from tfcompat.counterfactual.mend import mend
from tfcompat.errors import SelectionError, UserError
from tfcompat.execution.evaluation import open_evaluation
from tfcompat.execution.plain_install import run_with_pip
from tfcompat.judging.judge import Judge
from tfcompat.planning.judging_rules import judging_rules
from tfcompat.planning.schema import resolve_date
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.search.drift_answers import CulpritAnswer, DriftSubject, MendAnswer
from tfcompat.search.request import selected

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.counterfactual.experiment import Steps
    from tfcompat.environments.index.client import PackageIndex
    from tfcompat.execution.campaign_run import RunOptions
    from tfcompat.execution.evaluation import Evaluation
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan
    from tfcompat.results.schema import CellEnvironment
    from tfcompat.search.request import SearchRequest

OF_RELEASE = "release"
LATEST = "latest"

FoundT = TypeVar("FoundT")
_Releases: TypeAlias = Callable[[str], "list[Version]"]
PlanOf: TypeAlias = Callable[["SearchRequest"], "tuple[Plan, Path]"]


@dataclass(frozen=True, kw_only=True)
class Question:
    """A script with one release, and the two days whose packages it is tried with.

    ``good`` is ``release`` (its own day) or a date, ``bad`` is ``latest`` or a date.
    """

    request: SearchRequest
    good: str = OF_RELEASE
    bad: str = LATEST


def find_culprit(
    question: Question,
    options: RunOptions,
    progress: ProgressListener,
    plan_of: PlanOf = selected,
) -> CulpritAnswer:
    """Find the packages that break a release. Raises UserError for what the user has to change."""
    begun = monotonic()
    with _open(question, options, progress, plan_of) as work:
        finding = work.carry_out(CulpritSearch(work.drift, work.judge, work.releases).steps())
        return CulpritAnswer(
            subject=work.subject,
            finding=finding,
            environments=work.environments,
            seconds=monotonic() - begun,
        )


def find_bounds(
    question: Question,
    options: RunOptions,
    progress: ProgressListener,
    plan_of: PlanOf = selected,
    *,
    by_pip: bool = True,
) -> MendAnswer:
    """Find what makes a release work today, and prove it by plain pip as well.

    Raises UserError for what the user has to change.
    """
    begun = monotonic()
    with _open(question, options, progress, plan_of) as work:
        mending = work.carry_out(mend(work.drift, work.judge, work.releases))
        requirements: tuple[str, ...] = ()
        environment, pip = None, None
        if mending.works:
            analysis = work.plan.study.analysis
            pin = f"{work.drift.dependency}=={work.drift.cell.release}"
            requirements = (pin, *map(str, analysis.requirements), *mending.bounds)
            environment = work.environment(mending.bounds)
            # Python 2.7 has no venv, and pip no longer speaks for the day of another date.
            has_venv = Version(work.drift.cell.python) >= Version("3.3")
            if by_pip and mending.is_needed and has_venv and question.bad == LATEST:
                progress.say(f"proving it by pip install {' '.join(requirements)}")
                pip = run_with_pip(
                    work.plan.study,
                    work.drift.test,
                    work.drift.cell,
                    requirements,
                    work.evaluation.settings.limits,
                    work.plan.cache,
                )
        return MendAnswer(
            subject=work.subject,
            mending=mending,
            requirements=requirements,
            environment=environment,
            works_with_pip=pip.works if pip else None,
            pip_error=pip.error if pip else "",
            environments=work.environments + (pip is not None),
            seconds=monotonic() - begun,
        )


@dataclass(frozen=True, kw_only=True)
class _Work:
    """What one question is answered with."""

    plan: Plan
    drift: Drift
    evaluation: Evaluation
    judge: Judge
    releases: _Releases

    @property
    def subject(self) -> DriftSubject:
        cell = self.drift.cell
        return DriftSubject(
            script=self.drift.test,
            dependency=cell.dependency,
            title=self.plan.study.library,
            release=cell.release,
            python=cell.python,
        )

    @property
    def environments(self) -> int:
        return len(self.evaluation.variants.built) if self.evaluation.variants else 0

    def carry_out(self, steps: Steps[FoundT]) -> FoundT:
        assert self.evaluation.variants is not None  # noqa: S101 - a real evaluation has them
        return carry_out({"only": steps}, self.evaluation.variants)["only"]

    def environment(self, bounds: tuple[str, ...]) -> CellEnvironment | None:
        """Return the environment with some bounds, which was made before."""
        assert self.evaluation.variants is not None  # noqa: S101 - a real evaluation has them
        wanted = {self.drift.test: 1}
        return self.evaluation.variants.run(self.drift.bad(*bounds), wanted).environment


@contextmanager
def _open(
    question: Question, options: RunOptions, progress: ProgressListener, plan_of: PlanOf
) -> Iterator[_Work]:
    """Yield what a question is answered with; at the end nothing of it is left."""
    plan, results = plan_of(replace(question.request, resolve=OF_RELEASE))
    cell, test = the_cell(plan), the_script(plan)
    drift = Drift(
        test=test,
        cell=cell,
        good_day=None if question.good == OF_RELEASE else _day("--good", question.good),
        bad_day=_tomorrow() if question.bad == LATEST else _day("--bad", question.bad),
        dependency=plan.study.analysis.dependency,
    )
    settings = replace(options, resolve=OF_RELEASE).settings(plan.study)
    store = CampaignStore(options.results or results)
    with open_evaluation(plan, store, settings, progress, jobs=options.jobs) as evaluation:
        yield _Work(
            plan=plan,
            drift=drift,
            evaluation=evaluation,
            judge=Judge(judging_rules(plan.study)),
            releases=_releases(plan.index, cell),
        )


def the_cell(plan: Plan) -> Cell:
    """Return the only cell of a plan; raise UserError where there are more, or it has no Python."""
    if len(plan.cells) != 1:
        msg = f"--release names {len(plan.cells)} releases; name one, such as 1.4.0"
        raise SelectionError(msg)
    cell = plan.cells[0]
    if cell.cause is not None or cell.interpreter is None:
        why = cell.cause.message if cell.cause else f"there is no Python {cell.python} here"
        msg = f"{cell.release} cannot be tried: {why}"
        raise UserError(msg)
    return cell


def the_script(plan: Plan) -> str:
    """Return the only script of a plan; raise SelectionError where there are more."""
    if len(plan.tests) != 1:
        msg = f"{len(plan.tests)} scripts are named; name one"
        raise SelectionError(msg)
    return plan.tests[0]


def _day(option: str, text: str) -> dt.datetime:
    try:
        return resolve_date(text)
    except ValueError:
        msg = f"{option}: {text!r} is no date such as 2021-01-05"
        raise SelectionError(msg) from None


def _tomorrow() -> dt.datetime:
    """Return the end of this day: all that there is by now, and the same instant all day."""
    today = dt.datetime.now(dt.timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + dt.timedelta(days=1)


def _releases(index: PackageIndex, cell: Cell) -> _Releases:
    """Return what lists the stable releases of a package that the Python of a cell can have."""
    assert cell.interpreter is not None  # noqa: S101 - see the_cell
    python = cell.interpreter.version

    def of(package: str) -> list[Version]:
        return sorted(
            release.version
            for release in index.releases(package)
            if release.stable and any(file.allows_python(python) for file in release.files)
        )

    return of
