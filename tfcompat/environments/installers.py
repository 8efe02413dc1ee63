"""Running an installer, step by step: with what environment variables, and for how long."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.util import network, processes
from tfcompat.util.processes import Limit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tfcompat.util.processes import Finished

_STEP_SECONDS = 3600.0

# A search asks for many releases, and the oldest ones may compile half of a scientific stack.
_SOURCE_SECONDS = 120.0


# Far more than the largest environments take; a small wheel may unpack to any size.
_STEP_BYTES = 12_000_000_000


class InstallerStopped(Exception):  # noqa: N818 - it makes a cell unknown, and ends no command
    """An installer was stopped or killed before it ended: this says nothing of the release.

    ``seconds`` are those after which it was stopped for its time; that was now, or ``before`` and
    not repeated.
    """

    def __init__(self, message: str, *, seconds: float = 0.0, before: bool = False) -> None:
        super().__init__(message)
        self.seconds = seconds
        self.before = before


def installer_environment(home: Path) -> dict[str, str]:
    """Return the environment variables for installers: of the user's, only those of the network.

    ``home`` is a folder of ours, so that no configuration file of the user is read.
    """
    return {
        "HOME": os.fspath(home),
        "LC_ALL": "C.UTF-8",
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONIOENCODING": "utf-8",
        "TMPDIR": os.fspath(home),
        **network.network_environment(),
    }


def run_step(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    cwd: Path | None = None,
    may_compile: bool = False,
) -> Finished:
    """Run one step of an installer and return how it ended, successfully or not.

    ``may_compile`` is whether something may be built from source, for which there is less time.
    Raises InstallerStopped where it ran into a limit or was killed, and what `processes.run`
    raises.
    """
    seconds, most = step_seconds(may_compile=may_compile), step_bytes()
    step = processes.run(
        command, environment=environment, cwd=cwd, timeout=seconds, most_written=most
    )
    name = Path(command[0]).name
    if step.limit is Limit.WRITTEN:
        msg = f"{name} wrote more than {most / 1e9:g} GB (TFCOMPAT_STEP_BYTES allows more)"
        raise InstallerStopped(msg)
    if step.returncode is None:
        msg = f"{name} did not end within {seconds:g} s (TFCOMPAT_STEP_SECONDS allows more)"
        raise InstallerStopped(msg, seconds=seconds)
    if step.returncode < 0:
        msg = f"{name} was ended by {signal.Signals(-step.returncode).name}"
        raise InstallerStopped(msg)
    return step


def step_seconds(*, may_compile: bool) -> float:
    """Return the time limit of a step: TFCOMPAT_STEP_SECONDS, or a default.

    Downloads have time limits of their own, but only between two bytes.
    """
    try:
        return float(os.environ.get("TFCOMPAT_STEP_SECONDS", ""))
    except ValueError:
        return _SOURCE_SECONDS if may_compile else _STEP_SECONDS


def step_bytes() -> int:
    """Return how many bytes a step may write: TFCOMPAT_STEP_BYTES, or a default."""
    try:
        return int(os.environ.get("TFCOMPAT_STEP_BYTES", ""))
    except ValueError:
        return _STEP_BYTES
