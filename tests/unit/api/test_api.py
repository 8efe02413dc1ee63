"""What programs use: stored campaigns, and the answers of commands."""

from __future__ import annotations

import sys
import types
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from reports import cell, identifier, store

import tfcompat
from tfcompat.errors import ResultsError, UserError
from tfcompat.results.schema import Example
from tfcompat.results.verdicts import Verdict

if TYPE_CHECKING:
    from pathlib import Path

A = "ex/a.py"


def ran(verdict: Verdict) -> Example:
    return Example(retval=verdict is Verdict.FAILED, seconds=1.0, verdict=verdict)


@pytest.fixture
def campaign(tmp_path: Path) -> tfcompat.LoadedCampaign:
    folder = tmp_path / "results"
    store(folder, cell("1.0", {A: ran(Verdict.SAME)}), cell("2.0", {A: ran(Verdict.FAILED)}))
    return tfcompat.load(folder)


def test_a_campaign_has_its_cells_and_runs(campaign: tfcompat.LoadedCampaign) -> None:
    assert list(campaign.cells) == [identifier("1.0"), identifier("2.0")]
    first, second = campaign.runs
    assert (first.release, first.python, first.example) == ("1.0", "3.6", A)
    assert (first.verdict, second.verdict) == (Verdict.SAME, Verdict.FAILED)
    assert first.run is not None
    assert campaign.cells[first.cell].examples[A] == first.run
    assert campaign.verdicts == {Verdict.SAME: 1, Verdict.FAILED: 1}
    assert campaign.damaged == ()


def test_a_frame_has_the_columns_of_the_table(
    campaign: tfcompat.LoadedCampaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: dict[str, Any] = {}

    def frame(rows: list[dict[str, object]], columns: list[str]) -> str:
        made.update(rows=rows, columns=columns)
        return "a frame"

    monkeypatch.setitem(sys.modules, "pandas", types.SimpleNamespace(DataFrame=frame))
    assert campaign.to_frame() == "a frame"
    assert made["rows"][1]["verdict"] == "failed"
    assert set(made["rows"][0]) == set(made["columns"])


def test_without_pandas_it_says_what_to_install(
    campaign: tfcompat.LoadedCampaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UserError, match="pip install pandas"):
        campaign.to_frame()


def test_what_holds_no_results_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ResultsError, match="holds no results"):
            tfcompat.load(folder)


def test_two_campaigns_are_compared(tmp_path: Path) -> None:
    for name, verdict in (("old", Verdict.SAME), ("new", Verdict.FAILED)):
        store(tmp_path / name, cell("1.0", {A: ran(verdict)}))
    found = tfcompat.compare(tmp_path / "old", tmp_path / "new")
    assert (found.cells, found.changed) == (1, 1)


def test_only_what_is_named_is_there() -> None:
    assert set(tfcompat.__all__) <= set(dir(import_module("tfcompat.api")))
    with pytest.raises(AttributeError, match="no attribute 'other'"):
        tfcompat.other  # noqa: B018
