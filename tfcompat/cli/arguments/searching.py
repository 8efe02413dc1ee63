"""The arguments of commands that search among releases: scripts, and what is known of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.cli.arguments.running import add_run_options
from tfcompat.cli.arguments.selection import add_selection, selection_of
from tfcompat.cli.arguments.values import variable
from tfcompat.errors import SelectionError
from tfcompat.planning.surroundings import CommandLine, module_file
from tfcompat.search.request import SearchRequest

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def add_search_request(parser: ArgumentParser, *, needs_scripts: bool) -> None:
    """Add the arguments of which ``search_request_of`` makes a SearchRequest, and run options.

    A command that ``needs_scripts`` checks a range of releases; others search for one.
    """
    add_selection(parser)
    add = parser.add_argument
    what = "what to check" if needs_scripts else "default: the study's examples"
    newest = "the newest of the range" if needs_scripts else "the newest that runs"
    add("scripts", nargs="*", type=Path, metavar="SCRIPT",
        help=f"a script or a notebook: {what}; -- ARGUMENTS follow")  # fmt: skip
    add("-m", metavar="MODULE", dest="module", help="run a module in place of a script")
    add("--cwd", type=Path, metavar="DIR",
        help="the folder to run in; default: a script's own, or that of its project with what it "
        "names")  # fmt: skip
    add("--stdin", type=Path, metavar="FILE", help="what scripts read as standard input")
    add("--env", action="append", default=[], type=variable, metavar="NAME=VALUE",
        dest="environment", help="a variable for scripts; may repeat")  # fmt: skip
    parser.set_defaults(arguments=(), takes_arguments=True, needs_scripts=needs_scripts)
    add("--dependency", metavar="NAME", help="the package; default: the one that scripts import")
    add("--baseline", metavar="RELEASE",
        help="or RELEASE@PYTHON (2.0.0@3.10), or stored: the outputs in a notebook; default: "
        f"the study's, or {newest}")  # fmt: skip
    add("--require", action="append", default=[], metavar="REQ", dest="requirements",
        help="install this beside the package; may repeat")  # fmt: skip
    add_run_options(parser)


def search_request_of(parsed: Namespace) -> SearchRequest:
    """Return which scripts to search for, and among which releases.

    Raises UserError where scripts and a module are named, neither is that has to be, or there is no
    such module.
    """
    scripts = tuple(parsed.scripts)
    if parsed.module:
        if scripts:
            msg = "-m runs a module in place of scripts; name one or the other"
            raise SelectionError(msg)
        scripts = (module_file(parsed.module, parsed.cwd or Path()),)
    elif parsed.needs_scripts and not scripts:
        msg = "name a SCRIPT to check, or a module with -m"
        raise SelectionError(msg)
    return SearchRequest(
        selection=selection_of(parsed),
        scripts=scripts,
        command_line=CommandLine(
            arguments=tuple(parsed.arguments),
            module=parsed.module or "",
            folder=parsed.cwd,
            stdin=parsed.stdin,
            environment=tuple(parsed.environment),
        ),
        dependency=parsed.dependency,
        baseline=parsed.baseline,
        resolve=parsed.resolve,
        requirements=tuple(parsed.requirements),
        results=parsed.results,
    )
