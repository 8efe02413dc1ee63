"""What a resolution depends on, and when it is kept."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.version import Version

from tfcompat.environments.base import EnvironmentRequest
from tfcompat.environments.interpreter_record import Interpreter
from tfcompat.environments.metadata import PackageMetadata
from tfcompat.environments.repairs import Repairs
from tfcompat.environments.resolution_cache import CachedResolution

PAST = dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)
REQUEST = EnvironmentRequest(
    dependency="foo",
    release="1.0",
    python="3.8",
    interpreter=Interpreter(path=Path("/opt/python"), version=Version("3.8.1"), abi="cp38"),
    wheel_size=None,
    requirements=("bar",),
    cut_off=PAST,
    constraints=("setuptools<=40",),
    folder=Path("/nowhere"),
)


def resolution(
    cache: Path, request: EnvironmentRequest, index: str = "https://a", tool: str = "uv 1"
) -> CachedResolution:
    return CachedResolution(cache, request, index=index, tool=tool)


def test_what_was_resolved_is_kept_until_it_is_forgotten(tmp_path: Path) -> None:
    kept = resolution(tmp_path, REQUEST)
    assert kept.read() is None
    kept.write("foo==1.0\n")
    elsewhere = replace(REQUEST, folder=Path("/elsewhere"), may_link=True)
    assert resolution(tmp_path, elsewhere).read() == "foo==1.0\n"
    kept.forget()
    assert resolution(tmp_path, REQUEST).read() is None
    kept.forget()


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, requirements=()),
        replace(REQUEST, constraints=()),
        replace(REQUEST, cut_off=PAST + dt.timedelta(hours=1)),
        replace(REQUEST, interpreter=replace(REQUEST.interpreter, version=Version("3.8.2"))),
        replace(REQUEST, release="1.1"),
        replace(REQUEST, seeds=("setuptools",)),
        replace(REQUEST, from_source=True),
        replace(REQUEST, repairs=Repairs(build_constraints=("setuptools<=40",))),
        replace(REQUEST, repairs=Repairs(build_requires=(("foo", "numpy"),))),
        replace(REQUEST, pins=("bar==1",)),
        replace(REQUEST, repairs=Repairs(skips_unreadable=False)),
        replace(REQUEST, repairs=Repairs(metadata=(PackageMetadata(name="a", version="1"),))),
    ],
)
def test_another_request_has_another_resolution(tmp_path: Path, other: EnvironmentRequest) -> None:
    resolution(tmp_path, REQUEST).write("foo==1.0\n")
    assert resolution(tmp_path, other).read() is None


def test_another_index_or_tool_is_asked_anew(tmp_path: Path) -> None:
    resolution(tmp_path, REQUEST).write("foo==1.0\n")
    assert resolution(tmp_path, REQUEST, index="https://b").read() is None
    assert resolution(tmp_path, REQUEST, tool="uv 2").read() is None


@pytest.mark.parametrize("cut_off", [None, dt.datetime.now(dt.timezone.utc)])
def test_what_may_still_change_is_not_kept(tmp_path: Path, cut_off: dt.datetime | None) -> None:
    request = replace(REQUEST, cut_off=cut_off)
    resolution(tmp_path, request).write("foo==1.0\n")
    assert resolution(tmp_path, request).read() is None
    assert not (tmp_path / "resolutions").exists()


@pytest.mark.parametrize("keep", [0, 1, 70, 100, -1])
def test_a_damaged_lock_is_none(tmp_path: Path, keep: int) -> None:
    kept = resolution(tmp_path, REQUEST)
    kept.write("foo==1.0 --hash=sha256:abc\nbar==2.0 --hash=sha256:def\n")
    (path,) = (tmp_path / "resolutions").iterdir()
    content = path.read_bytes()
    assert len(content) > 100
    path.write_bytes(content[:keep])
    assert kept.read() is None
    path.write_bytes(bytes(len(content)))
    assert kept.read() is None
    path.write_bytes(content)
    assert kept.read() is not None
