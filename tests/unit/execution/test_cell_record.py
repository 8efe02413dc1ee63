"""When a stored cell counts for a search that requires something more."""

from __future__ import annotations

import pytest

from tfcompat.execution.cell_record import is_same_cell
from tfcompat.results.schema import CellEnvironment, CellResult, Inputs
from tfcompat.results.verdicts import Verdict

FREEZE = ["numpy==1.13.3\n", "Foo.Bar==1.0\n", "tensorflow @ file:///wheels/tensorflow.whl\n"]


def environment(*requirements: str, release: str = "1.0") -> CellEnvironment:
    return CellEnvironment(
        release=release, python="3.6", resolve="release", requirements=list(requirements)
    )


def cell(*requirements: str, verdict: Verdict | None = None) -> CellResult:
    return CellResult(
        inputs=Inputs(dependency="foo", name="pypi-foo-1.0-python-cp36"),
        environment=environment(*requirements),
        freeze=None if verdict else FREEZE,
        verdict=verdict,
    )


@pytest.mark.parametrize(
    ("stated", "wanted", "same"),
    [
        ((), (), True),
        ((), ("numpy",), True),
        ((), ("numpy", "foo_bar", "tensorflow"), True),
        (("scipy",), ("scipy", "numpy"), True),
        # It is not there, or another release of it may be wanted.
        ((), ("scipy",), False),
        ((), ("numpy", "scipy"), False),
        ((), ("numpy<1.13",), False),
        ((), ("tensorflow[and-cuda]",), False),
        # It was made with more.
        (("numpy",), (), False),
        (("scipy",), ("numpy",), False),
    ],
)
def test_what_is_installed_anyway_makes_no_difference(
    stated: tuple[str, ...], wanted: tuple[str, ...], *, same: bool
) -> None:
    assert is_same_cell(cell(*stated), environment(*wanted)) is same


def test_what_cannot_be_built_cannot_be_with_more() -> None:
    assert is_same_cell(cell(verdict=Verdict.UNBUILDABLE), environment("scipy"))
    assert not is_same_cell(cell("scipy", verdict=Verdict.UNBUILDABLE), environment())
    assert not is_same_cell(cell(verdict=Verdict.UNKNOWN), environment("scipy"))


def test_another_release_is_another_cell() -> None:
    assert not is_same_cell(cell(), environment("numpy", release="1.1"))
