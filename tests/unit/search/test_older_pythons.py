"""Releases whose dependencies have no environment on the Python of their day."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fakes import PYTHON, FakeProgress, Machine, made_up_plan
from packaging.version import Version

from tfcompat.environments.interpreter_record import Interpreter
from tfcompat.execution.campaign_run import RunOptions
from tfcompat.planning.default_python import PythonRule
from tfcompat.planning.grid import AvailablePythons
from tfcompat.results.verdicts import Cause, CauseKind
from tfcompat.search.search import SearchOptions, search_releases
from tfcompat.search.summary import summarize

if TYPE_CHECKING:
    from tfcompat.planning.plan import Plan
    from tfcompat.search.findings import ScriptFindings

A = "ex/a.py"
PYTHONS = tuple(
    Interpreter(path=Path(f"/opt/python3.{n}"), version=Version(f"3.{n}.1"), abi=f"cp3{n}")
    for n in (11, 10, 8)
)
OF_ANOTHER = Cause(kind=CauseKind.BUILD_ERROR, message="numba cannot be built", package="numba")
OF_ITSELF = Cause(kind=CauseKind.BUILD_ERROR, message="foo cannot be built", package="foo")
NO_PYTHON = Cause(kind=CauseKind.CONFLICT, message="numba==1 depends on Python<3.11")
CONFLICT = Cause(kind=CauseKind.CONFLICT, message="bar>2 and bar<1")


def plan_of(folder: Path, baseline: object, *, named: tuple[str, ...] = ()) -> Plan:
    """Return the plan of nine releases, each on Python 3.11 unless others are named."""
    releases = tuple(map(str, range(1, 10)))
    baselines = {"ex": baseline} if baseline else {}
    plan = made_up_plan(folder, (A,), baselines, releases=releases)
    rule = PythonRule(resolve="latest", among=named)
    plan = replace(plan, factory=replace(plan.factory, rule=rule))
    plan = plan.again(AvailablePythons(found=(*PYTHONS, PYTHON)))
    plan = plan.with_baselines({A: plan.cell(str(baseline))}) if named and baseline else plan
    return replace(plan, cells=tuple(plan.cell(one) for one in releases))


def broken(machine: Machine, cause: Cause, *cells: str) -> None:
    """Have releases, each with its Python (``3@311``), no environment."""
    for cell in cells:
        release, _, python = cell.partition("@")
        machine.broken[f"pypi-foo-{release}-python-cp{python}"] = cause


def found(machine: Machine, folder: Path, plan: Plan) -> ScriptFindings:
    evaluation = machine.evaluation(folder, plan.tests, FakeProgress())
    options = SearchOptions(run=RunOptions(jobs=1), spot_checks=0)
    return summarize(search_releases(plan, options, evaluation)).scripts[0]


@pytest.mark.parametrize("cause", [OF_ANOTHER, NO_PYTHON])
@pytest.mark.parametrize("baseline", ["5", None])
def test_it_is_tried_on_the_python_before(
    tmp_path: Path, cause: Cause, baseline: str | None
) -> None:
    machine = Machine()
    assert plan_of(tmp_path, baseline).cell("9").python == "3.11"
    broken(machine, cause, *(f"{n}@311" for n in range(1, 10)), "1@310")
    one = found(machine, tmp_path, plan_of(tmp_path, baseline))
    assert str(one.works) == "1 … 9"
    assert one.works is not None
    assert one.works.pythons == ("3.8", "3.10")
    assert one.baseline == (baseline or "9")
    assert one.python == "3.10"
    # The same search again finds all of it stored.
    made = dict(machine.made)
    again = found(machine, tmp_path, plan_of(tmp_path, baseline))
    assert (again, machine.made) == (one, made)


@pytest.mark.parametrize(
    ("cause", "named"), [(OF_ITSELF, ()), (CONFLICT, ()), (OF_ANOTHER, ("3.11",))]
)
def test_it_is_not_where_it_fails_for_itself_or_the_user_named_a_python(
    tmp_path: Path, cause: Cause, named: tuple[str, ...]
) -> None:
    machine = Machine()
    broken(machine, cause, "1@311", "2@311")
    one = found(machine, tmp_path, plan_of(tmp_path, "5", named=named))
    assert str(one.works) == "3 … 9"
    assert {mark.python for mark in one.marks} == {"3.11"}


def test_a_baseline_is_tried_on_two_older_pythons(tmp_path: Path) -> None:
    machine = Machine()
    broken(machine, OF_ANOTHER, "5@311", "5@310")
    one = found(machine, tmp_path, plan_of(tmp_path, "5"))
    assert (one.baseline, one.python, str(one.works)) == ("5", "3.8", "1 … 9")


def test_a_baseline_stays_on_the_python_that_is_named_for_it(tmp_path: Path) -> None:
    machine = Machine()
    broken(machine, OF_ANOTHER, "5@311")
    one = found(machine, tmp_path, plan_of(tmp_path, "5@3.11"))
    assert one.works is None
    assert "numba cannot be built" in one.baseline_problem


def test_two_pythons_are_tried_and_no_more(tmp_path: Path) -> None:
    machine = Machine()
    broken(machine, OF_ANOTHER, "1@311", "1@310", "1@38", "1@36")
    one = found(machine, tmp_path, plan_of(tmp_path, "5"))
    assert str(one.works) == "2 … 9"
    tried = {call.identifier for call in machine.calls if "-1-" in call.identifier}
    assert tried == {f"pypi-foo-1-python-cp{python}" for python in ("311", "310", "38")}
