"""One release of the library is held, and the releases of another package are searched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fakes import made_up_plan

from tfcompat.errors import SelectionError
from tfcompat.planning.plan import Selection
from tfcompat.search.request import SearchRequest
from tfcompat.search.vary import vary

if TYPE_CHECKING:
    from tfcompat.planning.plan import Plan

SCRIPT = Path("a.py")


def request(**given: object) -> SearchRequest:
    selection = Selection(releases=("2.0",))
    return replace(SearchRequest(selection=selection, scripts=(SCRIPT,)), **given)  # type: ignore[arg-type]


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    plan = made_up_plan(tmp_path, ("a.py",), {}, releases=("1.0", "2.0"))
    analysis = plan.study.analysis.model_copy(update={"requirements": ["six"]})
    one = replace(plan, study=replace(plan.study, analysis=analysis), cells=plan.cells[1:])
    assert one.cells[0].cut_off is not None
    return one


def test_the_release_its_python_and_its_day_are_held(plan: Plan, tmp_path: Path) -> None:
    asked: list[SearchRequest] = []

    def plan_of(one: SearchRequest) -> tuple[Plan, Path]:
        asked.append(one)
        return plan, tmp_path

    varied = vary(request(requirements=("attrs",)), "bar", plan_of)
    found = varied.request
    assert asked[0].resolve == "release"
    assert (found.dependency, found.selection.releases) == ("bar", ())
    assert found.selection.pythons == (plan.cells[0].python,)
    # Those that were given are among those of the plan.
    assert found.requirements == ("six", "foo==2.0")
    day = plan.cells[0].cut_off
    assert day is not None
    assert found.resolve is not None
    assert found.resolve > day.date().isoformat()
    assert varied.held == f"beside foo 2.0, as of {found.resolve}"


@pytest.mark.parametrize(
    ("given", "package", "said"),
    [
        ({"selection": Selection()}, "bar", "the release by --release"),
        ({"scripts": ()}, "bar", "name a script"),
        ({"baseline": "1.0"}, "bar", "leave out --baseline"),
        ({"resolve": "latest"}, "bar", "leave out --baseline and --resolve"),
        ({}, "Foo", "names a package beside foo"),
    ],
)
def test_what_cannot_be_varied(
    plan: Plan, tmp_path: Path, given: dict[str, object], package: str, said: str
) -> None:
    with pytest.raises(SelectionError, match=said):
        vary(request(**given), package, lambda _: (plan, tmp_path))
