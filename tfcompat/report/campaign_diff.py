"""What changed between two campaigns, reason by reason: as text, as Markdown and as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from tfcompat.errors import ResultsError
from tfcompat.report import proofs
from tfcompat.report.markdown import cell, folded, table
from tfcompat.report.model import version_key
from tfcompat.results.campaign import Campaign
from tfcompat.results.identifiers import parse_identifier
from tfcompat.results.verdicts import Verdict
from tfcompat.util.files import strict_json
from tfcompat.util.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tfcompat.judging.campaign_diff import (
        CampaignDiff,
        CellDelta,
        Group,
        PackageChange,
        Suspect,
    )
    from tfcompat.results.schema import CellResult
    from tfcompat.search.proof_answers import Proof

_SUSPECTS_SHOWN = 5
_PACKAGES_SHOWN = 15
STANDING_HEADS = (
    "release", "Python", "ran", "run now", "what stops most of the others", "likely why",
)  # fmt: skip
"""What stands above the columns of ``standing_rows``."""


def load(folder: Path) -> dict[str, CellResult]:
    """Return the finished cells of a results folder; ResultsError where there are none."""
    cells = Campaign(folder).cells() if folder.is_dir() else {}
    if not cells:
        msg = f"{folder} holds no results; name a folder that `tfcompat run` filled"
        raise ResultsError(msg)
    return cells


def text(comparison: CampaignDiff) -> str:
    """Return a comparison as text for a terminal."""
    return "\n".join(visible(line) for line in _lines(comparison))


def summary(comparison: CampaignDiff) -> str:
    """Return in one sentence how much changed."""
    return (
        f"{plural(comparison.cells, 'cell')} in both, "
        f"{plural(comparison.judged, 'verdict')}: {comparison.changed} changed"
    )


def _lines(comparison: CampaignDiff) -> Iterator[str]:
    yield summary(comparison)
    stopped = [delta for delta in _by_release(comparison) if delta.stopped]
    if stopped:
        yield ""
        yield "where examples ran that no longer do:"
        yield from (f"  {_stopped(delta)}" for delta in stopped)
    for group in comparison.groups:
        yield ""
        yield from _group(group)
    if comparison.drift:
        yield ""
        yield f"packages that moved, in how many of {plural(comparison.frozen, 'cell')}:"
        yield from (f"  {_package_change(change)}" for change in comparison.drift[:_PACKAGES_SHOWN])
        if len(comparison.drift) > _PACKAGES_SHOWN:
            yield f"  and {plural(len(comparison.drift) - _PACKAGES_SHOWN, 'other package')}"
    for where, left in (("older", comparison.only_old), ("newer", comparison.only_new)):
        if left:
            yield ""
            yield f"only in the {where} one: {', '.join(left)}"


def _by_release(comparison: CampaignDiff) -> list[CellDelta]:
    return sorted(
        comparison.standings,
        key=lambda delta: tuple(map(version_key, parse_identifier(delta.identifier))),
    )


def _stopped(delta: CellDelta) -> str:
    release, python = parse_identifier(delta.identifier)
    why = f", likely {_suspect(delta.suspect)}" if delta.suspect else ""
    return f"{release} on {python}: {delta.ran} ran, {delta.runs} run: {delta.reason}{why}"


def _package_change(change: PackageChange) -> str:
    return f"{change.package}: {change.cells} (such as {versions(change.old, change.new)})"


def _group(group: Group) -> Iterator[str]:
    examples = {change.test for change in group.changes}
    yield (
        f"{group.old.value} → {group.new.value}: {group.title} "
        f"({plural(len(group.changes), 'verdict')}, {plural(len(examples), 'example')})"
    )
    yield f"  releases: {', '.join(releases_of(group))}"
    why = why_of(group)
    if why:
        yield f"  likely why: {'; '.join(why)}"
        if len(group.suspects) > _SUSPECTS_SHOWN:
            left = len(group.suspects) - _SUSPECTS_SHOWN
            yield f"  and {plural(left, 'other package')} moved"


def releases_of(group: Group) -> list[str]:
    """Return the releases that a group of changes concerns, oldest first."""
    return sorted({change.release for change in group.changes}, key=version_key)


def why_of(group: Group) -> list[str]:
    """Return the packages that may be behind a group of changes, the likeliest first."""
    if group.new in (Verdict.UNKNOWN, Verdict.NO_BASELINE):
        return []
    return [_suspect(suspect) for suspect in group.suspects[:_SUSPECTS_SHOWN]]


def _suspect(suspect: Suspect) -> str:
    why = "the error names it" if suspect.named else "in the traceback" if suspect.seen else ""
    changed = versions(suspect.old, suspect.new)
    return f"{suspect.package} {changed}" + (f" ({why})" if why else "")


def versions(old: str | None, new: str | None) -> str:
    """Return how a package changed, as ``1.0 → 2.0``; a version is None where it is absent."""
    return f"{old or 'absent'} → {new or 'absent'}"


def as_markdown(comparison: CampaignDiff) -> str:
    """Return a comparison as Markdown: a row for each reason, the packages below."""
    parts = [
        f"**{summary(comparison)}**",
        table(STANDING_HEADS, standing_rows(comparison)),
        table(
            ["from", "to", "reason", "likely why", "releases", "verdicts"],
            [
                [
                    group.old.value,
                    group.new.value,
                    group.title,
                    "; ".join(why_of(group)),
                    _ends(releases_of(group)),
                    len(group.changes),
                ]
                for group in comparison.groups
            ],
            numbers=1,
        ),
    ]
    if comparison.drift:
        title = f"Packages that moved, in how many of {plural(comparison.frozen, 'cell')}"
        rows = [[d.package, versions(d.old, d.new), d.cells] for d in comparison.drift]
        parts.append(folded(title, table(["package", "such as", "cells"], rows, numbers=1)))
    for where, left in (("older", comparison.only_old), ("newer", comparison.only_new)):
        if left:
            title = f"{plural(len(left), 'cell')} only in the {where} campaign"
            parts.append(folded(title, cell(", ".join(left))))
    return "\n\n".join(parts) + "\n"


def standing_rows(comparison: CampaignDiff) -> list[list[object]]:
    """Return a row for each cell: what ran, what runs now, what stops the others."""
    return [
        [
            release,
            python,
            delta.ran,
            delta.runs,
            delta.reason or "",
            _suspect(delta.suspect) if delta.suspect else "",
        ]
        for delta in _by_release(comparison)
        for release, python in [parse_identifier(delta.identifier)]
    ]


def _ends(releases: Sequence[str]) -> str:
    return ", ".join(releases) if len(releases) <= 3 else f"{releases[0]} … {releases[-1]}"


def as_json(comparison: CampaignDiff, found: Sequence[Proof] | None = None) -> str:
    """Return a comparison as JSON, without the output of runs, and what was proven of it."""
    document = asdict(comparison)
    for group in document["groups"]:
        for change in group["changes"]:
            del change["error"]
    proven = {} if found is None else {"proven": proofs.as_json(found)}
    content = {"schema": 1, "changed": comparison.changed, **document, **proven}
    return strict_json(content, indent=1) + "\n"
