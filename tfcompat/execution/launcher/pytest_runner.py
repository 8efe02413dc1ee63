"""Has pytest run one file of tests, and writes what becomes of each: ``pytest_runner.py FILE ...``.

Standard output is lines of JSON, an event each; what pytest and the tests print goes to standard
error. It runs inside a cell, on any Python and with the pytest of its day.
"""

import json
import os
import sys
import traceback

TYPE_CHECKING = False  # Python 2.7 has no typing module; mypy takes this name for true
if TYPE_CHECKING:
    from typing import Any, TextIO

# What calls the tests, and is not where they fail.
_REWRITING = "_pytest.assertion.rewrite"
_CALLERS = ("_pytest", "pluggy", "pytest", "py", "importlib", "unittest", "__main__")


class Recorder(object):
    """A plugin that writes down how tests start and end, with the traceback of each that fails.

    Its hooks are those that every pytest since 2.6 has.
    """

    def __init__(self, stream):
        # type: (TextIO) -> None
        self._stream = stream

    def write(self, **event):
        # type: (**Any) -> None
        """Write an event at once: whatever comes after it may end the process."""
        old = sys.version_info[0] < 3
        # As it is where that is possible: folders in it are given other names later.
        text = json.dumps(event) if old else json.dumps(event, ensure_ascii=False)
        self._stream.write(text + "\n")
        self._stream.flush()

    def pytest_runtest_logstart(self, nodeid):
        # type: (str) -> None
        """Write that a test begins."""
        self.write(start=nodeid)

    def pytest_runtest_logreport(self, report):
        # type: (Any) -> None
        """Write what became of a step of a test, where that is a result."""
        outcome, reason = _outcome(report)
        if outcome != "passed" or report.when == "call":
            self.write(test=report.nodeid, outcome=outcome, reason=reason)

    def pytest_collectreport(self, report):
        # type: (Any) -> None
        """Write what went wrong while a file was read."""
        if report.outcome != "passed":
            outcome, reason = _outcome(report)
            self.write(collect=report.nodeid, outcome=outcome, reason=reason)

    def pytest_exception_interact(self, node, call, report):
        # type: (Any, Any, Any) -> None
        """Write the traceback of what a test, or reading a file, raised."""
        if _is_of_pytest(call.excinfo):
            self.write(broken=_shown(report))
        key = "collect" if getattr(report, "when", "collect") == "collect" else "test"
        self.write(**{key: node.nodeid, "error": _text(_traceback(call.excinfo) or _shown(report))})


def _is_of_pytest(excinfo):
    # type: (Any) -> bool
    """Tell whether an exception is of how pytest alters tests: it is too old for this Python."""
    inner = excinfo.tb
    while inner is not None and inner.tb_next is not None:
        inner = inner.tb_next
    return inner is not None and inner.tb_frame.f_globals.get("__name__") == _REWRITING


def _outcome(report):
    # type: (Any) -> tuple[str, str]
    """Return the outcome of a step in one word, and why it is that."""
    if hasattr(report, "wasxfail"):
        return ("xpassed" if report.outcome == "passed" else "xfailed"), _text(report.wasxfail)
    if report.outcome == "skipped":
        where = report.longrepr
        return "skipped", _text(where[2] if isinstance(where, tuple) else where)
    if report.outcome == "failed":
        return "failed", _shown(report)
    return report.outcome, ""


def _shown(report):
    # type: (Any) -> str
    """Return the end of a failure as pytest shows it."""
    return _text(report.longrepr)[-2000:]


def _text(value):
    # type: (object) -> str
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    try:
        return "%s" % (value,)
    except UnicodeError:
        return repr(value)


def _traceback(excinfo):
    # type: (Any) -> str
    """Return the traceback of an exception as Python prints it; empty where pytest hides it."""
    kind, error, trace = excinfo.type, excinfo.value, excinfo.tb
    if kind.__name__ == "CollectError":
        # It has the text of what was raised in the file.
        cause = getattr(error, "__cause__", None) or getattr(error, "__context__", None)
        if cause is None:
            return ""
        kind, error, trace = type(cause), cause, cause.__traceback__
    if kind.__name__ == "FixtureLookupError":
        return "FixtureLookupError: there is no fixture %r\n" % (str(error.argname),)
    return _joined(traceback.format_exception(kind, error, _without_callers(trace)))


def _joined(parts):
    # type: (Any) -> str
    return "".join(_text(part) for part in parts)


def _without_callers(trace):
    # type: (Any) -> Any
    """Return a traceback from the first frame on that is of the tests."""
    inner = trace
    while inner is not None:
        frame = inner.tb_frame
        module = frame.f_globals.get("__name__", "").partition(".")[0]
        if module not in _CALLERS and not frame.f_code.co_filename.startswith("<frozen"):
            return inner
        inner = inner.tb_next
    return trace


def _events():
    # type: () -> TextIO
    """Return standard output for events alone: all others write to standard error from now on."""
    sys.stdout.flush()
    own = os.dup(1)
    os.dup2(2, 1)
    if sys.version_info[0] < 3:
        import fcntl

        fcntl.fcntl(own, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
        return os.fdopen(own, "w")
    return open(own, "w", encoding="utf-8", errors="backslashreplace")


def main():
    # type: () -> int
    """Run the tests that the command line names; return the exit code of pytest."""
    # As with ``python -m pytest``, tests import from the folder that they run in.
    sys.path[0] = os.getcwd()
    recorder = Recorder(_events())
    try:
        import pytest
    except Exception as error:
        traceback.print_exc()
        recorder.write(broken="%s: %s" % (type(error).__name__, error))
        return 1
    words = ["-p", "no:cacheprovider"]
    if int(pytest.__version__.partition(".")[0]) >= 3:
        # Options of the project are for plugins that are not here, such as for coverage.
        words += ["-o", "addopts="]
    code = int(pytest.main(words + sys.argv[1:], plugins=[recorder]))
    recorder.write(done=code)
    return code


if __name__ == "__main__":
    sys.exit(main())
