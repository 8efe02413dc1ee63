"""The answers of commands for a program: the records that ``--json`` is made from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich.console import Console

from tfcompat.breaks.forecast import forecast
from tfcompat.execution.campaign_run import RunOptions
from tfcompat.execution.progress import Progress
from tfcompat.judging.campaign_diff import CampaignDiff, diff_campaigns
from tfcompat.planning.plan import Selection
from tfcompat.report import campaign_diff
from tfcompat.search import adhoc, summary
from tfcompat.search.findings import Stop
from tfcompat.search.request import SearchRequest, plan_of
from tfcompat.search.search import SearchOptions

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from tfcompat.breaks.findings import ScriptForecast
    from tfcompat.search.findings import Findings

    PathLike = str | os.PathLike[str]


def frontier(  # noqa: PLR0913 - the options of the command, by name
    *scripts: PathLike,
    dependency: str | None = None,
    baseline: str | None = None,
    releases: Sequence[str] = (),
    pythons: Sequence[str] = (),
    require: Sequence[str] = (),
    resolve: str | None = None,
    results: PathLike | None = None,
    minutes: float | None = None,
    network: Literal["open", "closed"] | None = None,
    files: Literal["open", "closed"] | None = None,
    jobs: int | None = None,
    quiet: bool = True,
) -> Findings:
    """Search the releases between which scripts work, and what stops them, as ``frontier`` does.

    The arguments are the command's options. What it does meanwhile is shown on standard error
    unless it is ``quiet``. Raises UserError for what has to be changed, such as a script that runs
    nowhere, OutOfTimeError where ``minutes`` were over too early, and IndexUnavailableError
    without a network.
    """
    request = SearchRequest(
        selection=Selection(releases=tuple(releases), pythons=tuple(pythons)),
        scripts=tuple(map(Path, scripts)),
        dependency=dependency,
        baseline=baseline,
        resolve=resolve,
        requirements=tuple(require),
        results=Path(results) if results is not None else None,
    )
    options = SearchOptions(
        run=RunOptions(jobs=jobs, network=network, files=files, resolve=resolve), minutes=minutes
    )
    with Progress(Console(stderr=True, quiet=quiet)) as progress:
        answer = adhoc.search_request(request, options, progress)
    if answer.result.stopped is Stop.USER:
        raise KeyboardInterrupt
    return summary.summarize(answer.result, answer.added)


def breaks(
    *scripts: PathLike, dependency: str | None = None, baseline: str | None = None
) -> tuple[ScriptForecast, ...]:
    """Predict what of scripts breaks at every stable release, as ``breaks`` does; nothing is run.

    Raises UserError for what has to be changed, and IndexUnavailableError without a network.
    """
    request = SearchRequest(
        selection=Selection(),
        scripts=tuple(map(Path, scripts)),
        dependency=dependency,
        baseline=baseline,
    )
    plan, _ = plan_of(request)
    return forecast(plan)


def compare(old: PathLike, new: PathLike) -> CampaignDiff:
    """Return which verdicts of two results folders differ, and the likely reasons.

    Raises ResultsError where a folder holds no results.
    """
    return diff_campaigns(campaign_diff.load(Path(old)), campaign_diff.load(Path(new)))
