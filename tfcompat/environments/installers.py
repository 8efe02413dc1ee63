"""Running an installer, step by step: with what environment variables, and for how long."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.util import network, processes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tfcompat.util.processes import Finished

_STEP_SECONDS = 3600.0

# A search asks for many releases, and the oldest ones may compile half of a scientific stack.
_SOURCE_SECONDS = 120.0


class InstallerStopped(Exception):  # noqa: N818 - it makes a cell unknown, and ends no command
    """An installer was stopped or killed before it ended: this says nothing of the release."""


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
    Raises InstallerStopped where it ran into its time limit or was killed, and what
    `processes.run` raises.
    """
    seconds = step_seconds(may_compile=may_compile)
    step = processes.run(command, environment=environment, cwd=cwd, timeout=seconds)
    name = Path(command[0]).name
    if step.returncode is None:
        msg = f"{name} did not end within {seconds:g} s (TFCOMPAT_STEP_SECONDS allows more)"
        raise InstallerStopped(msg)
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
