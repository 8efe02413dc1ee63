"""The arguments of commands that ask of one release what its packages do to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.cli.arguments.searching import add_search_request, search_request_of
from tfcompat.errors import SelectionError
from tfcompat.search.drifts import Question

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def add_question(parser: ArgumentParser) -> None:
    """Add the options of which ``question_of`` makes a Question."""
    add_search_request(parser, needs_scripts=True)


def question_of(parsed: Namespace) -> Question:
    """Return what is asked.

    Raises UserError where no release is named, and for options that say nothing of one.
    """
    if not parsed.releases:
        msg = "name the release with --release, such as --release 1.4.0"
        raise SelectionError(msg)
    if parsed.baseline or parsed.resolve:
        msg = (
            "the release is compared with itself, as of its own day and as installed today; leave "
            "out --baseline and --resolve"
        )
        raise SelectionError(msg)
    return Question(request=search_request_of(parsed), good=parsed.good, bad=parsed.bad)
