"""``tfcompat surface``: ask releases of a library what they offer, each in an environment."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.breaks.asking import open_builder
from tfcompat.breaks.history import roots_of
from tfcompat.breaks.store import SurfaceStore
from tfcompat.breaks.survey import Surveyor
from tfcompat.cli.arguments.shown import progress_of
from tfcompat.execution.campaign_run import RunOptions
from tfcompat.planning.plan import Selection, lay_out
from tfcompat.planning.study import Study, validate
from tfcompat.util.text import plural

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from tfcompat.execution.environment_builder import EnvironmentBuilder
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    add("name", metavar="NAME", help="a package of the index")
    add("--release", "--tf", action="append", default=[], metavar="SPEC", dest="releases",
        help="a release, a specifier, all or minors; default: all; may repeat")  # fmt: skip
    add("--python", action="append", default=[], metavar="3.6", dest="pythons",
        help="ask on this Python; may repeat")  # fmt: skip
    add("--require", action="append", default=[], metavar="REQ", dest="requirements",
        help="install this beside the package; may repeat")  # fmt: skip
    add("--offline", action="store_true", help="make no request")


def run(parsed: Namespace) -> int:
    """Survey the releases whose surfaces are not kept yet; return 3 where one could not be."""
    analysis = validate(
        Path(parsed.name),
        {
            "analysis": {
                "dependency": parsed.name,
                "tests": ["-"],  # it has none, and a study needs one
                "requirements": parsed.requirements,
            }
        },
    )
    study = Study(path=Path(parsed.name), root=Path(), analysis=analysis, examples=())
    selection = Selection(
        releases=tuple(parsed.releases) or ("all",),
        pythons=tuple(parsed.pythons),
        offline=parsed.offline,
    )
    plan = lay_out(study, selection)
    store = SurfaceStore(cache=plan.cache)
    missing = [cell for cell in plan.cells if not store.has(cell)]
    kept = len(plan.cells) - len(missing)
    if kept:
        print(f"{plural(kept, 'surface')} kept already")
    if not missing:
        return 0
    with progress_of(parsed) as progress:
        settings = RunOptions().settings(plan.study)
        with open_builder(plan, settings, progress) as builder:
            return 0 if _survey_all(plan, missing, builder) else 3


def _survey_all(plan: Plan, cells: list[Cell], builder: EnvironmentBuilder) -> bool:
    """Survey cells one after another, print a line for each, and tell whether all have one."""
    surveyor = Surveyor(builder=builder, roots=roots_of(plan))
    store = SurfaceStore(cache=plan.cache)
    complete = True
    for cell in cells:
        answer = surveyor.survey(cell)
        if isinstance(answer, str):
            complete = False
            print(f"{cell.identifier}: no surface: {answer}", file=sys.stderr)
            continue
        store.keep(cell, answer)
        print(f"{cell.identifier}: {plural(len(answer['entries']), 'object')}", flush=True)
    return complete
