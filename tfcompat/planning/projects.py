"""Which project of the index brings a module: known names, and guesses that were checked.

A guess is taken only where the project's own files bring the module: nothing is installed because
its name looks right.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from packaging.utils import canonicalize_name

from tfcompat.environments.index.contents import Contents, contents_of
from tfcompat.errors import SelectionError
from tfcompat.planning.study import Project
from tfcompat.util import package_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfcompat.environments.index.client import PackageIndex
    from tfcompat.planning.imports import Import

# How projects are called whose own name for themselves is taken, or has another form.
_VARIANTS = ("python-{}", "py{}", "{}-python")


class Catalog(Protocol):
    """What telling projects apart needs of an index."""

    def contents(self, project: str) -> Contents | None:
        """Return what a project brings; None where that cannot be read, or there is no project."""

    def former_contents(self, project: str) -> Iterator[Contents]:
        """Yield what older releases of a project brought, as far as that can be read."""

    def exists(self, project: str) -> bool:
        """Tell whether the index has a project of that name."""


@dataclass(frozen=True, kw_only=True)
class IndexCatalog:
    """The projects of an index."""

    index: PackageIndex

    def contents(self, project: str) -> Contents | None:
        """Return what the newest readable release of a project brings."""
        try:
            return contents_of(self.index, project)
        except SelectionError:
            return None

    def former_contents(self, project: str) -> Iterator[Contents]:
        """Yield what the oldest release of a project brought, and one halfway."""
        with suppress(SelectionError):
            releases = [one for one in self.index.releases(project) if one.stable and one.files]
            for release in dict.fromkeys((*releases[len(releases) // 2 :][:1], *releases[:1])):
                found = contents_of(self.index, project, str(release))
                if found is not None:
                    yield found

    def exists(self, project: str) -> bool:
        """Tell whether the index has a project of that name."""
        try:
            return bool(self.index.releases(project))
        except SelectionError:
            return False


def project_for(one: Import, catalog: Catalog) -> Project | None:
    """Return the project that brings what a script imports; None where none is known to."""
    for module in one.dotted:
        known = package_names.known_project(module)
        if known:
            contents = catalog.contents(known)
            title = (contents.name if contents else "") or known
            return Project(name=known, title=title, module=_brought(one, contents, one.module))
    for guess in package_names.projects_for(one.dotted[0]):
        contents = catalog.contents(guess)
        module = _brought(one, contents, "")
        if contents is not None and module:
            return Project(name=guess, title=contents.name or guess, module=module)
        if contents is None and guess == canonicalize_name(one.module) and catalog.exists(guess):
            # Its files cannot be read; nothing speaks against what its name says.
            return Project(name=guess, title=guess, module=one.module)
    # A project may have given its module another name since.
    for guess in package_names.projects_for(one.dotted[0]):
        for contents in catalog.former_contents(guess):
            module = _brought(one, contents, "")
            if module:
                return Project(name=guess, title=contents.name or guess, module=module)
    return None


def named_project(name: str, imports: tuple[Import, ...], catalog: Catalog) -> Project:
    """Return a project that the user named, with the module that a script imports of it."""
    contents = catalog.contents(name)
    found = (_brought(one, contents, "") for one in imports)
    module = next(filter(None, found), "") or package_names.import_name(name)
    title = (contents.name if contents else "") or name
    return Project(name=canonicalize_name(name), title=title, module=module)


def suggestions_for(one: Import, catalog: Catalog) -> tuple[str, ...]:
    """Return projects of similar names that bring what a script imports: to be named to the user.

    None of them is ever installed unless the user says so.
    """
    top = one.module.partition(".")[0]
    names = [canonicalize_name(variant.format(top)) for variant in _VARIANTS]
    return tuple(name for name in names if _brought(one, catalog.contents(name), ""))


def brings(contents: Contents | None, one: Import) -> bool:
    """Tell whether a project brings what a script imports."""
    return bool(_brought(one, contents, ""))


def _brought(one: Import, contents: Contents | None, otherwise: str) -> str:
    """Return the module of a project that a script imports: the shortest name that is one."""
    if contents is None:
        return otherwise
    for dotted in one.dotted:
        parts = dotted.split(".")
        for length in range(1, len(parts) + 1):
            if ".".join(parts[:length]) in contents.modules:
                return ".".join(parts[:length])
    return otherwise
