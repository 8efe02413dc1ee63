"""What a candidate changes for the examples of a study: what was found, sorted. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from tfcompat.results.verdicts import Cause, CauseKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tfcompat.breaks.surface_diff import SurfaceChange
    from tfcompat.counterfactual.packages import MovedPackage

# An example is slower from so many times on, and by at least so many seconds.
_SLOWER = 2.0
_NOTABLE_SECONDS = 0.1


class Outcome(str, Enum):
    """What became of an example on one side."""

    WORKS = "works"
    DIFFERENT = "different"
    FAILED = "failed"
    UNBUILDABLE = "unbuildable"
    UNKNOWN = "unknown"

    @property
    def is_broken(self) -> bool:
        """Whether it does not run, through the fault of what is installed."""
        return self in (Outcome.FAILED, Outcome.UNBUILDABLE)


class SideOutcome(NamedTuple):
    """What became of an example on one side, and why."""

    outcome: Outcome
    cause: Cause | None = None


class Group(str, Enum):
    """What a candidate does to an example. The first two are news, if they are confirmed."""

    FAILING = "failing"
    DIFFERENT = "different"
    FIXED = "fixed"
    SAME = "same"
    BROKEN_ON_BOTH = "broken-on-both"
    UNTRIED = "untried"


class Slowdown(NamedTuple):
    """How many seconds an example takes on both sides, in the middle one of its runs."""

    old: float
    new: float


def slowdown(old: Sequence[float], new: Sequence[float]) -> Slowdown | None:
    """Return the slowdown from some runs to others, None where they do not lie far apart.

    The fastest of the new ones takes twice as long as the slowest of the old ones, and a difference
    that a machine makes by itself more.
    """
    apart = min(new) - max(old)
    if min(new) < _SLOWER * max(old) or apart < _NOTABLE_SECONDS:
        return None
    return Slowdown(round(median(old), 3), round(median(new), 3))


NEWS = (Group.FAILING, Group.DIFFERENT)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """An example, by its path, and what became of it with the old and with the new one.

    ``why`` says where the results differ and what caused it, or why it fails, in short.
    ``slowdown`` is set where it takes far longer with the new one, which is no news.
    """

    example: str
    group: Group
    old: Outcome
    new: Outcome
    cause: Cause | None = None
    why: str = ""
    slowdown: Slowdown | None = None


@dataclass(frozen=True, kw_only=True)
class CandidateSide:
    """One of the two that are compared. ``file`` and ``sha256`` are empty for a release."""

    project: str
    version: str
    file: str = ""
    sha256: str = ""


@dataclass(frozen=True, kw_only=True)
class CandidateAnswer:
    """What a candidate changes, in so many seconds; ``as_of`` is the instant of both sides.

    ``packages`` are those beside the library in which the sides differ, as their requirements ask,
    ``surface`` is what the libraries themselves offer differently.
    """

    candidate: CandidateSide
    against: CandidateSide
    python: str
    as_of: str
    findings: tuple[Finding, ...]
    packages: tuple[MovedPackage, ...]
    seconds: float
    surface: tuple[SurfaceChange, ...] = ()

    def of(self, *groups: Group) -> tuple[Finding, ...]:
        """Return the findings of some groups, in their order."""
        return tuple(one for one in self.findings if one.group in groups)

    @property
    def slower(self) -> tuple[Finding, ...]:
        """What takes far longer with the new one, whatever else becomes of it."""
        return tuple(one for one in self.findings if one.slowdown)

    @property
    def unknown(self) -> tuple[Finding, ...]:
        """What could not be tried, but for what prints nothing that could be compared."""
        return tuple(
            one
            for one in self.of(Group.UNTRIED)
            if one.cause is None or one.cause.kind is not CauseKind.UNSTABLE_BASELINE
        )

    @property
    def news(self) -> tuple[Finding, ...]:
        """What works with the old one, and fails or gives another result with the new one."""
        return self.of(*NEWS)


def classify(example: str, old: SideOutcome, new: SideOutcome) -> Finding:
    """Return what a candidate does to an example, from what became of it on both sides.

    What is broken on both sides is no news, and says nothing where one side is not known.
    """
    unknown = next((one for one in (old, new) if one.outcome is Outcome.UNKNOWN), None)
    if unknown is not None:
        group, cause = Group.UNTRIED, unknown.cause
    elif old.outcome.is_broken:
        group = Group.BROKEN_ON_BOTH if new.outcome.is_broken else Group.FIXED
        cause = new.cause if new.outcome.is_broken else old.cause
    elif new.outcome.is_broken:
        group, cause = Group.FAILING, new.cause
    elif new.outcome is Outcome.DIFFERENT:
        group, cause = Group.DIFFERENT, new.cause
    else:
        group, cause = Group.SAME, None
    return Finding(example=example, group=group, old=old.outcome, new=new.outcome, cause=cause)


_OF_VERDICTS = {
    Verdict.SAME: Outcome.WORKS,
    Verdict.DIFFERENT: Outcome.DIFFERENT,
    Verdict.FAILED: Outcome.FAILED,
    Verdict.UNBUILDABLE: Outcome.UNBUILDABLE,
}


def outcome_of(verdict: Verdict, cause: Cause | None) -> SideOutcome:
    """Return what a verdict says of one side; what cannot be compared is not known."""
    return SideOutcome(_OF_VERDICTS.get(verdict, Outcome.UNKNOWN), cause)


def untried(examples: Iterable[str], message: str) -> tuple[Finding, ...]:
    """Return examples as not tried, for a reason."""
    unknown = SideOutcome(Outcome.UNKNOWN, Cause(kind=CauseKind.INTERRUPTED, message=message))
    return tuple(classify(example, unknown, unknown) for example in examples)
