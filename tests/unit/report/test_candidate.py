"""What a candidate changes, in each of its forms."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from junitparser import JUnitXml

from tfcompat.counterfactual.packages import MovedPackage
from tfcompat.report import candidate
from tfcompat.results.verdicts import Cause, CauseKind
from tfcompat.search.candidate_answers import (
    CandidateAnswer,
    CandidateSide,
    Outcome,
    SideOutcome,
    Slowdown,
    classify,
    untried,
)

WORKS = SideOutcome(Outcome.WORKS)
FAILED = SideOutcome(
    Outcome.FAILED, Cause(kind=CauseKind.REMOVED_API, message="no f | g", symbol="brick.f")
)
ANSWER = CandidateAnswer(
    candidate=CandidateSide(
        project="brick", version="2.0", file="brick-2.0-py3-none-any.whl", sha256="0123456789"
    ),
    against=CandidateSide(project="brick", version="2.0"),
    python="3.12",
    as_of="2026-01-01T00:00:00+00:00",
    findings=(
        classify("fails.py", WORKS, FAILED),
        replace(classify("same.py", WORKS, WORKS), slowdown=Slowdown(0.25, 2.5)),
        classify("fixed.py", FAILED, WORKS),
        classify("both.py", FAILED, FAILED),
        *untried(["late.py"], "no time"),
    ),
    packages=(MovedPackage("six", "", "1.17.0"),),
    seconds=61.24,
)


SCHEMA = json.loads(
    (Path(__file__).parents[3] / "docs" / "candidate.schema.json").read_text(encoding="utf-8")
)


def test_what_is_slower_is_told_in_each_form() -> None:
    slower = [{"example": "same.py", "seconds": {"old": 0.25, "new": 2.5}}]
    assert candidate.as_json(ANSWER)["slower"] == slower
    assert "slower: 1\n  same.py: 0.25 s → 2.50 s\n" in candidate.text(ANSWER)
    assert "- same.py: 0.25 s → 2.50 s" in candidate.markdown(ANSWER)


def test_junit_fails_for_news_alone() -> None:
    (suite,) = JUnitXml.fromstring(candidate.junit(ANSWER).encode())
    assert suite.name.startswith("brick 2.0 (brick-2.0-py3-none-any.whl")
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (5, 1, 1, 1)
    results = {case.name: [type(one).__name__ for one in case.result] for case in suite}
    assert results == {
        "fails.py": ["Failure"],
        "same.py": [],
        "fixed.py": [],
        "both.py": ["Skipped"],
        "late.py": ["Error"],
    }


def test_json_has_the_agreed_keys() -> None:
    found = candidate.as_json(ANSWER)
    jsonschema.validate(json.loads(json.dumps(found)), SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**json.loads(json.dumps(found)), "more": 1}, SCHEMA)
    assert found["schema"] == 1
    assert found["candidate"] == {
        "project": "brick",
        "version": "2.0",
        "file": "brick-2.0-py3-none-any.whl",
        "sha256": "0123456789",
    }
    assert found["against"] == {
        "project": "brick",
        "version": "2.0",
        "file": None,
        "sha256": None,
    }
    assert FAILED.cause is not None
    assert found["news"] == [
        {"example": "fails.py", "from": "works", "to": "failed", "cause": FAILED.cause.as_json()}
    ]
    assert found["same"] == 1
    names = {
        key: [one["example"] for one in value]
        for key, value in found.items()
        if key in ("fixed", "broken_on_both", "untried") and isinstance(value, list)
    }
    assert names == {
        "fixed": ["fixed.py"],
        "broken_on_both": ["both.py"],
        "untried": ["late.py"],
    }


def test_text_tells_two_files_of_one_version_apart() -> None:
    assert candidate.text(ANSWER).splitlines() == [
        "brick 2.0 (brick-2.0-py3-none-any.whl, 01234567) against brick 2.0, on Python 3.12",
        "the candidate's requirements change the packages beside it:",
        "  six (none) -> 1.17.0",
        "newly failing: 1",
        "  fails.py: no f | g",
        "newly different: 0",
        "fixed: 1",
        "  fixed.py: no f | g",
        "the same: 1",
        "broken on both sides: 1",
        "  both.py: no f | g",
        "not tried: 1",
        "  late.py: no time",
        "slower: 1",
        "  same.py: 0.25 s → 2.50 s",
        "5 examples, packages as of 2026-01-01T00:00:00+00:00, 1 min 1 s",
    ]


def test_markdown_has_the_table_first_and_folds_the_rest() -> None:
    shown = candidate.markdown(ANSWER)
    assert shown.index("| newly failing |") < shown.index("| fails.py |")
    assert shown.index("| fails.py |") < shown.index("<details>")
    assert shown.index("<details>") < shown.index("both.py")
    assert "no f \\| g" in shown
