"""Tries what a candidate changes: examples run with it and with what it is compared with."""

from __future__ import annotations

import datetime as dt
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from tfcompat.counterfactual.experiment import Case, Experiment, Observed
from tfcompat.counterfactual.explain import carry_out, source_of
from tfcompat.counterfactual.packages import changed_packages, pins_with
from tfcompat.environments import interpreters
from tfcompat.environments.index.client import PackageIndex
from tfcompat.environments.wheel_source import GIT, WheelMaker
from tfcompat.errors import InterruptedRunError, SelectionError, UserError
from tfcompat.execution import workspace
from tfcompat.execution.evaluation import open_evaluation
from tfcompat.judging.campaign_diff import freeze_of
from tfcompat.judging.judge import Judge
from tfcompat.planning import grid
from tfcompat.planning.default_python import PYTHON_2
from tfcompat.planning.judging_rules import judging_rules
from tfcompat.planning.variants import variant_of
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.verdicts import Verdict
from tfcompat.search.candidate_answers import (
    CandidateAnswer,
    CandidateSide,
    Group,
    untried,
)
from tfcompat.search.request import plan_of
from tfcompat.search.side_by_side import SideBySide
from tfcompat.util import folders, processes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tfcompat.environments.index.client import Release
    from tfcompat.environments.interpreter_record import Interpreter
    from tfcompat.environments.local_wheel import LocalWheel
    from tfcompat.execution.campaign_run import RunOptions
    from tfcompat.execution.evaluation import Evaluation
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan
    from tfcompat.search.candidate_answers import Finding
    from tfcompat.search.request import SearchRequest

# With a time limit, so many examples are run on both sides before others begin.
_AT_ONCE = 8

_NO_TIME = "there was no time left for it (--minutes)"


@dataclass(frozen=True, kw_only=True)
class CandidateQuestion:
    """A candidate, what it is compared with, and the scripts or the study of ``request``.

    ``candidate`` is a wheel, a source distribution, a folder or ``git+URL@REF``; ``against`` one of
    these, a release, or a reference of the candidate's own repository. Without it, it is the newest
    stable release that is not newer than the candidate. ``minutes`` is the time for all of it.
    """

    candidate: str
    against: str | None
    request: SearchRequest
    minutes: float | None = None


def try_candidate(
    question: CandidateQuestion, options: RunOptions, progress: ProgressListener
) -> CandidateAnswer:
    """Run examples with a candidate and with what it is compared with, and tell what changes.

    Raises UserError for what the user has to change, IndexUnavailableError without a network.
    """
    begun = monotonic()
    cache = folders.cache_folder()
    with ExitStack() as stack:
        stack.enter_context(processes.interruptible())
        deadline = stack.enter_context(_time_limit(question.minutes))
        folder = stack.enter_context(workspace.open_workspace(cache))
        subject = _subject(question, cache, folder, progress)
        results = options.results or folder / "results"
        settings = replace(options, resolve="release").settings(subject.plan.study)
        store = CampaignStore(results)
        evaluation = stack.enter_context(
            open_evaluation(subject.plan, store, settings, progress, jobs=options.jobs)
        )
        trial = _Trial(subject, evaluation, deadline, limited=question.minutes is not None)
        findings = trial.run(causes=options.causes)
        old, new = subject.old, trial.new
        return CandidateAnswer(
            candidate=_side(new),
            against=_side(old),
            python=new.python,
            as_of=subject.as_of.isoformat(),
            findings=findings,
            packages=changed_packages(trial.versions(old), trial.versions(new), new.dependency)
            if trial.has_both
            else (),
            seconds=monotonic() - begun,
        )


@contextmanager
def _time_limit(minutes: float | None) -> Iterator[threading.Event]:
    """Yield what is set when the time is over; then everything that runs is ended."""
    over = threading.Event()

    def end() -> None:
        over.set()
        processes.interrupt()

    timer = threading.Timer((minutes or 0) * 60, end)
    timer.daemon = True
    if minutes is not None:
        timer.start()
    try:
        yield over
    finally:
        timer.cancel()


@dataclass(frozen=True, kw_only=True)
class _Subject:
    """The two cells that are compared, of one Python and one instant, and their study."""

    plan: Plan
    old: Cell
    new: Cell
    as_of: dt.datetime


def _subject(
    question: CandidateQuestion, cache: Path, folder: Path, progress: ProgressListener
) -> _Subject:
    """Build what has to be built, and choose what it is compared with, and the Python."""
    request = question.request
    found, _ = interpreters.find(folder=cache)
    pythons = request.selection.pythons
    here = _on(pythons, found)
    index = PackageIndex(cache, offline=request.selection.offline)
    maker = WheelMaker(
        folder=folder / "wheels",
        cache=cache,
        interpreter=here[0],
        index=index.url,
        offline=request.selection.offline,
    )
    progress.say(f"reading {question.candidate}")
    candidate = maker.wheel_of(question.candidate, "candidate")
    plan, _ = plan_of(_request_for(request, candidate))
    if plan.study.analysis.dependency != candidate.project:
        msg = (
            f"the candidate is {candidate.project}, and the study is on "
            f"{plan.study.analysis.dependency}; name scripts, or another study with --study"
        )
        raise SelectionError(msg)
    for note in plan.study.notes():
        progress.say(note)
    old = _against(question, candidate, maker, plan.index.releases(candidate.project))
    interpreter = _interpreter(here, candidate, old, plan)
    as_of = dt.datetime.now(dt.timezone.utc).replace(microsecond=0)
    if isinstance(old, Version):
        old_cell = replace(plan.cell(old, interpreter.python), interpreter=interpreter)
    else:
        old_cell = _local_cell(old, interpreter)
    return _Subject(
        plan=plan,
        old=variant_of(old_cell, as_of=as_of, side="against"),
        new=variant_of(_local_cell(candidate, interpreter), as_of=as_of, side="candidate"),
        as_of=as_of,
    )


def _request_for(request: SearchRequest, candidate: LocalWheel) -> SearchRequest:
    """Return the request for the study: scripts are on the candidate's project."""
    if request.scripts and request.dependency is None:
        return replace(request, dependency=candidate.project)
    return request


def _on(pythons: Sequence[str], found: Sequence[Interpreter]) -> list[Interpreter]:
    """Return the interpreters of one Python, or of all, the newest first and Python 2 last."""
    if len(pythons) > 1:
        msg = "a candidate is tried on one Python; name one with --python"
        raise SelectionError(msg)
    fitting = [one for one in found if not pythons or one.python == pythons[0]]
    if not fitting:
        wanted = f"Python {pythons[0]}" if pythons else "Python"
        msg = f"there is no {wanted} here; `tfcompat doctor` lists those that are"
        raise SelectionError(msg)
    return sorted(fitting, key=lambda one: (one.python != PYTHON_2, one.version), reverse=True)


def _against(
    question: CandidateQuestion,
    candidate: LocalWheel,
    maker: WheelMaker,
    releases: Sequence[Release],
) -> Version | LocalWheel:
    """Return the release, or the wheel, that a candidate is compared with."""
    named = question.against
    if named is None:
        before = [r.version for r in releases if r.stable and r.version <= candidate.version]
        if not before:
            msg = (
                f"no stable release of {candidate.project} is as old as {candidate.version}; say "
                f"what to compare it with by --against"
            )
            raise SelectionError(msg)
        return max(before)
    if not named.startswith(GIT) and not Path(named).exists():
        try:
            return grid.find_version(Version(named), releases).version
        except InvalidVersion:
            named = _reference(question.candidate, named)
        except SelectionError:
            # A tag such as v1.3.2 looks like a release.
            if not _is_repository(question.candidate):
                raise
            named = _reference(question.candidate, named)
    wheel = maker.wheel_of(named, "against")
    if wheel.project != candidate.project:
        msg = f"--against is {wheel.project}, and the candidate {candidate.project}; name the same"
        raise SelectionError(msg)
    return wheel


def _reference(candidate: str, ref: str) -> str:
    """Return the git address of a reference in the candidate's own repository."""
    if candidate.startswith(GIT):
        return f"{candidate.rpartition('@')[0] or candidate}@{ref}"
    if _is_repository(candidate):
        return f"{GIT}{Path(candidate).resolve()}@{ref}"
    msg = f"--against: {ref!r} is neither a release nor a file, nor is {candidate} a git repository"
    raise SelectionError(msg)


def _is_repository(candidate: str) -> bool:
    return candidate.startswith(GIT) or (Path(candidate) / ".git").exists()


def _interpreter(
    here: Sequence[Interpreter], candidate: LocalWheel, old: Version | LocalWheel, plan: Plan
) -> Interpreter:
    """Return the first interpreter that both sides, and the scripts, admit."""
    release = (
        grid.find_version(old, plan.index.releases(candidate.project))
        if isinstance(old, Version)
        else None
    )
    stated = plan.study.requires_python

    def admits(one: Interpreter) -> bool:
        files = [candidate.file, *([old.file] if not isinstance(old, Version) else [])]
        fits = all(
            file.tags & one.tags.keys() and file.allows_python(one.version) for file in files
        )
        if release is not None:
            fits = fits and any(
                file.allows_python(one.version) and (not file.tags or file.tags & one.tags.keys())
                for file in release.files
            )
        return bool(fits) and (stated is None or stated.contains(one.version))

    chosen = next(filter(admits, here), None)
    if chosen is None:
        listed = ", ".join(dict.fromkeys(one.python for one in here))
        msg = (
            f"no Python here admits both {candidate.file.filename} and what it is compared with "
            f"(tried: {listed}); name another with --python"
        )
        raise UserError(msg)
    return chosen


def _local_cell(wheel: LocalWheel, interpreter: Interpreter) -> Cell:
    return grid.Cell(
        dependency=wheel.project,
        version=wheel.version,
        python=interpreter.python,
        wheel=wheel.file,
        interpreter=interpreter,
        local=wheel,
    )


def _side(cell: Cell) -> CandidateSide:
    local = cell.local
    return CandidateSide(
        project=cell.dependency,
        version=cell.release,
        file=local.file.filename if local else "",
        sha256=local.sha256 if local else "",
    )


class _Trial:
    """Runs the examples of a subject on both sides, within its time."""

    def __init__(
        self, subject: _Subject, evaluation: Evaluation, over: threading.Event, *, limited: bool
    ) -> None:
        self._plan = subject.plan
        self._evaluation = evaluation
        self._over = over
        self._limited = limited
        self._old = subject.old
        self.new = subject.new
        self._judge = Judge(judging_rules(subject.plan.study))
        self._sides: SideBySide | None = None
        self._built: dict[str, dict[str, str]] = {}

    @property
    def has_both(self) -> bool:
        """Whether both sides got an environment."""
        return {self._old.identifier, self.new.identifier} <= self._built.keys()

    def versions(self, cell: Cell) -> dict[str, str]:
        """Return the packages of a side that has an environment."""
        return self._built[cell.identifier]

    def run(self, *, causes: bool) -> tuple[Finding, ...]:
        """Return what became of each example; what there was no time for is untried."""
        found: dict[str, Finding] = {}
        runner = self._evaluation.runner
        examples = self._plan.examples
        with ExitStack() as uses:
            try:
                self._acquire(self._old, uses)
                self._acquire(self.new, uses)
                self._share_packages(uses)
                sides = SideBySide(
                    runner, self._judge, self._old, self.new, self._plan.study.module
                )
                for tests in _parts(examples, _AT_ONCE if self._limited else len(examples)):
                    found |= {one.example: one for one in sides.compare(tests)}
                if causes:
                    found |= self._explained(sides, found)
            except InterruptedRunError:
                if not self._over.is_set():
                    raise
        left = untried((one for one in examples if one not in found), _NO_TIME)
        return tuple((found | {one.example: one for one in left})[e] for e in examples)

    def _acquire(self, cell: Cell, uses: ExitStack) -> None:
        self._evaluation.runner.acquire(cell)
        uses.callback(self._evaluation.runner.release, cell)

    def _share_packages(self, uses: ExitStack) -> None:
        """Give the candidate the packages of the other side, unless it asks for others."""
        old = self._evaluation.runner.run(self._old, {})
        if old.verdict is None:
            self._built[self._old.identifier] = versions = freeze_of(old)
            pins = pins_with(versions, (), self._old.dependency)
            held = variant_of(self.new, pins=pins, side="candidate")
            self._acquire(held, uses)
            result = self._evaluation.runner.run(held, {})
            if result.verdict is not Verdict.UNBUILDABLE:
                self.new = held
        new = self._evaluation.runner.run(self.new, {})
        if new.verdict is None:
            self._built[self.new.identifier] = freeze_of(new)

    def _explained(self, sides: SideBySide, found: dict[str, Finding]) -> dict[str, Finding]:
        """Return what gives another result, with the cause that experiments find."""
        variants = self._evaluation.variants
        different = [one for one in found.values() if one.group is Group.DIFFERENT]
        if not different or variants is None:
            return {}
        self._evaluation.progress.say("finding out why results differ")
        steps = {
            (self.new.identifier, one.example): Experiment(
                self._case(sides, one.example), self._judge
            ).steps()
            for one in different
        }
        causes = carry_out(steps, variants)
        return {
            one.example: sides.explained(one, causes[self.new.identifier, one.example])
            for one in different
        }

    def _case(self, sides: SideBySide, test: str) -> Case:
        old, new = (sides.results[cell.identifier] for cell in (self._old, self.new))
        study = self._plan.study
        before = Observed(cell=self._old, result=old, example=old.examples[test])
        return Case(
            test=test,
            baseline=before.side,
            old=before,
            new=Observed(cell=self.new, result=new, example=sides.judged(test)),
            swapped=(None, None),
            library=study.project.title if study.project else study.analysis.dependency,
            module=study.module,
            script=study.command(test).script,
            source=source_of(study.file(test)),
        )


def _parts(items: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    remaining = iter(items)
    while part := tuple(islice(remaining, max(1, size))):
        yield part
