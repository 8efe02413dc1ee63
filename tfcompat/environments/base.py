"""Isolated environments: what is asked for, what is returned, and what every backend shares.

A backend makes an environment in a folder that the caller removes. The environment holds what the
study requires and nothing else. A failure is data (`BuildFailure`), not an exception: its verdict
tells whether the release is at fault (``unbuildable``) or this machine (``unknown``).
"""

from __future__ import annotations

import datetime as dt
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tfcompat.environments.namespaces import OPEN
from tfcompat.environments.repairs import Repairs
from tfcompat.errors import SelectionError
from tfcompat.util import python_days

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tfcompat.environments.index.client import PackageIndex
    from tfcompat.environments.interpreter_record import Interpreter
    from tfcompat.environments.local_wheel import LocalWheel
    from tfcompat.environments.namespaces import Closed
    from tfcompat.environments.repairs import FirstWheel
    from tfcompat.results.verdicts import Cause, Verdict
    from tfcompat.util.processes import Invocation

# Exempt from the cut-off while something is built, capped at it in the environment. At the
# cut-off's release they could not build old source distributions; at today's release, an
# environment of 2023 would get a setuptools without pkg_resources.
BUILD_BACKENDS = ("setuptools", "wheel")

# What isolated builds of packages without a pyproject.toml require at least, and a wheel of then:
# https://setuptools.pypa.io/en/stable/history.html#v40-8-0
_FIRST_ISOLATED = {"setuptools": Version("40.8.0"), "wheel": Version("0.33.1")}


class Sandbox(Protocol):
    """What a launcher has to be started through: an overlay, or a container."""

    @property
    def folder(self) -> Path:
        """The folder that holds the environment, ``env``, and what was written to it, ``written``.

        `contamination.CapturedWrites` reads both.
        """

    @property
    def layers(self) -> tuple[Path, ...]:
        """Folders of the cache that are laid over the environment, such as kept bytecode."""

    @property
    def written(self) -> Path:
        """The folder with everything that was written to the environment."""

    def wrap(
        self,
        words: Sequence[str | Path],
        environment: Mapping[str, str],
        folder: Path,
        readable: Sequence[Path] = (),
        *,
        closed: Closed = OPEN,
    ) -> Invocation:
        """Return how to start a command in the environment, from outside of it.

        The command works in ``folder``, and reads what is ``readable`` whatever is ``closed`` to
        it.
        """


# The day of the first setuptools that can be imported on a Python and those after it: 41.1.0, which
# takes abstract classes from `collections.abc`, and 17.0, whose pkg_resources finds the loaders.
_IMPORTABLE_SINCE = (
    (Version("3.10"), dt.date(2019, 8, 13)),
    (Version("3.5"), dt.date(2015, 5, 29)),
)


@dataclass(frozen=True, kw_only=True)
class EnvironmentRequest:
    """The environment that a cell needs, and the folder to make it in.

    ``dependency`` and ``release`` name what is tested, ``python`` its minor version (``3.6``) and
    ``interpreter`` the program. ``wheel_size`` is the size of the release's wheel in bytes, None
    where the index does not give it. ``requirements`` are the study's further requirements.

    Packages are resolved as of ``cut_off``; None stands for today. ``constraints`` are those of the
    study, and keep the build backends at releases from before the cut-off (see `constraints_at`).
    ``origins`` are the files that state requirements and constraints, by these. ``pins`` hold
    packages at one release each (``name==version``), whatever their day. The release ``is_newer``
    where it is from after the cut-off, which then holds for all else. ``seeds`` are what an
    environment holds that nothing requires (see `seeds_for`). With ``from_source`` the release has
    no fitting wheel: it is built from its source distribution. ``local`` is a wheel on this machine
    that is installed in place of what the index has of the release.

    With ``may_link``, files may be links into the cache where the system keeps runs from writing
    through them. ``owner`` is the workspace of the command that asks: its containers end with it.
    ``repairs`` are what `attempts` adds where it could not be made as it is.
    """

    dependency: str
    release: str
    python: str
    interpreter: Interpreter
    wheel_size: int | None
    requirements: tuple[str, ...]
    cut_off: dt.datetime | None
    constraints: tuple[str, ...]
    folder: Path
    may_link: bool = False
    owner: Path | None = None
    seeds: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    pins: tuple[str, ...] = ()
    from_source: bool = False
    local: LocalWheel | None = None
    is_newer: bool = False
    repairs: Repairs = field(default_factory=Repairs)

    @property
    def pin(self) -> str:
        """The requirement that names the release under test, or the file in place of it.

        The file's hash is part of it, so that no cache takes another file for it.
        """
        if self.local is not None:
            return f"{self.dependency} @ {self.local.address}"
        return f"{self.dependency}=={self.release}"

    @property
    def wanted(self) -> tuple[str, ...]:
        """All requirements of the environment: the release, what the study asks for, the seeds."""
        return (self.pin, *self.requirements, *self.seeds)

    @property
    def stated(self) -> tuple[str, ...]:
        """What the study requires or has as a constraint, as it is written."""
        held = (one for one in self.constraints if one in self.origins)
        return (*self.requirements, *held)

    @property
    def exact_pins(self) -> tuple[str, ...]:
        """The names of the packages that are pinned exactly: no cut-off hides those."""
        own = (canonicalize_name(self.dependency),) if self.is_newer else ()
        return own + tuple(
            canonicalize_name(requirement.name)
            for requirement in requirements_on(self.python, (*self.stated, *self.pins))
            if any(
                one.operator in {"==", "==="} and not one.version.endswith(".*")
                for one in requirement.specifier
            )
        )

    @property
    def may_compile(self) -> bool:
        """Whether something may have to be built from source: the release, or what it depends on.

        No wheel from before the day of a Python is for that Python.
        """
        first = _first_day(self.interpreter.version)
        predates = self.cut_off is not None and first is not None and self.cut_off < first
        return self.from_source or predates

    @property
    def environment(self) -> Path:
        """The folder of the environment itself."""
        return self.folder / "env"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """An environment that was made.

    ``backend`` is the name of what made it and ``python`` its interpreter. ``lock`` is a
    requirements file with pins and hashes that makes it again. ``freeze`` lists what is installed,
    as pip prints it. ``phases`` are seconds by the name of a step.

    Where ``sandbox`` is not None, nothing may be started except through it: files are links into
    the cache, or the Python lives in a container. ``bytecode`` is the folder of the cache in which
    to keep what the first import compiles, None where none is kept. ``repaired`` are lines on what
    had to be repaired of old packages (see `attempts`).
    """

    backend: str
    python: Path
    lock: str
    freeze: tuple[str, ...]
    phases: dict[str, float]
    sandbox: Sandbox | None = None
    bytecode: Path | None = None
    repaired: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BuildFailure:
    """An environment that could not be made.

    ``verdict`` says whose fault it is and ``cause`` why, in short. ``error`` is all that the
    installer printed, ``phases`` the seconds of each step so far. ``repaired`` is that of an
    `Environment`, in vain. ``passed_over`` are releases that a resolution, possible without them,
    could not read, ``first_wheels`` what can be had in place of packages that were not built.
    ``failed_before`` are the seconds that it took an earlier time, where it was not tried now.
    """

    verdict: Verdict
    cause: Cause
    error: str
    phases: dict[str, float] = field(default_factory=dict)
    repaired: tuple[str, ...] = ()
    passed_over: tuple[str, ...] = ()
    first_wheels: tuple[FirstWheel, ...] = ()
    failed_before: float = 0.0


class Backend(Protocol):
    """A way to make environments; `backends.backend_for` chooses one.

    ``tool`` is the program that it makes them by, with its version.
    """

    name: str
    tool: str

    def links(self, request: EnvironmentRequest) -> bool:
        """Tell whether the files of this environment would be links into the cache, not copies."""

    def build(self, request: EnvironmentRequest) -> Environment | BuildFailure:
        """Make an environment in ``request.folder``, or return why there can be none.

        Raises InstallerStopped, ContainerError, IndexUnavailableError and OSError where this
        machine or the index is at fault.
        """


@dataclass
class Stopwatch:
    """Adds up the seconds that named phases take."""

    phases: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, seconds: float) -> None:
        """Add seconds that were measured elsewhere to a phase."""
        self.phases[name] = round(self.phases.get(name, 0) + seconds, 3)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the time that the block takes to a phase, also where the block raises."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self.add(name, time.monotonic() - begun)


def constraints_at(
    cut_off: dt.datetime,
    python: Version,
    index: PackageIndex,
    requirements: Sequence[Requirement] = (),
) -> tuple[str, ...]:
    """Return constraints that keep build backends at their newest stable release of an instant.

    For setuptools that is one that fits the full version of a ``python`` (see `setuptools_day`).
    ``requirements`` are those of the study: where one of them wants a build backend that was not
    out yet, it wins. Raises IndexUnavailableError where the index cannot be asked.
    """
    constraints = []
    for name in BUILD_BACKENDS:
        instant = setuptools_day(cut_off, python) if name == "setuptools" else cut_off
        before = _stable_before(instant, index, name)
        wanted = [one.specifier for one in requirements if canonicalize_name(one.name) == name]
        possible = [v for v in before if all(specifier.contains(v) for specifier in wanted)]
        if before and possible:
            constraints.append(f"{name}<={max(before)}")
    return tuple(constraints)


def build_tools_at(
    cut_off: dt.datetime, index: PackageIndex, newest_setuptools: Version | None = None
) -> tuple[str, ...]:
    """Return constraints for building with the tools of an instant.

    They are never older than the first that can build in isolation, nor is setuptools newer than
    ``newest_setuptools``. Raises IndexUnavailableError where the index cannot be asked.
    """
    constraints = []
    for name, first in _FIRST_ISOLATED.items():
        newest = max([*_stable_before(cut_off, index, name), first])
        if name == "setuptools" and newest_setuptools is not None:
            newest = min(newest, newest_setuptools)
        constraints.append(f"{name}<={newest}")
    return tuple(constraints)


def was_out_at(cut_off: dt.datetime, requirement: str, index: PackageIndex) -> bool:
    """Tell whether the project of a requirement had a stable release at an instant.

    Raises IndexUnavailableError where the index cannot be asked.
    """
    return bool(_stable_before(cut_off, index, Requirement(requirement).name))


def _stable_before(cut_off: dt.datetime, index: PackageIndex, name: str) -> list[Version]:
    try:
        known = index.releases(name)
    except SelectionError:
        return []
    return [
        release.version
        for release in known
        if release.stable and release.upload_time and release.upload_time <= cut_off
    ]


def setuptools_day(cut_off: dt.datetime, python: Version) -> dt.datetime:
    """Return the instant as of which setuptools is taken: the cut-off, if a Python can use that.

    Old releases cannot be imported on later Pythons (see `_IMPORTABLE_SINCE`). In their place is
    what was out when the Python came, as it comes with a setuptools of its own.
    """
    since = next((day for first, day in _IMPORTABLE_SINCE if python >= first), None)
    if since is None or cut_off.date() > since:
        return cut_off
    return max(cut_off, _first_day(python) or cut_off)


def _first_day(python: Version) -> dt.datetime | None:
    """Return when a Python came out; None for one that is not listed."""
    day = python_days.FIRST_DAYS.get(f"{python.major}.{python.minor}")
    return dt.datetime.combine(day, dt.time(), dt.timezone.utc) if day else None


def seeds_for(python: Version, cut_off: dt.datetime | None, index: PackageIndex) -> tuple[str, ...]:
    """Return what ``python -m venv`` gives an environment beside pip, for a full version of Python.

    That is setuptools, below Python 3.12 (https://docs.python.org/3/whatsnew/3.12.html#ensurepip),
    and none that is older than the Python (see `setuptools_day`). An index without a fitting one
    has none to give. Raises IndexUnavailableError where the index cannot be asked.
    """
    if python >= Version("3.12"):
        return ()
    cut_off = setuptools_day(cut_off, python) if cut_off else None
    try:
        known = index.releases("setuptools")
    except SelectionError:
        return ()
    stable = [
        release
        for release in known
        if release.stable and (not cut_off or _was_out(release.upload_time, cut_off))
    ]
    fitting = [
        release for release in stable if any(file.allows_python(python) for file in release.files)
    ]
    # What would have to be built by something else is no base to build on.
    return ("setuptools",) if fitting and fitting[-1].wheels else ()


def _was_out(uploaded: dt.datetime | None, cut_off: dt.datetime) -> bool:
    return uploaded is not None and uploaded <= cut_off


def requirements_on(python: str, requirements: Sequence[str]) -> list[Requirement]:
    """Return the requirements of a study that hold on a Python such as ``3.6``, parsed.

    What cannot be parsed is left to the installer.
    """
    parsed = []
    for text in requirements:
        try:
            one = Requirement(text)
        except InvalidRequirement:
            continue
        on = {"python_version": python, "python_full_version": f"{python}.0"}
        if one.marker is None or one.marker.evaluate(on):
            parsed.append(one)
    return parsed


def write_constraints(request: EnvironmentRequest) -> Path:
    """Write the constraints of a request to a file in its folder, and return the file.

    A package that is pinned has no other constraint.
    """
    pinned = {canonicalize_name(Requirement(pin).name) for pin in request.pins}
    free = [
        one for one in request.constraints if canonicalize_name(Requirement(one).name) not in pinned
    ]
    path = request.folder / "constraints.txt"
    path.write_text("\n".join([*free, *request.pins, ""]), encoding="utf-8")
    return path


def ordered_freeze(printed: str) -> tuple[str, ...]:
    """Return the lines that ``pip freeze`` printed, ordered by name, without comments."""
    kept = [line.strip() for line in printed.splitlines() if line.strip() and line[0] not in "#-"]
    return tuple(sorted(kept, key=str.lower))


def pinned(freeze: tuple[str, ...], index: PackageIndex) -> str:
    """Return a requirements file with the pins of a freeze and the index's hashes of each.

    A line that pins no release of the index stands there without hashes. The form is pip's:
    https://pip.pypa.io/en/stable/topics/secure-installs/#hash-checking-mode
    """
    return "\n".join(" \\\n    ".join([line, *_hashes(line, index)]) for line in freeze) + "\n"


def _hashes(line: str, index: PackageIndex) -> list[str]:
    """Return the hash options for a line of a freeze such as ``numpy==1.13.3``."""
    name, _, text = line.partition("==")
    try:
        version = Version(text)
    except InvalidVersion:
        return []
    files = [
        file
        for release in index.releases(canonicalize_name(name))
        if release.version == version
        for file in release.files
    ]
    return sorted({f"--hash=sha256:{file.sha256}" for file in files if file.sha256})
