"""What counts as written to the environment that runs share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tfcompat.environments.contamination import CapturedWrites, ContaminationGuard

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = "lib/python3.11/site-packages/six"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Return where an overlay puts what is written, for an environment with one package."""
    (tmp_path / "env" / PACKAGE).mkdir(parents=True)
    (tmp_path / "written").mkdir()
    return tmp_path / "written"


def put(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def paths(written: Path) -> set[str]:
    return {write.path for write in CapturedWrites(written.parent).snapshot() if write.path}


def test_bytecode_does_not_count(written: Path) -> None:
    put(written / PACKAGE / "__pycache__" / "six.cpython-311.pyc")
    assert paths(written) == set()


def test_nothing_was_written_yet(tmp_path: Path) -> None:
    assert paths(tmp_path / "written") == set()


@pytest.mark.parametrize("name", ["six.py", "sitecustomize.pth", "__pycache__.py", "six.pyc"])
def test_a_file_counts(written: Path, name: str) -> None:
    put(written / PACKAGE / name)
    assert paths(written) == {f"{PACKAGE}/{name}"}


def test_a_new_folder_counts(written: Path) -> None:
    (written / PACKAGE / "added").mkdir(parents=True)
    assert paths(written) == {f"{PACKAGE}/added"}


def test_another_mode_counts(written: Path) -> None:
    (written / PACKAGE).mkdir(parents=True)
    (written / PACKAGE).chmod(0o500)
    assert paths(written) == {PACKAGE}


def test_the_mode_of_the_environments_own_folder_counts(written: Path) -> None:
    before = CapturedWrites(written.parent).snapshot()
    written.chmod(0o500)
    assert CapturedWrites(written.parent).snapshot() != before


def test_a_folder_that_a_script_made_unreadable_counts(
    written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (written / PACKAGE).mkdir(parents=True)
    (written / PACKAGE).chmod(0)
    scan = os.scandir

    def refuse(path: str) -> object:
        # Root may read what it likes.
        if path.endswith(PACKAGE):
            raise PermissionError
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert paths(written) == {PACKAGE}
    monkeypatch.undo()
    (written / PACKAGE).chmod(0o700)


def test_a_folder_among_bytecode_counts(written: Path) -> None:
    (written / PACKAGE / "__pycache__" / "deeper").mkdir(parents=True)
    assert f"{PACKAGE}/__pycache__/deeper" in paths(written)


def test_a_file_written_again_is_another_write(written: Path) -> None:
    path = put(written / PACKAGE / "six.py", "one")
    before = CapturedWrites(written.parent).snapshot()
    path.write_text("two", encoding="utf-8")
    assert CapturedWrites(written.parent).snapshot() != before


def test_a_contaminated_environment_is_wiped(written: Path) -> None:
    put(written / PACKAGE / "made_by_the_import.py")
    guard = ContaminationGuard(CapturedWrites(written.parent))
    with guard.cleaned():
        guard.begin()
        assert not guard.is_contaminated()
        assert guard.may_start()
        put(written / PACKAGE / "six.py")
        assert guard.is_contaminated()
        assert not guard.may_start()
    assert not written.exists()
    with guard.cleaned():
        guard.begin()
        assert guard.may_start()


def test_a_clean_environment_is_left_alone(written: Path) -> None:
    compiled = put(written / PACKAGE / "__pycache__" / "six.cpython-311.pyc")
    guard = ContaminationGuard(CapturedWrites(written.parent))
    with guard.cleaned():
        guard.begin()
        assert not guard.is_contaminated()
    assert compiled.exists()


def test_where_nothing_is_caught_all_counts_as_clean() -> None:
    guard = ContaminationGuard(None)
    with guard.cleaned():
        guard.begin()
        assert not guard.is_contaminated()
