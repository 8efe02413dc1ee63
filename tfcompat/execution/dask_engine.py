"""The engine whose cells run on the workers of a Dask scheduler.

Workers make runs and return them; this machine alone writes the campaign, and judges it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from tfcompat.errors import InterruptedRunError, ResultsError
from tfcompat.execution.cell_record import failed_record, is_same_cell, specification
from tfcompat.execution.dask_cluster import TaskFailed, TaskLost
from tfcompat.execution.engine import STOPPED, store_unknown, store_without_environment
from tfcompat.execution.environment_builder import failure_of
from tfcompat.execution.placement import (
    NoWorker,
    Trial,
    closing_cause,
    may_try_again,
)
from tfcompat.execution.remote_cell import CellReply, CellRequest, read_reply
from tfcompat.execution.worker_facts import own_tool
from tfcompat.results.schema import to_document
from tfcompat.results.timings import measure_cost
from tfcompat.results.verdicts import Cause, CauseKind
from tfcompat.util import processes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tfcompat.environments.base import BuildFailure
    from tfcompat.execution.placement import Placement, RemoteWorker
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.execution.settings import RunSettings
    from tfcompat.planning.command import Command
    from tfcompat.planning.grid import Cell
    from tfcompat.results.campaign_store import CampaignStore
    from tfcompat.results.schema import CellEnvironment, CellResult
    from tfcompat.results.timings import Timings

# Seconds between two looks at a cell that is at work.
_LOOK = 0.03
# Seconds before a cell whose worker was lost is tried again: others may be about to be lost, too.
_PAUSE = 1.0


class Task(Protocol):
    """A cell that was sent to a worker."""

    def reply(self, present: Mapping[str, RemoteWorker]) -> bytes | None:
        """Return the answer, None as long as there is none; raise TaskLost or TaskFailed."""

    def drop(self) -> None:
        """Have it stopped if it still runs, and its result forgotten."""


class Cluster(Protocol):
    """Workers elsewhere, and how cells are sent to them."""

    def present(self) -> Mapping[str, RemoteWorker]:
        """Return the workers that there are, by address."""

    def submit(self, worker: RemoteWorker, request: bytes, study: bytes) -> Task:
        """Send a request to a worker, with the archive of its study unless that is there."""

    def forget_studies(self) -> None:
        """Have workers forget the studies that were sent to them."""


@dataclass(frozen=True, kw_only=True)
class SharedInputs:
    """What is equal in the requests of all cells: see `remote_cell.CellRequest`.

    ``study`` is the archive of the files that their runs see.
    """

    settings: RunSettings
    commands: Mapping[str, Command]
    keys: Mapping[str, str]
    study: bytes
    index: str
    offline: bool
    disk: int


class DaskEngine:
    """Has the runs of cells made elsewhere, and stores what comes back."""

    def __init__(
        self,
        cluster: Cluster,
        placement: Placement,
        inputs: SharedInputs,
        *,
        store: CampaignStore,
        timings: Timings,
        progress: ProgressListener,
        pause: float = _PAUSE,
    ) -> None:
        self._cluster = cluster
        self._placement = placement
        self._inputs = inputs
        self._store = store
        self._timings = timings
        self._progress = progress
        self._pause = pause

    def acquire(self, cell: Cell) -> None:
        """Announce a use of a cell: nothing of it is kept here."""

    def release(self, cell: Cell) -> Path | None:
        """Count one use as over."""

    def make(self, cell: Cell, stored: CellResult | None, wanted: Mapping[str, int]) -> CellResult:
        """Have a worker make the runs that are wanted and not stored, and store them here."""
        if cell.cause is not None or cell.interpreter is None:
            cause = cell.cause or Cause(kind=CauseKind.NO_INTERPRETER, message="no interpreter")
            return store_without_environment(self._store, self._failed(cell, failure_of(cause)))
        try:
            return self._store_reply(cell, self._answer(cell, stored, wanted))
        except InterruptedRunError:
            failed = self._failed(cell, failure_of(STOPPED))
            store_unknown(self._store, stored or failed, STOPPED)
            raise

    def _failed(self, cell: Cell, failure: BuildFailure) -> CellResult:
        spec = specification(self._inputs.settings, cell)
        return failed_record(cell, spec, self._inputs.keys, failure)

    def _store_reply(self, cell: Cell, reply: CellReply) -> CellResult:
        """Store what came back of a cell, and return it."""
        result = reply.result
        if result is None:
            assert reply.refusal is not None  # noqa: S101 - it is one or the other
            failed = self._failed(cell, failure_of(reply.refusal))
            return store_without_environment(self._store, failed)
        if result.verdict is None or reply.runs is not None:
            made = reply.runs or result
            self._store.begin(made)
            self._timings.add(result.identifier, measure_cost(made.examples))
        if result.verdict is not None:
            store_without_environment(self._store, result)
        return result

    def _answer(
        self, cell: Cell, stored: CellResult | None, wanted: Mapping[str, int]
    ) -> CellReply:
        """Return the reply of the first worker that can run a cell, or why none can."""
        trials: list[Trial] = []
        while True:
            tried = {trial.worker for trial in trials}
            try:
                worker = self._placement.take(cell, tried)
            except NoWorker as error:
                return CellReply(result=None, refusal=error.cause)
            try:
                reply, trial = self._try(cell, worker, stored, wanted)
            finally:
                self._placement.release(worker)
            if trial is None:
                return reply
            trials.append(trial)
            others = {one.address for one in self._placement.able(cell)} - tried
            if not may_try_again(trials, others - {worker.address}):
                return _closed(reply, trials)
            self._progress.say(f"{cell.identifier}: {trial.cause.message}; it is tried again")
            if trial.lost:
                self._wait(self._pause)

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            processes.raise_if_interrupted()
            time.sleep(min(_LOOK, seconds))

    def _try(
        self,
        cell: Cell,
        worker: RemoteWorker,
        stored: CellResult | None,
        wanted: Mapping[str, int],
    ) -> tuple[CellReply, Trial | None]:
        """Return what a worker made of a cell, and the trial that failed if it could not."""
        request = self._request(cell, worker, stored, wanted)
        lost, begun = False, True
        try:
            reply = self._checked(cell, self._wait_for(worker, request.to_bytes(), cell))
        except TaskLost as error:
            lost, begun = True, error.begun
            reply = _refused(f"it could not be run: {error}")
        except TaskFailed as error:
            reply = _refused(str(error))
        if reply.unknown is None:
            return reply, None
        return reply, Trial(worker=worker.address, cause=reply.unknown, lost=lost, begun=begun)

    def _request(
        self,
        cell: Cell,
        worker: RemoteWorker,
        stored: CellResult | None,
        wanted: Mapping[str, int],
    ) -> CellRequest:
        inputs = self._inputs
        return CellRequest(
            tool=own_tool(),
            cell=cell,
            settings=inputs.settings,
            commands=inputs.commands,
            keys=inputs.keys,
            stored=to_document(stored) if stored else None,
            wanted=dict(wanted),
            costs=self._timings.of_cell(cell.identifier, wanted),
            index=inputs.index,
            offline=inputs.offline,
            disk=inputs.disk,
            jobs=worker.jobs,
        )

    def _wait_for(self, worker: RemoteWorker, request: bytes, cell: Cell) -> bytes:
        """Send a request and wait for its answer; whatever ends this early stops the cell."""
        task = self._cluster.submit(worker, request, self._inputs.study)
        try:
            while (answer := task.reply(self._cluster.present())) is None:
                processes.raise_if_interrupted()
                time.sleep(_LOOK)
            return answer
        finally:
            task.drop()
            self._progress.left(cell.identifier)

    def _checked(self, cell: Cell, line: bytes) -> CellReply:
        """Return what an answer says; a refusal where it is none to what was asked."""
        try:
            reply = read_reply(line, self._store.result_path(cell.identifier))
        except (ValueError, TypeError, LookupError, ResultsError) as error:
            return _refused(f"the worker's answer cannot be read: {error}")
        spec = specification(self._inputs.settings, cell)
        for made in (reply.result, reply.runs):
            if made is not None and not self._is_expected(made, cell, spec):
                return _refused("the worker's answer is not on the cell that was asked for")
        return reply

    def _is_expected(self, made: CellResult, cell: Cell, spec: CellEnvironment) -> bool:
        keys = self._inputs.keys
        return (
            made.identifier == cell.identifier
            and is_same_cell(made, spec)
            and all(keys.get(test, one.key) == one.key for test, one in made.examples.items())
        )


def _refused(message: str) -> CellReply:
    return CellReply(result=None, refusal=Cause(kind=CauseKind.TOOL, message=message))


def _closed(reply: CellReply, trials: Sequence[Trial]) -> CellReply:
    """Return the last reply with what all trials tell of why the cell is unknown."""
    cause = closing_cause(trials)
    if reply.result is None:
        return replace(reply, refusal=cause)
    return replace(reply, result=reply.result.model_copy(update={"cause": cause}))
