"""``tfcompat plan``: the cells, each with its Python or the reason why there is none."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Column, Table

from tfcompat.cli.arguments.selection import add_selection, selection_of
from tfcompat.planning.plan import as_json, make_plan

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable

    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan, Selection


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's options."""
    add_selection(parser)
    parser.add_argument(
        "--resolve", metavar="release|latest|DATE", help="as of when dependencies are resolved"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(parsed: Namespace, planner: Callable[[Selection], Plan] = make_plan) -> int:
    """Print the cells of the study, as a table or as JSON."""
    plan = planner(replace(selection_of(parsed), resolve=parsed.resolve))
    if parsed.json:
        print(json.dumps(as_json(plan), indent=1))
    else:
        _show(plan, Console())
    return 0


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
    return python, f"{file.size / 1e6:.0f} MB" if file and file.size else "", uploaded
