"""One run of a file of tests, split into runs of the examples that its tests are. Pure.

The output of such a run is what ``launcher/pytest_runner.py`` writes: a line of JSON for each
event. The output of an example is the outcome of each of its cases, so that a test which was passed
and is now skipped gives another result; its time, and what it prints, are none. A test that fails
is a run that fails, with its traceback as the error.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tfcompat.execution.launcher_client import RunFault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tfcompat.results.schema import Run

_SEPARATOR = "::"

# Exit codes of pytest after it has read the file: passed, failed, no tests.
# https://docs.pytest.org/en/stable/reference/exit-codes.html
_COLLECTED = (0, 1, 5)

# As pytest shows where an error was raised in a file that it reads: ``tests/a.py:1: in <module>``.
_PLACE = re.compile(r"^(?P<file>[^\s:][^:]*):(?P<line>\d+): in (?P<name>.+)$")
_RAISED = re.compile(r"^E\s+(?P<error>\S.*)$")


@dataclass
class _Case:
    """What became of one test, or of one case of it: ``outcome`` is None where it did not end."""

    outcome: str | None = None
    reason: str = ""
    error: str = ""


@dataclass
class _Report:
    """What a run of a file of tests came to: its ``cases`` in their order, and how it ended.

    ``collected`` is what became of reading the file, where that went wrong; ``code`` is the exit
    code of pytest, None where it did not come to its end. ``broken`` is why pytest itself does not
    work, None where it does.
    """

    cases: dict[str, _Case] = field(default_factory=dict)
    collected: _Case = field(default_factory=_Case)
    code: int | None = None
    broken: str | None = None

    def note(self, event: Mapping[str, Any]) -> None:
        """Take in an event."""
        if "start" in event:
            self.cases.setdefault(_name(event["start"]), _Case())
        elif "broken" in event:
            self.broken = self.broken or event["broken"]
        elif "done" in event:
            self.code = event["done"]
        elif "test" in event or "collect" in event:
            case = self.collected
            if "test" in event:
                case = self.cases.setdefault(_name(event["test"]), _Case())
            case.error = case.error or event.get("error", "")
            # A test may fail in its own part and while it is cleared up: the first one counts.
            if case.outcome != "failed" and "outcome" in event:
                case.outcome, case.reason = event["outcome"], event["reason"]

    @property
    def running(self) -> str | None:
        """The test that had not ended when the run did."""
        last = next(reversed(self.cases), None)
        return last if last is not None and self.cases[last].outcome is None else None


def split_run(run: Run, examples: Iterable[str]) -> dict[str, Run]:
    """Return the run of each of the ``examples``, all tests of one file that one run has run.

    Raises RunFault where pytest itself does not work, or so much was printed that outcomes were
    lost: that says nothing of the release.
    """
    examples = tuple(examples)
    report = _Report()
    for line in run.output:
        report.note(_event(line))
    if report.broken is not None:
        last = (report.broken.strip().splitlines() or ["it gives no reason"])[-1].removeprefix("E ")
        msg = (
            f"the pytest of the day does not work on this Python ({last.strip()}): choose a Python "
            "of that day, or --resolve latest"
        )
        raise RunFault(msg)
    cases: dict[str, dict[str, _Case]] = {example: {} for example in examples}
    for name, case in report.cases.items():
        owner = _owner(name, examples)
        if owner is not None:
            cases[owner][name] = case
    if run.truncated and not all(cases.values()):
        msg = "the outcomes of tests were lost: raise `output`, the limit of what a run may print"
        raise RunFault(msg)
    return {example: _run_of(example, run, report, cases[example]) for example in examples}


def _event(line: str) -> Mapping[str, Any]:
    """Return the event of a line; what is none, as where the output was cut, is empty."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _name(node: str) -> str:
    """Return the name of a test in its file: old releases of pytest mark instances by ``()``."""
    return node.partition(_SEPARATOR)[2].replace("()::", "")


def _owner(name: str, examples: Iterable[str]) -> str | None:
    """Return the example that a test belongs to: the test itself, or its class."""
    test = name.partition("[")[0]
    names = {example.partition(_SEPARATOR)[2]: example for example in examples}
    while test and test not in names:
        test = test.rpartition(_SEPARATOR)[0]
    return names.get(test)


def _run_of(example: str, run: Run, report: _Report, cases: Mapping[str, _Case]) -> Run:
    """Return the run of one example, of which a whole run has run some cases."""
    ended = {name: case for name, case in cases.items() if case.outcome is not None}
    if len(ended) < len(cases) and report.code is None:
        # It is the one that ended the process.
        return run.model_copy(update={"output": _outcomes(example, ended)})
    failed = next((case for case in ended.values() if case.outcome == "failed"), None)
    if failed is None and ended:
        reasons = [f"{case.reason}\n" for case in ended.values() if case.reason]
        return _ended(run, 0, _outcomes(example, ended), reasons)
    if failed is not None:
        error = failed.error or f"Failed: {failed.reason}\n"
        return _ended(run, 1, _outcomes(example, ended), error.splitlines(keepends=True))
    return _not_run(example, run, report)


def _not_run(example: str, run: Run, report: _Report) -> Run:
    """Return the run of an example of which no case has run."""
    collected = report.collected
    if collected.outcome == "skipped":
        return _ended(run, 0, ["skipped\n"], [f"{collected.reason}\n"])
    if collected.outcome == "failed":
        error = as_traceback(collected.error or collected.reason)
        return _ended(run, 1, [], error.splitlines(keepends=True))
    if report.code in _COLLECTED:
        # Such as one that is defined for some releases alone.
        return _ended(run, 0, ["not there\n"], [f"pytest found no test {example}\n"])
    if report.code is not None or not report.running:
        error = as_traceback("".join(run.error))
        return _ended(run, run.retval or 1, [], error.splitlines(keepends=True))
    file = example.partition(_SEPARATOR)[0]
    how = run.signal or ("its time limit" if run.timed_out else f"exit code {run.retval}")
    error = f"it did not run: {file} ended in {report.running} by {how}\n"
    return _ended(run, run.retval or 1, [], [error])


def _outcomes(example: str, cases: Mapping[str, _Case]) -> list[str]:
    """Return a line for each case: its outcome, after what tells it from the other ones."""
    own = example.partition(_SEPARATOR)[2]
    return [f"{name.removeprefix(own)} {case.outcome}".lstrip() + "\n"
            for name, case in cases.items()]  # fmt: skip


def _ended(run: Run, retval: int, output: list[str], error: list[str]) -> Run:
    """Return the run of an example that ended by itself."""
    return run.model_copy(
        update={
            "retval": retval,
            "output": output,
            "error": error,
            "signal": None,
            "timed_out": False,
            "truncated": False,
            "out_of_memory": False,
            "out_of_disk": False,
        }
    )


def as_traceback(text: str) -> str:
    """Return an error as Python prints it, of one that pytest shows in its own short form.

    It does so for a file that cannot be imported, and for a conftest.py. Other text is unchanged.
    """
    lines = text.splitlines()
    frames = list(_frames(lines))
    raised = [match["error"] for line in lines if (match := _RAISED.match(line))]
    if not frames or not raised:
        return text
    return "\n".join(["Traceback (most recent call last):", *frames, *raised, ""])


def _frames(lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        place = _PLACE.match(line)
        if place:
            yield f'  File "{place["file"]}", line {place["line"]}, in {place["name"]}'
            code = lines[number + 1 : number + 2]
            yield from (one for one in code if one.startswith("    "))
