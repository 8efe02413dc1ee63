"""A study inferred for scripts that have none, from what they import.

The dependency is the package that a script is about; the other packages are its requirements.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement

from tfcompat.errors import StudyError
from tfcompat.planning.imports import Import, imports_of
from tfcompat.planning.projects import (
    Catalog,
    brings,
    named_project,
    project_for,
    suggestions_for,
)
from tfcompat.planning.study import Project, Study, validate
from tfcompat.util import package_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tfcompat.environments.index.contents import Contents

# Packages that many others are built upon: a script that imports one of these and another package
# is about the other one. Of two of these, it is about the later one.
_FOUNDATIONS = ("six", "numpy", "pillow", "scipy", "matplotlib", "pandas", "seaborn")


def infer_study(
    scripts: Sequence[Path],
    catalog: Catalog,
    *,
    dependency: str | None = None,
    baseline: str | None = None,
    resolve: str | None = None,
    requirements: Sequence[str] = (),
) -> Study:
    """Return a study of scripts, in any folders, about the library that they import.

    ``catalog`` tells which project brings a module. ``dependency`` names the project where the
    imports do not tell; ``baseline`` is a release, ``resolve`` as in ``caliper.yaml``,
    ``requirements`` are installed as well, and so is the project of each other module that a script
    imports. A run sees the whole folder of its script. Raises StudyError where a script cannot be
    read, its library or the project of a module cannot be told, or a value is wrong.
    """
    sources = {path.resolve(): _read(path) for path in scripts}
    folders = tuple(dict.fromkeys(path.parent for path in sources))
    root = Path(os.path.commonpath(folders))
    imports = {path: foreign_imports(source, path.parent) for path, source in sources.items()}
    every = tuple(dict.fromkeys(one for found in imports.values() for one in found))
    given = [catalog.contents(name) for name in map(_project_of, requirements) if name]
    needs = _Needs(catalog=catalog, given=given)
    if dependency:
        about = named_project(dependency, every, catalog)
    else:
        about = _common_project({path: needs.projects(imports[path], path) for path in sources})
    needs = _Needs(catalog=catalog, given=[catalog.contents(about.name), *given])
    others = {one.name for path in sources for one in needs.projects(imports[path], path)}
    examples = tuple(path.relative_to(root).as_posix() for path in sources)
    content = {
        "dependency": dependency or about.name,
        "tests": list(examples),
        "requirements": [*requirements, *sorted(others - {about.name})],
        "baselines": dict.fromkeys(examples, baseline) if baseline else None,
        "resolve": resolve,
    }
    return Study(
        path=scripts[0],
        root=root,
        analysis=validate(scripts[0], {"analysis": content}),
        examples=examples,
        shows=tuple(folder.relative_to(root).as_posix() for folder in folders),
        project=about,
    )


def _read(path: Path) -> bytes:
    """Return the text of a script; raise StudyError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        msg = f"cannot read the script {path}: {error.strerror}"
        raise StudyError(msg) from None


def _project_of(requirement: str) -> str:
    """Return the project that a requirement names; empty where it names none."""
    try:
        return Requirement(requirement).name
    except InvalidRequirement:
        return ""


def foreign_imports(source: bytes, folder: Path) -> tuple[Import, ...]:
    """Return what a script imports that is neither the standard library's nor its own.

    Modules in ``folder``, that of the script, are its own.
    """
    return tuple(
        one
        for one in imports_of(source)
        if not package_names.is_standard(one.module)
        if not _is_beside(one.module.partition(".")[0], folder)
    )


def _is_beside(name: str, folder: Path) -> bool:
    """Whether a folder has a module or a package of that name."""
    return (folder / f"{name}.py").is_file() or any((folder / name).glob("*.py"))


@dataclass(frozen=True, kw_only=True)
class _Needs:
    """What scripts need beside that which ``given`` projects bring."""

    catalog: Catalog
    given: Sequence[Contents | None]

    def projects(self, imports: Iterable[Import], script: Path) -> tuple[Project, ...]:
        """Return the projects of imports, each once; StudyError where one cannot be told.

        What a script can do without is left out where its project is not known.
        """
        found: dict[str, Project] = {}
        for one in imports:
            if any(brings(contents, one) for contents in self.given):
                continue
            project = project_for(one, self.catalog)
            if project is not None:
                found.setdefault(project.name, project)
            elif not one.optional:
                raise StudyError(self._unknown(one, script))
        return tuple(found.values())

    def _unknown(self, one: Import, script: Path) -> str:
        """Return the sentence on a module whose project is not known."""
        candidates = suggestions_for(one, self.catalog)
        names = one.dotted[0] if candidates else one.module
        if not candidates:
            return (
                f"{script.name} imports {names}, and no project is known to bring it; name the "
                "project with --dependency, or with --require where another library is meant"
            )
        return (
            f"{script.name} imports {one.module}, which comes with {' or '.join(candidates)}; "
            "choose with --dependency, or with --require where another library is meant"
        )


def _common_project(found: Mapping[Path, tuple[Project, ...]]) -> Project:
    """Return the one project that all scripts are about; raise StudyError where they differ."""
    about = {
        (one := main_project(projects, path.name)).name: one for path, projects in found.items()
    }
    if len(about) > 1:
        msg = f"these scripts are about {', '.join(sorted(about))}; name one with --dependency"
        raise StudyError(msg)
    return next(iter(about.values()))


def main_project(found: Iterable[Project], script: str) -> Project:
    """Return which of the projects that a script imports it is about.

    Raises StudyError where it imports none, or several of which none is built upon another.
    """
    found = tuple(found)
    if not found:
        msg = f"{script} imports no project of the index; name one with --dependency"
        raise StudyError(msg)
    special = [one for one in found if one.name not in _FOUNDATIONS]
    if len(special) > 1:
        names = ", ".join(one.name for one in special)
        msg = f"{script} imports {names}; say which it is about with --dependency"
        raise StudyError(msg)
    return special[0] if special else max(found, key=lambda one: _FOUNDATIONS.index(one.name))
