"""What is predicted to break, beside stored results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from reports import FAILED, ONE, SAME, TWO, built, cell, store

from tfcompat.report import predicted
from tfcompat.report.exports import as_json
from tfcompat.report.page import render
from tfcompat.report.page_data import data_of

SCHEMA = json.loads(
    (Path(__file__).parents[3] / "docs" / "breaks.schema.json").read_text(encoding="utf-8")
)


def one_break(name: str, *lines: int) -> dict[str, Any]:
    return {
        "name": name, "kind": "missing", "argument": None, "lines": lines, "direction": "gone",
        "edge": ["1.0", "2.0"], "replacement": None, "certain": False,
    }  # fmt: skip


def forecast(script: str, **releases: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what is predicted for a script; releases are given as ``r1_0``."""
    listed = [
        {
            "release": release[1:].replace("_", "."),
            "python": "3.6",
            "surface": "asked",
            "breaks": breaks,
            "defaults": [],
        }
        for release, breaks in releases.items()
    ]
    return {
        "schema": 1,
        "dependency": "tensorflow",
        "scripts": [{"script": script, "releases": listed}],
    }


def test_what_is_kept_of_other_scripts_and_releases_stays(tmp_path: Path) -> None:
    predicted.keep(tmp_path, forecast(ONE, r1_0=[], r2_0=[one_break("lib.f", 3)]))
    predicted.keep(tmp_path, forecast(TWO, r2_0=[one_break("lib.g", 4)]))
    path = predicted.keep(tmp_path, forecast(ONE, r2_0=[one_break("lib.h", 5, 6)]))
    jsonschema.validate(json.loads(path.read_text(encoding="utf-8")), SCHEMA)
    found = predicted.read(tmp_path)
    assert {key: [one.name for one in breaks] for key, breaks in found.items()} == {
        (ONE, "1.0"): [],
        (ONE, "2.0"): ["lib.h"],
        (TWO, "2.0"): ["lib.g"],
    }
    assert found[ONE, "2.0"][0].lines == (5, 6)


def test_without_a_forecast_nothing_is_predicted(tmp_path: Path) -> None:
    assert predicted.read(tmp_path) == {}


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", '{"schema": 9}', '{"schema": 1, "scripts": [{"script": "a"}]}',
               '{"schema": 1, "scripts": 3}']
)  # fmt: skip
def test_damage_is_said_and_mended(tmp_path: Path, damage: str) -> None:
    results = store(tmp_path, cell("2.0.0", {ONE: FAILED}))
    file = results / "breaks" / "predicted.json"
    file.parent.mkdir()
    file.write_text(damage, encoding="utf-8")
    (line,) = built(results).damaged
    assert "predicted.json is damaged" in line
    predicted.keep(results, forecast(ONE, r2_0_0=[one_break("lib.f", 3)]))
    assert built(results).damaged == ()


def test_a_report_shows_how_many_breaks_lie_behind_a_failure(tmp_path: Path) -> None:
    results = store(tmp_path, cell("1.0.0", {ONE: SAME}), cell("2.0.0", {ONE: FAILED, TWO: FAILED}))
    breaks = [one_break("tensorflow.f", 3, 9), one_break("tensorflow.\x1bg", 4)]
    predicted.keep(results, forecast(ONE, r1_0_0=[], r2_0_0=breaks))
    report = built(results)
    data: Any = data_of(report)
    (first, second) = data["families"][0]["rows"]
    assert "breaks" not in first["entries"][0]
    assert first["entries"][1]["breaks"] == 2
    assert data["texts"][first["entries"][1]["predicted"]] == (
        "lines 3, 9: tf.f is not there since 2.0\n"
        "line 4: tf.\\x1bg is not there since 2.0\n"
    )  # fmt: skip
    assert "breaks" not in second["entries"][1]
    # It is no verdict, and nothing that ran.
    assert {verdict.value: n for verdict, n in report.counts.items() if n} == {
        "same": 1,
        "failed": 2,
    }
    rows = {(row["example"], row["release"]): row for row in json.loads(as_json(report))["entries"]}
    assert rows[ONE, "2.0.0"]["predicted_breaks"] == ["tensorflow.f", "tensorflow.\x1bg"]
    assert rows[ONE, "2.0.0"]["verdict"] == "failed"
    assert "so many breaks are predicted" in render(report)


def test_a_report_without_a_forecast_says_nothing_of_one(tmp_path: Path) -> None:
    report = built(store(tmp_path, cell("2.0.0", {ONE: FAILED})))
    assert "predicted" not in as_json(report)
    assert "so many breaks are predicted" not in render(report)
