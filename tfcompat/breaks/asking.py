"""Runs a program of this room in an environment, and reads the answer that it writes."""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from importlib import resources
from typing import TYPE_CHECKING, Any

from tfcompat.environments import containers
from tfcompat.execution import workspace
from tfcompat.execution.evaluation import environment_builder
from tfcompat.execution.launcher_client import run_environment
from tfcompat.util import host, processes
from tfcompat.util.processes import Invocation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tfcompat.environments.base import Environment
    from tfcompat.execution.environment_builder import EnvironmentBuilder
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.execution.settings import RunSettings
    from tfcompat.planning.plan import Plan
    from tfcompat.util.processes import Finished

# The import of the library, and all that is asked of it.
_DEADLINE = 300.0


@contextmanager
def open_builder(
    plan: Plan, settings: RunSettings, progress: ProgressListener
) -> Iterator[EnvironmentBuilder]:
    """Yield what makes environments for a plan; at the end nothing of it is left."""
    with containers.cleaned(plan.cache), processes.interruptible():
        host.raise_open_file_limit()
        with workspace.open_workspace(plan.cache) as folder:
            yield environment_builder(plan, settings, progress, folder)


def run_program(
    program: str,
    asked: Mapping[str, Any],
    built: Environment,
    folder: Path,
    accepts: Callable[[Mapping[str, Any]], object],
) -> Mapping[str, Any] | str:
    """Return what a program answers in an environment, or why there is no answer it ``accepts``.

    ``asked`` is given to it, beside the file for its answer. ``folder`` is for its files alone.
    """
    for name in ("home", "tmp"):
        (folder / name).mkdir(exist_ok=True, parents=True)
    copy, config, answer = folder / program, folder / "asked.json", folder / "answer.json"
    copy.write_bytes(resources.files("tfcompat.breaks").joinpath(program).read_bytes())
    config.write_text(json.dumps({**asked, "answer": str(answer)}), encoding="utf-8")
    answer.unlink(missing_ok=True)
    words: list[str | Path] = [built.python, "-s", copy, config]
    variables = run_environment(built.python, folder, 1)
    started = Invocation(command=words, environment=variables, cwd=folder)
    if built.sandbox is not None:
        started = built.sandbox.wrap(words, variables, folder)
    finished = processes.run(
        started.command, environment=started.environment, cwd=started.cwd, timeout=_DEADLINE
    )
    with suppress(OSError, ValueError):
        content: dict[str, Any] = json.loads(answer.read_bytes())
        if accepts(content):
            return content
    return _failure(asked["roots"][0], finished)


def _failure(root: str, finished: Finished) -> str:
    """Return in a sentence why there is no answer."""
    if finished.returncode is None:
        return f"looking through {root} takes more than {_DEADLINE:.0f} s"
    last = finished.stderr.strip().rpartition("\n")[2].strip()
    return f"{root} cannot be imported, or ends the process: {last or finished.returncode}"
