"""``tfcompat verify``: check both ends of a claimed range of releases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.cli.arguments.running import run_options_of
from tfcompat.cli.arguments.searching import add_search_request, search_request_of
from tfcompat.cli.arguments.shown import progress_of
from tfcompat.errors import ClaimError, IndexUnavailableError
from tfcompat.results.printed import VerifiedClaim, as_json
from tfcompat.results.verdicts import Verdict
from tfcompat.search import request
from tfcompat.util.files import strict_json

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Sequence

    from tfcompat.execution.campaign_run import RunOptions
    from tfcompat.execution.progress import Progress
    from tfcompat.search.request import Claim, SearchRequest


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--specifier", required=True, metavar="SPEC", help="such as '>=1.4,<2'")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_search_request(parser, needs_scripts=True)


def run(
    parsed: Namespace,
    check: Callable[[SearchRequest, str, RunOptions, Progress], Sequence[Claim]] = request.verify,
) -> int:
    """Try each script at both ends of the range and print what became of it.

    Returns 3 where one could not be tried; raises ClaimError where the claim does not hold.
    """
    with progress_of(parsed) as progress:
        claims = check(
            search_request_of(parsed), parsed.specifier, run_options_of(parsed), progress
        )
    untried = any(claim.verdict is Verdict.UNKNOWN for claim in claims)
    broken = [claim for claim in claims if not claim.holds]
    if parsed.json:
        found = VerifiedClaim(
            specifier=parsed.specifier,
            holds=None if untried else not broken,
            ends=tuple(claim.printed for claim in claims),
        )
        print(strict_json(as_json(found), indent=1))
    else:
        for claim in claims:
            print(f"{claim.script}  {claim}")
    if untried:
        return IndexUnavailableError.exit_code
    if broken:
        msg = f"{parsed.specifier} does not hold: {broken[0].script} {broken[0]}"
        raise ClaimError(msg)
    return 0
