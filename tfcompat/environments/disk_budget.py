"""The disk budget: what caches and environments may hold at once, and what goes when it is full.

What was used least recently goes first: unpacked wheels, kept bytecode, what pip has fetched.
Environments at work, interpreters and the index's answers stay. While anything is installed,
nothing is removed: whoever installs holds a lock with all others who do, whoever removes alone.
"""

from __future__ import annotations

import fcntl
import glob
import itertools
import json
import os
import re
import shutil
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from tfcompat.environments import overlayfs
from tfcompat.results.verdicts import Cause, CauseKind
from tfcompat.util import files as files_module
from tfcompat.util import folders as folders_module
from tfcompat.util import processes
from tfcompat.util.files import write_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfcompat.planning.grid import Cell

# Bytes on disk for each byte of a wheel like TensorFlow's, with all that it depends on; seen with
# 2.12.1: 2.9.
_UNPACKED = 3.5

# Folders of the cache whose folders go one by one.
_FOLDERS = ("bytecode", "wheelhouses")

_POLL_SECONDS = 0.05

# For so long a measurement of the caches serves, which takes seconds where they hold much.
_MEASURED_SECONDS = 60.0

_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Item:
    """Something in a cache that can be had again: what to remove, its bytes, its last use."""

    paths: tuple[Path, ...]
    size: int
    used: float


class Disk:
    """Holds a cache folder to ``budget`` bytes."""

    def __init__(self, cache: Path, budget: int) -> None:
        self._cache = cache
        self._budget = budget
        self._uv = folders_module.uv_cache(cache)
        # What was measured, when, and what has been let in since.
        self._measured = (0, -_MEASURED_SECONDS)
        self._deciding = threading.Lock()

    def obstacle(self, cell: Cell) -> Cause | None:
        """Make room for the environment of a cell; return why it cannot fit, if it cannot."""
        need = self._need(cell)
        with self._deciding:
            used, when = self._measured
            if time.monotonic() - when >= _MEASURED_SECONDS:
                with self._lock(fcntl.LOCK_SH):
                    used, when = self._used(), time.monotonic()
            self._measured = (used + need, when)
            if need <= min(self._budget - used, shutil.disk_usage(self._cache).free):
                return None
            cause = self._make_room(need)
            self._measured = (0, -_MEASURED_SECONDS)
            return cause

    def _make_room(self, need: int) -> Cause | None:
        with self._lock(fcntl.LOCK_EX):
            room = min(self._budget - self._used(), shutil.disk_usage(self._cache).free)
            for item in sorted(self._items(), key=lambda item: item.used):
                if need <= room:
                    break
                for path in item.paths:
                    _remove(path)
                room += item.size
        if need <= room:
            return None
        message = (
            f"needs about {_gigabytes(need)} of disk, and there is room for {_gigabytes(room)}: "
            f"`disk` allows {_gigabytes(self._budget)}, and "
            f"{_gigabytes(shutil.disk_usage(self._cache).free)} are free"
        )
        return Cause(kind=CauseKind.DISK, message=message)

    @contextmanager
    def installing(self) -> Iterator[None]:
        """Hold the lock under which nothing is removed from the caches."""
        with self._lock(fcntl.LOCK_SH):
            yield

    def touch(self, lock: str, *folders: Path) -> None:
        """Note that the wheels that a lock pins, and further folders, have just been used."""
        for name, version in _PIN.findall(lock):
            for link in self._links(name, version):
                with suppress(OSError):
                    os.utime(link, follow_symlinks=False)
        for folder in folders:
            with suppress(OSError):
                os.utime(folder)

    def _links(self, project: str, version: str) -> Iterator[Path]:
        # By name first: a package may have thousands of releases in the cache.
        name, begin = canonicalize_name(project), glob.escape(version)
        for pattern in (f"wheels-*/*/{name}/{begin}-*", f"wheels-*/*/*/{name}/{begin}-*"):
            yield from (path for path in self._uv.glob(pattern) if path.is_symlink())

    def _need(self, cell: Cell) -> int:
        wheel = cell.wheel
        if wheel is None or wheel.size is None:
            return 0
        size = int(wheel.size * _UNPACKED)
        cached = any(self._links(cell.dependency, cell.release))
        linked = cell.python != "2.7" and overlayfs.possible(self._cache)
        return (0 if cached else size) + (0 if linked else size)

    def _used(self) -> int:
        rest = [path for path in self._cache.iterdir() if path != self._uv]
        if self._uv.is_relative_to(self._cache):
            rest += [path for path in self._uv.glob("*") if not path.match("archive-*")]
        return sum(item.size for item in self._wheels()) + sum(map(size_of, rest))

    def _items(self) -> Iterator[Item]:
        yield from self._wheels()
        for name in _FOLDERS:
            for folder in (self._cache / name).glob("*"):
                # Another process may just have given it its name.
                with suppress(FileNotFoundError):
                    used = folder.stat().st_mtime
                    yield Item(paths=(folder,), size=size_of(folder), used=used)
        for path in (self._cache / "pip").rglob("*"):
            if path.is_file():
                stat = path.stat()
                yield Item(paths=(path,), size=_blocks(stat), used=stat.st_mtime)

    def _wheels(self) -> Iterator[Item]:
        """Yield what uv has unpacked, with all that points to it; nothing of a shared cache."""
        if not self._uv.is_relative_to(self._cache):
            return
        pointers: dict[str, list[Path]] = {}
        for kind in ("wheels-*", "sdists-*"):
            for folder in self._uv.glob(kind):
                for path in _symlinks(folder):
                    pointers.setdefault(path.readlink().name, []).append(path)
        known = self._sizes()
        sizes: dict[str, int] = {}
        for archive in self._uv.glob("archive-*/*"):
            size = known[archive.name] if archive.name in known else size_of(archive)
            sizes[archive.name] = size
            links = pointers.get(archive.name, [])
            beside = [link.with_name(link.name + end) for link in links for end in _BESIDE]
            used = max((link.lstat().st_mtime for link in links), default=0.0)
            yield Item(paths=(*links, *beside, archive), size=size, used=used)
        if known != sizes:
            with suppress(OSError):
                write_text(self._cache / "sizes.json", json.dumps(sizes))

    def _sizes(self) -> dict[str, int]:
        """Return the sizes of archives that were once measured: uv never changes one."""
        try:
            found = json.loads((self._cache / "sizes.json").read_text(encoding="utf-8"))
            return {str(name): int(size) for name, size in found.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            return {}

    @contextmanager
    def _lock(self, mode: int) -> Iterator[None]:
        """Hold the lock of the caches; who waits to be alone keeps later ones from coming first."""
        with (self._cache / "disk.lock").open("ab") as file:
            with (self._cache / "disk.gate").open("ab") as gate:
                _flock(gate.fileno(), fcntl.LOCK_EX)
                _flock(file.fileno(), mode)
            yield


# What uv keeps beside the link to an unpacked wheel.
_BESIDE = (".http", ".msgpack", ".rev")


def _flock(file: int, mode: int) -> None:
    while True:
        try:
            fcntl.flock(file, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            processes.check()
            time.sleep(_POLL_SECONDS)
        else:
            return


def size_of(path: Path) -> int:
    """Return the bytes on disk of a file or of all in a folder.

    Left out are environments that are links into the cache. What is gone by the time it is looked
    at has no size.
    """
    if path.is_symlink() or not path.is_dir():
        try:
            return _blocks(path.lstat())
        except OSError:
            return 0
    total = 0
    for folder, folders, files in os.walk(path):
        if "env" in folders and _is_linked(Path(folder, "env")):
            folders.remove("env")
        for name in files:
            with suppress(OSError):
                total += _blocks(os.lstat(Path(folder, name)))
    return total


def _is_linked(environment: Path) -> bool:
    """Tell from one file of an environment whether all are links into the cache."""
    metadata = environment.glob("lib/python*/site-packages/*.dist-info/METADATA")
    try:
        return any(path.lstat().st_nlink > 1 for path in itertools.islice(metadata, 1))
    except OSError:
        return False


def _blocks(stat: os.stat_result) -> int:
    return stat.st_blocks * 512


def _symlinks(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(place, name)
            if path.is_symlink():
                yield path


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        files_module.remove(path)
    else:
        path.unlink(missing_ok=True)


def _gigabytes(size: int) -> str:
    return f"{max(0, size) / 1e9:.1f} GB"
