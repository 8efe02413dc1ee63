"""What runs left behind in their environment, where an overlay caught it.

Bytecode is expected there, and Python itself rejects what does not fit its source. Anything else
could be seen by the runs that come after, and would make their results depend on the order.
"""

from __future__ import annotations

import os
import stat
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tfcompat import workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        """Return all traces but bytecode."""
        if not self._written.exists():
            return frozenset()
        return frozenset(self._traces())

    def wipe(self) -> None:
        """Remove all that was written; no launcher may be working in the environment."""
        for folder in (self._written, self._work):
            if folder.exists():
                workspace.remove(folder)

    def _traces(self) -> Iterator[Trace]:
        for name, folders, files in os.walk(self._written):
            place = Path(name)
            for entry in (*folders, *files):
                path = place / entry
                # Python renames what it has compiled.
                with suppress(FileNotFoundError):
                    found = path.lstat()
                    if not self._is_expected(path, found):
                        relative = path.relative_to(self._written).as_posix()
                        yield Trace(relative, found.st_mode, found.st_size, found.st_ctime_ns)

    def _is_expected(self, path: Path, found: os.stat_result) -> bool:
        """Tell whether it is bytecode, or a folder as it is in the environment itself."""
        if path.parent.name == "__pycache__":
            return not stat.S_ISDIR(found.st_mode)
        if not stat.S_ISDIR(found.st_mode) or _hides(path):
            return False
        if path.name == "__pycache__":
            return True
        below = self._below / path.relative_to(self._written)
        return below.is_dir() and stat.S_IMODE(below.stat().st_mode) == stat.S_IMODE(found.st_mode)


def _hides(folder: Path) -> bool:
    """Tell whether an overlay shows nothing of what lies below a folder."""
    for attribute in _OPAQUE:
        with suppress(OSError):
            if os.getxattr(folder, attribute) == b"y":
                return True
    return False


class Wear:
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

    def is_spoilt(self) -> bool:
        """Look at the environment after a run; tell whether anybody has written there."""
        with self._lock:
            if self._traces and not self._is_spoilt:
                self._is_spoilt = self._traces.look() != self._before
            return self._is_spoilt
