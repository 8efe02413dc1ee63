"""The one place that starts processes, and that ends them all when the command is stopped."""

from __future__ import annotations

import logging
import os
import selectors
import shlex
import signal
import subprocess
import threading
import time
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from typing import IO, TYPE_CHECKING

from tfcompat.errors import InterruptedRunError, UserError
from tfcompat.util.written import written_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

logger = logging.getLogger(__name__)

# Seconds between SIGTERM and SIGKILL for a process that has to stop.
GRACE = 2.0
# The same for an interrupt, which ends all processes: the user who pressed Ctrl-C waits for it.
_INTERRUPT_GRACE = 0.7

KEPT = 16_000_000
"""Bytes of each stream of a command that are kept: a build may print without end."""

_CHUNK = 1 << 16

# Seconds between two looks at how much a process has written.
_LOOK = 0.5

_started: set[subprocess.Popen[bytes]] = set()
_starting = threading.Lock()
_interrupted = threading.Event()


@contextmanager
def interruptible() -> Iterator[None]:
    """Forget, at the end of the block, an interrupt from within it: processes may start again."""
    try:
        yield
    finally:
        _interrupted.clear()


def interrupt() -> None:
    """End all processes that any thread has started, and let none start any more.

    Until the block of ``interruptible`` ends, every thread that starts a process or waits for one
    gets an InterruptedRunError.
    """
    with _starting:
        _interrupted.set()
        running = [process for process in _started if process.returncode is None]
    _signal(running, signal.SIGTERM)
    deadline = time.monotonic() + _INTERRUPT_GRACE
    for process in running:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
    _signal(running, signal.SIGKILL)


def interrupted() -> bool:
    """Return whether everything has been interrupted: nothing new may begin."""
    return _interrupted.is_set()


def raise_if_interrupted() -> None:
    """Raise InterruptedRunError if everything has been interrupted."""
    if interrupted():
        msg = "interrupted"
        raise InterruptedRunError(msg)


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """A process to be started: its command, exactly its environment variables, and its folder.

    Without ``cwd`` it starts in the folder of this process.
    """

    command: Sequence[str | Path]
    environment: Mapping[str, str]
    cwd: Path | None = None


class Limit(Enum):
    """What a command was stopped for."""

    TIME = "time"
    WRITTEN = "written"


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A command that ended: its output, and ``returncode``, None where it was stopped for a limit.

    ``limit`` is that one. A negative ``returncode`` is the signal that killed it, as `subprocess`
    has it.
    """

    command: tuple[str, ...]
    returncode: int | None
    stdout: str
    stderr: str
    limit: Limit | None = None

    @property
    def ok(self) -> bool:
        """Whether it ended by itself with exit 0."""
        return self.returncode == 0

    @property
    def output(self) -> str:
        """All that it printed, for a person who looks for what went wrong."""
        return "\n".join(part.strip() for part in (self.stdout, self.stderr) if part.strip())


def start(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    cwd: Path | None = None,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    stdout: int | IO[bytes] = subprocess.PIPE,
    stderr: int | IO[bytes] = subprocess.PIPE,
) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, with exactly the environment given.

    Raises UserError where the program does not exist or cannot be started, and
    InterruptedRunError once everything has been interrupted.
    """
    words = [os.fspath(word) for word in command]
    logger.info("$ %s", shlex.join(words))
    with _starting:
        raise_if_interrupted()
        try:
            process = subprocess.Popen(  # noqa: S603 - the words come from this package, no shell
                words,
                env=dict(environment),
                cwd=cwd,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                close_fds=True,
                # A Ctrl-C in the terminal is ours to handle, and the whole group ours to end.
                start_new_session=True,
            )
        except OSError as error:
            msg = f"cannot start {words[0]}: {error.strerror}"
            raise UserError(msg) from error
        _started.difference_update([p for p in _started if p.returncode is not None])
        _started.add(process)
    return process


def run(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    cwd: Path | None = None,
    timeout: float | None = None,
    most_written: int | None = None,
) -> Finished:
    """Run a command to its end and return how it ended.

    After ``timeout`` seconds, once it has written more than ``most_written`` bytes, and where
    anything is raised meanwhile, it is stopped with its process group. Raises what ``start``
    raises, and InterruptedRunError where everything is interrupted meanwhile: then the output means
    nothing.
    """
    process = start(command, environment=environment, cwd=cwd)
    words = tuple(os.fspath(word) for word in command)
    streams = [_Stream(), _Stream()]
    limit: Limit | None = None
    try:
        limit = _read(process, streams, timeout, most_written)
        if limit is not None:
            stop(process)
            _read(process, streams)
    except BaseException:
        stop(process)
        _read(process, streams)
        raise
    finally:
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
    raise_if_interrupted()
    out, err = (stream.text() for stream in streams)
    returncode = process.returncode if limit is None else None
    return Finished(command=words, returncode=returncode, stdout=out, stderr=err, limit=limit)


class _Stream:
    """What a process writes to a pipe: its first and its last bytes, so many as are kept."""

    def __init__(self) -> None:
        self._first = bytearray()
        self._last: deque[bytes] = deque()
        self._size = 0  # of what is in the last ones
        self._left_out = 0

    def feed(self, data: bytes) -> None:
        room = KEPT // 2 - len(self._first)
        self._first += data[:room]
        if len(data) > room:
            self._last.append(data[room:])
            self._size += len(data) - room
        while self._size - len(self._last[0] if self._last else b"") > KEPT // 2:
            gone = self._last.popleft()
            self._size -= len(gone)
            self._left_out += len(gone)

    def text(self) -> str:
        """Return it as text; a line says how much of it is left out."""
        first, last = bytes(self._first), b"".join(self._last)
        if self._left_out:
            first += f"\n[{self._left_out} bytes are left out here]\n".encode()
        return (first + last).decode("utf-8", "backslashreplace")


def _read(
    process: subprocess.Popen[bytes],
    streams: Sequence[_Stream],
    timeout: float | None = None,
    most_written: int | None = None,
) -> Limit | None:
    """Read both pipes of a process to their ends, and wait for its own; return a limit it meets."""
    deadline = None if timeout is None else time.monotonic() + timeout
    with selectors.DefaultSelector() as selector:
        for pipe, stream in zip((process.stdout, process.stderr), streams, strict=True):
            if pipe is not None and not pipe.closed:
                selector.register(pipe, selectors.EVENT_READ, stream)
        while selector.get_map():
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            if left == 0.0:
                return Limit.TIME
            if most_written is not None and written_by(process.pid) > most_written:
                return Limit.WRITTEN
            looks = (left, None if most_written is None else _LOOK)
            wait = min((one for one in looks if one is not None), default=None)
            for key, _ in selector.select(wait):
                data = os.read(key.fd, _CHUNK)
                if data:
                    key.data.feed(data)
                else:
                    selector.unregister(key.fileobj)
    try:
        process.wait(None if deadline is None else max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        return Limit.TIME
    return None


def stop(process: subprocess.Popen[bytes], grace: float = GRACE) -> None:
    """End a process that ``start`` made, and its group: TERM, then KILL after ``grace`` seconds."""
    _signal([process], signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(grace)
    _signal([process], signal.SIGKILL)


def _signal(running: Sequence[subprocess.Popen[bytes]], number: int) -> None:
    for process in running:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
