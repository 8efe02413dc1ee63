"""Why a run failed, from its ending and its stderr."""

from __future__ import annotations

import pytest

from tfcompat.diagnosis import deepest_frame, diagnose, last_exception
from tfcompat.results import Run
from tfcompat.verdicts import CauseKind

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


@pytest.mark.parametrize(
    ("last", "kind", "symbol"),
    [
        (
            "AttributeError: module 'tensorflow' has no attribute 'Session'",
            CauseKind.REMOVED_API,
            "tensorflow.Session",
        ),
        (
            "AttributeError: module 'tensorflow._api.v2.train' has no attribute 'Saver'",
            CauseKind.REMOVED_API,
            "tensorflow._api.v2.train.Saver",
        ),
        # Python 2.7 does not name the module.
        ("AttributeError: 'module' object has no attribute 'mul'", CauseKind.REMOVED_API, "mul"),
        (
            "ModuleNotFoundError: No module named 'tensorflow.examples.tutorials'",
            CauseKind.REMOVED_API,
            "tensorflow.examples.tutorials",
        ),
        (
            "ImportError: No module named contrib.learn",
            CauseKind.IMPORT_ERROR_OF_DEPENDENCY,
            "contrib.learn",
        ),
        (
            "ImportError: cannot import name 'rnn' from 'tensorflow.contrib' (/env/x.py)",
            CauseKind.REMOVED_API,
            "rnn",
        ),
        (
            "ImportError: cannot import name 'descriptor' from 'google.protobuf' (/env/x.py)",
            CauseKind.IMPORT_ERROR_OF_DEPENDENCY,
            "descriptor",
        ),
        (
            "ModuleNotFoundError: No module named 'tensorflow_datasets'",
            CauseKind.IMPORT_ERROR_OF_DEPENDENCY,
            "tensorflow_datasets",
        ),
        (
            "ModuleNotFoundError: No module named 'x'; 'tensorflow' is not a package",
            CauseKind.IMPORT_ERROR_OF_DEPENDENCY,
            "x",
        ),
        (
            "ImportError: cannot import name 'x' from 'tensorflow_datasets' (/env/x.py)",
            CauseKind.IMPORT_ERROR_OF_DEPENDENCY,
            "x",
        ),
        (
            "ImportError: cannot import name 'tensorflow' from 'horovod' (/env/x.py)",
            CauseKind.IMPORT_ERROR_OF_DEPENDENCY,
            "tensorflow",
        ),
        (
            "ModuleNotFoundError: No module named 'sklearn'",
            CauseKind.IMPORT_ERROR_OF_DEPENDENCY,
            "sklearn",
        ),
        ("SyntaxError: Missing parentheses in call to 'print'", CauseKind.PYTHON_SYNTAX, None),
        ("TabError: inconsistent use of tabs", CauseKind.PYTHON_SYNTAX, None),
        ("MemoryError", CauseKind.OUT_OF_MEMORY, None),
        ("AttributeError: 'Model' object has no attribute 'fit'", CauseKind.OTHER, None),
        ("ValueError: bad shape", CauseKind.OTHER, None),
        (
            "tensorflow.python.framework.errors_impl.InvalidArgumentError: shapes",
            CauseKind.OTHER,
            None,
        ),
    ],
)
def test_exceptions(last: str, kind: CauseKind, symbol: str | None) -> None:
    cause = diagnose(run(traceback(last)), TEST, "tensorflow")
    assert (cause.kind, cause.symbol) == (kind, symbol)
    assert cause.message == last
    assert cause.frame == "ex/a.py:12"


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
    assert (silent.kind, silent.message) == (CauseKind.OTHER, "exit code 3")
    assert (silent.frame, silent.symbol) == (None, None)
    crashed = diagnose(run("", -11, signal="SIGSEGV"), TEST, "foo")
    assert (crashed.kind, crashed.message) == (CauseKind.OTHER, "ended by SIGSEGV")


def test_a_long_message_is_cut() -> None:
    assert len(diagnose(run(f"ValueError: {'x' * 9999}\n"), TEST, "foo").message) == 500


def test_the_last_exception_counts() -> None:
    chained = [
        "KeyError: 'a'",
        "During handling of the above exception, another exception occurred:",
        "my.pkg.CustomError: second",
        "Exception ignored in: <function x>",
        "RuntimeError: at shutdown",
    ]
    assert last_exception(chained) == ("my.pkg.CustomError", "second")
    assert last_exception(["KeyboardInterrupt"]) == ("KeyboardInterrupt", "")
    assert last_exception(["/a.py:3: FutureWarning: soon", "  ValueError: inner", ""]) == (None, "")


def test_the_deepest_frame_in_the_example() -> None:
    lines = traceback("ValueError").splitlines()
    assert deepest_frame(lines, TEST) == "ex/a.py:12"
    assert deepest_frame(lines, "a.py") == "a.py:12"
    assert deepest_frame(lines, "x/a.py") is None
    assert deepest_frame(['  File "ex/a.py", line 7'], TEST) == "ex/a.py:7"
    assert deepest_frame(['  File "other_ex/a.py", line 7'], TEST) is None
    assert deepest_frame([], TEST) is None
