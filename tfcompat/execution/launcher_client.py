"""Starts runs through a launcher inside the cell, and brings back what they printed."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
import signal
import subprocess
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tfcompat.environments import namespaces
from tfcompat.environments.namespaces import OPEN
from tfcompat.errors import StudyError
from tfcompat.execution.launcher import LAUNCHER, PROTOCOL, PYTEST_RUNNER
from tfcompat.execution.run_outcome import places, read_outcome
from tfcompat.planning.notebooks import is_notebook, parse_notebook
from tfcompat.util import network, processes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    from typing_extensions import Self

    from tfcompat.environments.base import Sandbox
    from tfcompat.environments.namespaces import Closed
    from tfcompat.execution.launcher._tfcompat_launcher.protocol import (
        Event,
        FinishedEvent,
        ImportedEvent,
        ImportRequest,
        ReadyEvent,
        RefusedEvent,
        RunRequest,
    )
    from tfcompat.planning.command import Command
    from tfcompat.results.schema import Run

    # The event with which the launcher replies to a request.
    Answer = FinishedEvent | ImportedEvent | RefusedEvent

Isolation = Literal["fresh", "warm"]

# Seconds that a launcher gets to report that it is there: interpreters on a cold disk are slow.
READY_SECONDS = 60
# Seconds between TERM and KILL for a run that has to end.
GRACE = 1.0

# Seconds within which a launcher ends that was killed together with a run: with its process group,
# or with its container, whose engine tells only when all of it is gone.
_WITH_GROUP, _WITH_CONTAINER = 0.5, 3.0


FIGURES = "figures"  # the folder for pictures, in that of a run

# How the launcher reports that the process which watched over a run is gone.
_LOST = "came to an untimely end"


class RunFault(Exception):  # noqa: N818 - it makes a cell unknown and never ends the command
    """A run could not be made, through no fault of the script or of the release."""


class LauncherLost(RunFault):
    """The launcher ended while runs waited for it: one of them may have killed it."""


class WatcherLost(RunFault):
    """The process that watched a run was killed, and the run with it; ``run`` is its record."""

    def __init__(self, message: str, run: Run) -> None:
        super().__init__(message)
        self.run = run


@dataclass(frozen=True, kw_only=True)
class RunLimits:
    """What one run may use: seconds, bytes of each stream, of memory and on disk, threads."""

    timeout: float
    output: int
    memory: int
    threads: int
    disk: int


def run_environment(
    python: Path, scratch: Path, threads: int, hash_seed: int = 0
) -> dict[str, str]:
    """Return the environment variables of a run: of the user's own, only those for the network.

    Pinned are locale, time zone, width and the seed of Python's hashes, which decides the order of
    sets; graphics cards are hidden; the home and temporary folders are the run's own.
    """
    return {
        "COLUMNS": "80",
        "CUDA_VISIBLE_DEVICES": "-1",
        "HOME": os.fspath(scratch / "home"),
        "LC_ALL": "C.UTF-8",
        "OMP_NUM_THREADS": str(threads),
        "PATH": os.pathsep.join([os.fspath(python.parent), os.defpath]),
        "PYTHONHASHSEED": str(hash_seed),
        "PYTHONIOENCODING": "utf-8",
        "TMPDIR": os.fspath(scratch / "tmp"),
        "TZ": "UTC",
        "VIRTUAL_ENV": os.fspath(python.parent.parent),
        **network.network_environment(),
    }


@dataclass(frozen=True, kw_only=True)
class ImportOutcome:
    """The outcome of an import in a launcher: ``why_not`` is None where runs can start warm."""

    why_not: str | None
    seconds: float


class LauncherClient:
    """A launcher process in a cell. Use it as a context; ``run`` may be called from any thread.

    ``interpreter`` is the program behind the environment's ``python``; ``closed`` is what its runs
    do not reach.

    When this process dies, however it dies, the launcher sees the end of its pipe and ends all
    its runs.
    """

    def __init__(
        self,
        python: Path,
        interpreter: Path,
        folder: Path,
        threads: int = 1,
        sandbox: Sandbox | None = None,
        *,
        hash_seed: int = 0,
        closed: Closed = OPEN,
    ) -> None:
        self._closed = closed
        self._threads = threads
        self._hash_seed = hash_seed
        self._sandbox = sandbox
        self._python = python
        self._interpreter = interpreter
        self._log = folder / "launcher.log"
        self._numbers = itertools.count(1)
        self._ready: Future[ReadyEvent] = Future()
        self._waiting: dict[str, Future[Answer]] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Start the process and wait until it is ready; raise RunFault if it never is."""
        with self._log.open("ab") as log:
            start = self._how_to_start()
            self._process = processes.start(
                start.command,
                cwd=start.cwd,
                environment=start.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        self._reader = threading.Thread(target=self._read, name="launcher", daemon=True)
        self._reader.start()
        try:
            self._wait_until_ready()
        except BaseException:
            self.close()
            raise
        return self

    def _how_to_start(self) -> processes.Invocation:
        words: list[str | Path] = [self._python, LAUNCHER]
        folder = self._log.parent
        environment = run_environment(self._python, folder, self._threads, self._hash_seed)
        readable = [LAUNCHER.parent, *network.certificate_paths(environment)]
        if self._sandbox:
            return self._sandbox.wrap(
                words, environment, folder, readable=readable, closed=self._closed
            )
        files = namespaces.visible(
            self._closed, writable=[folder, self._python.parent.parent], readable=readable
        )
        words = namespaces.command(words, network=self._closed.network, files=files)
        return processes.Invocation(command=words, environment=environment)

    def _wait_until_ready(self) -> None:
        try:
            ready = self._ready.result(READY_SECONDS)
        except FutureTimeout:
            msg = f"the launcher did not start within {READY_SECONDS} s: {self._last_words()}"
            raise RunFault(msg) from None
        if ready["protocol"] != PROTOCOL:
            # Its files are read at each start, this code once.
            msg = (
                f"the launcher speaks protocol {ready['protocol']} instead of {PROTOCOL}: "
                "tfcompat was upgraded while it ran, so start the command again"
            )
            raise RunFault(msg)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process and whatever still runs in it."""
        self.close()

    def close(self) -> None:
        """End the process and all that still runs in it; a thread that waits gets a RunFault."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is not None:
            # What a launcher that died did not read may still be waiting to be written.
            with suppress(OSError):
                stdin.close()
        # A container is removed as its launcher ends, which an engine should not be kept from.
        ends_within = READY_SECONDS if self._sandbox else processes.GRACE + GRACE
        try:
            self._process.wait(ends_within)
        except subprocess.TimeoutExpired:
            processes.stop(self._process)
            self._process.wait()
        self._reader.join()
        if stdout is not None:
            stdout.close()

    def run(
        self,
        command: Command,
        scratch: Path,
        *,
        limits: RunLimits,
        cores: Sequence[int],
        isolation: Isolation = "fresh",
    ) -> Run:
        """Run a command in its scratch folder to its end, and return what became of it.

        The paths of the command are relative to the private copy of the study. Raises RunFault
        where the fault is not the script's.
        """
        started = dt.datetime.now(dt.timezone.utc)
        event = self._ask(self._run_request(command, scratch, limits, cores, isolation))
        assert event["event"] == "finished"  # noqa: S101 - it answers a request to run
        error = event["error"]
        if error and _LOST not in error:
            raise RunFault(error)
        if event["signal"] == signal.SIGKILL.name and event["ended_by"] == "signal":
            self._raise_if_killed()
        # A warm run's output begins with what the import printed, which saw the launcher's folders.
        own = places(self._log.parent, self._python, self._interpreter)
        named = {**places(scratch, self._python, self._interpreter), **own}
        run = read_outcome(event, scratch, named, started)
        if command.figures:
            from tfcompat.execution.figure_files import read_figures  # noqa: PLC0415 - Pillow's

            run = run.model_copy(update={"figures": read_figures(scratch / FIGURES)})
        if error:
            raise WatcherLost(error, run.model_copy(update={"error": [*run.error, f"{error}\n"]}))
        return run

    def _raise_if_killed(self) -> None:
        """Raise RunFault where the launcher ends as well just after a run that was killed.

        Who kills a container kills all that is in it, in any order.
        """
        self._reader.join(_WITH_CONTAINER if self._sandbox else _WITH_GROUP)
        if not self._reader.is_alive():
            msg = f"the launcher was killed together with a run: {self._last_words()}"
            raise RunFault(msg)

    def _run_request(
        self,
        command: Command,
        scratch: Path,
        limits: RunLimits,
        cores: Sequence[int],
        isolation: Isolation,
    ) -> RunRequest:
        study = scratch / "study"
        folder = study / command.folder
        environment = run_environment(self._python, scratch, limits.threads, self._hash_seed)
        if command.import_from:
            paths = [os.fspath(study / one) for one in command.import_from]
            environment["PYTHONPATH"] = os.pathsep.join(paths)
        if command.figures:
            (scratch / FIGURES).mkdir()
            environment["MPLBACKEND"] = "Agg"  # as there is no screen
        script = os.path.relpath(study / command.script, folder)
        arguments = list(command.arguments)
        if command.suite:
            script, arguments = os.fspath(PYTEST_RUNNER), [script, *arguments]
        return {
            "op": "run",
            "id": str(next(self._numbers)),
            "isolation": isolation,
            "python": os.fspath(self._python),
            "script": script,
            "module": command.module or None,
            "notebook": _cells_of(study / command.script, script, scratch),
            "figures": os.fspath(scratch / FIGURES) if command.figures else None,
            "args": arguments,
            "stdin": os.fspath(study / command.stdin) if command.stdin else None,
            "cwd": os.fspath(folder),
            "environ": environment | dict(command.environment),
            "stdout": os.fspath(scratch / "stdout"),
            "stderr": os.fspath(scratch / "stderr"),
            "timeout": limits.timeout,
            "grace": GRACE,
            "output_limit": limits.output,
            "memory_limit": limits.memory,
            "disk_limit": limits.disk,
            "folder": os.fspath(scratch),
            "cpus": list(cores),
        }

    def import_module(self, module: str, cores: Sequence[int], timeout: float) -> ImportOutcome:
        """Import a module in the launcher, once, so that runs may start warm.

        Raises RunFault where the launcher does not survive that.
        """
        request: ImportRequest = {
            "op": "import",
            "id": str(next(self._numbers)),
            "module": module,
            "stdout": os.fspath(self._log.with_name("import.out")),
            "stderr": os.fspath(self._log.with_name("import.err")),
            "timeout": timeout,
            "cpus": list(cores),
        }
        event = self._ask(request)
        assert event["event"] == "imported"  # noqa: S101 - it answers a request to import
        return ImportOutcome(why_not=event["why"], seconds=event["seconds"])

    def _ask(self, request: RunRequest | ImportRequest) -> FinishedEvent | ImportedEvent:
        """Send a request and wait for the reply; raise RunFault where it is refused or lost."""
        waiting: Future[Answer] = Future()
        with self._lock:
            self._waiting[request["id"]] = waiting
            try:
                assert self._process.stdin is not None  # noqa: S101 - it was started with a pipe
                self._process.stdin.write(json.dumps(request).encode() + b"\n")
                self._process.stdin.flush()
            except (OSError, ValueError):
                msg = f"the launcher is gone: {self._last_words()}"
                raise LauncherLost(msg) from None
        answer = waiting.result()
        if answer["event"] == "refused":
            raise RunFault(answer["error"])
        return answer

    def _read(self) -> None:
        """Hand each event to the thread that waits for it; at the end, fail all that still wait."""
        assert self._process.stdout is not None  # noqa: S101 - it was started with a pipe
        for line in self._process.stdout:
            self._hand_over(json.loads(line))
        with self._lock:
            msg = f"the launcher ended: {self._last_words()}"
            for waiting in self._waiting.values():
                waiting.set_exception(LauncherLost(msg))
            self._waiting.clear()
            if not self._ready.done():
                self._ready.set_exception(RunFault(msg))

    def _hand_over(self, event: Event) -> None:
        if event["event"] == "ready":
            self._ready.set_result(event)
        elif event["event"] != "started":
            waiting = self._waiting.pop(event["id"] or "", None)
            if waiting is not None:
                waiting.set_result(event)

    def _last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "it left no message"


def _cells_of(path: Path, name: str, scratch: Path) -> str | None:
    """Write the cells of a notebook as the launcher takes them; return the file, None for a script.

    ``name`` is its path from the folder that it runs in. Raises RunFault where it is none.
    """
    if not is_notebook(path):
        return None
    try:
        notebook = parse_notebook(path.read_bytes(), name)
    except StudyError as error:
        raise RunFault(str(error)) from None
    cells = scratch / "cells.json"
    cells.write_text(json.dumps({"path": name, "cells": notebook.cells_to_run()}), encoding="ascii")
    return os.fspath(cells)
