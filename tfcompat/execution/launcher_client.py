"""Starts runs through a launcher inside the cell, and brings back what they printed."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tfcompat.execution.launcher import LAUNCHER
from tfcompat.results.schema import Run
from tfcompat.util import network, processes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from typing_extensions import Self

    from tfcompat.environments.base import Sandbox

Isolation = Literal["fresh", "warm"]

# Seconds that a launcher gets to say that it is there: interpreters on a cold disk are slow.
READY_SECONDS = 60
# Seconds between TERM and KILL for a run that has to end.
GRACE = 1.0


# How the launcher says that the process which watched over a run is gone.
_LOST = "came to an untimely end"


class RunFault(Exception):  # noqa: N818 - it makes a cell unknown and never ends the command
    """A run could not be made, through no fault of the script or of the release."""


class WatcherLost(RunFault):
    """The process that watched over a run was killed, and the run with it; ``run`` is its end."""

    def __init__(self, message: str, run: Run) -> None:
        super().__init__(message)
        self.run = run


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one run may use: seconds, bytes of each stream, bytes of memory, threads."""

    timeout: float
    output: int
    memory: int
    threads: int


def run_environment(python: Path, scratch: Path, threads: int) -> dict[str, str]:
    """Return the environment of a run: nothing of the user's but the way to the network.

    Pinned are locale, time zone, width and hash seed; graphics cards are hidden; the home and
    temporary folders are the run's own.
    """
    return {
        "COLUMNS": "80",
        "CUDA_VISIBLE_DEVICES": "-1",
        "HOME": os.fspath(scratch / "home"),
        "LC_ALL": "C.UTF-8",
        "OMP_NUM_THREADS": str(threads),
        "PATH": os.pathsep.join([os.fspath(python.parent), os.defpath]),
        "PYTHONHASHSEED": "0",
        "PYTHONIOENCODING": "utf-8",
        "TMPDIR": os.fspath(scratch / "tmp"),
        "TZ": "UTC",
        "VIRTUAL_ENV": os.fspath(python.parent.parent),
        **network.network_environment(),
    }


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What came of importing a module in a launcher: why no run can start warm, or None."""

    why_not: str | None
    seconds: float


class Launcher:
    """A launcher process in a cell. Use it as a context; ``run`` may be called from any thread.

    When this process dies, however it dies, the launcher sees the end of its pipe and takes all
    its runs with it.
    """

    def __init__(
        self,
        python: Path,
        interpreter: Path,
        folder: Path,
        threads: int = 1,
        sandbox: Sandbox | None = None,
    ) -> None:
        self._threads = threads
        self._sandbox = sandbox
        self._python = python
        self._interpreter = interpreter
        self._log = folder / "launcher.log"
        self._numbers = itertools.count(1)
        self._waiting: dict[str, Future[dict[str, Any]]] = {"ready": Future()}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Start the process and wait until it is ready; raise RunFault if it never is."""
        words: list[str | Path] = [self._python, LAUNCHER]
        folder = self._log.parent
        environment = run_environment(self._python, folder, self._threads)
        start = processes.Invocation(command=words, environment=environment)
        if self._sandbox:
            start = self._sandbox.wrap(words, environment, folder)
        with self._log.open("ab") as log:
            self._process = processes.start(
                start.command,
                cwd=start.cwd,
                environment=start.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        ready = self._waiting["ready"]
        self._reader = threading.Thread(target=self._read, name="launcher", daemon=True)
        self._reader.start()
        try:
            ready.result(READY_SECONDS)
        except FutureTimeout:
            self.close()
            msg = f"the launcher did not start within {READY_SECONDS} s: {self._last_words()}"
            raise RunFault(msg) from None
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process and whatever still runs in it."""
        self.close()

    def close(self) -> None:
        """End the process and whatever still runs in it; who waits for a run gets a RunFault."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is not None:
            # What a launcher that died could not be told may still be waiting to be written.
            with suppress(OSError):
                stdin.close()
        try:
            self._process.wait(processes.GRACE + GRACE)
        except subprocess.TimeoutExpired:
            processes.stop(self._process)
            self._process.wait()
        self._reader.join()
        if stdout is not None:
            stdout.close()

    def run(
        self,
        script: str,
        scratch: Path,
        *,
        limits: Limits,
        cores: Sequence[int],
        isolation: Isolation = "fresh",
    ) -> Run:
        """Run a script in its scratch folder to its end, and return what became of it.

        ``script`` is relative to the private copy, which is also the working directory. Raises
        RunFault where the fault is not the script's.
        """
        streams = {name: scratch / name for name in ("stdout", "stderr")}
        event = self._ask(
            {
                "op": "run",
                "id": str(next(self._numbers)),
                "isolation": isolation,
                "python": os.fspath(self._python),
                "script": script,
                "args": [],
                "cwd": os.fspath(scratch / "study"),
                "environ": run_environment(self._python, scratch, limits.threads),
                **{name: os.fspath(path) for name, path in streams.items()},
                "timeout": limits.timeout,
                "grace": GRACE,
                "output_limit": limits.output,
                "memory_limit": limits.memory,
                "cpus": list(cores),
            }
        )
        error = str(event.get("error") or "")
        if error and _LOST not in error:
            raise RunFault(error)
        # A warm run's output begins with what the import printed, which saw the launcher's folders.
        own = places(self._log.parent, self._python, self._interpreter)
        named = {**places(scratch, self._python, self._interpreter), **own}
        run = _read_outcome(event, streams, named)
        if error:
            raise WatcherLost(error, run.model_copy(update={"error": [*run.error, f"{error}\n"]}))
        return run

    def import_module(self, module: str, cores: Sequence[int], timeout: float) -> Imported:
        """Import a module in the launcher, once, so that runs may start warm.

        Raises RunFault where the launcher does not survive that.
        """
        event = self._ask(
            {
                "op": "import",
                "id": str(next(self._numbers)),
                "module": module,
                "stdout": os.fspath(self._log.with_name("import.out")),
                "stderr": os.fspath(self._log.with_name("import.err")),
                "timeout": timeout,
                "cpus": list(cores),
            }
        )
        return Imported(why_not=event["why"], seconds=event["seconds"])

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        answer: Future[dict[str, Any]] = Future()
        with self._lock:
            self._waiting[request["id"]] = answer
            try:
                assert self._process.stdin is not None  # noqa: S101 - it was started with a pipe
                self._process.stdin.write(json.dumps(request).encode() + b"\n")
                self._process.stdin.flush()
            except (OSError, ValueError):
                msg = f"the launcher is gone: {self._last_words()}"
                raise RunFault(msg) from None
        return answer.result()

    def _read(self) -> None:
        """Hand each event to who waits for it; when the launcher ends, tell all who still wait."""
        assert self._process.stdout is not None  # noqa: S101 - it was started with a pipe
        for line in self._process.stdout:
            event = json.loads(line)
            kind = event["event"]
            key = "ready" if kind == "ready" else str(event.get("id"))
            if kind in ("ready", "finished", "imported", "refused"):
                waiting = self._waiting.pop(key, None)
                if waiting is not None:
                    waiting.set_result(event)
        with self._lock:
            for waiting in self._waiting.values():
                waiting.set_exception(RunFault(f"the launcher ended: {self._last_words()}"))
            self._waiting.clear()

    def _last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "it left no message"


def places(scratch: Path, python: Path, interpreter: Path) -> dict[str, str]:
    """Return the folders of a run by what they are called in its record.

    Every run has other folders, and where they are is nobody's business.
    """
    found = {
        os.fspath(scratch / "study"): "/study",
        os.fspath(scratch / "home"): "/home",
        os.fspath(scratch / "tmp"): "/tmp",  # noqa: S108 - a name in a record, no folder
        os.fspath(python.parent.parent): "/env",
        # Libraries that show where something was made, such as TensorFlow, show a warm run's too.
        os.fspath(LAUNCHER.parent): "/launcher",
    }
    base = interpreter.parent.parent
    if base != Path("/usr"):
        found[os.fspath(base)] = "/python"
    return found


def _read_stream(path: Path, named: Mapping[str, str]) -> list[str]:
    text = path.read_bytes().decode("utf-8", "backslashreplace")
    for folder, name in named.items():
        text = text.replace(folder, name)
    # Not splitlines: a form feed or U+2028 that a script prints ends no line.
    return [line for line in re.findall(r"[^\n]*\n?", text) if line]


def _read_outcome(
    event: Mapping[str, Any], streams: Mapping[str, Path], named: Mapping[str, str]
) -> Run:
    text = {name: _read_stream(path, named) for name, path in streams.items()}
    return Run(
        output=text["stdout"],
        error=text["stderr"],
        retval=event["retval"],
        seconds=round(event["seconds"], 3),
        signal=event["signal"],
        timed_out=event["timed_out"],
        truncated=event["truncated"],
        out_of_memory=event["ended_by"] == "memory",
        cpu_seconds=round(event["cpu_seconds"], 3),
        peak_memory=event["peak_memory"],
        isolation=event["isolation"],
    )
