"""Environments by an old virtualenv and the old pip that it carries for each Python.

It serves Python 2.7, which uv does not know, and packages of their day that uv does not read: pip
20.3 (Python 2.7) to 23.0 take old metadata as all pips before 24.1 did, and, unlike those before
20.3, they notice what contradicts each other.

That virtualenv lives in an environment of its own, away from the project's current one. All
requirements are first turned into wheels in a workshop: an environment with the last setuptools
that virtualenv carries, or with the build tools of the day. Then they are installed from those
wheels. pip runs out of the wheel that virtualenv carries, and is never installed into the
environment of a cell.
"""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from filelock import FileLock
from packaging.utils import parse_wheel_filename

from tfcompat.environments import overlayfs
from tfcompat.environments.base import (
    BUILD_BACKENDS,
    BuildFailure,
    Environment,
    EnvironmentRequest,
    Stopwatch,
    ordered_freeze,
    pinned,
    write_constraints,
)
from tfcompat.environments.index.snapshot import serve
from tfcompat.environments.installer_errors import classify
from tfcompat.environments.installers import installer_environment, run_step
from tfcompat.environments.overlayfs import Overlay
from tfcompat.environments.resolution_cache import CachedResolution
from tfcompat.environments.uv import uv_command
from tfcompat.util import files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tfcompat.environments.index.client import PackageIndex
    from tfcompat.util.processes import Finished

# The last release that makes environments for Python 2.7 and 3.6.
VIRTUALENV = "virtualenv==20.21.1"
_EMBEDDED = "lib/python*/site-packages/virtualenv/seed/wheels/embed"
# The pip that it carries for a Python; for 3.7 to 3.11 it is the third.
_PIPS = {"2.7": "pip-20.*.whl", "3.6": "pip-21.*.whl"}
_NEWEST_PIP = "pip-23.*.whl"

# Beyond 2.7, the Pythons that it makes environments for which are as that Python makes them.
OLDER_PYTHONS = ("3.6", "3.7", "3.8", "3.9", "3.10", "3.11")

# The folder of the cache with the wheels of each environment, as a workshop made them. pip 20.3
# takes a minute to fetch and build them, and its own cache holds nothing from a snapshot.
WHEELHOUSES = "wheelhouses"


class StepFailed(Exception):  # noqa: N818 - not an error of the command: it becomes a BuildFailure
    """A step of making an environment failed; its text is all that the tool printed."""


class VirtualenvBackend:
    """Makes environments through an old virtualenv and its pip; their files are copies."""

    name = "virtualenv"
    tool = VIRTUALENV

    def __init__(self, cache: Path, index: PackageIndex) -> None:
        self._cache = cache
        self._index = index

    def links(self, request: EnvironmentRequest) -> bool:
        """Return False: pip of that age copies."""
        del request
        return False

    def build(self, request: EnvironmentRequest) -> Environment | BuildFailure:
        """Make an environment: wheels as of the cut-off in the workshop, then those."""
        watch = Stopwatch()
        resolution = CachedResolution(self._cache, request, index=self._index.url, tool=self.tool)
        wheelhouse = self._cache / WHEELHOUSES / resolution.name
        if wheelhouse.exists():
            with suppress(StepFailed):
                return self._build(request, watch, wheelhouse)
            # What is kept may be damaged, and that is no verdict on the release.
            shutil.rmtree(wheelhouse, ignore_errors=True)
            files.remove(request.environment)
            shutil.rmtree(request.folder / "wheels", ignore_errors=True)
        try:
            return self._build(request, watch, wheelhouse if resolution.settled else None)
        except StepFailed as failed:
            reached_release = watch.phases.keys() & {"resolve", "install"}
            return classify(str(failed), watch.phases, before_release=not reached_release)

    def _build(
        self, request: EnvironmentRequest, watch: Stopwatch, wheelhouse: Path | None
    ) -> Environment:
        """Make the environment from wheels.

        ``wheelhouse`` is the folder in which its wheels are kept, or will be; with None they are
        not kept.
        """
        python = request.environment / "bin" / "python"
        with watch.phase("tools"):
            tool = self._tool()
            name = _PIPS.get(request.python, _NEWEST_PIP)
            pip = next(tool.glob(f"{_EMBEDDED}/{name}")) / "pip"
        make: list[str | Path] = [tool / "bin" / "virtualenv", "--python", request.interpreter.path]
        with watch.phase("create"):
            self._run(request.folder, [*make, "--no-seed", request.environment])
        wheels = request.folder / "wheels"
        if wheelhouse is not None and wheelhouse.exists():
            shutil.copytree(wheelhouse, wheels, copy_function=os.link)
            os.utime(wheelhouse)
        else:
            self._make_wheels(request, watch, make, wheels)
        with watch.phase("install"):
            # By name, not by file: pip freezes a file as an address.
            pins = [f"{n}=={v}" for n, v, *_ in map(parse_wheel_filename, _names(wheels))]
            local: list[str | Path] = ["--no-index", "--no-deps", "--find-links", wheels]
            self._run(request.folder, [python, pip, "install", *local, *pins])
        freeze = ordered_freeze(self._run(request.folder, [python, pip, "freeze", "--all"]))
        if wheelhouse is not None:
            _keep(wheels, wheelhouse)
        shutil.rmtree(wheels, ignore_errors=True)
        return Environment(
            backend=self.name,
            python=python,
            lock=pinned(freeze, self._index),
            freeze=freeze,
            phases=watch.phases,
            sandbox=Overlay(folder=request.folder) if overlayfs.possible(self._cache) else None,
        )

    def _make_wheels(
        self,
        request: EnvironmentRequest,
        watch: Stopwatch,
        make: Sequence[str | Path],
        wheels: Path,
    ) -> None:
        """Resolve the requirements and make a folder of their wheels; ``make`` makes a workshop."""
        workshop = request.folder / "workshop"
        with watch.phase("create"):
            self._run(request.folder, [*make, workshop])
        exempt = {*BUILD_BACKENDS, *request.exact_pins}
        with (
            watch.phase("resolve"),
            serve(self._index, request.cut_off, exempt=exempt) as address,
        ):
            pip: list[str | Path] = [workshop / "bin" / "python", "-m", "pip"]
            _point_setuptools_to(address, request.folder)
            local: list[str | Path] = ["--index-url", address, "--cache-dir", self._cache / "pip"]
            tools = _workshop_tools(request)
            if tools:
                self._run(request.folder, [*pip, "install", *local, *tools])
            wheel = [*pip, *_wheel_words(request, wheels), *local]
            self._run(request.folder, wheel, tools=tools, may_compile=request.may_compile)
        shutil.rmtree(workshop, ignore_errors=True)

    def _run(
        self,
        home: Path,
        command: Sequence[str | Path],
        tools: Sequence[str] = (),
        *,
        may_compile: bool = False,
    ) -> str:
        """Run one step and return its standard output; raise StepFailed with all its output.

        ``tools`` constrain what isolated builds fetch as well.
        """
        inherited = installer_environment(home)
        # The snapshot is on this machine: no proxy knows it.
        direct = ",".join(
            [*(inherited[n] for n in ("no_proxy", "NO_PROXY") if n in inherited), "127.0.0.1"]
        )
        environment = {
            **inherited,
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_PYTHON_VERSION_WARNING": "1",
            "PIP_RETRIES": "4",
            "PIP_TIMEOUT": "60",
            "VIRTUALENV_OVERRIDE_APP_DATA": str(self._cache / "virtualenv"),
            "NO_PROXY": direct,
            "no_proxy": direct,
        }
        if tools:
            path = home / "build-constraints.txt"
            path.write_text("\n".join([*tools, ""]), encoding="utf-8")
            # By variable: pip hands it on to the pip that fills an isolated environment.
            environment["PIP_CONSTRAINT"] = str(path)
        step = run_step(command, environment=environment, cwd=home, may_compile=may_compile)
        return _require_success(step).stdout

    def _tool(self) -> Path:
        """Return the environment that holds the old virtualenv, made when first needed."""
        folder = self._cache / "tools" / VIRTUALENV.replace("==", "-")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{folder}.lock"):
            if not (folder / "bin" / "virtualenv").exists():
                self._make_tool(folder)
        return folder

    def _make_tool(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        environment = {
            **installer_environment(folder.parent),
            "UV_DEFAULT_INDEX": self._index.url,
        }
        steps: tuple[list[str | Path], ...] = (
            ["venv", "--python", sys.executable, folder],
            ["pip", "install", "--python", folder / "bin" / "python", VIRTUALENV],
        )
        try:
            for words in steps:
                _require_success(run_step(uv_command(words, self._cache), environment=environment))
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def _point_setuptools_to(address: str, home: Path) -> None:
    """Have setuptools fetch what packages name in ``setup_requires`` from the snapshot as well.

    https://setuptools.pypa.io/en/latest/deprecated/distutils/configfile.html
    """
    text = f"[easy_install]\nindex_url = {address}\n"
    (home / ".pydistutils.cfg").write_text(text, encoding="utf-8")


def _workshop_tools(request: EnvironmentRequest) -> list[str]:
    """Return what the workshop needs beside what virtualenv puts there."""
    return [
        *request.repairs.build_constraints,
        *(need for _, need in request.repairs.build_requires),
    ]


def _wheel_words(request: EnvironmentRequest, wheels: Path) -> list[str | Path]:
    """Return the words for pip that make the wheels of all requirements."""
    return [
        *("wheel", "--wheel-dir", wheels, "--constraint", write_constraints(request)),
        *(() if request.from_source else ("--only-binary", request.dependency)),
        # Without it, pip 20.3 on Python 2 installs what contradicts each other, silently.
        *(("--use-feature=2020-resolver",) if request.python == "2.7" else ()),
        *request.wanted,
    ]


def _require_success(step: Finished) -> Finished:
    if not step.ok:
        raise StepFailed(step.output)
    return step


def _keep(wheels: Path, wheelhouse: Path) -> None:
    """Move a folder of wheels to where they are kept, unless there are some already."""
    wheelhouse.parent.mkdir(exist_ok=True)
    # A folder that is not empty is never replaced: here before, or by another process meanwhile.
    with suppress(OSError):
        wheels.rename(wheelhouse)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
