"""From what a search tried to what it found: builds the plain records of ``search.findings``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from packaging.version import Version

from tfcompat.errors import StudyError
from tfcompat.judging.ranges import Level, Outcome
from tfcompat.planning.notebooks import read_source
from tfcompat.results.verdicts import Basis
from tfcompat.search.advice import Failure, remedy_for
from tfcompat.search.edges import EdgesOfScript
from tfcompat.search.findings import (
    Findings,
    Island,
    ReleaseRange,
    ReleaseStatus,
    ScriptFindings,
)
from tfcompat.search.range_ends import beyond_release
from tfcompat.search.reasons import cause_of, explain
from tfcompat.search.strategy import inferred, ranges
from tfcompat.search.untried import group_untried

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tfcompat.planning.grid import Cell
    from tfcompat.results.schema import CellResult
    from tfcompat.search.search import SearchResult


def summarize(result: SearchResult, added: Sequence[str] = ()) -> Findings:
    """Return what a search found of each script, and what it cost.

    ``added`` is what was done for the scripts that nobody asked for, in words.
    """
    study = result.plan.study
    analysis = study.analysis
    cells = result.plan.cells
    return Findings(
        dependency=analysis.dependency,
        project=study.library,
        module=study.module,
        resolve=analysis.resolve,
        releases=len(cells),
        oldest=cells[0].release if cells else "",
        newest=cells[-1].release if cells else "",
        untried=group_untried(result),
        added=tuple(added),
        built=result.built,
        unbuilt=result.unbuilt,
        stored=result.stored,
        variants=result.variants,
        stopped=result.stopped,
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
        edges = EdgesOfScript(self.result, self.name)
        open_ends = dict(self.open_ends()) if runs else {}
        unfinished = dict(self.unfinished(open_ends))
        for direction in unfinished:
            del open_ends[direction]
        return ScriptFindings(
            script=self.name,
            baseline=baseline.release,
            python=baseline.python,
            baseline_problem="" if compared else self.baseline_problem(runs=runs),
            untried=outcome is None or outcome.is_gap,
            works=self.release_range(*working[0]) if runs else None,
            same=self.release_range(*self.ranges(Level.SAME)[0]) if compared else None,
            islands=tuple(self.island(one, compared=compared) for one in working[1:]),
            edges=tuple(edges.edges()),
            open_ends=open_ends,
            unfinished=unfinished,
            specifier=self.specifier() if compared else "",
            marks=tuple(self.statuses()),
            python_edges=tuple(edges.python_edges()),
            within_tolerance=tuple(self.within_tolerance()) if compared else (),
        )

    def within_tolerance(self) -> Iterator[str]:
        """Yield the releases that were tried, and print other numbers that count as equal."""
        for number in sorted(self.outcomes):
            example = self.result.example(self.name, number)
            if example is not None and example.basis is Basis.TOLERANCE:
                yield self.cells[number].release

    def ranges(self, level: Level) -> list[tuple[int, int]]:
        """Return the ranges in which a level holds, that of the baseline first."""
        return ranges(self.result.search, self.name, level)

    def baseline_problem(self, *, runs: bool) -> str:
        """Return why its baseline cannot serve, and what may help."""
        cell = self.cells[self.baseline]
        example = self.result.example(self.name, self.baseline)
        if runs and example is not None and self.result.plan.study.is_stored(self.name):
            return f"no release gave what is stored in it; {cell.release}: {explain(example)}"
        stored = self.result.results.get(cell.identifier)
        causes = (example and example.cause, stored and stored.cause, cell.cause)
        problem = next((cause.message for cause in causes if cause), "the baseline was not tried")
        cause = (
            cause_of(stored, self.name, self.result.plan.study.module)
            if stored and not runs
            else None
        )
        if cause is None:
            return problem
        failure = Failure(release=cell.release, python=cell.python, cause=cause)
        remedy = remedy_for(failure, self.source(), self.pythons())
        return f"{problem}; {remedy.text}" if remedy else problem

    def source(self) -> bytes:
        """Return the script itself; empty where it cannot be read any more."""
        try:
            return read_source(self.result.plan.study.file(self.name))
        except (OSError, StudyError):
            return b""

    def pythons(self) -> list[str]:
        """Return the Pythons that are here."""
        return [one.python for one in self.result.plan.factory.available.found]

    def release_range(self, low: int, high: int) -> ReleaseRange:
        """Return the range between two releases, with the Pythons on which its releases ran."""
        return ReleaseRange(
            low=self.cells[low].release,
            high=self.cells[high].release,
            pythons=self.pythons_between(low, high),
        )

    def pythons_between(self, low: int, high: int) -> tuple[str, ...]:
        """Return the Pythons on which releases of a range ran, the oldest first."""
        pythons = {self.cells[r].python for r in range(low, high + 1) if r in self.outcomes}
        return tuple(sorted(pythons, key=Version))

    def island(self, ends: tuple[int, int], *, compared: bool) -> Island:
        """Return a range apart from that of the baseline, and where in it the result is the same.

        It may be the same nowhere; where there is nothing to compare, that is not known.
        """
        low, high = ends
        found = sorted(self.ranges(Level.SAME)) if compared else []
        inside = [one for one in found if low <= one[0] <= one[1] <= high]
        return Island(
            **vars(self.release_range(low, high)),
            same=tuple(self.release_range(*one) for one in inside) if compared else None,
        )

    def open_ends(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each direction in which nothing was found to stop it."""
        low, high = self.ranges(Level.RUNS)[0]
        for direction, last in (("up", high), ("down", low)):
            beyond = beyond_release(self.result.search, last, direction)
            if not any(release in self.outcomes for release in beyond):
                yield direction, tuple(self.cells[r].release for r in beyond)

    def unfinished(self, directions: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield those of some directions in which releases are left to be tried."""
        for interval in self.result.search.intervals():
            at_end = {"up": interval.high == len(self.cells), "down": interval.low < 0}
            if interval.script != self.name or interval.level is not Level.RUNS:
                continue
            for direction in directions:
                if at_end[direction]:
                    yield direction, tuple(self.cells[r].release for r in interval.open)

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
