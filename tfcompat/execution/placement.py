"""Which worker runs a cell, and what follows where one could not. Pure but for waiting.

Cells run on machines of one class, so that all are compared with baselines of their own class.
Waiting cells are placed in the order in which they came: baselines are the first.
"""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tfcompat.results.verdicts import Cause, CauseKind
from tfcompat.util import processes
from tfcompat.util.text import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from packaging.version import Version

    from tfcompat.environments.interpreter_record import Interpreter
    from tfcompat.execution.worker_facts import MachineClass, WorkerFacts
    from tfcompat.planning.grid import Cell

MOST_TRIALS = 4
"""How often a cell is tried before it counts as unknown: once, and three times elsewhere."""

MOST_LOSSES = 20
"""How many workers may be lost that had not begun the cell: it cannot be why they were."""

# Seconds between two looks at which workers there are, while a cell waits for one.
_LOOK = 0.2

# These would be the same on every machine.
_EVERYWHERE = frozenset({CauseKind.NO_UPLOAD_TIMES, CauseKind.INTERRUPTED})


@dataclass(frozen=True, kw_only=True)
class RemoteWorker:
    """A worker: its address, its facts, how many threads it has, and how many cells it takes.

    ``declares``: it says so itself, as the resource ``cell``; else it takes one cell.
    """

    address: str
    facts: WorkerFacts
    threads: int = 1
    cells: int = 1
    declares: bool = False

    @property
    def jobs(self) -> int:
        """How many runs a cell may have at once there."""
        return max(1, self.threads // self.cells)


class Workers(Protocol):
    """The workers that there are at this moment."""

    def present(self) -> Mapping[str, RemoteWorker]:
        """Return them by address."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A cell that could not be run on a worker: why, and whether the worker was ``lost``.

    ``begun``: the cell was at work there.
    """

    worker: str
    cause: Cause
    lost: bool = False
    begun: bool = True

    @property
    def reason(self) -> tuple[CauseKind, str]:
        """What is equal where two workers could not for the same reason; numbers may differ."""
        return self.cause.kind, re.sub(r"\d+", "#", self.cause.message)


def may_try_again(trials: Sequence[Trial], others: Collection[str]) -> bool:
    """Tell whether a cell is tried again; ``others`` are the workers that could, and have not.

    What a worker answered is asked of no worker twice: it would answer the same.
    """
    last = trials[-1]
    begun = sum(trial.begun for trial in trials)
    if begun >= MOST_TRIALS or len(trials) - begun >= MOST_LOSSES:
        return False
    if last.cause.kind in _EVERYWHERE:
        return False
    if last.lost:
        return True
    answered = [trial for trial in trials if not trial.lost]
    same = {trial.worker for trial in answered if trial.reason == last.reason}
    return len(same) < 2 and bool(others)


def closing_cause(trials: Sequence[Trial]) -> Cause:
    """Return why a cell is unknown after trials that all failed."""
    last, tried = trials[-1].cause, {trial.worker for trial in trials}
    if trials[-1].lost:
        return Cause(kind=CauseKind.TOOL, message=f"{last.message} ({_times(len(trials))} in all)")
    where = "the only worker that could run it" if len(tried) == 1 else plural(len(tried), "worker")
    return Cause(kind=last.kind, message=f"{last.message} (tried on {where})")


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def pythons_of(workers: Iterable[RemoteWorker], home: MachineClass) -> tuple[Interpreter, ...]:
    """Return the Pythons of the workers of a class, newest first.

    Of one minor version, what most of the workers have comes first.
    """
    count: Counter[tuple[str, str]] = Counter()
    found: dict[tuple[str, str], Interpreter] = {}
    for worker in workers:
        if worker.facts.machine == home:
            own = {(str(one.version), one.abi): one for one in worker.facts.pythons}
            count.update(list(own))
            found = own | found

    def rank(one: Interpreter) -> tuple[tuple[int, ...], int, Version]:
        return one.version.release[:2], count[str(one.version), one.abi], one.version

    return tuple(sorted(found.values(), key=rank, reverse=True))


def choose_class(
    workers: Iterable[RemoteWorker], stored: Callable[[MachineClass], int], own: MachineClass
) -> MachineClass:
    """Return the class of machines that a campaign runs on; there is at least one worker.

    It is the one with most ``stored`` runs, then with most room; of equals, that of this machine.
    """
    room: Counter[MachineClass] = Counter()
    for worker in workers:
        room[worker.facts.machine] += worker.cells
    return max(sorted(room), key=lambda one: (stored(one), room[one], one == own))


def only_elsewhere(what: str) -> str:
    """Return why a cell cannot be run that only workers of another class could; they ``what``."""
    return (
        f"only workers of another class of machines {what}, and results of two classes are not "
        "compared"
    )


class NoWorker(Exception):  # noqa: N818 - it makes a cell unknown and never ends the command
    """No worker can run a cell, and none has come that could; ``cause`` says why."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.message)
        self.cause = cause


@dataclass(eq=False, kw_only=True)
class _Ticket:
    """A cell that waits for a worker; ``tried`` are those to be avoided."""

    cell: Cell
    tried: AbstractSet[str]
    worker: RemoteWorker | None = None


class Placement:
    """Gives out workers of one class: each to as many cells at once as it takes.

    At most ``jobs`` cells are in flight, if that is given. A cell for which there is no worker at
    all waits for ``patience`` seconds. Any thread may call it.
    """

    def __init__(
        self,
        workers: Workers,
        home: MachineClass,
        *,
        jobs: int | None = None,
        patience: float = 60.0,
    ) -> None:
        self._workers = workers
        self._home = home
        self._jobs = jobs
        self._patience = patience
        self._busy: Counter[str] = Counter()
        self._waiting: list[_Ticket] = []
        self._changed = threading.Condition()

    def able(self, cell: Cell) -> list[RemoteWorker]:
        """Return the workers that could run a cell, busy or not."""
        return [worker for worker in self._at_home() if worker.facts.takes(cell)]

    def _at_home(self) -> Iterator[RemoteWorker]:
        present = self._workers.present().values()
        return (worker for worker in present if worker.facts.machine == self._home)

    def take(self, cell: Cell, tried: AbstractSet[str] = frozenset()) -> RemoteWorker:
        """Wait for a worker for a cell, one that has not ``tried`` it where there is one.

        Raises NoWorker where there is none, and InterruptedRunError where all is stopped.
        """
        ticket = _Ticket(cell=cell, tried=tried)
        with self._changed:
            self._waiting.append(ticket)
        deadline: float | None = None
        try:
            while (worker := self._placed(ticket)) is None:
                processes.raise_if_interrupted()
                now = time.monotonic()
                able = any(worker.facts.takes(cell) for worker in self._at_home())
                deadline = None if able else deadline or now + self._patience
                self._check(cell, deadline, now)
        except BaseException:
            self._give_up(ticket)
            raise
        return worker

    def _placed(self, ticket: _Ticket) -> RemoteWorker | None:
        """Return the worker of a cell that waits, after some time at most; None for none yet."""
        with self._changed:
            self._place()
            if ticket.worker is None:
                self._changed.wait(_LOOK)
            return ticket.worker

    def _check(self, cell: Cell, deadline: float | None, now: float) -> None:
        if deadline is not None and now >= deadline:
            raise NoWorker(self._why_none(cell))

    def _give_up(self, ticket: _Ticket) -> None:
        with self._changed:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
            elif ticket.worker is not None:
                self._busy[ticket.worker.address] -= 1

    def release(self, worker: RemoteWorker) -> None:
        """Count a cell on a worker as over."""
        with self._changed:
            self._busy[worker.address] -= 1
            self._changed.notify_all()

    def _place(self) -> None:
        """Give workers to those that wait, the first one first; the lock is held."""
        for ticket in list(self._waiting):
            if self._jobs is not None and self._busy.total() >= self._jobs:
                return
            # Mostly all are busy: what the many that wait could run is not looked up then.
            idle = [one for one in self._at_home() if self._busy[one.address] < one.cells]
            if not idle:
                return
            free = [one for one in idle if one.facts.takes(ticket.cell)]
            if ticket.tried and {one.address for one in self.able(ticket.cell)} - ticket.tried:
                free = [one for one in free if one.address not in ticket.tried]
            if free:
                ticket.worker = min(free, key=lambda one: self._busy[one.address] / one.cells)
                self._busy[ticket.worker.address] += 1
                self._waiting.remove(ticket)
                self._changed.notify_all()

    def _why_none(self, cell: Cell) -> Cause:
        present = self._workers.present().values()
        if not present:
            return Cause(kind=CauseKind.TOOL, message="no worker is left")
        have = [one for one in present if one.facts.has_python(cell)]
        at_home = any(one.facts.machine == self._home for one in have)
        if any(one.facts.takes(cell) for one in have):
            what = "can install its wheel" if at_home else f"have Python {cell.python}"
            why = only_elsewhere(what)
        elif have:
            why = f"no worker with Python {cell.python} can install its wheel"
        else:
            why = f"no worker has Python {cell.python} any more"
        return Cause(kind=CauseKind.NO_INTERPRETER, message=why)
