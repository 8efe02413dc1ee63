"""The cores of this machine, shared by every process of tfcompat: one lock file a core."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from tfcompat import machine
from tfcompat.errors import InterruptedRunError

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator
    from pathlib import Path

_POLL_SECONDS = 0.05


@contextmanager
def cores(folder: Path, count: int, stopped: threading.Event) -> Iterator[tuple[int, ...]]:
    """Wait for ``count`` free cores and yield their numbers; they are free again at the end.

    A study that asks for more threads than there are cores gets all of them. Raises
    InterruptedRunError if ``stopped`` is set meanwhile.
    """
    usable = machine.usable_cores()
    wanted = min(count, len(usable))
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        held = _take(folder, usable, wanted)
        if held:
            break
        if stopped.wait(_POLL_SECONDS):
            msg = "stopped while waiting for a free core"
            raise InterruptedRunError(msg)
    try:
        yield tuple(held)
    finally:
        for lock in held.values():
            lock.release()


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
