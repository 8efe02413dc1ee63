"""Where scripts break: what a search found, as text, as Markdown and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import Enum
from typing import TYPE_CHECKING, Any

from tfcompat.errors import NewerSchemaError
from tfcompat.report.markdown import table
from tfcompat.search.findings import Stop
from tfcompat.util.files import write_json
from tfcompat.util.text import duration, plural, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tfcompat.search.findings import (
        Edge,
        Findings,
        Island,
        ReleaseRange,
        ScriptFindings,
        Untried,
    )

SCHEMA = 2
"""The schema of ``frontier --json`` and of the stored document. Schema 1 had no ``schema`` key, and
``trouble`` instead of ``baseline_problem``."""


def text(findings: Findings) -> str:
    """Return what was found, script by script, for a terminal; the first line says of what."""
    lines = [headline(findings), *(line for one in findings.scripts for line in _lines(one))]
    if findings.untried:
        lines.append(f"  {untried(findings.untried)}")
    if findings.stopped:
        lines.append(f"  {stopped(findings.stopped)}")
    return "\n".join([*map(visible, lines), f"  {cost(findings)}"])


def headline(findings: Findings) -> str:
    """Return which library was searched, among which releases, and what was added to it."""
    project = findings.project or findings.dependency
    imported = f" (import {findings.module})" if findings.module not in ("", project) else ""
    ends = dict.fromkeys(end for end in (findings.oldest, findings.newest) if end)
    releases = ", ".join(
        part for part in (plural(findings.releases, "release"), " … ".join(ends)) if part
    )
    return ", ".join([f"{project}{imported}: {releases}", *findings.added])


def untried(groups: Sequence[Untried]) -> str:
    """Return which releases could not be tried, and why, in one line."""
    parts: list[str] = []
    for group in groups:
        number = len(group.releases)
        reason = group.reason
        if number == 1 and reason.startswith("have "):
            reason = f"has {reason.removeprefix('have ')}"
        count = str(number) if parts else plural(number, "release")
        parts.append(f"{count} {reason}: {group.shown}")
    return "; ".join(parts)


def stopped(stop: Stop) -> str:
    """Return what ended a search before all was settled, and how to go on."""
    why = "the user stopped it" if stop is Stop.USER else "the time was over (--minutes)"
    return f"not finished: {why}; the same command goes on from here"


def _lines(script: ScriptFindings) -> Iterator[str]:
    """Yield the lines of one script: its ranges, then what stops it up and down."""
    if script.works is None:
        what = "could not be tried with" if script.untried else "does not run with"
        yield f"{script.script}   {what} its baseline {script.baseline}"
        yield f"        {script.baseline_problem}"
        return
    same = f"same result {script.same}" if script.same else "no result to compare"
    yield f"{script.script}   works {_with_pythons(script.works)}   {same}"
    if script.same is None:
        yield f"  {script.baseline_problem}"
    if script.within_tolerance:
        yield f"  ≈     within tolerance, not exactly: {_listed(script.within_tolerance)}"
    for direction in ("up", "down"):
        yield from (f"  {direction:4}  {line}" for line in _stops(script, script.works, direction))
    for island in script.islands:
        yield f"  also  works {_with_pythons(island)}{_result_of(island)}"


def _stops(script: ScriptFindings, works: ReleaseRange, direction: str) -> Iterator[str]:
    """Yield what stops a script in a direction, after what only its Python stopped."""
    width = max((len(edge.release) for edge in script.edges), default=0)
    yield from (_past(edge) for edge in script.python_edges if edge.direction == direction)
    for edge in script.edges:
        if edge.direction == direction:
            yield f"{edge.release:{width}}  {edge.verdict:9}  {_reasons(edge)}".rstrip()
    if direction in script.open_ends:
        # That nothing stops it is a finding too.
        yield _open_end(script, works, direction)
    elif direction in script.unfinished:
        yield _unfinished(script, works, direction)


def _past(edge: Edge) -> str:
    """Return that a Python stopped a script with a release, and not the release itself."""
    went_on = edge.counterfactuals[0].python if edge.counterfactuals else ""
    why = f": {edge.why}" if edge.why else ""
    said = f"past {edge.release}: {edge.verdict} on Python {edge.python}{why}"
    return f"{said} [{edge.other_python}]; searched on with Python {went_on}"


def _why(edge: Edge) -> str:
    """Return why an edge stops a script; of a hole, which releases it is between."""
    if edge.hole is None:
        return edge.why
    fails = edge.level.value == "runs"
    what = "does not run" if fails else "another result"
    both = "which do" if fails else "which give the same"
    said = f"{what} with {edge.hole} (between {edge.hole.below} and {edge.hole.above}, {both})"
    return f"{said}: {edge.why}" if edge.why else said


def _result_of(island: Island) -> str:
    """Return whether the result is the same in a range apart from that of the baseline."""
    if island.same is None:
        return ""
    if not island.same:
        return "   another result"
    whole = [(one.low, one.high) for one in island.same] == [(island.low, island.high)]
    return "   same result" if whole else f"   same result {', '.join(map(str, island.same))}"


def _reasons(edge: Edge) -> str:
    """Return why an edge stops a script, and what else is known of it."""
    why = [_why(edge)]
    if edge.other_python:
        why.append(f"[{edge.other_python}]")
    elif edge.blame is not None and "Python" not in edge.why:
        why.append(f"(on Python {edge.python})")
    if edge.between:
        why.append(f"[{_listed(edge.between)} could not be tried]")
    if edge.untried:
        why.append(f"[{_listed(edge.untried)} not tried yet]")
    return " ".join(part for part in why if part)


def _listed(releases: Sequence[str]) -> str:
    """Return releases as a list, of more than three the first and the last."""
    if len(releases) <= 3:
        return ", ".join(releases)
    return f"{releases[0]}, … {releases[-1]} ({len(releases)} releases)"


def _with_pythons(releases: ReleaseRange) -> str:
    """Return a range with the Pythons on which it ran."""
    pythons = releases.pythons
    named = ", ".join(pythons) if len(pythons) <= 3 else f"{pythons[0]} … {pythons[-1]}"
    return f"{releases} (Python {named})" if pythons else str(releases)


def _open_end(script: ScriptFindings, works: ReleaseRange, direction: str) -> str:
    """Return that nothing stops a script in a direction, and what could not be tried there."""
    end = f"up to {works.high}" if direction == "up" else f"down to {works.low}"
    untried = script.open_ends[direction]
    beyond = f"; {_listed(untried)} could not be tried" if untried else ""
    return f"nothing stops it {end}{beyond}"


def _unfinished(script: ScriptFindings, works: ReleaseRange, direction: str) -> str:
    """Return how far a script was seen to work in a direction before the search was stopped."""
    end = f"up to {works.high}" if direction == "up" else f"down to {works.low}"
    return f"works {end} as far as tried; {_listed(script.unfinished[direction])} not tried yet"


def cost(findings: Findings) -> str:
    """Return what a search took: environments, of how many releases, and time."""
    parts = [f"{plural(findings.built, 'environment')} built of {findings.releases}"]
    if findings.stored:
        parts.append(f"{plural(findings.stored, 'cell')} known from before")
    if findings.unbuilt:
        parts.append(f"{findings.unbuilt} could not be built")
    if findings.variants:
        parts.append(f"{findings.variants} more for causes")
    return ", ".join([*parts, duration(findings.seconds)])


def specifiers(findings: Findings) -> str:
    """Return the specifier of each script, on a line of its own; with its name if there are two."""
    if len(findings.scripts) == 1:
        return findings.scripts[0].specifier
    return "\n".join(f"{script.script}: {script.specifier}" for script in findings.scripts)


def markdown(findings: Findings) -> str:
    """Return what was found as a Markdown table, a row for each script."""
    head = ["script", "baseline", "works", "same result", "up", "down"]
    rows = []
    for script in findings.scripts:
        works = _with_pythons(script.works) if script.works else "not with its baseline"
        islands = "".join(
            f"; also {island}{_result_of(island).replace('   ', ', ')}" for island in script.islands
        )
        rows.append([
            f"`{script.script}`",
            f"{script.baseline} (Python {script.python})",
            works + islands,
            str(script.same or ""),
            *(_in_direction(script, direction) for direction in ("up", "down")),
        ])  # fmt: skip
    parts = [headline(findings), table(head, rows)]
    if findings.untried:
        parts.append(untried(findings.untried))
    if findings.stopped:
        parts.append(stopped(findings.stopped))
    return "\n\n".join([*parts, cost(findings)])


def _in_direction(script: ScriptFindings, direction: str) -> str:
    """Return what stops a script in a direction, for one cell of a table."""
    if script.works is None:
        return script.baseline_problem
    past = [_past(edge) for edge in script.python_edges if edge.direction == direction]
    if direction in script.open_ends:
        return "; ".join([*past, _open_end(script, script.works, direction)])
    if direction in script.unfinished:
        return "; ".join([*past, _unfinished(script, script.works, direction)])
    stops = [edge for edge in script.edges if edge.direction == direction]
    reasons = [f"{edge.release} {edge.verdict}: {_reasons(edge)}" for edge in stops]
    return "; ".join([*past, *reasons])


def as_json(findings: Findings, *, walk: bool) -> dict[str, Any]:
    """Return what was found, with every release marked as ``ran``, ``inferred`` or neither.

    ``walk`` is whether the search went release by release.
    """
    return {
        "schema": SCHEMA,
        "dependency": findings.dependency,
        "project": findings.project or findings.dependency,
        "module": findings.module,
        "resolve": findings.resolve,
        "walk": walk,
        "releases": findings.releases,
        "environments": findings.built,
        "stored": findings.stored,
        "unbuilt": findings.unbuilt,
        "variants": findings.variants,
        "untried": [
            {"reason": group.reason, "releases": list(group.releases)} for group in findings.untried
        ],
        "added": list(findings.added),
        "stopped": findings.stopped and findings.stopped.value,
        "seconds": round(findings.seconds, 1),
        "scripts": [_script_as_json(script) for script in findings.scripts],
    }


def _script_as_json(script: ScriptFindings) -> dict[str, Any]:
    content: dict[str, Any] = _plain(asdict(script))
    return content


def _plain(value: Any) -> Any:  # noqa: ANN401 - what JSON holds has no narrower type
    """Return a value with the values of enumerations in their place."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(item) for item in value)
    return value


def store(path: Path, document: dict[str, Any]) -> None:
    """Store the document of a search; what an earlier one holds of other scripts stays.

    Raises NewerSchemaError where a newer release wrote the earlier one, ResultsError where it
    cannot be written.
    """
    searched = {script["script"] for script in document["scripts"]}
    others = [script for script in _stored_scripts(path) if script["script"] not in searched]
    scripts = sorted([*others, *document["scripts"]], key=lambda script: str(script["script"]))
    write_json(path, {**document, "scripts": scripts})


def _stored_scripts(path: Path) -> list[dict[str, Any]]:
    """Return what a stored document holds of each script, upgraded to the present schema.

    Empty where there is no document, or none of ours.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        schema = int(document.get("schema", 1))
        scripts = [{**script, "script": script["script"]} for script in document["scripts"]]
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return []
    if schema > SCHEMA:
        msg = (
            f"{path} was written by a newer tfcompat (schema {schema}, this one knows {SCHEMA}); "
            "upgrade with: pip install --upgrade tfcompat"
        )
        raise NewerSchemaError(msg)
    return scripts if schema == SCHEMA else [_from_schema_1(script) for script in scripts]


def _from_schema_1(script: dict[str, Any]) -> dict[str, Any]:
    """Rename the one key that was changed, in its place."""
    renamed = {"trouble": "baseline_problem"}
    return {renamed.get(key, key): value for key, value in script.items()}
