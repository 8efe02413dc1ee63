"""Where the caches of this user are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.util.folders import cache_folder, uv_cache

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TFCOMPAT_CACHE", str(tmp_path / "here"))
    assert cache_folder() == (tmp_path / "here").resolve()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TFCOMPAT_CACHE", "relative")
    assert cache_folder() == tmp_path.resolve() / "relative"
    monkeypatch.setenv("TFCOMPAT_CACHE", "")
    assert cache_folder().name == "tfcompat"
    assert tmp_path in cache_folder().parents


def test_uv_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert uv_cache(tmp_path) == tmp_path / "uv"
    monkeypatch.setenv("TFCOMPAT_UV_CACHE", str(tmp_path / "shared"))
    assert uv_cache(tmp_path / "cache") == (tmp_path / "shared").resolve()
