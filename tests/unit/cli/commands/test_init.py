"""What ``init`` writes, and that it never writes over a file."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tfcompat.cli.main import main
from tfcompat.search import new_study
from tfcompat.search.new_study import NewStudy

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.search.request import SearchRequest


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a script, whose study is made up."""
    (tmp_path / "a.py").write_text("import foo\n", encoding="utf-8")

    def made_up(folder: Path, request: SearchRequest) -> NewStudy:
        del request
        return NewStudy(
            folder=folder,
            dependency="foo",
            tests=("*.py",),
            requirements=(),
            constraints=(),
            baselines={"*": "1.0"},
            scripts=1,
        )

    monkeypatch.setattr(new_study, "new_study", made_up)
    return tmp_path


def test_a_noxfile_for_those_who_want_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(folder), "--nox"]) == 0
    assert "and `nox`" in capsys.readouterr().out
    noxfile = ast.parse((folder / "noxfile.py").read_text(encoding="utf-8"))
    sessions = [node.name for node in noxfile.body if isinstance(node, ast.FunctionDef)]
    assert sessions == ["run_examples", "report", "frontier"]


def test_no_noxfile_unless_asked(folder: Path) -> None:
    assert main(["init", str(folder)]) == 0
    assert sorted(path.name for path in folder.iterdir()) == ["a.py", "caliper.yaml"]


@pytest.mark.parametrize("name", ["caliper.yaml", "noxfile.py"])
def test_no_file_is_written_over(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / name).write_text("mine", encoding="utf-8")
    assert main(["init", str(folder), "--nox"]) == 2
    assert f"{name} is there already; edit it, or name another folder" in capsys.readouterr().err
    assert sorted(path.name for path in folder.iterdir()) == ["a.py", name]
