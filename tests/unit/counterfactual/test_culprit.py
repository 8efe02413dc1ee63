"""What broke a release since its day, in made-up worlds of packages. Nothing is built or run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from fakes import made_up_cell, made_up_plan
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.version import Version

from tfcompat.counterfactual.culprit import CulpritSearch, Drift
from tfcompat.counterfactual.drift_findings import Culprit, Finding, Outcome
from tfcompat.counterfactual.explain import carry_out
from tfcompat.counterfactual.mend import mend
from tfcompat.judging.judge import Judge, JudgingRules
from tfcompat.results.schema import Run, example_of
from tfcompat.results.verdicts import Cause, CauseKind, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.execution.variants import Variant
    from tfcompat.planning.grid import Cell
    from tfcompat.results.schema import CellResult

TEST = "old/a.py"
JUDGE = Judge(JudgingRules(dependency="foo", masks=()))
GOOD_DAY = dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)
BAD_DAY = dt.datetime(2024, 1, 1, tzinfo=dt.timezone.utc)

Versions = Mapping[str, int]
Says = Callable[[Versions], str]
"""What the script does with some versions: an output, or an error that begins with ``!``."""


@dataclass
class World:
    """Packages with releases 1, 2, 3 …; on the good day there are those up to ``then``.

    ``needs`` are pairs: a release and all later ones of a package need another one at least.
    """

    releases: dict[str, int]
    then: dict[str, int]
    says: Says
    needs: dict[tuple[str, int], tuple[str, int]] = field(default_factory=dict)
    absent: frozenset[tuple[str, int]] = frozenset()
    built: list[tuple[str, ...]] = field(default_factory=list)

    def run(self, variant: Variant, wanted: Mapping[str, int]) -> CellResult:
        cell = variant.cell
        self.built.append(cell.pins)
        versions = self._resolve(cell)
        if versions is None:
            cause = Cause(kind=CauseKind.CONFLICT, message="in conflict")
            update = {"verdict": Verdict.UNBUILDABLE, "cause": cause}
            return made_up_cell(cell, {}).model_copy(update=update)
        said = self.says(versions)
        failed = said.startswith("!")
        run = Run(
            retval=int(failed),
            seconds=1,
            output=[] if failed else [f"{said}\n"],
            error=[f"ImportError: {said[1:]}\n"] if failed else [],
        )
        freeze = [f"{name}=={number}\n" for name, number in versions.items()]
        examples = {TEST: example_of([run] * wanted[TEST], key="k")}
        return made_up_cell(cell, examples).model_copy(update={"freeze": freeze})

    def _resolve(self, cell: Cell) -> Versions | None:
        """Take the newest of each package, as pip does, and step back where something needs it."""
        newest = self.then if cell.as_of == GOOD_DAY else self.releases
        held = [Requirement(pin) for pin in cell.pins]
        allowed = {
            name: [
                number
                for number in range(newest[name], 0, -1)
                if (name, number) not in self.absent
                and all(r.specifier.contains(str(number)) for r in held if r.name == name)
            ]
            for name in newest
        }
        while all(allowed.values()):
            versions = {name: numbers[0] for name, numbers in allowed.items()}
            broken = [
                name
                for (name, since), (other, least) in self.needs.items()
                if versions[name] >= since and versions[other] < least
            ]
            if not broken:
                return versions
            allowed[broken[0]].pop(0)
        return None

    def of(self, package: str) -> list[Version]:
        return [Version(str(number)) for number in range(1, self.releases[package] + 1)]


@pytest.fixture
def cell(tmp_path: Path) -> Cell:
    plan = made_up_plan(tmp_path, (TEST,), {})
    return replace(plan.cells[0], as_of=GOOD_DAY)


def drift(cell: Cell) -> Drift:
    return Drift(test=TEST, cell=cell, good_day=GOOD_DAY, bad_day=BAD_DAY, dependency="foo")


def search(world: World, cell: Cell) -> Finding:
    steps = CulpritSearch(drift(cell), JUDGE, world.of).steps()
    return carry_out({("", ""): steps}, world)["", ""]  # type: ignore[arg-type]


def breaks(*limits: tuple[str, int], error: str = "!{} is gone") -> Says:
    """Return a script that fails where a package has reached a release."""

    def says(versions: Versions) -> str:
        gone = [name for name, first in limits if versions[name] >= first]
        return error.format(gone[0]) if gone else "fine"

    return says


def test_one_package_and_its_first_bad_release(cell: Cell) -> None:
    world = World({"a": 9, "b": 9, "c": 9}, {"a": 2, "b": 2, "c": 9}, breaks(("b", 6)))
    found = search(world, cell)
    assert found.culprits == (Culprit(package="b", last_good="5", first_bad="6"),)
    assert (found.breaks_good, found.mends_bad, found.companions) == (True, True, ())
    assert found.error == "ImportError: b is gone"


def test_an_error_that_names_nobody(cell: Cell) -> None:
    world = World(
        dict.fromkeys("abcdef", 9), dict.fromkeys("abcdef", 2), breaks(("e", 4), error="!boom")
    )
    assert [one.constraint for one in search(world, cell).culprits] == ["e<4"]


def test_what_a_culprit_requires_is_none(cell: Cell) -> None:
    """From 5 on b needs c 4; held alone it takes c along, and c breaks nothing."""
    world = World(
        {"b": 9, "c": 9},
        {"b": 2, "c": 2},
        breaks(("b", 5), error="!cannot import b of c"),
        needs={("b", 5): ("c", 4)},
    )
    found = search(world, cell)
    assert [one.constraint for one in found.culprits] == ["b<5"]
    assert (found.breaks_good, found.mends_bad, found.companions) == (True, True, ("c",))


def test_two_that_break_it_each_are_both_held(cell: Cell) -> None:
    world = World(dict.fromkeys("abcd", 9), dict.fromkeys("abcd", 2), breaks(("a", 3), ("d", 8)))
    found = search(world, cell)
    assert {one.constraint for one in found.culprits} == {"a<3", "d<8"}
    assert found.mends_bad


def test_a_result_that_is_another_one(cell: Cell) -> None:
    world = World(
        {"a": 9, "b": 9}, {"a": 1, "b": 1}, lambda v: "10 trees" if v["a"] < 5 else "100 trees"
    )
    found = search(world, cell)
    assert [one.constraint for one in found.culprits] == ["a<5"]
    assert found.error == "it prints something else"


def test_releases_that_cannot_be_installed_are_passed_over(cell: Cell) -> None:
    absent = frozenset({("a", 4), ("a", 5), ("a", 7)})
    world = World({"a": 9}, {"a": 1}, breaks(("a", 5)), absent=absent)
    assert search(world, cell).culprits == (Culprit(package="a", last_good="3", first_bad="6"),)


def test_nothing_to_find(cell: Cell) -> None:
    assert search(World({"a": 9}, {"a": 1}, breaks()), cell).outcome is Outcome.WORKS
    failing = World({"a": 9}, {"a": 1}, breaks(("a", 1)))
    assert search(failing, cell).outcome is Outcome.GOOD_FAILS
    same = World({"a": 9}, {"a": 9}, lambda _: "fine")
    assert search(same, cell).outcome is Outcome.WORKS


def test_an_older_release_may_be_the_bad_one() -> None:
    culprit = Culprit(package="a", last_good="4", first_bad="3")
    assert culprit.constraint == "a>3"


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(2, 12), min_size=1, max_size=3),
    st.booleans(),
)
def test_any_packages_that_break_it_are_found(
    tmp_path_factory: pytest.TempPathFactory,
    limits: dict[str, int],
    named: bool,  # noqa: FBT001
) -> None:
    plan = made_up_plan(tmp_path_factory.mktemp("plan"), (TEST,), {})
    made = replace(plan.cells[0], as_of=GOOD_DAY)
    error = "!{} is gone" if named else "!boom"
    world = World(
        dict.fromkeys("abcdefgh", 12),
        dict.fromkeys("abcdefgh", 1),
        breaks(*limits.items(), error=error),
    )
    found = search(world, made)
    assert {one.package: int(one.first_bad) for one in found.culprits} == limits
    assert found.breaks_good
    assert found.mends_bad


def test_mending_ends_with_bounds_that_work(cell: Cell) -> None:
    world = World(dict.fromkeys("abc", 9), dict.fromkeys("abc", 2), breaks(("a", 3), ("c", 4)))
    steps = mend(drift(cell), JUDGE, world.of)
    found = carry_out({("", ""): steps}, world)["", ""]  # type: ignore[arg-type]
    assert found.works
    assert found.is_needed
    assert set(found.bounds) == {"a<3", "c<4"}


def test_mending_what_works_adds_nothing(cell: Cell) -> None:
    steps = mend(drift(cell), JUDGE, World({"a": 9}, {"a": 2}, breaks()).of)
    world = World({"a": 9}, {"a": 2}, breaks())
    found = carry_out({("", ""): steps}, world)["", ""]  # type: ignore[arg-type]
    assert (found.works, found.is_needed, found.bounds) == (True, False, ())
