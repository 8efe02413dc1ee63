"""The environments of one command: each made once, and gone when its last user is done with it."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

from tfcompat.environments.base import Environment
from tfcompat.environments.contamination import Traces
from tfcompat.util import files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tfcompat.environments.base import BuildFailure


class EnvironmentPool:
    """Keeps environments in ``folder``, by the identifiers of their cells.

    Whoever asks for one holds the lock of its cell. ``built`` are all that were ever made.
    """

    def __init__(self, folder: Path, *, keep: bool = False) -> None:
        self._folder = folder
        self._uses: Counter[str] = Counter()
        self.keep = keep
        self.built: set[str] = set()
        self._made: dict[str, Environment | BuildFailure] = {}
        self._lock = threading.Lock()

    def acquire(self, identifier: str) -> None:
        """Announce a use: until it is done, the environment stays."""
        with self._lock:
            self._uses[identifier] += 1

    def environment(
        self, identifier: str, build: Callable[[Path], Environment | BuildFailure]
    ) -> Environment | BuildFailure:
        """Return what ``build`` made of a cell's folder, now or for an earlier user."""
        if identifier not in self._made:
            folder = self._folder / identifier
            files.remove(folder)
            folder.mkdir(parents=True)
            made = build(folder)
            if isinstance(made, Environment):
                self.built.add(identifier)
            else:
                files.remove(folder)
            self._made[identifier] = made
        return self._made[identifier]

    def release(self, identifier: str) -> Path | None:
        """Count one use as over. After the last one, return the folder if it is to be kept."""
        with self._lock:
            self._uses[identifier] = max(0, self._uses[identifier] - 1)
            if self._uses[identifier]:
                return None
            made = self._made.pop(identifier, None)
        folder = self._folder / identifier
        if self.keep and isinstance(made, Environment):
            # Kept as it was made, without what scripts wrote.
            Traces(folder).wipe()
            return folder
        files.remove(folder)
        return None
