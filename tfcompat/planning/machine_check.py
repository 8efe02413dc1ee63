"""What this machine can do: Pythons, the releases that they open, containers, network, room.

Everything is tried, nothing is assumed, and nothing is changed.
"""

from __future__ import annotations

import os
import shutil
from importlib import metadata
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from tfcompat.environments import containers, interpreters, namespaces, overlayfs
from tfcompat.environments.containers import TOO_OLD
from tfcompat.environments.index.client import PackageIndex, known_offline
from tfcompat.environments.uv import fetchable_pythons, program
from tfcompat.errors import IndexUnavailableError, TfcompatError
from tfcompat.planning import grid
from tfcompat.planning.plan import container_choice
from tfcompat.planning.schema import Container
from tfcompat.planning.study import load_study
from tfcompat.results.printed import BrokenPython, EngineCheck, MachineCheck, OpenReleases
from tfcompat.util import folders, processes
from tfcompat.util import host as host_module
from tfcompat.util.files import size_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from tfcompat.environments.index.client import Release
    from tfcompat.environments.interpreter_record import Interpreter

DEPENDENCY = "tensorflow"
"""The package whose releases are looked at where there is no study."""


def check_machine(config: Path, *, offline: bool = False) -> MachineCheck:
    """Try what this machine can do for a study, or for TensorFlow where there is no such file.

    ``offline`` makes no request. Raises StudyError for a study that is not valid.
    """
    cache = folders.cache_folder()
    found, broken = interpreters.find(folder=cache)
    study = load_study(config) if config.exists() else None
    dependency = study.analysis.dependency if study else DEPENDENCY
    setting = study.analysis.container if study else Container()
    fetchable = fetchable_pythons()
    engines = tuple(_engines())
    container = setting if any(engine.works for engine in engines) else None
    index = PackageIndex(cache, offline=offline)
    begun = monotonic()
    releases, problem = _releases(index, dependency)
    seconds = monotonic() - begun
    host = host_module.this_host()
    return MachineCheck(
        pythons=tuple(map(interpreters.as_printed, found)),
        broken=tuple(BrokenPython(path=os.fspath(one.path), why=one.why) for one in broken),
        fetchable=fetchable,
        releases=open_releases(dependency, releases, found, fetchable, container),
        engines=engines,
        uv=f"{metadata.version('uv')} ({program()})",
        links=cache.exists() and overlayfs.possible(cache),
        open_network=namespaces.network_obstacle(),
        open_files=namespaces.files_obstacle(),
        index=without_password(index.url),
        index_trouble=problem,
        index_seconds=round(seconds, 2),
        cores=len(host_module.usable_cores()),
        cpu=host.cpu_model or host.machine,
        avx=tuple(flag for flag in host.cpu_flags if flag.startswith("avx")),
        memory=host_module.available_memory(),
        cache=os.fspath(cache),
        free=_free_bytes(cache),
        caches={f.name: size_of(f) for f in sorted(cache.glob("*/"))},
    )


def _releases(index: PackageIndex, dependency: str) -> tuple[Sequence[Release], str | None]:
    """Return the stable releases of a package, and why the index did not answer, if so."""
    try:
        known: Sequence[Release] = index.releases(dependency)
        problem = next(iter(index.notes), None)
    except IndexUnavailableError as error:
        known, problem = known_offline(dependency, folders.cache_folder()), str(error)
    except TfcompatError as error:
        known, problem = (), str(error)
    return [release for release in known if release.stable and release.wheels], problem


def open_releases(
    dependency: str,
    releases: Sequence[Release],
    found: Sequence[Interpreter],
    fetchable: Collection[str],
    container: Container | None,
) -> OpenReleases:
    """Return which releases have a Python here, and what would open each of the others.

    ``container`` is None where no engine works. Pure.
    """
    available = grid.AvailablePythons(found=tuple(found), fetchable=tuple(fetchable))
    cells = grid.lay_out_cells(dependency, releases, available)
    closed: dict[str, str] = {}
    for cell in cells:
        if cell.cause is None:
            continue
        if cell.file is None:
            closed[cell.release] = "has no wheel for this machine"
        elif cell.fetchable:
            closed[cell.release] = f"a run fetches Python {cell.python} through uv"
        elif container and cell.python not in TOO_OLD:
            image = containers.reference_of(container_choice(container), cell.python)
            closed[cell.release] = f"a run looks for Python {cell.python} in {image}"
        else:
            # uv has no Python below 3.8 to fetch.
            closed[cell.release] = f"needs Python {cell.python}: `pyenv install {cell.python}`"
    by = {
        one.python: sum(r.best_wheel(one.tags, one.version) is not None for r in releases)
        for one in reversed(found)
    }
    return OpenReleases(
        dependency=dependency,
        releases=len(cells),
        opened=len(cells) - len(closed),
        by=by,
        closed=closed,
    )


def _engines() -> Iterable[EngineCheck]:
    """Try each engine with a container of this machine's own file system: it needs no image."""
    for name in ("podman", "apptainer"):
        engine = containers.find_engine(name)
        if engine is None:
            continue
        path = engine[1]
        command: list[str | Path] = [path, "exec", "/", "true"]
        if name == "podman":
            command = [path, "run", "--rm", "--network", "none", "--rootfs", "/:O", "true"]
        version = processes.run([path, "--version"], environment=os.environ)
        done = processes.run(command, environment=os.environ, timeout=60)
        messages = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        yield EngineCheck(
            name=name,
            version=version.stdout.strip().rpartition(" ")[2],
            works=done.ok,
            said="" if done.ok else (messages[-1] if messages else "no reason given"),
        )


def without_password(url: str) -> str:
    """Return an address without what stands before its host."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _free_bytes(folder: Path) -> int | None:
    """Return the room on the disk of a folder, which need not exist yet."""
    try:
        here = next(place for place in (folder, *folder.parents) if place.exists())
        return shutil.disk_usage(here).free
    except (OSError, StopIteration):
        return None
