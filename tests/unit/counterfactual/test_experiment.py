"""The experiments on made-up libraries: which runs are made, and which cause follows."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from fakes import PYTHON, FakeVariants, made_up_cell, made_up_plan
from packaging.version import Version

from tfcompat.counterfactual.experiment import Case, Experiment, Observed
from tfcompat.counterfactual.explain import carry_out
from tfcompat.environments.interpreter_record import Interpreter
from tfcompat.judging.judge import Judge, JudgingRules
from tfcompat.judging.output.sides import Side
from tfcompat.planning.grid import AvailablePythons
from tfcompat.planning.suites import file_of
from tfcompat.results.schema import Run, example_of
from tfcompat.results.verdicts import Cause, CauseKind

if TYPE_CHECKING:
    from tfcompat.execution.variants import Variant
    from tfcompat.planning.grid import Cell
    from tfcompat.results.schema import Example

TEST = "ex/a.py"
OTHER_PYTHON = Interpreter(path=Path("/opt/python3.8"), version=Version("3.8.1"), abi="cp38")
JUDGE = Judge(JudgingRules(dependency="foo", masks=(), repeats=1))
OLD, NEW, THIRD, FAILS = "loss 0.5\n", "loss 0.7\n", "loss 0.9\n", ""
SIGNATURE = "tfcompat-signatures:"


Printed: TypeAlias = "str | Cause | None"
"""What a script prints; None, or why, where there is no environment."""


def ran(text: str, number: int = 3) -> Example:
    run = Run(retval=0, seconds=1, output=text.splitlines(keepends=True))
    return example_of([run] * number, key="k")


@dataclass
class World:
    """A library whose release 2 gives another result than its release 1.

    ``old`` and ``new`` are the packages of the two; ``gives`` is what the script prints with a
    release, on a Python, with packages.
    """

    folder: Path
    old: str = ""
    new: str = ""
    pythons: tuple[str, str] = ("3.6", "3.6")
    source: bytes = b"import foo\n"
    told: Cause | None = None
    signatures: dict[str, list[object]] = field(default_factory=dict)
    error: str = ""
    test: str = TEST

    def gives(self, release: str, python: str, packages: dict[str, str], source: str) -> Printed:
        del python, packages, source
        return OLD if release == "1" else NEW

    def _prints(self, variant: Variant, test: str) -> Printed:
        cell = variant.cell
        if test.endswith("tfcompat_signatures.py"):
            return f"{SIGNATURE}{json.dumps(self.signatures[cell.release])}\n"
        packages = dict(pin.split("==") for pin in cell.pins)
        if not packages:
            packages = _versions(self.old if cell.release == "1" else self.new)
        source = variant.files.get(file_of(test), self.source).decode()
        return self.gives(cell.release, cell.python, packages, source)

    def case(self) -> Case:
        plan = made_up_plan(self.folder, (TEST,), {"ex": "1"}, releases=("1", "2"))
        plan = plan.again(AvailablePythons(found=(PYTHON, OTHER_PYTHON)))
        cells = [plan.cell(r, p) for r, p in zip(("1", "2"), self.pythons, strict=True)]
        swap = self.pythons[0] != self.pythons[1]
        swapped = (plan.cell("2", self.pythons[0]), plan.cell("1", self.pythons[1]))
        old = _side(cells[0], self.old, OLD, self.error)
        new = _side(cells[1], self.new, NEW)
        told = new.example.model_copy(update={"cause": self.told})
        return Case(
            test=self.test,
            baseline=Side(runs=ran(OLD).all_runs),
            old=old,
            new=replace(new, example=told),
            swapped=swapped if swap else (None, None),
            library="Foo",
            module="foo",
            script=file_of(self.test),
            source=self.source,
        )

    def explain(self) -> tuple[Cause, FakeVariants]:
        variants = FakeVariants(self._prints)
        key = ("cell", self.test)
        causes = carry_out({key: Experiment(self.case(), JUDGE).steps()}, variants)
        return causes[key], variants


def _versions(text: str) -> dict[str, str]:
    return dict(part.split("=") for part in text.split())


def _side(cell: Cell, packages: str, printed: str, error: str = "") -> Observed:
    example = ran(printed).model_copy(update={"error": [error]})
    freeze = [f"{name}=={version}\n" for name, version in _versions(packages).items()]
    result = made_up_cell(cell, {TEST: example}).model_copy(update={"freeze": freeze})
    return Observed(cell=cell, result=result, example=example)


def pins(variants: FakeVariants) -> list[tuple[str, str]]:
    return [(release, " ".join(held)) for release, held, _, _ in variants.asked]


def test_with_the_same_packages_it_is_the_release(tmp_path: Path) -> None:
    cause, variants = World(tmp_path, old="bar=1", new="bar=1").explain()
    assert (cause.kind, cause.message) == (CauseKind.LIBRARY, "Foo itself changed it")
    assert (cause.first_in, cause.evidence) == ("2", "Foo 1 and Foo 2 have the same packages")
    assert variants.asked == []


def test_packages_that_change_nothing_leave_the_release(tmp_path: Path) -> None:
    cause, variants = World(tmp_path, old="bar=1 six=1", new="bar=2 six=1").explain()
    assert cause.kind is CauseKind.LIBRARY
    assert pins(variants) == [("1", "bar==2 six==1")]
    assert (
        cause.evidence == "Foo 1 with the packages of Foo 2 gives the same result as with its own"
    )


class ByBar(World):
    def gives(self, release: str, python: str, packages: dict[str, str], source: str) -> Printed:
        del release, python, source
        return NEW if packages["bar"] == "2" else OLD


MANY: Any = {"old": "bar=1 a=1.0 b=1.0 c=1.0", "new": "bar=2 a=1.1 b=1.1 c=1.1"}


def test_a_package_is_found_among_others(tmp_path: Path) -> None:
    cause, variants = ByBar(tmp_path, **MANY).explain()
    assert (cause.kind, cause.package, cause.old, cause.new) == (
        CauseKind.DEPENDENCY, "bar", "1", "2",
    )  # fmt: skip
    assert cause.message == "since bar 1 → 2, not Foo itself"
    assert cause.evidence == "Foo 1 with bar 2 gives the result of Foo 2"
    assert {release for release, _ in pins(variants)} == {"1"}
    assert pins(variants)[-1] == ("1", "a==1.0 b==1.0 bar==2 c==1.0")


class OldRefuses(World):
    def gives(self, release: str, python: str, packages: dict[str, str], source: str) -> Printed:
        del python, source
        if release == "1" and packages["bar"] == "2":
            return None
        return NEW if packages["bar"] == "2" else OLD


def test_the_other_way_round(tmp_path: Path) -> None:
    cause, variants = OldRefuses(tmp_path, **MANY).explain()
    assert (cause.kind, cause.package) == (CauseKind.DEPENDENCY, "bar")
    assert cause.evidence == "Foo 2 with bar 1 gives the result of Foo 1"
    assert {release for release, _ in pins(variants)[1:]} == {"2"}


class NeedEachOther(World):
    def gives(self, release: str, python: str, packages: dict[str, str], source: str) -> Printed:
        del release, python, source
        if packages["bar"] != packages["a"]:
            return None
        return NEW if packages["bar"] == "2" else OLD


def test_packages_that_need_each_other_move_together(tmp_path: Path) -> None:
    world = NeedEachOther(tmp_path, old="bar=1 a=1 b=1 c=1", new="bar=2 a=2 b=2 c=2")
    cause, _ = world.explain()
    assert cause.message == "since a 1 → 2 together with bar 1 → 2, not Foo itself"
    assert cause.evidence == "Foo 1 with a 2, bar 2 gives the result of Foo 2"


@dataclass
class Told(World):
    """A library with what its releases give with the packages of the other."""

    old_moved: str | None = None
    new_moved: str | None = None

    def gives(self, release: str, python: str, packages: dict[str, str], source: str) -> Printed:
        del python, packages, source
        return self.old_moved if release == "1" else self.new_moved


@pytest.mark.parametrize(
    ("old_moved", "new_moved", "kind", "said"),
    [
        (THIRD, OLD, CauseKind.DEPENDENCY, "since bar 1 → 2, not Foo itself"),
        (THIRD, NEW, CauseKind.LIBRARY, "Foo itself changed it"),
        (FAILS, NEW, CauseKind.LIBRARY, "Foo itself changed it"),
        (THIRD, THIRD, CauseKind.UNEXPLAINED, "both the release and its packages change"),
        (None, THIRD, CauseKind.UNEXPLAINED, "both the release and its packages change"),
        (None, None, CauseKind.UNEXPLAINED, "neither release runs with the packages of"),
        (FAILS, None, CauseKind.UNEXPLAINED, "neither release runs with the packages of"),
    ],
)
def test_what_is_not_clear_is_not_claimed(
    tmp_path: Path, old_moved: str | None, new_moved: str | None, kind: CauseKind, said: str
) -> None:
    world = Told(tmp_path, old="bar=1", new="bar=2", old_moved=old_moved, new_moved=new_moved)
    cause, _ = world.explain()
    assert cause.kind is kind
    assert cause.message.startswith(said)
    assert (cause.evidence is None) == (kind is CauseKind.UNEXPLAINED)


@dataclass
class Tied(World):
    """A library whose releases require one version of its core, as an installer says it.

    ``result`` is what release 1 gives with version 2 of ``bar``.
    """

    old: str = "foo-core=1.0 bar=1"
    new: str = "foo-core=2.0 bar=2"
    result: str = OLD
    words: str = "foo=={} depends on foo_core=={} and foo_core=={}, we can conclude"

    def gives(self, release: str, python: str, packages: dict[str, str], source: str) -> Printed:
        del python, source
        own, asked = f"{release}.0", packages["foo-core"]
        if asked != own:
            message = self.words.format(release, own, asked)
            return Cause(kind=CauseKind.CONFLICT, message=message)
        if release == "1":
            return self.result if packages.get("bar") == "2" else OLD
        return NEW


def test_what_a_release_requires_for_itself_stays(tmp_path: Path) -> None:
    cause, variants = Tied(tmp_path).explain()
    assert cause.kind is CauseKind.LIBRARY
    assert cause.message == "Foo itself changed it, or what comes with it (foo-core)"
    assert cause.evidence == (
        "Foo 1 with the packages of Foo 2 but its own foo-core gives the same result as with its "
        "own"
    )
    assert pins(variants)[:2] == [
        ("1", "bar==2 foo-core==2.0"),
        ("1", "bar==2 foo-core==1.0"),
    ]


class Caps(World):
    """Release 1 does not admit bar 2, and release 2 admits both: bar makes the result."""

    def gives(self, release: str, python: str, packages: dict[str, str], source: str) -> Printed:
        del python, source
        if release == "1" and packages["bar"] == "2":
            message = "Because foo==1 depends on bar<2 and bar==2, we can conclude"
            return Cause(kind=CauseKind.CONFLICT, message=message)
        return NEW if packages["bar"] == "2" else OLD


def test_what_one_release_does_not_admit_is_tried_with_the_other(tmp_path: Path) -> None:
    cause, _ = Caps(tmp_path, old="bar=1 six=1", new="bar=2 six=2").explain()
    assert (cause.kind, cause.package) == (CauseKind.DEPENDENCY, "bar")
    assert cause.evidence == "Foo 2 with bar 1 gives the result of Foo 1"


def test_a_package_is_found_beside_what_stays(tmp_path: Path) -> None:
    cause, _ = Tied(tmp_path, result=NEW).explain()
    assert cause.message == "since bar 1 → 2, not Foo itself"
    assert cause.evidence == "Foo 1 with bar 2 gives the result of Foo 2"


def test_nothing_can_move(tmp_path: Path) -> None:
    cause, variants = Tied(tmp_path, old="foo-core=1.0", new="foo-core=2.0").explain()
    assert cause.message == "Foo itself changed it, or what comes with it (foo-core)"
    assert cause.evidence == "Foo 1 admits foo-core in its own version alone"
    assert {release for release, _ in pins(variants)} == {"1", "2"}


@pytest.mark.parametrize(
    "words",
    ["foo=={} has no core {} beside {}", "foo=={} core {} xfoo-core=={}", "{} {} foo-core=={}.1"],
)
def test_words_that_name_no_package_that_moves(tmp_path: Path, words: str) -> None:
    cause, _ = Tied(tmp_path, words=words).explain()
    assert cause.message == "neither release runs with the packages of the other"


def test_a_result_that_may_be_noise_is_repeated(tmp_path: Path) -> None:
    _, variants = Told(tmp_path, old="bar=1", new="bar=2", old_moved=THIRD, new_moved=OLD).explain()
    assert [(release, runs) for release, _, _, runs in variants.asked] == [
        ("1", 1), ("1", 3), ("2", 1),
    ]  # fmt: skip


def test_display_keeps_its_name_and_gets_a_reason(tmp_path: Path) -> None:
    told = Cause(kind=CauseKind.DISPLAY, message="only how it is printed differs")
    cause, _ = ByBar(tmp_path, **MANY, told=told).explain()
    assert (cause.kind, cause.package) == (CauseKind.DISPLAY, "bar")
    assert cause.message == "only how it is printed differs; since bar 1 → 2, not Foo itself"


class ByPython(World):
    def gives(self, release: str, python: str, packages: dict[str, str], source: str) -> Printed:
        del release, packages, source
        return OLD if python == "3.6" else NEW


@dataclass
class OnlyOld(World):
    """Release 2 has no environment on Python 3.6; on 3.8 release 1 gives ``there``."""

    there: str = NEW

    def gives(self, release: str, python: str, packages: dict[str, str], source: str) -> Printed:
        del packages, source
        return None if (release, python) == ("2", "3.6") else self.there


def test_it_may_be_the_python(tmp_path: Path) -> None:
    cause, variants = ByPython(tmp_path, pythons=("3.6", "3.8")).explain()
    assert (cause.kind, cause.message) == (CauseKind.PYTHON, "since Python 3.6 → 3.8")
    assert cause.evidence == "Foo 2 gives the result of 1 on Python 3.6"
    assert len(variants.asked) == 1
    cause, _ = OnlyOld(tmp_path, pythons=("3.6", "3.8")).explain()
    assert (cause.kind, cause.evidence) == (
        CauseKind.PYTHON, "Foo 1 gives the result of 2 on Python 3.8",
    )  # fmt: skip


def test_on_one_python_the_rest_is_compared(tmp_path: Path) -> None:
    cause, _ = World(tmp_path, pythons=("3.6", "3.8")).explain()
    assert cause.kind is CauseKind.LIBRARY
    cause, _ = OnlyOld(tmp_path, pythons=("3.6", "3.8"), there=OLD).explain()
    assert cause.kind is CauseKind.LIBRARY
    cause, _ = OnlyOld(tmp_path, pythons=("3.6", "3.8"), there=THIRD).explain()
    assert cause.kind is CauseKind.UNEXPLAINED
    assert cause.message.startswith("its Python is another one too")


FOREST = b"import foo\nforest = foo.Forest(7)\nprint(forest.fit())\n"


@dataclass
class ByDefault(World):
    """Release 2 has another default; ``restores`` is what has to be passed to it."""

    source: bytes = FOREST
    restores: tuple[str, ...] = ("trees=10",)

    def gives(self, release: str, python: str, packages: dict[str, str], source: str) -> Printed:
        del python, packages
        if "trees='warn'" in source:
            return FAILS
        restored = all(text in source for text in self.restores)
        return OLD if release == "1" or restored else NEW


def signature(*parameters: tuple[str, str | None], fit: str = "1") -> list[object]:
    listed = [[name, "positional", default] for name, default in parameters]
    return [
        ["foo.Forest", False, [["seed", "positional", None], *listed]],
        ["foo.Forest.fit", True, [["steps", "keyword", fit]]],
    ]


def test_a_default_that_restores_the_result_when_it_is_passed(tmp_path: Path) -> None:
    signatures = {"1": signature(("trees", "10")), "2": signature(("trees", "100"))}
    cause, variants = ByDefault(tmp_path, signatures=signatures).explain()
    assert (cause.kind, cause.symbol, cause.argument, cause.old, cause.new) == (
        CauseKind.DEFAULT, "foo.Forest", "trees", "10", "100",
    )  # fmt: skip
    assert cause.evidence == "Foo 2 with trees=10 gives the result of Foo 1"
    assert [test for _, _, test, _ in variants.asked] == [
        "ex/tfcompat_signatures.py", "ex/tfcompat_signatures.py", TEST,
    ]  # fmt: skip


def test_old_defaults_are_passed_in_the_file_of_a_test(tmp_path: Path) -> None:
    signatures = {"1": signature(("trees", "10")), "2": signature(("trees", "100"))}
    name = "ex/test_a.py::test_fit"
    cause, variants = ByDefault(tmp_path, test=name, signatures=signatures).explain()
    assert (cause.kind, cause.argument, cause.old) == (CauseKind.DEFAULT, "trees", "10")
    assert [test for _, _, test, _ in variants.asked] == [
        "ex/tfcompat_signatures.py", "ex/tfcompat_signatures.py", name,
    ]  # fmt: skip


def test_of_several_defaults_the_one_that_matters(tmp_path: Path) -> None:
    signatures = {
        "1": signature(("trees", "10"), ("depth", "1"), fit="1"),
        "2": signature(("trees", "100"), ("depth", "2"), fit="2"),
    }
    cause, _ = ByDefault(tmp_path, signatures=signatures).explain()
    assert (cause.argument, cause.old) == ("trees", "10")
    world = ByDefault(tmp_path, signatures=signatures, restores=("steps=1",))
    cause, _ = world.explain()
    assert (cause.symbol, cause.argument) == ("foo.Forest.fit", "steps")
    assert cause.message == "the default of `steps` of `Forest.fit` went from 1 to 2"


def test_a_placeholder_gives_way_to_what_its_warning_names(tmp_path: Path) -> None:
    signatures = {"1": signature(("trees", "'warn'")), "2": signature(("trees", "100"))}
    said = "FutureWarning: The default value of trees will change from 10 to 100 in 2.\n"
    cause, _ = ByDefault(tmp_path, signatures=signatures, error=said).explain()
    assert (cause.kind, cause.old, cause.new) == (CauseKind.DEFAULT, "10", "100")


def test_a_default_that_does_not_restore_the_result_is_not_the_cause(tmp_path: Path) -> None:
    signatures = {"1": signature(("trees", "10")), "2": signature(("trees", "100"))}
    world = ByDefault(tmp_path, signatures=signatures, restores=("nothing",))
    assert world.explain()[0].kind is CauseKind.LIBRARY
    # Nor where it is passed, or nothing is read.
    world = ByDefault(tmp_path, signatures=signatures, source=b"import foo\nfoo.Forest(7, 3)\n")
    assert world.explain()[0].kind is CauseKind.LIBRARY
    world = ByDefault(tmp_path, signatures={"1": [], "2": []})
    assert world.explain()[0].kind is CauseKind.LIBRARY
