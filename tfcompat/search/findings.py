"""What a search found of each script: ranges, edges, islands, and what is claimed of each release.

Pure; it says only what the search knows, and marks what was inferred as such.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from packaging.version import Version

from tfcompat.judging.ranges import Level, Outcome, outcome_of
from tfcompat.results.verdicts import CauseKind
from tfcompat.search.strategy import inferred, ranges
from tfcompat.util import package_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tfcompat.results.schema import CellResult, Example
    from tfcompat.search.search import Explored

_SHOWN = 60


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
    """What stops a script in one direction.

    ``release`` is the first that answers otherwise, on ``python``, and ``verdict`` and ``why`` say
    how; ``last`` is the nearest that still holds. Of the releases ``between`` nothing is known:
    they have no environment here, or gave no answer. ``other_python`` tells what the same release
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
class Finding:
    """All that a search found of one script.

    ``trouble`` says why its baseline cannot serve, or cannot be compared with; ``untried`` that
    this is for want of a try. ``open_ends`` are the directions in which nothing stops it, each with
    the releases there that gave no answer.
    """

    script: str
    baseline: str
    python: str
    trouble: str
    untried: bool
    works: ReleaseRange | None
    same: ReleaseRange | None
    islands: tuple[ReleaseRange, ...]
    edges: tuple[Edge, ...]
    open_ends: dict[str, tuple[str, ...]]
    specifier: str
    marks: tuple[ReleaseStatus, ...]


def findings(explored: Explored) -> tuple[Finding, ...]:
    """Return what was found of each script, in the order of the study."""
    return tuple(_finding(explored, script) for script in explored.search.baselines)


def _finding(explored: Explored, script: str) -> Finding:
    search = explored.search
    baseline = explored.cells[script][search.baselines[script]]
    works, same = (ranges(search, script, level) for level in Level)
    outcome = search.known[script].get(search.baselines[script])
    fine = outcome in (Outcome.SAME, Outcome.DIFFERENT)
    compared = outcome is Outcome.SAME
    edges = tuple(_edges(explored, script)) if fine else ()
    return Finding(
        script=script,
        baseline=baseline.release,
        python=baseline.python,
        untried=outcome is None or outcome is Outcome.UNKNOWN,
        trouble="" if compared else _trouble(explored, script),
        works=_stretch(explored, script, works[0]) if fine else None,
        same=_stretch(explored, script, same[0]) if compared else None,
        islands=tuple(_stretch(explored, script, ends) for ends in works[1:]) if fine else (),
        edges=edges,
        open_ends=dict(_open_ends(explored, script)) if fine else {},
        specifier=specifier(explored, script) if compared else "",
        marks=tuple(_marks(explored, script)),
    )


def _trouble(explored: Explored, script: str) -> str:
    """Return why a baseline cannot serve."""
    cell = explored.cells[script][explored.search.baselines[script]]
    example = explored.example(script, explored.search.baselines[script])
    result = explored.results.get(cell.identifier)
    cause = (example.cause if example else None) or (result.cause if result else None) or cell.cause
    return cause.message if cause else "the baseline was not tried"


def _stretch(explored: Explored, script: str, ends: tuple[int, int]) -> ReleaseRange:
    low, high = ends
    cells = explored.cells[script]
    answered = explored.search.outcomes(script)
    pythons = {cells[r].python for r in range(low, high + 1) if r in answered}
    return ReleaseRange(
        low=cells[low].release,
        high=cells[high].release,
        pythons=tuple(sorted(pythons, key=Version)),
    )


def _edges(explored: Explored, script: str) -> Iterator[Edge]:
    """Yield what ends the ranges around the baseline: where it stops running comes first."""
    search = explored.search
    outcomes = search.outcomes(script)
    for direction in ("up", "down"):
        seen: set[int] = set()
        for level in Level:
            if not level.holds(outcomes[search.baselines[script]]):
                continue
            last = ranges(search, script, level)[0][direction == "up"]
            stops = next((r for r in _beyond(explored, last, direction) if r in outcomes), None)
            if stops is not None and stops not in seen:
                seen.add(stops)
                yield _edge(explored, script, level, direction, last, stops)


def _beyond(explored: Explored, release: int, direction: str) -> Sequence[int]:
    """Return the releases beyond one, the nearest first."""
    up = range(release + 1, explored.search.releases)
    return up if direction == "up" else range(release - 1, -1, -1)


def _edge(
    explored: Explored, script: str, level: Level, direction: str, last: int, stops: int
) -> Edge:
    cells = explored.cells[script]
    outcomes = explored.search.outcomes(script)
    skipped = takewhile(lambda r: r != stops, _beyond(explored, last, direction))
    example = explored.example(script, stops)
    return Edge(
        direction=direction,
        level=level,
        release=cells[stops].release,
        python=cells[stops].python,
        verdict=outcomes[stops].value,
        why=why(example, direction) if example else "",
        last=cells[last].release,
        between=tuple(cells[r].release for r in skipped),
        other_python=_other_python(explored, script, last, stops, level),
    )


def _other_python(explored: Explored, script: str, last: int, stops: int, level: Level) -> str:
    """Return which of the two it was, the release or the Python, where that was tried."""
    result = explored.others.get((script, last, stops))
    if result is None:
        return ""
    here = f"on Python {explored.cells[script][last].python}"
    outcome = outcome_of(result, script)
    if outcome.is_gap:
        return f"{here} it could not be told"
    if level.holds(outcome):
        return f"{here} it is {outcome.value}, so it is the Python"
    return f"{here} it is {outcome.value} too, so it is the release"


def why(example: Example, direction: str = "") -> str:
    """Return in short why an example failed, or where it differs.

    ``direction`` is in which this stops it: what is missing is gone, or is not there yet.
    """
    cause = example.cause
    if cause is not None:
        gone = {"up": "removed", "down": "does not exist yet"}.get(direction)
        if gone and cause.symbol and cause.kind is CauseKind.REMOVED_API:
            return f"`{package_names.to_alias(cause.symbol)}` {gone}"
        return cause.message
    found = example.first_difference
    if found is None:
        return ""
    texts = [found.baseline_text, found.observed_text]
    said = [" ".join(text.split()) if text is not None else "nothing" for text in texts]
    if said[0] == said[1]:
        # They differ in what only a quotation shows.
        said = [repr(text) for text in texts]
    heads = {text.rpartition(": ")[0] for text in said}
    if len(heads) == 1 and "" not in heads:
        # A number by its name, which is said once.
        said[1] = said[1].rpartition(": ")[2]
    old, new = (text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…" for text in said)
    return f"{old} → {new} (line {found.observed_line})"


def _open_ends(explored: Explored, script: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each direction in which nothing was found to stop a script."""
    search = explored.search
    outcomes = search.outcomes(script)
    low, high = ranges(search, script, Level.RUNS)[0]
    for direction, last in (("up", high), ("down", low)):
        beyond = _beyond(explored, last, direction)
        if not any(release in outcomes for release in beyond):
            yield direction, tuple(explored.cells[script][r].release for r in beyond)


def specifier(explored: Explored, script: str) -> str:
    """Return the PEP 440 specifier of the releases that give a script the same result.

    It claims nothing beyond the newest release that was seen to, unless that is the newest there
    is; what lies between two that were is inferred.
    """
    low, high = ranges(explored.search, script, Level.SAME)[0]
    releases = [cell.release for cell in explored.cells[script]]
    parts = [f">={_trimmed(releases[low])}"]
    if high + 1 < len(releases):
        parts.append(f"<{_trimmed(releases[high + 1])}")
    return ",".join(parts)


def _trimmed(release: str) -> str:
    """Return a release without trailing zeros, which mean nothing in a specifier: ``1.4``."""
    version = Version(release)
    parts = list(version.release)
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    plain = version.is_prerelease or version.is_postrelease or bool(version.epoch)
    return release if plain else ".".join(map(str, parts))


def _marks(explored: Explored, script: str) -> Iterator[ReleaseStatus]:
    search = explored.search
    known = search.known[script]
    runs, same = (inferred(search, script, level) for level in Level)
    for number, cell in enumerate(explored.cells[script]):
        outcome = known.get(number)
        claims = runs.get(number), same.get(number)
        if outcome is None:
            how = "not tried" if claims == (None, None) else "inferred"
        elif outcome.is_gap:
            how = "no answer"
        else:
            how = "ran"
            claims = Level.RUNS.holds(outcome), Level.SAME.holds(outcome)
        yield ReleaseStatus(
            release=cell.release,
            python=cell.python,
            how=how,
            verdict=outcome.value if outcome else None,
            runs=claims[0],
            same=claims[1],
        )


def newest_same(explored: Explored, scripts: Sequence[str]) -> CellResult | None:
    """Return the cell of the newest release that gives all of these scripts the same result.

    Only of those that ran; None where there is none.
    """
    for number in reversed(range(explored.search.releases)):
        found = {explored.cells[script][number].identifier for script in scripts}
        if len(found) == 1 and all(
            explored.search.known[script].get(number) is Outcome.SAME for script in scripts
        ):
            return explored.results[found.pop()]
    return None
