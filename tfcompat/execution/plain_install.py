"""An environment as a user makes it by hand: ``python -m venv`` and ``pip install``, nothing else.

It proves that a line for a requirements file does what is claimed of it, also without tfcompat.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.execution import workspace
from tfcompat.execution.launcher_client import LauncherClient
from tfcompat.util import host, processes
from tfcompat.util.files import remove

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfcompat.execution.launcher_client import RunLimits
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.study import Study
    from tfcompat.results.schema import Run

_STEP_SECONDS = 3600.0


@dataclass(frozen=True, kw_only=True)
class PlainRun:
    """A run in an environment that pip made; ``run`` is None where pip failed: see ``error``."""

    run: Run | None = None
    error: str = ""

    @property
    def works(self) -> bool:
        """Whether the script ended with exit 0."""
        return self.run is not None and self.run.retval == 0


def run_with_pip(
    study: Study, test: str, cell: Cell, requirements: Sequence[str], limits: RunLimits, cache: Path
) -> PlainRun:
    """Install requirements by plain pip on a cell's Python, run an example, and remove all of it.

    Raises RunFault where the run could not be watched.
    """
    assert cell.interpreter is not None  # noqa: S101 - the caller has tried it
    interpreter = cell.interpreter.path
    folder = Path(tempfile.mkdtemp(prefix="pip-", dir=cache))
    python = folder / "env" / "bin" / "python"
    try:
        steps: list[list[str | Path]] = [
            [interpreter, "-m", "venv", folder / "env"],
            [python, "-m", "pip", "install", "--quiet", *requirements],
        ]
        variables = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        for words in steps:
            done = processes.run(words, environment=variables, timeout=_STEP_SECONDS)
            if not done.ok:
                lines = done.output.splitlines()
                return PlainRun(error=lines[-1] if lines else f"exit {done.returncode}")
        workspace.take_copy(study.root, study.shown(), folder / "study")
        for name in ("home", "tmp"):
            (folder / name).mkdir()
        with LauncherClient(python, interpreter.resolve(), folder, limits.threads) as launcher:
            cores = sorted(host.usable_cores())[: limits.threads]
            run = launcher.run(study.command(test), folder, limits=limits, cores=cores)
    finally:
        remove(folder)
    return PlainRun(run=run, error="".join(run.error[-1:]).strip() if run.retval else "")
