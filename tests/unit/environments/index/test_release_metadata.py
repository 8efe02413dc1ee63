"""Metadata out of files of an index: by ranges of a wheel, or from a source distribution."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from local_index import NAME, LocalIndex, serving
from packaging.version import Version

from tfcompat.environments.index.client import PackageIndex
from tfcompat.environments.index.release_metadata import read_metadata
from tfcompat.environments.interpreter_record import Interpreter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfcompat.environments.metadata import PackageMetadata

PYTHON = Interpreter(path=Path("/x"), version=Version("3.8.1"), abi="cp38")
INFO = "Metadata-Version: 1.1\nName: clay\nVersion: 1.0\n"
REQUIRES_TXT = "six\npytz>=2011k\n"


def tar(**texts: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in texts.items():
            member = tarfile.TarInfo(f"clay-1.0/{name.replace('__', '/')}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return packed.getvalue()


def zipped(**texts: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in texts.items():
            archive.writestr(f"clay-1.0/{name}", text)
    return packed.getvalue()


SDISTS = {
    "clay-1.0.tar.gz": tar(**{
        "clay.egg-info__PKG-INFO": "Name: other\nRequires-Python: >=9\n",
        "PKG-INFO": f"{INFO}Requires-Python: >=2.7.*\n",
        "clay.egg-info__requires.txt": REQUIRES_TXT,
    }),
    "clay-1.0.zip": zipped(**{"PKG-INFO": f"{INFO}Requires-Dist: pytz (>=2011k)\n"}),
}  # fmt: skip


@pytest.fixture
def served(allow_loopback: None) -> Iterator[LocalIndex]:
    del allow_loopback
    with serving(LocalIndex(["1.0"], requires=["pytz (>=2011k)"], ranges=True)) as index:
        yield index


def read(index: LocalIndex, folder: Path, name: str, version: str) -> PackageMetadata | None:
    asked = PackageIndex(folder, url=f"{index.address}/simple")
    return read_metadata(asked, name, version, PYTHON)


def test_a_wheel_is_not_fetched_whole(served: LocalIndex, tmp_path: Path) -> None:
    served.source = lambda _: "#" * 400_000
    metadata = read(served, tmp_path, NAME, "1.0")
    assert metadata is not None
    assert metadata.requires_dist == ("pytz>=2011",)
    assert served.asked.count(f"/files/{NAME}-1.0-py2.py3-none-any.whl") == 1


@pytest.mark.parametrize(
    ("name", "requires", "python"),
    [
        ("clay-1.0.tar.gz", ("six", "pytz>=2011"), ">=2.7"),
        ("clay-1.0.zip", ("pytz>=2011",), None),
    ],
)
def test_source_distributions(
    served: LocalIndex, tmp_path: Path, name: str, requires: tuple[str, ...], python: str | None
) -> None:
    served.others = {"clay": {name: (0, SDISTS[name])}}
    metadata = read(served, tmp_path, "clay", "1.0")
    assert metadata is not None
    assert (metadata.requires_dist, metadata.requires_python) == (requires, python)


@pytest.mark.parametrize(
    "content",
    [tar(**{"PKG-INFO": INFO}), tar(setup="x"), b"no archive"],
    ids=["silent", "without", "damaged"],
)
def test_what_says_nothing_gives_nothing(
    served: LocalIndex, tmp_path: Path, content: bytes
) -> None:
    served.others = {"clay": {"clay-1.0.tar.gz": (0, content)}}
    assert read(served, tmp_path, "clay", "1.0") is None


def test_what_is_not_there_gives_nothing(served: LocalIndex, tmp_path: Path) -> None:
    assert read(served, tmp_path, NAME, "9.9") is None
    assert read(served, tmp_path, "nothing", "1.0") is None


def test_an_index_without_ranges(served: LocalIndex, tmp_path: Path) -> None:
    served.ranges = False
    metadata = read(served, tmp_path, NAME, "1.0")
    assert metadata is not None
    assert metadata.requires_dist == ("pytz>=2011",)
