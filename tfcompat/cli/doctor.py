"""What this machine can do: Pythons, the releases that they open, containers, network, room.

Everything is asked, nothing is assumed, and nothing is changed.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict, dataclass, field
from importlib import metadata
from time import monotonic
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from tfcompat.environments import containers, interpreters, overlayfs
from tfcompat.environments.containers import TOO_OLD
from tfcompat.environments.disk_budget import size_of
from tfcompat.environments.index.client import PackageIndex, known_offline
from tfcompat.environments.uv import fetchable_pythons, program
from tfcompat.errors import IndexUnavailableError, TfcompatError
from tfcompat.planning import grid
from tfcompat.planning.plan import container_choice
from tfcompat.planning.schema import Container
from tfcompat.planning.study import load_study
from tfcompat.util import folders, processes
from tfcompat.util import host as host_module

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from tfcompat.environments.index.client import Release
    from tfcompat.environments.interpreters import Broken, Interpreter

DEPENDENCY = "tensorflow"
"""The package whose releases are looked at where there is no study."""


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A container engine: whether it started a container, and what it said where it did not."""

    name: str
    version: str
    works: bool
    said: str = ""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """Releases of a package: those with a Python here, and for the others what would open them.

    ``closed`` has a release's name and what to do; ``by`` says for how many releases each Python
    that is here has a wheel.
    """

    dependency: str
    releases: int
    opened: int
    by: Mapping[str, int]
    closed: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Findings:
    """Everything that a machine was asked. Sizes are in bytes, None where they cannot be told."""

    pythons: tuple[Interpreter, ...]
    broken: tuple[Broken, ...]
    fetchable: tuple[str, ...]
    releases: Opened
    engines: tuple[Engine, ...]
    uv: str
    links: bool
    index: str
    index_trouble: str | None
    index_seconds: float
    cores: int
    cpu: str
    avx: tuple[str, ...]
    memory: int | None
    cache: Path
    free: int | None
    caches: Mapping[str, int] = field(default_factory=dict)


def examine(config: Path, *, offline: bool = False) -> Findings:
    """Ask this machine what it can do; raise StudyError for a study that says nonsense."""
    cache = folders.cache_folder()
    found, broken = interpreters.find(folder=cache)
    study = load_study(config) if config.exists() else None
    dependency = study.analysis.dependency if study else DEPENDENCY
    container = study.analysis.container if study else Container()
    fetchable = fetchable_pythons()
    engines = tuple(_engines())
    working = any(engine.works for engine in engines)
    index = PackageIndex(cache, offline=offline)
    begun = monotonic()
    releases, trouble = _releases(index, dependency)
    seconds = monotonic() - begun
    host = host_module.host()
    return Findings(
        pythons=found,
        broken=broken,
        fetchable=fetchable,
        releases=opened(dependency, releases, found, fetchable, container if working else None),
        engines=engines,
        uv=f"{metadata.version('uv')} ({program()})",
        links=cache.exists() and overlayfs.possible(cache),
        index=without_password(index.url),
        index_trouble=trouble,
        index_seconds=round(seconds, 2),
        cores=len(host_module.usable_cores()),
        cpu=host.cpu_model or host.machine,
        avx=tuple(flag for flag in host.cpu_flags if flag.startswith("avx")),
        memory=host_module.available_memory(),
        cache=cache,
        free=_free(cache),
        caches={f.name: size_of(f) for f in sorted(cache.glob("*/"))},
    )


def _releases(index: PackageIndex, dependency: str) -> tuple[Sequence[Release], str | None]:
    """Return the stable releases of a package, and why the index could not be asked, if so."""
    try:
        known: Sequence[Release] = index.releases(dependency)
        trouble = next(iter(index.notes), None)
    except IndexUnavailableError as error:
        known, trouble = known_offline(dependency, folders.cache_folder()), str(error)
    except TfcompatError as error:
        known, trouble = (), str(error)
    return [release for release in known if release.stable and release.wheels], trouble


def opened(
    dependency: str,
    releases: Sequence[Release],
    found: Sequence[Interpreter],
    fetchable: Collection[str],
    container: Container | None,
) -> Opened:
    """Return which releases have a Python here, and what would open each of the others.

    ``container`` is None where no engine works. Pure.
    """
    cells = grid.plan(dependency, releases, found=found, fetchable=fetchable)
    closed: dict[str, str] = {}
    for cell in cells:
        if cell.cause is None:
            continue
        if cell.wheel is None:
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
    return Opened(
        dependency=dependency,
        releases=len(cells),
        opened=len(cells) - len(closed),
        by=by,
        closed=closed,
    )


def _engines() -> Iterable[Engine]:
    """Try each engine with a container of this machine's own file system: it needs no image."""
    for name in ("podman", "apptainer"):
        engine = containers.find_engine(name)
        if engine is None:
            continue
        path = engine[1]
        words: list[str | Path] = [path, "exec", "/", "true"]
        if name == "podman":
            words = [path, "run", "--rm", "--network", "none", "--rootfs", "/:O", "true"]
        version = processes.run([path, "--version"], environment=os.environ)
        done = processes.run(words, environment=os.environ, timeout=60)
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        yield Engine(
            name=name,
            version=version.stdout.strip().rpartition(" ")[2],
            works=done.ok,
            said="" if done.ok else (said[-1] if said else "no reason given"),
        )


def without_password(url: str) -> str:
    """Return an address without what stands before its host."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _free(folder: Path) -> int | None:
    try:
        here = next(place for place in (folder, *folder.parents) if place.exists())
        return shutil.disk_usage(here).free
    except (OSError, StopIteration):
        return None


def as_json(findings: Findings) -> dict[str, Any]:
    """Return what was found for a machine to read."""
    document = asdict(findings)
    document["pythons"] = [
        {**interpreters.as_json(one), "path": os.fspath(one.path)} for one in findings.pythons
    ]
    document["broken"] = [{"path": os.fspath(b.path), "why": b.why} for b in findings.broken]
    document["cache"] = os.fspath(findings.cache)
    return {"schema": 1, **document}


def lines(findings: Findings) -> Iterable[str]:
    """Yield what was found for a person, one screen of it."""
    yield "Pythons"
    for one in findings.pythons:
        count = findings.releases.by.get(one.python)
        opens = f"   {count} releases have a wheel" if count else ""
        yield f"  {one.version:8} {one.abi:7} {one.path}{opens}"
    for bad in findings.broken:
        yield f"  broken: {bad.path} {bad.why}"
    yield f"Releases of {findings.releases.dependency}"
    yield from (f"  {line}" for line in _about_releases(findings.releases))
    yield "Containers"
    for engine in findings.engines:
        state = "starts containers" if engine.works else f"cannot start one: {engine.said}"
        yield f"  {engine.name} {engine.version} {state}"
    if not findings.engines:
        yield "  none; podman or apptainer would open Pythons that are not here"
    yield "Runs"
    yield "  in an environment: their own home and temporary folder; the network and the user's"
    yield "  other files can be reached. In a container: no other files, the network too."
    linked = "links, caught by an overlay" if findings.links else "copies (no overlays here)"
    yield f"  environments are {linked}; uv {findings.uv}"
    yield "Machine"
    avx = ", ".join(findings.avx) or "none: TensorFlow 1.6 and later need it"
    yield f"  {findings.cores} cores, {findings.cpu}; AVX: {avx}"
    yield f"  memory free {_size(findings.memory)}, disk free {_size(findings.free)}"
    trouble = findings.index_trouble or f"answers in {findings.index_seconds} s"
    yield f"  index {findings.index}: {trouble}"
    caches = ", ".join(f"{name} {_size(size)}" for name, size in findings.caches.items())
    yield f"  caches in {findings.cache}: {caches or 'empty'}"


def _about_releases(releases: Opened) -> Iterable[str]:
    yield f"{releases.opened} of {releases.releases} have a Python here"
    reasons: dict[str, list[str]] = {}
    for release, how in releases.closed.items():
        reasons.setdefault(how, []).append(release)
    for how, names in reasons.items():
        ends = names[0] if len(names) == 1 else f"{names[0]} … {names[-1]} ({len(names)})"
        yield f"{ends}: {how}"


def _size(size: int | None) -> str:
    return "unknown" if size is None else f"{size / 1e9:.1f} GB"
