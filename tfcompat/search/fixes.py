"""Tries rewritten scripts: whether they run with a release, and give the result that they gave."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING

from tfcompat.breaks.fix import fix
from tfcompat.errors import StudyError
from tfcompat.execution.evaluation import open_evaluation
from tfcompat.execution.variants import Variant
from tfcompat.planning.notebooks import is_notebook
from tfcompat.planning.surroundings import read_script
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.schema import Example
from tfcompat.search.fix_answers import FixAnswer
from tfcompat.search.reasons import explain
from tfcompat.search.rewritten import RewrittenRuns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tfcompat.breaks.findings import Prediction, ScriptForecast
    from tfcompat.execution.campaign_run import RunOptions
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan
    from tfcompat.results.verdicts import Cause


def try_fixes(
    plan: Plan,
    forecasts: Sequence[ScriptForecast],
    release: str,
    results: Path,
    options: RunOptions,
    progress: ProgressListener,
) -> tuple[FixAnswer, ...]:
    """Rewrite scripts for a release, run them with it, and compare them with a release before.

    ``forecasts`` are over all releases of the plan. No file of the scripts is changed; ``results``
    is the folder in which runs are kept. Raises UserError for what the user has to change.
    """
    rewritten = [_rewritten(plan, one, release) for one in forecasts]
    store = CampaignStore(options.results or results)
    settings = options.settings(plan.study)
    with open_evaluation(plan, store, settings, progress, jobs=options.jobs) as evaluation:
        assert evaluation.variants is not None  # noqa: S101 - a real evaluation has them
        runs = RewrittenRuns(plan, evaluation.variants)
        return tuple(
            _tried(answer, _written_for(plan, forecast, release), plan, runs)
            if answer.patch
            else answer
            for answer, forecast in zip(rewritten, forecasts, strict=True)
        )


def _rewritten(plan: Plan, forecast: ScriptForecast, release: str) -> FixAnswer:
    """Return a script as it is rewritten for a release."""
    command = plan.study.command(forecast.script)
    file = plan.study.root / command.script
    if is_notebook(file):
        msg = f"{forecast.script} is a notebook; --fix rewrites scripts alone"
        raise StudyError(msg)
    prediction = _at(forecast, release)
    try:
        source = read_script(file).decode("utf-8")
    except UnicodeDecodeError:
        msg = f"{forecast.script} is not UTF-8, and --fix rewrites nothing else"
        raise StudyError(msg) from None
    fixed = fix(source, prediction.breaks, forecast.script)
    lines = difflib.unified_diff(
        source.splitlines(keepends=True),
        fixed.text.splitlines(keepends=True),
        f"a/{forecast.script}",
        f"b/{forecast.script}",
    )
    return FixAnswer(
        script=forecast.script,
        file=file,
        release=release,
        python=prediction.offer.python,
        text=fixed.text,
        patch="".join(lines),
        applied=fixed.applied,
        left=tuple(one for one in prediction.breaks if one not in fixed.applied),
    )


def _at(forecast: ScriptForecast, release: str) -> Prediction:
    return next(one for one in forecast.predictions if one.offer.release == release)


def _written_for(plan: Plan, forecast: ScriptForecast, release: str) -> Cell | None:
    """Return where a script runs as it is written: its baseline, or where nothing of it breaks.

    That is the nearest release that is known to offer all that the script uses and this one lacks.
    """
    named = plan.baseline(forecast.script)
    if named is not None:
        return named
    cells = {cell.release: cell for cell in plan.cells}
    breaks = _at(forecast, release).breaks
    gone = [cells[one.edge[0]] for one in breaks if one.direction == "gone"]
    not_yet = [cells[one.edge[1]] for one in breaks if one.direction == "not-yet"]
    newest = min(gone, key=lambda cell: cell.version, default=None)
    oldest = max(not_yet, key=lambda cell: cell.version, default=None)
    if newest is not None and oldest is not None and newest.version < oldest.version:
        return None
    return newest or oldest


def _tried(
    answer: FixAnswer, written_for: Cell | None, plan: Plan, runs: RewrittenRuns
) -> FixAnswer:
    """Return an answer with what became of the rewritten script."""
    script = plan.study.command(answer.script).script
    cell = next(cell for cell in plan.cells if cell.release == answer.release)
    new = Variant.of(cell, files={script: answer.text.encode()})
    old = Variant.of(written_for) if written_for is not None else None
    judged = runs.judged(answer.script, old, new)
    assert judged.verdict is not None  # noqa: S101 - either of the two has one
    why = explain(judged) if isinstance(judged, Example) else _message(judged.cause)
    baseline = written_for.release if written_for else None
    return replace(answer, baseline=baseline, verdict=judged.verdict, why=why)


def _message(cause: Cause | None) -> str:
    return cause.message if cause else ""
