"""``tfcompat run``: evaluate the selected cells, and store their results."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from tfcompat.cli.arguments.running import add_dask, add_run_options, run_options_of
from tfcompat.cli.arguments.selection import add_selection, selection_of
from tfcompat.cli.arguments.values import shard, verdicts
from tfcompat.counterfactual.campaign import explain_campaign
from tfcompat.errors import ClaimError
from tfcompat.execution import campaign_run
from tfcompat.execution.dask_site import open_site
from tfcompat.execution.progress import Progress, failures, summary
from tfcompat.results.printed import as_json
from tfcompat.results.schema import count
from tfcompat.util.files import write_json

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Collection

    from tfcompat.execution.campaign_run import RunOptions, RunSummary
    from tfcompat.planning.plan import Selection
    from tfcompat.results.verdicts import Verdict

_FAILURES_SHOWN = 40


def _evaluate(selection: Selection, options: RunOptions, progress: Progress) -> RunSummary:
    """Evaluate cells on this machine, or on the workers of Dask where that is named."""
    with open_site(options, progress) as site:
        return campaign_run.run(selection, options, progress, explain_campaign, site)


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's options."""
    add_selection(parser)
    add_run_options(parser)
    add = parser.add_argument
    add("--force", action="store_true", help="run again what is stored")
    add("--only", metavar="failed|unknown|FILE",
        help="run again only these stored runs; FILE has lines CELL [EXAMPLE]")  # fmt: skip
    add("--shard", type=shard, metavar="I/N",
        help="run one of N parts of the cells; `tfcompat merge` joins them")  # fmt: skip
    add_dask(parser)
    add("--summary", type=Path, metavar="FILE", help="write what became of each cell as JSON")
    add("--keep", action="store_true", help="keep environments, and say where they are")
    add("--fail-on", type=verdicts, default=(), metavar="VERDICT,...",
        help="exit 1 if one of these occurs")  # fmt: skip


def run(
    parsed: Namespace,
    evaluate: Callable[[Selection, RunOptions, Progress], RunSummary] = _evaluate,
) -> int:
    """Evaluate cells and print what became of them.

    Raises ClaimError where a verdict occurs that ``--fail-on`` names.
    """
    options = replace(
        run_options_of(parsed),
        force=parsed.force,
        only=parsed.only,
        keep=parsed.keep,
        shard=parsed.shard,
        dask=parsed.dask,
    )
    console = Console()
    with Progress(Console(quiet=parsed.quiet)) as progress:
        ended = evaluate(selection_of(parsed), options, progress)
    _show(ended, console)
    if parsed.summary:
        write_json(parsed.summary, as_json(ended.printed))
    if ended.exit_code:
        return ended.exit_code
    _check_verdicts(ended, parsed.fail_on)
    return 0


def _show(ended: RunSummary, console: Console) -> None:
    console.print(summary(ended.cells, ended.tests))
    lines = failures(ended.cells, ended.tests)
    for line in lines[:_FAILURES_SHOWN]:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if len(lines) > _FAILURES_SHOWN:
        console.print(f"and {len(lines) - _FAILURES_SHOWN} more", highlight=False)


def _check_verdicts(ended: RunSummary, unwanted: Collection[Verdict]) -> None:
    """Raise ClaimError where an unwanted verdict occurs, with how often each does."""
    tally = {verdict: count(ended.cells, ended.tests, verdict) for verdict in unwanted}
    named = ", ".join(f"{number} {verdict.value}" for verdict, number in tally.items() if number)
    if named:
        msg = f"--fail-on: {named}"
        raise ClaimError(msg)
