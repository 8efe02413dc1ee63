"""The main job: load study -> plan grid -> build environment -> run examples -> compare -> store.

The first two steps are ``planning``; for each cell, baselines first, ``evaluate`` builds, runs and
stores, and ``judge`` compares.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat import clusters, interpreters, machine, workspace
from tfcompat.campaign import Campaign
from tfcompat.environments.uv import fetch_python
from tfcompat.errors import SelectionError, UserError
from tfcompat.evaluate import Bench, evaluate
from tfcompat.judge import Judge, Reference, judge_cell, newest_passing
from tfcompat.planning import make_plan
from tfcompat.runs import Limits
from tfcompat.study import check_resolve
from tfcompat.verdicts import CauseKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tfcompat.grid import Cell
    from tfcompat.planning import Plan, Selection
    from tfcompat.progress import Progress
    from tfcompat.results import CellResult, Example
    from tfcompat.runs import Isolation

RESULTS = "results"


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What a command line asks of ``run``; None stands for what the study says."""

    results: Path | None = None
    jobs: int | None = None
    resolve: str | None = None
    isolation: Isolation = "fresh"
    timeout: float | None = None
    force: bool = False
    only: str | None = None
    keep: bool = False


@dataclass(frozen=True, kw_only=True)
class Ended:
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


def run(selection: Selection, options: RunOptions, progress: Progress) -> Ended:
    """Evaluate every selected cell and store its result; verdicts are in what is returned.

    Raises UserError for what the user has to change before anything is tried.
    """
    plan = make_plan(selection)
    for note in plan.study.notes():
        progress.say(note)
    campaign = Campaign(options.results or plan.study.root / RESULTS)
    with _bench(plan, campaign, options, progress) as bench:
        plan = _fetch_missing(plan, bench, force=options.force)
        job = Job(plan, bench, again=_again(plan, campaign, options))
        progress.begin([cell.identifier for cell in plan.cells])
        ended = []
        for cell in plan.cells:
            ended.append(job.evaluate(cell))
            progress.finished(ended[-1])
        # What a later cell was the baseline of has its verdict only now.
        judged = job.judge_all()
        ended = [cell if cell.verdict else judged[cell.identifier] for cell in ended]
    for note in (*plan.index.notes, *campaign.damaged):
        progress.say(note)
    unknown = any(is_unknown(cell, plan.tests) for cell in ended)
    return Ended(cells=tuple(ended), tests=plan.tests, exit_code=3 if unknown else 0)


def is_unknown(cell: CellResult, tests: Iterable[str]) -> bool:
    """Tell whether anything that was asked of a cell is still unknown."""
    return cell.verdict is Verdict.UNKNOWN or any(
        cell.examples[test].verdict is Verdict.UNKNOWN for test in tests if test in cell.examples
    )


@contextmanager
def _bench(
    plan: Plan, campaign: Campaign, options: RunOptions, progress: Progress
) -> Iterator[Bench]:
    analysis = plan.study.analysis
    try:
        resolve = check_resolve(options.resolve or analysis.resolve)
    except ValueError as error:
        msg = f"--resolve: {error}"
        raise SelectionError(msg) from None
    campaign.open(dependency=analysis.dependency, resolve=resolve)
    with workspace.open_workspace(plan.cache) as folder:
        shown = workspace.take_copy(
            plan.study.root, plan.study.shown(), folder / "study", campaign.folder
        )
        yield Bench(
            study=plan.study,
            campaign=campaign,
            index=plan.index,
            cache=plan.cache,
            workspace=folder,
            shown=shown,
            progress=progress,
            resolve=resolve,
            limits=Limits(
                timeout=options.timeout or analysis.timeout,
                output=analysis.output,
                memory=analysis.memory,
                threads=analysis.threads,
            ),
            isolation=options.isolation,
            jobs=options.jobs or len(machine.usable_cores()),
            keep=options.keep,
        )


def _fetch_missing(plan: Plan, bench: Bench, *, force: bool) -> Plan:
    """Have uv fetch the Pythons that cells lack, each once a campaign, and plan again."""
    baselines = map(plan.baseline, plan.tests)
    wanted = {
        cell.python
        for cell in (*plan.cells, *baselines)
        if cell and cell.fetchable and cell.cause
        if cell.cause.kind is CauseKind.NO_INTERPRETER
    }
    attempts = bench.campaign.attempts()
    fetched = False
    for python in sorted(wanted):
        if bench.index.offline or (python in attempts and not force):
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
    again = replace(plan, found=found)
    return replace(again, cells=tuple(again.cell(c.release, c.python) for c in plan.cells))


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


class Job:
    """The cells of one command, each baseline tried once."""

    def __init__(self, plan: Plan, bench: Bench, again: Callable[[str], set[str]]) -> None:
        self._plan = plan
        self._bench = bench
        self._again = again
        self._judge = Judge(plan.study)
        self._named = {test: plan.baseline(test) for test in plan.study.tests}
        self._keys = {test: bench.key(test) for test in plan.study.tests}
        self._tried: dict[str, CellResult] = {}

    def evaluate(self, cell: Cell) -> CellResult:
        """Bring one cell to its result, its baselines before it, and judge it."""
        repeats = self._bench.study.analysis.repeats
        for baseline in self._baselines(other_than=cell):
            self._try_baseline(baseline)
        references = self._references()

        def confirm(test: str, example: Example) -> int:
            reference = references[test]
            if reference is None or reference.example is None or not reference.named:
                return 1
            if reference.identifier == cell.identifier:
                return 1
            found = self._judge.compare(test, reference.example, example)
            return len(reference.example.all_runs) if found.needs_confirmation else 1

        wanted = {
            test: repeats if self._is_baseline(test, cell) else 1 for test in self._plan.tests
        }
        again = self._again(cell.identifier)
        result = evaluate(self._bench, cell, wanted, again=again, confirm=confirm)
        self._tried[cell.identifier] = result
        if result.verdict is not None:
            return result
        others = any(named is None for named in self._named.values())
        others = others or any(self._is_baseline(test, cell) for test in self._plan.tests)
        return self.judge_all(None if others else cell.identifier)[cell.identifier]

    def _is_baseline(self, test: str, cell: Cell) -> bool:
        named = self._named[test]
        return named is not None and named.identifier == cell.identifier

    def _baselines(self, other_than: Cell) -> list[Cell]:
        named = [self._named[test] for test in self._plan.tests]
        found = {cell.identifier: cell for cell in named if cell is not None}
        found.pop(other_than.identifier, None)
        return [cell for cell in found.values() if cell.identifier not in self._tried]

    def _try_baseline(self, cell: Cell) -> None:
        """Run a baseline where its runs are missing; it may turn out that it cannot be had here."""
        wanted = {
            test: self._bench.study.analysis.repeats
            for test in self._plan.tests
            if self._is_baseline(test, cell)
        }
        self._tried[cell.identifier] = evaluate(self._bench, cell, wanted, finish=False)

    def _references(self) -> dict[str, Reference | None]:
        """Return what each example of the study is held against, from what is stored."""
        campaign = self._bench.campaign
        finished = campaign.cells() if None in self._named.values() else {}
        unknown = campaign.unknown()
        identifiers = {cell.identifier for cell in self._named.values() if cell}
        known = {identifier: campaign.known(identifier) for identifier in identifiers}
        references: dict[str, Reference | None] = {}
        for test, named in self._named.items():
            if named is None:
                references[test] = newest_passing(test, self._keys[test], finished.values())
            else:
                name = named.identifier
                references[test] = self._named_reference(
                    test, named, known[name], unknown.get(name)
                )
        return references

    def _named_reference(
        self, test: str, named: Cell, cell: CellResult | None, unknown: CellResult | None
    ) -> Reference:
        example = cell.examples.get(test) if cell else None
        if example is not None and not self._usable(test, example):
            example = None
        why = "has not run yet"
        for known in (cell, unknown):
            if known is not None and known.cause is not None:
                why = f"could not be had: {known.cause.message}"
        return Reference(
            identifier=named.identifier,
            example=example,
            named=True,
            why=f"the baseline {named.identifier} {why}",
        )

    def _usable(self, test: str, example: Example) -> bool:
        if example.key != self._keys[test]:
            return False
        runs = example.all_runs
        enough = len(runs) >= self._bench.study.analysis.repeats
        return enough or any(run.retval != 0 for run in runs)

    def judge_all(self, only: str | None = None) -> dict[str, CellResult]:
        """Judge all finished cells (or one) anew, write what changed, and return them."""
        campaign = self._bench.campaign
        with campaign.judging():
            references = self._references()
            found = campaign.cell(only) if only else None
            stored = {found.identifier: found} if found else campaign.cells()
            judged = {
                identifier: judge_cell(self._judge, cell, references, self._keys)
                for identifier, cell in stored.items()
            }
            if not only:
                # Since when a symbol is gone can be told from all releases alone.
                judged = clusters.dated(judged)
            for identifier, cell in judged.items():
                if cell != stored[identifier]:
                    campaign.write(cell)
        return judged
