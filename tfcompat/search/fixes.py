"""Tries rewritten scripts: whether they run with a release, and give the result that they gave."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import TYPE_CHECKING

from tfcompat.breaks.fix import fix
from tfcompat.errors import StudyError
from tfcompat.execution.evaluation import open_evaluation
from tfcompat.execution.variants import Variant
from tfcompat.judging.judge import Judge, Reference, installed_packages, side_of
from tfcompat.planning.judging_rules import judging_rules
from tfcompat.planning.notebooks import is_notebook
from tfcompat.planning.surroundings import read_script
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.search.fix_answers import FixAnswer
from tfcompat.search.reasons import explain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tfcompat.breaks.findings import Prediction, ScriptForecast
    from tfcompat.execution.campaign_run import RunOptions
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.execution.variants import VariantRunner
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan
    from tfcompat.results.verdicts import Verdict


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
        trials = _Trials(plan, evaluation.variants)
        return tuple(
            trials.run(answer, _written_for(plan, forecast, release)) if answer.patch else answer
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


class _Trials:
    """Runs scripts as they are written and as they were rewritten."""

    def __init__(self, plan: Plan, runner: VariantRunner) -> None:
        self._cells = {cell.release: cell for cell in plan.cells}
        self._runner = runner
        self._judge = Judge(judging_rules(plan.study))
        self._plan = plan

    def run(self, answer: FixAnswer, written_for: Cell | None) -> FixAnswer:
        """Return an answer with what became of the rewritten script."""
        script = self._plan.study.command(answer.script).script
        files = {script: answer.text.encode()}
        new = Variant.of(self._cells[answer.release], files=files)
        old = Variant.of(written_for) if written_for is not None else None
        verdict, why = self._compared(answer.script, old, new)
        baseline = written_for.release if written_for else None
        return replace(answer, baseline=baseline, verdict=verdict, why=why)

    def _compared(self, test: str, old: Variant | None, new: Variant) -> tuple[Verdict, str]:
        """Return what a script gives, run as often as it takes to compare it."""
        runs = before, after = 1, 1
        while True:
            here = self._runner.run(new, {test: after})
            if here.verdict is not None:
                return here.verdict, here.cause.message if here.cause else ""
            there = self._runner.run(old, {test: before}) if old is not None else None
            baseline = there.examples.get(test) if there and there.verdict is None else None
            reference = None
            if there is not None and baseline is not None:
                reference = Reference(
                    identifier=there.identifier,
                    example=baseline,
                    named=True,
                    installed=installed_packages(there),
                )
                sides = (
                    side_of(there.identifier, baseline, installed_packages(there)),
                    side_of(here.identifier, here.examples[test], installed_packages(here)),
                )
                wanted = self._judge.runs_wanted(test, *sides)
                if wanted is not None and (wanted.baseline, wanted.observed) != runs:
                    runs = before, after = wanted.baseline, wanted.observed
                    continue
            judged = self._judge.judge(
                test, here.identifier, here.examples[test], reference, installed_packages(here)
            )
            return judged.verdict, explain(judged)
