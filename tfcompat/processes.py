"""The one place that starts processes."""

from __future__ import annotations

import logging
import os
import shlex
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from tfcompat.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

logger = logging.getLogger(__name__)

# Seconds between asking a process to stop and killing it.
GRACE = 2.0


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

    Raises UserError where the program does not exist or cannot be started.
    """
    words = [os.fspath(word) for word in command]
    logger.info("$ %s", shlex.join(words))
    try:
        return subprocess.Popen(  # noqa: S603 - the words come from this package, no shell
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


def run(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    cwd: Path | None = None,
    timeout: float | None = None,
) -> Finished:
    """Run a command to its end and return what it said; its group is gone afterwards.

    ``timeout`` is in seconds. An interrupt ends the group and is raised again.
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
    return Finished(
        command=words,
        returncode=returncode,
        stdout=out.decode("utf-8", "backslashreplace"),
        stderr=err.decode("utf-8", "backslashreplace"),
    )


def stop(process: subprocess.Popen[bytes], grace: float = GRACE) -> None:
    """End a process that ``start`` made, and its group: TERM, then KILL after ``grace`` seconds."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(grace)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
