"""The JSON Schemas in the docs are those of the models, and describe what is printed and stored."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from json_forms import check

from tfcompat.judging.ranges import Level
from tfcompat.report import batch, json_schemas
from tfcompat.report import search as search_report
from tfcompat.results.schema import from_document, to_document
from tfcompat.results.verdicts import Cause, CauseKind
from tfcompat.search.cases import Case, CaseResult
from tfcompat.search.findings import (
    Blame,
    Counterfactual,
    Edge,
    Findings,
    Hole,
    Island,
    ReleaseRange,
    ReleaseStatus,
    ScriptFindings,
    Stop,
    Untried,
)
from tfcompat.util.files import strict_json

ROOT = Path(__file__).parents[3]
CAUSE = Cause(kind=CauseKind.REMOVED_API, message="gone", symbol="a.b")
WHOLE = Edge(
    direction="up",
    level=Level.SAME,
    release="2.0",
    python="3.9",
    verdict="different",
    why="1 → 2",
    last="1.0",
    between=("1.1",),
    untried=("1.2",),
    other_python="so it is the Python",
    cause=CAUSE,
    counterfactuals=(Counterfactual(release="2.0", python="3.8", verdict="failed", cause=CAUSE),),
    blame=Blame.PYTHON,
    hole=Hole(low="2.0", high="2.1", below="1.0", above="2.2"),
)
RANGE = ReleaseRange(low="0.1", high="1.0", pythons=("3.8",))
SCRIPT = ScriptFindings(
    script="a.py",
    baseline="1.0",
    python="3.8",
    baseline_problem="",
    untried=False,
    works=RANGE,
    same=RANGE,
    islands=(Island(low="3", high="4", pythons=(), same=None),),
    edges=(WHOLE,),
    open_ends={"down": ("0.0.1",)},
    specifier=">=0.1,<2",
    marks=(
        ReleaseStatus(release="1.0", python="3.8", how="ran", verdict="same", runs=True, same=True),
        ReleaseStatus(
            release="9", python="3.9", how="not tried", verdict=None, runs=None, same=None
        ),
    ),
    unfinished={"up": ("9",)},
)
FINDINGS = Findings(
    dependency="foo",
    resolve="release",
    releases=9,
    built=3,
    unbuilt=1,
    stored=0,
    seconds=1.5,
    scripts=(SCRIPT, replace(SCRIPT, works=None, same=None, edges=(), untried=True)),
    untried=(Untried(reason="have no file", releases=("0.0.1",), shown="0.0.1"),),
    stopped=Stop.TIME,
)


def test_the_files_are_those_of_the_models(tmp_path: Path) -> None:
    json_schemas.write(tmp_path)
    for name in json_schemas.SCHEMAS:
        file = f"{name}.schema.json"
        made = (tmp_path / file).read_text(encoding="utf-8")
        assert (ROOT / "docs" / file).read_text(encoding="utf-8") == made, "run: nox -s docs"


@pytest.mark.parametrize("stopped", [None, *Stop])
def test_what_frontier_prints(stopped: Stop | None) -> None:
    document = search_report.as_json(replace(FINDINGS, stopped=stopped), walk=False)
    check("frontier", document)
    with pytest.raises(Exception, match="is a required property"):
        check("frontier", {key: document[key] for key in document if key != "scripts"})


def test_what_a_batch_prints() -> None:
    case = Case(row=2, name="a.py", script=Path("a.py"))
    results = [
        CaseResult(case=case, findings=replace(FINDINGS, scripts=(SCRIPT,)), exit_code=3),
        CaseResult(case=case, error="no such file", exit_code=2),
    ]
    check("frontier-batch", batch.as_json(results, walk=False))


def test_what_is_stored_of_cells() -> None:
    published = sorted((ROOT / "results" / "published").glob("*/pypi-*.json"))
    assert len(published) > 50
    for path in published[::10]:
        document = json.loads(path.read_text(encoding="utf-8"))
        check("result", document)
        check("result", json.loads(strict_json(to_document(from_document(document, path)))))
