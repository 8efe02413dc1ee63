"""What a search found, as plain records: ranges, edges, islands, and a status for each release.

They say only what the search knows, and mark what was inferred as such. ``search.summary`` makes
them of a search; ``report.search`` renders them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfcompat.judging.ranges import Level


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
class Edge:
    """What stops a script in one direction, ``up`` or ``down``.

    ``release`` is the first that answers otherwise, on ``python``, and ``verdict`` and ``why`` say
    how; ``last`` is the nearest that still holds. Of the releases ``between`` nothing is known:
    they have no environment here, or gave no answer. ``other_python`` says what the same release
    does on the Python of ``last``, where that is another one and it was tried.
    """

    direction: str
    level: Level
    release: str
    python: str
    verdict: str
    why: str
    last: str
    between: tuple[str, ...] = ()
    other_python: str = ""


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
    ``same`` is the range with the same result. ``open_ends`` are the directions in which nothing
    stops it, each with the releases there that gave no answer. ``specifier`` is a PEP 440 one.
    ``marks`` are the statuses of all releases, oldest first.
    """

    script: str
    baseline: str
    python: str
    baseline_problem: str
    untried: bool
    works: ReleaseRange | None
    same: ReleaseRange | None
    islands: tuple[ReleaseRange, ...]
    edges: tuple[Edge, ...]
    open_ends: Mapping[str, tuple[str, ...]]
    specifier: str
    marks: tuple[ReleaseStatus, ...]


@dataclass(frozen=True, kw_only=True)
class Findings:
    """All that a search found of its scripts, in the order of the study, and what it cost.

    ``resolve`` is as in ``caliper.yaml``. ``releases`` counts those that were searched, ``built``
    the environments that were made, ``unbuilt`` those that could not be, and ``stored`` the other
    cells whose results were there before.
    """

    dependency: str
    resolve: str
    releases: int
    built: int
    unbuilt: int
    stored: int
    seconds: float
    scripts: tuple[ScriptFindings, ...]
