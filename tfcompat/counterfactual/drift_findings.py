"""What is found of a release that no longer works with the packages of another day. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from packaging.version import Version


class Outcome(Enum):
    """How a search for culprits ended."""

    FOUND = "found"
    WORKS = "works"
    """The bad environment gives the result of the good one."""
    GOOD_FAILS = "good-fails"
    NO_GOOD = "no-good-environment"
    NO_BAD = "no-bad-environment"
    UNEXPLAINED = "unexplained"
    """It does not work either with what both environments have held back."""


@dataclass(frozen=True, kw_only=True)
class Culprit:
    """A package, its last release that works and the first that does not.

    With ``last_good`` above ``first_bad``, it is an older release that breaks.
    """

    package: str
    last_good: str
    first_bad: str

    @property
    def constraint(self) -> str:
        """The loosest requirement that keeps the bad release out."""
        sign = "<" if Version(self.last_good) < Version(self.first_bad) else ">"
        return f"{self.package}{sign}{self.first_bad}"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a search for culprits found.

    ``error`` is how the bad environment fails, or what differs in it. ``mends_bad``: it works with
    the constraints of the culprits and no others. ``breaks_good``: moving the culprits to their
    first bad releases breaks the good one; ``companions`` moved with them, as they require it.
    """

    outcome: Outcome
    culprits: tuple[Culprit, ...] = ()
    companions: tuple[str, ...] = ()
    breaks_good: bool = False
    mends_bad: bool = False
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class Mending:
    """What was found, one finding for each round; the last one says whether it works now.

    ``bounds`` are requirements such as ``protobuf<4``: with them it works, if it ``works`` at all.
    """

    findings: tuple[Finding, ...]
    bounds: tuple[str, ...]

    @property
    def works(self) -> bool:
        """Whether the environment with all bounds gives the result of the good one."""
        return self.findings[-1].outcome is Outcome.WORKS

    @property
    def is_needed(self) -> bool:
        """Whether it does not work without bounds."""
        return self.findings[0].outcome is not Outcome.WORKS
