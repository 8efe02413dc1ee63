"""How much a run has written."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tfcompat.execution.launcher._tfcompat_launcher import disk
from tfcompat.execution.launcher._tfcompat_launcher.disk import DiskWatch, written

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_what_was_there_before_is_not_counted(tmp_path: Path) -> None:
    (tmp_path / "before").write_bytes(b"x" * 100_000)
    later = time.time() + 10
    assert written(str(tmp_path), later) == 0
    assert written(str(tmp_path), 0) >= 100_000


def test_holes_and_links_take_no_room(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(10**9)
    (tmp_path / "link").symlink_to("/nowhere")
    assert written(str(tmp_path), 0) < 100_000


def test_files_are_looked_at_where_the_disk_fills_or_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = [10_000_000]
    looks: list[float] = []

    def look(folder: str, since: float) -> int:
        del folder
        looks.append(since)
        return 2_000_000

    monkeypatch.setattr(disk, "free_space", lambda _: free[0])
    monkeypatch.setattr(disk, "written", look)
    watch = DiskWatch(str(tmp_path), 1_000_000, 0.0)
    assert not watch.is_over(1.0)
    assert not watch.is_over(2.0)
    assert not looks
    free[0] -= 600_000
    assert watch.is_over(3.0)
    assert not watch.is_over(4.0)
    assert watch.is_over(3.0 + disk.EVERY)
    assert len(looks) == 2


def test_without_a_limit_or_a_folder_nothing_is_over(tmp_path: Path) -> None:
    assert not DiskWatch(str(tmp_path), None, 0.0).is_over(1.0)
    gone = DiskWatch(str(tmp_path / "gone"), 10, 0.0)
    assert not gone.is_over(1.0)
    assert not gone.is_over(1.0 + disk.EVERY)
