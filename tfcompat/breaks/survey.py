"""Asks the imported library of a release what it offers: makes environments, and surveys in them.

The program that asks runs in the environment, on its Python. A library that cannot be imported, or
that ends the process, has no surface.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tfcompat.breaks.asking import run_program
from tfcompat.breaks.store import FORMAT
from tfcompat.environments.base import BuildFailure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tfcompat.environments.base import Environment
    from tfcompat.execution.environment_builder import EnvironmentBuilder
    from tfcompat.planning.grid import Cell

# What a survey may take: seconds to look at modules, and entries. TensorFlow 2.4 takes 14 s.
_SECONDS = 90
_ENTRIES = 60_000


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
    asked = {
        "roots": list(roots),
        "seconds": _SECONDS,
        "entries": _ENTRIES,
        "imports": imports,
    }
    return run_program("survey_program.py", asked, built, folder, _is_answer)


def _is_answer(content: Mapping[str, Any]) -> object:
    return content.get("format") == FORMAT and content.get("roots")
