"""``tfcompat plan``: the cells, each with its Python or the reason why there is none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Column, Table

from tfcompat.cli.arguments.selection import add_selection, selection_of, selection_words
from tfcompat.cli.arguments.values import shard_count
from tfcompat.cli.shard_jobs import github_matrix, slurm_script
from tfcompat.errors import UserError
from tfcompat.planning.plan import make_plan, printed
from tfcompat.planning.shards import divide_plan
from tfcompat.results.printed import as_json
from tfcompat.util.files import strict_json

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable

    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan, Selection


_MEGABYTES = 10_000_000  # from here on, parts of one tell nothing


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's options."""
    add_selection(parser)
    parser.add_argument(
        "--resolve", metavar="release|latest|DATE", help="as of when dependencies are resolved"
    )
    parser.add_argument(
        "--shards", type=shard_count, metavar="N", help="show the cells in N parts, for N machines"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument(
        "--github", action="store_true", help="print the shards as a matrix for GitHub Actions"
    )
    form.add_argument(
        "--slurm", action="store_true", help="print a script for sbatch that runs the shards"
    )


def run(parsed: Namespace, planner: Callable[[Selection], Plan] = make_plan) -> int:
    """Print the cells of the study, or its shards, as a table or in another form.

    Raises UserError where a form of shards is asked for, and no number of them.
    """
    if (parsed.github or parsed.slurm) and parsed.shards is None:
        msg = "--github and --slurm print shards; say how many with --shards, such as --shards 8"
        raise UserError(msg)
    plan = planner(replace(selection_of(parsed), resolve=parsed.resolve))
    if parsed.shards is not None:
        _show_shards(parsed, plan)
    elif parsed.json:
        print(strict_json(as_json(printed(plan)), indent=1))
    else:
        _show(plan, Console())
    return 0


def _show_shards(parsed: Namespace, plan: Plan) -> None:
    division = divide_plan(plan, parsed.shards)
    if parsed.json:
        print(strict_json(as_json(division.printed), indent=1))
    elif parsed.github:
        print(github_matrix(division))
    elif parsed.slurm:
        resolve = ["--resolve", parsed.resolve] if parsed.resolve else []
        print(slurm_script(division, [*selection_words(parsed), *resolve]), end="")
    else:
        table = Table("shard", "seconds", Column("cells", overflow="fold"))
        for number, names in enumerate(division.cells, 1):
            shard = f"{number}/{len(division.cells)}"
            table.add_row(shard, f"{division.total(number):.0f}", "\n".join(names))
        Console().print(table)


def _show(plan: Plan, console: Console) -> None:
    table = Table(Column("cell", no_wrap=True), "Python", "wheel", "uploaded")
    for cell in plan.cells:
        table.add_row(cell.identifier, *_columns(cell))
    console.print(table)
    console.print(f"cells: {len(plan.cells)}, examples: {len(plan.tests)}", highlight=False)
    # Each reason once: many cells may lack the same Python.
    reasons = dict.fromkeys(cell.cause.message for cell in plan.cells if cell.cause)
    for note in (*reasons, *plan.study.notes(), *plan.index.notes):
        console.print(note, markup=False, highlight=False)


def _columns(cell: Cell) -> tuple[str, str, str]:
    """Return a cell's Python, and size and date of its wheel, or of what it is built from."""
    python = str(cell.interpreter.version) if cell.interpreter else "none"
    file = cell.file
    uploaded = f"{file.upload_time:%Y-%m-%d}" if file and file.upload_time else ""
    if cell.sdist:
        return python, "source", uploaded
    return python, _size(file.size) if file and file.size else "", uploaded


def _size(number: int) -> str:
    return f"{number / 1e6:.0f} MB" if number >= _MEGABYTES else f"{number / 1e6:.2f} MB"
