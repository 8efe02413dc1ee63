"""Whether runs wrote to the environment that they share.

Bytecode is expected there, and Python itself rejects what does not fit its source. Anything else
could be seen by later runs, and would make their results depend on the order of runs. An overlay
catches all that is written in a folder beside the environment, where it can be looked at.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from tfcompat.util import files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What an overlay marks a folder with that hides all below it: as root, and as any other user.
# https://docs.kernel.org/filesystems/overlayfs.html
_OPAQUE = ("trusted.overlay.opaque", "user.overlay.opaque")


class WrittenPath(NamedTuple):
    """Something that was added, changed or removed; equal to itself as long as nothing changes it.

    ``path`` is relative to the environment. ``mode``, ``size`` and ``changed`` are the mode, the
    bytes and the time of the last change (in nanoseconds) of what the overlay caught.
    """

    path: str
    mode: int
    size: int
    changed: int


class CapturedWrites:
    """What was written to the environment ``folder/env`` and caught in ``folder/written``."""

    def __init__(self, folder: Path) -> None:
        self._environment = folder / "env"
        self._written = folder / "written"
        self._work = folder / "overlay"

    def snapshot(self) -> frozenset[WrittenPath]:
        """Return everything that was written except bytecode.

        The mode of the environment's own folder is part of it, under an empty path.
        """
        if not self._written.exists():
            return frozenset()
        # Under the overlay, the folder of what is written stands for that of the environment.
        own = WrittenPath("", self._written.stat().st_mode, 0, 0)
        return frozenset([own, *self._paths()])

    def wipe(self) -> None:
        """Remove all that was written; no launcher may be working in the environment."""
        for folder in (self._written, self._work):
            if folder.exists():
                files.remove(folder)

    def _paths(self, folder: str = "") -> Iterator[WrittenPath]:
        """Yield what was written below a folder of the environment."""
        # Names are joined as text: an import of TensorFlow compiles thousands of modules, and each
        # run of a cell is followed by a snapshot.
        for entry in _entries(f"{self._written}/{folder}"):
            name = f"{folder}/{entry.name}" if folder else entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if folder.rpartition("/")[2] == "__pycache__" and not is_folder:
                continue
            # Python renames what it has compiled, so a name may be gone by now.
            with suppress(FileNotFoundError):
                found = entry.stat(follow_symlinks=False)
                if not (is_folder and self._is_unchanged(name, found)):
                    yield WrittenPath(name, found.st_mode, found.st_size, found.st_ctime_ns)
                if is_folder:
                    yield from self._paths(name)

    def _is_unchanged(self, name: str, found: os.stat_result) -> bool:
        """Tell whether a folder is as in the environment itself, or is one for bytecode."""
        parent, _, own = name.rpartition("/")
        if parent.rpartition("/")[2] == "__pycache__" or _is_opaque(f"{self._written}/{name}"):
            return False
        if own == "__pycache__":
            return True
        with suppress(OSError):
            # lstat: a link to a folder is not the folder.
            original = os.lstat(f"{self._environment}/{name}")
            return original.st_mode == found.st_mode
        return False


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """Return what is in a folder; nothing where it is gone, or a script has made it unreadable."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _is_opaque(folder: str) -> bool:
    """Tell whether an overlay shows nothing of what the environment has below a folder."""
    for attribute in _OPAQUE:
        with suppress(OSError):
            if os.getxattr(folder, attribute) == b"y":
                return True
    return False


class ContaminationGuard:
    """Watches whether the environment that runs share is still as the first of them found it.

    ``writes`` is None where nothing catches what is written: the environment then counts as clean.
    ``writers`` are the examples known to write there. ``suspects`` are those whose runs do not
    count, because they may have seen what another one wrote.

    Use: ``with guard.cleaned():`` around the life of a launcher, ``begin()`` once it is started,
    and ``is_contaminated()`` after each run, from any thread.
    """

    def __init__(self, writes: CapturedWrites | None) -> None:
        self._writes = writes
        self._lock = threading.Lock()
        self._before: frozenset[WrittenPath] = frozenset()
        self._contaminated = False
        self.writers: set[str] = set()
        self.suspects: list[str] = []

    @contextmanager
    def cleaned(self) -> Iterator[None]:
        """Wipe the environment at the end of the block if it was contaminated in it.

        Launchers have to end within the block.
        """
        self.suspects = []
        self._contaminated = False
        try:
            yield
        finally:
            if self._writes and self._contaminated:
                self._writes.wipe()

    def begin(self) -> None:
        """Take the environment as it is now to be clean."""
        if self._writes:
            self._before = self._writes.snapshot()

    def may_start(self) -> bool:
        """Tell whether no run is known to have written to the environment."""
        return not self._contaminated

    def is_contaminated(self) -> bool:
        """Look at the environment; tell whether anything was written there since ``begin``."""
        with self._lock:
            if self._writes and not self._contaminated:
                self._contaminated = self._writes.snapshot() != self._before
            return self._contaminated
