"""The disk budget: what caches and environments may hold at once, and what is removed to keep it.

What was used least recently goes first: unpacked wheels, kept bytecode, what pip has fetched.
Environments in use, interpreters and the index's answers stay. While anything is installed, nothing
is removed: processes that install hold a lock together, one that removes holds it alone.
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

from tfcompat.results.verdicts import Cause, CauseKind
from tfcompat.util import processes
from tfcompat.util.files import remove, write_text
from tfcompat.util.folders import uv_cache

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfcompat.environments.base import EnvironmentRequest

# Bytes on disk for each byte of a wheel like TensorFlow's, with all that it depends on, unpacked.
# TensorFlow 2.12.1 needs 2.9.
_UNPACKED = 3.5

# Folders of the cache whose entries can be removed one by one.
_FOLDERS = ("bytecode", "wheelhouses")

# What uv keeps beside the link to an unpacked wheel.
_BESIDE = (".http", ".msgpack", ".rev")

_POLL_SECONDS = 0.05

# Measuring takes seconds where the caches hold much, so a measurement serves for so long.
_MEASURED_SECONDS = 60.0

# A pin of a lock: the project and its version.
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class CacheItem:
    """Something in a cache that can be obtained again, and is removed as a whole.

    ``paths`` are what to remove, ``size`` their bytes on disk, ``used`` the time of their last use
    in seconds since the epoch.
    """

    paths: tuple[Path, ...]
    size: int
    used: float


class DiskBudget:
    """Keeps a cache folder within ``budget`` bytes. May be used from any thread."""

    def __init__(self, cache: Path, budget: int) -> None:
        self._cache = cache
        self._budget = budget
        self._uv = uv_cache(cache)
        # The bytes in use when last measured, with those of requests let in since; and when.
        self._measured = (0, -_MEASURED_SECONDS)
        self._deciding = threading.Lock()

    def make_room(self, request: EnvironmentRequest, *, links: bool) -> Cause | None:
        """Make room for an environment; return why it cannot fit, or None where it can.

        ``links`` says that its files will be links into the cache, which take no further space.
        """
        need = self._need(request, links=links)
        with self._deciding:
            used, when = self._measured
            if time.monotonic() - when >= _MEASURED_SECONDS:
                with self._lock(fcntl.LOCK_SH):
                    used, when = self._used(), time.monotonic()
            self._measured = (used + need, when)
            if need <= self._room(used):
                return None
            cause = self._remove_items(need)
            self._measured = (0, -_MEASURED_SECONDS)
            return cause

    def _room(self, used: int) -> int:
        """Return the bytes that budget and disk still allow."""
        return min(self._budget - used, shutil.disk_usage(self._cache).free)

    def _remove_items(self, need: int) -> Cause | None:
        """Remove items until ``need`` bytes fit; return why they do not where all are gone."""
        with self._lock(fcntl.LOCK_EX):
            room = self._room(self._used())
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

    def prune(self, *, older_than: float | None = None, to: int | None = None) -> int:
        """Remove what can be obtained again, and return its bytes.

        That is what was last used before ``older_than`` (seconds since the epoch), and then, what
        was used least recently first, until at most ``to`` bytes are in use.
        """
        removed = 0
        with self._lock(fcntl.LOCK_EX):
            used = self._used()
            for item in sorted(self._items(), key=lambda item: item.used):
                old = older_than is not None and item.used < older_than
                if not old and (to is None or used - removed <= to):
                    continue
                for path in item.paths:
                    _remove(path)
                removed += item.size
        return removed

    @contextmanager
    def installing(self) -> Iterator[None]:
        """Keep everything in the caches during the block, in which something is installed."""
        with self._lock(fcntl.LOCK_SH):
            yield

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until nothing is installed, and keep everything from being installed meanwhile."""
        with self._lock(fcntl.LOCK_EX):
            yield

    def touch(self, lock: str, *folders: Path) -> None:
        """Note that the wheels that a lock pins, and further folders, are being used now."""
        for name, version in _PIN.findall(lock):
            for link in self._links(name, version):
                with suppress(OSError):
                    os.utime(link, follow_symlinks=False)
        for folder in folders:
            with suppress(OSError):
                os.utime(folder)

    def _links(self, project: str, version: str) -> Iterator[Path]:
        """Yield uv's links to the unpacked wheels of a release."""
        # By name first: a package may have thousands of releases in the cache.
        name, begin = canonicalize_name(project), glob.escape(version)
        for pattern in (f"wheels-*/*/{name}/{begin}-*", f"wheels-*/*/*/{name}/{begin}-*"):
            yield from (path for path in self._uv.glob(pattern) if path.is_symlink())

    def _need(self, request: EnvironmentRequest, *, links: bool) -> int:
        """Estimate the bytes that an environment adds: in the cache, and as a copy of its own."""
        if request.wheel_size is None:
            return 0
        size = int(request.wheel_size * _UNPACKED)
        cached = any(self._links(request.dependency, request.release))
        return (0 if cached else size) + (0 if links else size)

    def _used(self) -> int:
        """Measure the bytes in use; those of a uv cache that is shared with others do not count."""
        rest = [path for path in self._cache.iterdir() if path != self._uv]
        if self._uv.is_relative_to(self._cache):
            rest += [path for path in self._uv.glob("*") if not path.match("archive-*")]
        return sum(item.size for item in self._wheels()) + sum(map(size_of, rest))

    def _items(self) -> Iterator[CacheItem]:
        """Yield all that can be removed."""
        yield from self._wheels()
        for name in _FOLDERS:
            for folder in (self._cache / name).glob("*"):
                # Another process may just have given it its name.
                with suppress(FileNotFoundError):
                    used = folder.stat().st_mtime
                    yield CacheItem(paths=(folder,), size=size_of(folder), used=used)
        for path in (self._cache / "pip").rglob("*"):
            if path.is_file():
                stat = path.stat()
                yield CacheItem(paths=(path,), size=_blocks(stat), used=stat.st_mtime)

    def _wheels(self) -> Iterator[CacheItem]:
        """Yield what uv has unpacked, with the links to it; nothing of a shared cache."""
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
            yield CacheItem(paths=(*links, *beside, archive), size=size, used=used)
        if known != sizes:
            with suppress(OSError):
                write_text(self._cache / "sizes.json", json.dumps(sizes))

    def _sizes(self) -> dict[str, int]:
        """Return the sizes of archives as once measured: uv never changes an archive."""
        try:
            found = json.loads((self._cache / "sizes.json").read_text(encoding="utf-8"))
            return {str(name): int(size) for name, size in found.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            return {}

    @contextmanager
    def _lock(self, mode: int) -> Iterator[None]:
        """Hold the lock of the caches, together with others (LOCK_SH) or alone (LOCK_EX).

        Each passes a gate first, and holds it while it waits: one that waits to be alone is not
        overtaken.
        """
        with (self._cache / "disk.lock").open("ab") as file:
            with (self._cache / "disk.gate").open("ab") as gate:
                _flock(gate.fileno(), fcntl.LOCK_EX)
                _flock(file.fileno(), mode)
            yield


def _flock(file: int, mode: int) -> None:
    """Lock a file; raise InterruptedRunError where everything is interrupted meanwhile."""
    while True:
        try:
            fcntl.flock(file, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            processes.raise_if_interrupted()
            time.sleep(_POLL_SECONDS)
        else:
            return


def size_of(path: Path) -> int:
    """Return the bytes on disk of a file, or of all files in a folder.

    Environments that are links into the cache count as nothing, and so do files that vanish
    meanwhile.
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
    """Tell whether an environment is links into the cache: one file of it stands for all."""
    metadata = environment.glob("lib/python*/site-packages/*.dist-info/METADATA")
    try:
        return any(path.lstat().st_nlink > 1 for path in itertools.islice(metadata, 1))
    except OSError:
        return False


def _blocks(stat: os.stat_result) -> int:
    # In units of 512 bytes, whatever the file system's blocks are (stat(2)).
    return stat.st_blocks * 512


def _symlinks(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(place, name)
            if path.is_symlink():
                yield path


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        remove(path)
    else:
        path.unlink(missing_ok=True)


def _gigabytes(size: int) -> str:
    return f"{max(0, size) / 1e9:.1f} GB"
