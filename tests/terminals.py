"""A command on a terminal of its own, and how it takes being stopped there."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

# Ctrl-C, as a terminal receives it.
CTRL_C = b"\x03"

# It reports that it has started, starts another process, and ignores signals.
STUBBORN = """
import brick, os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGINT, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open({begun!r} + str(os.getpid()), "w").close()
time.sleep(600)
"""


@dataclass(frozen=True)
class Stopped:
    """How a command ended, what it printed, and the seconds until its processes were gone."""

    returncode: int
    said: str
    seconds: float
    left: tuple[int, ...]


@dataclass
class Terminal:
    """A command that runs on a terminal; ``said`` is all that it has printed there."""

    process: subprocess.Popen[bytes]
    master: int
    device: str
    said: bytes = b""

    def wait_for(self, what: Callable[[], object], seconds: float = 90) -> None:
        until = time.monotonic() + seconds
        while not what():
            assert self.process.poll() is None, self.said.decode()
            assert time.monotonic() < until, self.said.decode()
            time.sleep(0.05)

    def _command(self) -> int:
        """Return the process that the shell waits for."""
        task = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return int(task.read_text().split()[0])

    def stop(self, how: int | bytes, mark: Path) -> Stopped:
        """Stop it by a signal or by keys, and wait until no process of ``mark`` is left."""
        begun = time.monotonic()
        if isinstance(how, bytes):
            os.write(self.master, how)
        else:
            os.kill(self._command(), how)
        self.process.wait(60)
        while processes_of(mark) and time.monotonic() < begun + 60:
            time.sleep(0.02)
        seconds = time.monotonic() - begun
        return Stopped(
            self.process.returncode,
            self.said.decode("utf-8", "replace"),
            seconds,
            (*processes_of(mark), *holders(self.device)),
        )


@contextmanager
def terminal(
    words: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> Iterator[Terminal]:
    """Run a command on a new terminal, which is its controlling one, while the block lasts."""
    master, slave = pty.openpty()
    device = os.ttyname(slave)
    process = subprocess.Popen(
        # As a shell starts it: whose end does not take the terminal away from what it left.
        ["setsid", "--ctty", "sh", "-c", 'trap : INT; "$@"; exit $?', "sh", *words],
        cwd=folder, env=dict(environment), stdin=slave, stdout=slave, stderr=slave,
    )  # fmt: skip
    os.close(slave)
    shown = Terminal(process, master, device)

    def read() -> None:
        # The other end's last holder is gone: that is an error here, not an end.
        with suppress(OSError):
            while content := os.read(master, 65536):
                shown.said += content

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield shown
    finally:
        process.kill()
        process.wait()
        for pid in holders(device):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        reader.join()
        os.close(master)


def processes_of(folder: Path) -> list[int]:
    """Return the processes in whose command or environment a folder stands."""
    mark = f"{folder}/".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark in (path / "environ").read_bytes() + (path / "cmdline").read_bytes():
                found.append(int(path.name))
    return found


def holders(device: str) -> list[int]:
    """Return the processes that have a terminal open."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if any(str(file.readlink()) == device for file in (path / "fd").iterdir()):
                found.append(int(path.name))
    return found
