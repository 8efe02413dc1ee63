"""What runs left behind in their environment, where an overlay caught it.

Bytecode is expected there, and Python itself rejects what does not fit its source. Anything else
could be seen by the runs that come after, and would make their results depend on the order.
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

# What an overlay marks a folder with that hides all below it, as root and as anybody else.
# https://docs.kernel.org/filesystems/overlayfs.html
_OPAQUE = ("trusted.overlay.opaque", "user.overlay.opaque")


class Trace(NamedTuple):
    """Something that was added, changed or removed; equal as long as it is left alone."""

    path: str
    mode: int
    size: int
    changed: int


class Traces:
    """What was written to the environment ``folder/env``, caught in ``folder/written``."""

    def __init__(self, folder: Path) -> None:
        self._below = folder / "env"
        self._written = folder / "written"
        self._work = folder / "overlay"

    def look(self) -> frozenset[Trace]:
        """Return all traces but bytecode, and how the environment's own folder is protected."""
        if not self._written.exists():
            return frozenset()
        # Its own folder stands for that of the environment.
        own = Trace("", self._written.stat().st_mode, 0, 0)
        return frozenset([own, *self._traces()])

    def wipe(self) -> None:
        """Remove all that was written; no launcher may be working in the environment."""
        for folder in (self._written, self._work):
            if folder.exists():
                files.remove(folder)

    def _traces(self, below: str = "") -> Iterator[Trace]:
        # With names alone: an import of TensorFlow compiles thousands of modules, and each run of
        # a cell is followed by a look.
        for entry in _entries(f"{self._written}/{below}"):
            name = f"{below}/{entry.name}" if below else entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if below.rpartition("/")[2] == "__pycache__" and not is_folder:
                continue
            # Python renames what it has compiled.
            with suppress(FileNotFoundError):
                found = entry.stat(follow_symlinks=False)
                if not (is_folder and self._is_as_before(name, found)):
                    yield Trace(name, found.st_mode, found.st_size, found.st_ctime_ns)
                if is_folder:
                    yield from self._traces(name)

    def _is_as_before(self, name: str, found: os.stat_result) -> bool:
        """Tell whether a folder is as in the environment itself, or holds bytecode."""
        holder, _, own = name.rpartition("/")
        if holder.rpartition("/")[2] == "__pycache__" or _hides(f"{self._written}/{name}"):
            return False
        if own == "__pycache__":
            return True
        with suppress(OSError):
            # A link to a folder is none.
            below = os.lstat(f"{self._below}/{name}")
            return below.st_mode == found.st_mode
        return False


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """Return what is in a folder; nothing of one that is gone, or that a script has closed."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _hides(folder: str) -> bool:
    """Tell whether an overlay shows nothing of what lies below a folder."""
    for attribute in _OPAQUE:
        with suppress(OSError):
            if os.getxattr(folder, attribute) == b"y":
                return True
    return False


class ContaminationGuard:
    """Whether the environment that runs share is still as the first of them found it.

    ``traces`` is None where nothing catches what is written; it then counts as clean. ``writers``
    are the examples known to write there, ``suspects`` those whose runs do not count.
    """

    def __init__(self, traces: Traces | None) -> None:
        self._traces = traces
        self._lock = threading.Lock()
        self._before: frozenset[Trace] = frozenset()
        self._is_spoilt = False
        self.writers: set[str] = set()
        self.suspects: list[str] = []

    @contextmanager
    def cleaned(self) -> Iterator[None]:
        """Wipe the environment in the end if it is needed; launchers live shorter than this."""
        self.suspects = []
        self._is_spoilt = False
        try:
            yield
        finally:
            if self._traces and self._is_spoilt:
                self._traces.wipe()

    def begin(self) -> None:
        """Take the environment as it is for clean."""
        if self._traces:
            self._before = self._traces.look()

    def may_start(self) -> bool:
        """Tell whether no run is known to have written there."""
        return not self._is_spoilt

    def is_contaminated(self) -> bool:
        """Look at the environment after a run; tell whether anybody has written there."""
        with self._lock:
            if self._traces and not self._is_spoilt:
                self._is_spoilt = self._traces.look() != self._before
            return self._is_spoilt
