"""What the scripts of the page show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from made_figures import figure
from reports import BROKEN, FAILED, ONE, SAME, TWO, built, cell, identifier, store

from tfcompat.report import page_data

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tfcompat.report.model import Report
    from tfcompat.results.figures import DrawnFigure


def test_a_text_that_occurs_twice_is_stored_once(tmp_path: Path) -> None:
    data: Any = page_data.data_of(
        built(store(tmp_path, cell("1.0.0", {ONE: SAME, TWO: SAME}), cell("1.1.0", {ONE: SAME})))
    )
    assert sorted(data["texts"]) == ["loss: 1\n", "numpy==1.13.3\n"]


def test_long_texts_keep_head_and_tail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_data, "STREAMS_LIMIT", 2000)
    long = SAME.model_copy(update={"output": ["a" * 5000, "z" * 5000]})
    data: Any = page_data.data_of(built(store(tmp_path, cell("1.0.0", {ONE: long}))))
    (cut,) = [text for text in data["texts"] if isinstance(text, dict)]
    assert cut == {"head": "a" * 750, "tail": "z" * 250, "left_out": 9000}


def test_a_row_has_the_ranges_of_the_markdown_and_a_column_its_packages(shown: Report) -> None:
    data: Any = page_data.data_of(shown)
    rows = {row["path"]: row for family in data["families"] for row in family["rows"]}
    assert rows["examples/old/b.py"]["runs_with"] == "1.0.0 … 1.4.0"
    assert data["columns"][1]["packages"] == [("numpy", "1.1")]
    assert data["runs"] == ["same", "different"]


def test_a_row_has_what_changed_and_where(shown: Report) -> None:
    data: Any = page_data.data_of(shown)
    rows = {row["path"]: row for family in data["families"] for row in family["rows"]}
    first, second = rows["examples/old/a.py"]["steps"]
    assert (first["from"], first["at"]) == (1, 2)
    assert (second["from"], second["at"]) == (2, 3)
    said = [(what, data["texts"][number]) for what, number in second["changes"]]
    assert said == [("verdict", "different → failed"), ("cause", "`tf.mul` is missing")]


def test_an_entry_has_the_lines_of_its_script(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import foo\nfoo.gone()\n")
    cause = replace(BROKEN, frame="a.py:2")
    failed = FAILED.model_copy(update={"cause": cause, "error": ["    foo.gone()\n"]})
    report = built(store(tmp_path / "results", cell("1.0.0", {"a.py": failed})))
    data: Any = page_data.data_of(report)
    (entry,) = _entries(data)
    assert data["texts"][entry["source"]].split("\n") == ["  1  import foo", "→ 2  foo.gone()"]
    assert entry["source_line"] == 2


def _drawn(tmp_path: Path, *figures: DrawnFigure) -> Any:  # noqa: ANN401 - JSON
    """Return the data of a run that drew figures, of which its baseline drew the first."""
    base = {"baseline": identifier("1.0.0")}
    old = SAME.model_copy(update={**base, "figures": [figure()]})
    new = SAME.model_copy(update={**base, "figures": list(figures)})
    return page_data.data_of(
        built(store(tmp_path, cell("1.0.0", {ONE: old}), cell("1.1.0", {ONE: new})))
    )


def _entries(data: Any) -> Any:  # noqa: ANN401 - JSON
    return data["families"][0]["rows"][0]["entries"]


def test_a_figure_that_is_not_the_baselines_is_shown_beside_it(tmp_path: Path) -> None:
    moved = figure(30, size=(300, 200))
    data = _drawn(tmp_path, moved, figure())
    baseline, run = _entries(data)
    assert "figures" not in baseline
    assert run["figures"] == [
        {
            "title": "Figure 1",
            "sizes": ["640x480 pixels", "300x200 pixels"],
            "pictures": [0, 1],
        },
        {
            "title": "Figure 2",
            "sizes": ["(no such figure)", "640x480 pixels"],
            "pictures": [None, 0],
        },
    ]
    assert data["pictures"] == [figure().picture, moved.picture]


def test_figures_that_are_equal_are_not_shown(tmp_path: Path) -> None:
    data = _drawn(tmp_path, figure())
    assert "figures" not in _entries(data)[1]
    assert data["pictures"] == []


def test_there_is_room_for_so_many_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_data, "PICTURES_LIMIT", len(figure().picture))
    data = _drawn(tmp_path, figure(30), figure())
    assert [one["pictures"] for one in _entries(data)[1]["figures"]] == [[0, None], [None, 0]]
