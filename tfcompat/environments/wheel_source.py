"""Makes a wheel of what a user names: a wheel, a source distribution, a folder or a git address.

What has to be built is built in isolation and from a copy: a build leaves files in its
folder, and takes up those that an earlier one has left.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.environments.installers import InstallerStopped, installer_environment, run_step
from tfcompat.environments.local_wheel import read_wheel
from tfcompat.environments.uv import uv_command
from tfcompat.errors import UserError
from tfcompat.util import processes

if TYPE_CHECKING:
    from collections.abc import Callable

    from tfcompat.environments.interpreter_record import Interpreter
    from tfcompat.environments.local_wheel import LocalWheel

GIT = "git+"

_SDISTS = (".tar.gz", ".zip")

# No part of a source tree. Version control is: versions are often read from it.
_LEFT_OUT = frozenset(
    {"__pycache__", ".mypy_cache", ".nox", ".pytest_cache", ".ruff_cache", ".tox"}
)

# What setuptools leaves in build/, from where it takes modules that the tree no longer has.
_BUILT = ("bdist.", "lib", "temp.")

_SHOWN = 400  # characters of what a failed step printed last


@dataclass(frozen=True, kw_only=True)
class WheelMaker:
    """Makes wheels in ``folder`` with an interpreter; ``index`` is the address of the index.

    Each is made once: what is named again is the wheel that it was.
    """

    folder: Path
    cache: Path
    interpreter: Interpreter
    index: str
    offline: bool = False
    _made: dict[str, LocalWheel] = field(default_factory=dict)

    def wheel_of(self, named: str) -> LocalWheel:
        """Return the wheel of a file, a folder or ``git+URL@REF``, below the own folder.

        Raises UserError where there is none, or where it cannot be built.
        """
        if named not in self._made:
            place = Path(tempfile.mkdtemp(dir=self.folder))
            self._made[named] = self._wheel(named, place)
        return self._made[named]

    def _wheel(self, named: str, place: Path) -> LocalWheel:
        if named.startswith(GIT):
            return self._built(checked_out(named, place / "source"), place, named)
        path = Path(named)
        if path.is_dir():
            copy = place / "source"
            shutil.copytree(path, copy, symlinks=True, ignore=_left_out(path))
            return self._built(copy, place, named)
        if not path.is_file() or not path.name.endswith((".whl", *_SDISTS)):
            msg = (
                f"{named!r} is neither a wheel nor a source distribution, nor a folder that can be "
                f"built, nor {GIT}URL@REF; name one of these"
            )
            raise UserError(msg)
        if path.suffix == ".whl":
            return read_wheel(Path(shutil.copy2(path, place)))
        return self._built(path.resolve(), place, named)

    def _built(self, source: Path, place: Path, named: str) -> LocalWheel:
        """Build a tree or a source distribution."""
        if source.is_dir() and not any(
            (source / one).is_file() for one in ("pyproject.toml", "setup.py")
        ):
            msg = f"{named} has neither a pyproject.toml nor a setup.py; name a folder with one"
            raise UserError(msg)
        target = place / "dist"
        words: list[str | Path] = ["build", "--wheel", source, "--out-dir", target]
        words += ["--python", self.interpreter.path]
        command = uv_command(words, self.cache, offline=self.offline)
        environment = {
            **installer_environment(place),
            "UV_DEFAULT_INDEX": self.index,
            "UV_PYTHON_DOWNLOADS": "never",
        }
        try:
            step = run_step(command, environment=environment, cwd=place)
        except InstallerStopped as error:
            msg = f"{named} cannot be built: {error}"
            raise UserError(msg) from None
        wheels = sorted(target.glob("*.whl"))
        if not step.ok or not wheels:
            why = " ".join(step.output[-_SHOWN:].split())
            python = self.interpreter.python
            msg = f"{named} cannot be built on Python {python}; --python names another: {why}"
            raise UserError(msg)
        return read_wheel(wheels[0])


def _left_out(root: Path) -> Callable[[str, list[str]], set[str]]:
    """Return what tells `shutil.copytree` the names in a folder that are not copied."""

    def ignored(folder: str, names: list[str]) -> set[str]:
        place = Path(folder)
        found = {one for one in names if one in _LEFT_OUT or (place / one / "pyvenv.cfg").exists()}
        if place == root / "build":
            found |= {one for one in names if one.startswith(_BUILT)}
        return found

    return ignored


def checked_out(named: str, target: Path) -> Path:
    """Clone ``git+URL@REF`` to a folder; without a reference it is the default branch.

    As the user's own git does it: with the user's configuration and keys.
    """
    url, mark, ref = named.removeprefix(GIT).rpartition("@")
    # An @ before the path is that of a user: git+ssh://git@host/project
    if not mark or "/" not in url:
        url, ref = named.removeprefix(GIT), "HEAD"
    if ref.startswith("-"):
        msg = f"{ref!r} is no branch, tag or commit; name one after the @"
        raise UserError(msg)
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    steps: list[list[str | Path]] = [
        ["git", "clone", "--quiet", "--", url, target],
        ["git", "-C", target, "checkout", "--quiet", ref, "--"],
    ]
    for words in steps:
        step = processes.run(words, environment=environment)
        if not step.ok:
            why = " ".join(step.output[-_SHOWN:].split())
            msg = f"{named} cannot be had from git: {why}"
            raise UserError(msg)
    return target
