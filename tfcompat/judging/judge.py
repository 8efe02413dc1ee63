"""From stored runs to verdicts: the table of the design, first row that applies. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name
from packaging.version import Version

from tfcompat.judging.diagnosis import diagnose
from tfcompat.judging.differing import NOT_TRIED, cause_from_outputs, kept_cause
from tfcompat.judging.output.cells import cell_at
from tfcompat.judging.output.compare import (
    OutputComparison,
    band,
    compare_outputs,
    printed_nothing_stable,
)
from tfcompat.judging.output.noise import REPEATS, Runs
from tfcompat.judging.output.normalize import Versions
from tfcompat.judging.output.sides import Side, read, read_both
from tfcompat.judging.output.stored import compare_with_stored
from tfcompat.judging.output.tolerance import Tolerance
from tfcompat.results.differences import DifferenceKind
from tfcompat.results.identifiers import parse_identifier
from tfcompat.results.verdicts import Basis, Cause, CauseKind, Verdict
from tfcompat.util.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tfcompat.judging.output.masks import Mask
    from tfcompat.results.differences import BandLine, Difference, LargestDifference
    from tfcompat.results.schema import CellResult, Example

STORED = "stored"
"""The identifier of the outputs that are stored in a notebook, in place of a cell's."""

# Threads would not compare faster side by side, and each holds the transcripts of all runs.
_comparing = Lock()

_BAND_LINES = 500  # of one example: enough for a report to show the noise


@dataclass(frozen=True, kw_only=True)
class JudgingRules:
    """By what the runs of a study are judged.

    ``dependency`` is the package under study, ``module`` what its examples import of it, where that
    is not its usual name. ``masks`` apply in their order. ``tolerances`` are
    those of single examples, by path; ``tolerance`` is that of all others. ``repeats`` is how many
    runs each side has at least where one differs from the other.
    """

    dependency: str
    module: str = ""
    masks: tuple[Mask, ...]
    tolerance: Tolerance = field(default_factory=Tolerance)
    tolerances: Mapping[str, Tolerance] = field(default_factory=dict)
    repeats: int = REPEATS


@dataclass(frozen=True, kw_only=True)
class Reference:
    """What an example is compared with: the baseline's runs, or ``why`` there are none.

    ``identifier`` is that of the baseline's cell, and ``installed`` what its environment holds (see
    ``installed_packages``). ``named``: the study names it; else it was chosen when judging.
    ``borrowed`` is where its runs are published, if they are not of this campaign.
    """

    identifier: str
    example: Example | None
    named: bool
    why: str = ""
    installed: Mapping[str, str] | None = None
    borrowed: str | None = None


@dataclass(frozen=True, kw_only=True)
class _Judgement:
    """What judging writes into an example's record; the rest of the record is what was run."""

    verdict: Verdict
    baseline: str | None = None
    basis: Basis | None = None
    cause: Cause | None = None
    diff: dict[str, Any] | None = None
    first_difference: Difference | None = None
    difference_count: int = 0
    largest_relative: LargestDifference | None = None
    largest_absolute: LargestDifference | None = None
    comparison_note: str | None = None
    band: list[BandLine] | None = None
    stored_output: Sequence[str] | None = None
    borrowed: str | None = None


class Judge:
    """Judges runs by their baselines. Examples are named by their paths in the study."""

    def __init__(self, rules: JudgingRules) -> None:
        self._rules = rules

    def compare(self, example: str, baseline: Side, observed: Side) -> OutputComparison:
        """Compare what an example printed, and drew, with what it did in its baseline's runs."""
        printed = self._compare_printed(example, baseline, observed)
        old, new = (
            [run.figures for run in side.runs if run.figures is not None]
            for side in (baseline, observed)
        )
        if not old or not new or baseline.is_stored:
            return printed
        from tfcompat.judging.output.pictures import (  # noqa: PLC0415 - NumPy loads long
            combined,
            compare_figures,
        )

        tolerance, repeats = self._tolerance(example), self._rules.repeats
        return combined(printed, compare_figures(old, new, tolerance.figures, repeats))

    def _compare_printed(self, example: str, baseline: Side, observed: Side) -> OutputComparison:
        if any(run.output == observed.runs[0].output for run in baseline.runs):
            # A result that happens to be the time of one of the runs is one all the same.
            return OutputComparison(equal=True, basis=Basis.EXACT)
        tolerance, repeats = self._tolerance(example), self._rules.repeats
        with _comparing:
            old, new = read_both(self._rules.masks, baseline, observed)
            if baseline.is_stored:
                return compare_with_stored(old[0], new, tolerance, repeats)
            return compare_outputs(old, new, tolerance, repeats)

    def runs_wanted(self, example: str, baseline: Side, observed: Side) -> Runs | None:
        """Return how many runs each side needs to be compared; None: those that there are."""
        if self._is_incomparable(example, baseline, observed):
            return None
        return self.compare(example, baseline, observed).wanted

    def is_settled(self, example: str, baseline: Side, observed: Side) -> bool:
        """Tell whether nothing has to be compared, or what is compared is equal."""
        return (
            self._is_incomparable(example, baseline, observed)
            or self.compare(example, baseline, observed).equal
        )

    def _is_incomparable(self, example: str, baseline: Side, observed: Side) -> bool:
        return (
            any(run.retval for run in (*baseline.runs, *observed.runs))
            or _is_skipped(example, baseline)
            or self._has_nothing_stable(baseline)
        )

    def _has_nothing_stable(self, side: Side) -> bool:
        """Tell whether runs leave nothing to be compared: neither what they print nor a figure."""
        drew = all(run.figures for run in side.runs)
        return not drew and printed_nothing_stable(read(self._rules.masks, side))

    def _tolerance(self, example: str) -> Tolerance:
        return self._rules.tolerances.get(example, self._rules.tolerance)

    def judge(
        self,
        example: str,
        identifier: str,
        runs: Example,
        reference: Reference | None,
        installed: Mapping[str, str] | None = None,
    ) -> Example:
        """Return an example's record with its verdict, and nothing left of an earlier one.

        ``identifier`` is that of the cell in which the ``runs`` were made, ``installed`` the
        packages of its environment and their releases, where they are known. Without a reference
        the example serves as its own.
        """
        judgement = (
            self._of_failing_baseline(example, reference)
            or self._of_failure(example, identifier, runs, reference, installed)
            or self._of_unusable_baseline(example, reference)
            or self._of_output(example, identifier, runs, reference, installed)
        )
        return runs.model_copy(update=vars(judgement))

    def _of_failing_baseline(self, example: str, reference: Reference | None) -> _Judgement | None:
        """Return the judgement where a named baseline itself fails, or None where it does not."""
        if reference is None or reference.example is None or not reference.named:
            return None
        failure = reference.example.failure
        if failure is None:
            return None
        why = diagnose(
            failure,
            example,
            self._rules.dependency,
            module=self._rules.module,
            python=_python_of(reference.identifier),
        )
        message = f"the baseline itself fails: {why.message}"
        cause = replace(why, kind=CauseKind.EXAMPLE_BUG, message=message)
        return _Judgement(verdict=Verdict.NO_BASELINE, baseline=reference.identifier, cause=cause)

    def _of_failure(
        self,
        example: str,
        identifier: str,
        runs: Example,
        reference: Reference | None,
        installed: Mapping[str, str] | None,
    ) -> _Judgement | None:
        """Return the judgement on runs of which one failed, whatever their baseline prints."""
        if runs.failure is None:
            return None
        # Where it was never run, nothing is known of its Python.
        ran = reference is not None and reference.example is not None
        cause = diagnose(
            runs.failure,
            example,
            self._rules.dependency,
            module=self._rules.module,
            python=_python_of(identifier),
            baseline_python=_python_of(reference.identifier) if reference and ran else None,
            installed=None if installed is None else frozenset(installed),
        )
        baseline = reference.identifier if reference else None
        return _Judgement(verdict=Verdict.FAILED, baseline=baseline, cause=cause)

    def _of_unusable_baseline(self, example: str, reference: Reference | None) -> _Judgement | None:
        """Return the judgement where a named baseline cannot serve, or None where it can."""
        if reference is None or not reference.named:
            return None
        identifier = reference.identifier
        if reference.example is None:
            return _unavailable(reference)
        side = side_of(identifier, reference.example, reference.installed)
        skipped = _is_skipped(example, side)
        if skipped or self._has_nothing_stable(side):
            message = "the baseline prints nothing that is the same in each of its runs"
            if skipped:
                message = "it is skipped on the baseline, so there is nothing to compare"
            cause = Cause(kind=CauseKind.UNSTABLE_BASELINE, message=message)
            return _Judgement(verdict=Verdict.NO_BASELINE, baseline=identifier, cause=cause)
        return None

    def _of_output(
        self,
        example: str,
        identifier: str,
        runs: Example,
        reference: Reference | None,
        installed: Mapping[str, str] | None,
    ) -> _Judgement:
        """Return the judgement on runs that ended well."""
        side = side_of(identifier, runs, installed)
        if reference is None or reference.example is None or reference.identifier == identifier:
            noise = list(band(read(self._rules.masks, side), _BAND_LINES)) if runs.runs else None
            return _Judgement(
                verdict=Verdict.SAME, baseline=identifier, basis=Basis.EXACT, band=noise
            )
        baseline = side_of(reference.identifier, reference.example, reference.installed)
        return self._compared(example, runs, reference, sides=(baseline, side))

    def _compared(
        self, example: str, before: Example, reference: Reference, *, sides: tuple[Side, Side]
    ) -> _Judgement:
        """Return the judgement on runs that ended well, by the baseline's output.

        ``before`` is their record as it was judged last, ``sides`` are the baseline's and theirs.
        """
        baseline, observed = sides
        found = self.compare(example, baseline, observed)
        if reference.borrowed and not found.equal:
            return _unavailable(reference, "it differs from the published run, and ")
        first = _in_cell(found.first_difference, before.output)
        cause = None
        if not found.equal:
            cause = kept_cause(before, reference.identifier, first)
            cause = cause or self._cause_from_runs(example, found, sides)
        judgement = _Judgement(
            verdict=Verdict.SAME if found.equal else Verdict.DIFFERENT,
            baseline=reference.identifier,
            basis=found.basis,
            cause=cause,
            diff=None if found.equal else found.deepdiff,
            first_difference=first,
            difference_count=found.difference_count,
            largest_relative=found.largest_relative,
            largest_absolute=found.largest_absolute,
            comparison_note=found.note,
            stored_output=baseline.runs[0].output if baseline.is_stored else None,
            borrowed=reference.borrowed,
        )
        if found.wanted is None or not reference.named:
            return judgement
        missing = _missing(found.wanted, baseline, observed)
        message = f"it differs so far; to confirm that takes {missing}"
        cause = Cause(kind=CauseKind.UNCONFIRMED, message=message)
        return replace(judgement, verdict=Verdict.UNKNOWN, cause=cause)

    def _cause_from_runs(
        self, example: str, found: OutputComparison, sides: tuple[Side, Side]
    ) -> Cause:
        """Return the cause of a difference that the runs of both sides tell by themselves."""
        if any(one.kind is DifferenceKind.FIGURE for one in found.differences):
            return Cause(kind=CauseKind.UNEXPLAINED, message=NOT_TRIED)
        masks = self._rules.masks
        old, new = read_both(masks, *sides)
        return cause_from_outputs(old, new, masks, self._tolerance(example))


def _unavailable(reference: Reference, before: str = "") -> _Judgement:
    """Return the judgement on runs that wait for their baseline; ``before`` comes before why."""
    cause = Cause(kind=CauseKind.BASELINE_UNAVAILABLE, message=f"{before}{reference.why}")
    return _Judgement(verdict=Verdict.UNKNOWN, baseline=reference.identifier, cause=cause)


def _in_cell(found: Difference | None, output: Iterable[str]) -> Difference | None:
    """Return a difference with the cell of the notebook that it is in, if it is in one."""
    cell = cell_at(output, found.observed_line or 0) if found else None
    return found if found is None or cell is None else found.model_copy(update={"cell": cell})


def _is_skipped(example: str, side: Side) -> bool:
    """Tell whether an example is a test of which no case was run, by the outcomes it has."""
    outcomes = side.runs[0].output
    return "::" in example and all(line.endswith(("skipped\n", "not there\n")) for line in outcomes)


def _missing(wanted: Runs, baseline: Side, observed: Side) -> str:
    """Return how many more runs are wanted, in words."""
    own = wanted.observed - len(observed.runs)
    other = wanted.baseline - len(baseline.runs)
    words = [plural(own, "more run")] if own > 0 else []
    if other > 0:
        words.append(f"{plural(other, 'more run')} of the baseline")
    return " and ".join(words)


def _python_of(identifier: str) -> str | None:
    return parse_identifier(identifier).python or None


def side_of(identifier: str, example: Example, installed: Mapping[str, str] | None) -> Side:
    """Return the runs of an example in a cell, or what is STORED, as one side of a comparison.

    ``installed`` are the cell's packages, where they are known.
    """
    versions = Versions.of(parse_identifier(identifier).python, installed)
    return Side(runs=example.all_runs, versions=versions, is_stored=identifier == STORED)


def newest_passing(example: str, key: str, cells: Iterable[CellResult]) -> CellResult | None:
    """Return the cell that an example is compared with where no baseline is named.

    ``key`` is that of the example as it stands now. The baseline is the newest release of the
    campaign on which it exits 0; of several Pythons there, the newest one.
    """
    passing = [
        (Version(cell.environment.release), Version(cell.environment.python), cell)
        for cell in cells
        if cell.environment is not None
        and example in cell.examples
        and cell.examples[example].key == key
        and cell.examples[example].failure is None
    ]
    if not passing:
        return None
    return max(passing, key=lambda entry: entry[:2])[2]


def unnamed(example: str, newest: CellResult | None) -> Reference | None:
    """Return the newest passing cell as the reference of an example; None where there is none."""
    if newest is None:
        return None
    return Reference(
        identifier=newest.identifier,
        example=newest.examples[example],
        named=False,
        installed=installed_packages(newest),
    )


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
    installed = installed_packages(cell)
    judged = {
        example: judge.judge(example, cell.identifier, runs, references[example], installed)
        if example in references and runs.key == keys[example]
        else runs
        for example, runs in cell.examples.items()
    }
    return cell.model_copy(update={"examples": judged})


# A line of a freeze: name==release, or the name and the address of the file it was installed from.
_FROZEN = re.compile(
    r"([A-Za-z0-9][\w.-]*)(?:==([^\s;]+)|\s*@.*/[^/]*?-(\d[\w.!+]*)(?:-|\.tar|\.zip))?"
)


def installed_packages(cell: CellResult) -> dict[str, str] | None:
    """Return a cell's packages by their canonical names, each with its release ("": not known).

    None where they are not known.
    """
    if cell.freeze is None:
        return None
    found = filter(None, map(_FROZEN.match, cell.freeze))
    return {canonicalize_name(line[1]): line[2] or line[3] or "" for line in found}
