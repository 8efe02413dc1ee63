"""The original caliper's scripts read our files: every one has one of its three forms."""

from __future__ import annotations

from pathlib import Path

import pytest
from caliper_forms import check
from pydantic import ValidationError

from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.schema import Build, CellResult, Example, Inputs
from tfcompat.results.verdicts import Cause, CauseKind, Verdict

ROOT = Path(__file__).parents[3]
PUBLISHED = sorted(ROOT.glob("results/published/*/pypi-*.json"))
NAME = "pypi-tensorflow-1.4.0-python-cp36"
INPUTS = Inputs(dependency="tensorflow", name=NAME, outfile=f"{NAME}.json", tests="a/b.py\na/c.py")
RUN = Example(retval=0, seconds=1, output=["loss: 1\n"], verdict=Verdict.SAME)


def written(folder: Path, cell: CellResult) -> Path:
    CampaignStore(folder).write(cell)
    return folder / f"{cell.identifier}.json"


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        (
            CellResult(inputs=INPUTS, freeze=["numpy==1.0\n"], build=Build(retval=0),
                       examples={"a/b.py": RUN}), "built"),
        (CellResult(inputs=INPUTS, build=Build(retval=1, error=["no\n"]),
                    verdict=Verdict.UNBUILDABLE), "build failed"),
        (CellResult(inputs=INPUTS, verdict=Verdict.UNBUILDABLE,
                    cause=Cause(kind=CauseKind.NO_WHEEL, message="none")), "no wheel"),
    ],
)  # fmt: skip
def test_each_form(tmp_path: Path, cell: CellResult, form: str) -> None:
    assert check(written(tmp_path, cell)) == form


@pytest.mark.parametrize(
    "wrong", [{"output": ["no end", "b\n"]}, {"error": [""]}, {"output": ["a\nb\n"]}]
)
def test_the_check_can_fail(tmp_path: Path, wrong: dict[str, list[str]]) -> None:
    example = RUN.model_copy(update=wrong)
    cell = CellResult(inputs=INPUTS, freeze=[], build=Build(retval=0), examples={"a/b.py": example})
    with pytest.raises((AssertionError, ValidationError)):
        check(written(tmp_path, cell))


@pytest.mark.skipif(not PUBLISHED, reason="no campaign is published yet")
def test_every_published_file() -> None:
    forms = {path.name: check(path) for path in PUBLISHED}
    assert set(forms.values()) <= {"built", "build failed", "no wheel"}
