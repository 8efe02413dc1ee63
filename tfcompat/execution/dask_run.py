"""The job of ``tfcompat run --dask``: the campaign is here, and its cells run elsewhere.

All is as in `campaign_run`, but for the engine, and that the Pythons are those of the workers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tfcompat.errors import UserError
from tfcompat.execution import workspace
from tfcompat.execution.campaign_run import evaluate_cells, say_notes, summarise
from tfcompat.execution.cell import CellEvaluator
from tfcompat.execution.cell_record import run_keys
from tfcompat.execution.dask_cluster import open_cluster
from tfcompat.execution.dask_engine import DaskEngine, SharedInputs
from tfcompat.execution.evaluation import Evaluation, copy_study
from tfcompat.execution.placement import Placement, choose_class, only_elsewhere, pythons_of
from tfcompat.execution.remote_cell import pack_study
from tfcompat.execution.scheduler import AHEAD
from tfcompat.execution.shard_run import take_shard
from tfcompat.execution.worker_facts import own_class
from tfcompat.planning.default_python import PYTHONS
from tfcompat.planning.grid import AvailablePythons
from tfcompat.planning.plan import lay_out
from tfcompat.planning.study import load_study
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.timings import Timings, read_costs
from tfcompat.util import folders, host, processes
from tfcompat.util.text import plural

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tfcompat.execution.campaign_run import RunOptions, RunSummary
    from tfcompat.execution.dask_cluster import DaskCluster
    from tfcompat.execution.placement import RemoteWorker
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.execution.settings import RunSettings
    from tfcompat.execution.worker_facts import MachineClass
    from tfcompat.execution.workspace import StudyCopy
    from tfcompat.planning.plan import Plan, Selection
    from tfcompat.planning.study import Study
    from tfcompat.results.campaign import Campaign

# Cells that wait for a baseline are at work here, and at no worker.
_THREADS = 16


def run(
    selection: Selection, options: RunOptions, progress: ProgressListener, where: str
) -> RunSummary:
    """Evaluate every selected cell on the workers of the scheduler at ``where``.

    Raises UserError for what the user has to change before anything is tried.
    """
    if options.keep:
        msg = "--keep keeps environments of this machine, and --dask makes none here; leave one out"
        raise UserError(msg)
    selection = replace(selection, resolve=options.resolve)
    study = load_study(selection.config)
    store = CampaignStore(options.results or study.results)
    cache = folders.cache_folder()
    with (
        processes.interruptible(),
        open_cluster(where, progress) as cluster,
        workspace.open_workspace(cache) as folder,
    ):
        host.raise_open_file_limit()
        copy = copy_study(study, store, folder, cache, progress)
        workers = cluster.present().values()
        classes = _Classes(study, copy, options.settings(study))
        home = choose_class(workers, lambda one: classes.stored_runs(one, store), own_class())
        _say_workers(workers, home, progress)
        plan = lay_out(study, selection, _available(study, workers, home))
        say_notes(plan, progress)
        settings = classes.settings(home, options.settings(plan.study))
        _say_open(settings, options.settings(plan.study), progress)
        store.open(dependency=plan.study.analysis.dependency, resolve=settings.resolve)
        if options.shard is not None:
            plan = take_shard(plan, store, options.shard)
        cluster.share(pack_study(copy))
        keys = classes.keys(home)
        evaluation = _evaluation(plan, store, settings, keys, progress, (cluster, home, options))
        cells = evaluate_cells(plan, evaluation, options)
    return summarise(plan, store, cells, options, progress)


@dataclass(frozen=True)
class _Classes:
    """What identifies the runs of a study on machines of each class."""

    study: Study
    copy: StudyCopy
    wanted: RunSettings

    def settings(self, machine: MachineClass, wanted: RunSettings | None = None) -> RunSettings:
        """Return settings that close what machines of a class can close."""
        wanted = wanted or self.wanted
        return replace(
            wanted,
            network=wanted.network if machine.closes_network else "open",
            files=wanted.files if machine.closes_files else "open",
        )

    def keys(self, machine: MachineClass) -> dict[str, str]:
        """Return what identifies the present runs of each example."""
        commands = {test: self.study.command(test) for test in self.study.tests}
        return run_keys(self.copy, commands, self.settings(machine), machine.cpu_flags)

    def stored_runs(self, machine: MachineClass, campaign: Campaign) -> int:
        """Return how many examples a campaign has with runs of machines of a class."""
        keys = self.keys(machine)
        cells = campaign.cells().values()
        return sum(keys.get(t) == one.key for cell in cells for t, one in cell.examples.items())


def _say_workers(
    workers: Collection[RemoteWorker], home: MachineClass, progress: ProgressListener
) -> None:
    """Say how many workers there are, and which stand by."""
    others = sum(worker.facts.machine != home for worker in workers)
    progress.say(f"{plural(len(workers), 'Dask worker')}")
    if others:
        progress.say(
            f"{others} of them stand by: their processors are of another class, and results of two "
            "classes are not compared"
        )


def _say_open(settings: RunSettings, wanted: RunSettings, progress: ProgressListener) -> None:
    if settings.network != wanted.network:
        progress.say("the network cannot be closed for runs on the workers")
    if settings.files != wanted.files:
        progress.say("other files cannot be hidden from runs on the workers")


def _available(
    study: Study, workers: Collection[RemoteWorker], home: MachineClass
) -> AvailablePythons:
    """Return the Pythons of the workers, and why there are no others."""
    found = [one for one in pythons_of(workers, home) if not study.prefers_container(one.python)]
    have = {one.python for one in found}
    elsewhere = {one.python for worker in workers for one in worker.facts.pythons}

    def why_not(python: str) -> str:
        if study.prefers_container(python):
            return f"Dask workers use no containers; set `prefer: virtualenv` for Python {python}"
        if python in elsewhere:
            return only_elsewhere(f"have Python {python}")
        how = f"`uv python install {python}` on one of them brings it"
        return f"none of the workers has Python {python}; {how}"

    return AvailablePythons(
        found=tuple(found),
        refused={python: why_not(python) for python in PYTHONS if python not in have},
    )


def _evaluation(
    plan: Plan,
    store: CampaignStore,
    settings: RunSettings,
    keys: Mapping[str, str],
    progress: ProgressListener,
    on: tuple[DaskCluster, MachineClass, RunOptions],
) -> Evaluation:
    """Return the objects with which cells are evaluated on the workers of a class."""
    cluster, home, options = on
    timings = Timings(read_costs(store.folder), store.folder)
    engine = DaskEngine(
        cluster,
        Placement(cluster, home, jobs=options.jobs),
        SharedInputs(
            settings=settings,
            commands={test: plan.study.command(test) for test in plan.study.tests},
            keys=keys,
            index=plan.index.url,
            offline=plan.index.offline,
            disk=plan.study.analysis.disk,
        ),
        store=store,
        timings=timings,
        progress=progress,
    )
    room = sum(worker.cells for worker in cluster.present().values())
    return Evaluation(
        runner=CellEvaluator(
            settings=settings, keys=keys, store=store, engine=engine, progress=progress
        ),
        store=store,
        settings=settings,
        keys=keys,
        timings=timings,
        jobs=options.jobs or max(_THREADS, 2 * room),
        progress=progress,
        ahead=AHEAD,
    )
