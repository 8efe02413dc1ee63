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
    *("atexit", "functools", "gc", "io", "types", "weakref"),
    "typing",  # for mypy alone
}
# What notebooks alone import.
OF_NOTEBOOKS = {"capturing", "displays", "jupyter", "notebook", "reporting", "shell"}
# What they import, and what runs import of which the figures are wanted.
LOADED_LATE = OF_NOTEBOOKS | {"figures", "single"}
ALLOWED_LATE = {
    *("__future__", "ast", "asyncio", "contextlib", "functools", "imp", "io", "linecache", "re"),
    *("shlex", "subprocess", "tokenize", "warnings"),
    *("matplotlib", "matplotlib.backends"),
}
ALLOWED_IN = {"script": {"runpy"}}  # by that which runs a module alone


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
    allowed = ALLOWED | (ALLOWED_LATE if path.stem in LOADED_LATE else set())
    allowed |= ALLOWED_IN.get(path.stem, set())
    # It is pytest's own process.
    allowed |= {"pytest"} if path == PYTEST_RUNNER else set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            assert {name.name for name in node.names} <= allowed
        elif isinstance(node, ast.ImportFrom) and path != LAUNCHER and not node.level:
            assert node.module in allowed


def test_a_script_does_not_find_what_others_import() -> None:
    """Only functions that load them import what runs notebooks, and what saves figures."""
    for path in launcher_files():
        if path.stem in LOADED_LATE or path == LAUNCHER:
            continue
        tree = ast.parse(path.read_bytes())
        top = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
        assert not LOADED_LATE & {node.module for node in top}
