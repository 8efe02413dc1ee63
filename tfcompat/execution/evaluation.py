"""Sets up the objects with which a command evaluates cells, and cleans up after them."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tfcompat.environments import containers, namespaces
from tfcompat.environments.disk_budget import DiskBudget
from tfcompat.environments.pool import EnvironmentPool
from tfcompat.execution import workspace
from tfcompat.execution.borrowed import PublishedBaselines
from tfcompat.execution.campaign_judge import CampaignJudge
from tfcompat.execution.cell_record import run_keys
from tfcompat.execution.environment_builder import EnvironmentBuilder
from tfcompat.execution.launching import LauncherProcesses, closed_to_runs
from tfcompat.execution.local_engine import local_evaluator
from tfcompat.execution.references import NamedBaselines
from tfcompat.execution.resources import CoreSlots
from tfcompat.execution.rounds import ScriptRunner
from tfcompat.execution.scheduler import AHEAD, Scheduler
from tfcompat.execution.variants import VariantEvaluator, variants_folder
from tfcompat.judging.judge import Judge
from tfcompat.planning.judging_rules import judging_rules
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.timings import Timings, read_costs
from tfcompat.util import host, processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tfcompat.execution.cell import CellEvaluator
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.execution.scheduler import CellRunner
    from tfcompat.execution.settings import RunSettings
    from tfcompat.execution.variants import VariantRunner
    from tfcompat.execution.workspace import StudyCopy
    from tfcompat.planning.command import Command
    from tfcompat.planning.plan import Plan
    from tfcompat.planning.study import Study


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The objects with which one command evaluates cells.

    ``keys`` identify the present runs of each example of the study; ``jobs`` is how many runs may
    be at work at once, ``ahead`` how many cells beyond those. ``variants`` runs what is no cell of
    the campaign, such as a release with other packages; None where nothing does. ``environments``
    makes what cells run in, None where nothing is made here. ``room`` tells how many cells may run
    at this moment, where that changes; elsewhere it is ``jobs``.
    """

    runner: CellRunner
    store: CampaignStore
    settings: RunSettings
    keys: Mapping[str, str]
    timings: Timings
    jobs: int
    progress: ProgressListener
    ahead: int = AHEAD
    variants: VariantRunner | None = None
    environments: EnvironmentBuilder | None = None
    room: Callable[[], int] | None = None

    @property
    def side_by_side(self) -> int:
        """How many cells may run at this moment."""
        return self.jobs if self.room is None else self.room()

    def scheduler(self, plan: Plan) -> Scheduler:
        """Return the scheduler for a plan; cells are compared with the baselines of the plan."""
        baselines = NamedBaselines(
            plan,
            keys=self.keys,
            first_runs=self.settings.first_runs,
            campaign=self.store,
            published=PublishedBaselines(plan.study.results, self.settings, self.keys),
            runs_here=self.settings.runs_baselines,
        )
        judge = CampaignJudge(
            Judge(judging_rules(plan.study)), baselines=baselines, keys=self.keys, store=self.store
        )
        return Scheduler(
            self.runner,
            baselines=baselines,
            judge=judge,
            timings=self.timings,
            threads=self.jobs + self.ahead,
        )


@contextmanager
def open_evaluation(
    plan: Plan,
    store: CampaignStore,
    settings: RunSettings,
    progress: ProgressListener,
    *,
    jobs: int | None = None,
    keep: bool = False,
) -> Iterator[Evaluation]:
    """Yield an Evaluation for a plan; at the end nothing of it is left on the machine.

    ``jobs`` is one for each usable core unless it is given. With ``keep`` the environments stay, in
    the cache. Raises UserError where the results folder or the cache cannot serve.
    """
    with containers.cleaned(plan.cache), processes.interruptible():
        host.raise_open_file_limit()
        host.keep_one_heap()
        store.open(dependency=plan.study.analysis.dependency, resolve=settings.resolve)
        settings = _as_far_as_possible(settings, progress)
        with workspace.open_workspace(plan.cache) as folder:
            copy = copy_study(plan.study, store, folder, plan.cache, progress)
            commands = {test: plan.study.command(test) for test in plan.study.tests}
            keys = run_keys(copy, commands, settings)
            # The study itself: its runs have copies.
            own = (plan.study.root, store.folder, plan.cache)
            closed = closed_to_runs(settings, commands.values(), *own)
            timings = Timings(read_costs(store.folder), store.folder)
            slots = CoreSlots(plan.cache / "cores", jobs or len(host.usable_cores()))
            scripts = ScriptRunner(
                workspace=folder,
                copy=copy,
                commands=commands,
                slots=slots,
                timings=timings,
                settings=settings,
                launchers=LauncherProcesses(threads=settings.limits.threads, closed=closed),
            )
            builder = environment_builder(plan, settings, progress, folder, keep=keep)
            runner = local_evaluator(
                settings=settings,
                keys=keys,
                store=store,
                environments=builder,
                scripts=scripts,
                progress=progress,
            )
            yield Evaluation(
                runner=runner,
                store=store,
                settings=settings,
                keys=keys,
                timings=timings,
                jobs=slots.jobs,
                progress=progress,
                variants=_variants(store, scripts, builder, keys),
                environments=builder,
            )


def _as_far_as_possible(settings: RunSettings, progress: ProgressListener) -> RunSettings:
    """Return settings that close what this machine can close, and say what it cannot."""
    if settings.network == "closed" and (why_not := namespaces.network_obstacle()):
        progress.say(f"the network cannot be closed for runs here: {why_not}")
        settings = replace(settings, network="open")
    if settings.files == "closed" and (why_not := namespaces.files_obstacle()):
        progress.say(f"other files cannot be hidden from runs here: {why_not}")
        settings = replace(settings, files="open")
    return settings


def _variants(
    store: CampaignStore,
    scripts: ScriptRunner,
    builder: EnvironmentBuilder,
    keys: Mapping[str, str],
) -> VariantEvaluator:
    """Return what runs variants; their environments are never kept."""
    settings, apart = builder.settings, CampaignStore(variants_folder(store.folder))
    environments = replace(builder, pool=EnvironmentPool(scripts.workspace))

    def evaluator(copy: StudyCopy, commands: Mapping[str, Command]) -> CellEvaluator:
        return local_evaluator(
            settings=settings,
            keys=run_keys(copy, commands, settings),
            store=apart,
            environments=environments,
            scripts=replace(scripts, copy=copy, commands=commands),
            progress=builder.progress,
        )

    return VariantEvaluator(
        settings=settings,
        campaign=store,
        keys=keys,
        copy=scripts.copy,
        commands=scripts.commands,
        workspace=scripts.workspace,
        evaluator=evaluator,
    )


def environment_builder(
    plan: Plan,
    settings: RunSettings,
    progress: ProgressListener,
    folder: Path,
    *,
    keep: bool = False,
) -> EnvironmentBuilder:
    """Return what makes the environments of a plan; ``folder`` is the workspace of the command.

    With ``keep`` they stay, in the cache.
    """
    return EnvironmentBuilder(
        settings=settings,
        index=plan.index,
        cache=plan.cache,
        owner=folder,
        disk=DiskBudget(plan.cache, plan.study.analysis.disk),
        pool=EnvironmentPool(plan.cache / "environments" if keep else folder, keep=keep),
        progress=progress,
    )


def copy_study(
    study: Study, store: CampaignStore, folder: Path, cache: Path, progress: ProgressListener
) -> StudyCopy:
    """Copy what runs see of a study into a workspace; say what lies outside of the study."""
    copy = workspace.take_copy(study.root, study.shown(), folder / "study", store.folder, cache)
    if copy.foreign:
        count = len(copy.foreign)
        name = copy.foreign[0]
        progress.say(f"runs see copies of {count} files outside of the study, such as {name}")
    return copy
