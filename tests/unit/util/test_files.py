"""Files that no reader sees half of, and folders that are removed whatever is in them."""

from __future__ import annotations

import json
import math
import os
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tfcompat.errors import ResultsError
from tfcompat.util.files import remove, remove_unfinished, strict_json, write_json, write_text

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, **texts: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def entries(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_strict_json() -> None:
    content = {"a": math.nan, 1: [math.inf, (-math.inf, 0.5)], "s": "x", "n": None, "b": True}
    expected = {"a": "nan", "1": ["inf", ["-inf", 0.5]], "s": "x", "n": None, "b": True}
    assert json.loads(strict_json(content)) == expected


def test_json_is_indented_on_demand() -> None:
    assert strict_json({"a": [1]}) == '{"a":[1]}'
    assert strict_json({"a": [1]}, indent=1) == '{\n "a": [\n  1\n ]\n}'


def test_a_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "file"
    for text in ("one", "zwölf"):
        write_text(path, text)
        assert path.read_text(encoding="utf-8") == text
    assert path.stat().st_mode & 0o777 == 0o644
    assert entries(tmp_path) == {"deep", "deep/file"}


def test_a_file_that_cannot_be_written_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, file="old")

    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="No space left"):
        write_text(tmp_path / "file", "new")
    with pytest.raises(ResultsError, match=r"cannot write .*: No space left .*--results"):
        write_json(tmp_path / "file", {})
    assert entries(tmp_path) == {"file"}
    assert (tmp_path / "file").read_text(encoding="utf-8") == "old"


def test_json_files_end_with_a_line(tmp_path: Path) -> None:
    write_json(tmp_path / "file", {"a": math.nan})
    assert (tmp_path / "file").read_text(encoding="utf-8") == '{\n "a": "nan"\n}\n'


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=2).map(tuple)
        | st.dictionaries(st.text(max_size=3), inner, max_size=4)
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(JSON)
def test_json_that_is_written_piece_by_piece_is_that_of_one_piece(
    tmp_path: Path, content: object
) -> None:
    write_json(tmp_path / "file", content)
    assert (tmp_path / "file").read_text() == strict_json(content, indent=1) + "\n"


def test_json_of_many_pieces(tmp_path: Path) -> None:
    content = {"a": [f"line {n} é\n" for n in range(9000)], "b": {"c": [range(3)]}}
    write_json(tmp_path / "file", content)
    assert (tmp_path / "file").read_text() == strict_json(content, indent=1) + "\n"


def test_what_no_json_has_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="no JSON has a set"):
        write_json(tmp_path / "file", {"a": {1}})
    assert not list(tmp_path.iterdir())


def test_only_old_unfinished_files_are_removed(tmp_path: Path) -> None:
    write(tmp_path, **{".old.tmp": "", ".new.tmp": "", "other": ""})
    hour_ago = time.time() - 3600
    for name in (".old.tmp", "other"):
        os.utime(tmp_path / name, (hour_ago, hour_ago))
    remove_unfinished([tmp_path, tmp_path / "nowhere"])
    assert entries(tmp_path) == {".new.tmp", "other"}


def test_remove_what_a_script_made_read_only(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    write(outside, keep="x")
    folder = tmp_path / "folder"
    write(folder / "deep" / "deeper", file="x")
    (folder / "link").symlink_to(outside)
    (folder / "dangling").symlink_to(tmp_path / "nowhere")
    (folder / "deep" / "deeper" / "file").chmod(0o400)
    (folder / "deep" / "deeper").chmod(0o500)
    (folder / "deep").chmod(0o500)
    remove(folder)
    assert not folder.exists()
    assert entries(outside) == {"keep"}


def test_remove_asks_again_where_it_was_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root is refused nothing, so the refusal is made up.
    outside = tmp_path / "outside"
    write(outside, keep="x")
    outside.chmod(0o755)
    folder = tmp_path / "folder"
    write(folder / "deep", file="x")
    (folder / "deep" / "link").symlink_to(outside)
    real = os.unlink
    refused: set[str] = set()

    def unlink(path: str, *args: object, **keywords: object) -> None:
        # As rmtree calls it; the second attempt names the whole path.
        if os.fspath(path) not in refused and "dir_fd" in keywords:
            refused.add(os.fspath(path))
            raise PermissionError(13, "Permission denied", path)
        real(path, *args, **keywords)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", unlink)
        remove(folder)
    assert refused == {"file", "link"}
    assert not folder.exists()
    # A link is taken away, and what it names left alone.
    assert outside.stat().st_mode & 0o777 == 0o755
    assert entries(outside) == {"keep"}


def test_remove_nothing(tmp_path: Path) -> None:
    remove(tmp_path / "nowhere")
    assert entries(tmp_path) == set()
