"""The script's own lines around the one at which it failed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from reports import ONE, cell, store

from tfcompat.report import why
from tfcompat.report.build import build_report, read_campaign
from tfcompat.report.sources import Excerpt, Sources, study_of
from tfcompat.results.schema import Example
from tfcompat.results.verdicts import Cause, CauseKind, Verdict

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = "import foo\n\nx = 1\nfoo.gone(x)\nprint(x)\n\nprint(2)\n"


def failing(frame: str, code: str = "foo.gone(x)") -> Example:
    error = ["Traceback (most recent call last):\n", f"    {code}\n", "AttributeError: gone\n"]
    cause = Cause(kind=CauseKind.REMOVED_API, message="gone", frame=frame)
    return Example(retval=1, seconds=1, error=error, verdict=Verdict.FAILED, cause=cause)


def excerpt(root: Path, run: Example) -> Excerpt | None:
    return Sources(root).excerpt(run, run.cause)


def test_two_lines_around_the_one_that_the_traceback_quotes(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SCRIPT)
    found = excerpt(tmp_path, failing("a.py:4"))
    assert found is not None
    assert found.numbered == [
        "  2",
        "  3  x = 1",
        "→ 4  foo.gone(x)",
        "  5  print(x)",
        "  6",
    ]


def test_a_script_that_was_changed_since_is_not_shown(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SCRIPT)
    assert excerpt(tmp_path, failing("a.py:4", "foo.older(x)")) is None
    assert excerpt(tmp_path, failing("a.py:5")) is None
    # An empty line is quoted by no traceback, though one may be in what was written.
    assert excerpt(tmp_path, failing("a.py:2", "")) is None


@pytest.mark.parametrize(
    "frame",
    ["../outside.py:4", "link.py:4", "b.py:4", "a.py:99", "a.py:0", "a.py", "", "a" * 5000 + ":4"],
)
def test_nothing_is_read_outside_of_the_study_and_nothing_is_made_up(
    tmp_path: Path, frame: str
) -> None:
    root = tmp_path / "study"
    root.mkdir()
    (root / "a.py").write_text(SCRIPT)
    (tmp_path / "outside.py").write_text(SCRIPT)
    (root / "link.py").symlink_to(tmp_path / "outside.py")
    assert excerpt(root, failing("a.py:4")) is not None
    assert excerpt(root, failing(frame)) is None
    assert excerpt(root, failing(f"{tmp_path}/outside.py:4")) is None


def test_a_cell_of_a_notebook(tmp_path: Path) -> None:
    notebook = {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": {},
        "cells": [
            {"cell_type": "code", "source": text, "metadata": {}, "outputs": [],
             "execution_count": None}
            for text in ("import foo\nx = 1", "x += 1\nfoo.gone(x)")
        ],
    }  # fmt: skip
    (tmp_path / "a.ipynb").write_text(json.dumps(notebook))
    found = excerpt(tmp_path, failing("a.ipynb, cell 2, line 2"))
    assert found is not None
    assert found.lines == ("x += 1", "foo.gone(x)")
    assert excerpt(tmp_path, failing("a.ipynb, cell 3, line 2")) is None


def test_the_study_is_the_nearest_above_the_results(tmp_path: Path) -> None:
    published = tmp_path / "results" / "published" / "release"
    published.mkdir(parents=True)
    assert study_of(published) == published.parent
    (tmp_path / "caliper.yaml").write_text("analysis: {}\n")
    assert study_of(published) == tmp_path


def test_a_terminal_shows_them(tmp_path: Path) -> None:
    (tmp_path / ONE).parent.mkdir(parents=True)
    (tmp_path / ONE).write_text(SCRIPT)
    (tmp_path / "caliper.yaml").write_text("analysis: {}\n")
    folder = store(tmp_path / "results", cell("1.0.0", {ONE: failing(f"{ONE}:4")}))
    report = build_report([read_campaign(folder)])
    (entry,) = report.entries.values()
    assert "\n  → 4  foo.gone(x)\n" in why.as_text(entry, report).replace("    ", "  ")
