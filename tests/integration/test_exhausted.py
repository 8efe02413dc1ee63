"""A machine that runs out of disk, files or processes: one clear message, and nothing damaged."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import local_index
import pytest
from local_index import LocalIndex, cell_of, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support import Ended, Project

RELEASES = ("1.0", "1.1", "1.2")
SCRIPTS = {
    "chatty.py": "import brick\nprint('x' * 79 + '\\n' * 1)\n" + "print('x' * 79)\n" * 2500,
    "steady.py": "import brick\nprint('steady')\n",
}
PIDS = Path("/sys/fs/cgroup/pids")


@pytest.fixture
def study(project: Project) -> Iterator[Project]:
    with serving(LocalIndex(RELEASES, source=lambda _: f"ballast = {'x' * 400_000!r}\n")) as index:
        local_index.use(project, index, SCRIPTS, "  repeats: 1\n")
        yield project


@pytest.fixture
def mount() -> Iterator[Callable[..., Path]]:
    """Return what mounts a file system of a test's own; only root may."""
    mounted: list[Path] = []

    def make(folder: Path, *words: str) -> Path:
        folder.mkdir(exist_ok=True)
        done = subprocess.run(
            ["mount", *words, folder], capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"this machine does not let a test mount anything: {done.stderr.strip()}")
        mounted.append(folder)
        return folder

    yield make
    for folder in reversed(mounted):
        subprocess.run(["umount", "--lazy", folder], check=True)


def tells(ended: Ended, *parts: str, code: int = 2) -> None:
    """Check that a command ended with one sentence for the user that has these parts."""
    assert ended.returncode == code, ended.said
    assert all(part in ended.said for part in parts), ended.said
    assert "internal error" not in ended.said


def all_valid(folder: Path) -> None:
    for path in folder.rglob("*.json"):
        json.loads(path.read_text(encoding="utf-8"))
    assert not list(folder.rglob(".*.tmp"))


def completes(project: Project) -> None:
    ended = project.tfcompat("run")
    assert ended.returncode == 0, ended.said
    for release in RELEASES:
        assert project.verdicts(cell_of(release)) == {"chatty": "same", "steady": "same"}
    assert not list((project.folder / "cache" / "work").iterdir())


def test_a_full_disk_under_the_results(study: Project, mount: Callable[..., Path]) -> None:
    results = mount(study.folder / "results", "-t", "tmpfs", "-o", "size=300k", "none")
    tells(study.tfcompat("run"), "No space left on device", "--results", "cells are done")
    all_valid(results)
    subprocess.run(["mount", "-o", "remount,size=50m", results], check=True)
    completes(study)


@pytest.mark.parametrize("size", ["300k", "1m"])
def test_a_full_disk_under_the_cache(study: Project, mount: Callable[..., Path], size: str) -> None:
    cache = mount(study.folder / "cache", "-t", "tmpfs", "-o", f"size={size}", "none")
    ended = study.tfcompat("run")
    assert ended.returncode in (2, 3), ended.said
    assert any(part in ended.said for part in ("No space left", "disk is full", "are free"))
    assert "internal error" not in ended.said
    # No cell got a verdict from it.
    for path in (study.folder / "results").glob("*.json"):
        assert set(study.verdicts(path.stem).values()) == {"same"}
    all_valid(study.folder / "results")
    subprocess.run(["mount", "-o", "remount,size=500m", cache], check=True)
    completes(study)


def test_a_read_only_results_folder(study: Project, mount: Callable[..., Path]) -> None:
    assert study.tfcompat("run", "--release", "1.0").returncode == 0
    before = (study.folder / "results" / f"{cell_of('1.0')}.json").read_bytes()
    results = study.folder / "results"
    mount(results, "--bind", str(results))
    subprocess.run(["mount", "-o", "remount,ro,bind", results], check=True)
    tells(study.tfcompat("run"), "Read-only file system", "--results")
    assert (results / f"{cell_of('1.0')}.json").read_bytes() == before
    # What is there can still be read, and reported elsewhere.
    assert study.tfcompat("report", "--text").returncode == 0
    tells(study.tfcompat("report"), "Read-only file system", "--output")


def test_a_read_only_cache(study: Project, mount: Callable[..., Path]) -> None:
    cache = mount(study.folder / "cache", "-t", "tmpfs", "-o", "ro", "none")
    tells(study.tfcompat("run"), "Read-only file system", "TFCOMPAT_CACHE")
    subprocess.run(["mount", "-o", "remount,rw", cache], check=True)
    completes(study)


def test_few_open_files(study: Project) -> None:
    def limited(words: str) -> Ended:
        return study.tfcompat("run", wrapper=("sh", "-c", f'ulimit {words}; exec "$@"', "sh"))

    tells(limited("-n 40"), "only 40 files may be open at once", "ulimit -n 1024")
    assert not list((study.folder / "results").glob("*.json"))
    # A limit that may be raised is.
    assert limited("-S -n 40").returncode == 0
    completes(study)


@pytest.mark.parametrize("processes", [12])
def test_few_processes(study: Project, processes: int) -> None:
    group = PIDS / f"tfcompat-{os.getpid()}-{processes}"
    try:
        group.mkdir()
    except OSError:
        pytest.skip("this machine does not let a test limit processes")
    try:
        (group / "pids.max").write_text(str(processes))
        limited = ("sh", "-c", f'echo $$ > {group}/cgroup.procs; exec "$@"', "sh")
        ended = study.tfcompat("run", wrapper=limited)
    finally:
        group.rmdir()
    if ended.returncode != 0:
        assert ended.returncode in (2, 3), ended.said
        assert "internal error" not in ended.said
    for path in (study.folder / "results").glob("*.json"):
        assert set(study.verdicts(path.stem).values()) <= {"same"}
    shutil.rmtree(study.folder / "results", ignore_errors=True)
    completes(study)
