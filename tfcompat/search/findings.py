"""What a search found, as plain records: ranges, edges, islands, and a status for each release.

They say only what the search knows, and mark what was inferred as such. ``search.summary`` makes
them of a search; ``report.search`` renders them.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - the JSON Schema is made from these types
from dataclasses import dataclass, field
from enum import Enum

from tfcompat.errors import InterruptedRunError
from tfcompat.judging.ranges import Level  # noqa: TC001 - likewise
from tfcompat.results.verdicts import Cause  # noqa: TC001 - likewise


class Blame(str, Enum):
    """What an edge between two Pythons is owed to, as far as the other Pythons show."""

    RELEASE = "release"
    PYTHON = "python"
    BOTH = "both"
    UNKNOWN = "unknown"


class Stop(str, Enum):
    """What ended a search before all was settled: the user, or the time that was given to it."""

    USER = "interrupted"
    TIME = "time"


@dataclass(frozen=True, kw_only=True)
class ReleaseRange:
    """A range of releases from ``low`` to ``high``; on these ``pythons`` its releases ran."""

    low: str
    high: str
    pythons: tuple[str, ...]

    def __str__(self) -> str:
        """Return the range as it is shown."""
        return self.low if self.low == self.high else f"{self.low} … {self.high}"


@dataclass(frozen=True, kw_only=True)
class Island(ReleaseRange):
    """A range apart from that of the baseline; in the ranges ``same`` the result is the same.

    ``same`` is None where there is no result to compare.
    """

    same: tuple[ReleaseRange, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Hole:
    """A few releases that do not hold, from ``low`` to ``high``, between two that do.

    ``below`` and ``above`` are those two, the nearest ones.
    """

    low: str
    high: str
    below: str
    above: str

    def __str__(self) -> str:
        """Return the releases as they are shown."""
        return self.low if self.low == self.high else f"{self.low} … {self.high}"


@dataclass(frozen=True, kw_only=True)
class Counterfactual:
    """What became of a release at an edge on another Python than its own, and why."""

    release: str
    python: str
    verdict: str
    cause: Cause | None = None


@dataclass(frozen=True, kw_only=True)
class Edge:
    """What stops a script in one direction, ``up`` or ``down``.

    ``release`` is the first that answers otherwise, on ``python``, and ``verdict`` and ``why`` say
    how, with ``cause`` where it failed; ``last`` is the nearest that still holds. Of the releases
    ``between`` nothing is known: they have no environment here, or gave no answer; ``untried`` are
    those between that a search did not come to before it was stopped. It is only a ``hole`` where
    releases beyond a few hold again.

    Where ``last`` ran on another Python, ``counterfactuals`` are what the two releases do on the
    Python of each other, as far as that could be tried, ``blame`` is what follows from them, and
    ``other_python`` says so. Where the release itself fails on the Python of ``last`` too, ``why``
    is the reason there: it is free of what the newer Python does.
    """

    direction: str
    level: Level
    release: str
    python: str
    verdict: str
    why: str
    last: str
    between: tuple[str, ...] = ()
    untried: tuple[str, ...] = ()
    other_python: str = ""
    cause: Cause | None = None
    counterfactuals: tuple[Counterfactual, ...] = ()
    blame: Blame | None = None
    hole: Hole | None = None


@dataclass(frozen=True, kw_only=True)
class ReleaseStatus:
    """What is claimed of one release: how it is known (``ran``, ``inferred`` or not), and what.

    ``verdict`` is that of a run, or why there was none; an inferred release has none. ``runs`` and
    ``same`` are None where nothing is claimed.
    """

    release: str
    python: str
    how: str
    verdict: str | None
    runs: bool | None
    same: bool | None


@dataclass(frozen=True, kw_only=True)
class ScriptFindings:
    """All that a search found of one script.

    ``baseline`` is a release, on ``python``. ``baseline_problem`` says why it cannot serve, or
    cannot be compared with, and is empty where it can; ``untried`` that this is for want of a try.
    ``works`` is the range around the baseline in which the script runs, ``islands`` are others, and
    ``same`` is the range with the same result. ``edges`` are what ends these two, and beyond each
    hole the next one. ``open_ends`` are the directions in which nothing stops it, each with the
    releases there that gave no answer; ``unfinished`` those in which a search was stopped before
    anything did, each with the releases there that are still to try. ``python_edges`` are those
    that a Python alone made: the search went on from there on another one. ``within_tolerance`` are
    the releases that were tried and give the same result not exactly, but within tolerance.
    ``specifier`` is a PEP 440 one. ``marks`` are the statuses of all releases, oldest first.
    """

    script: str
    baseline: str
    python: str
    baseline_problem: str
    untried: bool
    works: ReleaseRange | None
    same: ReleaseRange | None
    islands: tuple[Island, ...]
    edges: tuple[Edge, ...]
    open_ends: Mapping[str, tuple[str, ...]]
    specifier: str
    marks: tuple[ReleaseStatus, ...]
    python_edges: tuple[Edge, ...] = ()
    within_tolerance: tuple[str, ...] = ()
    unfinished: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Untried:
    """Releases with which no script could be tried, oldest first, and the one reason for that.

    ``shown`` are the same releases as ranges.
    """

    reason: str
    releases: tuple[str, ...]
    shown: str


@dataclass(frozen=True, kw_only=True)
class Findings:
    """All that a search found of its scripts, in the order of the study, and what it cost.

    ``project`` is how the ``dependency`` writes its own name, ``module`` how it is imported;
    ``oldest`` and ``newest`` are the ends of the releases that were searched, and ``untried`` those
    among them with which nothing could be tried. ``added`` is what the search did by itself, such
    as ``with pandas, which it needs``. ``resolve`` is as in ``caliper.yaml``. ``releases`` counts
    those that were searched, ``built`` the environments that were made, ``unbuilt`` those that
    could not be, and ``stored`` the other cells whose results were there before. ``variants``
    counts the environments of experiments on why results differ. ``stopped`` is what ended the
    search before all was settled, if anything did.
    """

    dependency: str
    resolve: str
    releases: int
    built: int
    unbuilt: int
    stored: int
    seconds: float
    scripts: tuple[ScriptFindings, ...]
    project: str = ""
    module: str = ""
    oldest: str = ""
    newest: str = ""
    untried: tuple[Untried, ...] = ()
    added: tuple[str, ...] = ()
    variants: int = 0
    stopped: Stop | None = None

    @property
    def exit_code(self) -> int:
        """130 where the user stopped the search, 3 where it is not finished otherwise, else 0.

        It is not where the time was over, or a script could not be tried with its baseline.
        """
        if self.stopped is Stop.USER:
            return InterruptedRunError.exit_code
        return 3 if self.stopped or any(script.untried for script in self.scripts) else 0
