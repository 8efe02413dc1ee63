"""What one run of a file of tests gives for each of them. The outputs are real."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tfcompat.execution.launcher_client import RunFault
from tfcompat.execution.suite_runs import as_traceback, split_run
from tfcompat.judging.diagnosis import diagnose
from tfcompat.results.schema import Run
from tfcompat.results.verdicts import CauseKind

DATA = Path(__file__).parents[1] / "data" / "suites"
FILE = "tests/test_things.py"
TESTS = (
    *("test_ok", "test_bad", "test_par", "test_skip", "test_xf", "test_fix", "test_raises"),
    *("TestA::test_m", "TestA::test_badfix", "X::test_u", "X::test_us"),
)
VERSIONS = ("2.7-pytest2.9.2", "2.7-pytest4.6.11", "3.6-pytest3.6.0", "3.13-pytest")
A, B, C = (f"tests/test_crash.py::test_{name}" for name in "abc")
BEGUN = [
    '{"start": "tests/test_crash.py::test_a"}\n',
    '{"test": "tests/test_crash.py::test_a", "outcome": "passed", "reason": ""}\n',
    '{"start": "tests/test_crash.py::test_b"}\n',
]


def run_of(name: str, retval: int = 1) -> Run:
    text = (DATA / name).read_text(encoding="utf-8")
    return Run(retval=retval, seconds=3, output=text.splitlines(keepends=True))


@pytest.mark.parametrize("version", VERSIONS)
def test_each_test_has_its_outcome_with_every_pytest(version: str) -> None:
    examples = [f"{FILE}::{name}" for name in TESTS]
    runs = split_run(run_of(f"things-python-{version}.jsonl"), examples)
    found = {
        name.partition("::")[2]: (run.retval, "".join(run.output)) for name, run in runs.items()
    }
    assert found == {
        "test_ok": (0, "passed\n"),
        "test_bad": (1, "failed\n"),
        "test_par": (1, "[1] passed\n[2] failed\n[x::y[z]] passed\n"),
        "test_skip": (0, "skipped\n"),
        "test_xf": (0, "xfailed\n"),
        "test_fix": (1, "failed\n"),
        "TestA::test_m": (1, "failed\n"),
        "TestA::test_badfix": (1, "failed\n"),
        "X::test_u": (1, "failed\n"),
        "X::test_us": (0, "skipped\n"),
        "test_raises": (1, "failed\n"),
    }
    assert runs[f"{FILE}::test_skip"].error == ["Skipped: no way\n"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("name", "said", "frame"),
    [
        ("test_bad", "AssertionError: assert <Version('1')> == <Version('2')>", 6),
        ("test_par", "AssertionError: assert 2 != 2", 8),
        ("test_fix", "FixtureLookupError: there is no fixture 'nothing'", None),
        ("TestA::test_m", "'Version' object has no attribute 'nope'", 15),
        ("TestA::test_badfix", "ValueError: in fixture", 17),
        ("X::test_u", "AssertionError: 1 != 2", 20),
        ("test_raises", "Failed: DID NOT RAISE", 24),
    ],
)
def test_why_a_test_failed(version: str, name: str, said: str, frame: int | None) -> None:
    example = f"{FILE}::{name}"
    run = split_run(run_of(f"things-python-{version}.jsonl"), [example])[example]
    cause = diagnose(run, example, "packaging", python=version.partition("-")[0])
    assert said in cause.message
    assert cause.frame == (f"{FILE}:{frame}" if frame else None)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_file_that_cannot_be_imported_fails_all_of_its_tests(version: str) -> None:
    examples = ["tests/test_broken.py::test_a", "tests/test_broken.py::TestB::test_c"]
    runs = split_run(run_of(f"broken-python-{version}.jsonl", 2), examples)
    for example, run in runs.items():
        cause = diagnose(run, example, "packaging", python=version.partition("-")[0])
        assert (run.retval, run.output) == (1, [])
        assert (cause.kind, cause.symbol) == (CauseKind.REMOVED_API, "packaging.nothing")
        assert cause.frame == "tests/test_broken.py:1"


@pytest.mark.parametrize("name", ["conftest-2.7-pytest4.6.11.txt", "conftest-3.13-pytest.txt"])
def test_a_conftest_that_cannot_be_imported(name: str) -> None:
    *error, done = (DATA / name).read_text(encoding="utf-8").splitlines(keepends=True)
    run = Run(retval=4, seconds=1, output=[done], error=error)
    cause = diagnose(split_run(run, [A])[A], A, "packaging", python="3.13")
    assert cause.kind is CauseKind.REMOVED_API
    assert cause.frame == "tests/conftest.py:1"


def test_a_crash_is_that_of_the_test_that_ran() -> None:
    run = Run(retval=-6, seconds=1, signal="SIGABRT", output=BEGUN, error=["Fatal: x\n"])
    runs = split_run(run, [A, B, C])
    assert (runs[A].retval, runs[A].signal, runs[A].output) == (0, None, ["passed\n"])
    assert (runs[B].retval, runs[B].signal, runs[B].error) == (-6, "SIGABRT", ["Fatal: x\n"])
    said = "it did not run: tests/test_crash.py ended in test_b by SIGABRT\n"
    assert (runs[C].retval, runs[C].signal, runs[C].error) == (-6, None, [said])


def test_a_test_that_hangs_is_timed_out_and_the_next_ones_did_not_run() -> None:
    run = Run(retval=-15, seconds=9, timed_out=True, output=BEGUN)
    runs = split_run(run, [A, B, C])
    assert [runs[one].timed_out for one in (A, B, C)] == [False, True, False]
    assert "in test_b by its time limit" in runs[C].error[0]


def test_a_test_that_is_there_for_some_releases_alone() -> None:
    done = '{"done": 0}\n'
    run = Run(retval=0, seconds=1, output=[*BEGUN[:2], done])
    assert split_run(run, [A, B])[B].output == ["not there\n"]
    nothing = Run(retval=5, seconds=1, output=['{"done": 5}\n'])
    assert split_run(nothing, [A])[A].output == ["not there\n"]
    skipped = '{"collect": "tests/test_crash.py", "outcome": "skipped", "reason": "no"}\n'
    run = Run(retval=5, seconds=1, output=[skipped, '{"done": 5}\n'])
    assert (split_run(run, [A])[A].output, split_run(run, [A])[A].retval) == (["skipped\n"], 0)


def test_what_a_class_inherits_is_its_own() -> None:
    lines = [
        '{"test": "a.py::TestA::test_own", "outcome": "passed", "reason": ""}\n',
        '{"test": "a.py::TestA::test_inherited[1]", "outcome": "passed", "reason": ""}\n',
        '{"done": 0}\n',
    ]
    run = Run(retval=0, seconds=1, output=lines)
    runs = split_run(run, ["a.py::TestA::test_own", "a.py::TestA"])
    assert runs["a.py::TestA::test_own"].output == ["passed\n"]
    assert runs["a.py::TestA"].output == ["::test_inherited[1] passed\n"]


def test_a_teardown_that_fails_is_a_failure() -> None:
    lines = [
        BEGUN[1],
        '{"test": "tests/test_crash.py::test_a", "outcome": "failed", "reason": "shown"}\n',
        '{"done": 1}\n',
    ]
    run = split_run(Run(retval=1, seconds=1, output=lines), [A])[A]
    assert (run.retval, run.output, run.error) == (1, ["failed\n"], ["Failed: shown\n"])


def test_lost_outcomes_are_no_verdict() -> None:
    cut = Run(retval=0, seconds=1, output=[*BEGUN[:2], '{"te ... 9 bytes'], truncated=True)
    assert split_run(cut, [A])[A].retval == 0
    with pytest.raises(RunFault, match="raise `output`"):
        split_run(cut, [A, B])


def test_a_pytest_that_does_not_work_is_no_verdict() -> None:
    shown = "rewrite.py:351: in _rewrite_test\nE   TypeError: required field missing from alias"
    broken = Run(retval=1, seconds=1, output=[json.dumps({"broken": shown}) + "\n"])
    with pytest.raises(RunFault, match=r"not work on this Python \(TypeError: required field"):
        split_run(broken, [A])


def test_other_text_is_no_traceback() -> None:
    assert as_traceback("usage: x\nerror: no such option\n") == "usage: x\nerror: no such option\n"
