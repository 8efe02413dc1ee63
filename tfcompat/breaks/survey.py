"""Asks the imported library of a release what it offers: makes environments, and surveys in them.

The program that asks runs in the environment, on its Python. A library that cannot be imported, or
that ends the process, has no surface.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from tfcompat.breaks.store import FORMAT
from tfcompat.environments import containers
from tfcompat.environments.base import BuildFailure
from tfcompat.execution import workspace
from tfcompat.execution.evaluation import environment_builder
from tfcompat.execution.launcher_client import run_environment
from tfcompat.util import host, processes
from tfcompat.util.processes import Invocation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tfcompat.environments.base import Environment
    from tfcompat.execution.environment_builder import EnvironmentBuilder
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.execution.settings import RunSettings
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan
    from tfcompat.util.processes import Finished

# What a survey may take: seconds to look at modules, and entries. TensorFlow 2.4 takes 14 s.
_SECONDS = 90
_ENTRIES = 60_000
# The import of the library, and the writing of the answer, come on top.
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


@dataclass(frozen=True, kw_only=True)
class Surveyor:
    """Surveys cells, each in an environment that is removed again."""

    builder: EnvironmentBuilder
    roots: Sequence[str]

    def survey(self, cell: Cell) -> Mapping[str, Any] | str:
        """Return the answer of a survey, or why there is none."""
        self.builder.acquire(cell)
        try:
            built = self.builder.environment(cell)
            if isinstance(built, BuildFailure):
                return built.cause.message
            folder = self.builder.owner / f"survey-{cell.identifier}"
            folder.mkdir(parents=True)
            answer = ask(built, folder, self.roots)
            if isinstance(answer, str):
                # The import of a submodule may end the process.
                answer = ask(built, folder, self.roots, imports=False)
            return answer
        finally:
            self.builder.release(cell)


def ask(
    built: Environment, folder: Path, roots: Sequence[str], *, imports: bool = True
) -> Mapping[str, Any] | str:
    """Return the answer of a survey in an environment, or why there is none.

    ``folder`` is the survey's own. Submodules are imported unless ``imports`` is False.
    """
    for name in ("home", "tmp"):
        (folder / name).mkdir(exist_ok=True)
    program, answer = folder / "survey_program.py", folder / "answer.json"
    text = resources.files("tfcompat.breaks").joinpath("survey_program.py").read_bytes()
    program.write_bytes(text)
    asked = {
        "roots": list(roots),
        "seconds": _SECONDS,
        "entries": _ENTRIES,
        "imports": imports,
        "answer": str(answer),
    }
    config = folder / "survey.json"
    config.write_text(json.dumps(asked), encoding="utf-8")
    answer.unlink(missing_ok=True)
    words: list[str | Path] = [built.python, "-s", program, config]
    variables = run_environment(built.python, folder, 1)
    started = Invocation(command=words, environment=variables, cwd=folder)
    if built.sandbox is not None:
        started = built.sandbox.wrap(words, variables, folder)
    finished = processes.run(
        started.command, environment=started.environment, cwd=started.cwd, timeout=_DEADLINE
    )
    return _read(answer) or _failure(roots[0], finished)


def _failure(root: str, finished: Finished) -> str:
    """Return in a sentence why there is no answer."""
    if finished.returncode is None:
        return f"looking through {root} takes more than {_DEADLINE:.0f} s"
    last = finished.stderr.strip().rpartition("\n")[2].strip()
    return f"{root} cannot be imported, or ends the process: {last or finished.returncode}"


def _read(answer: Path) -> Mapping[str, Any] | None:
    try:
        content: dict[str, Any] = json.loads(answer.read_bytes())
    except (OSError, ValueError):
        return None
    return content if content.get("format") == FORMAT and content.get("roots") else None
