"""Environments for Python 3.6 and later, made by uv (https://docs.astral.sh/uv/)."""

from __future__ import annotations

import re
import shutil
import time
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.environments import bytecode_cache, overlayfs
from tfcompat.environments.base import (
    BUILD_BACKENDS,
    BuildFailure,
    Environment,
    Order,
    Stopwatch,
    ordered_freeze,
    tool_environment,
)
from tfcompat.environments.containers import (
    NOT_STARTED,
    Contained,
    ContainerError,
    Mount,
    certificates,
)
from tfcompat.environments.installer_errors import classify, ended, is_gone, step_seconds
from tfcompat.environments.interpreters import fetched_folder
from tfcompat.environments.overlayfs import Overlay
from tfcompat.environments.resolution_cache import Resolution
from tfcompat.results.verdicts import CauseKind
from tfcompat.util import folders as folders_module
from tfcompat.util import processes

if TYPE_CHECKING:
    from tfcompat.environments.base import Sandbox
    from tfcompat.environments.index.client import PackageIndex

# An hour after the last of all packages: no cut-off for those who need none.
_NEVER = "2999-01-01T00:00:00Z"


_LOCK = "requirements.lock"

# As uv ends a step: "Prepared 36 packages in 1m 02s", having fetched and built them.
_PREPARED = re.compile(r"^Prepared \d+ packages? in (?:(\d+)m )?([\d.]+)(ms|s)", re.MULTILINE)


def _prepared_seconds(said: str) -> float:
    found = _PREPARED.search(said)
    if found is None:
        return 0.0
    minutes, number, unit = found.groups()
    return 60 * int(minutes or 0) + float(number) / (1000 if unit == "ms" else 1)


def _version() -> str:
    return f"uv {metadata.version('uv')}"


def program() -> str:
    """Return the path of the uv that this package pins."""
    # Imported late: it looks around on disk, which listing sessions need not pay for.
    from uv import find_uv_bin  # noqa: PLC0415

    return find_uv_bin()


class UvBackend:
    """Makes environments through uv, with a cache of our own and none of the user's uv.toml."""

    name = "uv"

    def __init__(self, cache: Path, index: PackageIndex) -> None:
        self._cache = cache
        self._index = index

    def build(self, order: Order) -> Environment | BuildFailure:
        """Make an environment: resolve to a lock with hashes, then install exactly that.

        Where the index cannot be reached, what was fetched before may be enough.
        """
        made = self._build(order, offline=self._index.offline)
        if isinstance(made, Environment) or made.cause.kind is not CauseKind.NETWORK:
            return made
        shutil.rmtree(order.environment, ignore_errors=True)
        again = self._build(order, offline=True)
        if isinstance(again, BuildFailure):
            return made
        self._index.notes["an environment was made offline, from what was fetched before"] = None
        return again

    def _build(self, order: Order, *, offline: bool) -> Environment | BuildFailure:
        watch = Stopwatch()
        resolution = Resolution(self._cache, order, index=self._index.url, tool=_version())
        linked = order.linked and self._may_link(order)
        kept = resolution.read()
        if kept is not None:
            made = self._make(order, kept, watch, linked=linked, offline=offline)
            if isinstance(made, Environment):
                return made
            if made.cause.kind is CauseKind.NETWORK and not is_gone(made):
                return made
            resolution.forget()
            shutil.rmtree(order.environment, ignore_errors=True)
        with watch.phase("resolve"):
            done = self._uv(order, ["pip", "compile", *self._compile_words(order)], offline=offline)
        if not done.ok:
            return classify(done.output, watch.phases)
        lock = (order.folder / _LOCK).read_text(encoding="utf-8")
        made = self._make(order, lock, watch, linked=linked, offline=offline)
        if isinstance(made, Environment):
            resolution.write(lock)
        return made

    def _make(
        self, order: Order, lock: str, watch: Stopwatch, *, linked: bool, offline: bool
    ) -> Environment | BuildFailure:
        """Make an empty environment and install exactly what the lock names."""
        (order.folder / _LOCK).write_text(lock, encoding="utf-8")
        python = order.environment / "bin" / "python"
        with watch.phase("create"):
            words: list[str | Path] = ["venv", "--python", order.interpreter.path]
            done = self._uv(order, [*words, order.environment], offline=offline)
        if not done.ok:
            return classify(done.output, watch.phases, tools=True)
        exactly: list[str | Path] = ["--requirements", _LOCK, "--require-hashes", "--no-deps"]
        # What uv calls a clone is a hard link where the file system knows no clones.
        exactly += ["--link-mode", "hardlink" if linked else "copy"]
        words = ["pip", "install", "--python", python, *exactly, *self._cut_off_words(order)]
        begun = time.monotonic()
        done = self._uv(order, words, offline=offline)
        prepared = _prepared_seconds(done.stderr)
        if prepared:
            watch.add("download", prepared)
        watch.add("install", max(0.0, time.monotonic() - begun - prepared))
        if not done.ok:
            return classify(done.output, watch.phases)
        frozen = self._uv(order, ["pip", "freeze", "--python", python], offline=True)
        if not frozen.ok:
            return classify(frozen.output, watch.phases, tools=True)
        made = Environment(
            backend=order.interpreter.image.engine if order.interpreter.image else self.name,
            python=python,
            lock=lock,
            freeze=ordered_freeze(frozen.stdout),
            phases=watch.phases,
        )
        if not linked:
            return replace(made, sandbox=self._sandbox(order, ()))
        layer = bytecode_cache.layer(self._cache, order.environment, lock, order.interpreter)
        layers = (layer,) if layer.exists() else ()
        return replace(made, sandbox=self._sandbox(order, layers), bytecode=layer)

    def _may_link(self, order: Order) -> bool:
        image = order.interpreter.image
        return image.has_overlays if image else overlayfs.possible(self._cache)

    def _sandbox(self, order: Order, layers: tuple[Path, ...]) -> Sandbox | None:
        image = order.interpreter.image
        if image is None:
            can_be = overlayfs.possible(self._cache)
            return Overlay(folder=order.folder, layers=layers) if can_be else None
        return Contained(image=image, folder=order.folder, owner=order.owner, layers=layers)

    def _compile_words(self, order: Order) -> list[str | Path]:
        wanted = order.folder / "requirements.in"
        wanted.write_text("\n".join([order.pin, *order.requirements, ""]), encoding="utf-8")
        constraints = order.folder / "constraints.txt"
        constraints.write_text("\n".join([*order.constraints, ""]), encoding="utf-8")
        return [
            wanted,
            *(
                "--constraints",
                constraints,
                "--output-file",
                _LOCK,
                "--python",
                order.interpreter.path,
            ),
            *("--generate-hashes", "--no-annotate", "--no-header", "--emit-build-options"),
            # The study asks about the release's wheels; what it depends on may come as source.
            *("--only-binary", order.cell.dependency),
            *self._cut_off_words(order),
        ]

    @staticmethod
    def _cut_off_words(order: Order) -> list[str]:
        if order.cut_off is None:
            return []
        words = ["--exclude-newer", order.cut_off.isoformat()]
        for name in BUILD_BACKENDS:
            words += ["--exclude-newer-package", f"{name}={_NEVER}"]
        return words

    def _uv(self, order: Order, words: list[str | Path], *, offline: bool) -> processes.Finished:
        environment = {
            **tool_environment(order.folder),
            # By variable, not by option: an index's address may hold a password.
            "UV_DEFAULT_INDEX": self._index.url,
            "UV_HTTP_TIMEOUT": "60",
            "UV_PYTHON_DOWNLOADS": "never",
        }
        general = ["--no-config", "--no-progress", "--color", "never", "--cache-dir"]
        if offline:
            general.insert(0, "--offline")
        command: list[str | Path] = [
            program(),
            *words,
            *general,
            folders_module.uv_cache(self._cache),
        ]
        if order.interpreter.image is None:
            done = processes.run(
                command, environment=environment, cwd=order.folder, timeout=step_seconds()
            )
            return ended(done)
        # One mount for environment and cache where that can be: no link leads from one to another.
        folders = {self._cache, folders_module.uv_cache(self._cache), order.folder}
        outer = [f for f in folders if not any(f != o and f.is_relative_to(o) for o in folders)]
        contained = order.interpreter.image.start(
            command,
            environment=environment,
            mounts=[
                *(Mount(folder=folder, writable=True) for folder in outer),
                Mount(folder=Path(program())),
                *certificates(environment),
            ],
            cwd=order.folder,
            owner=order.owner,
        )
        done = ended(
            processes.run(
                contained.command, environment=contained.environment, timeout=step_seconds()
            )
        )
        if done.returncode in NOT_STARTED:
            msg = f"{order.interpreter.image.engine} could not run uv: {done.output[-300:]}"
            raise ContainerError(msg)
        return done


def fetchable_pythons() -> tuple[str, ...]:
    """Return the minor versions of CPython that uv offers to fetch; asks no one but uv."""
    words = ["python", "list", "--only-downloads", "--all-versions", "--no-config", "--offline"]
    listed = processes.run([program(), *words], environment={"HOME": "/nonexistent"})
    found = re.findall(r"^cpython-(3\.\d+)\.\d+-", listed.stdout, re.MULTILINE)
    return tuple(dict.fromkeys(found))


def fetch_python(python: str, cache: Path) -> str | None:
    """Have uv fetch a Python into our cache; return None, or why it could not be had."""
    folder = fetched_folder(cache)
    folder.mkdir(parents=True, exist_ok=True)
    words: list[str | Path] = [
        "python",
        "install",
        python,
        "--install-dir",
        folder,
        "--no-config",
        "--no-bin",
    ]
    fetched = processes.run(
        [program(), *words, "--color", "never", "--cache-dir", folders_module.uv_cache(cache)],
        environment=tool_environment(folder),
    )
    if fetched.ok:
        return None
    return (fetched.stderr.strip().splitlines() or ["no reason given"])[-1].strip()
