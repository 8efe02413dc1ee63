"""Measure what Dask and our engine cost for each cell, with cells that only wait.

    python benchmarks/dask_scaling.py [--workers 1 4 16 64] [--cells 10 100 1000 10000]

A cell is a pause: no process is started for it. Everything else is as in a command: requests
travel, replies are checked and stored. The client, the scheduler, and all workers together, are a
process each. Prints how many cells end in a second, the overhead (what a cell takes of a worker
beyond its pause), and the most memory that client and scheduler had. What would take longer than
``--longest`` by its pauses alone is left out.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import pickle
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import distributed
from packaging.tags import parse_tag
from packaging.version import Version
from rich.console import Console

from tfcompat.environments import interpreters
from tfcompat.environments.base import Environment
from tfcompat.environments.index.client import Distribution
from tfcompat.execution import cell_process
from tfcompat.execution.cell import CellEvaluator
from tfcompat.execution.cell_record import built_record, specification
from tfcompat.execution.dask_cluster import DaskCluster
from tfcompat.execution.dask_engine import DaskEngine, SharedInputs
from tfcompat.execution.launcher_client import RunLimits
from tfcompat.execution.placement import Placement
from tfcompat.execution.progress import Progress
from tfcompat.execution.remote_cell import CellRequest, reply_line
from tfcompat.execution.settings import RunSettings
from tfcompat.planning.command import Command
from tfcompat.planning.grid import Cell
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.schema import Run, example_of
from tfcompat.results.timings import Timings

if TYPE_CHECKING:
    from collections.abc import Callable

TEST, KEY = "example.py", "key:rest"
SETTINGS = RunSettings(
    resolve="latest",
    requirements=(),
    limits=RunLimits(timeout=60, output=10**6, memory=10**9, threads=1, disk=10**9),
    isolation="fresh",
    first_runs=1,
    module="brick",
)
ENVIRONMENT = Environment(
    backend="none", python=Path("/env/bin/python"), lock="", freeze=("brick==1",), phases={}
)


def cells(number: int) -> list[Cell]:
    """Return so many cells on a Python of this machine."""
    found, _ = interpreters.find()
    wheel = Distribution(
        filename="brick-1-py3-none-any.whl",
        url="https://files.example",
        version=Version("1"),
        tags=parse_tag("py3-none-any"),
        sha256=None,
        size=None,
        upload_time=None,
        requires_python=None,
        yanked=False,
    )
    one = Cell(
        dependency="brick",
        version=Version("1"),
        python=found[0].python,
        wheel=wheel,
        interpreter=found[0],
    )
    return [replace(one, version=Version(f"1.{minor}")) for minor in range(number)]


async def work(scheduler: str, workers: int, seconds: float) -> None:
    """Be so many workers of a scheduler, in one process, until that is killed."""

    def wait(
        request: bytes, *_: object, report: Callable[[str, list[str | int]], None], **__: object
    ) -> bytes:
        read: CellRequest = pickle.loads(request)  # noqa: S301 - made a moment ago
        report("stage", [read.cell.identifier, "building", 0])
        report("running", [read.cell.identifier, 1, 1])
        time.sleep(seconds)
        run = Run(retval=0, seconds=seconds, output=["a line\n"] * 100)
        record = built_record(read.cell, specification(SETTINGS, read.cell), [TEST], ENVIRONMENT)
        return reply_line(
            record.model_copy(update={"examples": {TEST: example_of([run], key=KEY)}}), None
        )

    with mock.patch.object(cell_process, "run_cell", wait):
        async with AsyncExitStack() as stack:
            for _ in range(workers):
                worker = distributed.Worker(scheduler, nthreads=1, resources={"cell": 1})
                await stack.enter_async_context(worker)
            await asyncio.Event().wait()


def campaign(folder: Path, scheduler: str, workers: int, number: int) -> float:
    """Return how many seconds a campaign of so many cells takes."""
    store = CampaignStore(folder)
    store.open(dependency="brick", resolve="latest")
    with (
        distributed.Client(scheduler, set_as_default=False) as client,
        Progress(Console(quiet=True)) as progress,
    ):
        client.wait_for_workers(workers)
        cluster = DaskCluster(client, progress)
        cluster.start()
        evaluator = _evaluator(cluster, store, progress)
        begun = time.monotonic()
        with ThreadPoolExecutor(max(16, 2 * workers)) as threads:
            made = list(threads.map(lambda cell: evaluator.finish(cell, {TEST: 1}), cells(number)))
        spent = time.monotonic() - begun
        assert all(cell.verdict is None for cell in made), made[0].cause  # noqa: S101
        cluster.close()
    assert len(store.cells()) == number  # noqa: S101
    return spent


def _evaluator(cluster: DaskCluster, store: CampaignStore, progress: Progress) -> CellEvaluator:
    keys = {TEST: KEY}
    home = next(iter(cluster.present().values())).facts.machine
    inputs = SharedInputs(
        settings=SETTINGS,
        commands={TEST: Command(script=TEST)},
        keys=keys,
        study=bytes(100_000),
        index="https://index.example",
        offline=True,
        disk=10**9,
    )
    engine = DaskEngine(
        cluster,
        Placement(cluster, home),
        inputs,
        store=store,
        timings=Timings({}, store.folder),
        progress=progress,
    )
    return CellEvaluator(
        settings=SETTINGS, keys=keys, store=store, engine=engine, progress=progress
    )


def measure(folder: Path, workers: int, number: int, seconds: float) -> tuple[float, int, int]:
    """Return how long a campaign takes, and the MB that its client and its scheduler needed."""
    file = folder / "scheduler.json"
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"]
    words = [*dask, "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    with (folder / "log").open("wb") as log:
        scheduler = subprocess.Popen(words, stdout=log, stderr=log)
        while not (file.exists() and file.stat().st_size):
            time.sleep(0.05)
        address = json.loads(file.read_text(encoding="utf-8"))["address"]
        shared = ["--at", address, "--workers", str(workers), "--seconds", str(seconds)]
        at_work = subprocess.Popen([*_SELF, "work", *shared], stdout=log, stderr=log)
    try:
        words = [*_SELF, "campaign", *shared, "--cells", str(number), "--folder", str(folder)]
        printed = subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout
        spent, client = json.loads(printed)
        return spent, client, _most_memory(scheduler.pid)
    finally:
        for process in (at_work, scheduler):
            process.kill()
            process.wait()


_SELF = [sys.executable, __file__, "--part"]


def _most_memory(pid: int | str) -> int:
    """Return the most MB that a process has had in memory."""
    found = re.search(r"VmHWM:\s*(\d+)", Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))
    assert found is not None  # noqa: S101 - Linux says so of each process
    return int(found[1]) // 1000


def table(parsed: argparse.Namespace) -> None:
    """Measure all combinations, and print a row for each."""
    print("workers  cells  seconds  cells/s  overhead of a cell  client  scheduler")
    for workers in parsed.workers:
        for number in parsed.cells:
            used = min(workers, number)
            if number * parsed.seconds / used > parsed.longest:
                continue
            with tempfile.TemporaryDirectory() as folder:
                spent, client, scheduler = measure(Path(folder), workers, number, parsed.seconds)
            overhead = spent * used / number - parsed.seconds
            print(
                f"{workers:7}  {number:5}  {spent:7.1f}  {number / spent:7.1f}  "
                f"{overhead:16.3f} s  {client:3} MB     {scheduler:3} MB",
                flush=True,
            )


def main() -> None:
    """Print the table, or be one of the processes that are measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 4, 16, 64])
    parser.add_argument("--cells", type=int, nargs="+", default=[10, 100, 1000, 10_000])
    parser.add_argument("--seconds", type=float, default=0.1)
    parser.add_argument("--longest", type=float, default=120.0)
    parser.add_argument("--part", choices=["work", "campaign"], help=argparse.SUPPRESS)
    parser.add_argument("--at", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parsed = parser.parse_args()
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    if parsed.part == "work":
        asyncio.run(work(parsed.at, parsed.workers[0], parsed.seconds))
    elif parsed.part == "campaign":
        spent = campaign(parsed.folder / "results", parsed.at, parsed.workers[0], parsed.cells[0])
        print(json.dumps([spent, _most_memory("self")]))
    else:
        table(parsed)


if __name__ == "__main__":
    main()
