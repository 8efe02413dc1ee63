"""Finds the newest release with which a script runs, to serve as the baseline that none names."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from tfcompat.breaks.forecast import fewest_breaks
from tfcompat.errors import StudyError, TfcompatError
from tfcompat.execution.hidden_files import hidden_file
from tfcompat.judging.ranges import Level
from tfcompat.planning.notebooks import read_source
from tfcompat.results.verdicts import CauseKind
from tfcompat.search.advice import Failure, RunsNowhereError, runs_nowhere
from tfcompat.search.reasons import cause_of
from tfcompat.search.strategy import Probe, next_sought

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan
    from tfcompat.results.campaign import Campaign
    from tfcompat.search.trials import Trials

# After so many releases with which a script does not run, it is taken to be the script; a test
# sooner, where others of its suite run with the same releases.
_MOST_TRIED = 16
_MOST_TRIED_OF_TEST = 8

# So many releases fail before it is read in their sources which may have what a script uses.
_FAILURES = 3

# So many of those that seem to have it are tried: it may be something else that fails.
_MOST_PROMISING = 9

# What a release can have otherwise than others, so that their sources may show it.
_READABLE = frozenset({
    CauseKind.REMOVED_API,
    CauseKind.CHANGED_API,
    CauseKind.BEHAVIOUR,
    CauseKind.IMPORT_ERROR_OF_DEPENDENCY,
    CauseKind.OTHER,
})  # fmt: skip


class BaselineFinder:
    """Finds baselines for scripts among the releases of a plan, which are those of the trials."""

    def __init__(
        self, trials: Trials, scripts: Sequence[str], plan: Plan, campaign: Campaign
    ) -> None:
        self._trials = trials
        self._scripts = scripts
        self._plan = plan
        self._releases = plan.cells
        self._campaign = campaign
        self._given_up: set[str] = set()
        self._promising: dict[str, Sequence[int]] = {}

    def find(self) -> dict[str, Cell]:
        """Return for each script the cell of the newest release with which it runs.

        For one that is compared with its stored outputs, that of the newest one with the same
        result, if there is one.
        A test that runs with none has the newest with which it was tried: there it has no baseline.
        Raises RunsNowhereError where there seems to be none for a script, or for a whole suite.
        """
        while True:
            wanted = {test: self._next(test) for test in self._scripts}
            open_scripts = [test for test in self._scripts if wanted[test] is not None]
            if not open_scripts:
                break
            for test in open_scripts:
                self._check_progress(test)
            open_scripts = [test for test in open_scripts if test not in self._given_up]
            if not open_scripts:
                break
            number = wanted[open_scripts[0]]
            assert number is not None  # noqa: S101 - it is open
            waiting = (test for test in open_scripts if number not in self._trials.known[test])
            self._trials.try_probes([Probe(release=number, scripts=tuple(waiting))])
        return {test: self._newest_running(test) for test in self._scripts}

    def so_far(self) -> dict[str, Cell]:
        """Return the cell of the newest release with which each script was seen to run by now."""
        running = {
            test: max(n for n, outcome in known.items() if Level.RUNS.holds(outcome))
            for test, known in self._trials.known.items()
            if test in self._scripts and any(map(Level.RUNS.holds, known.values()))
        }
        return {test: self._trials.cells[test][number] for test, number in running.items()}

    def _next(self, test: str) -> int | None:
        if test in self._given_up:
            return None
        known, sought = self._trials.known[test], self._sought(test)
        holding = [number for number, outcome in known.items() if sought.holds(outcome)]
        beyond = max(holding, default=-1) + 1
        if holding and beyond not in known and self._ends_promising(test, beyond):
            return beyond
        if not holding:
            promising = self._promising_of(test)
            tried = {at: known[n] for at, n in enumerate(promising) if n in known}
            among = next_sought(tried, len(promising), sought)
            if among is not None and len(tried) < _MOST_PROMISING:
                return promising[among]
        return next_sought(known, len(self._releases), sought)

    def _ends_promising(self, test: str, number: int) -> bool:
        """Tell whether a release is the next one after those that seem to have what a test uses."""
        promising = self._promising.get(test, ())
        return number < len(self._releases) and max(promising, default=-1) + 1 == number

    def _promising_of(self, test: str) -> Sequence[int]:
        """Return the releases that have most of what a script uses, once some others have failed.

        Empty where their sources do not show it, or the failures are of another kind.
        """
        if test in self._promising:
            return self._promising[test]
        failures = list(self._failures(test, tried=True))
        if len(failures) < _FAILURES:
            return ()
        found: Sequence[int] = ()
        if failures[-1].cause.kind in _READABLE:
            self._trials.say(f"{test}: reading which releases have what it uses")
            with suppress(TfcompatError):
                found = fewest_breaks(self._plan, test)
        self._promising[test] = found
        return found

    def _sought(self, test: str) -> Level:
        """Return what a baseline has to do: run, or come to the stored result if any seems to."""
        known = self._trials.known[test].values()
        if not self._plan.study.is_stored(test):
            return Level.RUNS
        tried = [outcome for outcome in known if Level.RUNS.holds(outcome)]
        none_does = len(tried) >= _MOST_TRIED and not any(map(Level.SAME.holds, tried))
        return Level.RUNS if none_does else Level.SAME

    def _check_progress(self, test: str) -> None:
        """Give up a test, or raise RunsNowhereError, where none of many releases ran with it."""
        outcomes = self._trials.known[test].values()
        answers = [outcome for outcome in outcomes if not outcome.is_gap]
        if any(map(Level.RUNS.holds, answers)):
            return
        if len(answers) >= _MOST_TRIED_OF_TEST and self._others_run(test):
            self._given_up.add(test)
        elif len(answers) >= _MOST_TRIED:
            begin = f"{test} ran with none of the {_MOST_TRIED} releases it was tried with"
            raise self._runs_nowhere(test, begin)
        elif self._wants_hidden_file(test):
            raise self._runs_nowhere(test, f"{test} does not run")

    def _wants_hidden_file(self, test: str) -> bool:
        """Tell whether a script fails for a file that no run sees, whatever the release."""
        return any(hidden_file(one.cause) for one in self._failures(test, tried=True))

    def _others_run(self, test: str) -> bool:
        """Tell whether a script is a test, and another one of its suite runs anywhere."""
        study = self._plan.study
        return study.command(test).suite and any(
            Level.RUNS.holds(outcome)
            for other, known in self._trials.known.items()
            if study.command(other).suite
            for outcome in known.values()
        )

    def _newest_running(self, test: str) -> Cell:
        known = self._trials.known[test]
        running = [number for number, outcome in known.items() if Level.RUNS.holds(outcome)]
        answered = [number for number, outcome in known.items() if not outcome.is_gap]
        if not running and answered and self._others_run(test):
            return self._trials.cells[test][max(answered)]
        if not running:
            raise self._runs_nowhere(test, f"{test} runs with no release")
        same = [n for n in running if Level.SAME.holds(known[n])]
        stored = self._plan.study.is_stored(test)
        return self._trials.cells[test][max(same if stored and same else running)]

    def _runs_nowhere(self, test: str, begin: str) -> RunsNowhereError:
        failures = list(self._failures(test, tried=True))
        was_tried = bool(failures)
        return runs_nowhere(
            test,
            begin,
            failures or list(self._failures(test, tried=False)),
            source=_read(self._plan, test),
            pythons=[one.python for one in self._plan.factory.available.found],
            was_tried=was_tried,
        )

    def _failures(self, test: str, *, tried: bool) -> Iterator[Failure]:
        """Yield why a script does not run with releases, newest first.

        Of those with which it was ``tried``, or of those that gave no answer.
        """
        stored = {**self._campaign.cells(), **self._campaign.unknown()}
        for number in reversed(range(len(self._releases))):
            outcome = self._trials.known[test].get(number)
            if outcome is None or outcome.is_gap is tried:
                continue
            cell = self._releases[number]
            result = stored.get(cell.identifier)
            cause = (
                cause_of(result, test, self._plan.study.module) if result else None
            ) or cell.cause
            if cause is not None:
                yield Failure(release=cell.release, python=cell.python, cause=cause)


def _read(plan: Plan, test: str) -> bytes:
    try:
        return read_source(plan.study.file(test))
    except (OSError, StudyError):
        return b""
