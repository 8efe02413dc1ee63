"""What the error of an installer means: a verdict and a cause.

The rules are data and tried in order, so that a fault of this machine is found before anything
that would count against the release.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)

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
        r"killed signal terminated program",
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
        r"subprocess-exited-with-error",
        r"metadata-generation-failed",
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


# What uv says of a release that it does not consider, in a warning or in the hint of an error.
_UNREADABLE = re.compile(
    r"`([^`\s]+)==([^`\s]+)` has invalid metadata|"
    r"Metadata for `([^`\s]+)` \(v([^)\s]+)\) could not be parsed"
)
_UNREADABLE_FILE = re.compile(r"has a non-PEP 625-compliant source distribution filename")

# What was being built: uv names the package and its version, pip the package, the last one it took.
_BUILDING = re.compile(r"Failed to build `([^`=@\s]+?)(?:==| ?@ ?)([^`\s]+)`")
_COLLECTING = re.compile(r"^\s*(?:Collecting|Building wheel for) ([\w.-]*\w)", re.MULTILINE)
_WANTS = re.compile(r"No module named '?([A-Za-z]\w*)|\((\w+)\) is not installed")


def unreadable_releases(output: str) -> tuple[str, ...]:
    """Return the releases, such as ``pandas==0.20.3``, whose metadata uv could not read.

    Of each package it is the one that uv considered first, which it would have preferred.
    """
    first: dict[str, str] = {}
    for found in _UNREADABLE.finditer(output):
        name, version = filter(None, found.groups())
        first.setdefault(name, version)
    return tuple(f"{name}=={version}" for name, version in first.items())


def is_file_unreadable(failure: BuildFailure) -> bool:
    """Tell whether uv does not take a source distribution because of its name alone."""
    return _UNREADABLE_FILE.search(failure.error) is not None


def undeclared_need(failure: BuildFailure) -> tuple[str, str] | None:
    """Return a package that could not be built, and the module that it wanted; None without."""
    package = package_built(failure.error)
    module = _WANTS.search(failure.cause.message)
    return (package[0], (module[1] or module[2]).lower()) if package and module else None


def package_built(output: str) -> tuple[str, ...] | None:
    """Return the package whose build failed, and its version where the installer names it."""
    by_uv = _BUILDING.search(output)
    if by_uv:
        return by_uv[1], by_uv[2]
    error = re.search(r"Command errored out|did not run successfully", output)
    by_pip = _COLLECTING.findall(output[: error.start()]) if error else []
    return (by_pip[-1],) if by_pip else None


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

# What a build printed: below a heading of uv, or between two lines of pip (20.3, 22 and later).
_BUILD_OUTPUT = (
    re.compile(r"\[stderr\]\n(.+?)(?=\n\s*hint: |\Z)", re.DOTALL),
    re.compile(r"\[stdout\]\n(.+?)(?=\n\s*hint: |\Z)", re.DOTALL),
    re.compile(r"Command errored out with exit status.*?\n(.+?)(?=\n\s*-{10,}|\Z)", re.DOTALL),
    re.compile(r"\[\d+ lines? of output\]\n(.+?)(?=\n\s*\[end of output\])", re.DOTALL),
)
_TELLING = re.compile(
    r"(?:^|[\s:])(?:fatal )?error(?: in |: )|^\w[\w.]*(?:Error|Exception|Exit)\b|"
    r"not installed|not found|cannot find -l|please make sure",
    re.IGNORECASE,
)
# That something failed, without why.
_EMPTY = re.compile(
    r"command \S+ failed with exit|^error: (?:failed|metadata-generation)|subprocess-exited",
    re.IGNORECASE,
)

# A header that neither Python nor NumPy ever had belongs to a library of the system.
_NO_LIBRARY = re.compile(
    r"fatal error: (?!(?:longintrepr|frameobject|structmember|code|opcode|node|graminit|grammar|"
    r"parsetok|pyarena|numpy/[\w/]+)\.h)[^\s:]+\.h(?:pp|xx)?: No such file|cannot find -l|"
    r"\b(?:pg_config|mysql_config|pkg-config|cmake|swig|cargo|rustc)\b.*(?:not found|no such file)|"
    r"make sure the \S+ and \S+ development packages are installed",
    re.IGNORECASE,
)


# A file that uv passes over, as nothing says when it came.
_WITHOUT_TIME = re.compile(r"^warning: `?([^\s`]+)`? is missing an upload date.*\n?", re.MULTILINE)


def _without_idle_warnings(output: str) -> str:
    """Return an output without the files that lack a time and would not have served anyway."""
    found = _EXPLANATION.search(output)
    if found is None:
        return output
    explanation = found[0]
    return _WITHOUT_TIME.sub(
        lambda warning: warning[0] if _might_serve(warning[1], explanation) else "", output
    )


def _might_serve(filename: str, explanation: str) -> bool:
    """Tell whether an explanation requires what a file holds, by its name and version."""
    try:
        name, version = (
            parse_wheel_filename(filename)[:2]
            if filename.endswith(".whl")
            else parse_sdist_filename(filename)
        )
    except (InvalidWheelFilename, InvalidSdistFilename):
        return True
    # What there is, and is not, is not what is required.
    required = (
        rf"(?<!only )(?<!versions of )(?<!version of )\b{re.escape(name)}((?:[<>=!~][^\s]*)?)"
    )
    for spec in re.findall(required, explanation, re.IGNORECASE):
        try:
            if SpecifierSet(spec.rstrip(",.")).contains(version, prereleases=True):
                return True
        except InvalidSpecifier:
            return True
    return False


def _cause(output: str) -> Cause:
    output = _without_idle_warnings(output)
    for rule in RULES:
        found = rule.pattern.search(output)
        if found and rule.kind is CauseKind.BUILD_ERROR:
            return _build_cause(output, _line_at(output, found.start()))
        if found:
            message = _reason(output, rule.kind) or _line_at(output, found.start())
            return Cause(kind=rule.kind, message=message)
    last = output.strip().splitlines()[-1:] or ["the installer failed without a word"]
    return Cause(kind=CauseKind.BUILD_ERROR, message=last[0].strip()[:_MESSAGE_LENGTH])


def _build_cause(output: str, headline: str) -> Cause:
    """Return the cause of a failed build: the line that says why, and what was built.

    What needs a library that this machine lacks is no fault of the release.
    """
    line = _telling_line(output)
    if line is None:
        return Cause(kind=CauseKind.BUILD_ERROR, message=headline)
    kind = CauseKind.TOOL if _NO_LIBRARY.search(line) else CauseKind.BUILD_ERROR
    package = package_built(output)
    what = f"{' '.join(package)} cannot be built: " if package else ""
    return Cause(
        kind=kind,
        message=f"{what}{line}"[:_MESSAGE_LENGTH],
        package=canonicalize_name(package[0]) if package else None,
    )


def _telling_line(output: str) -> str | None:
    """Return the last line of what a build printed that says why it failed, None without any."""
    printed = next((m[1] for p in _BUILD_OUTPUT for m in p.finditer(output)), None)
    if printed is None:
        return None
    lines = [line.strip(_DRAWING) for line in printed.splitlines()]
    lines = [line for line in lines if line]
    telling = [line for line in lines if _TELLING.search(line)]
    best = [line for line in telling if not _EMPTY.search(line)] or telling or lines
    return best[-1] if best else None


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
