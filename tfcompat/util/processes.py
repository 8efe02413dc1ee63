"""The one place that starts processes, and that ends them all when the command is stopped."""

from __future__ import annotations

import logging
import os
import shlex
import signal
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from tfcompat.errors import InterruptedRunError, UserError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

logger = logging.getLogger(__name__)

# Seconds between asking a process to stop and killing it.
GRACE = 2.0
# The same where everything is stopped at once: whoever pressed Ctrl-C waits.
_HURRY = 0.7

_started: set[subprocess.Popen[bytes]] = set()
_starting = threading.Lock()
_interrupted = threading.Event()


@contextmanager
def interruptible() -> Iterator[None]:
    """Take back, at the end of the block, that everything was interrupted in it."""
    try:
        yield
    finally:
        _interrupted.clear()


def interrupt() -> None:
    """End all processes that any thread has started; whoever starts one or waits for one is told.

    They get an InterruptedRunError, until the block of ``interruptible`` is over.
    """
    with _starting:
        _interrupted.set()
        running = [process for process in _started if process.returncode is None]
    _signal(running, signal.SIGTERM)
    until = time.monotonic() + _HURRY
    for process in running:
        with suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, until - time.monotonic()))
    _signal(running, signal.SIGKILL)


def interrupted() -> bool:
    """Tell whether everything has been interrupted: nothing new is to be begun."""
    return _interrupted.is_set()


def check() -> None:
    """Raise InterruptedRunError if everything has been interrupted."""
    if interrupted():
        msg = "interrupted"
        raise InterruptedRunError(msg)


@dataclass(frozen=True, kw_only=True)
class Start:
    """How to start a process: the words, exactly the environment, and where."""

    command: Sequence[str | Path]
    environment: Mapping[str, str]
    cwd: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Finished:
    """How a command ended; ``returncode`` is None where it ran into its timeout."""

    command: tuple[str, ...]
    returncode: int | None
    stdout: str
    stderr: str

    @property
    def ok(self) -> bool:
        """Whether it ended by itself with exit 0."""
        return self.returncode == 0

    @property
    def output(self) -> str:
        """Everything it said, for a person who looks for what went wrong."""
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
        check()
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
) -> Finished:
    """Run a command to its end and return what it said; its group is gone afterwards.

    ``timeout`` is in seconds. An interrupt ends the group and is raised again; whether it came
    from here or from another thread, what the command said then means nothing.
    """
    process = start(command, environment=environment, cwd=cwd)
    words = tuple(os.fspath(word) for word in command)
    try:
        out, err = process.communicate(timeout=timeout)
        returncode: int | None = process.returncode
    except subprocess.TimeoutExpired:
        stop(process)
        out, err = process.communicate()
        returncode = None
    except BaseException:
        stop(process)
        process.communicate()
        raise
    check()
    return Finished(
        command=words,
        returncode=returncode,
        stdout=out.decode("utf-8", "backslashreplace"),
        stderr=err.decode("utf-8", "backslashreplace"),
    )


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
