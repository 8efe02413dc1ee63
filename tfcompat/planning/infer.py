"""A study inferred for scripts that have none, from what they import.

The dependency is the package that a script is about; the other packages are its requirements.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from tfcompat.errors import StudyError
from tfcompat.planning.imports import Import, imports_of
from tfcompat.planning.notebooks import brought_by_jupyter, is_notebook
from tfcompat.planning.projects import (
    Catalog,
    brings,
    named_project,
    project_for,
    suggestions_for,
)
from tfcompat.planning.stated_needs import StatedNeeds
from tfcompat.planning.study import Project, Study, check_name, validate
from tfcompat.planning.suites import names_of_tests
from tfcompat.planning.surroundings import (
    CommandLine,
    Surroundings,
    common_folder,
    declared_name,
    is_module,
    read_script,
    surroundings_of,
)
from tfcompat.util import package_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from tfcompat.environments.index.contents import Contents
    from tfcompat.planning.command import Command

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
    command_line: CommandLine | None = None,
) -> Study:
    """Return a study of scripts, in any folders, about the library that they import.

    ``catalog`` tells which project brings a module. ``dependency`` names the project where the
    imports do not tell; ``baseline`` is a release, ``resolve`` as in ``caliper.yaml``,
    ``requirements`` are installed as well, and so is the project of each other module that a script
    imports. What files state that the scripts need is taken as `stated_needs` says; a release that
    they pin is the baseline where none is given. A run sees the whole folder of its script, and
    what `surroundings` finds. Raises StudyError where a script cannot be read, its library or the
    project of a module cannot be told, or a value is wrong.
    """
    given = command_line or CommandLine()
    for path in scripts:
        # Before the index is asked for anything, and under the name that was given.
        check_name(str(path))
        read_script(path)
    library = _library(scripts, given, dependency, catalog)
    around = _around(scripts, given, library)
    stated = StatedNeeds.of(tuple(around), given)
    if given.suite:
        requirements = _with_pytest(requirements, dependency)
    root = common_folder(path for one in around.values() for path in (*one.shown, one.folder))
    commands = _commands(around, root, given)
    imports = {path: foreign_imports(one, library) for path, one in around.items()}
    required = [catalog.contents(name) for name in map(_project_of, requirements) if name]
    needs = _Needs(catalog=catalog, given=required, declared=stated.names)
    about = _about(dependency, imports, needs, suite=given.suite)
    name = dependency or about.name
    needs = replace(needs, given=[catalog.contents(about.name), *required])
    others = {one.name for path in around for one in needs.projects(imports[path].all, path)}
    beside = stated.beside(name)
    content = {
        "dependency": name,
        "tests": list(commands),
        "requirements": [
            *requirements,
            *beside.requirements,
            *sorted(others - {about.name} - beside.installed),
        ],
        "constraints": beside.constraints,
        "baselines": {
            example: release
            for example, command in commands.items()
            if (release := baseline or stated.baseline(root / command.script, name))
        },
        "resolve": resolve,
    }
    return Study(
        path=scripts[0],
        root=root,
        analysis=validate(scripts[0], {"analysis": content}),
        examples=tuple(commands),
        shows=_shown(around, root),
        project=about,
        commands=commands,
        requires_python=beside.requires_python,
        origins=beside.origins,
        said=beside.said,
    )


def _library(
    scripts: Sequence[Path], given: CommandLine, dependency: str | None, catalog: Catalog
) -> Contents | None:
    """Return what the library brings that scripts are about, if that is known beforehand.

    It is that of ``dependency``. Without one, scripts that import nothing else may lie in a clone
    of their library: then it is what the project around them calls itself, if the index has it and
    they import it.
    """
    if dependency:
        return catalog.contents(dependency)
    around = _around(scripts, given, None)
    if any(foreign_imports(one).direct for one in around.values()):
        return None
    name = declared_name(next(iter(around)).parent)
    contents = catalog.contents(name) if name else None
    imported = (one for path in around for one in imports_of(read_script(path)))
    return contents if any(brings(contents, one) for one in imported) else None


def _around(
    scripts: Sequence[Path], given: CommandLine, library: Contents | None
) -> dict[Path, Surroundings]:
    """Return what lies around each script; StudyError where one cannot be read."""
    return {path.resolve(): surroundings_of(path.resolve(), given, library) for path in scripts}


def _shown(around: Mapping[Path, Surroundings], root: Path) -> tuple[str, ...]:
    """Return what runs see, relative to the folder of the study."""
    shown = (one.relative_to(root).as_posix() for found in around.values() for one in found.shown)
    return tuple(dict.fromkeys(shown))


def _about(
    dependency: str | None, imports: Mapping[Path, ForeignImports], needs: _Needs, *, suite: bool
) -> Project:
    """Return the project that scripts are about: the one that is named, or that they import.

    The files of a suite are about one together.
    """
    joined = _joined(imports.values())
    if dependency:
        return named_project(dependency, joined.all, needs.catalog)
    if suite:
        return main_project(needs.of_script(joined, next(iter(imports))), "the suite")
    return _common_project({path: needs.of_script(found, path) for path, found in imports.items()})


def _commands(
    around: Mapping[Path, Surroundings], root: Path, given: CommandLine
) -> dict[str, Command]:
    """Return how each example is run: a script, or each of the tests of a suite."""
    commands = {
        command.script: command for one in around.values() for command in [one.command(root, given)]
    }
    if not given.suite:
        return commands
    names = names_of_tests({file: read_script(root / file) for file in commands})
    return {test: commands[file] for file, tests in names.items() for test in tests}


def _joined(imports: Iterable[ForeignImports]) -> ForeignImports:
    """Return what several files of one suite import."""
    found = list(imports)
    return ForeignImports(
        direct=tuple(dict.fromkeys(one for each in found for one in each.direct)),
        indirect=tuple(dict.fromkeys(one for each in found for one in each.indirect)),
    )


def _with_pytest(requirements: Sequence[str], dependency: str | None) -> tuple[str, ...]:
    """Return requirements with pytest, unless it is among them or what is tested."""
    names = {canonicalize_name(name) for name in map(_project_of, requirements)}
    is_there = "pytest" in names or canonicalize_name(dependency or "") == "pytest"
    return (*requirements,) if is_there else (*requirements, "pytest")


def _project_of(requirement: str) -> str:
    """Return the project that a requirement names; empty where it names none."""
    try:
        return Requirement(requirement).name
    except InvalidRequirement:
        return ""


@dataclass(frozen=True, kw_only=True)
class ForeignImports:
    """What a script imports that is neither the standard library's nor its project's own.

    ``direct`` is what it imports itself, ``indirect`` what modules of its own do.
    """

    direct: tuple[Import, ...]
    indirect: tuple[Import, ...] = ()

    @property
    def all(self) -> tuple[Import, ...]:
        """Both, those of the script first."""
        return (*self.direct, *self.indirect)


def foreign_imports(around: Surroundings, library: Contents | None = None) -> ForeignImports:
    """Return what a script and its own modules import of other projects, each once.

    What ``library`` brings is never their own.
    """
    places = (around.script.parent, around.folder, *around.import_from)

    def foreign(imports: Iterable[Import]) -> tuple[Import, ...]:
        return tuple(
            one
            for one in dict.fromkeys(imports)
            if not package_names.is_standard(one.module)
            if not (is_notebook(around.script) and brought_by_jupyter(one.module))
            if brings(library, one)
            or not any(is_module(one.module.partition(".")[0], place) for place in places)
        )

    return ForeignImports(
        direct=foreign(imports_of(read_script(around.script))),
        indirect=foreign(replace(one, optional=True) for one in around.own),
    )


@dataclass(frozen=True, kw_only=True)
class _Needs:
    """What scripts need beside that which ``given`` projects bring.

    ``declared`` are the names of projects that a file states: an import is of one of these, if it
    can be.
    """

    catalog: Catalog
    given: Sequence[Contents | None]
    declared: Sequence[str] = ()

    def projects(self, imports: Iterable[Import], script: Path) -> tuple[Project, ...]:
        """Return the projects of imports, each once; StudyError where one cannot be told.

        What a script can do without is left out where its project is not known.
        """
        found: dict[str, Project] = {}
        for one in imports:
            if any(brings(contents, one) for contents in self.given):
                continue
            project = self._project(one)
            if project is not None:
                found.setdefault(project.name, project)
            elif not one.optional:
                raise StudyError(self._unknown(one, script))
        return tuple(found.values())

    def _project(self, one: Import) -> Project | None:
        """Return the project of an import: a declared one that brings it, else a known one."""
        found = project_for(one, self.catalog)
        if found is not None and found.name in self.declared:
            return found
        for name in self.declared:
            if brings(self.catalog.contents(name), one):
                return named_project(name, (one,), self.catalog)
        return found

    def of_script(self, imports: ForeignImports, script: Path) -> tuple[Project, ...]:
        """Return the projects that a script imports itself; where it has none, its modules'."""
        return self.projects(imports.direct, script) or self.projects(imports.indirect, script)

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
    names = {one.name for one in special}
    # flask-sqlalchemy is built upon flask, as its name says.
    built_upon = {name for name in names if any(other.startswith(f"{name}-") for other in names)}
    special = [one for one in special if one.name not in built_upon]
    if len(special) > 1:
        listed = ", ".join(one.name for one in special)
        msg = f"{script} imports {listed}; say which it is about with --dependency"
        raise StudyError(msg)
    return special[0] if special else max(found, key=lambda one: _FOUNDATIONS.index(one.name))
