"""Isolated environments for cells: one small protocol, the backends behind it private.

A backend makes an environment in a folder that is the caller's to remove. What it makes holds the
study's requirements and nothing else. A failure is data (`BuildFailure`), not an exception: whether
it is the release's fault (``unbuildable``) or this machine's (``unknown``) is part of it.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from packaging.utils import canonicalize_name
from packaging.version import Version

from tfcompat.util import network

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tfcompat.environments.index.client import PackageIndex
    from tfcompat.environments.interpreters import Interpreter
    from tfcompat.planning.grid import Cell
    from tfcompat.results.verdicts import Cause, Verdict
    from tfcompat.util.processes import Start

# Exempt from the cut-off while something is built, capped at it in the environment: held back,
# old source distributions cannot be built; let go, an environment of 2023 gets a setuptools
# without pkg_resources.
BUILD_BACKENDS = ("setuptools", "wheel")


class Sandbox(Protocol):
    """What a launcher of an environment is started through: an overlay, or a container."""

    @property
    def folder(self) -> Path:
        """What holds the environment, ``env``, and what is written to it, ``written``."""

    @property
    def layers(self) -> tuple[Path, ...]:
        """Folders of the cache that it lays over the environment."""

    @property
    def written(self) -> Path:
        """The folder with everything that was written to the environment."""

    def wrap(
        self,
        words: Sequence[str | Path],
        environment: Mapping[str, str],
        folder: Path,
        readable: Sequence[Path] = (),
    ) -> Start:
        """Return how to start a command in the environment, from outside of it.

        The command may write to ``folder`` alone, and reads the folders ``readable`` as well.
        """


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to build: a cell's requirements, as of an instant, in a folder.

    ``cut_off`` is None for today's index. ``constraints`` keep the build backends at what was
    there before the cut-off. ``linked`` allows links into the cache, where they are safe, and
    ``owner`` is the workspace of the command that asks.
    """

    cell: Cell
    interpreter: Interpreter
    requirements: tuple[str, ...]
    cut_off: dt.datetime | None
    constraints: tuple[str, ...]
    folder: Path
    linked: bool = False
    owner: Path | None = None

    @property
    def pin(self) -> str:
        """The requirement that names the cell's release."""
        return f"{self.cell.dependency}=={self.cell.release}"

    @property
    def environment(self) -> Path:
        """The folder of the environment itself."""
        return self.folder / "env"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """An environment that was made: its Python, and how to make it again.

    ``lock`` is a requirements file with pins and hashes, ``freeze`` what is installed, and
    ``phases`` the seconds that each part of making it took. ``sandbox`` is what nothing may be
    started without, where files are links into the cache or the Python lives in a container, and
    ``bytecode`` the layer to keep.
    """

    backend: str
    python: Path
    lock: str
    freeze: tuple[str, ...]
    phases: dict[str, float]
    sandbox: Sandbox | None = None
    bytecode: Path | None = None


@dataclass(frozen=True, kw_only=True)
class BuildFailure:
    """An environment that could not be made: whose fault it is, why, and the tool's whole error."""

    verdict: Verdict
    cause: Cause
    error: str
    phases: dict[str, float] = field(default_factory=dict)


class Backend(Protocol):
    """A way to make environments."""

    name: str

    def build(self, order: Order) -> Environment | BuildFailure:
        """Make an environment in ``order.folder``, or say why there can be none."""


@dataclass
class Stopwatch:
    """Collects the seconds that named phases take."""

    phases: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, seconds: float) -> None:
        """Add to a phase what something else has measured."""
        self.phases[name] = round(self.phases.get(name, 0) + seconds, 3)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the time that the block takes to a phase."""
        begun = time.monotonic()
        try:
            yield
        finally:
            self.add(name, time.monotonic() - begun)


def constraints_at(cut_off: dt.datetime, index: PackageIndex) -> tuple[str, ...]:
    """Return the constraints that keep build backends at their newest version before an instant.

    Raises IndexUnavailableError where the index cannot be asked.
    """
    lines = []
    for name in BUILD_BACKENDS:
        before = [
            release.version
            for release in index.releases(name)
            if release.stable and release.upload_time and release.upload_time <= cut_off
        ]
        if before:
            lines.append(f"{name}<={max(before)}")
    return tuple(lines)


def tool_environment(home: Path) -> dict[str, str]:
    """Return the environment in which installers run: the user's network, nothing else of theirs.

    ``home`` is a folder of ours, so that no configuration file of the user is read.
    """
    return {
        "HOME": os.fspath(home),
        "LC_ALL": "C.UTF-8",
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONIOENCODING": "utf-8",
        "TMPDIR": os.fspath(home),
        **network.network_environment(),
    }


def ordered_freeze(lines: str) -> tuple[str, ...]:
    """Return the lines of a freeze, ordered by name, without comments."""
    kept = [line.strip() for line in lines.splitlines() if line.strip() and line[0] not in "#-"]
    return tuple(sorted(kept, key=str.lower))


def pinned(freeze: tuple[str, ...], index: PackageIndex) -> str:
    """Return a requirements file with the pins of a freeze and the index's hashes for each."""
    blocks = []
    for line in freeze:
        name, _, version = line.partition("==")
        files = [
            file
            for release in index.releases(canonicalize_name(name))
            if version and release.version == Version(version)
            for file in release.files
        ]
        hashes = sorted({f"--hash=sha256:{file.sha256}" for file in files if file.sha256})
        blocks.append(" \\\n    ".join([line, *hashes]))
    return "\n".join(blocks) + "\n"
