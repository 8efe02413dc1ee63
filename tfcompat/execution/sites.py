"""Where a command has its cells run: a protocol, of which this machine is one implementation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tfcompat.execution.evaluation import open_evaluation

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tfcompat.execution.evaluation import Evaluation
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.execution.settings import RunSettings
    from tfcompat.planning.grid import AvailablePythons
    from tfcompat.planning.plan import Plan
    from tfcompat.planning.study import Study
    from tfcompat.results.campaign_store import CampaignStore


class Site(Protocol):
    """Has the Pythons on which a plan is laid out, and evaluates its cells."""

    def pythons(self, study: Study, results: Path) -> AvailablePythons | None:
        """Return the Pythons for a study whose results are in a folder; None: those here."""

    def open_evaluation(
        self,
        plan: Plan,
        store: CampaignStore,
        settings: RunSettings,
        progress: ProgressListener,
        *,
        jobs: int | None = None,
        keep: bool = False,
    ) -> AbstractContextManager[Evaluation]:
        """Yield an Evaluation for a plan, as `evaluation.open_evaluation` does for this machine."""


class _ThisMachine:
    """The site that is this machine."""

    def pythons(self, study: Study, results: Path) -> None:
        """Return None: a plan looks for the Pythons of this machine by itself."""
        del study, results

    open_evaluation = staticmethod(open_evaluation)


HERE = _ThisMachine()
