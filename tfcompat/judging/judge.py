"""From stored runs to verdicts: the table of the design, first row that applies. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from packaging.version import Version

from tfcompat.judging.diagnosis import diagnose
from tfcompat.judging.output.compare import (
    Comparison,
    Tolerance,
    band,
    compare,
    printed_nothing_stable,
)
from tfcompat.judging.output.masks import Mask, load_masks, study_masks
from tfcompat.judging.output.transcript import Transcript, parse
from tfcompat.results.schema import Example
from tfcompat.results.verdicts import Basis, Cause, CauseKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tfcompat.planning.study import Study
    from tfcompat.results.schema import CellResult, Run


# What a judgement writes into an example's record; the rest is what was run.
_JUDGED = (
    "verdict", "baseline", "basis", "cause", "diff", "first_difference", "difference_count",
    "largest_relative", "largest_absolute", "band",
)  # fmt: skip
_BAND_LINES = 500  # of one example: enough for a report to show the noise


@dataclass(frozen=True, kw_only=True)
class Reference:
    """What an example is held against: the baseline's runs, or why there are none.

    ``named`` tells a baseline that the study names from one that was chosen when judging.
    """

    identifier: str
    example: Example | None
    named: bool
    why: str = ""


class Judge:
    """Holds runs against their baselines, with the study's masks and tolerance."""

    def __init__(self, study: Study) -> None:
        self._study = study
        # The study's first: one of ours could take away the text that it looks for.
        self._masks = (*study_masks(study.analysis.mask), *load_masks())

    def compare(self, test: str, baseline: Example, observed: Example) -> Comparison:
        """Compare what an example printed with its baseline's runs."""
        return compare(
            self._transcripts(baseline), self._transcripts(observed), self._tolerance(test)
        )

    def _tolerance(self, test: str) -> Tolerance:
        lines = tuple(
            (re.compile(pattern), Tolerance(limits.relative, limits.absolute))
            for pattern, limits in self._study.analysis.tolerance.lines.items()
        )
        limits = self._study.tolerance(test)
        return Tolerance(limits.relative, limits.absolute, lines)

    def _transcripts(self, example: Example) -> list[Transcript]:
        return [self._transcript(run) for run in example.all_runs]

    def _transcript(self, run: Run) -> Transcript:
        return _parse("".join(run.output), self._masks)

    def judge(
        self, test: str, identifier: str, run: Example, reference: Reference | None
    ) -> Example:
        """Return an example's record with its verdict, and nothing left of an earlier one."""
        blank = {name: Example.model_fields[name].default for name in _JUDGED}
        return run.model_copy(update=blank | self._verdict(test, identifier, run, reference))

    def _verdict(
        self, test: str, identifier: str, run: Example, reference: Reference | None
    ) -> dict[str, object]:
        known: dict[str, object] = {"baseline": reference.identifier} if reference else {}
        if reference is not None and reference.named:
            unusable = self._unusable(test, reference)
            if unusable is not None:
                return known | unusable
        failed = run.failure
        if failed is not None:
            cause = diagnose(failed, test, self._study.analysis.dependency)
            return known | {"verdict": Verdict.FAILED, "cause": cause}
        if reference is None or reference.example is None or reference.identifier == identifier:
            # It serves as its own baseline.
            noise = [line.as_json() for line in band(self._transcripts(run))[:_BAND_LINES]]
            known |= {"baseline": identifier, "verdict": Verdict.SAME, "basis": Basis.EXACT}
            return known | {"band": noise if run.runs else None}
        found = self.compare(test, reference.example, run)
        known |= {
            "largest_relative": found.largest_relative and found.largest_relative.as_json(),
            "largest_absolute": found.largest_absolute and found.largest_absolute.as_json(),
        }
        if found.equal:
            return known | {"verdict": Verdict.SAME, "basis": found.basis}
        known |= {
            "difference_count": found.difference_count,
            "diff": found.deepdiff,
            "first_difference": found.first_difference and found.first_difference.as_json(),
        }
        if found.needs_confirmation and reference.named:
            missing = len(reference.example.all_runs) - len(run.all_runs)
            message = f"it differs so far; {missing} more runs have to confirm that"
            cause = Cause(kind=CauseKind.UNCONFIRMED, message=message)
            return known | {"verdict": Verdict.UNKNOWN, "cause": cause}
        return known | {"verdict": Verdict.DIFFERENT}

    def _unusable(self, test: str, reference: Reference) -> dict[str, object] | None:
        """Return the verdict on an example whose named baseline cannot serve, or None if it can."""
        example = reference.example
        if example is None:
            cause = Cause(kind=CauseKind.BASELINE_UNAVAILABLE, message=reference.why)
            return {"verdict": Verdict.UNKNOWN, "cause": cause}
        failed = example.failure
        if failed is not None:
            why = diagnose(failed, test, self._study.analysis.dependency)
            message = f"the baseline itself fails: {why.message}"
            cause = replace(why, kind=CauseKind.EXAMPLE_BUG, message=message)
            return {"verdict": Verdict.NO_BASELINE, "cause": cause}
        if printed_nothing_stable(self._transcripts(example)):
            message = "the baseline prints nothing that is the same in each of its runs"
            cause = Cause(kind=CauseKind.UNSTABLE_BASELINE, message=message)
            return {"verdict": Verdict.NO_BASELINE, "cause": cause}
        return None


@lru_cache(maxsize=512)
def _parse(text: str, masks: tuple[Mask, ...]) -> Transcript:
    return parse(text, masks)


def newest_passing(test: str, key: str, cells: Iterable[CellResult]) -> CellResult | None:
    """Return the cell that an example is held against where no baseline is named.

    ``key`` is that of the example as it stands now. The baseline is the newest release of the
    campaign on which it exits 0; of several Pythons there, the newest one.
    """
    passing = [
        (Version(cell.environment.release), Version(cell.environment.python), cell)
        for cell in cells
        if cell.environment is not None
        and test in cell.examples
        and cell.examples[test].key == key
        and cell.examples[test].failure is None
    ]
    if not passing:
        return None
    return max(passing, key=lambda entry: entry[:2])[2]


def unnamed(test: str, newest: CellResult | None) -> Reference | None:
    """Return the reference that the newest passing cell is."""
    if newest is None:
        return None
    return Reference(identifier=newest.identifier, example=newest.examples[test], named=False)


def judge_cell(
    judge: Judge,
    cell: CellResult,
    references: Mapping[str, Reference | None],
    keys: Mapping[str, str],
) -> CellResult:
    """Return a cell with the verdict of each of its examples that ``references`` knows.

    Runs of another version of an example (``keys`` are those of the present ones) keep the verdict
    that they have: what they are compared with now is not what they were made for.
    """
    judged = {
        test: judge.judge(test, cell.identifier, example, references[test])
        if test in references and example.key == keys[test]
        else example
        for test, example in cell.examples.items()
    }
    return cell.model_copy(update={"examples": judged})
