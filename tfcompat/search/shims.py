"""Runs scripts with what a release lacks supplied from what serves in its place.

So a run gets beyond its first break. It is one apart from those that verdicts are made of, and what
it prints is compared with nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tfcompat.breaks.findings import Shimmed
from tfcompat.breaks.shim import SHIM, can_be_supplied, read_given, shim_module, shimmed
from tfcompat.execution.evaluation import open_evaluation
from tfcompat.execution.variants import Variant
from tfcompat.planning.notebooks import is_notebook
from tfcompat.planning.surroundings import read_script
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.schema import CellResult
from tfcompat.search.reasons import explain
from tfcompat.search.rewritten import RewrittenRuns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tfcompat.breaks.findings import Break, Prediction, ScriptForecast
    from tfcompat.execution.campaign_run import RunOptions
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.execution.variants import VariantRunner
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan


def try_shims(
    plan: Plan,
    forecasts: Sequence[ScriptForecast],
    results: Path,
    options: RunOptions,
    progress: ProgressListener,
) -> tuple[ScriptForecast, ...]:
    """Return forecasts with how scripts end at each release when they are given what they lack.

    ``results`` is the folder in which runs are kept. Nothing is run where nothing serves in the
    place of what breaks. Raises UserError for what the user has to change.
    """
    store = CampaignStore(options.results or results)
    settings = options.settings(plan.study)
    with open_evaluation(plan, store, settings, progress, jobs=options.jobs) as evaluation:
        assert evaluation.variants is not None  # noqa: S101 - a real evaluation has them
        cells = {cell.release: cell for cell in plan.cells}
        runs = _ShimmedRuns(plan=plan, runner=evaluation.variants, cells=cells)
        return tuple(
            replace(one, predictions=tuple(runs.tried(one.script, p) for p in one.predictions))
            for one in forecasts
        )


@dataclass(frozen=True, kw_only=True)
class _ShimmedRuns:
    """Runs scripts of a plan with what they lack, in the cells of releases by their names."""

    plan: Plan
    runner: VariantRunner
    cells: Mapping[str, Cell]

    def tried(self, test: str, prediction: Prediction) -> Prediction:
        """Return a prediction with how the script ends; as it is where nothing breaks."""
        if not prediction.breaks:
            return prediction
        asked = can_be_supplied(prediction.breaks)
        if not asked:
            return replace(prediction, shimmed=_untried("nothing is known to serve in its place"))
        files = self._files(test, asked)
        if isinstance(files, str):
            return replace(prediction, shimmed=_untried(files))
        cell = self.cells[prediction.offer.release]
        return replace(prediction, shimmed=self._run(test, cell, files, asked))

    def _files(self, test: str, asked: Sequence[Break]) -> dict[str, bytes] | str:
        """Return the files that runs see in place of the script, or why there are none."""
        script = self.plan.study.command(test).script
        file = self.plan.study.root / script
        if is_notebook(file):
            return "notebooks are run as they are"
        try:
            source = shimmed(read_script(file))
        except (SyntaxError, ValueError):
            return "it is not written for Python 3"
        if source is None:
            return "it begins with a block; begin it with an import"
        module = str(file.with_name(f"{SHIM}.py").relative_to(self.plan.study.root))
        return {script: source, module: shim_module(asked)}

    def _run(
        self, test: str, cell: Cell, files: Mapping[str, bytes], asked: Sequence[Break]
    ) -> Shimmed:
        new = Variant.of(cell, pins=cell.pins, files=files)
        judged = RewrittenRuns(self.plan, self.runner).judged(test, None, new)
        if isinstance(judged, CellResult):
            return _untried(judged.cause.message if judged.cause else "it has no environment")
        given = read_given(judged.error, asked)
        if judged.failure is None:
            return Shimmed(ended="runs", given=given)
        return Shimmed(ended="fails", given=given, why=explain(judged))


def _untried(why: str) -> Shimmed:
    return Shimmed(ended="untried", why=why)
