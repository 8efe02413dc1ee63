"""The ways to an environment: today's tools as they are, then what mends old packages.

A failure is of one of a few kinds, and each has its remedy: metadata that today's tools do not read
is repaired, what would have to be built for a younger Python has its first wheel for that, a
package that needs another for being built and does not declare it is given that, and what today's
build tools refuse is built by those of the day, unless it is code of Python 2. After that comes a
pip that read old metadata as the pip of the day did. Every remedy is tried once, and only where the
failure before it is of its kind. As of today there is nothing to mend: what today's tools refuse,
nobody can install.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import Version

from tfcompat.environments.base import BuildFailure, Environment, EnvironmentRequest
from tfcompat.environments.conflicts import name_contradiction
from tfcompat.environments.first_wheels import first_wheels, wheels_for_building
from tfcompat.environments.installer_errors import (
    is_file_unreadable,
    package_built,
    undeclared_need,
    unreadable_releases,
)
from tfcompat.environments.installers import InstallerStopped, step_seconds
from tfcompat.environments.of_the_day import build_tools_at
from tfcompat.environments.repairs import Repairs
from tfcompat.results.verdicts import CauseKind, Verdict
from tfcompat.util import files
from tfcompat.util.text import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tfcompat.environments.base import Backend
    from tfcompat.environments.index.client import PackageIndex
    from tfcompat.environments.interpreter_record import Interpreter
    from tfcompat.environments.metadata import PackageMetadata
    from tfcompat.environments.repairs import FirstWheel

# The metadata of so many packages is repaired in one environment.
_MOST_REPAIRS = 12

# setuptools 58 took away what many packages of Python 2 were built with.
_USE_2TO3 = re.compile(r"use_2to3 is invalid")

# What is written for Python 2 is so by whatever tools it is built.
_OF_PYTHON_2 = re.compile(r"SyntaxError: Missing parentheses in call to '(?:print|exec)'")

# The phases of a backend that concern the release.
_OF_THE_RELEASE = {"resolve", "install"}

# The projects of modules that old packages imported in their setup.py. It is a closed list: a
# missing module may be one of the package's own, and a project of that name a stranger's.
_BUILD_MODULES = {
    "cffi": "cffi",
    "cython": "cython",
    "numpy": "numpy",
    "pbr": "pbr",
    "pkg_resources": "setuptools",
    "pybind11": "pybind11",
    "scipy": "scipy",
    "setuptools_scm": "setuptools-scm",
    "six": "six",
}


@dataclass(frozen=True, kw_only=True)
class _Way:
    """One attempt: a backend, the request it is given, and what was repaired in it, in words."""

    backend: Backend
    request: EnvironmentRequest
    repaired: tuple[str, ...] = ()

    def with_repairs(self, *lines: str, repairs: Repairs) -> _Way:
        request = replace(self.request, repairs=repairs)
        return replace(self, request=request, repaired=(*self.repaired, *lines))


@dataclass(frozen=True, kw_only=True)
class Attempts:
    """Makes environments by the first way that works.

    ``backend`` is that of the Python; ``older`` is the one with an older pip, None where there is
    none for the Python. ``read_metadata`` reads that of a release, repaired (see `metadata`), and
    returns None where it cannot.
    """

    backend: Backend
    older: Backend | None
    index: PackageIndex
    read_metadata: Callable[[str, str, Interpreter], PackageMetadata | None]

    def build(self, request: EnvironmentRequest) -> Environment | BuildFailure:
        """Make an environment, or return the failure of the last way, with the output of all.

        Raises what `Backend.build` raises; InstallerStopped also where the ways that failed have
        taken as long as two steps may, and another one is left.
        """
        until = time.monotonic() + 2 * step_seconds(may_compile=request.may_compile)
        mends = request.cut_off is not None
        wheels = wheels_for_building(request, self.index) if mends else ()
        repairs = Repairs(skips_unreadable=not mends, first_wheels=wheels)
        way: _Way | None = _Way(backend=self.backend, request=replace(request, repairs=repairs))
        failures: list[BuildFailure] = []
        phases: dict[str, float] = {}
        while way is not None:
            outcome = way.backend.build(way.request)
            phases = _added(phases, outcome.phases)
            if isinstance(outcome, Environment):
                held = tuple(str(one) for one in wheels if _is_installed(one, outcome))
                return replace(outcome, phases=phases, repaired=(*held, *way.repaired))
            failures.append(replace(outcome, repaired=way.repaired))
            way = self._next(way, outcome) if mends else None
            _clear(request)
            if way is not None and time.monotonic() > until:
                number = plural(len(failures), "attempt")
                msg = f"{number} to build it failed, too slowly for more (TFCOMPAT_STEP_SECONDS)"
                raise InstallerStopped(msg, seconds=sum(phases.values()))
        return name_contradiction(_conclusion(failures, phases), request)

    def _next(self, way: _Way, failure: BuildFailure) -> _Way | None:
        """Return the way that may mend a failure of another one, None without any."""
        if failure.verdict is not Verdict.UNBUILDABLE:
            return None
        return next(
            (found for remedy in self._remedies for found in remedy(way, failure)),
            None,
        )

    @property
    def _remedies(self) -> tuple[Callable[[_Way, BuildFailure], Iterator[_Way]], ...]:
        return (
            self._readable,
            self._passing_over,
            self._with_first_wheels,
            self._with_needs,
            self._of_the_day,
            self._older_pip,
        )

    def _readable(self, way: _Way, failure: BuildFailure) -> Iterator[_Way]:
        """Yield the way with the metadata repaired of the releases that could not be read."""
        before = way.request.repairs
        known = {(one.name, one.version) for one in before.metadata}
        added: list[PackageMetadata] = []
        for release in unreadable_releases(failure.error):
            name, _, version = release.partition("==")
            if (name, version) not in known and len(known) + len(added) < _MOST_REPAIRS:
                metadata = self.read_metadata(name, version, way.request.interpreter)
                added += [metadata] if metadata else []
        if added:
            repairs = replace(before, metadata=(*before.metadata, *added))
            lines = (line for one in added for line in one.changes)
            yield way.with_repairs(*lines, repairs=repairs)

    def _passing_over(self, way: _Way, failure: BuildFailure) -> Iterator[_Way]:
        """Yield the way that passes over what cannot be read, where the rest is enough."""
        if failure.passed_over and not way.request.repairs.skips_unreadable:
            repairs = replace(way.request.repairs, skips_unreadable=True)
            lines = (f"{one}: passed over, cannot be read" for one in failure.passed_over)
            yield way.with_repairs(*lines, repairs=repairs)

    def _with_first_wheels(self, way: _Way, failure: BuildFailure) -> Iterator[_Way]:
        """Yield the way in which what would be built for a younger Python has its first wheel."""
        if failure.cause.kind is not CauseKind.BUILD_ERROR or way.backend is self.older:
            return
        found = failure.first_wheels
        package = package_built(failure.error)
        if not found and package is not None and len(package) > 1:
            found = first_wheels("==".join(package), way.request, self.index, failed=True)
        if found:
            before = way.request.repairs
            repairs = replace(before, first_wheels=(*before.first_wheels, *found))
            yield way.with_repairs(*map(str, found), repairs=repairs)

    def _with_needs(self, way: _Way, failure: BuildFailure) -> Iterator[_Way]:
        """Yield the way in which a package is built with a module that it did not find."""
        need = undeclared_need(failure) if failure.cause.kind is CauseKind.BUILD_ERROR else None
        before = way.request.repairs
        project = _BUILD_MODULES.get(need[1]) if need else None
        if need is None or project is None:
            return
        package = need[0]
        if (package, project) in before.build_requires or package == project:
            return
        repairs = replace(before, build_requires=(*before.build_requires, (package, project)))
        line = f"{package}: built with {project}, which it does not declare"
        yield way.with_repairs(line, repairs=repairs)

    def _of_the_day(self, way: _Way, failure: BuildFailure) -> Iterator[_Way]:
        """Yield the way with the build tools of the day, after today's have failed."""
        before, cut_off = way.request.repairs, way.request.cut_off
        if not _depends_on_tools(failure) or cut_off is None or before.build_constraints:
            return
        newest = Version("57.5.0") if _USE_2TO3.search(failure.error) else None
        constraints = build_tools_at(cut_off, self.index, newest_setuptools=newest)
        line = f"built with {' and '.join(constraints)} instead of today's"
        yield way.with_repairs(line, repairs=replace(before, build_constraints=constraints))

    def _older_pip(self, way: _Way, failure: BuildFailure) -> Iterator[_Way]:
        """Yield the way with an older pip, where metadata or a build is what fails."""
        cut_off = way.request.cut_off
        if self.older is None or way.backend is self.older or cut_off is None:
            return
        unreadable = unreadable_releases(failure.error) or is_file_unreadable(failure)
        if not unreadable and not _depends_on_tools(failure):
            return
        before = way.request.repairs
        constraints = before.build_constraints or build_tools_at(cut_off, self.index)
        older = replace(way, backend=self.older)
        repairs = replace(before, metadata=(), build_constraints=constraints)
        yield replace(
            older.with_repairs(repairs=repairs),
            repaired=(f"installed by an older pip, with {' and '.join(constraints)}",),
        )


def _depends_on_tools(failure: BuildFailure) -> bool:
    """Tell whether a build failed that may succeed with other tools."""
    is_build = failure.cause.kind is CauseKind.BUILD_ERROR
    return is_build and not _OF_PYTHON_2.search(failure.error)


def _is_installed(wheel: FirstWheel, built: Environment) -> bool:
    return any(canonicalize_name(line.partition("==")[0]) == wheel.package for line in built.freeze)


def _added(spent: dict[str, float], more: dict[str, float]) -> dict[str, float]:
    """Return the seconds of two attempts, by phase."""
    return {
        name: round(spent.get(name, 0.0) + more.get(name, 0.0), 3) for name in {**spent, **more}
    }


def _clear(request: EnvironmentRequest) -> None:
    """Remove what an attempt left in the folder of a request."""
    for path in request.folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            files.remove(path)
        else:
            # An installer that ended may still be removing its own temporary files.
            path.unlink(missing_ok=True)


def _conclusion(failures: list[BuildFailure], phases: dict[str, float]) -> BuildFailure:
    """Return the failure of all ways: that of the last one, with what each of them printed.

    A way that did not get as far as the release says nothing of it.
    """
    reached = [f for f in failures if f.failed_before or f.phases.keys() & _OF_THE_RELEASE]
    errors = [failure.error.rstrip("\n") for failure in failures if failure.error]
    error = "\n\n".join(errors) + "\n" if len(errors) > 1 else failures[0].error
    before = round(sum(failure.failed_before for failure in failures), 3)
    return replace((reached or failures)[-1], error=error, phases=phases, failed_before=before)
