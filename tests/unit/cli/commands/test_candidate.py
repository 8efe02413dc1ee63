"""``tfcompat candidate``: its words, and the exit code that follows from what was found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tfcompat.cli.commands import candidate as command
from tfcompat.cli.main import exit_code_of, parser
from tfcompat.search.candidate_answers import (
    CandidateAnswer,
    CandidateSide,
    Outcome,
    SideOutcome,
    classify,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.execution.campaign_run import RunOptions
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.search.candidate_answers import Finding
    from tfcompat.search.candidate_subject import CandidateQuestion

WORKS, FAILED, DIFFERENT, UNKNOWN = map(
    SideOutcome, (Outcome.WORKS, Outcome.FAILED, Outcome.DIFFERENT, Outcome.UNKNOWN)
)


class Attempt:
    """Finds what a test has set, and keeps what it was asked."""

    def __init__(self, *findings: Finding) -> None:
        self._findings = findings
        self.asked: list[CandidateQuestion] = []

    def __call__(
        self, question: CandidateQuestion, _options: RunOptions, _progress: ProgressListener
    ) -> CandidateAnswer:
        self.asked.append(question)
        side = CandidateSide(project="brick", version="2.0")
        return CandidateAnswer(
            candidate=side,
            against=side,
            python="3.12",
            as_of="",
            findings=self._findings,
            packages=(),
            seconds=1.0,
        )


def run(attempt: Attempt, *words: str) -> int:
    parsed = parser().parse_args(["candidate", *words])
    return exit_code_of(lambda: command.run(parsed, attempt))


def test_scripts_may_follow_options() -> None:
    attempt = Attempt(classify("a.py", WORKS, WORKS))
    words = ("brick.whl", "--against", "1.0", "a.py", "--minutes", "2", "b.py")
    assert run(attempt, *words) == 0
    question = attempt.asked[0]
    assert (question.candidate, question.against, question.minutes) == ("brick.whl", "1.0", 2)
    assert [path.name for path in question.request.scripts] == ["a.py", "b.py"]


def test_a_study_may_be_named_in_two_ways() -> None:
    attempt = Attempt()
    run(attempt, "brick.whl", "--study", "one.yaml")
    run(attempt, "brick.whl", "--config", "two.yaml")
    run(attempt, "brick.whl")
    names = [asked.request.selection.config.name for asked in attempt.asked]
    assert names == ["one.yaml", "two.yaml", "caliper.yaml"]


@pytest.mark.parametrize(
    ("new", "fail_on", "code"),
    [
        (FAILED, "", 0),
        (FAILED, "news", 1),
        (FAILED, "failing", 1),
        (FAILED, "different", 0),
        (DIFFERENT, "failing,different", 1),
        (WORKS, "news", 0),
        (UNKNOWN, "news", 3),
    ],
)
def test_exit_codes(new: SideOutcome, fail_on: str, code: int) -> None:
    words = ("--fail-on", fail_on) if fail_on else ()
    assert run(Attempt(classify("a.py", WORKS, new)), "brick.whl", *words) == code


@pytest.mark.parametrize(
    "words", [("--release", "1.0"), ("--baseline", "1.0"), ("--resolve", "latest")]
)
def test_options_that_name_another_release_or_day_are_refused(words: tuple[str, ...]) -> None:
    attempt = Attempt()
    assert run(attempt, "brick.whl", *words) == 2
    assert not attempt.asked


def test_it_is_said_why_there_is_no_dask(capsys: pytest.CaptureFixture[str]) -> None:
    attempt = Attempt()
    assert run(attempt, "brick.whl", "--dask", "local") == 2
    assert not attempt.asked
    assert "--dask: a candidate is built on this machine" in capsys.readouterr().err


def test_examples_that_were_not_tried_come_before_news() -> None:
    findings = (classify("a.py", WORKS, FAILED), classify("b.py", WORKS, UNKNOWN))
    assert run(Attempt(*findings), "brick.whl", "--fail-on", "news") == 3


def test_json_is_all_of_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(Attempt(classify("a.py", WORKS, WORKS)), "brick.whl", "--json") == 0
    assert json.loads(capsys.readouterr().out)["same"] == 1


def test_an_unknown_word_to_fail_on(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(Attempt(), "brick.whl", "--fail-on", "failed")
    assert "did you mean 'failing'" in capsys.readouterr().err


def test_junit_is_written_beside_what_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    attempt = Attempt(classify("a.py", WORKS, FAILED))
    file = tmp_path / "deep" / "junit.xml"
    assert run(attempt, "brick.whl", "--markdown", "--junit", str(file)) == 0
    assert 'failures="1"' in file.read_text(encoding="utf-8")
    assert "| a.py | newly failing |" in capsys.readouterr().out
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert run(attempt, "brick.whl", "--junit", str(tmp_path / "file" / "x.xml")) == 2
    assert "--junit: cannot write" in capsys.readouterr().err
