"""Environments for Python 3.6 and later, made by uv (https://docs.astral.sh/uv/)."""

from __future__ import annotations

import json
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
    EnvironmentRequest,
    Stopwatch,
    ordered_freeze,
    write_constraints,
)
from tfcompat.environments.containers import (
    NOT_STARTED,
    Contained,
    ContainerError,
    Mount,
)
from tfcompat.environments.first_wheels import first_wheels
from tfcompat.environments.installer_errors import (
    classify,
    is_file_gone,
    unreadable_releases,
)
from tfcompat.environments.installers import installer_environment, run_step
from tfcompat.environments.interpreters import fetched_folder
from tfcompat.environments.overlayfs import Overlay
from tfcompat.environments.resolution_cache import CachedResolution
from tfcompat.environments.uv_cache import UvCache
from tfcompat.results.verdicts import Cause, CauseKind, Verdict
from tfcompat.util import folders, processes
from tfcompat.util.network import certificate_paths

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfcompat.environments.base import Sandbox
    from tfcompat.environments.containers import Image
    from tfcompat.environments.index.client import PackageIndex
    from tfcompat.environments.repairs import FirstWheel
    from tfcompat.util.processes import Finished

# A date that no upload reaches: it exempts a package from the cut-off.
_NEVER = "2999-01-01T00:00:00Z"

_LOCK = "requirements.lock"

_CONFIG = "uv.toml"

# As uv ends a step: "Prepared 36 packages in 1m 02s", having fetched and built them.
_PREPARED = re.compile(r"^Prepared \d+ packages? in (?:(\d+)m )?([\d.]+)(ms|s)", re.MULTILINE)


def program() -> str:
    """Return the path of the uv that this package pins."""
    # Imported late: it looks around on disk, which listing sessions need not pay for.
    from uv import find_uv_bin  # noqa: PLC0415

    return find_uv_bin()


def uv_command(
    words: Sequence[str | Path], cache: Path, *, offline: bool = False, config: Path | None = None
) -> list[str | Path]:
    """Return a command of uv that reads no configuration of the user and uses our cache.

    ``config`` is a configuration file of ours, read instead.
    """
    general: list[str | Path] = ["--config-file", config] if config else ["--no-config"]
    general += ["--no-progress", "--color", "never"]
    if offline:
        general.append("--offline")
    return [program(), *words, *general, "--cache-dir", folders.uv_cache(cache)]


class UvBackend:
    """Makes environments through uv, with a cache of our own and none of the user's uv.toml.

    It serves Pythons of this machine and those in containers, where uv runs as well.
    """

    name = "uv"

    def __init__(self, cache: Path, index: PackageIndex) -> None:
        self.tool = f"uv {metadata.version('uv')}"
        self._cache = cache
        self._index = index

    def links(self, request: EnvironmentRequest) -> bool:
        """Tell whether links are wanted, and an overlay keeps runs from writing through them."""
        image = request.interpreter.image
        possible = image.has_overlays if image else overlayfs.possible(self._cache)
        return request.may_link and possible

    def build(self, request: EnvironmentRequest) -> Environment | BuildFailure:
        """Make an environment: resolve to a lock with hashes, then install exactly that.

        Where the index cannot be reached, what was fetched before may be enough.
        """
        first = self._build(request, offline=self._index.offline)
        if isinstance(first, Environment) or first.cause.kind is not CauseKind.NETWORK:
            return first
        shutil.rmtree(request.environment, ignore_errors=True)
        second = self._build(request, offline=True)
        if isinstance(second, BuildFailure):
            return first
        self._index.notes["an environment was made offline, from what was fetched before"] = None
        return second

    def _build(self, request: EnvironmentRequest, *, offline: bool) -> Environment | BuildFailure:
        """Install the kept resolution; without one, or where it fails, resolve anew."""
        watch = Stopwatch()
        resolution = CachedResolution(self._cache, request, index=self._index.url, tool=self.tool)
        kept = resolution.read()
        if kept is not None:
            built = self._install_intact(request, kept, watch, offline=offline)
            if isinstance(built, Environment) or built.first_wheels:
                return built
            if built.cause.kind is CauseKind.NETWORK and not is_file_gone(built):
                return built
            resolution.forget()
            shutil.rmtree(request.environment, ignore_errors=True)
        # uv would read a lock that is there, as what to prefer.
        (request.folder / _LOCK).unlink(missing_ok=True)
        with watch.phase("resolve"):
            step = self._uv(request, self._compile_words(request), offline=offline)
        if not step.ok:
            return classify(step.output, watch.phases)
        unreadable = unreadable_releases(step.stderr)
        if unreadable and not request.repairs.skips_unreadable:
            return _passed_over(unreadable, step.output, watch)
        lock = (request.folder / _LOCK).read_text(encoding="utf-8")
        built = self._install_intact(request, lock, watch, offline=offline)
        if isinstance(built, Environment) or built.first_wheels:
            resolution.write(lock)
        return built

    def _install_intact(
        self, request: EnvironmentRequest, lock: str, watch: Stopwatch, *, offline: bool
    ) -> Environment | BuildFailure:
        """Install what a lock names; once more where something that is kept of it was damaged."""
        built = self._install(request, lock, watch, offline=offline)
        if not UvCache(cache=self._cache).drop_damaged(lock):
            return built
        shutil.rmtree(request.environment, ignore_errors=True)
        return self._install(request, lock, watch, offline=offline)

    def _install(
        self, request: EnvironmentRequest, lock: str, watch: Stopwatch, *, offline: bool
    ) -> Environment | BuildFailure:
        """Make an empty environment and install exactly what the lock names."""
        wheels = first_wheels(lock, request, self._index)
        if wheels:
            return _not_built(wheels, watch)
        (request.folder / _LOCK).write_text(lock, encoding="utf-8")
        python = request.environment / "bin" / "python"
        venv: list[str | Path] = ["venv", "--python", request.interpreter.path]
        with watch.phase("create"):
            step = self._uv(request, [*venv, request.environment], offline=offline)
        if not step.ok:
            return classify(step.output, watch.phases, before_release=True)
        begun = time.monotonic()
        step = self._uv(request, self._install_words(request, python), offline=offline)
        prepared = _prepared_seconds(step.stderr)
        if prepared:
            watch.add("download", prepared)
        watch.add("install", max(0.0, time.monotonic() - begun - prepared))
        if not step.ok:
            return classify(step.output, watch.phases)
        step = self._uv(request, ["pip", "freeze", "--python", python], offline=True)
        if not step.ok:
            return classify(step.output, watch.phases, before_release=True)
        image = request.interpreter.image
        built = Environment(
            backend=image.engine if image else self.name,
            python=python,
            lock=lock,
            freeze=ordered_freeze(step.stdout),
            phases=watch.phases,
        )
        return self._sandboxed(request, built)

    def _sandboxed(self, request: EnvironmentRequest, built: Environment) -> Environment:
        """Add what launchers have to be started through, and the bytecode that is kept."""
        if not self.links(request):
            return replace(built, sandbox=self._sandbox(request, ()))
        layer = bytecode_cache.layer_for(
            self._cache, request.environment, built.lock, request.interpreter
        )
        layers = (layer,) if bytecode_cache.is_intact(layer) else ()
        return replace(built, sandbox=self._sandbox(request, layers), bytecode=layer)

    def _sandbox(self, request: EnvironmentRequest, layers: tuple[Path, ...]) -> Sandbox | None:
        image = request.interpreter.image
        if image is not None:
            return Contained(image=image, folder=request.folder, owner=request.owner, layers=layers)
        if overlayfs.possible(self._cache):
            return Overlay(folder=request.folder, layers=layers)
        return None

    @staticmethod
    def _compile_words(request: EnvironmentRequest) -> list[str | Path]:
        wanted = request.folder / "requirements.in"
        wanted.write_text("\n".join([*request.wanted, ""]), encoding="utf-8")
        return [
            *("pip", "compile", wanted),
            *("--constraints", write_constraints(request)),
            *("--output-file", _LOCK),
            *("--python", request.interpreter.path),
            *("--generate-hashes", "--no-annotate", "--no-header", "--emit-build-options"),
            # Where a release has wheels, the study asks about those; what it depends on may come
            # as source.
            *(() if request.from_source else ("--only-binary", request.dependency)),
            *_cut_off_words(request),
            *_build_words(request),
        ]

    def _install_words(self, request: EnvironmentRequest, python: Path) -> list[str | Path]:
        return [
            *("pip", "install", "--python", python),
            *("--requirements", _LOCK, "--require-hashes", "--no-deps"),
            # What uv calls a clone is a hard link where the file system knows no clones.
            *("--link-mode", "hardlink" if self.links(request) else "copy"),
            *_cut_off_words(request),
            *_build_words(request),
        ]

    def _uv(
        self, request: EnvironmentRequest, words: Sequence[str | Path], *, offline: bool
    ) -> Finished:
        """Run a step of uv in the folder of a request, where its Python is.

        Raises InstallerStopped where it did not end by itself, ContainerError where its container
        could not be started.
        """
        config = _write_config(request)
        command = uv_command(words, self._cache, offline=offline, config=config)
        environment = {
            **installer_environment(request.folder),
            # By variable, not by option: an index's address may hold a password.
            "UV_DEFAULT_INDEX": self._index.url,
            "UV_HTTP_TIMEOUT": "60",
            "UV_PYTHON_DOWNLOADS": "never",
            # So that it tells of releases that it passes over.
            "RUST_LOG": "uv_resolver=warn",
        }
        image = request.interpreter.image
        if image is not None:
            return self._uv_in_container(image, request, command, environment)
        return run_step(
            command,
            environment=environment,
            cwd=request.folder,
            may_compile=request.may_compile,
        )

    def _uv_in_container(
        self,
        image: Image,
        request: EnvironmentRequest,
        command: Sequence[str | Path],
        environment: dict[str, str],
    ) -> Finished:
        """Do the same in a container that sees our cache, the environment and uv itself."""
        # One mount for environment and cache where possible: no link leads from one to another.
        seen = {self._cache, folders.uv_cache(self._cache), request.folder}
        outer = [f for f in seen if not any(f != o and f.is_relative_to(o) for o in seen)]
        contained = image.start(
            command,
            environment=environment,
            mounts=[
                *(Mount(folder=folder, writable=True) for folder in outer),
                Mount(folder=Path(program())),
                *(Mount(folder=path) for path in certificate_paths(environment)),
            ],
            cwd=request.folder,
            owner=request.owner,
        )
        step = run_step(
            contained.command,
            environment=contained.environment,
            may_compile=request.may_compile,
        )
        if step.returncode in NOT_STARTED:
            msg = f"{image.engine} could not run uv: {step.output[-300:]}"
            raise ContainerError(msg)
        return step


def _cut_off_words(request: EnvironmentRequest) -> list[str]:
    if request.cut_off is None:
        return []
    words = ["--exclude-newer", request.cut_off.isoformat()]
    for name in dict.fromkeys([*BUILD_BACKENDS, *request.exact_pins]):
        words += ["--exclude-newer-package", f"{name}={_NEVER}"]
    for wheel in request.repairs.first_wheels:
        words += ["--exclude-newer-package", f"{wheel.package}={wheel.until}"]
    return words


def _build_words(request: EnvironmentRequest) -> list[str | Path]:
    """Return the options that hold build tools at those of the day, if that is wanted."""
    constraints = request.repairs.build_constraints
    if not constraints:
        return []
    path = request.folder / "build-constraints.txt"
    path.write_text("\n".join([*constraints, ""]), encoding="utf-8")
    return ["--build-constraints", path]


def _write_config(request: EnvironmentRequest) -> Path | None:
    """Write uv's configuration with the repairs of a request; return None where it needs none."""
    entries = []
    needs: dict[str, list[str]] = {}
    for package, requirement in request.repairs.build_requires:
        needs.setdefault(package, []).append(requirement)
    if needs:
        # https://docs.astral.sh/uv/reference/settings/#extra-build-dependencies
        lines = [f"{json.dumps(name)} = {json.dumps(wanted)}" for name, wanted in needs.items()]
        entries.append("\n".join(["[extra-build-dependencies]", *lines, ""]))
    entries += [one.as_toml() for one in request.repairs.metadata]
    if not entries:
        return None
    path = request.folder / _CONFIG
    path.write_text("\n".join(entries), encoding="utf-8")
    return path


def _not_built(wheels: tuple[FirstWheel, ...], watch: Stopwatch) -> BuildFailure:
    """Return the failure of an environment that would have packages built which need not be."""
    message = f"there is no wheel of {', '.join(one.package for one in wheels)} as of then"
    return BuildFailure(
        verdict=Verdict.UNBUILDABLE,
        cause=Cause(kind=CauseKind.BUILD_ERROR, message=message),
        error=message,
        phases=watch.phases,
        first_wheels=wheels,
    )


def _passed_over(releases: tuple[str, ...], output: str, watch: Stopwatch) -> BuildFailure:
    """Return the failure of a resolution that passed over releases it could not read."""
    message = f"the metadata of {', '.join(releases)} cannot be read"
    return BuildFailure(
        verdict=Verdict.UNBUILDABLE,
        cause=Cause(kind=CauseKind.CONFLICT, message=message),
        error=output,
        phases=watch.phases,
        passed_over=releases,
    )


def _prepared_seconds(printed: str) -> float:
    """Return the seconds that uv spent on fetching and building, 0 where it names none."""
    found = _PREPARED.search(printed)
    if found is None:
        return 0.0
    minutes, number, unit = found.groups()
    return 60 * int(minutes or 0) + float(number) / (1000 if unit == "ms" else 1)


def fetchable_pythons() -> tuple[str, ...]:
    """Return the minor versions of CPython that uv can fetch, such as ``3.12``; asks no index."""
    words = ["python", "list", "--only-downloads", "--all-versions", "--no-config", "--offline"]
    listed = processes.run([program(), *words], environment={"HOME": "/nonexistent"})
    found = re.findall(r"^cpython-(3\.\d+)\.\d+-", listed.stdout, re.MULTILINE)
    return tuple(dict.fromkeys(found))


def fetch_python(python: str, cache: Path) -> str | None:
    """Have uv fetch a Python such as ``3.12`` into our cache; return None, or why that failed."""
    folder = fetched_folder(cache)
    folder.mkdir(parents=True, exist_ok=True)
    words: list[str | Path] = ["python", "install", python, "--install-dir", folder, "--no-bin"]
    fetched = processes.run(uv_command(words, cache), environment=installer_environment(folder))
    if fetched.ok:
        return None
    return (fetched.stderr.strip().splitlines() or ["no reason given"])[-1].strip()
