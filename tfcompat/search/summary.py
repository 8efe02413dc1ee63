"""From what a search tried to what it found: builds the plain records of ``search.findings``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING

from packaging.version import Version

from tfcompat.judging.ranges import Level, Outcome, outcome_of
from tfcompat.results.verdicts import CauseKind
from tfcompat.search.findings import (
    Edge,
    Findings,
    ReleaseRange,
    ReleaseStatus,
    ScriptFindings,
)
from tfcompat.search.strategy import inferred, ranges
from tfcompat.util import package_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tfcompat.planning.grid import Cell
    from tfcompat.results.schema import CellResult, Example
    from tfcompat.search.search import SearchResult

# Characters of a text that a difference quotes.
_QUOTED = 60


def summarize(result: SearchResult) -> Findings:
    """Return what a search found of each script, and what it cost."""
    analysis = result.plan.study.analysis
    return Findings(
        dependency=analysis.dependency,
        resolve=analysis.resolve,
        releases=len(result.plan.cells),
        built=result.built,
        unbuilt=result.unbuilt,
        stored=result.stored,
        seconds=result.seconds,
        scripts=tuple(_Script(result, script).findings() for script in result.search.baselines),
    )


def newest_same(result: SearchResult, scripts: Sequence[str]) -> CellResult | None:
    """Return the cell of the newest release that gives all of these scripts the same result.

    Only of those that ran; None where there is none.
    """
    for number in reversed(range(result.search.releases)):
        found = {result.cells[script][number].identifier for script in scripts}
        if len(found) == 1 and all(
            result.search.known[script].get(number) is Outcome.SAME for script in scripts
        ):
            return result.results[found.pop()]
    return None


@dataclass(frozen=True)
class _Script:
    """One script of a search. Releases are numbers, the oldest 0, as in the search itself."""

    result: SearchResult
    name: str

    @property
    def cells(self) -> Sequence[Cell]:
        """The cell of each release."""
        return self.result.cells[self.name]

    @property
    def baseline(self) -> int:
        """The release of the baseline."""
        return self.result.search.baselines[self.name]

    @cached_property
    def outcomes(self) -> dict[int, Outcome]:
        """What it is known to do, in order of releases, without those that gave no answer."""
        return self.result.search.outcomes(self.name)

    def findings(self) -> ScriptFindings:
        """Return all that was found of it."""
        baseline = self.cells[self.baseline]
        outcome = self.result.search.known[self.name].get(self.baseline)
        runs = outcome in (Outcome.SAME, Outcome.DIFFERENT)
        compared = outcome is Outcome.SAME
        working = self.ranges(Level.RUNS) if runs else []
        return ScriptFindings(
            script=self.name,
            baseline=baseline.release,
            python=baseline.python,
            baseline_problem="" if compared else self.baseline_problem(),
            untried=outcome is None or outcome is Outcome.UNKNOWN,
            works=self.release_range(working[0]) if runs else None,
            same=self.release_range(self.ranges(Level.SAME)[0]) if compared else None,
            islands=tuple(self.release_range(ends) for ends in working[1:]),
            edges=tuple(self.edges()) if runs else (),
            open_ends=dict(self.open_ends()) if runs else {},
            specifier=self.specifier() if compared else "",
            marks=tuple(self.statuses()),
        )

    def ranges(self, level: Level) -> list[tuple[int, int]]:
        """Return the ranges in which a level holds, that of the baseline first."""
        return ranges(self.result.search, self.name, level)

    def baseline_problem(self) -> str:
        """Return why its baseline cannot serve."""
        cell = self.cells[self.baseline]
        example = self.result.example(self.name, self.baseline)
        stored = self.result.results.get(cell.identifier)
        causes = (example and example.cause, stored and stored.cause, cell.cause)
        return next((cause.message for cause in causes if cause), "the baseline was not tried")

    def release_range(self, ends: tuple[int, int]) -> ReleaseRange:
        """Return the range between two releases, with the Pythons on which its releases ran."""
        low, high = ends
        pythons = {self.cells[r].python for r in range(low, high + 1) if r in self.outcomes}
        return ReleaseRange(
            low=self.cells[low].release,
            high=self.cells[high].release,
            pythons=tuple(sorted(pythons, key=Version)),
        )

    def edges(self) -> Iterator[Edge]:
        """Yield what ends the ranges around the baseline: where it stops running comes first."""
        for direction in ("up", "down"):
            seen: set[int] = set()
            for level in Level:
                if not level.holds(self.outcomes[self.baseline]):
                    continue
                last = self.ranges(level)[0][direction == "up"]
                beyond = self.beyond(last, direction)
                stops = next((r for r in beyond if r in self.outcomes), None)
                if stops is not None and stops not in seen:
                    seen.add(stops)
                    yield self.edge(level, direction, last, stops)

    def beyond(self, release: int, direction: str) -> Sequence[int]:
        """Return the releases beyond one, the nearest first."""
        up = range(release + 1, self.result.search.releases)
        return up if direction == "up" else range(release - 1, -1, -1)

    def edge(self, level: Level, direction: str, last: int, stops: int) -> Edge:
        """Return the edge between the last release that holds and the one that does not."""
        skipped = takewhile(lambda r: r != stops, self.beyond(last, direction))
        example = self.result.example(self.name, stops)
        return Edge(
            direction=direction,
            level=level,
            release=self.cells[stops].release,
            python=self.cells[stops].python,
            verdict=self.outcomes[stops].value,
            why=explain(example, direction) if example else "",
            last=self.cells[last].release,
            between=tuple(self.cells[r].release for r in skipped),
            other_python=self.other_python(last, stops, level),
        )

    def other_python(self, last: int, stops: int, level: Level) -> str:
        """Return which of the two it was, the release or the Python, where that was tried."""
        result = self.result.others.get((self.name, last, stops))
        if result is None:
            return ""
        here = f"on Python {self.cells[last].python}"
        outcome = outcome_of(result, self.name)
        if outcome.is_gap:
            return f"{here} it could not be told"
        if level.holds(outcome):
            return f"{here} it is {outcome.value}, so it is the Python"
        return f"{here} it is {outcome.value} too, so it is the release"

    def open_ends(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each direction in which nothing was found to stop it."""
        low, high = self.ranges(Level.RUNS)[0]
        for direction, last in (("up", high), ("down", low)):
            beyond = self.beyond(last, direction)
            if not any(release in self.outcomes for release in beyond):
                yield direction, tuple(self.cells[r].release for r in beyond)

    def specifier(self) -> str:
        """Return the PEP 440 specifier of the releases that give it the same result.

        It claims nothing beyond the newest release that was seen to, unless that is the newest
        there is; what lies between two that were is inferred.
        """
        low, high = self.ranges(Level.SAME)[0]
        parts = [f">={_trimmed(self.cells[low].version)}"]
        if high + 1 < len(self.cells):
            parts.append(f"<{_trimmed(self.cells[high + 1].version)}")
        return ",".join(parts)

    def statuses(self) -> Iterator[ReleaseStatus]:
        """Yield what is claimed of each release."""
        known = self.result.search.known[self.name]
        runs, same = (inferred(self.result.search, self.name, level) for level in Level)
        for number, cell in enumerate(self.cells):
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


def _trimmed(version: Version) -> str:
    """Return a version without trailing zeros, which mean nothing in a specifier: ``1.4``."""
    if version.is_prerelease or version.is_postrelease or version.epoch:
        return str(version)
    parts = list(version.release)
    while len(parts) > 1 and parts[-1] == 0:
        parts.pop()
    return ".".join(map(str, parts))


def explain(example: Example, direction: str = "") -> str:
    """Return in short why an example failed, or where it differs; empty where it does neither.

    ``direction`` is in which this stops it: what is missing is removed, or does not exist yet.
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
    shown = [" ".join(text.split()) if text is not None else "nothing" for text in texts]
    if shown[0] == shown[1]:
        # They differ in what only a quotation shows.
        shown = [repr(text) for text in texts]
    heads = {text.rpartition(": ")[0] for text in shown}
    if len(heads) == 1 and "" not in heads:
        # A number by its name, which stands there once.
        shown[1] = shown[1].rpartition(": ")[2]
    old, new = (text if len(text) <= _QUOTED else f"{text[: _QUOTED - 1]}…" for text in shown)
    return f"{old} → {new} (line {found.observed_line})"
