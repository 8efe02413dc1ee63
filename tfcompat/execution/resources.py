"""What runs have to share: the cores of this machine, its memory, and the jobs of a command.

All processes of tfcompat on the machine share the cores, through one lock file for each core.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from tfcompat.errors import InterruptedRunError
from tfcompat.util import host, processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_POLL_SECONDS = 0.05


class CoreSlots:
    """Decides when runs begin: at most ``jobs`` at a time, within memory, each on its own cores.

    ``folder`` holds the lock files of the cores, and is the same for every process of a machine.
    """

    def __init__(self, folder: Path, jobs: int) -> None:
        self._folder = folder
        self.jobs = jobs
        self._running: list[int] = []
        self._changed = threading.Condition()
        self._room: int | None = None

    @contextmanager
    def take(
        self, cores: int, stopped: threading.Event, memory: int = 0
    ) -> Iterator[tuple[int, ...]]:
        """Wait for a job, ``memory`` bytes and that many cores; yield the numbers of the cores.

        A run that needs more cores than there are gets all of them. One that needs more memory
        than there is waits until nothing else runs. Raises InterruptedRunError if ``stopped`` is
        set, or everything is interrupted, meanwhile.
        """
        with self._changed:
            while not self._admit(memory):
                _check(stopped)
                self._changed.wait(_POLL_SECONDS)
        try:
            with _cores(self._folder, cores, stopped) as held:
                yield held
        finally:
            with self._changed:
                self._running.remove(memory)
                self._changed.notify_all()

    def _admit(self, memory: int) -> bool:
        """Count a run as begun, unless too many are at work or it might not fit beside them."""
        if len(self._running) >= self.jobs:
            return False
        free = host.available_memory()
        if not self._running:
            self._room = free
        elif not self._fits(memory, free):
            return False
        self._running.append(memory)
        return True

    def _fits(self, memory: int, free: int | None) -> bool:
        """Return whether a run fits now, and after the others have grown to what they will need."""
        if free is None or self._room is None:
            return True
        return memory <= free and memory + sum(self._running) <= self._room


@contextmanager
def _cores(folder: Path, count: int, stopped: threading.Event) -> Iterator[tuple[int, ...]]:
    usable = host.usable_cores()
    wanted = min(count, len(usable))
    folder.mkdir(parents=True, exist_ok=True)
    while not (held := _take(folder, usable, wanted)):
        _check(stopped)
        stopped.wait(_POLL_SECONDS)
    try:
        yield tuple(held)
    finally:
        for lock in held.values():
            lock.release()


def _check(stopped: threading.Event) -> None:
    processes.raise_if_interrupted()
    if stopped.is_set():
        msg = "stopped while waiting for a free core"
        raise InterruptedRunError(msg)


def _take(folder: Path, usable: tuple[int, ...], wanted: int) -> dict[int, FileLock]:
    """Take all the cores wanted, or none: two that each hold half would wait forever."""
    held: dict[int, FileLock] = {}
    for core in usable:
        # Not a singleton, not thread-local: two threads of one process must exclude each other.
        lock = FileLock(folder / f"core-{core}.lock", thread_local=False)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            continue
        held[core] = lock
        if len(held) == wanted:
            return held
    for lock in held.values():
        lock.release()
    return {}
