"""One cell, from its stored state to its result: build, run, store. Failures are data here.

A cell is worked on under its lock. What is stored and still valid is never run again; every run
is stored as it ends, so that whatever happens, the next one goes on from there.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

from tfcompat import __version__
from tfcompat.environments import export, interpreters
from tfcompat.environments.base import Backend, BuildFailure, Environment, Order, constraints_at
from tfcompat.environments.containers import ContainerError
from tfcompat.environments.installer_errors import InstallerStopped
from tfcompat.environments.uv import UvBackend
from tfcompat.environments.virtualenv import LegacyBackend
from tfcompat.errors import IndexUnavailableError, InterruptedRunError
from tfcompat.execution.launcher import content_hash
from tfcompat.execution.launcher_client import Isolation, RunFault, RunLimits
from tfcompat.execution.rounds import Rounds
from tfcompat.planning.schema import resolve_date
from tfcompat.results.schema import (
    IMPORT_PHASE,
    Build,
    CellEnvironment,
    CellResult,
    Example,
    Inputs,
    Wheel,
    example_of,
)
from tfcompat.results.timings import measure_cost
from tfcompat.results.verdicts import Cause, CauseKind, Verdict
from tfcompat.util import host, processes

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from tfcompat.environments.disk_budget import Disk
    from tfcompat.environments.index.client import PackageIndex
    from tfcompat.environments.pool import EnvironmentPool
    from tfcompat.execution.progress import Progress
    from tfcompat.execution.resources import Slots
    from tfcompat.execution.workspace import Shown
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.study import Study
    from tfcompat.results.campaign import Campaign
    from tfcompat.results.timings import History


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Everything that evaluating any cell of a campaign needs."""

    study: Study
    campaign: Campaign
    index: PackageIndex
    cache: Path
    workspace: Path
    shown: Shown
    progress: Progress
    resolve: str
    limits: RunLimits
    isolation: Isolation
    slots: Slots
    shelf: EnvironmentPool
    disk: Disk
    history: History

    def key(self, test: str) -> str:
        """Return what identifies a run of an example, but for the cell it is made in."""
        parts = [
            self.shown.key(test, self.study.tests),
            content_hash(),
            json.dumps(asdict(self.limits), sort_keys=True),
            " ".join(host.host().cpu_flags),
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def evaluate(
    bench: Bench,
    cell: Cell,
    wanted: Mapping[str, int],
    *,
    again: Collection[str] = (),
    confirm: Callable[[str, Example], int] = lambda _test, example: len(example.all_runs),
    finish: bool = True,
) -> CellResult:
    """Bring a cell to where each of ``wanted`` has as many runs as asked, and return it.

    ``again`` are examples whose stored runs do not count. ``confirm`` is asked after an example's
    first run how many runs it needs in all. Without ``finish`` the cell stays unfinished: it was
    needed as a baseline, and other examples have yet to run in it.
    """
    with bench.campaign.working_on(cell.identifier):
        spec = _specification(bench, cell)
        known = bench.campaign.known(cell.identifier)
        if known is None or not _same_cell(known, spec):
            known = None
        stored = _valid_runs(bench, known, again) if known else {}
        todo = {t: _needed(stored.get(t), n, partial(confirm, t)) for t, n in wanted.items()}
        todo = {t: n for t, n in todo.items() if t not in stored or _short(stored[t], n)}
        if known is not None and not todo:
            return _finished(bench, known.model_copy(update={"examples": stored}), finish=finish)
        if known is not None and known.verdict is Verdict.UNBUILDABLE and not again:
            return known
        return _make(bench, cell, spec, stored, todo, confirm, finish=finish)


def _make(
    bench: Bench,
    cell: Cell,
    spec: CellEnvironment,
    stored: Mapping[str, Example],
    todo: Mapping[str, int],
    confirm: Callable[[str, Example], int],
    *,
    finish: bool,
) -> CellResult:
    if cell.cause is not None:
        return _without_environment(bench, cell, spec, _failure_of(cell.cause))
    built = bench.shelf.environment(cell.identifier, partial(_build, bench, cell))
    if isinstance(built, BuildFailure):
        return _without_environment(bench, cell, spec, built)
    environment = spec.model_copy(
        update={"backend": built.backend, "phases": built.phases, "lock": built.lock}
    )
    known = bench.campaign.known(cell.identifier)
    before = known.environment if known else None
    same = before is not None and before.lock == built.lock
    record = CellResult(
        inputs=_inputs(bench, cell, export.containerfile(cell, built)),
        environment=environment,
        freeze=[f"{line}\n" for line in built.freeze],
        build=Build(retval=0),
        # Runs of another set of packages are runs of another cell.
        examples=dict(stored) if same else {},
    )
    # The imports of the runs that stay count with those to come.
    imported = before.phases.get(IMPORT_PHASE, 0.0) if before and record.examples else 0.0
    bench.campaign.begin(record)
    rounds = Rounds(bench, cell, built)
    try:
        examples = _run_all(bench, cell, rounds, dict(record.examples), todo, confirm)
        processes.check()
    except (RunFault, InterruptedRunError, KeyboardInterrupt) as fault:
        return _unfinished(bench, record, fault)
    finally:
        if imported + rounds.import_seconds:
            record = record.with_phase(IMPORT_PHASE, imported + rounds.import_seconds)
            bench.campaign.store_cell(record)
    ended = record.model_copy(update={"examples": examples})
    made = measure_cost({test: examples[test] for test in todo})
    bench.campaign.store_history(cell.identifier, bench.history.add(cell.identifier, made))
    return _finished(bench, ended, finish=finish)


def _unfinished(bench: Bench, record: CellResult, fault: BaseException) -> CellResult:
    """Store why not all runs of a cell could be made; an interrupt goes on as one."""
    if isinstance(fault, RunFault) and not processes.interrupted():
        return _unknown(bench, record, Cause(kind=CauseKind.TOOL, message=str(fault)))
    message = "stopped before all of its examples had run"
    _unknown(bench, record, Cause(kind=CauseKind.INTERRUPTED, message=message))
    raise InterruptedRunError(message) from fault


def _unknown(bench: Bench, record: CellResult, cause: Cause) -> CellResult:
    unknown = record.model_copy(update={"verdict": Verdict.UNKNOWN, "cause": cause, "examples": {}})
    bench.campaign.store_unknown(unknown)
    return unknown


def _finished(bench: Bench, cell: CellResult, *, finish: bool) -> CellResult:
    if finish:
        bench.campaign.finish(cell)
    return cell


def _specification(bench: Bench, cell: Cell) -> CellEnvironment:
    """Return what a cell is asked to be, before anything is made."""
    cut_off = cut_off_of(bench.resolve, cell)
    wheel = cell.wheel
    return CellEnvironment(
        release=cell.release,
        python=cell.python,
        resolve=bench.resolve,
        cut_off=cut_off.isoformat() if cut_off else None,
        wheel=wheel
        and Wheel(
            filename=wheel.filename,
            sha256=wheel.sha256,
            upload_time=wheel.upload_time.isoformat() if wheel.upload_time else None,
            size=wheel.size,
        ),
        interpreter=interpreters.as_json(cell.interpreter) if cell.interpreter else {},
        host=asdict(host.host()),
        tool={"name": "tfcompat", "version": __version__, **_engine(cell)},
        requirements=list(bench.study.analysis.requirements),
        limits=asdict(bench.limits),
    )


def _engine(cell: Cell) -> dict[str, str]:
    image = cell.interpreter.image if cell.interpreter else None
    return {"engine": f"{image.engine} {image.version}"} if image else {}


def cut_off_of(resolve: str, cell: Cell) -> dt.datetime | None:
    """Return the instant that resolution pretends it is; None for today."""
    if resolve == "latest":
        return None
    return cell.cut_off if resolve == "release" else resolve_date(resolve)


def is_current(bench: Bench, cell: Cell, stored: CellResult) -> bool:
    """Tell whether what is stored of a cell was made from what it would be made from now."""
    return _same_cell(stored, _specification(bench, cell))


def _same_cell(known: CellResult, spec: CellEnvironment) -> bool:
    """Tell whether a stored cell is the one that is asked for, by what it was made from."""
    if known.environment is None:
        return False
    names = ("release", "python", "resolve", "cut_off", "wheel", "interpreter", "requirements")
    return all(getattr(known.environment, name) == getattr(spec, name) for name in names)


def _valid_runs(bench: Bench, known: CellResult, again: Collection[str]) -> dict[str, Example]:
    """Return the stored examples that need not run again, and those the study no longer has."""
    return {
        test: example
        for test, example in known.examples.items()
        if test not in bench.study.tests or (test not in again and example.key == bench.key(test))
    }


def _needed(example: Example | None, wanted: int, confirm: Callable[[Example], int]) -> int:
    """Return how many runs an example needs: what differs has to be confirmed, also later."""
    if example is None or example.failure is not None:
        return wanted
    return max(wanted, confirm(example))


def _short(example: Example, wanted: int) -> bool:
    return len(example.all_runs) < wanted and example.failure is None


def _build(bench: Bench, cell: Cell, folder: Path) -> Environment | BuildFailure:
    assert cell.interpreter is not None  # noqa: S101 - a cell without one has a cause
    bench.progress.stage(cell.identifier, "building")
    cut_off = cut_off_of(bench.resolve, cell)
    if cut_off is None and bench.resolve != "latest":
        message = "the index gives no upload times, so nothing can be resolved as of a date"
        return _failure_of(Cause(kind=CauseKind.NO_UPLOAD_TIMES, message=message))
    kind = LegacyBackend if cell.python == "2.7" else UvBackend
    backend: Backend = kind(bench.cache, bench.index)
    try:
        order = Order(
            cell=cell,
            interpreter=cell.interpreter,
            requirements=bench.study.analysis.requirements,
            cut_off=cut_off,
            constraints=constraints_at(cut_off, bench.index) if cut_off else (),
            folder=folder,
            linked=not bench.shelf.keep,
            owner=bench.workspace,
        )
        obstacle = bench.disk.obstacle(cell)
        if obstacle is not None:
            return _failure_of(obstacle)
        with bench.disk.installing():
            built = backend.build(order)
        if isinstance(built, Environment):
            bench.disk.touch(built.lock, *(built.sandbox.layers if built.sandbox else ()))
    except IndexUnavailableError as error:
        return _failure_of(Cause(kind=CauseKind.NETWORK, message=str(error)))
    except (ContainerError, InstallerStopped) as error:
        return _failure_of(Cause(kind=CauseKind.TOOL, message=str(error)))
    except OSError as error:
        return _failure_of(Cause(kind=CauseKind.DISK, message=str(error)))
    return built


def _failure_of(cause: Cause) -> BuildFailure:
    verdict = Verdict.UNBUILDABLE if cause.kind is CauseKind.NO_WHEEL else Verdict.UNKNOWN
    return BuildFailure(verdict=verdict, cause=cause, error="")


def _without_environment(
    bench: Bench, cell: Cell, spec: CellEnvironment, failure: BuildFailure
) -> CellResult:
    error = [line + "\n" for line in failure.error.splitlines()]
    tried = failure.cause.kind is not CauseKind.NO_WHEEL
    result = CellResult(
        inputs=_inputs(bench, cell, ""),
        environment=spec.model_copy(update={"phases": failure.phases}),
        build=Build(retval=1, error=error or [failure.cause.message + "\n"]) if tried else None,
        verdict=failure.verdict,
        cause=failure.cause,
    )
    if failure.verdict is Verdict.UNKNOWN:
        bench.campaign.store_unknown(result)
    else:
        bench.campaign.finish(result)
    return result


def _inputs(bench: Bench, cell: Cell, dockerfile: str) -> Inputs:
    # Paths as caliper's scripts join them, relative so that a file says nothing of the machine.
    return Inputs(
        dependency=cell.dependency,
        name=cell.identifier,
        outfile=f"{cell.identifier}.json",
        outdir=".",
        dockerfile=dockerfile,
        tests="\n".join(bench.study.tests),
    )


def _run_all(
    bench: Bench,
    cell: Cell,
    rounds: Rounds,
    done: dict[str, Example],
    todo: Mapping[str, int],
    confirm: Callable[[str, Example], int],
) -> dict[str, Example]:
    """Run in rounds: each repeat comes from a launcher of its own, shared by all who need it."""
    runs = {test: done[test].all_runs if test in done else [] for test in todo}
    needed = dict(todo)
    for number in itertools.count(1):
        pending = [test for test in todo if len(runs[test]) < needed[test]]
        if not pending:
            return done
        pending = bench.history.longest_first(cell.identifier, pending)
        bench.progress.running(cell.identifier, number, len(pending))
        for test, run in rounds.one(pending):
            runs[test].append(run)
            example = example_of(runs[test], key=bench.key(test))
            done[test] = example
            bench.campaign.store_run(cell.identifier, test, example)
            bench.progress.ran(cell.identifier, test)
            if run.retval != 0:
                # A run that fails is a verdict by itself; more of them would not be compared.
                needed[test] = len(runs[test])
            elif len(runs[test]) == 1:
                needed[test] = max(needed[test], confirm(test, example))
    raise AssertionError  # a count has no end
