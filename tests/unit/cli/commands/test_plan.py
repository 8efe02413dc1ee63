"""``tfcompat plan``: what it refuses, and how it ends where there is nothing to plan."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

import pytest
from fakes import made_up_plan

from tfcompat import errors
from tfcompat.cli.commands import plan
from tfcompat.cli.main import exit_code_of, main, parser

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.planning.plan import Plan, Selection

pytestmark = pytest.mark.usefixtures("signals")


def test_no_option_of_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["plan", "--results", "x"])
    assert caught.value.code == 2
    assert "unrecognized arguments" in capsys.readouterr().err


def test_no_study_is_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["plan"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        "tfcompat: there is no study at caliper.yaml; `tfcompat init` writes one, "
        "--config names another"
    )


def test_a_broken_study_is_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "caliper.yaml"
    path.write_text("analysis: {dependancy: foo}\n", encoding="utf-8")
    assert main(["plan", "--config", str(path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "unknown key `dependancy` (did you mean 'dependency'?)" in line


@pytest.mark.parametrize("words", [["plan"], ["plan", "--json"]])
def test_no_network_is_3(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    def planner(_: Selection) -> NoReturn:
        msg = "the package index cannot be asked"
        raise errors.IndexUnavailableError(msg)

    parsed = parser().parse_args(words)
    assert exit_code_of(lambda: plan.run(parsed, planner)) == 3
    assert capsys.readouterr().err == "tfcompat: the package index cannot be asked\n"


def test_what_is_built_and_as_of_when(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[Selection] = []

    def planner(selection: Selection) -> Plan:
        asked.append(selection)
        made = made_up_plan(tmp_path, ("one.py",), {}, releases=("1.0", "2.0"))
        wheel, other = made.cells
        return replace(made, cells=(replace(wheel, wheel=None, sdist=wheel.wheel), other))

    assert plan.run(parser().parse_args(["plan", "--resolve", "latest"]), planner) == 0
    assert [selection.resolve for selection in asked] == ["latest"]
    lines = capsys.readouterr().out.splitlines()
    (built,) = (line for line in lines if "1.0-python" in line)
    assert ("source" in built, "2020-01-01" in built) == (True, True)
    assert sum("source" in line for line in lines) == 1


FORMS = ["--json", "--github", "--slurm"]


@pytest.mark.parametrize("form", [[], *([form] for form in FORMS)])
def test_shards_have_every_cell(
    form: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = made_up_plan(tmp_path, ("one.py",), {})
    words = ["plan", "--shards", "2", "--release", ">=1", *form]
    assert plan.run(parser().parse_args(words), lambda _: made) == 0
    printed = capsys.readouterr().out
    if form == ["--github"]:
        assert sum(job["cells"] for job in json.loads(printed)["include"]) == 3
    elif form == ["--slurm"]:
        assert "tfcompat run --release '>=1' --shard " in printed
    else:
        assert all(printed.count(cell.identifier) == 1 for cell in made.cells)
    if form == ["--json"]:
        content = json.loads(printed)
        assert (content["schema"], len(content["shards"])) == (1, 2)


@pytest.mark.parametrize("form", FORMS[1:])
def test_a_form_of_shards_needs_their_number(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", form]) == 2
    assert "say how many with --shards" in capsys.readouterr().err


@pytest.mark.parametrize("number", ["0", "-1", "x", "10001", "1.5"])
def test_a_number_of_shards_that_is_none(number: str) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["plan", "--shards", number])
    assert caught.value.code == 2
