"""The main job: load study -> plan grid -> build environment -> run examples -> compare -> store.

The first two steps are ``planning``; ``job`` sees to all cells at once; for each, ``evaluate``
builds, runs and stores, and ``judge`` compares.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.environments import containers, interpreters
from tfcompat.environments.containers import ContainerError
from tfcompat.environments.disk_budget import Disk
from tfcompat.environments.pool import EnvironmentPool
from tfcompat.environments.uv import fetch_python
from tfcompat.errors import SelectionError, UserError
from tfcompat.execution import workspace
from tfcompat.execution.cell import Bench
from tfcompat.execution.launcher_client import RunLimits
from tfcompat.execution.resources import Slots
from tfcompat.execution.scheduler import Job
from tfcompat.planning.plan import container_choice, make_plan
from tfcompat.planning.schema import check_resolve
from tfcompat.results.campaign import Campaign
from tfcompat.results.timings import History
from tfcompat.results.verdicts import CauseKind, Verdict
from tfcompat.util import host, processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tfcompat.execution.launcher_client import Isolation
    from tfcompat.execution.progress import Progress
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan, Selection
    from tfcompat.results.schema import CellResult


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What a command line asks of ``run``; None stands for what the study says."""

    results: Path | None = None
    jobs: int | None = None
    resolve: str | None = None
    isolation: Isolation = "warm"
    timeout: float | None = None
    force: bool = False
    only: str | None = None
    keep: bool = False


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """What a campaign came to: the cells selected, as stored, and the exit code that says it."""

    cells: tuple[CellResult, ...]
    tests: tuple[str, ...]
    exit_code: int

    def as_json(self) -> list[dict[str, object]]:
        """Return what became of each cell, in short: the whole is in its result file."""
        return [
            {
                "identifier": cell.identifier,
                "verdict": cell.verdict and cell.verdict.value,
                "cause": cell.cause and cell.cause.as_json(),
                "examples": {
                    t: cell.examples[t].verdict.value for t in self.tests if t in cell.examples
                },
            }
            for cell in self.cells
        ]


def run(selection: Selection, options: RunOptions, progress: Progress) -> RunSummary:
    """Evaluate every selected cell and store its result; verdicts are in what is returned.

    Raises UserError for what the user has to change before anything is tried.
    """
    return evaluate_plan(make_plan(selection), options, progress)


def evaluate_plan(plan: Plan, options: RunOptions, progress: Progress) -> RunSummary:
    """Do the same for every cell of a plan that is at hand."""
    for note in plan.study.notes():
        progress.say(note)
    campaign = Campaign(options.results or plan.study.results)
    with (
        containers.cleaned(plan.cache),
        processes.interruptible(),
        open_bench(plan, campaign, options, progress) as bench,
    ):
        plan = fetch_missing(plan, bench, force=options.force)
        job = Job(plan, bench, again=_again(plan, campaign, options))
        progress.begin([cell.identifier for cell in plan.cells])
        without = {}
        # Closed at once, whatever happens here: it is what stops the cells that still run.
        with closing(job.run(plan.cells)) as evaluated:
            for cell in evaluated:
                progress.finished(cell)
                if cell.verdict:
                    without[cell.identifier] = cell
        # What a later cell was the baseline of has its verdict only now.
        judged = job.judge_all()
        names = [cell.identifier for cell in plan.cells]
        ended = [without[name] if name in without else judged[name] for name in names]
    for note in (*plan.index.notes, *campaign.damaged):
        progress.say(note)
    unknown = any(is_unknown(cell, plan.tests) for cell in ended)
    return RunSummary(cells=tuple(ended), tests=plan.tests, exit_code=3 if unknown else 0)


def is_unknown(cell: CellResult, tests: Iterable[str]) -> bool:
    """Tell whether anything that was asked of a cell is still unknown."""
    return cell.verdict is Verdict.UNKNOWN or any(
        cell.examples[test].verdict is Verdict.UNKNOWN for test in tests if test in cell.examples
    )


@contextmanager
def open_bench(
    plan: Plan, campaign: Campaign, options: RunOptions, progress: Progress
) -> Iterator[Bench]:
    """Yield everything that evaluating cells of a plan needs; at the end nothing of it is left.

    Raises UserError where the results folder or the cache cannot serve.
    """
    analysis = plan.study.analysis
    host.raise_open_file_limit()
    try:
        resolve = check_resolve(options.resolve or analysis.resolve)
    except ValueError as error:
        msg = f"--resolve: {error}"
        raise SelectionError(msg) from None
    campaign.open(dependency=analysis.dependency, resolve=resolve)
    with workspace.open_workspace(plan.cache) as folder:
        shown = workspace.take_copy(
            plan.study.root, plan.study.shown(), folder / "study", campaign.folder, plan.cache
        )
        if shown.foreign:
            count = len(shown.foreign)
            name = shown.foreign[0]
            progress.say(f"runs see copies of {count} files outside of the study, such as {name}")
        yield Bench(
            study=plan.study,
            campaign=campaign,
            index=plan.index,
            cache=plan.cache,
            workspace=folder,
            shown=shown,
            progress=progress,
            resolve=resolve,
            limits=RunLimits(
                timeout=float(options.timeout or analysis.timeout),
                output=analysis.output,
                memory=analysis.memory,
                threads=analysis.threads,
            ),
            isolation=options.isolation,
            slots=Slots(plan.cache / "cores", options.jobs or len(host.usable_cores())),
            shelf=EnvironmentPool(
                plan.cache / "environments" if options.keep else folder, keep=options.keep
            ),
            disk=Disk(plan.cache, analysis.disk),
            history=History(campaign.history()),
        )


def fetch_missing(plan: Plan, bench: Bench, *, force: bool) -> Plan:
    """Bring the Pythons that cells lack, through uv or in a container, and plan again."""
    return _open_images(_fetch_pythons(plan, bench, force=force), bench)


def _lacking(plan: Plan) -> Iterator[Cell]:
    """Yield the cells, and those of baselines, whose Python is not here."""
    for cell in (*plan.cells, *map(plan.baseline, plan.tests)):
        if cell and cell.cause and cell.cause.kind is CauseKind.NO_INTERPRETER:
            yield cell


def _open_images(plan: Plan, bench: Bench) -> Plan:
    """Look for the Pythons that are still missing in images, and plan again."""
    opened = []
    refused = dict(plan.refused)
    for python in sorted({cell.python for cell in _lacking(plan) if cell.contained}):
        container = container_choice(plan.study.analysis.container)
        try:
            image = containers.image_for(container, python, offline=bench.index.offline)
            containers.note_use(bench.cache)
            opened.append(interpreters.in_image(image, python))
            bench.progress.say(f"Python {python}: {image.engine} has {image.reference}")
        except ContainerError as error:
            here = "" if plan.study.prefers_container(python) else f"no Python {python} here: "
            refused[python] = f"{here}{error}"
    if not opened and refused == plan.refused:
        return plan
    return replace(plan, found=(*plan.found, *opened), refused=refused).again()


def _fetch_pythons(plan: Plan, bench: Bench, *, force: bool) -> Plan:
    """Have uv fetch the Pythons that cells lack, unless that failed of late, and plan again."""
    wanted = {cell.python for cell in _lacking(plan) if cell.fetchable}
    attempts = bench.campaign.attempts()
    fetched = False
    for python in sorted(wanted):
        if bench.index.offline or (attempts.get(python) and not force):
            continue
        bench.progress.say(f"fetching Python {python} through uv")
        attempts[python] = fetch_python(python, bench.cache)
        fetched = fetched or attempts[python] is None
        bench.campaign.store_attempts(attempts)
        if attempts[python]:
            bench.progress.say(f"uv could not fetch Python {python}: {attempts[python]}")
    if not fetched:
        return plan
    found, _ = interpreters.find(folder=bench.cache)
    here = [one for one in found if not plan.study.prefers_container(one.python)]
    return replace(plan, found=tuple(here)).again()


def _again(plan: Plan, campaign: Campaign, options: RunOptions) -> Callable[[str], set[str]]:
    """Return which examples of a cell have to run again although their runs are stored.

    Raises UserError where ``--only`` names a file that selects nothing.
    """
    if options.force:
        return lambda _: set(plan.tests)
    if options.only is None:
        return lambda _: set()
    if options.only not in ("failed", "unknown"):
        return _listed(plan, Path(options.only)).__getitem__

    def again(identifier: str) -> set[str]:
        known = campaign.known(identifier)
        examples = known.examples if known else {}
        return {t for t in plan.tests if t in examples and examples[t].verdict == options.only}

    return again


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
