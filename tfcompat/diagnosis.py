"""Why a run failed: from its ending and its whole stderr to a cause of the closed set."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tfcompat.verdicts import Cause, CauseKind

if TYPE_CHECKING:
    from tfcompat.results import Run

_MESSAGE_LIMIT = 500

# The last line of a traceback: a dotted name of an exception, and what it says.
_RAISED = re.compile(
    r"^(?P<type>[A-Za-z_][\w.]*(?:Error|Exception|Warning|Interrupt|Exit))(?::\s*(?P<said>.*))?$"
)
_FRAME = re.compile(r'^  File "(?P<file>[^"]+)", line (?P<line>\d+)')
# Shown after the real error by interpreters that shut down; never the reason.
_NOISE = re.compile(r"^(?:Exception ignored in|Exception .* ignored$)")

_MISSING_ATTRIBUTE = re.compile(
    r"(?:'?module'? (?:object|'(?P<module>[\w.]+)')|module '(?P<other>[\w.]+)') has no attribute "
    r"'(?P<name>\w+)'"
)
_MISSING_MODULE = re.compile(r"No module named '?(?P<name>[\w.]+)'?")
_CANNOT_IMPORT = re.compile(r"cannot import name '?(?P<name>\w+)'?(?: from '(?P<module>[\w.]+)')?")


def diagnose(run: Run, test: str, dependency: str) -> Cause:
    """Return why a run of an example failed.

    ``test`` is the example's path, ``dependency`` the package under study, by which a missing
    module is told from a package that is at fault itself.
    """
    if run.timed_out:
        return Cause(kind=CauseKind.TIMEOUT, message=f"stopped after {run.seconds:.0f} s")
    if run.out_of_memory:
        return Cause(kind=CauseKind.OUT_OF_MEMORY, message="stopped at the study's memory limit")
    if run.signal == "SIGILL":
        message = "the processor lacks an instruction that the release was built for (SIGILL)"
        return Cause(kind=CauseKind.CPU_INSTRUCTION, message=message)
    lines = [line.rstrip("\n") for line in run.error]
    kind, said = last_exception(lines)
    frame = deepest_frame(lines, test)
    if kind is None:
        how = f"ended by {run.signal}" if run.signal else f"exit code {run.retval}"
        return Cause(kind=CauseKind.OTHER, message=how, frame=frame)
    message = f"{kind}: {said}"[:_MESSAGE_LIMIT] if said else kind
    cause, symbol = _kind_of(kind, said, dependency)
    return Cause(kind=cause, message=message, symbol=symbol, frame=frame)


def last_exception(lines: list[str]) -> tuple[str | None, str]:
    """Return type and text of the exception that ended a program, or None where none is shown."""
    last: tuple[str | None, str] = (None, "")
    for line in lines:
        if _NOISE.match(line):
            break
        raised = _RAISED.match(line)
        if raised:
            last = (raised["type"], (raised["said"] or "").strip())
    return last


def deepest_frame(lines: list[str], test: str) -> str | None:
    """Return the deepest place of a traceback that lies in the example, as ``file:line``."""
    found = None
    for line in lines:
        frame = _FRAME.match(line)
        if frame and (frame["file"] == test or frame["file"].endswith(f"/{test}")):
            found = f"{test}:{frame['line']}"
    return found


def _kind_of(kind: str, said: str, dependency: str) -> tuple[CauseKind, str | None]:
    package = dependency.replace("-", "_")
    if kind in ("SyntaxError", "IndentationError", "TabError"):
        return CauseKind.PYTHON_SYNTAX, None
    if kind == "MemoryError":
        return CauseKind.OUT_OF_MEMORY, None
    attribute = _MISSING_ATTRIBUTE.search(said)
    if kind == "AttributeError" and attribute:
        module = attribute["module"] or attribute["other"]
        return CauseKind.REMOVED_API, f"{module}.{attribute['name']}" if module else attribute[
            "name"
        ]
    if kind not in ("ImportError", "ModuleNotFoundError"):
        return CauseKind.OTHER, None
    missing, refused = _MISSING_MODULE.search(said), _CANNOT_IMPORT.search(said)
    if missing is None and refused is None:
        return CauseKind.OTHER, None
    name = missing["name"] if missing else str(refused and refused["name"])
    origin = missing["name"] if missing else str(refused and refused["module"])
    own = origin.split(".")[0] == package
    return (CauseKind.REMOVED_API if own else CauseKind.IMPORT_ERROR_OF_DEPENDENCY), name
