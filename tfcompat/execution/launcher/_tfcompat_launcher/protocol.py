"""The messages between orchestrator and launcher: one JSON object per line, in UTF-8.

Requests. Every key is required; the protocol's types below say what each holds.

    {"op": "import", "id": "8", "module": "tensorflow", "stdout": "/scratch/import.out", ...}
        import a module in the launcher, before any run and once; then runs may ask to be "warm"
    {"op": "run", "id": "7", "isolation": "fresh", "script": "examples/a/x.py", ...}

Events:

    {"event": "ready", "python": [3, 8, 18], "protocol": 6, "pid": 123}
    {"event": "imported", "id": "8", "why": null, "seconds": 4.1, "cpu_seconds": 3.9}
    {"event": "started", "id": "7", "pid": 456}     the process exists; its exec may still fail
    {"event": "finished", "id": "7", "retval": 0, "ended_by": "exit", ...}
    {"event": "refused", "id": "7" or null, "error": "..."}     the request made no sense

Of each stream of a run at most ``output_limit`` bytes are kept: see ``capture``.
"""

import json
import os

TYPE_CHECKING = False  # Python 2.7 has no typing module; mypy takes this name for true
if TYPE_CHECKING:
    from typing import (
        Any,
        Callable,
        Dict,
        List,
        Literal,
        Mapping,
        Optional,
        Tuple,
        TypedDict,
        Union,
    )

    Isolation = Literal["fresh", "warm"]

    ImportRequest = TypedDict(
        "ImportRequest",
        {
            "op": Literal["import"],
            "id": str,
            "module": str,
            "stdout": str,  # the file that gets what the import prints
            "stderr": str,
            "timeout": float,  # seconds
            "cpus": Optional[List[int]],  # None: all
        },
    )
    RunRequest = TypedDict(
        "RunRequest",
        {
            "op": Literal["run"],
            "id": str,
            "isolation": Isolation,
            "python": str,
            "script": str,  # relative to cwd
            "module": Optional[str],  # its name, where it runs as one: python -m
            "notebook": Optional[str],  # the file of its cells, where the script is a notebook
            "figures": Optional[str],  # the folder for pictures of what it draws; None: not wanted
            "stdin": Optional[str],  # the file that it reads; None: nothing
            "args": List[str],
            "cwd": str,
            "environ": Dict[str, str],  # all variables that there are
            "stdout": str,  # the file that gets what the run prints
            "stderr": str,
            "timeout": float,  # seconds
            "grace": float,  # seconds from SIGTERM to SIGKILL
            "output_limit": int,  # bytes of each stream
            "memory_limit": Optional[int],  # bytes
            "disk_limit": Optional[int],  # bytes that it may write below ``folder``
            "folder": str,  # that of the run: its home, temporary and working folders
            "cpus": Optional[List[int]],  # None: all
        },
    )
    ReadyEvent = TypedDict(
        "ReadyEvent",
        {"event": Literal["ready"], "python": List[int], "protocol": int, "pid": int},
    )
    ImportedEvent = TypedDict(
        "ImportedEvent",
        {
            "event": Literal["imported"],
            "id": str,
            "why": Optional[str],  # why there will be no warm runs
            "seconds": float,
            "cpu_seconds": float,
        },
    )
    StartedEvent = TypedDict("StartedEvent", {"event": Literal["started"], "id": str, "pid": int})
    FinishedEvent = TypedDict(
        "FinishedEvent",
        {
            "event": Literal["finished"],
            "id": str,
            "retval": int,  # exit code; -N after signal N; 127 if it could not be started
            "signal": Optional[str],  # such as SIGSEGV
            # memory: it exceeded its limit, or had over supervisor.PROCESSES processes at once
            "ended_by": Literal["exit", "signal", "timeout", "memory", "disk"],
            "timed_out": bool,
            "truncated": bool,
            # wall time from the fork to the end of the main process, in hundredths on Python 2.7
            "seconds": float,
            # user and system time of the main process and the children it waited for
            "cpu_seconds": float,
            # bytes: the larger of the polled sum and the main process's maximum
            "peak_memory": int,
            "isolation": Isolation,  # warm only if that was asked for and could be
            # why it could not be started or watched, or its output not be stored
            "error": Optional[str],
        },
    )
    RefusedEvent = TypedDict(
        "RefusedEvent", {"event": Literal["refused"], "id": Optional[str], "error": str}
    )
    Event = Union[ReadyEvent, ImportedEvent, StartedEvent, FinishedEvent, RefusedEvent]

    Rule = Tuple[str, str, Callable[[Any], bool]]  # a key, what its value must be, and the test

PROTOCOL = 7
CHUNK = 65536  # bytes that are read at once

_TEXT = (type(""), type(b"".decode("ascii")))  # str, and on Python 2.7 unicode


class Lines(object):
    """Reads a pipe line by line without ever waiting for the rest of a line."""

    def __init__(self, fd):
        # type: (int) -> None
        self.fd = fd
        self.rest = b""

    def read(self):
        # type: () -> Optional[List[bytes]]
        """Return the lines that one read completes; None at the end of the pipe."""
        data = os.read(self.fd, CHUNK)
        lines = (self.rest + data).split(b"\n")
        self.rest = lines.pop()
        return lines if data else None


def write_event(fd, event):
    # type: (int, Mapping[str, object]) -> None
    """Write an event; OSError where nobody reads any more."""
    data = (json.dumps(event, sort_keys=True) + "\n").encode("ascii")
    while data:
        data = data[os.write(fd, data) :]


def finished_event(request, **facts):
    # type: (RunRequest, **object) -> FinishedEvent
    """Return how a run ended: as one that could not be started, but for the given facts."""
    event = {"event": "finished", "id": request["id"], "isolation": request["isolation"]}  # type: Any
    event.update(retval=127, signal=None, ended_by="exit", timed_out=False, truncated=False)
    event.update(seconds=0.0, cpu_seconds=0.0, peak_memory=0, error=None)
    event.update(facts)
    return event  # type: ignore[no-any-return]


def is_text(value):
    # type: (object) -> bool
    """Tell whether a value of a request is a text."""
    return isinstance(value, _TEXT)


def _is_number(value):
    # type: (Any) -> bool
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


def _is_size(value):
    # type: (Any) -> bool
    return isinstance(value, int) and _is_number(value)


def _are(is_valid, values):
    # type: (Callable[[Any], bool], Any) -> bool
    return isinstance(values, list) and all(is_valid(value) for value in values)


def _are_cpus(value):
    # type: (Any) -> bool
    return value is None or _are(_is_number, value)


def _are_variables(value):
    # type: (Any) -> bool
    return isinstance(value, dict) and all(is_text(text) for text in value.values())


def _texts(*names):
    # type: (*str) -> List[Rule]
    return [(name, "a text", is_text) for name in names]


_IMPORT_RULES = _texts("id", "module", "stdout", "stderr") + [
    ("timeout", "a number of seconds", _is_number),
    ("cpus", "a list of CPU numbers or null", _are_cpus),
]  # type: List[Rule]
_RUN_RULES = _texts("id", "python", "script", "cwd", "folder", "stdout", "stderr") + [
    ("timeout", "a number of seconds", _is_number),
    ("grace", "a number of seconds", _is_number),
    ("args", "a list of texts", lambda value: _are(is_text, value)),
    ("environ", "texts by name", _are_variables),
    ("module", "a text or null", lambda v: v is None or is_text(v)),
    ("notebook", "a text or null", lambda v: v is None or is_text(v)),
    ("figures", "a text or null", lambda v: v is None or is_text(v)),
    ("stdin", "a text or null", lambda v: v is None or is_text(v)),
    ("output_limit", "a number of bytes", _is_size),
    ("memory_limit", "a number of bytes or null", lambda v: v is None or _is_size(v)),
    ("disk_limit", "a number of bytes or null", lambda v: v is None or _is_size(v)),
    ("cpus", "a list of CPU numbers or null", _are_cpus),
    ("isolation", "'fresh' or 'warm'", lambda value: value in ("fresh", "warm")),
]  # type: List[Rule]


def _check(request, rules):
    # type: (Mapping[str, object], List[Rule]) -> None
    for name, kind, is_valid in rules:
        if name not in request:
            raise ValueError("'%s' is missing" % name)
        if not is_valid(request[name]):
            raise ValueError("'%s' must be %s" % (name, kind))


def check_run(request):
    # type: (Mapping[str, object]) -> None
    """Raise ValueError unless a request to run has all that it needs, of the right kind."""
    _check(request, _RUN_RULES)


def check_import(request):
    # type: (Mapping[str, object]) -> None
    """Raise ValueError unless a request to import has all that it needs, of the right kind."""
    _check(request, _IMPORT_RULES)
