"""What uv keeps, in folders made as uv leaves them."""

from __future__ import annotations

import fcntl
import json
import os
from typing import TYPE_CHECKING

import pytest

from tfcompat.environments.uv_cache import CacheItem, UvCache

if TYPE_CHECKING:
    from pathlib import Path

KB = 4096


def source(uv: Path, name: str, *folders: str, index: str = "pypi", built: bool = False) -> Path:
    """Make a source distribution that was fetched some times; the last folder is the one in use."""
    place = uv / "sdists-v11" / index / name / "1.0"
    for folder in folders:
        (place / folder / "src").mkdir(parents=True)
        (place / folder / "src" / "setup.py").write_bytes(b"x" * KB)
    (place / ".lock").touch()
    # As msgpack of uv 0.11 begins: a list of the name, and then of hashes.
    (place / "revision.http").write_bytes(b"\x93\xb0" + folders[-1].encode() + b"\x90\xc0")
    if built:
        archive = uv / "archive-v0" / f"{name}wheel"
        archive.mkdir(parents=True)
        (archive / "code.py").write_bytes(b"x" * 2 * KB)
        (place / folders[-1] / f"{name}-1.0-py3-none-any").symlink_to(archive)
    return place


@pytest.fixture
def uv(tmp_path: Path) -> Path:
    return tmp_path / "uv"


def cache(uv: Path) -> UvCache:
    return UvCache(cache=uv.parent)


def by_name(uv: Path) -> dict[str, CacheItem]:
    return {item.paths[-1].name: item for item in cache(uv).items()}


@pytest.mark.parametrize("index", ["pypi", "index/0123456789abcdef"])
def test_sources_that_were_fetched_again_are_removed(uv: Path, index: str) -> None:
    place = source(uv, "foo", "AAAA", "BBBB", "CCCC", index=index)
    (item,) = cache(uv).items()
    assert item.paths == (place,)
    assert sorted(one.name for one in place.iterdir()) == [".lock", "CCCC", "revision.http"]


def test_sources_that_somebody_builds_stay(uv: Path) -> None:
    place = source(uv, "foo", "AAAA", "BBBB")
    with (place / ".lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert len(list(cache(uv).items())) == 1
        assert (place / "AAAA").exists()
    list(cache(uv).items())
    assert not (place / "AAAA").exists()


def test_a_wheel_that_was_built_goes_with_its_link(uv: Path) -> None:
    place = source(uv, "foo", "AAAA", built=True)
    link = place / "AAAA" / "foo-1.0-py3-none-any"
    os.utime(link, (50, 50), follow_symlinks=False)
    wheel = by_name(uv)["foowheel"]
    assert (wheel.used, wheel.size, wheel.paths[0]) == (50, 2 * KB, link)


def test_what_is_built_in_sources_is_measured_again(uv: Path) -> None:
    place = source(uv, "foo", "AAAA")
    assert by_name(uv)["1.0"].size == KB
    (place / "AAAA" / "src" / "build").mkdir()
    (place / "AAAA" / "src" / "build" / "foo.o").write_bytes(b"x" * 3 * KB)
    os.utime(place / "AAAA" / "src", (60, 60))
    assert by_name(uv)["1.0"].size == 4 * KB


def test_sizes_are_kept_for_what_is_there(uv: Path) -> None:
    source(uv, "foo", "AAAA", built=True)
    list(cache(uv).items())
    kept = json.loads((uv.parent / "sizes.json").read_text(encoding="utf-8"))
    assert sorted(name.partition(":")[0] for name in kept) == ["AAAA", "foowheel"]


def test_abandoned_builds_can_go(uv: Path) -> None:
    left = uv / "builds-v0" / ".tmpAbCdEf"
    left.mkdir(parents=True)
    (left / "lib.py").write_bytes(b"x" * KB)
    (item,) = cache(uv).items()
    assert (item.paths, item.size) == ((left,), KB)
    assert cache(uv).other_bytes() == 0


def test_a_release_is_found_among_sources(uv: Path) -> None:
    place = source(uv, "foo-bar", "AAAA")
    source(uv, "foo-baz", "AAAA")
    assert list(cache(uv).sources("Foo_Bar", "1.0")) == [place]
    assert list(cache(uv).sources("foo-bar", "1.0.1")) == []


def test_an_empty_cache(uv: Path) -> None:
    assert list(cache(uv).items()) == []
    assert cache(uv).other_bytes() == 0


def test_damaged_wheels_are_dropped_once_they_are_named(uv: Path) -> None:
    place = source(uv, "foo", "AAAA", built=True)  # a wheel without metadata
    link = place / "AAAA" / "foo-1.0-py3-none-any"
    assert not cache(uv).drop_damaged("bar==1.0 \\\n")
    assert link.exists()
    assert cache(uv).drop_damaged("bar==1.0\nfoo==1.0 \\\n    --hash=sha256:0\n")
    assert not link.is_symlink()
    assert list((uv / "archive-v0").iterdir()) == []
    assert not cache(uv).drop_damaged("foo==1.0\n")
