"""Finds the newest release with which a script runs, to serve as the baseline that none names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.errors import UserError
from tfcompat.judging.ranges import Level
from tfcompat.search.strategy import Probe, next_sought

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfcompat.planning.grid import Cell
    from tfcompat.results.campaign import Campaign
    from tfcompat.search.trials import Trials

# After so many releases with which a script does not run, it is taken to be the script.
_MOST_TRIED = 16


class BaselineFinder:
    """Finds baselines for scripts. ``releases`` are the cells of the trials, oldest first."""

    def __init__(
        self, trials: Trials, scripts: Sequence[str], releases: Sequence[Cell], campaign: Campaign
    ) -> None:
        self._trials = trials
        self._scripts = scripts
        self._releases = releases
        self._campaign = campaign

    def find(self) -> dict[str, Cell]:
        """Return for each script the cell of the newest release with which it runs.

        Raises UserError where there seems to be none.
        """
        while True:
            wanted = {test: self._next(test) for test in self._scripts}
            open_scripts = [test for test in self._scripts if wanted[test] is not None]
            if not open_scripts:
                break
            for test in open_scripts:
                self._check_progress(test)
            number = wanted[open_scripts[0]]
            assert number is not None  # noqa: S101 - it is open
            waiting = (test for test in open_scripts if number not in self._trials.known[test])
            self._trials.try_probes([Probe(release=number, scripts=tuple(waiting))])
        return {test: self._newest_running(test) for test in self._scripts}

    def _next(self, test: str) -> int | None:
        return next_sought(self._trials.known[test], len(self._releases))

    def _check_progress(self, test: str) -> None:
        """Raise UserError where a script has run with none of the releases for too long."""
        outcomes = self._trials.known[test].values()
        answers = [outcome for outcome in outcomes if not outcome.is_gap]
        if len(answers) >= _MOST_TRIED and not any(map(Level.RUNS.holds, answers)):
            msg = (
                f"{test} ran with none of the {_MOST_TRIED} releases it was tried with "
                f"({self._last_cause(test)}); name one that it runs with: --baseline"
            )
            raise UserError(msg)

    def _newest_running(self, test: str) -> Cell:
        known = self._trials.known[test]
        running = [number for number, outcome in known.items() if Level.RUNS.holds(outcome)]
        if not running:
            msg = f"{test} runs with no release ({self._last_cause(test)}); see --dependency"
            raise UserError(msg)
        return self._releases[max(running)]

    def _last_cause(self, test: str) -> str:
        """Return why a script does not run with the newest release of which that is known."""
        stored = self._campaign.cells()
        for cell in reversed(self._releases):
            result = stored.get(cell.identifier)
            example = result.examples.get(test) if result else None
            cause = example.cause if example else (result.cause if result else None)
            if cause is not None:
                return f"with {cell.release}: {cause.message}"
        causes = (cell.cause.message for cell in self._releases if cell.cause)
        return next(causes, "no release could be tried")
