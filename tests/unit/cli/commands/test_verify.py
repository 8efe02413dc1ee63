"""``tfcompat verify``: what it refuses, and the exit code of a claim."""

from __future__ import annotations

import pytest
from packaging.version import Version

from tfcompat.cli.commands import verify
from tfcompat.cli.main import exit_code_of, main, parser
from tfcompat.planning.grid import Cell
from tfcompat.results.verdicts import Verdict
from tfcompat.search.request import Claim

pytestmark = pytest.mark.usefixtures("signals")


@pytest.mark.parametrize(
    ("words", "said"),
    [(["x.py"], "required: --specifier"), (["--specifier", ">=1"], "required: SCRIPT")],
)
def test_bad_arguments(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["verify", *words])
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


def claim(verdict: Verdict) -> Claim:
    cell = Cell(dependency="foo", version=Version("1.4"), python="3.6", wheel=None)
    return Claim(script="x.py", end="oldest", cell=cell, verdict=verdict, why="")


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ((Verdict.SAME, Verdict.SAME), 0),
        ((Verdict.SAME, Verdict.DIFFERENT), 1),
        ((Verdict.UNBUILDABLE, Verdict.SAME), 1),
        ((Verdict.FAILED, Verdict.UNKNOWN), 3),
    ],
)
def test_a_claim_ends_with_a_code(
    capsys: pytest.CaptureFixture[str], verdicts: tuple[Verdict, ...], code: int
) -> None:
    claims = tuple(map(claim, verdicts))
    parsed = parser().parse_args(["verify", "x.py", "--specifier", ">=1.4"])
    assert exit_code_of(lambda: verify.run(parsed, lambda *_: claims)) == code
    said = capsys.readouterr()
    assert said.out.count("x.py  1.4 (Python 3.6, the oldest): ") == 2
    assert ("does not hold" in said.err) == (code == 1)
