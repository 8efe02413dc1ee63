"""What the error of an installer means: a verdict and a cause.

The rules are data and tried in order, so that a fault of this machine is found before anything
that would count against the release.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from tfcompat.environments.base import BuildFailure
from tfcompat.results.verdicts import Cause, CauseKind, Verdict

# What uv draws around the chain of causes: spaces, a cross, arrows and lines.
_DRAWING = " \t\u00d7\u2570\u2500\u25b6\u251c\u2502"


@dataclass(frozen=True, kw_only=True)
class ErrorRule:
    """A pattern in an installer's output, and the verdict and kind of cause that it stands for."""

    pattern: re.Pattern[str]
    verdict: Verdict
    kind: CauseKind


def _rule(verdict: Verdict, kind: CauseKind, *patterns: str) -> ErrorRule:
    """Return a rule for any of some patterns, whatever their case."""
    joined = "|".join(f"(?:{pattern})" for pattern in patterns)
    return ErrorRule(pattern=re.compile(joined, re.IGNORECASE), verdict=verdict, kind=kind)


RULES = (
    _rule(
        Verdict.UNKNOWN,
        CauseKind.DISK,
        r"no space left on device",
        r"disk quota exceeded",
        r"read-only file system",
    ),
    _rule(
        Verdict.UNKNOWN,
        CauseKind.NETWORK,
        # uv
        r"error sending request",
        r"request failed after \d+ retries",
        r"failed to fetch: `",
        r"dns error",
        r"operation timed out",
        r"connection (?:refused|reset|closed)",
        r"network was disabled",
        r"network connectivity is disabled",
        # Also 404: the index named that file.
        r"http status (?:server|client) error \(\d\d\d",
        r"hash mismatch",
        r"error decoding response body",
        # pip 20.3
        r"max retries exceeded",
        r"newconnectionerror",
        r"read timed out",
        r"\b(?:5\d\d|429) (?:server|client) error",
        r"do not match the hashes",
        r"connection broken",
    ),
    _rule(
        Verdict.UNKNOWN,
        CauseKind.NO_UPLOAD_TIMES,
        r"missing an upload date",
        r"missing upload (?:date|time)",
    ),
    _rule(
        Verdict.UNKNOWN,
        CauseKind.TOOL,
        # This machine lets no more be opened, started or held in memory.
        r"too many open files",
        r"resource temporarily unavailable",
        r"cannot allocate memory",
        r"memory allocation of \d+ bytes failed",
        # uv does not know an option: our fault, or a newer uv's.
        r"unrecognized subcommand",
        r"unexpected argument",
        r"command '?\S*(?:cc|\+\+|clang|gfortran)'? failed: no such file",
        r"unable to execute '?\S*(?:cc|\+\+|clang|gfortran)'?: no such file",
    ),
    _rule(
        Verdict.UNBUILDABLE,
        CauseKind.BUILD_ERROR,
        r"failed to build",
        r"build backend (?:failed|returned)",
        r"call to `.*` failed",
        r"command errored out with exit status",
    ),
    _rule(
        Verdict.UNBUILDABLE,
        CauseKind.CONFLICT,
        r"no solution found when resolving",
        r"resolutionimpossible",
        r"could not find a version that satisfies",
        r"no matching distribution found",
    ),
)


def is_file_gone(failure: BuildFailure) -> bool:
    """Tell whether uv failed because a file that the index once named is not there any more."""
    return re.search(r"HTTP status client error \(4(?:04|10)", failure.error) is not None


def classify(
    output: str, phases: dict[str, float], *, before_release: bool = False
) -> BuildFailure:
    """Return the failure that the whole output of an installer stands for.

    A failure that no rule knows counts as a build error: the tool ran, and there is no environment.
    ``before_release`` says that the step did not yet concern the release, which is then not to
    blame. ``phases`` are the seconds spent so far.
    """
    cause = _cause(output)
    verdict = _VERDICTS.get(cause.kind, Verdict.UNBUILDABLE)
    if before_release and verdict is Verdict.UNBUILDABLE:
        verdict, cause = Verdict.UNKNOWN, replace(cause, kind=CauseKind.TOOL)
    return BuildFailure(verdict=verdict, cause=cause, error=output, phases=phases)


_VERDICTS = {rule.kind: rule.verdict for rule in RULES}

# Where installers explain a contradiction between requirements, in a paragraph of several lines.
_EXPLANATION = re.compile(r"(?:Because |The conflict is caused by:\s)(?:.+\n?)+")

# Offline, uv explains a missing package in the words of a contradiction.
_EXPLAINED = (CauseKind.CONFLICT, CauseKind.NETWORK)

# How uv ends the chain of what led to an error: the last one says what happened.
_LAST_CAUSE = re.compile(r"^\s*(?:caused by|cause):\s*(.+)\s*\Z", re.IGNORECASE | re.MULTILINE)

_MESSAGE_LENGTH = 500


def _cause(output: str) -> Cause:
    for rule in RULES:
        found = rule.pattern.search(output)
        if found:
            message = _reason(output, rule.kind) or _line_at(output, found.start())
            return Cause(kind=rule.kind, message=message)
    last = output.strip().splitlines()[-1:] or ["the installer failed without a word"]
    return Cause(kind=CauseKind.BUILD_ERROR, message=last[0].strip()[:_MESSAGE_LENGTH])


def _reason(output: str, kind: CauseKind) -> str | None:
    """Return the installer's own explanation on one line, None where it gives none."""
    last = _LAST_CAUSE.search(output)
    if kind is CauseKind.NETWORK and last:
        return last[1].strip()[:_MESSAGE_LENGTH]
    found = _EXPLANATION.search(output) if kind in _EXPLAINED else None
    if found is None:
        return None
    words = found[0].translate(dict.fromkeys(map(ord, _DRAWING), " ")).split()
    return " ".join(words)[:_MESSAGE_LENGTH]


def _line_at(text: str, position: int) -> str:
    """Return the line that a position is in, without what uv draws around it."""
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    line = text[start : end if end >= 0 else None]
    return line.strip(_DRAWING)[:_MESSAGE_LENGTH]
