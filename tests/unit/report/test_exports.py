"""The report for other programs: what is counted agrees, and nothing hostile gets through."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from reports import FAILED, SAME, built, cell, hostile, store, write

from tfcompat.report import exports
from tfcompat.results.verdicts import Verdict
from tfcompat.util import text as text_module

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tfcompat.report import model


def test_csv_has_a_line_for_each_entry(shown: model.Report) -> None:
    rows = list(csv.DictReader(io.StringIO(exports.as_csv(shown))))
    assert len(rows) == 30
    assert tuple(rows[0]) == exports.COLUMNS
    assert {row["verdict"] for row in rows} == {"same", "different", "failed"}
    failed = next(row for row in rows if row["verdict"] == "failed")
    assert (failed["cause"], failed["symbol"], failed["retval"]) == (
        "removed-api", "tensorflow.mul", "1"
    )  # fmt: skip
    assert failed["family"] in {"examples/old", "examples/new"}


def test_json_agrees_with_the_counts(shown: model.Report) -> None:
    document = json.loads(exports.as_json(shown))
    assert document["counts"]["failed"] == shown.counts[Verdict.FAILED]
    assert sum(document["counts"].values()) == len(document["entries"]) == 30
    summed = sum(sum(cell["counts"].values()) for cell in document["cells"])
    assert summed == 30
    assert document["cells"][3]["freeze"] == ["numpy==1.3"]
    (failed,) = (f for f in document["failures"] if f["verdict"] == "failed")
    assert {document["entries"][n]["verdict"] for n in failed["entries"]} == {"failed"}


def test_junit_counts_what_is_not_the_same(shown: model.Report) -> None:
    root = ET.fromstring(exports.as_junit(shown))  # noqa: S314 - our own
    assert root.tag == "testsuites"
    assert root.attrib["tests"] == "30"
    failures = shown.counts[Verdict.FAILED] + shown.counts[Verdict.DIFFERENT]
    assert root.attrib["failures"] == str(failures)
    suite = root.find("testsuite")
    assert suite is not None
    assert suite.attrib["name"] == "tensorflow 1.0.0 on Python 3.6"
    case = suite.find("testcase[@name='c.py']")
    assert case is not None
    assert case.attrib["classname"] == "examples.new"
    failure = case.find("failure")
    assert failure is not None
    assert failure.attrib["type"] == "removed-api"
    assert "does not run with tensorflow 1.0.0" in failure.attrib["message"]


def test_junit_distinguishes_what_was_not_tried_from_what_failed(tmp_path: Path) -> None:
    root = ET.fromstring(exports.as_junit(hostile(tmp_path)))  # noqa: S314 - likewise
    # Two runs, and one environment that cannot be made, for the one example it was to run.
    assert (root.attrib["failures"], root.attrib["errors"]) == ("2", "1")


def test_json_has_an_entry_a_line(shown: model.Report) -> None:
    text = exports.as_json(shown)
    rows = list(exports.as_rows(shown))
    assert json.loads(text)["entries"] == rows
    assert sum(line.lstrip().startswith('{"campaign"') for line in text.splitlines()) >= len(rows)


def streams(shown: model.Report) -> dict[str, set[str]]:
    """Return what the cases of each script show of what was printed."""
    root = ET.fromstring(exports.as_junit(shown))  # noqa: S314 - our own
    found: dict[str, set[str]] = {}
    for case in root.iter("testcase"):
        texts = (case.findtext("system-out"), case.findtext("system-err"))
        found.setdefault(case.attrib["name"], set()).update(filter(None, texts))
    return found


def test_junit_bounds_what_it_repeats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, last = "begun\n", "ValueError: bad\n"
    failed = FAILED.model_copy(update={"error": [first, "x" * 30_000, last]})
    passed = SAME.model_copy(update={"output": ["loss: 0.5\n"]})
    shown = built(store(tmp_path, cell("1.9.0", {"a.py": failed, "b.py": passed})))
    (text,) = streams(shown)["a.py"]
    assert text.startswith(first)
    assert text.endswith(last)
    assert "[10022 characters are left out here]" in text
    assert streams(shown)["b.py"] == {"loss: 0.5\n"}

    monkeypatch.setattr(exports, "STREAMS_LIMIT", 5_000)
    (text,) = streams(shown)["a.py"]
    assert "[25022 characters are left out here]" in text
    assert streams(shown)["b.py"] == set()

    monkeypatch.setattr(exports, "STREAMS_LIMIT", 1)
    (text,) = streams(shown)["a.py"]
    assert text.endswith(last)
    assert len(text) < 300


@pytest.mark.parametrize("form", [exports.as_csv, exports.as_junit])
def test_hostile_text_stays_text(tmp_path: Path, form: Callable[[model.Report], str]) -> None:
    text = form(hostile(tmp_path))
    assert not text_module._HARMFUL.search(text.replace("\r", ""))
    text.encode()
    if form is not exports.as_csv:
        assert "<img" not in text
        assert "<script" not in text


def test_a_spreadsheet_finds_no_formula(tmp_path: Path) -> None:
    shown = built(write(tmp_path, {"=1+1.py": "FFFFFFFF"}))
    rows = list(csv.DictReader(io.StringIO(exports.as_csv(shown))))
    assert {row["example"] for row in rows} == {"'=1+1.py"}
