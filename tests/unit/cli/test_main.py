"""The command line: what it refuses, its exit codes, and that no traceback reaches a user."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from packaging.version import Version

from tfcompat import __version__, errors
from tfcompat.cli import main
from tfcompat.execution import campaign_run
from tfcompat.execution.campaign_run import RunOptions, RunSummary
from tfcompat.planning import plan
from tfcompat.planning.grid import Cell
from tfcompat.planning.plan import Selection
from tfcompat.results.schema import Build, CellResult, Example, Inputs
from tfcompat.results.verdicts import Verdict
from tfcompat.search import request

if TYPE_CHECKING:
    from tfcompat.execution.progress import Progress

pytestmark = pytest.mark.usefixtures("signals")

A, B = "ex/a.py", "ex/b.py"


class Job:
    """Stands for ``pipeline.run``: remembers what it was asked and ends as it is told."""

    def __init__(self) -> None:
        self.asked: tuple[Selection, RunOptions] | None = None
        self.ends: RunSummary | BaseException = ended()

    def run(self, selection: Selection, options: RunOptions, progress: Progress) -> RunSummary:
        assert progress is not None
        self.asked = (selection, options)
        if isinstance(self.ends, BaseException):
            raise self.ends
        return self.ends


def ended(*verdicts: Verdict, exit_code: int = 0) -> RunSummary:
    examples = {
        f"ex/{number}.py": Example(retval=0, seconds=1, verdict=verdict)
        for number, verdict in enumerate(verdicts)
    }
    inputs = Inputs(dependency="foo", name="pypi-foo-1.0-python-cp36")
    cell = CellResult(inputs=inputs, build=Build(retval=0), examples=examples)
    return RunSummary(cells=(cell,), tests=tuple(examples), exit_code=exit_code)


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch) -> Job:
    job = Job()
    monkeypatch.setattr(campaign_run, "run", job.run)
    return job


def test_everything_is_handed_on(job: Job) -> None:
    words = (
        "run --config a.yaml --release 1.4.0 --tf >=2 --python 3.6 --python cp27 --test a --test b "
        "--offline --results out --jobs 3 --resolve latest --isolation fresh --timeout 60 --force "
        "--only failed --keep"
    )
    assert main.main(words.split()) == 0
    assert job.asked == (
        Selection(
            config=Path("a.yaml"),
            releases=("1.4.0", ">=2"),
            pythons=("3.6", "cp27"),
            tests=("a", "b"),
            offline=True,
        ),
        RunOptions(
            results=Path("out"),
            jobs=3,
            resolve="latest",
            isolation="fresh",
            timeout=60,
            force=True,
            only="failed",
            keep=True,
        ),
    )


def test_defaults(job: Job) -> None:
    assert main.main(["run"]) == 0
    assert job.asked == (Selection(config=Path("caliper.yaml")), RunOptions())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "COMMAND"),
        (["rn"], "invalid choice: 'rn'"),
        (["run", "--nonsense"], "unrecognized arguments: --nonsense"),
        (["run", "--jobs", "0"], "argument --jobs: '0' is no whole number of at least 1"),
        (["run", "--jobs", "two"], "argument --jobs: 'two' is no whole number of at least 1"),
        (["run", "--jobs", "1.5"], "'1.5' is no whole number of at least 1"),
        (["run", "--timeout", "-5"], "argument --timeout: '-5' is no number of seconds above 0"),
        (["run", "--isolation", "cold"], "invalid choice: 'cold'"),
        (["run", "--fail-on", "faild"], "'faild' is no verdict (did you mean 'failed'?)"),
        (["run", "--fail-on", "same,xyz"], "'xyz' is no verdict; verdicts are unknown, "),
        (["run", "--fail-on", ""], "is no verdict"),
        (["run", "--release"], "expected one argument"),
        (["plan", "--results", "x"], "unrecognized arguments"),
        (["frontier", "x.py", "--spot", "-1"], "'-1' is no whole number of at least 1"),
        (["frontier", "x.py", "--json", "--markdown"], "not allowed with argument --json"),
        (["frontier", "x.py", "--force"], "unrecognized arguments: --force"),
        (["verify", "x.py"], "required: --specifier"),
        (["verify", "--specifier", ">=1"], "required: SCRIPT"),
    ],
)
def test_bad_arguments(
    words: list[str], said: str, job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main.main(words)
    assert caught.value.code == 2
    assert said in capsys.readouterr().err
    assert job.asked is None


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main.main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"tfcompat {__version__}\n"


@pytest.mark.parametrize(
    "error",
    [
        errors.StudyError("broken"),
        errors.SelectionError("broken"),
        errors.ResultsError("broken"),
        errors.NewerSchemaError("broken"),
        errors.UserError("broken"),
        errors.ClaimError("broken"),
        errors.IndexUnavailableError("broken"),
        errors.InterruptedRunError("broken"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_error_is_one_line_and_its_exit_code(
    error: errors.TfcompatError, job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    job.ends = error
    assert main.main(["run"]) == error.exit_code
    assert capsys.readouterr().err == "tfcompat: broken\n"


@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission\ndenied"), KeyError("x"), AssertionError("y" * 9999)]
)
def test_a_fault_of_ours_is_one_line_and_2(
    error: Exception, job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    job.ends = error
    assert main.main(["run"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"tfcompat: internal error: {type(error).__name__}: ")
    assert len(line) < 700


def test_interrupt_is_130(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    job.ends = KeyboardInterrupt()
    assert main.main(["run"]) == 130
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("interrupted; what finished is stored")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_stop_from_outside_is_130(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*_: object) -> NoReturn:
        signal.raise_signal(number)
        pytest.fail("the signal was not handled")

    monkeypatch.setattr(campaign_run, "run", run)
    assert main.main(["run"]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_a_reader_that_has_seen_enough(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.dup2", lambda *_: None)
    job.ends = BrokenPipeError()
    assert main.main(["run"]) == 0


def test_windows_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert main.main(["run"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    ("fail_on", "exit_code", "expected"),
    [
        ("", 0, 0),
        ("failed", 0, 1),
        ("different,failed", 0, 1),
        ("different", 0, 0),
        ("same", 0, 1),
        # With several, 3 goes before 1.
        ("failed", 3, 3),
        ("", 3, 3),
    ],
)
def test_exit_codes(
    fail_on: str, exit_code: int, expected: int, job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    job.ends = ended(Verdict.SAME, Verdict.FAILED, Verdict.FAILED, exit_code=exit_code)
    assert main.main(["run", *(["--fail-on", fail_on] if fail_on else [])]) == expected
    shown = capsys.readouterr()
    assert "failed: exit code 0: 2 examples, 1 release (such as ex/1.py in pypi" in shown.out
    if fail_on == "failed" and expected == 1:
        assert shown.err == "tfcompat: --fail-on: 2 failed\n"


def test_many_failures_are_not_all_shown(job: Job, capsys: pytest.CaptureFixture[str]) -> None:
    job.ends = ended(*[Verdict.DIFFERENT] * 45)
    assert main.main(["run"]) == 0
    out = capsys.readouterr().out
    assert out.count(": different") == 40
    assert "and 5 more" in out


def test_summary_file(job: Job, tmp_path: Path) -> None:
    job.ends = ended(Verdict.SAME, exit_code=3)
    path = tmp_path / "deep" / "summary.json"
    assert main.main(["run", "--summary", str(path)]) == 3
    content = json.loads(path.read_text(encoding="utf-8"))
    assert [cell["examples"] for cell in content] == [{"ex/0.py": "same"}]


def test_no_study_is_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in ("plan", "run"):
        assert main.main([command]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line == "tfcompat: there is no study at caliper.yaml; name one with --config"


def test_a_broken_study_is_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "caliper.yaml"
    path.write_text("analysis: {dependancy: foo}\n", encoding="utf-8")
    assert main.main(["plan", "--config", str(path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "unknown key `dependancy` (did you mean 'dependency'?)" in line


def test_no_network_is_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def make_plan(_: Selection) -> NoReturn:
        msg = "the package index cannot be asked"
        raise errors.IndexUnavailableError(msg)

    monkeypatch.setattr(plan, "make_plan", make_plan)
    for words in (["plan"], ["plan", "--json"]):
        assert main.main(words) == 3
        assert capsys.readouterr().err == "tfcompat: the package index cannot be asked\n"


def claim(verdict: Verdict) -> request.Claim:
    cell = Cell(dependency="foo", version=Version("1.4"), python="3.6", wheel=None)
    return request.Claim(script="x.py", end="oldest", cell=cell, verdict=verdict, why="")


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
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    verdicts: tuple[Verdict, ...],
    code: int,
) -> None:
    monkeypatch.setattr(request, "verify", lambda *_: tuple(map(claim, verdicts)))
    assert main.main(["verify", "x.py", "--specifier", ">=1.4"]) == code
    said = capsys.readouterr()
    assert said.out.count("x.py  1.4 (Python 3.6, the oldest): ") == 2
    assert ("does not hold" in said.err) == (code == 1)


def test_a_search_is_asked_what_the_command_line_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[request.SearchRequest] = []

    def plan_of(question: request.SearchRequest) -> NoReturn:
        asked.append(question)
        msg = "enough"
        raise errors.UserError(msg)

    monkeypatch.setattr(request, "plan_of", plan_of)
    words = (
        "frontier a.py b.py --dependency foo --baseline 1.4 --require bar --python 3.6 "
        "--resolve latest --results out --release <2 --offline"
    )
    assert main.main(words.split()) == 2
    assert asked == [
        request.SearchRequest(
            selection=Selection(releases=("<2",), pythons=("3.6",), offline=True),
            scripts=(Path("a.py"), Path("b.py")),
            dependency="foo",
            baseline="1.4",
            requirements=("bar",),
            resolve="latest",
            results=Path("out"),
        )
    ]
    assert "enough" in capsys.readouterr().err
