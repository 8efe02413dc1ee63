"""The disk budget: what is counted, what goes first, and what never goes."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.version import Version

from tfcompat.environments.base import EnvironmentRequest
from tfcompat.environments.disk_budget import DiskBudget
from tfcompat.environments.interpreter_record import Interpreter
from tfcompat.results.verdicts import Cause, CauseKind
from tfcompat.util.files import size_of

KB = 4096  # a file's bytes on disk come in blocks
FREE = 10**12


@dataclass
class Cache:
    """A cache folder as uv leaves it."""

    folder: Path

    def wheel(self, name: str, version: str, size: int, used: float) -> Path:
        archive = self.folder / "uv" / "archive-v0" / f"{name}{version}"
        archive.mkdir(parents=True)
        (archive / "code.py").write_bytes(b"x" * size)
        folder = self.folder / "uv" / "wheels-v8" / "pypi" / name
        folder.mkdir(parents=True, exist_ok=True)
        link = folder / f"{version}-py3-none-any"
        link.symlink_to(os.path.relpath(archive, folder))
        link.with_name(link.name + ".http").touch()
        os.utime(link, (used, used), follow_symlinks=False)
        return link

    def names(self) -> set[str]:
        return {path.name for path in (self.folder / "uv" / "archive-v0").glob("*")}


def request(
    release: str = "9.0", size: int | None = 10 * KB, name: str = "foo"
) -> EnvironmentRequest:
    return EnvironmentRequest(
        dependency=name,
        release=release,
        python="3.8",
        interpreter=Interpreter(path=Path("/opt/python"), version=Version("3.8.1"), abi="cp38"),
        wheel_size=size,
        requirements=(),
        cut_off=None,
        constraints=(),
        folder=Path("/nowhere"),
    )


def make_room(
    folder: Path, budget: int, wanted: EnvironmentRequest, *, links: bool = True
) -> Cause | None:
    return DiskBudget(folder, budget).make_room(wanted, links=links)


@pytest.fixture(autouse=True)
def _room_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=FREE))


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    cache = Cache(tmp_path / "cache")
    cache.wheel("foo", "1.0", 40 * KB, used=300)
    cache.wheel("foo", "2.0", 40 * KB, used=100)
    cache.wheel("bar", "1.0", 40 * KB, used=200)
    return cache


def test_what_fits_costs_nobody_anything(cache: Cache) -> None:
    assert make_room(cache.folder, 1000 * KB, request()) is None
    assert cache.names() == {"foo1.0", "foo2.0", "bar1.0"}


def test_the_least_recently_used_goes_first(cache: Cache) -> None:
    # 120 are used, 35 are needed: one has to go.
    assert make_room(cache.folder, 150 * KB, request()) is None
    assert cache.names() == {"foo1.0", "bar1.0"}
    gone = cache.folder / "uv" / "wheels-v8" / "pypi" / "foo"
    assert {path.name for path in gone.iterdir()} == {"1.0-py3-none-any", "1.0-py3-none-any.http"}


def test_what_a_lock_names_counts_as_used(cache: Cache) -> None:
    disk = DiskBudget(cache.folder, 150 * KB)
    disk.touch("foo==2.0 \\\n    --hash=sha256:ab\nBaz==1.0\n")
    assert disk.make_room(request(), links=True) is None
    assert cache.names() == {"foo1.0", "foo2.0"}


def test_an_environment_that_cannot_fit_says_so(cache: Cache) -> None:
    cause = make_room(cache.folder, 150 * KB, request(size=10**9))
    assert cause is not None
    assert cause.kind is CauseKind.DISK
    assert "needs about 3.5 GB of disk" in cause.message
    assert "`disk` allows 0.0 GB" in cause.message


def test_a_full_disk_is_an_obstacle_whatever_is_allowed(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=KB))
    cause = make_room(cache.folder, FREE, request(size=10**9))
    assert cause is not None
    assert "0.0 GB are free" in cause.message


@pytest.mark.parametrize(
    ("release", "links", "need"),
    [("9.0", True, 35), ("9.0", False, 70), ("1.0", True, 0), ("1.0", False, 35)],
)
def test_what_an_environment_needs(cache: Cache, release: str, *, links: bool, need: int) -> None:
    budget = DiskBudget(cache.folder, FREE)
    assert budget._need(request(release), links=links) == need * KB


def test_a_wheel_of_unknown_size_is_let_through(cache: Cache) -> None:
    assert make_room(cache.folder, 200 * KB, request(size=None)) is None


def test_bytecode_and_what_pip_fetched_can_go_too(cache: Cache) -> None:
    for name in ("bytecode/layer", "pip/http"):
        folder = cache.folder / name
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(b"x" * 40 * KB)
        for path in (folder, folder / "file"):
            os.utime(path, (50, 50))
    assert make_room(cache.folder, 160 * KB, request()) is None
    assert not (cache.folder / "bytecode" / "layer").exists()
    assert not (cache.folder / "pip" / "http" / "file").exists()
    assert cache.names() == {"foo1.0", "foo2.0", "bar1.0"}


def test_what_is_at_work_stays(cache: Cache) -> None:
    work = cache.folder / "work" / "run-1"
    work.mkdir(parents=True)
    (work / "file").write_bytes(b"x" * 40 * KB)
    cause = make_room(cache.folder, 40 * KB, request())
    assert cause is not None
    assert (work / "file").exists()
    assert cache.names() == set()


def test_a_cache_that_others_share_is_not_ours(
    cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cache.folder / "uv").rename(tmp_path / "shared")
    monkeypatch.setenv("TFCOMPAT_UV_CACHE", str(tmp_path / "shared"))
    assert make_room(cache.folder, 10 * KB, request()) is not None
    assert len(list((tmp_path / "shared" / "archive-v0").iterdir())) == 3


def test_sizes_are_measured_once(cache: Cache) -> None:
    disk = DiskBudget(cache.folder, FREE)
    used = disk._used()
    (cache.folder / "uv" / "archive-v0" / "foo1.0" / "more").write_bytes(b"x" * 400 * KB)
    # The note of the sizes is a file of ours.
    assert disk._used() <= used + KB


def test_links_into_the_cache_are_not_counted_twice(tmp_path: Path) -> None:
    packages = tmp_path / "cell" / "env" / "lib" / "python3.11" / "site-packages"
    metadata = packages / "six-1.0.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_bytes(b"x" * 10 * KB)
    assert size_of(tmp_path) == 10 * KB
    (tmp_path / "cache").hardlink_to(metadata)
    assert size_of(tmp_path / "cell") == 0


def test_what_is_gone_by_now_has_no_size(tmp_path: Path) -> None:
    assert size_of(tmp_path / "gone") == 0
