"""Where scripts break: what a search found, as text, as Markdown and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tfcompat.report.markdown import table
from tfcompat.util.files import write_json
from tfcompat.util.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tfcompat.search.findings import Edge, Finding, ReleaseRange
    from tfcompat.search.search import Explored


def text(explored: Explored, found: Sequence[Finding]) -> str:
    """Return what was found, script by script, for a terminal."""
    lines = [visible(line) for finding in found for line in _lines(finding)]
    return "\n".join([*lines, f"  {cost(explored)}"])


def _lines(finding: Finding) -> Iterator[str]:
    if finding.works is None:
        yield f"{finding.script}   does not run with its baseline {finding.baseline}"
        yield f"        {finding.trouble}"
        return
    same = f"same result {finding.same}" if finding.same else "no result to compare"
    yield f"{finding.script}   works {_with_pythons(finding.works)}   {same}"
    if finding.same is None:
        yield f"  {finding.trouble}"
    width = max((len(edge.release) for edge in finding.edges), default=0)
    for direction in ("up", "down"):
        for edge in finding.edges:
            if edge.direction == direction:
                said = f"{edge.release:{width}}  {edge.verdict:9}  {_sentence(edge)}"
                yield f"  {direction:4}  {said}".rstrip()
        if direction in finding.open_ends:
            # That nothing stops it is an answer too.
            yield f"  {direction:4}  {_open_end(finding, direction)}"
    for island in finding.islands:
        yield f"  also  works {_with_pythons(island)}"


def _sentence(edge: Edge) -> str:
    why = [edge.why, f"[{edge.other_python}]" if edge.other_python else ""]
    if edge.between:
        why.append(f"[{_listed(edge.between)} could not be tried]")
    return " ".join(part for part in why if part)


def _listed(releases: Sequence[str]) -> str:
    if len(releases) <= 3:
        return ", ".join(releases)
    return f"{releases[0]}, … {releases[-1]} ({len(releases)} releases)"


def _with_pythons(stretch: ReleaseRange) -> str:
    pythons = stretch.pythons
    named = ", ".join(pythons) if len(pythons) <= 3 else f"{pythons[0]} … {pythons[-1]}"
    return f"{stretch} (Python {named})" if pythons else str(stretch)


def _open_end(finding: Finding, direction: str) -> str:
    assert finding.works is not None  # noqa: S101 - else it has no ends
    up = direction == "up"
    end = f"up to {finding.works.high}" if up else f"down to {finding.works.low}"
    untried = finding.open_ends[direction]
    beyond = f"; {_listed(untried)} could not be tried" if untried else ""
    return f"nothing stops it {end}{beyond}"


def cost(explored: Explored) -> str:
    """Return what a search took: environments, of how many releases, and time."""
    minutes, seconds = divmod(round(explored.seconds), 60)
    spent = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
    parts = [f"{plural(explored.built, 'environment')} built of {len(explored.plan.cells)}"]
    if explored.stored:
        parts.append(f"{plural(explored.stored, 'cell')} known from before")
    if explored.unbuilt:
        parts.append(f"{explored.unbuilt} could not be built")
    return ", ".join([*parts, spent])


def specifiers(found: Sequence[Finding]) -> str:
    """Return the specifier of each script, on a line of its own; with its name if there are two."""
    if len(found) == 1:
        return found[0].specifier
    return "\n".join(f"{finding.script}: {finding.specifier}" for finding in found)


def markdown(explored: Explored, found: Sequence[Finding]) -> str:
    """Return what was found as a Markdown table, a row for each script."""
    head = ["script", "baseline", "works", "same result", "up", "down"]
    rows = []
    for finding in found:
        works = _with_pythons(finding.works) if finding.works else "not with its baseline"
        islands = "".join(f"; also {island}" for island in finding.islands)
        rows.append([
            f"`{finding.script}`",
            f"{finding.baseline} (Python {finding.python})",
            works + islands,
            str(finding.same or ""),
            *(_in_direction(finding, direction) for direction in ("up", "down")),
        ])  # fmt: skip
    return f"{table(head, rows)}\n\n{cost(explored)}"


def _in_direction(finding: Finding, direction: str) -> str:
    if direction in finding.open_ends:
        return _open_end(finding, direction)
    stops = [edge for edge in finding.edges if edge.direction == direction]
    said = [f"{e.release} {e.verdict}: {_sentence(e)}" for e in stops]
    return "; ".join(said) if finding.works else finding.trouble


def as_json(explored: Explored, found: Sequence[Finding], *, walk: bool) -> dict[str, Any]:
    """Return what was found, with every release marked as ``ran``, ``inferred`` or neither."""
    return {
        "dependency": explored.plan.study.analysis.dependency,
        "resolve": explored.plan.study.analysis.resolve,
        "walk": walk,
        "releases": len(explored.plan.cells),
        "environments": explored.built,
        "stored": explored.stored,
        "unbuilt": explored.unbuilt,
        "seconds": round(explored.seconds, 1),
        "scripts": [_script_as_json(finding) for finding in found],
    }


def store(path: Path, document: dict[str, Any]) -> None:
    """Store an answer; what an earlier one says of other scripts stays.

    Raises ResultsError where it cannot be written.
    """
    try:
        known = json.loads(path.read_text(encoding="utf-8"))["scripts"]
        asked = {script["script"] for script in document["scripts"]}
        others = [script for script in known if script["script"] not in asked]
    except (OSError, ValueError, TypeError, LookupError):
        # Nothing is there, or nothing of ours.
        others = []
    scripts = sorted([*others, *document["scripts"]], key=lambda script: str(script["script"]))
    write_json(path, {**document, "scripts": scripts})


def _script_as_json(finding: Finding) -> dict[str, Any]:
    content = asdict(finding)
    for edge in content["edges"]:
        edge["level"] = edge["level"].value
    return content
