"""Copies of a study for its runs: each has one alone, which serves the next if it stays as it was.

To copy hundreds of small files costs more than many a script does. To look whether they are as they
were costs a hundredth of that: the kernel sets the time of the last change (ctime) of a file that
is written to, renamed, or given other permissions, and no program can set it back. That time has
the grain of the kernel's clock, some milliseconds: a write that follows the copy within it, and
keeps the size, is not seen. No script begins as fast as that.
"""

from __future__ import annotations

import itertools
import os
import shutil
import stat
from contextlib import contextmanager, suppress
from pathlib import PurePath
from typing import TYPE_CHECKING

from tfcompat.util.files import remove

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    # Of each path: what tells that it is another, or has changed.
    Signature = tuple[int, ...]
    Snapshot = Mapping[str, Signature]


class PrivateCopies:
    """Lends copies of a folder; any thread may call it."""

    def __init__(self, original: Path) -> None:
        self._original = original
        self._spare = original.with_name(f"{original.name}-spare")
        self._unused: list[tuple[Path, Snapshot]] = []
        self._numbers = itertools.count(1)

    @contextmanager
    def lend(self, target: Path) -> Iterator[None]:
        """Have a copy at ``target`` for a block; it is on the file system of the original."""
        snapshot = self._take(target)
        try:
            yield
        finally:
            with suppress(OSError):
                if restore(target, snapshot):
                    self._keep(target, snapshot)

    def _take(self, target: Path) -> Snapshot:
        try:
            spare, snapshot = self._unused.pop()
        except IndexError:
            shutil.copytree(self._original, target)
            return take_snapshot(target)
        spare.rename(target)
        return snapshot

    def _keep(self, target: Path, snapshot: Snapshot) -> None:
        self._spare.mkdir(exist_ok=True)
        spare = self._spare / str(next(self._numbers))
        target.rename(spare)
        self._unused.append((spare, snapshot))


def take_snapshot(folder: Path) -> Snapshot:
    """Return what tells whether something in a folder has changed, by relative path."""
    return dict(_signatures(os.fspath(folder), ""))


def restore(folder: Path, before: Snapshot) -> bool:
    """Remove what has been added to a folder; tell whether all the rest is as it was."""
    if folder.is_symlink():
        return False
    after = take_snapshot(folder)
    if any(after.get(name) != signature for name, signature in before.items()):
        return False
    added = after.keys() - before.keys()
    for path in [folder / name for name in added if str(PurePath(name).parent) not in added]:
        if path.is_dir() and not path.is_symlink():
            remove(path)
        else:
            path.unlink()
    return True


def _signatures(folder: str, above: str) -> Iterator[tuple[str, Signature]]:
    with os.scandir(folder) as found:
        for entry in found:
            name = f"{above}{entry.name}"
            yield name, _signature(entry.stat(follow_symlinks=False))
            if entry.is_dir(follow_symlinks=False):
                yield from _signatures(entry.path, f"{name}/")


def _signature(found: os.stat_result) -> Signature:
    if stat.S_ISDIR(found.st_mode):
        # A folder changes with what is in it, and with that comes an entry of its own.
        return found.st_ino, found.st_mode, found.st_uid
    return found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns
