"""The workers of a Dask scheduler: who they are, cells sent to them, and nothing left at the end.

Dask is an extra of ours, so it is imported when it is asked for.
"""

from __future__ import annotations

import logging
import re
import secrets
import threading
import time
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfcompat.errors import InterruptedRunError, UserError
from tfcompat.execution import dask_worker
from tfcompat.execution.placement import RemoteWorker
from tfcompat.execution.worker_facts import WorkerFacts, own_tool
from tfcompat.util import processes

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping

    from tfcompat.execution.progress import ProgressListener

LOCAL = "local"
"""In place of an address: workers on this machine, one a core, for as long as the command."""

CELL = "cell"
"""The resource by which a worker says how many cells it takes."""

# Seconds between two looks at which workers there are.
_LOOK = 0.5
# How often the scheduler may not answer before its workers count as lost.
_FAILURES = 6
# Seconds until a scheduler has to answer, a worker to have the study, a first one to be there, and
# cells to be ended.
_CONNECT = 20.0
_SCATTER = 5.0
_FIRST_WORKER = 60.0
_END = 15.0

_MISSING = (
    "--dask needs Dask, which is not installed here; install it: pip install 'tfcompat[dask]'"
)


class TaskLost(Exception):  # noqa: N818 - an ordinary event, and data to whoever catches it
    """The worker of a task is gone, and its result with it; ``begun``: the cell was at work."""

    def __init__(self, message: str, *, begun: bool = True) -> None:
        super().__init__(message)
        self.begun = begun


class TaskFailed(Exception):  # noqa: N818 - likewise
    """Dask could not run a task; the message says why."""


class DaskTask:
    """A cell that was sent to a worker."""

    def __init__(
        self,
        future: Any,  # noqa: ANN401 - Dask's
        worker: RemoteWorker,
        begun: Container[str] = frozenset(),
    ) -> None:
        """Take the future of a task; ``begun`` are the keys of those that were seen at work."""
        self._future = future
        self._worker = worker
        self._begun = begun

    def reply(self, present: Mapping[str, RemoteWorker]) -> bytes | None:
        """Return the answer, None as long as there is none; ``present`` are the workers.

        Raises TaskLost where there will be none, and TaskFailed where Dask could not run it.
        """
        status = self._future.status
        if status == "finished":
            try:
                answer: bytes = self._future.result(timeout=_CONNECT)
            except (TimeoutError, CancelledError, OSError):
                raise self._loss() from None
            return answer
        if status in ("cancelled", "lost") or self._worker.address not in present:
            raise self._loss()
        if status == "error":
            self._raise(self._future.exception())
        return None

    def _loss(self) -> TaskLost:
        return TaskLost("its worker was lost", begun=self._future.key in self._begun)

    def _raise(self, error: BaseException) -> None:
        # Dask raises KilledWorker where one task was on several workers as they were lost.
        if isinstance(error, InterruptedRunError) or type(error).__name__ == "KilledWorker":
            raise self._loss()
        said = " ".join(str(error).split())[:500]
        msg = f"Dask could not run it: {type(error).__name__}: {said}"
        raise TaskFailed(msg)

    def drop(self) -> None:
        """Have it stopped if it still runs, and its result forgotten."""
        with suppress(Exception):  # the scheduler may be gone
            self._future.cancel()
            self._future.release()


class DaskCluster:
    """The workers of a scheduler. Any thread may call it."""

    def __init__(self, client: Any, progress: ProgressListener) -> None:  # noqa: ANN401 - Dask's
        self._client = client
        self._progress = progress
        self._session = secrets.token_hex(4)
        self._facts: dict[str, WorkerFacts | None] = {}
        self._asking: set[str] = set()
        self._present: dict[str, RemoteWorker] = {}
        self._begun: set[str] = set()
        # By the archive: what a study is where workers find it.
        self._studies: dict[bytes, Any] = {}
        self._numbers = 0
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="workers", daemon=True)
        client.subscribe_topic(dask_worker.TOPIC, self._report)

    def start(self) -> None:
        """Wait for the first workers; raise UserError where none comes."""
        deadline = time.monotonic() + _FIRST_WORKER
        self._meet()
        if not self._present:
            self._progress.say("waiting for a worker of the Dask scheduler")
        while not self._present:
            if time.monotonic() > deadline:
                msg = (
                    f"no Dask worker with tfcompat {own_tool().split()[0]} has come within "
                    f"{_FIRST_WORKER:.0f} s; start some by: dask worker ADDRESS --resources cell=1"
                )
                raise UserError(msg)
            time.sleep(_LOOK)
            self._meet()
        self._watcher.start()

    def _meet(self) -> None:
        """Look which workers there are, and ask those that are new."""
        if new := self._refresh():
            self._ask(new)
            self._refresh()

    def present(self) -> Mapping[str, RemoteWorker]:
        """Return the workers that there are, and can serve, by address."""
        return self._present

    def _watch(self) -> None:
        failures = 0
        while not self._closing.wait(_LOOK):
            try:
                new = self._refresh()
                failures = 0
            except Exception:  # noqa: BLE001 - whatever Dask makes of a scheduler that is gone
                failures += 1
                if failures >= _FAILURES:
                    self._present = {}
                continue
            if new:
                # The first answer of a machine takes seconds, and others may be lost meanwhile.
                self._asking.update(new)
                threading.Thread(target=self._ask, args=[new], name="facts", daemon=True).start()

    def _refresh(self) -> list[str]:
        """Look which workers there are; return those that were not asked for their facts yet."""
        found = self._client.scheduler_info(n_workers=-1)["workers"]
        present = {}
        for address, one in found.items():
            facts = self._facts.get(address)
            if facts is not None:
                declared = int(one.get("resources", {}).get(CELL, 0))
                present[address] = RemoteWorker(
                    address=address,
                    facts=facts,
                    threads=one["nthreads"],
                    cells=max(1, declared),
                    declares=declared > 0,
                )
        self._present = present
        return [one for one in found if one not in self._facts and one not in self._asking]

    def _ask(self, addresses: list[str]) -> None:
        """Ask workers for their facts, each once; one that does not answer is asked again."""
        try:
            answers = self._client.run(dask_worker.facts, workers=addresses, on_error="return")
        except Exception:  # noqa: BLE001 - one of them may be gone by now
            answers = {}
        for address, answer in answers.items():
            # What Dask could not ask is no answer; what could not be imported there is one.
            if isinstance(answer, OSError):
                continue
            serves = isinstance(answer, WorkerFacts) and answer.tool == own_tool()
            self._facts[address] = answer if serves else None
            if not serves:
                why = "it has another release of tfcompat"
                if not isinstance(answer, WorkerFacts):
                    why = " ".join(str(answer).split())[:200] or type(answer).__name__
                self._progress.say(f"the worker {address} cannot serve: {why}")
        self._asking.difference_update(addresses)

    def _report(self, event: tuple[Any, Any]) -> None:
        """Show what a worker reports of a cell."""
        _, message = event
        if message.get("session") == self._session and not processes.interrupted():
            self._begun.add(message["key"])
            getattr(self._progress, message["call"])(*message["arguments"])

    def submit(self, worker: RemoteWorker, request: bytes, study: bytes) -> DaskTask:
        """Send a request to a worker; raise TaskLost where that cannot be done.

        The archive of the ``study`` travels once to a worker, until all are forgotten.
        """
        try:
            with self._lock:
                self._numbers += 1
                key = f"tfcompat-cell-{self._session}-{self._numbers}"
                shared = self._shared(study)
            future = self._client.submit(
                dask_worker.run_cell,
                request,
                shared,
                self._session,
                alone=not worker.declares,
                key=key,
                workers=[worker.address],
                allow_other_workers=False,
                resources={CELL: 1} if worker.declares else None,
                pure=False,
            )
        except Exception as error:
            # Where the last worker is gone, the study cannot be sent to any.
            msg = "its worker was lost"
            raise TaskLost(msg, begun=False) from error
        return DaskTask(future, worker, self._begun)

    def _shared(self, study: bytes) -> Any:  # noqa: ANN401 - Dask's
        """Return a study where workers find it; sent again where all that had it are gone."""
        found = self._studies.get(study)
        if found is None or found.status in ("lost", "cancelled", "error"):
            # By content: what a worker has of it is not sent again.
            found = self._client.scatter(study, broadcast=True, timeout=_SCATTER)
            self._studies[study] = found
        return found

    def forget_studies(self) -> None:
        """Have workers forget the studies that were sent to them."""
        with self._lock:
            shared = list(self._studies.values())
            self._studies.clear()
        for study in shared:
            with suppress(Exception):
                study.release()

    def close(self) -> None:
        """Forget studies everywhere, and wait until no worker is at work for this command."""
        self._closing.set()
        with suppress(Exception):
            self._client.unsubscribe_topic(dask_worker.TOPIC)
        self.forget_studies()
        deadline = time.monotonic() + _END
        with suppress(Exception):
            while time.monotonic() < deadline and self._at_work():
                time.sleep(0.1)

    def _at_work(self) -> bool:
        answers = self._client.run(dask_worker.cells_of, self._session, on_error="ignore")
        return any(isinstance(answer, int) and answer for answer in answers.values())


@contextmanager
def open_cluster(where: str, progress: ProgressListener) -> Iterator[DaskCluster]:
    """Yield the workers of the scheduler at an address, in a file that names it, or LOCAL ones.

    Raises UserError where there is none, or no worker of it can serve.
    """
    connect = _connection(where)
    # What it logs of lost workers is said in our own words.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        client, ending = connect()
    except (OSError, ValueError, TypeError, KeyError, ImportError) as error:
        said = " ".join(str(error).split())[:200]
        msg = f"cannot reach a Dask scheduler at {where} ({said}); name its address or its file"
        raise UserError(msg) from error
    try:
        cluster = DaskCluster(client, progress)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.close()
    finally:
        with suppress(Exception):
            client.close()
        ending()


def _connection(where: str) -> Callable[[], tuple[Any, Callable[[], None]]]:
    """Return what connects, with what is to be done at the end; UserError without Dask."""
    try:
        dask = import_module("distributed")
    except ImportError:
        raise UserError(_MISSING) from None

    is_file = Path(where).is_file()
    if not is_file and where != LOCAL and not re.search(r":\d+$", where):
        msg = (
            f"--dask: {where} is no file; name a scheduler's file, its address such as "
            "tcp://node1:8786, or say local"
        )
        raise UserError(msg)

    def nothing() -> None:
        pass

    def connect() -> tuple[Any, Callable[[], None]]:
        if where == LOCAL:
            local = dask.LocalCluster(
                threads_per_worker=1,
                resources={CELL: 1},
                dashboard_address=":0",
                preload=dask_worker.__name__,
            )
            return dask.Client(local, set_as_default=False), local.close
        named = {"scheduler_file": where} if is_file else {"address": where}
        return dask.Client(**named, timeout=_CONNECT, set_as_default=False), nothing

    return connect
