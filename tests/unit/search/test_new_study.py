"""The first study of a folder: what it says is what its reader reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fakes import made_up_plan

from tfcompat.errors import SelectionError
from tfcompat.planning.plan import Selection
from tfcompat.planning.study import load_study
from tfcompat.search.new_study import NewStudy, new_study, scripts_in, write
from tfcompat.search.request import SearchRequest

if TYPE_CHECKING:
    from tfcompat.planning.plan import Plan


def folder_of(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("import foo\n", encoding="utf-8")
    return root


def names(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in scripts_in(root)]


def test_scripts_are_what_is_neither_package_nor_test(tmp_path: Path) -> None:
    folder_of(
        tmp_path, "a.py", "deep/b.py", "deep/c.ipynb", "setup.py", "conftest.py", "test_a.py",
        "a_test.py", "package/__init__.py", "package/d.py", ".hidden/e.py", "node_modules/f.py",
        "venv/pyvenv.cfg", "venv/g.py", "data.csv",
    )  # fmt: skip
    assert names(tmp_path) == ["a.py", "deep/b.py", "deep/c.ipynb"]


def test_a_folder_without_scripts(tmp_path: Path) -> None:
    with pytest.raises(SelectionError, match="there is no script in"):
        scripts_in(tmp_path)


def test_what_a_study_says_is_read_as_it_was_meant(tmp_path: Path) -> None:
    folder_of(tmp_path, "a.py", "deep/b.py")
    request = SearchRequest(selection=Selection(), scripts=tuple(scripts_in(tmp_path)))

    def plan_of(_: SearchRequest) -> tuple[Plan, Path]:
        return made_up_plan(tmp_path / "plan", ("a.py",), {}), Path()

    made = new_study(tmp_path, request, plan_of)
    assert made.baseline == "3.0"
    path = write(made)
    study = load_study(path)
    assert study.analysis.dependency == "foo"
    assert study.examples == ("a.py", "deep/b.py")
    for example in study.examples:
        baseline = study.baseline(example)
        assert baseline is not None
        assert str(baseline.release) == "3.0"
    with pytest.raises(SelectionError, match="is there already"):
        write(made)


def test_requirements_are_text_whatever_is_in_them(tmp_path: Path) -> None:
    folder_of(tmp_path, "a.py")
    wanted = ("scipy<2", "numpy==1.10", 'six; python_version < "3"')
    made = NewStudy(
        folder=tmp_path, dependency="foo", tests=("*.py",), requirements=wanted,
        baseline="1.10", scripts=1,
    )  # fmt: skip
    study = load_study(write(made))
    assert tuple(map(str, study.analysis.requirements)) == wanted
    baseline = study.baseline("a.py")
    assert baseline is not None
    assert str(baseline.release) == "1.10"
