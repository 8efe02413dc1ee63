"""The options of commands that run examples: where results go, and how runs are started."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.cli.arguments.values import at_least_one, seconds
from tfcompat.execution.campaign_run import RunOptions

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def add_run_options(parser: ArgumentParser) -> None:
    """Add the options of which ``run_options_of`` makes RunOptions."""
    add = parser.add_argument
    add("--results", type=Path, metavar="DIR", help="default: results/ beside the study's file")
    add("--jobs", type=at_least_one, metavar="N", help="runs at once; default: one a core")
    add("--resolve", metavar="release|latest|DATE", help="as of when dependencies are resolved")
    add("--isolation", choices=("warm", "fresh"), default="warm", help="how runs are started")
    add("--timeout", type=seconds, metavar="S", help="seconds for one run")
    add("--network", choices=("closed", "open"),
        help="may runs reach the network? default: as the study says, or closed")  # fmt: skip
    add("--files", choices=("closed", "open"),
        help="may runs see your other files? default: as the study says, or closed")  # fmt: skip
    add("--baselines", choices=("here", "published"), default="here",
        help="published: run none, and compare with what is published with the study")  # fmt: skip
    add("--no-causes", action="store_false", dest="causes",
        help="make no experiments on why a result differs")  # fmt: skip


def add_dask(parser: ArgumentParser) -> None:
    """Add ``--dask``: where cells run, if not here."""
    parser.add_argument(
        "--dask",
        metavar="ADDRESS|FILE|local",
        help="run cells on the workers of a Dask scheduler, or on `local` ones",
    )


def run_options_of(parsed: Namespace) -> RunOptions:
    """Return how examples are to be run."""
    return RunOptions(
        results=parsed.results,
        jobs=parsed.jobs,
        resolve=parsed.resolve,
        isolation=parsed.isolation,
        timeout=parsed.timeout,
        network=parsed.network,
        files=parsed.files,
        causes=parsed.causes,
        runs_baselines=parsed.baselines == "here",
    )
