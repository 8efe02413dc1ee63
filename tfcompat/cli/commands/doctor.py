"""``tfcompat doctor``: show on one screen what this machine can do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.planning.machine_check import check_machine
from tfcompat.planning.study import FILE_NAME
from tfcompat.results.printed import as_json
from tfcompat.util.files import strict_json
from tfcompat.util.text import plural

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterable

    from tfcompat.results.printed import MachineCheck, OpenReleases


_SHOWN = 50_000_000  # bytes of a folder of the cache that is named


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's options."""
    add = parser.add_argument
    add("--config", type=Path, default=Path(FILE_NAME), help="the study's file")
    add("--offline", action="store_true", help="make no request")
    add("--json", action="store_true", help="print JSON")


def run(parsed: Namespace) -> int:
    """Check the machine, and print what was found as text or as JSON."""
    check = check_machine(parsed.config, offline=parsed.offline)
    if parsed.json:
        print(strict_json(as_json(check), indent=1))
    else:
        print("\n".join(lines(check)))
    return 0


def lines(check: MachineCheck) -> Iterable[str]:
    """Yield what was found for a person, one screen of it."""
    yield from _about_pythons(check)
    yield f"Releases of {check.releases.dependency}"
    yield from (f"  {line}" for line in _about_releases(check.releases))
    yield from _about_containers(check)
    yield "Runs"
    hidden = "the user's other files are hidden, unless a study opens them"
    if check.open_files:
        hidden = f"other files cannot be hidden: {check.open_files}"
    yield f"  in an environment: their own home and temporary folder; {hidden}"
    yield "  in a container: no other files"
    closed = "is closed unless a study opens it"
    if check.open_network:
        closed = f"cannot be closed: {check.open_network}"
    yield f"  the network {closed}"
    linked = "links, caught by an overlay" if check.links else "copies (no overlays here)"
    yield f"  environments are {linked}; uv {check.uv}"
    yield "Machine"
    avx = ", ".join(check.avx) or "none: TensorFlow 1.6 and later need it"
    yield f"  {check.cores} cores, {check.cpu}; AVX: {avx}"
    yield f"  memory free {_size(check.memory)}, disk free {_size(check.free)}"
    index = check.index_trouble or f"answers in {check.index_seconds} s"
    yield f"  index {check.index}: {index}"
    large = {name: size for name, size in check.caches.items() if size >= _SHOWN}
    caches = ", ".join(f"{name} {_size(size)}" for name, size in large.items())
    yield f"  caches in {check.cache}: {caches or 'little'}"


def _about_pythons(check: MachineCheck) -> Iterable[str]:
    yield "Pythons"
    for python in check.pythons:
        count = check.releases.by.get(python.python)
        opens = f"   wheels of {plural(count, 'release')}" if count else ""
        yield f"  {python.version:8} {python.abi:7} {python.path}{opens}"
    for broken in check.broken:
        yield f"  broken: {broken.path} {broken.why}"


def _about_releases(releases: OpenReleases) -> Iterable[str]:
    yield f"{releases.opened} of {releases.releases} have a Python here"
    reasons: dict[str, list[str]] = {}
    for release, how in releases.closed.items():
        reasons.setdefault(how, []).append(release)
    for how, names in reasons.items():
        ends = names[0] if len(names) == 1 else f"{names[0]} … {names[-1]} ({len(names)})"
        yield f"{ends}: {how}"


def _about_containers(check: MachineCheck) -> Iterable[str]:
    yield "Containers"
    for engine in check.engines:
        state = "starts containers" if engine.works else f"cannot start one: {engine.said}"
        yield f"  {engine.name} {engine.version} {state}"
    if not check.engines:
        yield "  none; podman or apptainer would open Pythons that are not here"


def _size(size: int | None) -> str:
    return "unknown" if size is None else f"{size / 1e9:.1f} GB"
