"""What is copied and what is refused before anything is built."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from fakes import PYTHON
from local_index import wheel

from tfcompat.environments.wheel_source import WheelMaker, _left_out
from tfcompat.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def maker(tmp_path: Path) -> WheelMaker:
    return WheelMaker(folder=tmp_path, cache=tmp_path, interpreter=PYTHON, index="https://a")


def test_a_wheel_is_taken_as_it_is_from_a_copy(tmp_path: Path, maker: WheelMaker) -> None:
    path = tmp_path / "brick-1.0-py3-none-any.whl"
    path.write_bytes(wheel("1.0"))
    found = maker.wheel_of(str(path))
    path.unlink()
    assert maker.wheel_of(str(path)) is found
    assert found.path.is_file()
    assert found.project == "brick"


def test_what_cannot_be_built_is_refused_in_a_sentence(tmp_path: Path, maker: WheelMaker) -> None:
    (tmp_path / "text.txt").touch()
    (tmp_path / "empty").mkdir()
    for named, said in (
        ("text.txt", "neither a wheel nor a source distribution"),
        ("missing.whl", "neither a wheel nor a source distribution"),
        ("empty", "neither a pyproject.toml nor a setup.py"),
    ):
        with pytest.raises(UserError, match=said):
            maker.wheel_of(str(tmp_path / named))
    with pytest.raises(UserError, match="no branch, tag or commit"):
        maker.wheel_of("git+https://a/b@--force")


def test_a_build_sees_nothing_that_an_earlier_one_left(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for path in ("build/lib/gone.py", "build/keep.py", "src/build/lib/kept.py", ".git/HEAD"):
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).touch()
    (tree / "env").mkdir()
    (tree / "env" / "pyvenv.cfg").touch()
    copy = tmp_path / "copy"
    shutil.copytree(tree, copy, ignore=_left_out(tree))
    files = {str(path.relative_to(copy)) for path in copy.rglob("*") if path.is_file()}
    assert files == {"build/keep.py", "src/build/lib/kept.py", ".git/HEAD"}
