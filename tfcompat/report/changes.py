"""What changed between two campaigns, on a terminal: a paragraph for each reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from tfcompat.campaign import Campaign
from tfcompat.errors import ResultsError
from tfcompat.report.model import version_key
from tfcompat.report.words import count, visible
from tfcompat.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rich.console import Console

    from tfcompat.comparison import Comparison, Group, Suspect
    from tfcompat.results import CellResult

_SUSPECTS_SHOWN = 5


def load(folder: Path) -> dict[str, CellResult]:
    """Return the finished cells of a results folder; ResultsError where there are none."""
    cells = Campaign(folder).cells() if folder.is_dir() else {}
    if not cells:
        msg = f"{folder} holds no results; name a folder that `tfcompat run` filled"
        raise ResultsError(msg)
    return cells


def show(comparison: Comparison, console: Console) -> None:
    """Print a comparison."""
    for line in lines(comparison):
        console.print(Text(visible(line)), soft_wrap=True)


def lines(comparison: Comparison) -> Iterator[str]:
    """Yield the lines of a comparison."""
    yield (
        f"{count(comparison.cells, 'cell')} in both, "
        f"{count(comparison.judged, 'verdict')}: {comparison.changed} changed"
    )
    for group in comparison.groups:
        yield ""
        yield from _group(group)
    for where, left in (("older", comparison.only_old), ("newer", comparison.only_new)):
        if left:
            yield ""
            yield f"only in the {where} one: {', '.join(left)}"


def _group(group: Group) -> Iterator[str]:
    examples = sorted({change.test for change in group.changes})
    releases = sorted({change.release for change in group.changes}, key=version_key)
    yield (
        f"{group.old.value} → {group.new.value}: {group.title} "
        f"({count(len(group.changes), 'verdict')}, {count(len(examples), 'example')})"
    )
    yield f"  releases: {', '.join(releases)}"
    if group.new is not Verdict.UNKNOWN and group.suspects:
        yield "  likely why: " + "; ".join(_suspect(s) for s in group.suspects[:_SUSPECTS_SHOWN])
        if len(group.suspects) > _SUSPECTS_SHOWN:
            left = len(group.suspects) - _SUSPECTS_SHOWN
            yield f"  and {count(left, 'other package')} moved"


def _suspect(suspect: Suspect) -> str:
    why = "the error names it" if suspect.named else "in the traceback" if suspect.seen else ""
    versions = f"{suspect.old or 'absent'} → {suspect.new or 'absent'}"
    return f"{suspect.package} {versions}" + (f" ({why})" if why else "")
