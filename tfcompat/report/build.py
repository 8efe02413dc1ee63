"""Builds a report from stored campaigns alone."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tfcompat.judging import differing
from tfcompat.judging.output.masks import load_masks
from tfcompat.judging.output.tolerance import Tolerance
from tfcompat.judging.output.transcript import parse
from tfcompat.report import inference, predicted
from tfcompat.report.model import SEARCHED, Column, Entry, Family, Report, Stored, version_key
from tfcompat.report.sources import Sources, study_of
from tfcompat.results.campaign import Campaign
from tfcompat.results.identifiers import parse_identifier
from tfcompat.results.schema import example_of_stored
from tfcompat.results.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tfcompat.breaks.findings import Break
    from tfcompat.results.schema import CellResult, Example
    from tfcompat.results.verdicts import Cause

# What studies call the folder of all examples; it is `tests` in caliper's own.
_ALL_EXAMPLES = ("examples", "tests")


def read_campaign(folder: Path) -> Stored:
    """Read one results folder; what is damaged is noted in its campaign, and left out.

    Raises NewerSchemaError where a file was written by a newer release of tfcompat.
    """
    campaign = Campaign(folder)
    forecast: predicted.Predicted = {}
    try:
        forecast = predicted.read(folder)
    except predicted.DamagedForecastError as error:
        campaign.damaged[str(error)] = None
    return Stored(
        label=folder.resolve().name,
        campaign=campaign,
        # Of files of before there were such causes; judging has done it for others.
        cells=differing.blame_pythons(campaign.cells()),
        unknown=campaign.unknown(),
        searched=(folder / SEARCHED).exists(),
        predicted=forecast,
        sources=Sources(study_of(folder)),
    )


def build_report(campaigns: Sequence[Stored]) -> Report:
    """Return the report of some campaigns, whose labels differ."""
    placed = {
        column.key: (stored, column)
        for stored in campaigns
        for column in _columns(stored, several=len(campaigns) > 1)
    }
    # The sort is stable: cells of one release and Python stand in the order of their campaigns.
    order = sorted(placed, key=lambda key: _column_order(placed[key][1]))
    columns = tuple(placed[key][1] for key in order)
    listed = {name for stored, column in placed.values() for name in _examples(stored, column)}
    entries = {
        (entry.example, key): entry for key in order for entry in _entries(*placed[key], listed)
    }
    families = _families({example for example, _ in entries})
    return Report(
        dependency=", ".join(sorted({column.dependency for column in columns})),
        campaigns=tuple(stored.label for stored in campaigns),
        families=families,
        columns=columns,
        entries=entries,
        inferred=_inferred(campaigns, columns, families, entries),
        predicted={
            (example, key): found
            for example, key in entries
            if (found := _predicted(*placed[key], example))
        },
        damaged=tuple(line for stored in campaigns for line in stored.campaign.damaged),
    )


def _predicted(stored: Stored, column: Column, example: str) -> tuple[Break, ...]:
    return stored.predicted.get((example, column.release), ())


def _columns(stored: Stored, *, several: bool) -> Iterator[Column]:
    # A finished cell stays a result, even if a later attempt could not be made.
    for identifier, cell in {**stored.unknown, **stored.cells}.items():
        release, python = _release_and_python(cell)
        yield Column(
            key=f"{stored.label}/{identifier}" if several else identifier,
            campaign=stored.label,
            release=release,
            python=python,
            cell=cell,
        )


def _release_and_python(cell: CellResult) -> tuple[str, str]:
    if cell.environment is not None:
        return cell.environment.release, cell.environment.python
    return parse_identifier(cell.identifier)


def _column_order(column: Column) -> tuple[object, ...]:
    return *version_key(column.release), *version_key(column.python)


def _examples(stored: Stored, column: Column) -> set[str]:
    """Return the examples that were to run in a cell."""
    cells = (column.cell, stored.unknown.get(column.cell.identifier))
    return {
        example
        for cell in cells
        if cell is not None
        for example in (*cell.examples, *(_listed(cell) if cell.verdict is not None else ()))
    }


def _listed(cell: CellResult) -> list[str]:
    return [line for line in cell.inputs.tests.splitlines() if line.strip()]


def _entries(stored: Stored, column: Column, listed: set[str]) -> Iterator[Entry]:
    """Yield the entries of one column.

    An environment that was not made counts for each example of its cell; a file of caliper lists
    none, and so counts for all those that are ``listed`` anywhere.
    """
    cell = column.cell
    attempt = stored.unknown.get(cell.identifier)
    examples = set(cell.examples)
    if cell.verdict is not None:
        examples |= set(_listed(cell) or listed)
    elif attempt is not None:
        examples |= set(_listed(attempt))
    for example in sorted(examples, key=_natural):
        entry = _entry(stored, column, example)
        if entry is not None:
            yield entry


def _baseline_run(stored: Stored, run: Example, example: str) -> Example | None:
    """Return what a run was compared with, if that is stored: in the campaign, or beside it."""
    if run.stored_output is not None:
        return example_of_stored(run.stored_output)
    return stored.baseline_run(run.baseline, example)


def _entry(stored: Stored, column: Column, example: str) -> Entry | None:
    cell = column.cell
    run = cell.examples.get(example)
    if cell.verdict is not None:
        return Entry(
            example=example, column=column, verdict=cell.verdict, cause=cell.cause, run=run
        )
    if run is not None:
        baseline_run = _baseline_run(stored, run, example)
        return Entry(
            example=example,
            column=column,
            verdict=run.verdict,
            basis=run.basis,
            cause=run.cause or _cause_of_difference(run, baseline_run),
            baseline=run.baseline,
            run=run,
            baseline_run=baseline_run,
            source=stored.sources.excerpt(run, run.cause) if stored.sources else None,
        )
    attempt = stored.unknown.get(cell.identifier)
    if attempt is not None:
        return Entry(example=example, column=column, verdict=Verdict.UNKNOWN, cause=attempt.cause)
    return None


def _cause_of_difference(run: Example, baseline_run: Example | None) -> Cause | None:
    """Return the cause of another result that a file of before there were such causes lacks."""
    if run.verdict is not Verdict.DIFFERENT or baseline_run is None:
        return None
    masks = load_masks()
    samples = [
        [parse(tuple(one.output), masks) for one in example.all_runs]
        for example in (baseline_run, run)
    ]
    return differing.cause_from_outputs(samples[0], samples[1], masks, Tolerance())


def _families(examples: Iterable[str]) -> tuple[Family, ...]:
    groups: dict[str, list[str]] = {}
    for example in sorted(examples, key=_natural):
        groups.setdefault(family_of(example), []).append(example)
    return tuple(
        Family(name=name, examples=tuple(groups[name])) for name in sorted(groups, key=_natural)
    )


def family_of(example: str) -> str:
    """Return the family of an example: its folder up to the part below that of all examples."""
    folders = PurePosixPath(example).parts[:-1]
    depth = next((at + 2 for at, name in enumerate(folders) if name in _ALL_EXAMPLES), 1)
    return "/".join(folders[:depth]) or "."


def _inferred(
    campaigns: Sequence[Stored],
    columns: Sequence[Column],
    families: Sequence[Family],
    entries: Mapping[tuple[str, str], Entry],
) -> dict[tuple[str, str], str]:
    """Return the signs of what is inferred, by example and key of the column.

    Only of campaigns in which edges were searched for: in others nothing was left out on purpose.
    """
    found = {}
    for campaign in (stored.label for stored in campaigns if stored.searched):
        own = [column for column in columns if column.campaign == campaign]
        for example in (example for family in families for example in family.examples):
            cells = [column.cell if (example, column.key) in entries else None for column in own]
            for at, sign in inference.signs(example, cells).items():
                found[example, own[at].key] = sign
    return found


def _natural(text: str) -> list[tuple[int, str]]:
    """Return a key that sorts ``10_x`` after ``9_x``."""
    parts = re.findall(r"(\d{1,18})|(\D+)", text)
    return [(int(digits or -1), word) for digits, word in parts]
