"""Folders of ours: what a run is shown, and that nothing stays behind."""

from __future__ import annotations

import itertools
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from tfcompat.errors import StudyError, UserError
from tfcompat.execution import workspace
from tfcompat.execution.workspace import open_workspace, scratch, sweep, take_copy


def write(folder: Path, **texts: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")


def entries(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_a_workspace_is_gone_at_the_end(tmp_path: Path) -> None:
    with open_workspace(tmp_path / "cache") as folder:
        assert folder.is_dir()
        write(folder / "deep", file="x")
    assert entries(tmp_path / "cache") == {"work"}


def test_a_workspace_is_gone_after_a_failure(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), open_workspace(tmp_path):
        raise KeyboardInterrupt
    assert entries(tmp_path) == {"work"}


def test_what_the_dead_left_is_swept_and_the_living_keep_theirs(tmp_path: Path) -> None:
    dead = tmp_path / "work" / "run-dead"
    write(dead / "env", file="x")
    write(tmp_path / "work" / "run-dead-too", file="x")
    (tmp_path / "work" / "run-dead.lock").touch()
    living = tmp_path / "work" / "run-living"
    write(living, file="x")
    with FileLock(f"{living}.lock"), open_workspace(tmp_path) as own:
        assert (living / "file").is_file()
        assert not dead.exists()
        with open_workspace(tmp_path) as other:
            assert own.is_dir()
            assert own != other
    # Releases of filelock differ in whether they leave the lock of the living behind.
    left = entries(tmp_path / "work") - {"run-living.lock"}
    assert left == {"run-living", "run-living/file"}


def test_a_lock_without_its_folder_is_swept(tmp_path: Path) -> None:
    (tmp_path / "run-1-ab.lock").touch()
    (tmp_path / "other.lock").touch()
    (tmp_path / "kept").mkdir()
    sweep(tmp_path)
    assert entries(tmp_path) == {"other.lock", "kept"}


def test_a_workspace_is_never_there_without_its_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []
    real = Path.mkdir

    def mkdir(path: Path, *args: Any, **keywords: Any) -> None:  # noqa: ANN401 - stands for any
        if path.name.startswith("run-"):
            # Another process begins just before the folder is made, and one just after.
            sweep(path.parent)
            real(path, *args, **keywords)
            sweep(path.parent)
            made.append(path)
        else:
            real(path, *args, **keywords)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", mkdir)
        with open_workspace(tmp_path) as folder:
            assert made == [folder]
            assert entries(tmp_path / "work") == {folder.name, f"{folder.name}.lock"}
    assert entries(tmp_path) == {"work"}


def test_a_workspace_is_named_after_its_process(tmp_path: Path) -> None:
    with open_workspace(tmp_path) as one, open_workspace(tmp_path) as two:
        assert one != two
        assert all(folder.name.startswith(f"run-{os.getpid()}-") for folder in (one, two))


def test_sweep_of_nothing(tmp_path: Path) -> None:
    sweep(tmp_path / "nowhere")
    assert entries(tmp_path) == set()


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(UserError, match=r"cannot write the cache folder .*; set TFCOMPAT_CACHE"),
        open_workspace(tmp_path / "file"),
    ):
        pytest.fail("it was opened")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    write(root / "ex", one="1", two="2")
    write(root / "ex" / "sub", three="3")
    for name in (".git", "__pycache__", ".nox", ".venv", "node_modules"):
        write(root / "ex" / name, hidden="x")
    write(root / "ex" / "my-environment", **{"pyvenv.cfg": "x", "python": "x"})
    write(root / "ex" / "results", **{"cell.json": "x"})
    write(root / "other", four="4")
    write(root, single="5", secret="6")
    return root


def test_what_runs_are_shown(root: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shown = take_copy(root, ["ex", "single"], copy, root / "ex" / "results")
    assert set(shown.hashes) == {"ex/one", "ex/two", "ex/sub/three", "single"}
    assert {path for path in entries(copy) if (copy / path).is_file()} == set(shown.hashes)
    assert (copy / "ex" / "one").read_text(encoding="utf-8") == "1"
    assert shown.folder == copy


def test_what_links_lead_out_to_is_told(root: Path, tmp_path: Path) -> None:
    write(tmp_path / "elsewhere", far="7")
    (root / "ex" / "far").symlink_to(tmp_path / "elsewhere" / "far")
    (root / "ex" / "near").symlink_to(root / "single")
    shown = take_copy(root, ["ex"], tmp_path / "copy", root / "results")
    assert shown.foreign == ("ex/far",)
    assert {"ex/far", "ex/near"} <= shown.hashes.keys()


def test_a_file_may_have_any_name(root: Path, tmp_path: Path) -> None:
    before = take_copy(root, ["ex"], tmp_path / "before", root / "results")
    (root / "ex" / os.fsdecode(b"data\xfe.txt")).write_text("1", encoding="utf-8")
    after = take_copy(root, ["ex"], tmp_path / "after", root / "results")
    assert before.key("ex/a.py", []) != after.key("ex/a.py", [])


def test_other_campaigns_are_not_shown(root: Path, tmp_path: Path) -> None:
    write(root / "ex" / "latest" / ".state", **{"campaign.json": "{}"})
    write(root / "ex" / "latest", **{"cell.json": "x"})
    shown = take_copy(root, ["ex"], tmp_path / "copy", root / "ex" / "results")
    assert not any("latest" in path for path in shown.hashes)


def test_results_elsewhere_hide_no_folder_of_that_name(root: Path, tmp_path: Path) -> None:
    shown = take_copy(root, ["ex"], tmp_path / "copy", root / "results")
    assert "ex/results/cell.json" in shown.hashes


def test_a_cache_inside_the_study_is_not_copied_into_itself(root: Path) -> None:
    cache = root / "ex" / "cache"
    (cache / "uv").mkdir(parents=True)
    (cache / "uv" / "code.py").touch()
    shown = take_copy(root, ["."], cache / "work" / "run-1" / "study", root / "results", cache)
    assert shown.hashes
    assert not [path for path in shown.hashes if "cache" in path]


def test_links_become_files(root: Path, tmp_path: Path) -> None:
    write(tmp_path / "far", data="d")
    (root / "ex" / "folder").symlink_to(tmp_path / "far")
    (root / "ex" / "file").symlink_to(tmp_path / "far" / "data")
    (root / "ex" / "dangling").symlink_to(tmp_path / "nowhere")
    copy = tmp_path / "copy"
    shown = take_copy(root, ["ex"], copy, root / "results")
    assert {"ex/folder/data", "ex/file"} < set(shown.hashes)
    assert "ex/dangling" not in shown.hashes
    (copy / "ex" / "file").write_text("changed", encoding="utf-8")
    assert (tmp_path / "far" / "data").read_text(encoding="utf-8") == "d"
    assert not any(path.is_symlink() for path in copy.rglob("*"))


def test_a_link_to_a_folder_around_it_is_not_followed(root: Path, tmp_path: Path) -> None:
    (root / "ex" / "here").symlink_to(".")
    (root / "ex" / "sub" / "above").symlink_to("..")
    (root / "ex" / "sub" / "root").symlink_to(root)
    (root / "ex" / "beside").symlink_to("sub")
    shown = take_copy(root, ["ex"], tmp_path / "copy", root / "ex" / "results")
    assert set(shown.hashes) == {"ex/one", "ex/two", "ex/sub/three", "ex/beside/three"}


def test_too_much_to_show(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workspace, "COPY_LIMIT", 4)
    take_copy(root, ["other", "single"], tmp_path / "a", root / "results")
    with pytest.raises(StudyError, match=r"hold more than 0 MB, of which \S+ has 0 MB"):
        take_copy(root, ["ex", "other", "single"], tmp_path / "b", root / "results")


def test_key_is_of_all_that_an_example_sees(root: Path, tmp_path: Path) -> None:
    tests = ("ex/one", "ex/two")

    def keys() -> list[str]:
        copy = tmp_path / str(len(list(tmp_path.iterdir())))
        shown = take_copy(root, ["ex"], copy, root / "ex" / "results")
        return [shown.key(test, tests) for test in tests]

    before = keys()
    assert before[0] != before[1]
    assert keys() == before
    write(root / "ex", two="changed")
    assert keys()[0] == before[0]
    assert keys()[1] != before[1]
    write(root / "ex", two="2")
    assert keys() == before
    write(root / "ex" / "sub", three="changed")
    assert not set(keys()) & set(before)
    write(root / "ex" / "sub", three="3", four="new")
    assert not set(keys()) & set(before)


def test_scratch_is_private_and_gone_at_the_end(root: Path, tmp_path: Path) -> None:
    shown = take_copy(root, ["ex"], tmp_path / "copy", root / "results")
    with scratch(tmp_path, shown) as one, scratch(tmp_path, shown) as two:
        assert {path.name for path in one.iterdir()} == {"study", "home", "tmp"}
        (one / "study" / "ex" / "one").write_text("changed", encoding="utf-8")
        for place in (two / "study", shown.folder, root):
            assert (place / "ex" / "one").read_text(encoding="utf-8") == "1"
    assert not one.exists()
    with pytest.raises(RuntimeError), scratch(tmp_path, shown) as three:
        raise RuntimeError
    assert not three.exists()


def test_the_subject_of_a_run_is_the_example_its_data_and_the_modules_near(tmp_path: Path) -> None:
    root = tmp_path / "study"
    for name in ("old/deep/a.py", "old/deep/b.py", "old/deep/lib/near.py", "old/above.py"):
        write((root / name).parent, **{(root / name).name: name})
    write(root / "new", **{"far.py": "1", "book.ipynb": "1", "table.csv": "1"})
    tests = ["old/deep/a.py", "old/deep/b.py"]

    numbers = itertools.count()

    def key() -> str:
        copy = take_copy(root, ["old", "new"], tmp_path / f"copy-{next(numbers)}")
        return copy.subject_key(tests[0], tests)

    first = key()
    for name in ("new/far.py", "new/book.ipynb", "old/deep/b.py", "new/further.py"):
        (root / name).write_text("changed", encoding="utf-8")
        assert key() == first, name
    for name in (tests[0], "old/deep/lib/near.py", "old/above.py", "new/table.csv", "new/more.txt"):
        before = key()
        (root / name).write_text("changed", encoding="utf-8")
        assert key() != before, name


def test_a_file_that_vanishes_meanwhile_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "study"
    root.mkdir()
    for name in ("a.py", "gone.tmp"):
        (root / name).write_text("x", encoding="utf-8")
    copied = shutil.copy2

    def vanishing(path: Path, target: Path) -> None:
        if path.name == "gone.tmp":
            raise FileNotFoundError(path)
        copied(path, target)

    listed = [root / "a.py", root / "gone.before", root / "gone.tmp"]
    monkeypatch.setattr(workspace, "_files", lambda *_: listed)
    monkeypatch.setattr(shutil, "copy2", vanishing)
    copy = take_copy(root, ["."], tmp_path / "copy")
    assert list(copy.hashes) == ["a.py"]
