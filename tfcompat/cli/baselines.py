"""Runs the examples at their baselines, and shows how steady each one is.

For authors of examples: ``nox -s examples_baseline``, or ``python -m tfcompat.cli.baselines``. What
is stored is not run again, except with ``--force``.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from tfcompat.cli.main import exit_code_of
from tfcompat.execution import campaign_run
from tfcompat.execution.progress import Progress
from tfcompat.planning.plan import Selection, make_plan
from tfcompat.planning.study import FILE_NAME, RESULTS, root_of
from tfcompat.results.campaign import Campaign
from tfcompat.results.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tfcompat.planning.grid import Cell
    from tfcompat.results.schema import Example

_METRICS_SHOWN = 3
_FILE_WIDTH = 160


def main(words: Sequence[str] | None = None) -> int:
    """Run examples at their baselines and print a table; return 1 if one of them fails there."""
    parser = argparse.ArgumentParser(prog="tfcompat.cli.baselines", description=__doc__)
    parser.add_argument("tests", nargs="*", metavar="GLOB", help="only these examples")
    parser.add_argument("--config", type=Path, default=Path(FILE_NAME))
    parser.add_argument("--results", type=Path, metavar="DIR")
    parser.add_argument("--python", metavar="2.7", help="on this Python, not the baselines' own")
    parser.add_argument("--force", action="store_true", help="run again what is stored")
    parsed = parser.parse_args(words)
    return exit_code_of(lambda: _measure(parsed))


def _measure(parsed: argparse.Namespace) -> int:
    console = Console()
    if not console.is_terminal:
        # A file has no width that rows would have to fit.
        console = Console(width=_FILE_WIDTH)
    rows = list(_run_baselines(parsed, console))
    console.print(table(rows))
    wrong = [test for _, test, example in rows if example.verdict is not Verdict.SAME]
    unsteady = [t for _, t, e in rows if len({tuple(run.output) for run in e.all_runs}) > 1]
    console.print(f"{len(rows)} examples, {len(wrong)} do not hold, {len(unsteady)} vary")
    return 1 if wrong or not rows else 0


def _run_baselines(
    parsed: argparse.Namespace, console: Console
) -> Iterator[tuple[Cell, str, Example]]:
    """Evaluate each baseline cell, and yield what is stored of each example written for it."""
    options = campaign_run.RunOptions(results=parsed.results, force=parsed.force, steadiness=True)
    folder = parsed.results or root_of(parsed.config) / RESULTS
    for cell, tests in by_baseline(parsed.config, parsed.tests, parsed.python).items():
        selection = Selection(
            config=parsed.config,
            releases=(cell.release,),
            pythons=(cell.python,),
            tests=tuple(tests),
        )
        with Progress(console) as progress:
            campaign_run.run(selection, options, progress)
        found = Campaign(folder).known(cell.identifier)
        examples = found.examples if found else {}
        yield from ((cell, test, examples[test]) for test in tests if test in examples)


def by_baseline(config: Path, tests: Sequence[str], python: str | None) -> dict[Cell, list[str]]:
    """Return the baseline cells of a study with the examples written for each.

    ``python`` replaces the baselines' own Python.
    """
    pythons = (python,) if python else ()
    plan = make_plan(Selection(config=config, pythons=pythons, tests=tuple(tests)))
    cells: dict[Cell, list[str]] = {}
    for test in plan.tests:
        named = plan.baseline(test)
        if named is not None:
            cell = plan.cell(named.release, python) if python else named
            cells.setdefault(cell, []).append(test)
    return cells


def table(rows: Sequence[tuple[Cell, str, Example]]) -> Table:
    """Return a row for each example: seconds of its runs, how steady it is, its metrics."""
    shown = Table("example", "cell", "verdict", "agree", "seconds", "metrics")
    for cell, test, example in rows:
        seconds = [run.seconds for run in example.all_runs]
        name = test.removeprefix("examples/").removesuffix(".py")
        where = f"{cell.release} on {cell.python}"
        middle = f"{statistics.median(seconds):.1f}"
        shown.add_row(
            name, where, example.verdict.value, agreement(example), middle, metrics(example)
        )
    return shown


def agreement(example: Example) -> str:
    """Return how many of an example's runs printed the same, byte for byte, as its first one."""
    runs = example.all_runs
    if example.failure is not None:
        return "fails"
    return f"{sum(run.output == runs[0].output for run in runs)} of {len(runs)}"


def metrics(example: Example) -> str:
    """Return the last of the lines of the form ``name: value`` that an example printed."""
    lines = [line.strip() for line in example.output if ": " in line]
    return ", ".join(lines[-_METRICS_SHOWN:])


if __name__ == "__main__":
    sys.exit(main())
