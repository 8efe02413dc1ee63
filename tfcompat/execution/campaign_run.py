"""The job of ``tfcompat run``: plan grid -> build environment -> run examples -> compare -> store.

``planning`` makes the plan; ``scheduler`` works on all cells side by side; for each of them
``cell`` builds, runs and stores, and ``campaign_judge`` compares.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from tfcompat.errors import SelectionError, UserError
from tfcompat.execution import provision
from tfcompat.execution.cell_record import is_current
from tfcompat.execution.hidden_files import hidden_file
from tfcompat.execution.launcher_client import RunLimits
from tfcompat.execution.provision import FetchAttempts
from tfcompat.execution.settings import RunSettings
from tfcompat.execution.shard_run import take_shard
from tfcompat.execution.sites import HERE
from tfcompat.planning.notebooks import skipped_installs
from tfcompat.planning.plan import lay_out
from tfcompat.planning.schema import check_resolve
from tfcompat.planning.study import load_study
from tfcompat.results import commands
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.printed import CellOutcome
from tfcompat.results.schema import count
from tfcompat.results.verdicts import CauseKind, Verdict
from tfcompat.util.text import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tfcompat.execution.evaluation import Evaluation
    from tfcompat.execution.launcher_client import Isolation
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.execution.sites import Site
    from tfcompat.planning.plan import Plan, Selection
    from tfcompat.planning.study import Study
    from tfcompat.results.campaign import Campaign
    from tfcompat.results.schema import CellResult
    from tfcompat.results.shards import Shard


Explain: TypeAlias = "Callable[[Plan, Evaluation, Mapping[str, CellResult]], dict[str, CellResult]]"
"""Finds out why results differ, of the judged cells of a campaign; returns those it adds to."""


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """The options of ``run``; None stands for the study's own setting.

    With ``steadiness``, baselines run as often as a comparison may need, whatever differs.
    ``causes``: experiments are made where results begin to differ. Without ``runs_baselines``,
    examples are compared with what is stored or published of theirs, or not at all. ``added`` are
    the requirements that nobody stated (see `RunSettings`). A ``shard`` is one part of the selected
    cells; it makes no such experiments, as most pairs of neighbours are in two shards. ``dask`` is
    where a Dask scheduler is whose workers run the cells (see `dask_site`). ``patience`` is that of
    `RunSettings`.
    """

    results: Path | None = None
    jobs: int | None = None
    resolve: str | None = None
    isolation: Isolation = "warm"
    timeout: float | None = None
    force: bool = False
    only: str | None = None
    keep: bool = False
    steadiness: bool = False
    causes: bool = True
    runs_baselines: bool = True
    added: frozenset[str] = frozenset()
    shard: Shard | None = None
    network: Literal["open", "closed"] | None = None
    files: Literal["open", "closed"] | None = None
    dask: str | None = None
    patience: float | None = None

    def settings(self, study: Study) -> RunSettings:
        """Return how cells of a study are made and run.

        Raises SelectionError for an invalid ``resolve``.
        """
        analysis = study.analysis
        try:
            resolve = check_resolve(self.resolve or analysis.resolve)
        except ValueError as error:
            msg = f"--resolve: {error}"
            raise SelectionError(msg) from None
        return RunSettings(
            resolve=resolve,
            requirements=tuple(analysis.requirements),
            limits=RunLimits(
                timeout=float(self.timeout or analysis.timeout),
                output=analysis.output,
                memory=analysis.memory,
                threads=analysis.threads,
                disk=analysis.scratch,
            ),
            network=self.network or analysis.network,
            files=self.files or analysis.access_to_files,
            isolation=self.isolation,
            first_runs=analysis.repeats if self.steadiness else 1,
            module=study.module,
            constraints=tuple(analysis.constraints),
            origins={**dict.fromkeys(analysis.constraints, study.path.name), **study.origins},
            runs_baselines=self.runs_baselines,
            added=self.added,
            patience=self.patience,
        )


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """The outcome of a campaign: the selected cells, as stored, and the exit code that follows."""

    cells: tuple[CellResult, ...]
    tests: tuple[str, ...]
    exit_code: int

    @property
    def printed(self) -> list[CellOutcome]:
        """What became of each cell, in short: the whole is in its result file."""
        return [
            CellOutcome(
                identifier=cell.identifier,
                verdict=cell.verdict,
                cause=cell.cause,
                examples={t: cell.examples[t].verdict for t in self.tests if t in cell.examples},
            )
            for cell in self.cells
        ]


def run(
    selection: Selection,
    options: RunOptions,
    progress: ProgressListener,
    explain: Explain | None = None,
    site: Site = HERE,
) -> RunSummary:
    """Evaluate every selected cell and store its result; verdicts are in what is returned.

    ``explain`` is what finds out why results differ, where that is wanted; cells run at the
    ``site``. Raises UserError for what the user has to change before anything is tried.
    """
    study = load_study(selection.config)
    results = options.results or study.results
    selection = replace(selection, resolve=options.resolve)
    plan = lay_out(study, selection, site.pythons(study, results))
    if options.shard is not None:
        store = CampaignStore(results)
        analysis = plan.study.analysis
        store.open(dependency=analysis.dependency, resolve=analysis.resolve)
        plan = take_shard(plan, store, options.shard)
        explain = None
    return evaluate_plan(plan, options, progress, explain, site)


def evaluate_plan(
    plan: Plan,
    options: RunOptions,
    progress: ProgressListener,
    explain: Explain | None = None,
    site: Site = HERE,
) -> RunSummary:
    """Evaluate every cell of a plan that was made before, as ``run`` does."""
    say_notes(plan, progress)
    store = CampaignStore(options.results or plan.study.results)
    settings = options.settings(plan.study)
    with site.open_evaluation(
        plan, store, settings, progress, jobs=options.jobs, keep=options.keep
    ) as evaluation:
        attempts = FetchAttempts(store.folder)
        plan = provision.fetch_missing(plan, attempts, progress, force=options.force)
        cells = evaluate_cells(plan, evaluation, options, explain)
    return summarise(plan, store, cells, options, progress)


def say_notes(plan: Plan, progress: ProgressListener) -> None:
    """Say what the user should know of a study before it runs."""
    for note in (*plan.study.notes(), *skipped_installs(plan.study.root, plan.tests)):
        progress.say(note)


def summarise(
    plan: Plan,
    store: CampaignStore,
    cells: tuple[CellResult, ...],
    options: RunOptions,
    progress: ProgressListener,
) -> RunSummary:
    """Return the outcome of a campaign, and say what the user should know of it."""
    for note in (*plan.index.notes, *store.damaged):
        progress.say(note)
    for note in (*want_network(cells, plan.tests), *want_files(cells, plan.tests)):
        progress.say(note)
    unknown = any(is_unknown(cell, plan.tests) for cell in cells)
    if not options.runs_baselines:
        # That comparisons wait for a baseline is what was asked for.
        unknown = any(cell.verdict is Verdict.UNKNOWN for cell in cells)
        for note in without_own_baselines(cells, plan.tests):
            progress.say(note)
    return RunSummary(cells=cells, tests=plan.tests, exit_code=3 if unknown else 0)


def evaluate_cells(
    plan: Plan, evaluation: Evaluation, options: RunOptions, explain: Explain | None = None
) -> tuple[CellResult, ...]:
    """Bring every cell of a plan to its result, with all of its examples; return them in order."""
    rerun = examples_to_rerun(plan, evaluation.store, options)
    scheduler = evaluation.scheduler(plan)
    names = [cell.identifier for cell in plan.cells]
    evaluation.progress.begin(names, [] if options.force else _stored(plan, evaluation))
    without = {}
    # Closed at once, whatever happens here: it is what stops the cells that still run.
    with (
        commands.noted(evaluation.store.folder, names, plan.tests),
        closing(scheduler.run(dict.fromkeys(plan.cells, plan.tests), rerun)) as evaluated,
    ):
        for cell in evaluated:
            evaluation.progress.finished(cell)
            if cell.verdict:
                without[cell.identifier] = cell
    # Cells whose baseline came later have their verdicts only now.
    judged = scheduler.judge.judge_all()
    if explain is not None and options.causes:
        judged |= explain(plan, evaluation, judged)
    return tuple(without[name] if name in without else judged[name] for name in names)


def _stored(plan: Plan, evaluation: Evaluation) -> list[str]:
    """Return the cells of a plan whose results are stored, and still hold."""
    stored = {cell: evaluation.store.cell(cell.identifier) for cell in plan.cells}
    return [
        cell.identifier
        for cell, result in stored.items()
        if result is not None and is_current(evaluation.settings, cell, result)
    ]


def without_own_baselines(cells: Iterable[CellResult], tests: Sequence[str]) -> Iterator[str]:
    """Yield what to run for verdicts that published runs of the baselines leave open, if any."""
    undecided = {
        cell.environment.release: count([cell], tests, Verdict.UNKNOWN)
        for cell in cells
        if cell.environment is not None and cell.verdict is None
    }
    if number := sum(undecided.values()):
        words = " ".join(f"--release {release}" for release in undecided if undecided[release])
        yield (
            f"the published runs of baselines leave {plural(number, 'example')} open; "
            f"`tfcompat run {words}` runs the baselines here"
        )


def want_network(cells: Iterable[CellResult], tests: Sequence[str]) -> Iterator[str]:
    """Yield how to open the network, where examples fail without it."""
    wanting = {
        test
        for cell in cells
        if cell.environment is not None and cell.environment.network == "closed"
        for test in tests
        if test in cell.examples
        and (cause := cell.examples[test].cause) is not None
        and cause.kind is CauseKind.NETWORK
    }
    if wanting:
        yield (
            f"{plural(len(wanting), 'example')} failed for want of the network, which is closed "
            "for runs; --network open, or `network: open` in the study, opens it"
        )


def want_files(cells: Iterable[CellResult], tests: Sequence[str]) -> Iterator[str]:
    """Yield how to show runs the files of this machine that examples fail for want of."""
    wanting = [
        path
        for cell in cells
        if cell.environment is not None and cell.environment.files == "closed"
        for test in tests
        if test in cell.examples
        and (cause := cell.examples[test].cause) is not None
        and (path := hidden_file(cause))
    ]
    if wanting:
        yield (
            f"{wanting[0]} is on this machine, and hidden from runs; --files open, or "
            "`files: open` in the study, shows them all files"
        )


def is_unknown(cell: CellResult, tests: Iterable[str]) -> bool:
    """Return whether a cell, or one of these examples in it, is still unknown."""
    return cell.verdict is Verdict.UNKNOWN or any(
        cell.examples[test].verdict is Verdict.UNKNOWN for test in tests if test in cell.examples
    )


def examples_to_rerun(plan: Plan, campaign: Campaign, options: RunOptions) -> dict[str, set[str]]:
    """Return by cell the examples that have to run again although their runs are stored.

    Raises UserError where ``--only`` names a file that selects nothing.
    """
    names = [cell.identifier for cell in plan.cells]
    if options.force:
        return {name: set(plan.tests) for name in names}
    if options.only is None:
        return {}
    if options.only not in ("failed", "unknown"):
        return _listed(plan, Path(options.only))
    found = {}
    for name in names:
        known = campaign.known(name)
        examples = known.examples if known else {}
        found[name] = {
            t for t in plan.tests if t in examples and examples[t].verdict == options.only
        }
    return found


def _listed(plan: Plan, path: Path) -> dict[str, set[str]]:
    """Return the examples of each cell that a file names, by lines such as ``CELL [EXAMPLE]``."""
    try:
        lines = set(path.read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError) as error:
        msg = f"--only: cannot read {path} ({error}); or say failed, unknown"
        raise UserError(msg) from None
    names = [cell.identifier for cell in plan.cells]
    listed = {n: {t for t in plan.tests if n in lines or f"{n} {t}" in lines} for n in names}
    if not any(listed.values()):
        msg = f"--only: no line of {path} names a selected cell (as `tfcompat plan` shows them)"
        raise UserError(msg)
    return listed
