"""The report in other forms: what they count agrees, and nothing hostile gets through."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from reports import ATTACK, EXAMPLES, hostile, write

from tfcompat.cli import main
from tfcompat.judging.campaign_diff import diff_campaigns
from tfcompat.report import campaign_diff, exports, figures, markdown, model, similarity
from tfcompat.results.verdicts import RUNS, Verdict
from tfcompat.util import text as text_module

if TYPE_CHECKING:
    from pathlib import Path

FILES = {"index.html", "summary.md", "runs.csv", "report.json", "junit.xml"} | {
    f"{name}{scheme}.{ending}"
    for name in ("grid", "bars", "similarity")
    for scheme in ("", "-dark")
    for ending in ("png", "svg")
}


@pytest.fixture
def shown(tmp_path: Path) -> model.Report:
    return model.build([model.read(write(tmp_path / "results"))])


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


def test_junit_tells_what_was_not_tried_from_what_failed(tmp_path: Path) -> None:
    root = ET.fromstring(exports.as_junit(hostile(tmp_path)))  # noqa: S314 - likewise
    # Two runs, and one environment that cannot be made, for the one example it was to run.
    assert (root.attrib["failures"], root.attrib["errors"]) == ("2", "1")


def test_markdown_tells_counts_ranges_and_reasons(shown: model.Report) -> None:
    said = markdown.summary(shown)
    assert "| family | = same | ≠ different | ✗ failed |" in said
    assert "| examples/old | 6 | 1 | 7 |" in said
    assert "| all | 15 | 1 | 14 |" in said
    assert "| examples/old/a.py | 1.0.0 … 1.2.0 | 1.0.0 … 1.1.0 |" in said
    assert "- **14** failed: removed-api: `tf.mul` is missing (4 examples, 8 releases)" in said


def test_ranges_have_holes(shown: model.Report) -> None:
    # Of what was left out nothing is claimed: a stretch goes over it.
    assert markdown.ranges(shown, "examples/old/b.py", RUNS) == "1.0.0 … 1.4.0"
    assert markdown.ranges(shown, "examples/new/c.py", RUNS) == "1.4.0 … 1.7.0"
    assert markdown.ranges(shown, "examples/new/c.py", frozenset()) == "none"


@pytest.mark.parametrize("form", [markdown.summary, exports.as_csv, exports.as_junit])
def test_hostile_text_stays_text(tmp_path: Path, form: object) -> None:
    assert callable(form)
    text = form(hostile(tmp_path))
    assert not text_module._HARMFUL.search(text.replace("\r", ""))
    text.encode()
    if form is not exports.as_csv:
        assert "<img" not in text
        assert "<script" not in text


def test_a_spreadsheet_finds_no_formula(tmp_path: Path) -> None:
    shown = model.build([model.read(write(tmp_path, {"=1+1.py": "FFFFFFFF"}))])
    rows = list(csv.DictReader(io.StringIO(exports.as_csv(shown))))
    assert {row["example"] for row in rows} == {"'=1+1.py"}


def test_similarity_is_that_of_sets(shown: model.Report) -> None:
    columns = similarity.environments(shown)
    assert [column.release for column in columns] == [f"1.{n}.0" for n in range(8)]
    assert similarity.similarity(columns[:2], versions=False) == [[1, 1], [1, 1]]
    assert similarity.similarity(columns[:2], versions=True) == [[1, 0], [0, 1]]


def test_colours_are_those_of_the_page() -> None:
    light, dark = (figures.colours(scheme).of for scheme in figures.SCHEMES)
    assert set(light) == set(dark)
    assert light["page"] != dark["page"]
    assert {verdict.value for verdict in Verdict} - set(light) == {"unknown"}


def test_pictures_say_what_the_report_says(shown: model.Report, tmp_path: Path) -> None:
    paths = figures.draw(shown, tmp_path / "pictures", formats=("png", "svg"))
    assert {path.name for path in paths} == {n for n in FILES if n.endswith(("png", "svg"))}
    text = (tmp_path / "pictures" / "grid.svg").read_text(encoding="utf-8")
    ET.fromstring(text)  # noqa: S314 - our own
    for said in ("examples/old", "a.py", "1.7.0", "15 same", "14 failed", "1 different"):
        assert said in text
    again = figures.draw(shown, tmp_path / "again", formats=("svg",))
    assert again[0].read_text(encoding="utf-8") == text
    ranges = (tmp_path / "pictures" / "bars.svg").read_text(encoding="utf-8")
    assert "1.4.0 … 1.7.0" in ranges
    for path in paths:
        if path.suffix == ".png":
            assert path.read_bytes().startswith(b"\x89PNG")


def test_hostile_names_are_drawn(tmp_path: Path) -> None:
    for path in figures.draw(hostile(tmp_path), tmp_path / "pictures", formats=("svg",)):
        text = path.read_text(encoding="utf-8")
        assert "img" not in {element.tag for element in ET.fromstring(text).iter()}  # noqa: S314
        assert not text_module._HARMFUL.search(text)


def test_a_report_is_all_of_its_forms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = write(tmp_path / "results")
    assert main.main(["report", str(results)]) == 0
    assert {path.name for path in (results / "report").iterdir()} == FILES
    assert capsys.readouterr().out.strip() == str(results / "report" / "index.html")


@pytest.mark.parametrize(
    ("form", "name", "begins"),
    [
        ("markdown", "summary.md", "## tensorflow"),
        ("csv", "runs.csv", "campaign,cell"),
        ("json", "report.json", '{\n "schema": 1'),
        ("junit", "junit.xml", "<?xml"),
    ],
)
def test_a_form_alone(
    form: str, name: str, begins: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = write(tmp_path / "results")
    assert main.main(["report", str(results), f"--{form}", "--output", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(begins)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [name]
    assert (tmp_path / "out" / name).read_bytes().decode("utf-8") == printed


def test_pictures_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = write(tmp_path / "results")
    assert main.main(["report", str(results), "--svg"]) == 0
    said = capsys.readouterr().out.split()
    assert {path.name for path in (results / "report").iterdir()} == {
        name for name in FILES if name.endswith(".svg")
    }
    assert len(said) == 6


def test_changes_in_every_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = write(tmp_path / "old")
    worse = EXAMPLES | {"examples/new/c.py": "FFFFFFSS"}
    new = write(tmp_path / "new", worse)
    found = diff_campaigns(campaign_diff.load(old), campaign_diff.load(new))
    (group,) = found.groups
    assert (group.old, group.new, len(group.changes)) == (Verdict.SAME, Verdict.FAILED, 2)
    for form, said in (
        ([], "8 cells in both, 30 verdicts: 2 changed"),
        (["--markdown"], "| same | failed | `tf.mul` is missing |"),
        (["--json"], '"changed": 2'),
        (["--page", str(tmp_path / "page")], "index.html"),
    ):
        assert main.main(["compare", str(old), str(new), *form]) == 0
        assert said in capsys.readouterr().out
    text = (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    assert re.search("campaigns +old, new", text)


def test_a_hostile_comparison(tmp_path: Path) -> None:
    (column, *_) = hostile(tmp_path).columns
    better = column.cell.model_copy(
        update={
            "freeze": ["numpy==1\n"],
            "examples": {
                test: example.model_copy(update={"verdict": Verdict.SAME, "cause": None})
                for test, example in column.cell.examples.items()
            },
        }
    )
    found = diff_campaigns({ATTACK: better}, {ATTACK: column.cell})
    assert found.changed == 2
    for text in (campaign_diff.text(found), campaign_diff.as_markdown(found)):
        assert not text_module._HARMFUL.search(text)
    assert "<img" not in campaign_diff.as_markdown(found)
