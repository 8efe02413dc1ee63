"""What runs inside of a Dask worker. Functions travel by name: tfcompat is installed there, too."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections import Counter
from contextlib import contextmanager, nullcontext
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tfcompat.errors import InterruptedRunError
from tfcompat.execution import cell_process
from tfcompat.execution.worker_facts import own_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tfcompat.execution.worker_facts import WorkerFacts

TOPIC = "tfcompat"
"""Under which workers report what is being done to cells."""

_LOOK = 0.2

_running: Counter[str] = Counter()
# A worker that does not say how many cells it takes has one at a time, whoever asks.
_alone = threading.Lock()


def dask_setup(_: object) -> None:
    """Leave Ctrl-C to the command that has started this worker: Dask calls it for local ones.

    It is not ignored, as then all that cells start would ignore it, too.
    """
    signal.signal(signal.SIGINT, lambda *_: None)


async def facts() -> WorkerFacts:
    """Return the facts of this machine; the worker goes on meanwhile."""
    return await asyncio.to_thread(own_facts)


def cells_of(session: str) -> int:
    """Return how many cells of a command are at work in this worker."""
    return _running[session]


def run_cell(request: bytes, study: bytes, session: str, *, alone: bool) -> bytes:
    """Run a cell as a task of Dask, and return the line that tells what became of it.

    It ends, with all it has started, as soon as the task is cancelled or the worker closes.
    """
    worker = import_module("distributed").get_worker()
    key = worker.get_current_task()
    stopped = _stop_of(worker, key)

    def report(call: str, arguments: list[str | int]) -> None:
        message = {"session": session, "key": key, "call": call, "arguments": arguments}
        worker.log_event(TOPIC, message)

    with _counted(session), _only_one(stopped) if alone else nullcontext():
        return cell_process.run_cell(request, study, report=report, stopped=stopped)


def _stop_of(worker: Any, key: str) -> Callable[[], bool]:  # noqa: ANN401 - Dask has no types
    """Return what tells whether a task is not wanted any more.

    Dask cannot end a function that runs; its state tells that the task was cancelled.
    https://distributed.dask.org/en/stable/worker-state.html
    """

    def stopped() -> bool:
        task = worker.state.tasks.get(key)
        wanted = task is not None and task.state in ("executing", "long-running")
        return not wanted or worker.status.name not in ("running", "paused", "init")

    return stopped


@contextmanager
def _counted(session: str) -> Iterator[None]:
    _running[session] += 1
    try:
        yield
    finally:
        _running[session] -= 1
        if not _running[session]:
            del _running[session]


@contextmanager
def _only_one(stopped: Callable[[], bool]) -> Iterator[None]:
    """Wait until no other cell is at work here; raise InterruptedRunError if it is stopped."""
    while not _alone.acquire(timeout=_LOOK):
        if stopped():
            msg = "the cell is not wanted any more"
            raise InterruptedRunError(msg)
    try:
        yield
    finally:
        _alone.release()
