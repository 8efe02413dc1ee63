"""Measure what Dask and our engine cost for each cell, with cells that only wait.

    python benchmarks/dask_scaling.py [--workers 1 4 16] [--cells 10 100 1000] [--seconds 0.1]

The workers are threads of this process, with a scheduler of Dask in it, and a cell is a pause: no
process is started for it. Everything else is as in a command: requests travel, replies are checked
and stored. Prints how many cells end in a second, and the overhead: what a cell takes of a worker
beyond its pause.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from unittest import mock

import distributed
from packaging.tags import parse_tag
from packaging.version import Version

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


def measure(folder: Path, workers: int, number: int, seconds: float) -> float:
    """Return how long a campaign of so many cells takes."""

    def wait(request: bytes, *_: object, **__: object) -> bytes:
        import pickle  # noqa: PLC0415

        read: CellRequest = pickle.loads(request)  # noqa: S301 - made a moment ago
        time.sleep(seconds)
        run = Run(retval=0, seconds=seconds, output=["a line\n"] * 100)
        record = built_record(read.cell, specification(SETTINGS, read.cell), [TEST], ENVIRONMENT)
        return reply_line(
            record.model_copy(update={"examples": {TEST: example_of([run], key=KEY)}}), None
        )

    store = CampaignStore(folder)
    store.open(dependency="brick", resolve="latest")
    from rich.console import Console  # noqa: PLC0415

    with (
        distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=False,
            resources={"cell": 1},
            dashboard_address=":0",
        ) as local,
        distributed.Client(local, set_as_default=False) as client,
        Progress(Console(quiet=True)) as progress,
        mock.patch.object(cell_process, "run_cell", wait),
    ):
        cluster = DaskCluster(client, progress)
        cluster.start()
        cluster.share(bytes(100_000))
        home = next(iter(cluster.present().values())).facts.machine
        engine = DaskEngine(
            cluster,
            Placement(cluster, home),
            SharedInputs(
                settings=SETTINGS,
                commands={TEST: Command(script=TEST)},
                keys={TEST: KEY},
                index="https://index.example",
                offline=True,
                disk=10**9,
            ),
            store=store,
            timings=Timings({}, store.folder),
            progress=progress,
        )
        evaluator = CellEvaluator(
            settings=SETTINGS, keys={TEST: KEY}, store=store, engine=engine, progress=progress
        )
        begun = time.monotonic()
        with ThreadPoolExecutor(max(16, 2 * workers)) as threads:
            made = list(threads.map(lambda cell: evaluator.finish(cell, {TEST: 1}), cells(number)))
        spent = time.monotonic() - begun
        assert all(cell.verdict is None for cell in made), made[0].cause  # noqa: S101
        cluster.close()
    assert len(store.cells()) == number  # noqa: S101
    return spent


def main() -> None:
    """Measure all combinations, and print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--cells", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--seconds", type=float, default=0.1)
    parsed = parser.parse_args()
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    print("workers  cells  seconds  cells/s  overhead of a cell")
    for workers in parsed.workers:
        for number in parsed.cells:
            with tempfile.TemporaryDirectory() as folder:
                spent = measure(Path(folder), workers, number, parsed.seconds)
            used = min(workers, number)
            overhead = spent * used / number - parsed.seconds
            print(f"{workers:7}  {number:5}  {spent:7.1f}  {number / spent:7.1f}  {overhead:.3f} s")


if __name__ == "__main__":
    main()
