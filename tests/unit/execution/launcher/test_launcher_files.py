"""What the launcher is made of, and what identifies it."""

from __future__ import annotations

import ast
import shutil
from typing import TYPE_CHECKING

import pytest

from tfcompat.execution import launcher
from tfcompat.execution.launcher import LAUNCHER, PYTEST_RUNNER, content_hash, launcher_files

if TYPE_CHECKING:
    from pathlib import Path

# All of the standard library that it may import: what it imports, a warm run finds imported.
ALLOWED = {
    *("collections", "ctypes", "errno", "fcntl", "importlib.machinery", "json", "os", "resource"),
    *("select", "signal", "sys", "time", "traceback"),
    *("types", "typing"),  # for mypy alone
}


def test_the_hash_is_stable() -> None:
    assert len(content_hash()) == 64
    assert content_hash() == content_hash()


def test_every_source_file_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = shutil.copytree(LAUNCHER.parent, tmp_path / "launcher")
    monkeypatch.setattr(launcher, "LAUNCHER", copy / "launcher.py")
    found = {content_hash.__wrapped__()}
    files = launcher_files()
    assert set(files) == {path for path in copy.rglob("*.py") if path != copy / "__init__.py"}
    for path in files:
        path.write_text(path.read_text(encoding="utf-8") + "#\n", encoding="utf-8")
        found.add(content_hash.__wrapped__())
    assert len(found) == len(files) + 1


@pytest.mark.parametrize("path", launcher_files(), ids=lambda path: path.stem)
def test_it_depends_on_nothing_but_a_little_of_the_standard_library(path: Path) -> None:
    # It is pytest's own process.
    allowed = ALLOWED | ({"pytest"} if path == PYTEST_RUNNER else set())
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            assert {name.name for name in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom) and path != LAUNCHER and not node.level:
            assert node.module in ALLOWED
