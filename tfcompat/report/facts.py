"""Labelled facts about an entry and its cell, in the order in which they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.util.text import visible

if TYPE_CHECKING:
    from tfcompat.report.model import Column, Entry
    from tfcompat.results.differences import Difference
    from tfcompat.results.schema import Example, Wheel

Facts = list[tuple[str, str]]


def of_entry(entry: Entry) -> Facts:
    """Return what is known of one example in one cell, with a label for each fact."""
    facts: list[tuple[str, object]] = []
    if entry.cause is not None:
        cause = entry.cause
        facts += [("Cause", cause.kind.value), ("Message", cause.message)]
        facts += [("Symbol", cause.symbol), ("At", cause.frame)]
        facts += [("Since release", cause.first_in), ("Shown by", cause.evidence)]
    if entry.basis is not None and not entry.is_baseline:
        facts += [("Basis", entry.basis.value)]
    if entry.baseline is not None:
        facts += [("Baseline", "this run itself" if entry.is_baseline else entry.baseline)]
    if entry.run is not None:
        facts += difference(entry)
        facts += [
            ("Ended", _ending(entry.run)),
            ("Seconds", f"{entry.run.seconds:.2f}" if entry.run.seconds else None),
        ]
        if entry.run.runs:
            facts += [("Runs", len(entry.run.all_runs))]
        if entry.run.peak_memory:
            facts += [("Peak memory", f"{entry.run.peak_memory / 1e6:.0f} MB")]
    return _shown(facts)


def of_column(column: Column) -> Facts:
    """Return what is known of a cell: enough to see where and with what its runs were made."""
    cell = column.cell
    facts: list[tuple[str, object]] = [("Cell", cell.identifier), ("Campaign", column.campaign)]
    environment = cell.environment
    if environment is None:
        return _shown(facts)
    if environment.wheel is not None:
        facts += _wheel(environment.wheel)
    interpreter = environment.interpreter
    python = " ".join(filter(None, (interpreter.get("version"), interpreter.get("abi"))))
    host = [
        str(environment.host.get(name) or "") for name in ("os", "machine", "libc", "cpu_model")
    ]
    phases = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in environment.phases.items())
    facts += [
        ("Cut-off", environment.cut_off or "none: as of the day of the run"),
        ("Resolve", environment.resolve),
        ("Python", python or environment.python),
        ("Made by", environment.backend),
        ("Took", phases),
        ("Host", ", ".join(filter(None, host))),
        ("Tool", " ".join(v for name, v in environment.tool.items() if name != "launcher")),
    ]
    return _shown(facts)


def _wheel(wheel: Wheel) -> list[tuple[str, object]]:
    size = f"{wheel.size / 1e6:.0f} MB" if wheel.size else None
    return [
        ("Wheel", wheel.filename),
        ("Uploaded", wheel.upload_time),
        ("Size", size),
        ("SHA-256", wheel.sha256),
    ]


def _ending(run: Example) -> str:
    notes = [f"exit {run.retval}"]
    if run.signal:
        notes = [f"killed by {run.signal}"]
    notes += ["time ran out"] if run.timed_out else []
    notes += ["memory ran out"] if run.out_of_memory else []
    notes += ["it wrote too much"] if run.out_of_disk else []
    notes += ["its output was cut"] if run.truncated else []
    return ", ".join(notes)


def difference(entry: Entry) -> list[tuple[str, object]]:
    """Return the first place that differs, and how the comparison was cut, as far as is known."""
    if entry.run is None:
        return []
    facts: list[tuple[str, object]] = []
    if entry.run.comparison_note:
        facts.append(("Comparison", entry.run.comparison_note))
    first = entry.run.first_difference
    if first is None:
        return facts
    if first.figure is not None:
        return [*facts, ("In what it draws", first.figure_change)]
    if first.cell is not None:
        facts.append(("In cell", first.cell))
    for name, line, text in (
        ("In the baseline", first.baseline_line, first.baseline_text),
        ("Here", first.observed_line, first.observed_text),
    ):
        if line is not None:
            shown = "(no such line)" if text is None else text.rstrip("\n")
            facts.append((f"{name}, line {line}", shown))
    if first.baseline_value is not None and first.observed_value is not None:
        facts.append(("Number", f"{first.baseline_value} became {first.observed_value}"))
    if first.band is not None and first.band.low is not None:
        facts.append(("Noise of the baseline", f"{first.band.low} to {first.band.high}"))
    return facts


def lines_of(first: Difference | None) -> list[int]:
    """Return the lines of the first difference: the baseline's, and the observed one."""
    if first is None or first.baseline_line is None or first.observed_line is None:
        return []
    return [first.baseline_line, first.observed_line]


def bands_of(run: Example) -> dict[str, list[float]] | None:
    """Return the noise of the numbers that a baseline prints by name, as least and greatest."""
    found = {}
    for line in run.band or ():
        name, colon, _ = (line.text or "").rpartition(": ")
        ends = line.ranges[0].finite if len(line.ranges) == 1 else None
        if colon and ends is not None:
            found[visible(name.strip())] = list(ends)
    return found or None


def _shown(facts: list[tuple[str, object]]) -> Facts:
    return [(label, visible(str(value))) for label, value in facts if value not in (None, "")]
