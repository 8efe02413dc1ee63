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


def test_bad_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["verify", "x.py"])
    assert caught.value.code == 2
    assert "required: --specifier" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name a SCRIPT to check, or a module with -m"),
        (["x.py", "-m", "pkg"], "-m runs a module in place of scripts"),
        (["-m", "no_such_module"], "there is no module no_such_module"),
    ],
)
def test_what_to_run(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--specifier", ">=1", *words]) == 2
    assert said in capsys.readouterr().err


def test_arguments_for_scripts_follow_two_dashes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["plan", "--", "-v"])
    assert "plan takes no arguments for scripts" in capsys.readouterr().err
    parsed = parser().parse_args(["verify", "x.py", "--specifier", ">=1", "--env", "A=b=c"])
    assert parsed.environment == [("A", "b=c")]


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
