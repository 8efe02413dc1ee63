"""What commands print with ``--json`` is what the JSON Schemas in the docs say."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from fakes import made_up_plan
from json_forms import DOCS, check
from jsonschema import ValidationError
from packaging.version import Version
from reports import EXAMPLES, FAILED, NO_PYTHON, ONE, SAME, cell, identifier, store, write

from tfcompat.cli.commands import COMMANDS, plan, verify
from tfcompat.cli.main import exit_code_of, main, parser
from tfcompat.counterfactual.drift_findings import Outcome
from tfcompat.execution.campaign_run import RunSummary
from tfcompat.planning.grid import Cell
from tfcompat.report import json_schemas
from tfcompat.report.fixes import printed as printed_fixes
from tfcompat.report.proofs import PrintedProof
from tfcompat.results.commands import noted
from tfcompat.results.printed import (
    BrokenPython,
    EngineCheck,
    MachineCheck,
    OpenReleases,
    PrintedPython,
    as_json,
)
from tfcompat.results.verdicts import Verdict
from tfcompat.search.fix_answers import FixAnswer
from tfcompat.search.request import Claim

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.cli.commands import Command

pytestmark = pytest.mark.usefixtures("signals")

PUBLISHED = DOCS.parent / "results" / "published"


def printed(capsys: pytest.CaptureFixture[str]) -> Any:  # noqa: ANN401 - JSON
    return json.loads(capsys.readouterr().out)


def refuses_less(name: str, document: Any) -> None:  # noqa: ANN401 - JSON
    """Check that each key of a document, or of its first item, is required."""
    check(name, document)
    record = document[0] if isinstance(document, list) else document
    assert record
    for key in record:
        less = {other: value for other, value in record.items() if other != key}
        with pytest.raises(ValidationError, match="is a required property"):
            check(name, [less] if isinstance(document, list) else less)
    more = {**record, "more": 1}
    with pytest.raises(ValidationError, match="Additional properties"):
        check(name, [more] if isinstance(document, list) else more)


def test_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = made_up_plan(tmp_path, ("one.py",), {})
    first, second, third = made.cells
    built = replace(first, wheel=None, sdist=first.wheel)
    none = replace(second, wheel=None, interpreter=None, cause=NO_PYTHON)
    cells = replace(made, cells=(built, none, third))
    assert plan.run(parser().parse_args(["plan", "--json"]), lambda _: cells) == 0
    refuses_less("plan", printed(capsys))


def test_shards(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = made_up_plan(tmp_path, ("one.py",), {})
    words = ["plan", "--shards", "2", "--json"]
    assert plan.run(parser().parse_args(words), lambda _: made) == 0
    refuses_less("plan-shards", printed(capsys))


def test_run_summary() -> None:
    cells = (cell("1.0", {ONE: SAME}), cell("2.0", verdict=Verdict.UNBUILDABLE, cause=NO_PYTHON))
    refuses_less("run-summary", as_json(RunSummary(cells=cells, tests=(ONE,), exit_code=0).printed))


def test_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = store(tmp_path, cell("1.0", {ONE: SAME}), cell("2.0", {ONE: FAILED}))
    assert main(["status", str(folder), "--json"]) == 0
    assert printed(capsys) == []
    with noted(folder, tuple(map(identifier, ("1.0", "2.0", "3.0"))), (ONE,)):
        assert main(["status", str(folder), "--json"]) == 0
    found = printed(capsys)
    refuses_less("status", found)
    assert (found[0]["waiting"], found[0]["examples"]) == ([identifier("3.0")], 1)


@pytest.mark.parametrize(
    ("verdicts", "code", "holds"),
    [
        ((Verdict.SAME, Verdict.SAME), 0, True),
        ((Verdict.SAME, Verdict.FAILED), 1, False),
        ((Verdict.FAILED, Verdict.UNKNOWN), 3, None),
    ],
)
def test_verify(
    verdicts: tuple[Verdict, ...], code: int, holds: object, capsys: pytest.CaptureFixture[str]
) -> None:
    own = Cell(dependency="foo", version=Version("1.4"), python="3.6", wheel=None)
    claims = [Claim(script="x.py", end="newest", cell=own, verdict=v, why="") for v in verdicts]
    words = parser().parse_args(["verify", "x.py", "--specifier", ">=1", "--json"])
    assert exit_code_of(lambda: verify.run(words, lambda *_: claims)) == code
    found = printed(capsys)
    refuses_less("verify", found)
    assert (found["holds"], len(found["ends"])) == (holds, 2)


def test_breaks_fix(tmp_path: Path) -> None:
    answer = FixAnswer(
        script="a.py", file=tmp_path, release="2.0", python="3.9", text="", patch="", applied=(),
        left=(), verdict=Verdict.SAME,
    )  # fmt: skip
    refuses_less(
        "breaks-fix", as_json(printed_fixes("foo", [answer, replace(answer, verdict=None)]))
    )


def test_cache(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFCOMPAT_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache" / "http").mkdir(parents=True)
    assert main(["cache", "info", "--json"]) == 0
    found = printed(capsys)
    refuses_less("cache", found)
    assert [entry["name"] for entry in found["entries"]] == ["http"]


def test_doctor() -> None:
    python = PrintedPython(version="3.8.18", abi="cp38", path="/opt/python3.8")
    check_of = MachineCheck(
        pythons=(python, replace(python, image="python:3.6")),
        broken=(BrokenPython(path="/x", why="does not start"),),
        fetchable=("3.9",),
        releases=OpenReleases(dependency="foo", releases=1, opened=1, by={"3.8": 1}, closed={}),
        engines=(EngineCheck(name="podman", version="5", works=True),),
        uv="1", links=True, open_network="", open_files="", index="x", index_trouble=None,
        index_seconds=0.1, cores=2, cpu="x", avx=(), memory=None, cache="/cache", free=1,
        caches={"http": 1},
    )  # fmt: skip
    refuses_less("doctor", as_json(check_of))


@pytest.mark.parametrize("name", ["release", "latest"])
def test_report(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["report", str(PUBLISHED / name), "--json", "--output", str(tmp_path)]
    assert main(words) == 0
    document = printed(capsys)
    check("report", document)
    # Of the published campaigns, breaks are predicted for one alone.
    assert ("predicted_breaks" in document["entries"][0]) == (name == "release")


def test_report_of_few_results(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = store(
        tmp_path, cell("1.0", {ONE: SAME}), cell("2.0", tests=(ONE,), verdict=Verdict.UNBUILDABLE)
    )
    assert main(["report", str(folder), "--json"]) == 0
    refuses_less("report", printed(capsys))


def test_compare(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = write(tmp_path / "old")
    new = write(tmp_path / "new", EXAMPLES | {"examples/new/c.py": "FFFFFFSS"})
    assert main(["compare", str(old), str(new), "--json"]) == 0
    document = printed(capsys)
    refuses_less("compare", document)
    proof = PrintedProof(
        cell="c", script="s", lost=1, outcome=Outcome.FOUND, constraints=("a<2",), why=None
    )
    check("compare", {**document, "proven": as_json([proof, replace(proof, outcome=None)])})
    assert main(["compare", str(PUBLISHED / "release"), str(PUBLISHED / "latest"), "--json"]) == 0
    check("compare", printed(capsys))


def test_every_command_that_prints_json_has_a_schema_that_the_docs_list() -> None:
    listed = (DOCS / "forms.md").read_text(encoding="utf-8")
    for name in [path.name for path in DOCS.glob("*.schema.json")]:
        assert f"]({name})" in listed
    assert {command.name for command in COMMANDS if "--json" in _options(command)} == {
        "plan", "frontier", "verify", "culprit", "mend", "breaks", "candidate", "report", "status",
        "cache", "doctor", "compare",
    }  # fmt: skip
    by_hand = {"breaks", "candidate", "culprit", "mend"}
    for name in set(json_schemas.SCHEMAS) | by_hand:
        assert (DOCS / f"{name}.schema.json").exists()


def _options(command: Command) -> set[str]:
    """Return the options of a command, and of the commands below it."""
    own = argparse.ArgumentParser()
    command.load().add_arguments(own)
    below = [
        choice
        for action in own._actions
        if isinstance(action, argparse._SubParsersAction)
        for choice in action.choices.values()
    ]
    return {option for one in (own, *below) for option in one._option_string_actions}
