"""A stored campaign for a program: its cells, and what became of each example in each of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfcompat.errors import ResultsError, UserError
from tfcompat.report.build import build_report, read_campaign
from tfcompat.report.exports import COLUMNS, as_rows

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from tfcompat.report.model import Report
    from tfcompat.results.schema import CellResult, Example
    from tfcompat.results.verdicts import Basis, Cause, Verdict


@dataclass(frozen=True, kw_only=True)
class JudgedRun:
    """What became of one example in one cell, with the fields of ``docs/results.md``.

    ``cell`` is the cell's identifier, ``example`` the path of the example. ``run`` has its outputs,
    None where it did not run; ``cause`` says why there is no comparison, or another result.
    """

    cell: str
    release: str
    python: str
    example: str
    verdict: Verdict
    basis: Basis | None
    cause: Cause | None
    baseline: str | None
    run: Example | None


@dataclass(frozen=True)
class LoadedCampaign:
    """One results folder, read once. ``damaged`` names the files that could not be read."""

    folder: Path
    _report: Report

    @property
    def damaged(self) -> tuple[str, ...]:
        """A line for each file that could not be read."""
        return tuple(self._report.damaged)

    @cached_property
    def cells(self) -> Mapping[str, CellResult]:
        """All cells by identifier, oldest release first; those that could not be tried as well."""
        return {column.cell.identifier: column.cell for column in self._report.columns}

    @cached_property
    def runs(self) -> tuple[JudgedRun, ...]:
        """What became of each example in each cell."""
        return tuple(
            JudgedRun(
                cell=entry.column.cell.identifier,
                release=entry.column.release,
                python=entry.column.python,
                example=entry.example,
                verdict=entry.verdict,
                basis=entry.basis,
                cause=entry.cause,
                baseline=entry.baseline,
                run=entry.run,
            )
            for entry in self._report.entries.values()
        )

    @property
    def verdicts(self) -> Counter[Verdict]:
        """How many examples, in all cells together, have each verdict."""
        return Counter(run.verdict for run in self.runs)

    def to_frame(self) -> Any:  # noqa: ANN401 - pandas is no dependency
        """Return a pandas DataFrame with a row for each example and cell, as in ``runs.csv``.

        Raises UserError where pandas is not installed.
        """
        try:
            import pandas as pd  # noqa: PLC0415 - only who asks for a frame has it
        except ImportError:
            msg = "to_frame() needs pandas; install it with: pip install pandas"
            raise UserError(msg) from None
        return pd.DataFrame(as_rows(self._report), columns=list(COLUMNS))


def load(folder: str | os.PathLike[str]) -> LoadedCampaign:
    """Read a results folder.

    Raises ResultsError where it holds no results, and NewerSchemaError where a newer release of
    tfcompat wrote them.
    """
    path = Path(folder)
    report = build_report([read_campaign(path)]) if path.is_dir() else None
    if report is None or not report.columns:
        msg = f"{path} holds no results; name a folder that `tfcompat run` filled"
        raise ResultsError(msg)
    return LoadedCampaign(path, report)
