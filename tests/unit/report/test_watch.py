"""The page of a campaign that runs: written when a cell has ended, and once more at the end."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tfcompat.errors import UserError
from tfcompat.report.watch import watch
from tfcompat.results import commands

PUBLISHED = Path(__file__).parents[3] / "results" / "published" / "release"
FILES = sorted(PUBLISHED.glob("pypi-*.json"))[:3]


def test_the_page_is_written_when_a_cell_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "report" / "index.html"
    shutil.copy(FILES[0], tmp_path)
    pages: list[bytes] = []
    looks = 0

    def pause(_seconds: float) -> None:
        nonlocal looks
        pages.append(page.read_bytes())
        looks += 1
        if looks == 2:
            shutil.copy(FILES[1], tmp_path)

    monkeypatch.setattr(commands, "running", lambda _: looks < 4)
    shown: list[str] = []
    assert watch([tmp_path], Path("caliper.yaml"), None, shown.append, pause) == 0
    assert pages[0] == pages[1] != pages[2] == pages[3]
    assert shown == [page.as_uri()]
    assert (tmp_path / "report" / "runs.csv").exists()


def test_where_nothing_runs_it_is_written_once(tmp_path: Path) -> None:
    shutil.copy(FILES[0], tmp_path)
    shown: list[str] = []
    assert watch([tmp_path], Path("caliper.yaml"), None, shown.append) == 0
    assert shown == [(tmp_path / "report" / "index.html").as_uri()]


def test_two_campaigns_are_not_watched(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="one campaign"):
        watch([tmp_path, tmp_path / "b"], Path("caliper.yaml"), None)
