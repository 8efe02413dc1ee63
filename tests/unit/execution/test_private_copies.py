"""Copies that runs have of a study: whatever a run does to its own, the next sees the original."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tfcompat.execution.private_copies import PrivateCopies

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STUDY = {"script.py": "print(1)\n", "package/__init__.py": "", "data/table.csv": "1,2\n"}


@pytest.fixture
def copies(tmp_path: Path) -> PrivateCopies:
    original = tmp_path / "original"
    for name, text in STUDY.items():
        (original / name).parent.mkdir(parents=True, exist_ok=True)
        (original / name).write_text(text, encoding="utf-8")
    return PrivateCopies(original)


def contents(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


def modes(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.lstat().st_mode for path in folder.rglob("*")}


def inodes(folder: Path) -> set[int]:
    return {path.stat().st_ino for path in folder.rglob("*")}


def test_what_is_left_as_it_was_serves_again(copies: PrivateCopies, tmp_path: Path) -> None:
    with copies.lend(tmp_path / "one"):
        first = inodes(tmp_path / "one")
        (tmp_path / "one" / "script.py").read_text(encoding="utf-8")
    assert not (tmp_path / "one").exists()
    with copies.lend(tmp_path / "two"):
        assert inodes(tmp_path / "two") == first


def test_two_at_once_have_one_each(copies: PrivateCopies, tmp_path: Path) -> None:
    with copies.lend(tmp_path / "one"), copies.lend(tmp_path / "two"):
        assert not inodes(tmp_path / "one") & inodes(tmp_path / "two")
    with copies.lend(tmp_path / "three"), copies.lend(tmp_path / "four"):
        assert contents(tmp_path / "three") == contents(tmp_path / "four")


def overwrite(folder: Path) -> None:
    """Change a file, and set back all that a program can set back."""
    path = folder / "data" / "table.csv"
    found = path.stat()
    path.write_text("9,9\n", encoding="utf-8")
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


def swap(folder: Path) -> None:
    other = folder / "other"
    other.write_text("print(2)\n", encoding="utf-8")
    other.replace(folder / "script.py")


def link_instead(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to("elsewhere")


CHANGES: dict[str, Callable[[Path], object]] = {
    "a file more": lambda folder: (folder / "data" / "new").write_text("x", encoding="utf-8"),
    "bytecode": lambda folder: (folder / "package" / "__pycache__").mkdir(),
    "a broken link": lambda folder: (folder / "broken").symlink_to("nowhere"),
    "a link to a folder": lambda folder: (folder / "data" / "link").symlink_to("/"),
    "a file less": lambda folder: (folder / "script.py").unlink(),
    "a file written": lambda folder: (folder / "script.py").write_text("", encoding="utf-8"),
    "the same size and time": overwrite,
    "another file of its name": swap,
    "permissions": lambda folder: (folder / "script.py").chmod(0o600),
    "permissions of a folder": lambda folder: (folder / "data").chmod(0o700),
    "a folder moved": lambda folder: (folder / "data").rename(folder / "moved"),
    "all gone": lambda folder: folder.rename(folder.with_name("elsewhere")),
    "a link instead": link_instead,
}


@pytest.mark.parametrize("change", CHANGES)
def test_no_run_sees_what_another_did(copies: PrivateCopies, tmp_path: Path, change: str) -> None:
    place = tmp_path / "runs" / "run"
    place.parent.mkdir()
    with copies.lend(place):
        CHANGES[change](place)
    target = tmp_path / "next"
    with copies.lend(target):
        assert contents(target) == STUDY
        assert modes(target) == modes(tmp_path / "original")
