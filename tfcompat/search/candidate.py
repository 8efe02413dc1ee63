"""Tries what a candidate changes: examples run with it and with what it is compared with."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING, TypeAlias

from tfcompat.breaks.asked import AskedSurface
from tfcompat.breaks.forecast import all_uses
from tfcompat.breaks.surface_diff import SurfaceChange, surface_changes
from tfcompat.breaks.survey import Surveyor
from tfcompat.counterfactual.experiment import Case, Experiment, Observed
from tfcompat.counterfactual.explain import carry_out, source_of
from tfcompat.counterfactual.packages import changed_packages, pins_with
from tfcompat.errors import InterruptedRunError, OutOfTimeError, StudyError
from tfcompat.execution import workspace
from tfcompat.execution.evaluation import open_evaluation
from tfcompat.judging.campaign_diff import freeze_of
from tfcompat.judging.judge import Judge
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
from tfcompat.search.candidate_subject import choose_subject, shared_of
from tfcompat.search.side_by_side import SideBySide
from tfcompat.util import folders, processes
from tfcompat.util.time_limit import time_limit

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Iterator, Sequence

    from tfcompat.execution.campaign_run import RunOptions
    from tfcompat.execution.evaluation import Evaluation
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Selection
    from tfcompat.search.candidate_answers import Finding
    from tfcompat.search.candidate_subject import CandidateQuestion, Shared, Subject

# With a time limit, so many examples are run on both sides before others begin.
_AT_ONCE = 8

NO_TIME = "there was no time left for it (--minutes)"

Attempt: TypeAlias = "Callable[[CandidateQuestion, RunOptions, ProgressListener], CandidateAnswer]"


@contextmanager
def open_trials(selection: Selection) -> Iterator[Attempt]:
    """Yield what tries candidates, each built once however often it is tried.

    Raises UserError for what the user has to change.
    """
    cache = folders.cache_folder()
    with workspace.open_workspace(cache) as folder:
        yield partial(try_candidate, shared_of(selection, cache, folder))


def try_candidate(
    shared: Shared, question: CandidateQuestion, options: RunOptions, progress: ProgressListener
) -> CandidateAnswer:
    """Run examples with a candidate and with what it is compared with, and tell what changes.

    Raises UserError for what the user has to change, IndexUnavailableError without a network,
    OutOfTimeError where the time is over before anything could be run.
    """
    begun = monotonic()
    minutes = shared.minutes_left(question.minutes)
    with ExitStack() as stack:
        stack.enter_context(processes.interruptible())
        deadline = stack.enter_context(time_limit(minutes))
        folder = stack.enter_context(workspace.open_workspace(folders.cache_folder()))
        try:
            subject = choose_subject(question, shared, progress)
        except InterruptedRunError:
            if not deadline.is_set():
                raise
            raise OutOfTimeError(NO_TIME) from None
        results = options.results or folder / "results"
        settings = replace(options, resolve="release").settings(subject.plan.study)
        store = CampaignStore(results)
        evaluation = stack.enter_context(
            open_evaluation(subject.plan, store, settings, progress, jobs=options.jobs)
        )
        trial = _Trial(subject, evaluation, deadline, question)
        findings = trial.run(causes=options.causes)
        old, new = subject.old, trial.new
        return CandidateAnswer(
            candidate=_side(new),
            against=_side(old),
            python=new.python,
            as_of=shared.as_of.isoformat(),
            findings=findings,
            packages=changed_packages(trial.versions(old), trial.versions(new), new.dependency)
            if trial.has_both
            else (),
            surface=trial.surface,
            seconds=monotonic() - begun,
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
        self,
        subject: Subject,
        evaluation: Evaluation,
        over: threading.Event,
        question: CandidateQuestion,
    ) -> None:
        self._plan = subject.plan
        self._evaluation = evaluation
        self._over = over
        self._limited = question.minutes is not None
        self._examples = tuple(
            one for one in subject.plan.examples if question.only is None or one in question.only
        )
        self._old = subject.old
        self.new = subject.new
        self._judge = Judge(judging_rules(subject.plan.study))
        self._built: dict[str, dict[str, str]] = {}
        self.surface: tuple[SurfaceChange, ...] = ()

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
        examples = self._examples
        with ExitStack() as uses:
            try:
                self._acquire(self._old, uses)
                self._acquire(self.new, uses)
                self._share_packages(uses)
                if causes and self.has_both:
                    self.surface = self._surface_changes()
                    # With little time, what uses something that changed comes first.
                    touched = {test for change in self.surface for test in change.used_by}
                    examples = tuple(sorted(examples, key=lambda test: test not in touched))
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
        left = untried((one for one in examples if one not in found), NO_TIME)
        found |= {one.example: one for one in left}
        return tuple(found[example] for example in self._examples)

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

    def _surface_changes(self) -> tuple[SurfaceChange, ...]:
        """Return what the sides differ in, as their imported libraries say; none where they do not.

        Both are asked in the environments in which the examples run.
        """
        builder = self._evaluation.environments
        if builder is None:
            return ()
        self._evaluation.progress.say("asking both sides what they offer")
        surveyor = Surveyor(builder=builder, roots=[self._plan.study.module])
        old, new = (surveyor.survey(cell) for cell in (self._old, self.new))
        if isinstance(old, str) or isinstance(new, str):
            return ()
        before, after = (AskedSurface(answer["roots"], answer["entries"]) for answer in (old, new))
        uses = {}
        for test in self._examples:
            with suppress(StudyError):
                uses[test] = all_uses(self._plan, test, surveyor.roots)
        return surface_changes(before, after, uses)

    def _explained(self, sides: SideBySide, found: dict[str, Finding]) -> dict[str, Finding]:
        """Return what gives another result, with the cause that experiments find."""
        variants = self._evaluation.variants
        different = [one for one in found.values() if one.group is Group.DIFFERENT]
        if not different or variants is None:
            return {}
        self._evaluation.progress.say("finding out why results differ")
        steps = {
            one.example: Experiment(self._case(sides, one.example), self._judge).steps()
            for one in different
        }
        causes = carry_out(steps, variants)
        return {one.example: sides.explained(one, causes[one.example]) for one in different}

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
            library=study.library,
            module=study.module,
            script=study.command(test).script,
            source=source_of(study.file(test)),
        )


def _parts(items: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    remaining = iter(items)
    while part := tuple(islice(remaining, max(1, size))):
        yield part
