"""Why a run failed, from its ending and its stderr."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tfcompat.judging.diagnosis import classify, diagnose, load_rules, read_rules
from tfcompat.judging.failed_run import FailedRun
from tfcompat.results.schema import Run
from tfcompat.results.verdicts import CauseKind

TEST = "ex/a.py"


def run(error: str = "", retval: int = 1, **more: object) -> Run:
    content = {"retval": retval, "seconds": 61.4, "error": error.splitlines(keepends=True)}
    return Run.model_validate({**content, **more})


def traceback(last: str) -> str:
    return (
        "Traceback (most recent call last):\n"
        '  File "/study/ex/a.py", line 3, in <module>\n'
        "    main()\n"
        '  File "/study/ex/a.py", line 12, in main\n'
        "    lib.go()\n"
        '  File "/env/lib/python3.6/site-packages/lib.py", line 99, in go\n'
        "    raise\n"
        f"{last}\n"
    )


FAILURES = sorted((Path(__file__).parents[1] / "data" / "failures").glob("*.json"))


@pytest.mark.parametrize("path", FAILURES, ids=lambda path: path.stem)
def test_real_failures(path: Path) -> None:
    # Recorded from real runs; what is expected was read and confirmed against each.
    real = json.loads(path.read_text(encoding="utf-8"))
    ended = run("".join(real["error"]), real["retval"], signal=real["signal"])
    pythons = {name: real.get(name) for name in ("python", "baseline_python")}
    rule, _ = classify(FailedRun(ended, real["test"], real["dependency"], **pythons))
    cause = diagnose(ended, real["test"], real["dependency"], **pythons).as_json()
    assert (rule.name if rule else None) == real["rule"]
    wanted = ("kind", "symbol", "package", "frame", "message")
    assert {name: cause[name] for name in wanted} == {name: real[name] for name in wanted}


def test_every_rule_has_a_real_failure() -> None:
    shown = {json.loads(path.read_text(encoding="utf-8"))["rule"] for path in FAILURES}
    assert {rule.name for rule in load_rules()} == shown - {None}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{name: x, kind: nonsense}", "0.kind"),
        ("{name: x, kind: other, sys: a}", "0.sys"),
        ("{name: x, kind: other, says: '('}", "causes.yaml: "),
        ("{name: x, kind: other, at: nowhere}", "0.at"),
        ("{kind: other}", "0.name"),
    ],
)
def test_a_bad_rule_is_named(row: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_rules(f"- {row}\n")
    with pytest.raises(ValueError, match=r"^causes\.yaml"):
        read_rules("[")


def test_how_a_run_ended_comes_before_what_it_said() -> None:
    said = traceback("ValueError: bad")
    timeout = diagnose(run(said, -9, timed_out=True, signal="SIGKILL"), TEST, "foo")
    assert (timeout.kind, timeout.message) == (CauseKind.TIMEOUT, "stopped after 61 s")
    memory = diagnose(run(said, -9, out_of_memory=True, signal="SIGKILL"), TEST, "foo")
    assert memory.kind is CauseKind.OUT_OF_MEMORY
    instruction = diagnose(run(said, -4, signal="SIGILL"), TEST, "foo")
    assert instruction.kind is CauseKind.CPU_INSTRUCTION


def test_without_a_traceback() -> None:
    silent = diagnose(run("some warning\n", 3), TEST, "foo")
    assert (silent.kind, silent.message) == (CauseKind.OTHER, "exit code 3: some warning")
    assert (silent.frame, silent.symbol) == (None, None)
    crashed = diagnose(run("", -11, signal="SIGSEGV"), TEST, "foo")
    assert (crashed.kind, crashed.message) == (CauseKind.BEHAVIOUR, "ended by SIGSEGV")


def test_a_long_message_is_cut() -> None:
    assert len(diagnose(run(traceback(f"ValueError: {'x' * 9999}")), TEST, "foo").message) == 500


LIVES = "module 'tensorflow.python.ops.nn' has no attribute 'relu6'"


@pytest.mark.parametrize(
    ("code", "last", "symbol"),
    [
        ("x = tf.nn.relu6(1)", LIVES, "tensorflow.nn.relu6"),
        ("x = nn.relu6(1)", LIVES, "tensorflow.nn.relu6"),
        (
            "f(",
            "module 'tensorflow._api.v2.train' has no attribute 'Saver'",
            "tensorflow.train.Saver",
        ),
        ("f(", "module 'keras.api._v2.keras' has no attribute 'x'", "tensorflow.keras.x"),
        ("y = x.shape", "'Tensor' object has no attribute 'shape'", "Tensor.shape"),
        ("tf.train.A.B", "type object 'A' has no attribute 'B'", "tensorflow.train.A.B"),
        ("tf.a; tf.b", "module 'tensorflow' has no attribute 'b'", "tensorflow.b"),
    ],
)
def test_a_symbol_is_called_as_users_know_it(code: str, last: str, symbol: str) -> None:
    frame = f'  File "ex/a.py", line 3, in f\n    {code}\n'
    said = f"Traceback (most recent call last):\n{frame}AttributeError: {last}\n"
    cause = diagnose(run(said), TEST, "tensorflow")
    assert (cause.kind, cause.symbol) == (CauseKind.REMOVED_API, symbol)


def test_the_frame_is_the_examples_own() -> None:
    assert diagnose(run(traceback("ValueError: x")), TEST, "foo").frame == "ex/a.py:12"
    assert diagnose(run(traceback("ValueError: x")), "a.py", "foo").frame == "a.py:12"
    assert diagnose(run(traceback("ValueError: x")), "other_ex/a.py", "foo").frame is None


USAGE = "usage: a.py [-h] data\n"


@pytest.mark.parametrize(
    ("error", "retval", "kind"),
    [
        (f"{USAGE}a.py: error: too few arguments\n", 2, CauseKind.USAGE),
        (f"a warning\n{USAGE}a.py: error: too few arguments\n", 2, CauseKind.USAGE),
        ("Usage: a.py NAME\n\nError: Missing argument.\n", 2, CauseKind.USAGE),
        ("a warning\nUsage:\n  a.py NAME\n\n", 1, CauseKind.USAGE),
        # Ended otherwise, or with something else to say.
        (f"{USAGE}a.py: error: too few arguments\n", 1, CauseKind.OTHER),
        (USAGE, 2, CauseKind.OTHER),
        ("Usage:\n  a.py NAME\nit failed\n", 1, CauseKind.OTHER),
        (f"Usage:\n  a.py NAME\n{traceback('ValueError: bad')}", 1, CauseKind.BEHAVIOUR),
    ],
)
def test_a_script_that_refuses_its_arguments(error: str, retval: int, kind: CauseKind) -> None:
    assert diagnose(run(error, retval), TEST, "foo").kind is kind


@pytest.mark.parametrize(
    ("error", "said"),
    [
        # As ruamel.yaml says it, which ends with the line of the script.
        ("load has been removed, use\n\n  YAML(typ='rt')\n\ninstead of\n\n  x = load(TEXT)\n",
         "load has been removed, use"),
        ("usage: a.py [-h]\na.py: error: no such option\n", "a.py: error: no such option"),
        ("the data is too old\n", "the data is too old"),
        ("2026-11-24 11:07:27: W x.cc:38] Could not find it\nthe end\n", "the end"),
        ("an error\n" + "line\n" * 8, "line"),
    ],
)  # fmt: skip
def test_the_last_words_of_a_program_that_ends_by_itself(error: str, said: str) -> None:
    assert diagnose(run(error, 1), "a.py", "foo").message == f"exit code 1: {said}"
