"""``tfcompat candidate``: find what an unreleased version would change for scripts."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentTypeError
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.cli.arguments.running import run_options_of
from tfcompat.cli.arguments.searching import add_search_request, search_request_of
from tfcompat.cli.arguments.shown import progress_of
from tfcompat.cli.arguments.values import minutes
from tfcompat.errors import ClaimError, IndexUnavailableError, SelectionError, near_miss
from tfcompat.report import candidate as candidate_report
from tfcompat.search import bisect, candidate, downstream
from tfcompat.search.candidate_answers import NEWS, Group
from tfcompat.search.candidate_subject import CandidateQuestion
from tfcompat.util.files import strict_json, write_text

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from tfcompat.search.candidate import Attempt
    from tfcompat.search.commit_answers import BrokenBy

_FAIL_ON = {"failing": (Group.FAILING,), "different": (Group.DIFFERENT,), "news": NEWS}


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    add("candidate", metavar="WHEEL|SDIST|DIRECTORY|git+URL@REF", help="the unreleased version")
    add_search_request(parser, needs_scripts=False)
    add("--study", type=Path, dest="config", default=SUPPRESS, metavar="FILE",
        help="the study whose examples are run; the same as --config")  # fmt: skip
    add("--against", metavar="RELEASE|FILE|REF",
        help="a release, whatever a candidate can be, or a reference of its git repository; "
        "default: the newest release that is not newer")  # fmt: skip
    add("--downstream", action="append", default=[], metavar="REQ",
        help="try the candidate beside this package, too: its modules are imported, and the tests "
        "of its sources are run; may repeat; default: those of the study")  # fmt: skip
    add("--minutes", type=minutes, metavar="N",
        help="end after so many minutes, and say what was left out")  # fmt: skip
    add("--fail-on", type=groups, default=(), metavar="WHAT,...",
        help="exit 1 where there is any: failing, different, or news for both")  # fmt: skip
    add("--bisect", action="store_true",
        help="find the commit of each news, by building those since --against")  # fmt: skip
    add("--junit", type=Path, metavar="FILE", help="write JUnit XML there as well")
    add("--dask", help=SUPPRESS)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON")
    form.add_argument("--markdown", action="store_true", help="print Markdown")


def groups(text: str) -> tuple[Group, ...]:
    """Return what a comma-separated list names; ArgumentTypeError for any other word."""
    chosen: list[Group] = []
    for word in text.split(","):
        if word not in _FAIL_ON:
            hint = near_miss(word, _FAIL_ON) or f"; it takes {', '.join(_FAIL_ON)}"
            msg = f"{word!r} is nothing to fail on{hint}"
            raise ArgumentTypeError(msg)
        chosen += _FAIL_ON[word]
    return tuple(dict.fromkeys(chosen))


def run(parsed: Namespace, attempt: Attempt | None = None) -> int:
    """Try a candidate and print what it changes; return 3 where an example could not be tried.

    ``attempt`` tries it on scripts; without one they are run here.

    Raises ClaimError where there is something that ``--fail-on`` names, SelectionError for options
    that say nothing of a candidate.
    """
    if parsed.releases or parsed.baseline or parsed.resolve:
        msg = (
            "a candidate is compared with what --against names, and both sides are resolved as of "
            "now; leave out --release, --baseline and --resolve"
        )
        raise SelectionError(msg)
    if parsed.dask is not None:
        msg = (
            "--dask: a candidate is built on this machine, and both sides run in turns on one "
            "machine, so candidate has no workers; leave it out"
        )
        raise SelectionError(msg)
    request = search_request_of(parsed)
    question = CandidateQuestion(
        candidate=parsed.candidate,
        against=parsed.against,
        request=request,
        downstream=downstream.downstream_of(request, parsed.downstream),
        minutes=parsed.minutes,
    )
    commits: tuple[BrokenBy, ...] | None = None
    options = run_options_of(parsed)
    with ExitStack() as stack:
        progress = stack.enter_context(progress_of(parsed))
        attempt = attempt or stack.enter_context(candidate.open_trials(request.selection))
        answer = downstream.try_everything(question, options, progress, attempt)
        if parsed.bisect:
            commits = bisect.find_commits(question, answer, options, progress, attempt)
    if parsed.json:
        print(strict_json(candidate_report.as_json(answer, commits), indent=1))
    elif parsed.markdown:
        print(candidate_report.markdown(answer, commits or ()))
    else:
        print(candidate_report.text(answer, commits or ()))
    if parsed.junit:
        _write(parsed.junit, candidate_report.junit(answer))
    if answer.unknown:
        return IndexUnavailableError.exit_code
    unwanted = answer.of(*parsed.fail_on)
    if unwanted:
        msg = f"--fail-on: {len(unwanted)} of {len(answer.findings)} examples"
        raise ClaimError(msg)
    return 0


def _write(path: Path, text: str) -> None:
    try:
        write_text(path, text)
    except OSError as error:
        msg = f"--junit: cannot write {path}: {error.strerror}"
        raise SelectionError(msg) from None
