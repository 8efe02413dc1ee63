"""What the cache folder holds, and its removal. Nothing that a command uses is touched."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfcompat.environments.disk_budget import DiskBudget
from tfcompat.execution import workspace
from tfcompat.util.files import remove, size_of

if TYPE_CHECKING:
    from pathlib import Path

_NO_LIMIT = 0
_DAY = 86_400.0

CONTENTS = {
    "uv": "unpacked wheels, and what uv keeps beside them",
    "pip": "what pip has fetched",
    "wheelhouses": "wheels for Python 2.7",
    "bytecode": "compiled imports",
    "bytecode-digests": "by which those are checked",
    "http": "answers of the index",
    "releases": "releases of packages",
    "contents": "what projects bring",
    "resolutions": "what requirements resolved to",
    "failed-builds": "builds that failed lately",
    "surfaces": "what releases offer",
    "environments": "environments that were kept (--keep)",
    "python": "Pythons that uv fetched",
    "frontiers": "results of searches without a study",
    "work": "what runs use now",
}
"""What stands in the folders of the cache, by their names."""

# Of the rest, these are no data: locks, and what is asked again in a moment.
_KEPT = frozenset({"work", "disk.lock", "disk.gate", "cores"})


@dataclass(frozen=True, kw_only=True)
class CacheEntry:
    """A folder or file of the cache: bytes on disk, and seconds since anything in it changed."""

    name: str
    content: str
    size: int
    unused: float


def entries(cache: Path) -> list[CacheEntry]:
    """Return what the cache holds, the largest first."""
    if not cache.is_dir():
        return []
    now = time.time()
    found = [
        CacheEntry(
            name=path.name,
            content=CONTENTS.get(path.name, ""),
            size=size_of(path),
            unused=max(0.0, now - _newest(path)),
        )
        for path in cache.iterdir()
    ]
    return sorted(found, key=lambda entry: -entry.size)


def _newest(path: Path) -> float:
    """Return when something was last changed in a folder, or directly in one of its folders."""
    times = [path.stat().st_mtime]
    if path.is_dir():
        times += [inner.lstat().st_mtime for inner in path.iterdir()]
    return max(times)


def prune(cache: Path, *, older: float | None, to: int | None) -> int:
    """Remove what dead commands left, and what was not used for ``older`` days.

    Then, what was used least recently first, until at most ``to`` bytes are in use. Returns the
    bytes that were removed of what can be obtained again.
    """
    if not cache.is_dir():
        return 0
    workspace.sweep(cache / "work")
    before = None if older is None else time.time() - older * _DAY
    return DiskBudget(cache, _NO_LIMIT).prune(older_than=before, to=to)


def clear(cache: Path) -> int:
    """Remove all but what commands use now; return the bytes."""
    if not cache.is_dir():
        return 0
    workspace.sweep(cache / "work")
    removed = 0
    with DiskBudget(cache, _NO_LIMIT).alone():
        for path in cache.iterdir():
            if path.name in _KEPT:
                continue
            removed += size_of(path)
            if path.is_dir() and not path.is_symlink():
                remove(path)
            else:
                path.unlink(missing_ok=True)
    return removed
