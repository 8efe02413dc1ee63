"""An answer written into a pyproject.toml: wherever it requires the package. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.items import Array

from tfcompat.errors import StudyError
from tfcompat.planning.toml_requirements import Answer, parse_toml, places_of, set_requirement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# What an earlier answer left behind a list: it is replaced.
_EARLIER = re.compile(r"#?\s*\S+: same result with .*")


def write_pyproject(text: str, file: str, answer: Answer, comment: str) -> str:
    """Return a pyproject.toml with an answer in each list that requires the package.

    Where none does, it is added to ``project.dependencies``. The ``comment`` follows the list.
    Nothing else is changed. Raises StudyError, which names the file, where it is no TOML or has no
    table ``project``.
    """
    document = parse_toml(text, file)
    lists = [one for one in _lists(document) if any(places_of(one, answer.name))]
    if not lists:
        lists = [_dependencies(document, file)]
    for one in lists:
        set_requirement(one, answer)
        if not one.trivia.comment or _EARLIER.fullmatch(one.trivia.comment):
            one.comment(comment)
    return tomlkit.dumps(document)


def _lists(document: Mapping[str, Any]) -> Iterator[Array]:
    """Yield the lists of requirements of a pyproject.toml."""
    project = document.get("project", {})
    groups = (project.get("optional-dependencies", {}), document.get("dependency-groups", {}))
    for one in (
        project.get("dependencies"),
        *(each for group in groups for each in group.values()),
    ):
        if isinstance(one, Array):
            yield one


def _dependencies(document: tomlkit.TOMLDocument, file: str) -> Array:
    """Return the dependencies of the project, made where it has none."""
    project = document.get("project")
    if project is None:
        msg = f"{file} has no table `project`, so --write has nowhere to write"
        raise StudyError(msg)
    if "dependencies" not in project:
        project["dependencies"] = tomlkit.array()
    found: Array = project["dependencies"]
    return found
