"""Whether a package beside the library makes a release fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from fakes import FakeVariants, made_up_cell, made_up_plan

from tfcompat.counterfactual.experiment import Observed
from tfcompat.counterfactual.explain import carry_out
from tfcompat.counterfactual.failing import FailingCase, find_package
from tfcompat.results.schema import Run, example_of
from tfcompat.results.verdicts import Cause, CauseKind

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.execution.variants import Variant

TEST = "ex/a.py"
WORDS = "AttributeError: 'Frame' object has no attribute 'append'"
CAUSE = Cause(kind=CauseKind.REMOVED_API, message=WORDS, symbol="Frame.append")
GOOD = Run(retval=0, seconds=1, output=["1\n"])


def failing(words: str = WORDS) -> Run:
    error = (
        f'Traceback (most recent call last):\n  File "/study/ex/a.py", line 2\n    f()\n{words}\n'
    )
    return Run(retval=1, seconds=1, error=error.splitlines(keepends=True))


@dataclass
class World:
    """A release 1 that runs and a release 2 that does not; ``bar`` 2 makes release 1 fail.

    Release 1 requires a version of ``core`` of its own.
    """

    folder: Path
    old: str = "bar=1 core=1 other=1"
    new: str = "bar=2 core=2 other=2"
    words: str = WORDS
    breaks: bool = True
    refuses: bool = False
    mends: bool = False
    cause: Cause = CAUSE

    def case(self) -> FailingCase:
        plan = made_up_plan(self.folder, (TEST,), {"ex": "1"}, releases=("1", "2"))
        sides = []
        for cell, packages, run in zip(
            plan.cells, (self.old, self.new), (GOOD, failing()), strict=True
        ):
            example = example_of([run], key="k")
            if run is not GOOD:
                example = example.model_copy(update={"cause": self.cause})
            freeze = [f"{part.replace('=', '==')}\n" for part in packages.split()]
            result = made_up_cell(cell, {TEST: example}).model_copy(update={"freeze": freeze})
            sides.append(Observed(cell=cell, result=result, example=example))
        good, bad = sides
        return FailingCase(test=TEST, good=good, bad=bad, library="Foo", module="foo")

    def prints(self, variant: Variant, test: str) -> Run | Cause:
        assert test == TEST
        packages = dict(pin.split("==") for pin in variant.cell.pins)
        if variant.cell.release == "2":
            return failing() if packages.get("bar") == "2" or not self.mends else GOOD
        if packages.get("bar") == "2" and self.refuses:
            message = "Because foo==1 depends on bar<2 and bar==2, we can conclude"
            return Cause(kind=CauseKind.CONFLICT, message=message)
        if packages.get("core") == "2":
            message = "Because foo==1 depends on core<2 and core==2, we can conclude"
            return Cause(kind=CauseKind.CONFLICT, message=message)
        return failing(self.words) if self.breaks and packages.get("bar") == "2" else GOOD

    def find(self) -> tuple[Cause | None, FakeVariants]:
        variants = FakeVariants(self.prints)
        return carry_out({"a": find_package(self.case())}, variants)["a"], variants


def test_the_package_that_breaks_a_release_is_named(tmp_path: Path) -> None:
    cause, variants = World(tmp_path).find()
    assert cause is not None
    assert (cause.kind, cause.message, cause.symbol) == (CAUSE.kind, WORDS, "Frame.append")
    assert (cause.package, cause.old, cause.new) == ("bar", "1", "2")
    assert cause.evidence == "Foo 1 with bar 2 fails in the same way"
    assert {release for release, _, _, _ in variants.asked} == {"1"}


def test_a_release_that_does_not_admit_the_package(tmp_path: Path) -> None:
    cause, variants = World(tmp_path, refuses=True, mends=True).find()
    assert cause is not None
    assert (cause.package, cause.old, cause.new) == ("bar", "1", "2")
    assert cause.evidence == "Foo 2 with bar 1 runs"
    assert "2" in {release for release, _, _, _ in variants.asked}


@pytest.mark.parametrize(
    "given",
    [
        {"breaks": False},
        {"refuses": True},
        # It fails in another way.
        {"words": "ValueError: no"},
        # Nothing moved, or what did is the release's own.
        {"new": "bar=1 core=1 other=1"},
        {"old": "core=1", "new": "core=2"},
    ],
)
def test_what_is_not_shown_is_not_said(tmp_path: Path, given: dict[str, object]) -> None:
    assert World(tmp_path, **given).find()[0] is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cause", "is_open"),
    [
        (CAUSE, True),
        (Cause(kind=CauseKind.BEHAVIOUR, message="TypeError: f()"), True),
        (Cause(kind=CauseKind.REMOVED_API, message="no f", symbol="foo.f"), False),
        (Cause(kind=CauseKind.BEHAVIOUR, message="x", package="bar"), False),
        (Cause(kind=CauseKind.PYTHON, message="x"), False),
        (Cause(kind=CauseKind.TIMEOUT, message="x"), False),
    ],
)
def test_where_a_package_may_be_at_fault(tmp_path: Path, cause: Cause, *, is_open: bool) -> None:
    assert World(tmp_path, cause=cause).case().is_open is is_open
