"""The cases of ``frontier --batch``: read from a table, and what became of each."""

from __future__ import annotations

import csv
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from packaging.version import InvalidVersion, Version

from tfcompat.errors import SelectionError, near_miss

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tfcompat.search.findings import Findings, ScriptFindings

COLUMNS = (
    "script", "dependency", "baseline", "python", "requirements", "expected", "expected_edge",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ExpectedEdge:
    """An edge as somebody knows it: the ``first`` release that stops the script.

    ``last`` is its neighbour that does not; empty where that is not said.
    """

    last: str
    first: str

    def __str__(self) -> str:
        """Return the edge as it is written in a table."""
        return f"{self.last}..{self.first}"

    def is_in(self, findings: ScriptFindings) -> bool:
        """Tell whether a search has found this edge, with nothing left to try between its sides."""
        return any(
            not edge.untried
            and Version(edge.release) == Version(self.first)
            and (not self.last or Version(edge.last) == Version(self.last))
            for edge in findings.edges
        )


@dataclass(frozen=True, kw_only=True)
class Case:
    """One script to search, and what is said of it; what is not said is empty.

    ``name`` is the script as it stands in the table, ``row`` its line there, counted from 1.
    """

    row: int
    name: str
    script: Path
    dependency: str = ""
    baseline: str = ""
    python: str = ""
    requirements: tuple[str, ...] = ()
    expected: ExpectedEdge | None = None


@dataclass(frozen=True, kw_only=True)
class CaseResult:
    """What became of a case: ``findings`` of its script alone, or the ``error`` that ended it.

    ``exit_code`` is that which the command would have for it alone.
    """

    case: Case
    findings: Findings | None = None
    error: str = ""
    exit_code: int = 0

    @property
    def script(self) -> ScriptFindings | None:
        """What was found of its script."""
        return self.findings.scripts[0] if self.findings else None

    @property
    def is_as_expected(self) -> bool | None:
        """Whether the expected edge was found; None where none was expected, or nobody can tell.

        Where a search was stopped, an edge that it did not find may be there.
        """
        if self.case.expected is None:
            return None
        is_found = self.script is not None and self.case.expected.is_in(self.script)
        return None if not is_found and self.findings and self.findings.stopped else is_found


def read_cases(path: Path) -> tuple[Case, ...]:
    """Read cases from a table: CSV with a head line, or JSON lines; paths are relative to it.

    Raises SelectionError where it cannot be read, or says something that is not known.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"--batch: cannot read {path}: {getattr(error, 'strerror', None) or error}"
        raise SelectionError(msg) from None
    rows = _json_rows(text, path) if path.suffix in (".jsonl", ".ndjson") else _csv_rows(text, path)
    cases = tuple(_case(row, content, path) for row, content in rows)
    if not cases:
        msg = f"--batch: {path} has no cases"
        raise SelectionError(msg)
    return cases


def _csv_rows(text: str, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    reader = csv.DictReader(text.splitlines(), skipinitialspace=True)
    _check_columns(reader.fieldnames or (), path, 1)
    for content in reader:
        if None in content or None in content.values():
            msg = f"--batch: {path}, line {reader.line_num}: it has not as many fields as the head"
            raise SelectionError(msg)
        if any(value.strip() for value in content.values()):
            yield reader.line_num, dict(content)


def _json_rows(text: str, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for row, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            content = json.loads(line)
        except ValueError as error:
            msg = f"--batch: {path}, line {row}: {error}"
            raise SelectionError(msg) from None
        if not isinstance(content, dict):
            msg = f"--batch: {path}, line {row}: it holds no object"
            raise SelectionError(msg)
        _check_columns(content, path, row)
        yield row, content


def _check_columns(names: Any, path: Path, row: int) -> None:  # noqa: ANN401 - keys of any kind
    for name in names:
        if name not in COLUMNS:
            hint = near_miss(str(name), COLUMNS) or f"; columns are {', '.join(COLUMNS)}"
            msg = f"--batch: {path}, line {row}: unknown column {name!r}{hint}"
            raise SelectionError(msg)
    if "script" not in names:
        msg = f"--batch: {path}, line {row}: there is no column 'script'"
        raise SelectionError(msg)


def _case(row: int, content: dict[str, Any], path: Path) -> Case:
    where = f"--batch: {path}, line {row}"
    requirements = content.get("requirements") or ""
    if isinstance(requirements, str):
        # A requirement with spaces in it needs the other separator.
        requirements = re.split(r"\s*;\s*" if ";" in requirements else r"\s+", requirements.strip())
    texts = {
        name: content.get(name) or "" for name in ("script", "dependency", "baseline", "python")
    }
    for name, value in (*texts.items(), *(("requirements", one) for one in requirements)):
        if not isinstance(value, str):
            msg = f"{where}: `{name}` is no text: {value!r}"
            raise SelectionError(msg)
    if not texts["script"].strip():
        msg = f"{where}: `script` is empty"
        raise SelectionError(msg)
    name = texts["script"].strip()
    return Case(
        row=row,
        name=name,
        script=path.parent / name,
        dependency=texts["dependency"].strip(),
        baseline=texts["baseline"].strip(),
        python=texts["python"].strip(),
        requirements=tuple(one for one in requirements if one),
        expected=_expected(content.get("expected") or content.get("expected_edge"), where),
    )


def _expected(value: object, where: str) -> ExpectedEdge | None:
    """Return an edge of ``last..first``, ``[last, first]`` or an object with these two keys."""
    if isinstance(value, str) and value.strip().startswith(("{", "[")):
        with suppress(ValueError):
            value = json.loads(value)
    if not value:
        return None
    ends: list[object] = []
    if isinstance(value, str) and ".." in value:
        ends = list(value.split("..", 1))
    elif isinstance(value, dict):
        ends = [value.get("last") or "", value.get("first")]
    elif isinstance(value, list):
        ends = value
    try:
        last, first = (str(end).strip() for end in ends)
        for text in (first, *([last] if last else [])):
            Version(text)
    except (ValueError, InvalidVersion):
        msg = f"{where}: the expected edge {value!r} is not of the form last..first, as 1.4..2.0"
        raise SelectionError(msg) from None
    return ExpectedEdge(last=last, first=first)
