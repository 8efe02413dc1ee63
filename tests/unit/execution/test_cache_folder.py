"""What the cache holds, and what is removed of it."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from tfcompat.execution import cache_folder

if TYPE_CHECKING:
    from pathlib import Path

_DAY = 86_400


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Return a cache with bytecode of three ages, other data, and the folder of a command."""
    for name, age in (("old", 40), ("older", 50), ("new", 1)):
        layer = tmp_path / "bytecode" / name
        layer.mkdir(parents=True)
        (layer / "a.pyc").write_bytes(b"x" * 50_000)
        os.utime(layer, (time.time() - age * _DAY,) * 2)
    (tmp_path / "http").mkdir()
    (tmp_path / "http" / "page").write_bytes(b"x" * 100_000)
    (tmp_path / "work" / "run-dead").mkdir(parents=True)
    (tmp_path / "work" / "run-1").mkdir()
    return tmp_path


def layers(cache: Path) -> set[str]:
    return {path.name for path in (cache / "bytecode").iterdir()}


def test_what_there_is_and_since_when_it_is_unused(cache: Path) -> None:
    found = {entry.name: entry for entry in cache_folder.entries(cache)}
    assert [entry.name for entry in cache_folder.entries(cache)][:2] == ["bytecode", "http"]
    assert found["bytecode"].size >= 150_000
    assert found["bytecode"].content == "compiled imports"
    assert found["http"].unused < _DAY
    assert cache_folder.entries(cache / "missing") == []


def test_what_is_old_is_removed(cache: Path) -> None:
    assert cache_folder.prune(cache, older=30, to=None) >= 100_000
    assert layers(cache) == {"new"}
    assert (cache / "http" / "page").is_file()
    assert cache_folder.prune(cache, older=30, to=None) == 0


def test_the_least_recently_used_goes_first(cache: Path) -> None:
    used = sum(entry.size for entry in cache_folder.entries(cache))
    cache_folder.prune(cache, older=None, to=used - 60_000)
    assert "older" not in layers(cache)
    assert "new" in layers(cache)


def test_everything_goes_but_what_is_in_use(cache: Path) -> None:
    with FileLock(f"{cache / 'work' / 'run-1'}.lock"):
        assert cache_folder.clear(cache) >= 250_000
        assert (cache / "work" / "run-1").is_dir()
    assert not (cache / "work" / "run-dead").exists()
    assert not (cache / "bytecode").exists()
    assert not (cache / "http").exists()
    assert cache_folder.clear(cache / "missing") == 0
    assert cache_folder.prune(cache / "missing", older=1, to=1) == 0
