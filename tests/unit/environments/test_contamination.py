"""What counts as a trace that runs left in their environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tfcompat.environments.contamination import ContaminationGuard, Traces

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
    return {trace.path for trace in Traces(written.parent).look() if trace.path}


def test_bytecode_is_no_trace(written: Path) -> None:
    put(written / PACKAGE / "__pycache__" / "six.cpython-311.pyc")
    assert paths(written) == set()


def test_nothing_was_written_yet(tmp_path: Path) -> None:
    assert paths(tmp_path / "written") == set()


@pytest.mark.parametrize("name", ["six.py", "sitecustomize.pth", "__pycache__.py", "six.pyc"])
def test_a_file_is_a_trace(written: Path, name: str) -> None:
    put(written / PACKAGE / name)
    assert paths(written) == {f"{PACKAGE}/{name}"}


def test_a_new_folder_is_a_trace(written: Path) -> None:
    (written / PACKAGE / "added").mkdir(parents=True)
    assert paths(written) == {f"{PACKAGE}/added"}


def test_other_rights_are_a_trace(written: Path) -> None:
    (written / PACKAGE).mkdir(parents=True)
    (written / PACKAGE).chmod(0o500)
    assert paths(written) == {PACKAGE}


def test_the_environments_own_folder_has_rights_too(written: Path) -> None:
    before = Traces(written.parent).look()
    written.chmod(0o500)
    assert Traces(written.parent).look() != before


def test_a_folder_that_a_script_has_closed_is_a_trace(
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


def test_a_folder_among_bytecode_is_a_trace(written: Path) -> None:
    (written / PACKAGE / "__pycache__" / "deeper").mkdir(parents=True)
    assert f"{PACKAGE}/__pycache__/deeper" in paths(written)


def test_a_file_written_again_is_another_trace(written: Path) -> None:
    path = put(written / PACKAGE / "six.py", "one")
    before = Traces(written.parent).look()
    path.write_text("two", encoding="utf-8")
    assert Traces(written.parent).look() != before


def test_an_environment_is_wiped_once_it_is_spoilt(written: Path) -> None:
    put(written / PACKAGE / "made_by_the_import.py")
    wear = ContaminationGuard(Traces(written.parent))
    with wear.cleaned():
        wear.begin()
        assert not wear.is_contaminated()
        assert wear.may_start()
        put(written / PACKAGE / "six.py")
        assert wear.is_contaminated()
        assert not wear.may_start()
    assert not written.exists()
    with wear.cleaned():
        wear.begin()
        assert wear.may_start()


def test_a_clean_environment_is_left_alone(written: Path) -> None:
    compiled = put(written / PACKAGE / "__pycache__" / "six.cpython-311.pyc")
    wear = ContaminationGuard(Traces(written.parent))
    with wear.cleaned():
        wear.begin()
        assert not wear.is_contaminated()
    assert compiled.exists()


def test_where_nothing_is_caught_all_counts_as_clean() -> None:
    wear = ContaminationGuard(None)
    with wear.cleaned():
        wear.begin()
        assert not wear.is_contaminated()
