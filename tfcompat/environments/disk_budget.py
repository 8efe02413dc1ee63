"""The disk budget: what caches and environments may hold at once, and what is removed to keep it.

What was used least recently goes first: unpacked wheels, kept bytecode, what pip has fetched.
Environments in use, interpreters and the index's answers stay. While anything is installed, nothing
is removed: processes that install hold a lock together, one that removes holds it alone.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tfcompat.environments.uv_cache import PIN, CacheItem, UvCache
from tfcompat.results.verdicts import Cause, CauseKind
from tfcompat.util import processes
from tfcompat.util.files import blocks, remove, size_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tfcompat.environments.base import EnvironmentRequest

# Bytes on disk for each byte of a wheel like TensorFlow's, with all that it depends on, unpacked.
# TensorFlow 2.12.1 needs 2.9.
_UNPACKED = 3.5

# Folders of the cache whose entries can be removed one by one.
_FOLDERS = ("bytecode", "wheelhouses")

_POLL_SECONDS = 0.05

# Measuring takes seconds where the caches hold much, so a measurement serves for so long.
_MEASURED_SECONDS = 60.0


class DiskBudget:
    """Keeps a cache folder within ``budget`` bytes. May be used from any thread."""

    def __init__(self, cache: Path, budget: int) -> None:
        self._cache = cache
        self._budget = budget
        self._uv = UvCache(cache=cache)
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
        for name, version in PIN.findall(lock):
            for path in (*self._uv.links(name, version), *self._uv.sources(name, version)):
                with suppress(OSError):
                    os.utime(path, follow_symlinks=False)
        for folder in folders:
            with suppress(OSError):
                os.utime(folder)

    def _need(self, request: EnvironmentRequest, *, links: bool) -> int:
        """Estimate the bytes that an environment adds: in the cache, and as a copy of its own."""
        if request.wheel_size is None:
            return 0
        size = int(request.wheel_size * _UNPACKED)
        cached = any(self._uv.links(request.dependency, request.release))
        return (0 if cached else size) + (0 if links else size)

    def _used(self) -> int:
        """Measure the bytes in use; those of a uv cache that is shared with others do not count."""
        rest = sum(size_of(path) for path in self._cache.iterdir() if path != self._uv.folder)
        if self._uv.is_shared:
            return rest
        return rest + self._uv.other_bytes() + sum(item.size for item in self._uv.items())

    def _items(self) -> Iterator[CacheItem]:
        """Yield all that can be removed."""
        if not self._uv.is_shared:
            yield from self._uv.items()
        for name in _FOLDERS:
            for folder in (self._cache / name).glob("*"):
                # Another process may just have given it its name.
                with suppress(FileNotFoundError):
                    used = folder.stat().st_mtime
                    yield CacheItem(paths=(folder,), size=size_of(folder), used=used)
        for path in (self._cache / "pip").rglob("*"):
            if path.is_file():
                stat = path.stat()
                yield CacheItem(paths=(path,), size=blocks(stat), used=stat.st_mtime)

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


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        remove(path)
    else:
        path.unlink(missing_ok=True)


def _gigabytes(size: int) -> str:
    return f"{max(0, size) / 1e9:.1f} GB"
