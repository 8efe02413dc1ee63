"""What installers say when they fail, and what it means. The rules are data, tried in order."""

from __future__ import annotations

import os
import re
import signal
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.environments.base import BuildFailure
from tfcompat.results.verdicts import Cause, CauseKind, Verdict

if TYPE_CHECKING:
    from tfcompat.util.processes import Finished

# What uv draws around the chain of causes.
_DRAWING = " \t\u00d7\u2570\u2500\u25b6\u251c\u2502"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A pattern in an installer's error, and the verdict and cause that it stands for."""

    pattern: re.Pattern[str]
    verdict: Verdict
    kind: CauseKind


def _rule(verdict: Verdict, kind: CauseKind, *patterns: str) -> Rule:
    joined = "|".join(f"(?:{pattern})" for pattern in patterns)
    return Rule(pattern=re.compile(joined, re.IGNORECASE), verdict=verdict, kind=kind)


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
        # uv was asked for something that it does not know: our fault, or a newer uv's.
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


class InstallerStopped(Exception):  # noqa: N818 - it makes a cell unknown, and ends no command
    """An installer did not come to its end: this says nothing of the release."""


def step_seconds() -> float:
    """Return how long one step of making an environment may take: TFCOMPAT_STEP_SECONDS, or 3600.

    Downloads have time limits of their own, but only between two bytes.
    """
    try:
        return float(os.environ.get("TFCOMPAT_STEP_SECONDS", ""))
    except ValueError:
        return 3600.0


def ended(step: Finished) -> Finished:
    """Return a step of an installer that ended by itself, well or not; raise InstallerStopped."""
    name = Path(step.command[0]).name
    if step.returncode is None:
        msg = f"{name} did not end within {step_seconds():g} s (TFCOMPAT_STEP_SECONDS allows more)"
        raise InstallerStopped(msg)
    if step.returncode < 0:
        msg = f"{name} was ended by {signal.Signals(-step.returncode).name}"
        raise InstallerStopped(msg)
    return step


def is_gone(failure: BuildFailure) -> bool:
    """Tell whether a file that the index once named is not there any more."""
    return re.search(r"HTTP status client error \(4(?:04|10)", failure.error) is not None


def classify(said: str, phases: dict[str, float], *, tools: bool = False) -> BuildFailure:
    """Return the failure that an installer's output stands for.

    A failure that no rule knows counts as a build error: the tool ran, and there is no environment.
    ``tools`` says that it failed before it came to the release: then the release is not to blame.
    """
    cause = _cause(said)
    verdict = _VERDICTS.get(cause.kind, Verdict.UNBUILDABLE)
    if tools and verdict is Verdict.UNBUILDABLE:
        verdict, cause = Verdict.UNKNOWN, replace(cause, kind=CauseKind.TOOL)
    return BuildFailure(verdict=verdict, cause=cause, error=said, phases=phases)


def _cause(said: str) -> Cause:
    for rule in RULES:
        found = rule.pattern.search(said)
        if found:
            message = _reason(said, rule.kind) or _line_of(said, found.start())
            return Cause(kind=rule.kind, message=message)
    last = said.strip().splitlines()[-1:] or ["the installer failed without a word"]
    return Cause(kind=CauseKind.BUILD_ERROR, message=last[0].strip()[:500])


_VERDICTS = {rule.kind: rule.verdict for rule in RULES}

# Where installers say why requirements contradict each other, in a paragraph of several lines.
_BECAUSE = re.compile(r"(?:Because |The conflict is caused by:\s)(?:.+\n?)+")


# Offline, what is missing is told like what contradicts.
_EXPLAINED = (CauseKind.CONFLICT, CauseKind.NETWORK)

# How uv ends the chain of what led to an error: the last one says what happened.
_LAST_CAUSE = re.compile(r"^\s*(?:caused by|cause):\s*(.+)\s*\Z", re.IGNORECASE | re.MULTILINE)


def _reason(said: str, kind: CauseKind) -> str | None:
    last = _LAST_CAUSE.search(said)
    if kind is CauseKind.NETWORK and last:
        return last[1].strip()[:500]
    found = _BECAUSE.search(said) if kind in _EXPLAINED else None
    if found is None:
        return None
    words = found[0].translate(dict.fromkeys(map(ord, _DRAWING), " ")).split()
    return " ".join(words)[:500]


def _line_of(text: str, position: int) -> str:
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    line = text[start : end if end >= 0 else None]
    return line.strip(_DRAWING)[:500]
