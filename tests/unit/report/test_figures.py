"""The figures of a report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from reports import FILES, hostile

from tfcompat.breaks.findings import Break
from tfcompat.report import figures, phrases
from tfcompat.results.verdicts import Verdict
from tfcompat.util import text as text_module

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.report import model


def test_colours_are_those_of_the_page() -> None:
    light, dark = (figures.palette_of(scheme).colours for scheme in figures.SCHEMES)
    assert set(light) == set(dark)
    assert light["page"] != dark["page"]
    assert {verdict.value for verdict in Verdict} - set(light) == {"unknown"}


def test_figures_show_what_the_report_says(shown: model.Report, tmp_path: Path) -> None:
    paths = figures.draw(shown, tmp_path / "figures", formats=("png", "svg"))
    assert {path.name for path in paths} == {n for n in FILES if n.endswith(("png", "svg"))}
    text = (tmp_path / "figures" / "grid.svg").read_text(encoding="utf-8")
    ET.fromstring(text)  # noqa: S314 - our own
    for text_shown in ("examples/old", "a.py", "1.7.0", "15 same", "14 failed", "1 different"):
        assert text_shown in text
    a_cell = "cell=pypi-tensorflow-1.2.0-python-cp36&amp;example=examples%2Fold%2Fa.py"
    for place in (a_cell, "example=examples%2Fold%2Fa.py"):
        assert f'"index.html#{place}"' in text
    again = figures.draw(shown, tmp_path / "again", formats=("svg",))
    assert again[0].read_text(encoding="utf-8") == text
    ranges = (tmp_path / "figures" / "bars.svg").read_text(encoding="utf-8")
    assert "1.4.0 … 1.7.0" in ranges
    for path in paths:
        if path.suffix == ".png":
            assert path.read_bytes().startswith(b"\x89PNG")


def test_the_number_of_predicted_breaks_stands_where_an_example_failed(
    shown: model.Report,
) -> None:
    failed = next(e for e in shown.entries.values() if e.verdict is Verdict.FAILED)
    same = next(e for e in shown.entries.values() if e.verdict is Verdict.SAME)
    found = [
        Break(
            name=name,
            kind="missing",
            argument=None,
            lines=(1,),
            direction="gone",
            edge=("1", "2"),
            is_exact=True,
            replacement=None,
        )
        for name in ("lib.f", "lib.g")
    ]
    predicted = {(e.example, e.column.key): found for e in (failed, same)}
    report = replace(shown, predicted=predicted)
    assert figures._sign(report, failed) == "2"
    assert figures._sign(shown, failed) == phrases.glyph(failed)
    # What ran is not spoken against by what is predicted.
    assert figures._sign(report, same) == phrases.glyph(same)


def test_hostile_names_are_drawn(tmp_path: Path) -> None:
    for path in figures.draw(hostile(tmp_path), tmp_path / "figures", formats=("svg",)):
        text = path.read_text(encoding="utf-8")
        assert "img" not in {element.tag for element in ET.fromstring(text).iter()}  # noqa: S314
        assert not text_module._HARMFUL.search(text)
