"""The environments of one command: each is built once, and removed after its last use."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

from tfcompat.environments.base import Environment
from tfcompat.environments.contamination import CapturedWrites
from tfcompat.util import files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tfcompat.environments.base import BuildFailure


class EnvironmentPool:
    """Environments below ``folder``, each in a folder named after its cell.

    A use begins with ``acquire`` and ends with ``release``; ``environment`` may be called in
    between. Uses may be announced by any thread, but a thread that calls ``environment`` holds the
    lock of the cell. ``keep`` leaves environments on disk after their last use. ``built`` are the
    identifiers of all cells whose environment this command has built.
    """

    def __init__(self, folder: Path, *, keep: bool = False) -> None:
        self._folder = folder
        self._uses: Counter[str] = Counter()
        self.keep = keep
        self.built: set[str] = set()
        self._outcomes: dict[str, Environment | BuildFailure] = {}
        self._lock = threading.Lock()

    def acquire(self, identifier: str) -> None:
        """Announce a use of a cell's environment: until its ``release``, the environment stays."""
        with self._lock:
            self._uses[identifier] += 1

    def environment(
        self, identifier: str, build: Callable[[Path], Environment | BuildFailure]
    ) -> Environment | BuildFailure:
        """Return the environment of a cell, or the failure to build it.

        The first call for a cell calls ``build`` with an empty folder; later ones return the same
        outcome until the last use ends. The folder of a failure is removed at once.
        """
        if identifier not in self._outcomes:
            folder = self._folder / identifier
            files.remove(folder)
            folder.mkdir(parents=True)
            outcome = build(folder)
            if isinstance(outcome, Environment):
                self.built.add(identifier)
            else:
                files.remove(folder)
            self._outcomes[identifier] = outcome
        return self._outcomes[identifier]

    def release(self, identifier: str) -> Path | None:
        """End one use. After the last one the environment is removed, and None returned.

        With ``keep`` it stays, without what scripts wrote to it, and its folder is returned. A use
        that nobody announced counts as the last.
        """
        with self._lock:
            self._uses[identifier] = max(0, self._uses[identifier] - 1)
            if self._uses[identifier]:
                return None
            outcome = self._outcomes.pop(identifier, None)
        folder = self._folder / identifier
        if self.keep and isinstance(outcome, Environment):
            CapturedWrites(folder).wipe()
            return folder
        files.remove(folder)
        return None
