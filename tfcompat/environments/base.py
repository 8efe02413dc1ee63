"""Isolated environments: what is asked for, what is returned, and what every backend shares.

A backend makes an environment in a folder that the caller removes. The environment holds what the
study requires and nothing else. A failure is data (`BuildFailure`), not an exception: its verdict
tells whether the release is at fault (``unbuildable``) or this machine (``unknown``).
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tfcompat.environments.namespaces import OPEN
from tfcompat.environments.repairs import Repairs
from tfcompat.util import python_days

if TYPE_CHECKING:
    import datetime as dt
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
        first = python_days.first_instant(self.interpreter.version)
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
