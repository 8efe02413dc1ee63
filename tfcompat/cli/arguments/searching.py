"""The arguments of commands that search among releases: scripts, and what is known of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.cli.arguments.running import add_run_options
from tfcompat.cli.arguments.selection import add_selection, selection_of
from tfcompat.cli.arguments.values import variable
from tfcompat.errors import SelectionError
from tfcompat.planning.suites import files_at
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
    add("--pytest", action="append", default=[], type=Path, metavar="PATH", dest="suites",
        help="run the tests of a file or folder with pytest, in place of scripts; "
        "may repeat")  # fmt: skip
    add("--cwd", type=Path, metavar="DIR",
        help="the folder to run in; default: a script's own, or that of its project with what it "
        "names")  # fmt: skip
    add("--stdin", type=Path, metavar="FILE", help="what scripts read as standard input")
    add("--env", action="append", default=[], type=variable, metavar="NAME=VALUE",
        dest="environment", help="a variable for scripts; may repeat")  # fmt: skip
    add("--figures", action="store_true",
        help="compare what scripts draw with matplotlib, too")  # fmt: skip
    parser.set_defaults(arguments=(), takes_arguments=True, needs_scripts=needs_scripts)
    add("--dependency", metavar="NAME", help="the package; default: the one that scripts import")
    add("--baseline", metavar="RELEASE",
        help="or RELEASE@PYTHON (2.0.0@3.10), or stored: the outputs in a notebook; default: "
        f"the study's, or {newest}")  # fmt: skip
    add("--require", action="append", default=[], metavar="REQ", dest="requirements",
        help="install this beside the package; may repeat")  # fmt: skip
    add("--requirements", action="append", default=[], metavar="FILE", dest="requirement_files",
        help="what this file states holds for what is installed: requirements.txt, "
        "pyproject.toml (or pyproject.toml[GROUP,...]), environment.yml; may repeat")  # fmt: skip
    add_run_options(parser)


def search_request_of(parsed: Namespace) -> SearchRequest:
    """Return which scripts to search for, and among which releases.

    Raises UserError where more than one of scripts, a module and tests is named, none is that has
    to be, there is no such module or file of tests, or figures of tests are wanted.
    """
    return SearchRequest(
        selection=selection_of(parsed),
        scripts=_scripts_of(parsed),
        command_line=CommandLine(
            arguments=tuple(parsed.arguments),
            module=parsed.module or "",
            suite=bool(parsed.suites),
            requirement_files=tuple(parsed.requirement_files),
            folder=parsed.cwd,
            stdin=parsed.stdin,
            environment=tuple(parsed.environment),
            figures=parsed.figures,
        ),
        dependency=parsed.dependency,
        baseline=parsed.baseline,
        resolve=parsed.resolve,
        requirements=tuple(parsed.requirements),
        results=parsed.results,
    )


def _scripts_of(parsed: Namespace) -> tuple[Path, ...]:
    """Return the files of the scripts, of the module or of the tests that are named."""
    named = [bool(parsed.scripts), bool(parsed.module), bool(parsed.suites)]
    if sum(named) > 1:
        what = "-m runs a module" if parsed.module else "--pytest runs tests"
        msg = f"{what} in place of scripts; name one or the other"
        raise SelectionError(msg)
    if parsed.figures and parsed.suites:
        msg = "--figures compares what scripts draw; tests have outcomes, so leave it out"
        raise SelectionError(msg)
    if parsed.needs_scripts and not any(named):
        msg = "name a SCRIPT to check, or a module with -m, or tests with --pytest"
        raise SelectionError(msg)
    if parsed.module:
        return (module_file(parsed.module, parsed.cwd or Path()),)
    tests = (file for path in parsed.suites for file in files_at(path))
    return (*parsed.scripts, *dict.fromkeys(tests))
