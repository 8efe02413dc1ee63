"""Made-up workers elsewhere: they answer what a test sets, and nothing is started."""

from __future__ import annotations

import pickle
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fakes import PYTHON, made_up_cell
from packaging.version import Version

from tfcompat.environments.interpreter_record import Interpreter
from tfcompat.execution.dask_cluster import TaskFailed, TaskLost
from tfcompat.execution.engine import missing_runs
from tfcompat.execution.placement import RemoteWorker
from tfcompat.execution.remote_cell import CellRequest, reply_line
from tfcompat.execution.worker_facts import MachineClass, WorkerFacts, own_tool
from tfcompat.results.schema import Run, example_of, from_document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PLAIN = MachineClass(
    machine="x86_64", cpu_flags=("avx", "sse"), closes_network=True, closes_files=True
)
MASKED = MachineClass(machine="x86_64", cpu_flags=("sse",), closes_network=True, closes_files=True)


def python(version: str) -> Interpreter:
    major, minor, *_ = version.split(".")
    return Interpreter(
        path=Path(f"/opt/python{version}"), version=Version(version), abi=f"cp{major}{minor}"
    )


def worker(
    name: str,
    *pythons: Interpreter,
    machine: MachineClass = PLAIN,
    cells: int = 1,
    threads: int = 1,
) -> RemoteWorker:
    facts = WorkerFacts(
        tool=own_tool(),
        machine=machine,
        pythons=pythons or (PYTHON,),
        platforms=frozenset({"linux_x86_64"}),
        cache="/cache",
    )
    return RemoteWorker(address=name, facts=facts, cells=cells, threads=threads)


@dataclass
class FakeWorkers:
    """The workers that there are; a test changes them."""

    workers: dict[str, RemoteWorker]

    @classmethod
    def of(cls, *workers: RemoteWorker) -> FakeWorkers:
        return cls({one.address: one for one in workers})

    def present(self) -> Mapping[str, RemoteWorker]:
        return dict(self.workers)


def run_there(request: CellRequest) -> bytes:
    """Answer as a worker does on which every run prints the same."""
    stored = from_document(dict(request.stored), Path("cell.json")) if request.stored else None
    examples = dict(stored.examples) if stored else {}
    while missing := missing_runs(examples, request.wanted):
        for test in missing:
            runs = examples[test].all_runs if test in examples else []
            run = Run(retval=0, seconds=1, output=["loss 0.5\n"])
            examples[test] = example_of([*runs, run], key=request.keys[test])
    return reply_line(made_up_cell(request.cell, examples), None)


@dataclass
class FakeTask:
    answer: Callable[[], bytes | None]
    dropped: bool = False

    def reply(self, present: Mapping[str, RemoteWorker]) -> bytes | None:
        del present
        return self.answer()

    def drop(self) -> None:
        self.dropped = True


@dataclass
class FakeCluster(FakeWorkers):
    """Workers that answer: ``answers`` are those of each, in turn; then all is well.

    An answer may be an exception; None never comes. ``asked`` are the requests, with the workers,
    and ``studies`` the archives that go with them.
    """

    answers: dict[str, list[bytes | Exception | None]] = field(default_factory=dict)
    asked: list[tuple[str, CellRequest]] = field(default_factory=list)
    tasks: list[FakeTask] = field(default_factory=list)
    studies: list[bytes] = field(default_factory=list)
    forgotten: int = 0

    @property
    def order(self) -> list[str]:
        return [address for address, _ in self.asked]

    def submit(self, worker: RemoteWorker, request: bytes, study: bytes) -> FakeTask:
        self.studies.append(study)
        read: CellRequest = pickle.loads(request)  # noqa: S301 - this test has made it
        self.asked.append((worker.address, read))
        number = Counter(self.order)[worker.address] - 1
        own = self.answers.get(worker.address, [])

        def answer() -> bytes | None:
            if number >= len(own):
                return run_there(read)
            found = own[number]
            if isinstance(found, TaskLost):
                self.workers.pop(worker.address, None)
            if isinstance(found, Exception):
                raise found
            return found

        task = FakeTask(answer)
        self.tasks.append(task)
        return task

    def forget_studies(self) -> None:
        self.forgotten += 1


LOST = TaskLost("its worker was lost")
FAILED = TaskFailed("Dask could not run it: ModuleNotFoundError: no tfcompat")
