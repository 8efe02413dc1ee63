"""The report for other programs: JSON of all of it, CSV of the entries, JUnit XML for CI."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from tfcompat.report import facts, phrases
from tfcompat.results.verdicts import Verdict
from tfcompat.util.files import strict_json
from tfcompat.util.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tfcompat.report.model import Column, Entry, Report

SCHEMA = 1
# What XML 1.0 cannot hold beside control characters: https://www.w3.org/TR/xml/#charsets
_NO_XML = re.compile("[\ufffe\uffff]")
STREAMS_LIMIT = 5_000_000
"""Characters that all streams of test cases together may have before they are cut further."""

# Characters of a stream of a test case: the largest limit with which all of them fit is taken.
_LIMITS = (20_000, 5_000, 1_000, 250)
# A spreadsheet reads text that begins with one of these as a formula.
_FORMULA = ("=", "+", "-", "@")


@dataclass(frozen=True, kw_only=True)
class Row:
    """What became of one example in one cell, in short; what is not known is None."""

    campaign: str
    cell: str
    release: str
    python: str
    family: str
    example: str
    verdict: str
    basis: str | None
    cause: str | None
    message: str | None
    symbol: str | None
    frame: str | None
    package: str | None
    baseline: str | None
    retval: int | None
    signal: str | None
    runs: int
    seconds: float | None
    peak_memory: int | None


COLUMNS = tuple(field.name for field in fields(Row))
"""The names of what a row has, in the order of the CSV file."""


@dataclass(frozen=True, kw_only=True)
class CellRow:
    """One cell, the packages that were installed in it, and how often each verdict was given."""

    campaign: str
    cell: str
    release: str
    python: str
    resolve: str | None
    cut_off: str | None
    freeze: tuple[str, ...]
    counts: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class FailureRow:
    """What is not the same for one reason; ``entries`` are the numbers of rows, from 0."""

    verdict: str
    reason: str
    entries: tuple[int, ...]


def as_rows(report: Report) -> list[dict[str, object]]:
    """Return a row for each entry, by the names of COLUMNS; what is not known is None."""
    family = {example: f.name for f in report.families for example in f.examples}
    return [asdict(_row(entry, family[entry.example])) for entry in report.entries.values()]


def _row(entry: Entry, family: str) -> Row:
    cause, run, column = entry.cause, entry.run, entry.column
    return Row(
        campaign=column.campaign,
        cell=column.cell.identifier,
        release=column.release,
        python=column.python,
        family=family,
        example=entry.example,
        verdict=entry.verdict.value,
        basis=entry.basis.value if entry.basis else None,
        cause=cause.kind.value if cause else None,
        message=cause.message if cause else None,
        symbol=cause.symbol if cause else None,
        frame=cause.frame if cause else None,
        package=cause.package if cause else None,
        baseline=entry.baseline,
        retval=run.retval if run else None,
        signal=run.signal if run else None,
        runs=1 + len(run.runs) if run else 0,
        seconds=run.seconds if run and run.seconds else None,
        peak_memory=run.peak_memory if run else None,
    )


def as_csv(report: Report) -> str:
    """Return a line for each entry below a line of names.

    The format is that of RFC 4180 (https://www.rfc-editor.org/rfc/rfc4180).
    """
    written = io.StringIO()
    table = csv.DictWriter(written, COLUMNS)
    table.writeheader()
    for row in as_rows(report):
        table.writerow({name: _plain(value) for name, value in row.items()})
    return written.getvalue()


def _plain(value: object) -> object:
    """Return a value that neither controls a terminal nor is a formula in a spreadsheet."""
    if not isinstance(value, str):
        return value
    text = visible(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def as_json(report: Report) -> str:
    """Return everything in a report as JSON, except streams: those are in the result files.

    Each entry is on a line of its own.
    """
    keys = {(entry.column.key, entry.example): n for n, entry in enumerate(report.entries.values())}
    document = {
        "schema": SCHEMA,
        "dependency": report.dependency,
        "campaigns": list(report.campaigns),
        "counts": {verdict.value: number for verdict, number in report.counts.items()},
        "cells": [asdict(_cell(column, report)) for column in report.columns],
        "entries": [
            {**row, "predicted_breaks": [one.name for one in report.predicted.get(key, ())]}
            if report.predicted
            else row
            for key, row in zip(report.entries, as_rows(report), strict=True)
        ],
        "failures": [
            asdict(
                FailureRow(
                    verdict=failure.verdict.value,
                    reason=failure.reason,
                    entries=tuple(keys[e.column.key, e.example] for e in failure.entries),
                )
            )
            for failure in report.failures
        ],
        "damaged": list(report.damaged),
    }
    parts = (f" {strict_json(key)}: {_item_a_line(value)}" for key, value in document.items())
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _item_a_line(value: object) -> str:
    """Return JSON in which each item of a list is on a line of its own."""
    if not isinstance(value, list) or not value:
        return strict_json(value)
    return "[\n  " + ",\n  ".join(map(strict_json, value)) + "\n ]"


def _cell(column: Column, report: Report) -> CellRow:
    environment = column.cell.environment
    return CellRow(
        campaign=column.campaign,
        cell=column.cell.identifier,
        release=column.release,
        python=column.python,
        resolve=environment.resolve if environment else None,
        cut_off=environment.cut_off if environment else None,
        freeze=tuple(line.strip() for line in column.cell.freeze or ()),
        counts={verdict.value: n for verdict, n in report.counts_of(column).items() if n},
    )


def as_junit(report: Report) -> str:
    """Return JUnit XML: a suite for each cell, a case for each example.

    ``failed`` and ``different`` are failures. ``unbuildable`` and ``unknown`` are errors: nothing
    was run. ``no-baseline`` is skipped: there was nothing to compare the run with. In a large
    report the streams are cut, and those of cases that passed are left out.
    """
    several = len(report.campaigns) > 1
    by_column: dict[str, list[Entry]] = {}
    for entry in report.entries.values():
        by_column.setdefault(entry.column.key, []).append(entry)
    streams = _Streams.for_entries(report.entries.values())
    document = JUnitXml(xml_text(report.dependency))
    for column in report.columns:
        python = f" on Python {column.python}" if column.python else ""
        campaign = f" ({column.campaign})" if several else ""
        suite = TestSuite(xml_text(f"{column.dependency} {column.release}{python}{campaign}"))
        suite.add_testcases([_case(entry, streams) for entry in by_column.get(column.key, ())])
        # Not add_testsuite, which compares each suite, case by case, with those that are there.
        document.append(suite)  # type: ignore[no-untyped-call]
    document.update_statistics()  # type: ignore[no-untyped-call]
    content: bytes = document.tostring()  # type: ignore[no-untyped-call]
    return f'<?xml version="1.0" encoding="utf-8"?>\n{content.decode("utf-8")}\n'


@dataclass(frozen=True, kw_only=True)
class _Streams:
    """How much of what was printed a report repeats: characters of a stream, and of which cases."""

    limit: int
    passed: bool

    @classmethod
    def for_entries(cls, entries: Iterable[Entry]) -> _Streams:
        """Return the most with which all streams of some entries stay within STREAMS_LIMIT."""
        sizes: dict[bool, list[int]] = {True: [], False: []}
        for entry in entries:
            if entry.run is not None:
                passed = entry.verdict is Verdict.SAME
                sizes[passed] += [sum(map(len, s)) for s in (entry.run.output, entry.run.error)]
        choices = [(_LIMITS[0], True), *((limit, False) for limit in _LIMITS)]
        for limit, passed in choices:
            counted = [*sizes[False], *(sizes[True] if passed else ())]
            if sum(min(size, limit) for size in counted) <= STREAMS_LIMIT:
                break
        return cls(limit=limit, passed=passed)

    def of(self, entry: Entry) -> tuple[str, str]:
        """Return what an entry's case shows of its output and its errors."""
        if entry.run is None or (entry.verdict is Verdict.SAME and not self.passed):
            return "", ""
        return self._bounded(entry.run.output), self._bounded(entry.run.error)

    def _bounded(self, lines: Sequence[str]) -> str:
        text = "".join(lines)
        left = len(text) - self.limit
        if left <= 0:
            return xml_text(text)
        # The end is where a failure is explained.
        head = self.limit // 4
        tail = text[head - self.limit :]
        return f"{xml_text(text[:head])}\n[{left} characters are left out here]\n{xml_text(tail)}"


_RESULTS: dict[Verdict, type[Error | Failure | Skipped]] = {
    Verdict.FAILED: Failure,
    Verdict.DIFFERENT: Failure,
    Verdict.NO_BASELINE: Skipped,
}


def _case(entry: Entry, streams: _Streams) -> TestCase:
    folder, _, name = entry.example.rpartition("/")
    case = TestCase(
        xml_text(name), classname=xml_text(folder.replace("/", ".")), time=entry.seconds or 0
    )
    result = _result(entry)
    if result is not None:
        case.result = [result]
    output, error = streams.of(entry)
    if output:
        case.system_out = output
    if error:
        case.system_err = error
    return case


def _result(entry: Entry) -> Error | Failure | Skipped | None:
    if entry.verdict is Verdict.SAME:
        return None
    kind = _RESULTS.get(entry.verdict, Error)
    result = kind(xml_text(phrases.sentence(entry)), entry.cause.kind.value if entry.cause else "")
    result.text = xml_text(
        "\n".join(f"{label}: {value}" for label, value in facts.difference(entry))
    )
    return result


def xml_text(text: str) -> str:
    """Return a text without what XML cannot hold."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", visible(text))
