"""A Dask scheduler and workers, started as users start them; each worker has its own cache."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_SECONDS = 90


def wait_for(condition: Callable[[], object], seconds: float = _SECONDS) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


@dataclass
class DaskWorkers:
    """A scheduler, and workers that tests start and kill; ``file`` names the scheduler."""

    folder: Path
    environment: Mapping[str, str]
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def file(self) -> str:
        return str(self.folder / "scheduler.json")

    def fill(self, count: int) -> None:
        """Start so many workers, side by side, as are missing to ``count``."""
        logs = [self._start() for _ in range(count - len(self.living))]
        for number, log in enumerate(logs, len(self.workers) - len(logs)):
            self._wait_for(self.workers[number], log)

    def add(self, *words: str, **variables: str) -> subprocess.Popen[bytes]:
        """Start a worker; return once it has started."""
        log = self._start(*words, **variables)
        self._wait_for(self.workers[-1], log)
        return self.workers[-1]

    @staticmethod
    def _wait_for(worker: subprocess.Popen[bytes], log: Path) -> None:
        wait_for(lambda: b"Registered to" in log.read_bytes() or worker.poll() is not None)
        assert worker.poll() is None, log.read_text()

    def _start(self, *words: str, **variables: str) -> Path:
        """Start a worker; return what it logs to."""
        number = len(self.workers)
        own = self.folder / f"worker-{number}"
        own.mkdir()
        log = own / "log"
        command = [*_DASK, "worker", "--scheduler-file", self.file, "--nthreads", "1"]
        command += ["--no-nanny", "--no-dashboard", "--local-directory", str(own), *words]
        if "--resources" not in words:
            command += ["--resources", "cell=1"]
        # Which Pythons the machine has is known; to start them all again takes seconds.
        known = Path(self.environment["TFCOMPAT_CACHE"], "interpreters.json")
        if known.exists():
            self.cache(number).mkdir()
            shutil.copy(known, self.cache(number))
        environment = {
            # What is fetched once serves all of them.
            "TFCOMPAT_UV_CACHE": str(self.folder / "uv"),
            **self.environment,
            "TFCOMPAT_CACHE": str(self.cache(number)),
            **variables,
        }
        with log.open("wb") as file:
            worker = subprocess.Popen(command, env=environment, stdout=file, stderr=file)
        self.workers.append(worker)
        return log

    def cache(self, number: int) -> Path:
        return self.folder / f"cache-{number}"

    def left(self) -> list[str]:
        """Return what is left of cells: folders in caches, and processes that see this folder."""
        folders = [str(path) for path in self.folder.glob("cache-*/work/run-*")]
        return folders + [name for pid, name in self.processes() if pid not in self._own]

    def processes(self) -> list[tuple[int, str]]:
        """Return the processes with this folder in their command lines or variables."""
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                words = (path / "cmdline").read_bytes()
                variables = (path / "environ").read_bytes()
            except OSError:
                continue
            if str(self.folder).encode() in words + variables and words:
                found.append((int(path.name), words.replace(b"\0", b" ").decode()))
        return found

    @property
    def _own(self) -> set[int]:
        return {os.getpid(), self.scheduler.pid, *(worker.pid for worker in self.workers)}

    @property
    def living(self) -> list[int]:
        return [number for number, worker in enumerate(self.workers) if worker.poll() is None]

    def begun(self, number: int) -> bool:
        """Tell whether a worker has a cell at work."""
        return any((self.cache(number) / "work").glob("run-*"))


_DASK = [str(Path(sys.executable).parent / "dask")]


@contextmanager
def dask_scheduler(folder: Path, environment: Mapping[str, str]) -> Iterator[DaskWorkers]:
    """Yield a scheduler without workers; all are ended with the block."""
    folder.mkdir()
    file = folder / "scheduler.json"
    command = [*_DASK, "scheduler", "--scheduler-file", str(file), "--host", "127.0.0.1"]
    command += ["--port", "0", "--no-dashboard"]
    with (folder / "log").open("wb") as log:
        scheduler = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    made = DaskWorkers(folder, environment, scheduler)
    try:
        wait_for(lambda: file.exists() and file.stat().st_size and json.loads(file.read_text()))
        yield made
    finally:
        for process in (*made.workers, scheduler):
            process.send_signal(signal.SIGKILL)
            process.wait()
