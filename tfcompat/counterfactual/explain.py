"""Explains other results: makes the runs of experiments, and stores the causes that they find.

The experiments on several examples go on side by side, so that one environment serves them all.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from tfcompat.counterfactual.experiment import Case, Experiment, Observed
from tfcompat.counterfactual.failing import FailingCase, find_package
from tfcompat.judging.judge import STORED, Judge, installed_packages, side_of
from tfcompat.planning.judging_rules import judging_rules
from tfcompat.planning.notebooks import is_notebook
from tfcompat.results.schema import example_of_stored
from tfcompat.results.verdicts import CauseKind, Verdict
from tfcompat.util import processes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tfcompat.counterfactual.experiment import Request, Steps
    from tfcompat.execution.evaluation import Evaluation
    from tfcompat.execution.variants import Variant, VariantRunner
    from tfcompat.judging.output.sides import Side
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan
    from tfcompat.results.campaign_store import CampaignStore
    from tfcompat.results.schema import CellResult, Example
    from tfcompat.results.verdicts import Cause


# So many variants are made at once: beyond two, machines are as busy as they can be.
_AT_ONCE = 2

FoundT = TypeVar("FoundT")
KeyT = TypeVar("KeyT")


@dataclass(frozen=True, kw_only=True)
class Neighbours:
    """Two cells between which an example, named by its path, begins to give another result.

    ``old`` gives that of the baseline, ``new`` does not. ``beyond`` are the cells on the other side
    of ``new`` that give another result as well, the nearest first.
    """

    test: str
    old: Cell
    new: Cell
    beyond: tuple[Cell, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """The cell that is to be explained, by its identifier, and the example."""
        return self.new.identifier, self.test


def explain(
    plan: Plan,
    evaluation: Evaluation,
    pairs: Sequence[Neighbours],
    results: Mapping[str, CellResult],
) -> dict[str, CellResult]:
    """Find out why each second cell of some pairs gives another result, and store the causes.

    ``results`` are the judged cells, by identifier. Returns those of them to which a cause was
    added. What is explained already, or cannot be tried here, is left as it is.
    """
    if evaluation.variants is None:
        return {}
    judge = Judge(judging_rules(plan.study))
    found = ((pair.key, _case(plan, pair, results)) for pair in pairs)
    cases = {key: case for key, case in found if case is not None}
    open_cases = {key: case for key, case in cases.items() if not _is_explained(case.new.example)}
    if open_cases:
        releases = dict.fromkeys(case.new.cell.release for case in open_cases.values())
        evaluation.progress.say(f"finding out why the result differs: {', '.join(releases)}")
    steps = {key: Experiment(case, judge).steps() for key, case in open_cases.items()}
    causes: dict[tuple[str, str], Cause] = carry_out(steps, evaluation.variants)
    for pair in pairs:
        if pair.key in cases:
            cause = causes.get(pair.key) or cases[pair.key].new.example.cause
            causes |= _of_those_beyond(pair, cases[pair.key], cause, judge, results)
    return _store(evaluation.store, causes)


def explain_failures(
    plan: Plan,
    evaluation: Evaluation,
    pairs: Sequence[Neighbours],
    results: Mapping[str, CellResult],
) -> dict[str, CellResult]:
    """Find out whether a package beside the library makes the second cell of some pairs fail.

    Returns the cells whose causes name one from then on; what is stored stays as it was judged.
    """
    if evaluation.variants is None:
        return {}
    found = ((pair.key, _failing(plan, pair, results)) for pair in pairs)
    cases = {key: case for key, case in found if case is not None and case.is_open}
    if not cases:
        return {}
    releases = dict.fromkeys(case.bad.cell.release for case in cases.values())
    evaluation.progress.say(f"finding out whether a package is at fault: {', '.join(releases)}")
    steps = {key: find_package(case) for key, case in cases.items()}
    changed: dict[str, CellResult] = {}
    for (identifier, test), cause in carry_out(steps, evaluation.variants).items():
        if cause is not None:
            cell = changed.get(identifier) or results[identifier]
            example = cell.examples[test].model_copy(update={"cause": cause})
            changed[identifier] = cell.model_copy(
                update={"examples": {**cell.examples, test: example}}
            )
    return changed


def _failing(plan: Plan, pair: Neighbours, results: Mapping[str, CellResult]) -> FailingCase | None:
    good, bad = (_side(cell, pair.test, results) for cell in (pair.old, pair.new))
    if good is None or bad is None or bad.example.verdict is not Verdict.FAILED:
        return None
    study = plan.study
    return FailingCase(
        test=pair.test,
        good=good,
        bad=bad,
        library=study.library,
        module=study.module,
    )


def _case(plan: Plan, pair: Neighbours, results: Mapping[str, CellResult]) -> Case | None:
    """Return what experiments on a pair need; None where it is not stored, or not different."""
    old, new = (_side(cell, pair.test, results) for cell in (pair.old, pair.new))
    if old is None or new is None or new.example.verdict is not Verdict.DIFFERENT:
        return None
    baseline = _baseline(new.example, pair.test, results)
    if baseline is None or old.example.verdict is not Verdict.SAME:
        return None
    study = plan.study
    return Case(
        test=pair.test,
        baseline=baseline,
        old=old,
        new=new,
        swapped=_swapped(plan, pair),
        library=study.library,
        module=study.module,
        script=study.command(pair.test).script,
        source=source_of(study.file(pair.test)),
    )


def _baseline(example: Example, test: str, results: Mapping[str, CellResult]) -> Side | None:
    """Return what an example was compared with; None where that is not there any more."""
    if example.stored_output is not None:
        return side_of(STORED, example_of_stored(example.stored_output), None)
    reference = results.get(example.baseline or "")
    baseline = reference.examples.get(test) if reference else None
    if reference is None or baseline is None:
        return None
    return side_of(reference.identifier, baseline, installed_packages(reference))


def source_of(file: Path) -> bytes:
    """Return a script, in which arguments can be passed; nothing for a notebook, which is JSON."""
    if is_notebook(file):
        return b""
    try:
        return file.read_bytes()
    except OSError:
        return b""


def _side(cell: Cell, test: str, results: Mapping[str, CellResult]) -> Observed | None:
    result = results.get(cell.identifier)
    example = result.examples.get(test) if result else None
    if result is None or example is None:
        return None
    return Observed(cell=cell, result=result, example=example)


def _swapped(plan: Plan, pair: Neighbours) -> tuple[Cell | None, Cell | None]:
    """Return the cells of a pair on the Pythons of each other, as far as they can be tried."""
    if pair.old.python == pair.new.python:
        return None, None
    found = (
        plan.cell(pair.new.release, pair.old.python),
        plan.cell(pair.old.release, pair.new.python),
    )
    new_there, old_there = (cell if cell.cause is None else None for cell in found)
    return new_there, old_there


def _is_explained(example: Example) -> bool:
    return example.cause is not None and example.cause.evidence is not None


def carry_out(steps: Mapping[KeyT, Steps[FoundT]], runner: VariantRunner) -> dict[KeyT, FoundT]:
    """Carry out experiments side by side, and return what they find, under the same keys.

    Variants that no other one waits for are run at once, a few at a time.
    """
    found: dict[KeyT, FoundT] = {}
    waiting: dict[KeyT, Request] = {}

    def send(key: KeyT, result: CellResult | None) -> None:
        try:
            waiting[key] = steps[key].send(result)
        except StopIteration as end:
            found[key] = end.value

    for key in steps:
        send(key, None)
    pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="variant")
    try:
        while waiting:
            requests, waiting = waiting, {}
            groups = list(_by_variant(requests))
            joint = [_joined([requests[key] for key in keys]) for keys in groups]
            results = pool.map(lambda one: runner.run(*one), joint)
            for keys, result in zip(groups, results, strict=True):
                for key in keys:
                    send(key, result)
    except BaseException:
        processes.interrupt()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    return found


def _joined(requests: Sequence[Request]) -> tuple[Variant, dict[str, int]]:
    """Return the variant of requests that have the same one, and the runs wanted by any."""
    wanted: dict[str, int] = {}
    for one in requests:
        wanted[one.example] = max(one.runs, wanted.get(one.example, 0))
    return requests[0].variant, wanted


def _by_variant(requests: Mapping[KeyT, Request]) -> Iterator[list[KeyT]]:
    """Yield which requests are for one variant: their runs share its environment."""
    groups: dict[str, list[KeyT]] = {}
    for key, request in requests.items():
        groups.setdefault(request.variant.cell.identifier, []).append(key)
    yield from groups.values()


def _of_those_beyond(
    pair: Neighbours,
    case: Case,
    cause: Cause | None,
    judge: Judge,
    results: Mapping[str, CellResult],
) -> dict[tuple[str, str], Cause]:
    """Return the cause of a cell for those beyond it that give the very same result."""
    if cause is None or cause.evidence is None or cause.kind is CauseKind.UNEXPLAINED:
        return {}
    release = case.new.cell.release
    message = f"as {release}: {cause.message}"
    inherited = replace(cause, message=message, evidence=f"it gives the result of {release}")
    found = {}
    for cell in pair.beyond:
        side = _side(cell, pair.test, results)
        if side is None or _is_explained(side.example):
            continue
        if side.example.verdict is not Verdict.DIFFERENT:
            break
        if judge.compare(pair.test, case.new.side, side.side).equal:
            found[cell.identifier, pair.test] = inherited
    return found


def _store(store: CampaignStore, causes: Mapping[tuple[str, str], Cause]) -> dict[str, CellResult]:
    """Write causes into the cells of a campaign, and return these cells by identifier."""
    written = {}
    for identifier in dict.fromkeys(identifier for identifier, _ in causes):
        with store.judging():
            cell = store.cell(identifier)
            if cell is None:
                continue
            examples = dict(cell.examples)
            for test in _tests(causes, identifier):
                if test in examples and examples[test].verdict is Verdict.DIFFERENT:
                    update = {"cause": causes[identifier, test]}
                    examples[test] = examples[test].model_copy(update=update)
            written[identifier] = cell.model_copy(update={"examples": examples})
            store.write(written[identifier])
    return written


def _tests(causes: Iterable[tuple[str, str]], identifier: str) -> Iterator[str]:
    yield from (test for name, test in causes if name == identifier)
