"""What broke a release and what mends it, as text and as JSON that its schema describes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tfcompat.counterfactual.drift_findings import Culprit, Finding, Mending, Outcome
from tfcompat.report import drifts
from tfcompat.search.drift_answers import CulpritAnswer, DriftSubject, MendAnswer

DOCS = Path(__file__).parents[3] / "docs"
SUBJECT = DriftSubject(script="a.py", dependency="foo", title="Foo", release="1.0", python="3.9")
CULPRIT = Culprit(package="bar", last_good="1.9", first_bad="2.0")
FOUND = Finding(
    outcome=Outcome.FOUND,
    culprits=(CULPRIT,),
    companions=("baz",),
    breaks_good=True,
    mends_bad=True,
    error="ImportError: bar is \x1b[31mgone",
)
FINDINGS = [FOUND, *(Finding(outcome=one) for one in Outcome if one is not Outcome.FOUND)]


def check(name: str, document: dict[str, object]) -> None:
    schema = json.loads((DOCS / f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator(schema).validate(json.loads(json.dumps(document)))


def culprit(finding: Finding) -> CulpritAnswer:
    return CulpritAnswer(subject=SUBJECT, finding=finding, environments=9, seconds=61.2)


def mended(*findings: Finding, pip: bool | None = True) -> MendAnswer:
    mending = Mending(findings=findings, bounds=("bar<2.0",) if len(findings) > 1 else ())
    return MendAnswer(
        subject=SUBJECT,
        mending=mending,
        requirements=("foo==1.0", *mending.bounds) if mending.works else (),
        environment=None,
        works_with_pip=pip,
        pip_error="" if pip else "no such release",
        environments=3,
        seconds=5.0,
    )


@pytest.mark.parametrize("finding", FINDINGS, ids=lambda one: one.outcome.value)
def test_every_outcome_of_a_search_for_culprits(finding: Finding) -> None:
    document = drifts.culprit_json(culprit(finding))
    check("culprit", document)
    assert document["constraints"] == (["bar<2.0"] if finding is FOUND else [])
    text = drifts.culprit_text(culprit(finding))
    assert text.startswith("a.py with Foo 1.0 on Python 3.9\n")
    assert text.endswith("9 environments built, 1 min 1 s")
    assert "\x1b" not in text


def test_what_was_found_is_told_with_its_proof() -> None:
    lines = drifts.culprit_text(culprit(FOUND)).splitlines()
    assert "  bar: 1.9 works, 2.0 does not" in lines
    assert "  moving bar alone (and baz, as required) breaks the good environment" in lines
    assert "  holding bar back alone mends the bad one" in lines
    assert "  constraint: bar<2.0" in lines


WORKS = Finding(outcome=Outcome.WORKS)


@pytest.mark.parametrize("pip", [True, False, None])
def test_what_mends_is_a_line_for_pip_and_a_block(pip: bool | None) -> None:  # noqa: FBT001
    answer = mended(FOUND, WORKS, pip=pip)
    document = drifts.mend_json(answer)
    check("mend", document)
    assert document["proven"] == {"uv": True, "pip": pip}
    text = drifts.mend_text(answer)
    assert "  pip install 'foo==1.0' 'bar<2.0'" in text
    assert '  # dependencies = ["foo==1.0", "bar<2.0"]' in text


def test_where_nothing_is_needed_or_nothing_helps() -> None:
    needless, helpless = mended(WORKS, pip=None), mended(Finding(outcome=Outcome.UNEXPLAINED))
    for answer in (needless, helpless):
        check("mend", drifts.mend_json(answer))
        assert "pip install" not in drifts.mend_text(answer)
    assert "nothing has to be added" in drifts.mend_text(needless)
    assert drifts.mend_json(helpless)["works"] is False
