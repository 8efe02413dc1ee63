"""What to try where a script runs with no release: by the commonest error, and its cause."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfcompat.errors import UserError
from tfcompat.execution.hidden_files import hidden_file
from tfcompat.planning.python2 import is_python2
from tfcompat.results.verdicts import CauseKind
from tfcompat.util import python_names
from tfcompat.util.text import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfcompat.results.verdicts import Cause

_FILE = re.compile(r"'([^']+)'")


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a script does not run with a release, on a Python; or why there is no environment."""

    release: str
    python: str
    cause: Cause


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """What may let a script run: another Python, or a package to require. ``text`` says so."""

    text: str
    python: str | None = None
    package: str | None = None


class RunsNowhereError(UserError):
    """A script runs with no release; ``remedy`` is what may help, if anything is known to.

    The exit code is 3 where nothing could be tried. ``built`` are the cells whose environments were
    made until then.
    """

    def __init__(
        self, message: str, *, script: str, remedy: Remedy | None, was_tried: bool = True
    ) -> None:
        super().__init__(message)
        self.script = script
        self.remedy = remedy
        self.exit_code = UserError.exit_code if was_tried else 3
        self.built: frozenset[str] = frozenset()


def runs_nowhere(
    script: str,
    begin: str,
    failures: Sequence[Failure],
    *,
    source: bytes,
    pythons: Sequence[str],
    was_tried: bool,
) -> RunsNowhereError:
    """Return what ends a search for a baseline that found none.

    ``begin`` is how the sentence begins. ``failures`` are those known, newest first; ``source`` is
    the script, and ``pythons`` are those that it can be tried on.
    """
    if not failures:
        message = f"{begin} (no release could be tried); see --dependency"
        return RunsNowhereError(message, script=script, remedy=None, was_tried=False)
    failure, number = commonest(failures)
    example = f"with {failure.release}: {failure.cause.message}"
    if not was_tried:
        message = f"{begin} ({example}); none could be tried; see --dependency"
        return RunsNowhereError(message, script=script, remedy=None, was_tried=False)
    kind = failure.cause.kind.value
    share = f"so with {number} of {plural(len(failures), 'release')}, cause {kind}"
    remedy = remedy_for(failure, source, pythons)
    what = remedy.text if remedy else "name one that it runs with (--baseline) or --dependency"
    return RunsNowhereError(f"{begin} ({example}); {share}; {what}", script=script, remedy=remedy)


def commonest(failures: Sequence[Failure]) -> tuple[Failure, int]:
    """Return the first of the failures that there are most of, and how many these are."""
    counts = Counter(map(_reason, failures))
    most = max(counts.values())
    failure = next(failure for failure in failures if counts[_reason(failure)] == most)
    return failure, most


def _reason(failure: Failure) -> tuple[CauseKind, str]:
    """Return what failures with one reason have in common, whatever their Pythons are."""
    cause = failure.cause
    return cause.kind, cause.symbol or cause.package or cause.message


def remedy_for(failure: Failure, source: bytes, pythons: Sequence[str]) -> Remedy | None:
    """Return what may let a script run that fails so; None where nothing better is known."""
    cause = failure.cause
    if cause.kind is CauseKind.PYTHON:
        python = _python_with(cause, source, pythons)
        if python is None or python == failure.python:
            return None
        return Remedy(text=f"try --python {python}", python=python)
    if cause.kind is CauseKind.MISSING_PACKAGE and cause.package:
        return Remedy(text=f"try --require {cause.package}", package=cause.package)
    if cause.kind is CauseKind.USAGE:
        return Remedy(text="give the script its arguments, after --")
    if hidden := hidden_file(cause):
        return Remedy(text=f"the script wants {hidden}, which runs do not see: try --files open")
    return _of_a_file(cause) if cause.kind is CauseKind.MISSING_DATA else None


def _of_a_file(cause: Cause) -> Remedy:
    named = _FILE.search(cause.message)
    file = f"`{named[1]}`" if named else "a file"
    return Remedy(text=f"the script wants {file}; name the folder to run in with --cwd")


def _python_with(cause: Cause, source: bytes, pythons: Sequence[str]) -> str | None:
    """Return the newest Python that has what is missing: one of ``pythons`` if there is any."""
    newest_first = sorted(pythons, key=_key, reverse=True)
    if not cause.symbol:
        # It is syntax: that of Python 2, or of a newer Python than the one that refused it.
        of_2 = is_python2(source) or _OF_PYTHON_2.search(cause.message)
        return "2.7" if of_2 else next(iter(newest_first), None)
    span = python_names.span_of(cause.symbol)
    if span is None:
        return None
    having = (one for one in newest_first if python_names.has(cause.symbol, one) is not False)
    return next(having, span.last)


# What is said of files that only Python 2 takes.
_OF_PYTHON_2 = re.compile(
    r"as Python 2 alone does|Missing parentheses in call to|invalid token|leading zeros in decimal"
    r"|multiple exception types must be parenthesized"
)


def _key(python: str) -> tuple[int, ...]:
    return tuple(map(int, python.split(".")))
