"""Runs scripts once more where they work, and records of which classes their objects are.

The run is one apart from those that verdicts are made of. What it prints has to be what the script
prints as it is: else nothing of it is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfcompat.breaks.forecast import forecast
from tfcompat.breaks.history import roots_of
from tfcompat.breaks.recording import Recording, RecordingStore, read_rows, recorder
from tfcompat.breaks.uses import uses_of
from tfcompat.breaks.watched import RECORDER, watched
from tfcompat.errors import StudyError
from tfcompat.execution.evaluation import open_evaluation
from tfcompat.execution.variants import Variant
from tfcompat.judging.diagnosis import diagnose
from tfcompat.planning.notebooks import is_notebook
from tfcompat.planning.surroundings import read_script
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.schema import CellResult
from tfcompat.results.verdicts import CauseKind, Verdict
from tfcompat.search.rewritten import RewrittenRuns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tfcompat.breaks.findings import ScriptForecast
    from tfcompat.breaks.recording import Rows
    from tfcompat.execution.campaign_run import RunOptions
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.execution.variants import VariantRunner
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan


def record_runs(
    plan: Plan, results: Path, options: RunOptions, progress: ProgressListener
) -> dict[str, str]:
    """Record a run of each script of a plan; return why there is none, by script.

    Each runs at its baseline, or else at the newest release at which the fewest breaks are
    predicted. ``results`` is the folder in which runs are kept.
    """
    cells = {test: plan.baseline(test) for test in plan.examples}
    if None in cells.values():
        cells |= {
            one.script: cells[one.script] or _fewest_breaks(plan, one) for one in forecast(plan)
        }
    store = CampaignStore(options.results or results)
    settings = options.settings(plan.study)
    with open_evaluation(plan, store, settings, progress, jobs=options.jobs) as evaluation:
        assert evaluation.variants is not None  # noqa: S101 - a real evaluation has them
        recorder = Recorder(plan=plan, runner=evaluation.variants, roots=roots_of(plan))
        found = {test: recorder.record(test, cell) for test, cell in cells.items() if cell}
    return {script: why for script, why in found.items() if why}


def _fewest_breaks(plan: Plan, found: ScriptForecast) -> Cell:
    """Return the newest release that can be tried and at which the fewest breaks are predicted."""
    breaks = {one.offer.release: len(one.breaks) for one in found.predictions}
    cells = [cell for cell in plan.cells if cell.cause is None and cell.release in breaks]
    if not cells:
        msg = f"no release can be tried here with {found.script}; name one with --baseline"
        raise StudyError(msg)
    return min(reversed(cells), key=lambda cell: breaks[cell.release])


@dataclass(frozen=True, kw_only=True)
class Recorder:
    """Records runs of the scripts of a plan, for the library of these top modules."""

    plan: Plan
    runner: VariantRunner
    roots: Sequence[str]

    def record(self, test: str, cell: Cell) -> str:
        """Record a run of a script in a cell where it works, unless one is kept.

        Returns why there is no recording; empty where there is one.
        """
        script = self.plan.study.command(test).script
        file = self.plan.study.root / script
        if is_notebook(file):
            return "runs of notebooks are not recorded"
        source = read_script(file)
        store = RecordingStore(cache=self.plan.cache)
        if store.find(source, self.roots) is not None:
            return ""
        try:
            changed = watched(source)
            uses = uses_of(source, self.roots, test)
        except (SyntaxError, ValueError, StudyError):
            return "it is not written for Python 3"
        names = {use.name for use in uses} | {use.name.rpartition(".")[0] for use in uses}
        module = str(file.with_name(f"{RECORDER}.py").relative_to(self.plan.study.root))
        files = {script: changed.source, module: recorder(self.roots, names)}
        rows = self._run(test, cell, files)
        if isinstance(rows, str):
            return rows
        recording = Recording(release=cell.release, python=cell.python, rows=rows)
        store.keep(source, self.roots, recording)
        return ""

    def _run(self, test: str, cell: Cell, files: dict[str, bytes]) -> str | Rows:
        """Return what a run with some files notes, or why that means nothing."""
        runs = RewrittenRuns(self.plan, self.runner)
        new = Variant.of(cell, pins=cell.pins, files=files)
        judged = runs.judged(test, Variant.of(cell, pins=cell.pins), new)
        if isinstance(judged, CellResult):
            return judged.cause.message if judged.cause else "it has no environment"
        if judged.failure is not None:
            cause = diagnose(judged.failure, test, cell.dependency, module=self.plan.study.module)
            if cause.kind is CauseKind.TIMEOUT:
                return f"its run with {cell.release} was {cause.message}"
            return f"it fails with {cell.release}: {cause.message}; name another by --baseline"
        if judged.verdict is not Verdict.SAME:
            return "a run that is watched does not give the same result"
        return read_rows(judged.error) or "its run notes nothing"
