"""Environments for Python 2.7, which uv does not know: an old virtualenv and its pip 20.3.

That virtualenv lives in a tool environment of its own, away from the project's current one. All
requirements are first turned into wheels in a workshop (with the setuptools of the end of Python
2.7, which builds what the cut-off's own could not) and then installed from there. pip runs out of
the wheel that virtualenv carries and is never installed into a cell.
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
    Order,
    Stopwatch,
    ordered_freeze,
    pinned,
    tool_environment,
)
from tfcompat.environments.index.snapshot import serve
from tfcompat.environments.installer_errors import classify, ended, step_seconds
from tfcompat.environments.overlayfs import Overlay
from tfcompat.environments.resolution_cache import Resolution
from tfcompat.environments.uv import program as uv_program
from tfcompat.util import files, folders, processes

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.environments.index.client import PackageIndex

# The last release that makes environments for Python 2.7; it carries pip 20.3.4 for them.
VIRTUALENV = "virtualenv==20.21.1"
_PIP = "lib/python*/site-packages/virtualenv/seed/wheels/embed/pip-20.*.whl"

# The folder of the cache with the wheels of each environment, as they were made in a workshop: pip
# 20.3 fetches and builds them for a minute, and keeps nothing that comes from a snapshot.
WHEELHOUSES = "wheelhouses"


class StepFailed(Exception):  # noqa: N818 - not an error of the command: it becomes a BuildFailure
    """A step of making an environment failed; carries everything that the tool said."""


class LegacyBackend:
    """Makes environments for Pythons older than 3.6."""

    name = "virtualenv"

    def __init__(self, cache: Path, index: PackageIndex) -> None:
        self._cache = cache
        self._index = index

    def build(self, order: Order) -> Environment | BuildFailure:
        """Make an environment: wheels as of the cut-off in the workshop, then those."""
        watch = Stopwatch()
        resolution = Resolution(self._cache, order, index=self._index.url, tool=VIRTUALENV)
        kept = self._cache / WHEELHOUSES / resolution.name
        if kept.exists():
            with suppress(StepFailed):
                return self._build(order, watch, kept)
            # What is kept may be damaged, and that is no verdict on the release.
            shutil.rmtree(kept, ignore_errors=True)
            files.remove(order.environment)
            shutil.rmtree(order.folder / "wheels", ignore_errors=True)
        try:
            return self._build(order, watch, kept if resolution.settled else None)
        except StepFailed as failed:
            begun = watch.phases.keys() & {"resolve", "install"}
            return classify(str(failed), watch.phases, tools=not begun)

    def _build(self, order: Order, watch: Stopwatch, kept: Path | None) -> Environment:
        """Make the environment from the wheels in ``kept``, which are put there if need be."""
        workshop, wheels = order.folder / "workshop", order.folder / "wheels"
        python = order.environment / "bin" / "python"
        with watch.phase("tools"):
            tool = self._tool()
            pip = next(tool.glob(_PIP)) / "pip"
        make: list[str | Path] = [tool / "bin" / "virtualenv", "--python", order.interpreter.path]
        with watch.phase("create"):
            self._run(order.folder, [*make, "--no-seed", order.environment])
        if kept is not None and kept.exists():
            shutil.copytree(kept, wheels, copy_function=os.link)
            os.utime(kept)
        else:
            with watch.phase("create"):
                self._run(order.folder, [*make, workshop])
            with (
                watch.phase("resolve"),
                serve(self._index, order.cut_off, exempt=BUILD_BACKENDS) as address,
            ):
                self._run(order.folder, self._wheel_command(order, workshop, address, wheels))
        with watch.phase("install"):
            # By name, not by file: pip freezes a file as an address.
            pins = [f"{n}=={v}" for n, v, *_ in map(parse_wheel_filename, _names(wheels))]
            local: list[str | Path] = ["--no-index", "--no-deps", "--find-links", wheels]
            self._run(order.folder, [python, pip, "install", *local, *pins])
        freeze = ordered_freeze(self._run(order.folder, [python, pip, "freeze", "--all"]))
        if kept is not None and not kept.exists():
            kept.parent.mkdir(exist_ok=True)
            # Another process may have been quicker.
            with suppress(OSError):
                wheels.rename(kept)
        for folder in (workshop, wheels):
            shutil.rmtree(folder, ignore_errors=True)
        return Environment(
            backend=self.name,
            python=python,
            lock=pinned(freeze, self._index),
            freeze=freeze,
            phases=watch.phases,
            sandbox=Overlay(folder=order.folder) if overlayfs.possible(self._cache) else None,
        )

    def _wheel_command(
        self, order: Order, workshop: Path, address: str, wheels: Path
    ) -> list[str | Path]:
        constraints = order.folder / "constraints.txt"
        constraints.write_text("\n".join([*order.constraints, ""]), encoding="utf-8")
        return [
            *(workshop / "bin" / "python", "-m", "pip", "wheel", "--wheel-dir", wheels),
            *("--index-url", address, "--cache-dir", self._cache / "pip"),
            *("--constraint", constraints, "--only-binary", order.cell.dependency),
            # Without it, pip 20.3 on Python 2 takes what contradicts and says nothing.
            "--use-feature=2020-resolver",
            order.pin,
            *order.requirements,
        ]

    def _run(self, home: Path, command: list[str | Path]) -> str:
        """Run one step and return what it printed; raise StepFailed with all that it said."""
        tools = tool_environment(home)
        # The snapshot is on this machine: no proxy knows it.
        direct = ",".join(
            [*(tools[name] for name in ("no_proxy", "NO_PROXY") if name in tools), "127.0.0.1"]
        )
        environment = {
            **tools,
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_NO_PYTHON_VERSION_WARNING": "1",
            "PIP_RETRIES": "4",
            "PIP_TIMEOUT": "60",
            "VIRTUALENV_OVERRIDE_APP_DATA": str(self._cache / "virtualenv"),
            "NO_PROXY": direct,
            "no_proxy": direct,
        }
        done = ended(
            processes.run(command, environment=environment, cwd=home, timeout=step_seconds())
        )
        if not done.ok:
            raise StepFailed(done.output)
        return done.stdout

    def _tool(self) -> Path:
        """Return the environment of the old virtualenv, made when first needed."""
        folder = self._cache / "tools" / VIRTUALENV.replace("==", "-")
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{folder}.lock"):
            if not (folder / "bin" / "virtualenv").exists():
                self._make_tool(folder)
        return folder

    def _make_tool(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        general: list[str | Path] = [
            "--no-config",
            "--color",
            "never",
            "--cache-dir",
            folders.uv_cache(self._cache),
        ]
        environment = {**tool_environment(folder.parent), "UV_DEFAULT_INDEX": self._index.url}
        steps: tuple[list[str | Path], ...] = (
            ["venv", "--python", sys.executable, folder],
            ["pip", "install", "--python", folder / "bin" / "python", VIRTUALENV],
        )
        for words in steps:
            done = processes.run(
                [uv_program(), *words, *general], environment=environment, timeout=step_seconds()
            )
            if not done.ok:
                shutil.rmtree(folder, ignore_errors=True)
                raise StepFailed(done.output)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
