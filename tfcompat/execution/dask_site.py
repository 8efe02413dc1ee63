"""The site whose cells run on Dask's workers: the campaign is here, and so is all that judges it.

The Pythons are those of the workers of one class of machines.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from tfcompat.errors import UserError
from tfcompat.execution import workspace
from tfcompat.execution.cell import CellEvaluator
from tfcompat.execution.cell_record import run_keys
from tfcompat.execution.dask_cluster import open_cluster
from tfcompat.execution.dask_engine import DaskEngine, SharedInputs
from tfcompat.execution.evaluation import Evaluation, copy_study
from tfcompat.execution.placement import Placement, choose_class, only_elsewhere, pythons_of
from tfcompat.execution.remote_cell import pack_study
from tfcompat.execution.sites import HERE
from tfcompat.execution.variants import VariantEvaluator, variants_folder
from tfcompat.execution.worker_facts import own_class
from tfcompat.planning.default_python import PYTHONS
from tfcompat.planning.grid import AvailablePythons
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.timings import Timings, read_costs
from tfcompat.results.verdicts import CauseKind
from tfcompat.util import host, processes
from tfcompat.util.text import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from tfcompat.execution.campaign_run import RunOptions
    from tfcompat.execution.dask_engine import Cluster
    from tfcompat.execution.placement import RemoteWorker
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.execution.settings import RunSettings
    from tfcompat.execution.sites import Site
    from tfcompat.execution.worker_facts import MachineClass
    from tfcompat.execution.workspace import StudyCopy
    from tfcompat.planning.command import Command
    from tfcompat.planning.plan import Plan
    from tfcompat.planning.study import Study
    from tfcompat.results.schema import CellResult

# Cells that wait for a baseline are at work here, and at no worker.
_THREADS = 16


@contextmanager
def open_site(options: RunOptions, progress: ProgressListener) -> Iterator[Site]:
    """Yield where cells run: on the workers of the scheduler that the options name, or here.

    Raises UserError where there is no scheduler, or none of its workers can serve.
    """
    if options.dask is None:
        yield HERE
        return
    if options.keep:
        msg = "--keep keeps environments of this machine, and --dask makes none here; leave one out"
        raise UserError(msg)
    with processes.interruptible(), open_cluster(options.dask, progress) as cluster:
        host.raise_open_file_limit()
        yield DaskSite(cluster, options.settings, progress)


class DaskSite:
    """The workers of a scheduler. ``settings_of`` are those with which a study is run."""

    def __init__(
        self,
        cluster: Cluster,
        settings_of: Callable[[Study], RunSettings],
        progress: ProgressListener,
    ) -> None:
        self._cluster = cluster
        self._settings_of = settings_of
        self._progress = progress
        self._homes: dict[Path, MachineClass] = {}
        self._said: set[str] = set()

    def pythons(self, study: Study, results: Path) -> AvailablePythons:
        """Return the Pythons of the workers of a campaign's class, and why there are no others."""
        home = self._home(results, self._settings_of(study))
        return available_pythons(study, self._cluster.present().values(), home)

    def _home(self, results: Path, settings: RunSettings) -> MachineClass:
        """Return the class of machines that a campaign runs on: chosen once, and said."""
        if results not in self._homes:
            workers = self._cluster.present().values()
            cells = CampaignStore(results).cells().values()
            home = choose_class(workers, partial(stored_runs, cells, settings), own_class())
            self._homes[results] = home
            self._say(standing_by(workers, home))
        return self._homes[results]

    def _say(self, lines: Iterable[str]) -> None:
        """Say each line once: a command may search many times."""
        for line in lines:
            if line not in self._said:
                self._said.add(line)
                self._progress.say(line)

    @contextmanager
    def open_evaluation(
        self,
        plan: Plan,
        store: CampaignStore,
        settings: RunSettings,
        progress: ProgressListener,
        *,
        jobs: int | None = None,
        keep: bool = False,
    ) -> Iterator[Evaluation]:
        """Yield an Evaluation whose cells run on the workers; nothing of it is left there."""
        del keep  # refused before any worker is asked
        home = self._home(store.folder, settings)
        self._say((*left_open(settings, home), *lacking(plan)))
        settings = settings_on(home, settings)
        store.open(dependency=plan.study.analysis.dependency, resolve=settings.resolve)
        with processes.interruptible(), workspace.open_workspace(plan.cache) as folder:
            evaluators = _Evaluators(
                cluster=self._cluster,
                placement=Placement(self._cluster, home, jobs=jobs),
                home=home,
                plan=plan,
                settings=settings,
                timings=Timings(read_costs(store.folder), store.folder),
                progress=progress,
            )
            copy = copy_study(plan.study, store, folder, plan.cache, progress)
            try:
                yield evaluators.evaluation(store, copy, folder, jobs)
            finally:
                self._cluster.forget_studies()


@dataclass(frozen=True, kw_only=True)
class _Evaluators:
    """Makes what evaluates the cells of a plan, and their variants, on machines of a class."""

    cluster: Cluster
    placement: Placement
    home: MachineClass
    plan: Plan
    settings: RunSettings
    timings: Timings
    progress: ProgressListener
    archives: dict[Path, bytes] = field(default_factory=dict)

    def evaluation(
        self, store: CampaignStore, copy: StudyCopy, folder: Path, jobs: int | None
    ) -> Evaluation:
        """Return the Evaluation of a copy of the plan's study; ``folder`` is the workspace."""
        commands = {test: self.plan.study.command(test) for test in self.plan.study.tests}
        keys = self._keys(copy, commands)
        apart = CampaignStore(variants_folder(store.folder))
        return Evaluation(
            runner=self._evaluator(store, copy, commands),
            store=store,
            settings=self.settings,
            keys=keys,
            timings=self.timings,
            jobs=jobs or max(_THREADS, 2 * self._room()),
            progress=self.progress,
            variants=VariantEvaluator(
                settings=self.settings,
                campaign=store,
                keys=keys,
                copy=copy,
                commands=commands,
                workspace=folder,
                evaluator=partial(self._evaluator, apart),
            ),
            room=lambda: min(jobs or self._room(), self._room()),
        )

    def _keys(self, copy: StudyCopy, commands: Mapping[str, Command]) -> dict[str, str]:
        """Return what identifies the runs of each example on machines of the class."""
        return run_keys(copy, commands, self.settings, self.home.cpu_flags)

    def _archive(self, copy: StudyCopy) -> bytes:
        """Return the archive of a copy; it is held in memory once, also for the variants."""
        if copy.folder not in self.archives:
            self.archives[copy.folder] = pack_study(copy)
        return self.archives[copy.folder]

    def _room(self) -> int:
        """Return how many cells the workers of the class take at this moment, one at least."""
        workers = self.cluster.present().values()
        return max(1, sum(one.cells for one in workers if one.facts.machine == self.home))

    def _evaluator(
        self, store: CampaignStore, copy: StudyCopy, commands: Mapping[str, Command]
    ) -> CellEvaluator:
        """Return what evaluates cells whose runs see a copy of a study."""
        keys = self._keys(copy, commands)
        inputs = SharedInputs(
            settings=self.settings,
            commands=commands,
            keys=keys,
            study=self._archive(copy),
            index=self.plan.index.url,
            offline=self.plan.index.offline,
            disk=self.plan.study.analysis.disk,
        )
        engine = DaskEngine(
            self.cluster,
            self.placement,
            inputs,
            store=store,
            timings=self.timings,
            progress=self.progress,
        )
        return CellEvaluator(
            settings=self.settings, keys=keys, store=store, engine=engine, progress=self.progress
        )


def settings_on(machine: MachineClass, wanted: RunSettings) -> RunSettings:
    """Return settings that close what machines of a class can close."""
    return replace(
        wanted,
        network=wanted.network if machine.closes_network else "open",
        files=wanted.files if machine.closes_files else "open",
    )


def stored_runs(cells: Iterable[CellResult], wanted: RunSettings, machine: MachineClass) -> int:
    """Return how many examples of stored cells were run on machines of a class."""
    settings = settings_on(machine, wanted)
    of_class = (machine.machine, list(machine.cpu_flags), settings.network, settings.files)
    return sum(
        len(cell.examples)
        for cell in cells
        if (made := cell.environment) is not None
        if (
            made.host.get("machine"),
            list(made.host.get("cpu_flags", ())),
            made.network,
            made.files,
        )
        == of_class
    )


def standing_by(workers: Collection[RemoteWorker], home: MachineClass) -> Iterator[str]:
    """Yield how many workers there are, and which stand by."""
    others = sum(worker.facts.machine != home for worker in workers)
    yield f"{plural(len(workers), 'Dask worker')}"
    if others:
        yield (
            f"{others} of them stand by: their processors are of another class, and results of two "
            "classes are not compared"
        )


def left_open(wanted: RunSettings, machine: MachineClass) -> Iterator[str]:
    """Yield what machines of a class cannot close, and should."""
    settings = settings_on(machine, wanted)
    if settings.network != wanted.network:
        yield "the network cannot be closed for runs on the workers"
    if settings.files != wanted.files:
        yield "other files cannot be hidden from runs on the workers"


def lacking(plan: Plan) -> Iterator[str]:
    """Yield why cells of a plan cannot be tried for want of a Python, each reason once."""
    causes = dict.fromkeys(cell.cause for cell in plan.cells if cell.cause is not None)
    yield from (one.message for one in causes if one.kind is CauseKind.NO_INTERPRETER)


def available_pythons(
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
