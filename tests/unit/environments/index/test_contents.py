"""What projects bring, read from real archives that a server on this machine serves."""

from __future__ import annotations

import io
import tarfile
import threading
import zipfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, cast

import pytest
import requests
from packaging.tags import parse_tag
from packaging.version import Version

from tfcompat.environments.index import archives
from tfcompat.environments.index.client import Distribution, PackageIndex, Release
from tfcompat.environments.index.contents import Contents, contents_of
from tfcompat.errors import IndexUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("allow_loopback")


class Server(ThreadingHTTPServer):
    files: Mapping[str, bytes]
    ranges: bool
    served: int


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = cast("Server", self.server)
        content = server.files.get(self.path.lstrip("/"))
        if content is None:
            self.send_error(404)
            return
        wanted = self.headers.get("Range")
        part = content
        if wanted and server.ranges:
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            begin = int(first) if first else max(0, len(content) - int(last))
            end = int(last) + 1 if first and last else len(content)
            part = content[begin:end]
            self.send_response(206)
            self.send_header(
                "Content-Range", f"bytes {begin}-{begin + len(part) - 1}/{len(content)}"
            )
        else:
            self.send_response(200)
        server.served += len(part)
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(files: Mapping[str, bytes], *, ranges: bool = True) -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Handler)
    server.files, server.ranges, server.served = files, ranges, 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class OneProject:
    """Stands for an index that knows the files of a server, the oldest release first."""

    def __init__(self, server: Server, cache: Path) -> None:
        self.cache = cache
        self.files = requests.Session()
        self.server = server

    def releases(self, _name: str) -> tuple[Release, ...]:
        address = f"http://127.0.0.1:{self.server.server_port}"
        return tuple(
            Release(
                version=Version(f"{number}.0"),
                files=(
                    Distribution(
                        filename=name,
                        url=f"{address}/{name}",
                        version=Version(f"{number}.0"),
                        tags=parse_tag("py3-none-any") if name.endswith(".whl") else frozenset(),
                        sha256=f"{name}{len(content)}",
                        size=len(content),
                        upload_time=None,
                        requires_python=None,
                        yanked=False,
                    ),
                ),
            )
            for number, (name, content) in enumerate(self.server.files.items(), start=1)
        )


def wheel(*paths: str, name: str = "Foo", padding: int = 0) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("foo/data.bin", bytes(padding))
        for path in paths:
            archive.writestr(path, "")
        archive.writestr("foo-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\n")
    return content.getvalue()


def source(files: Mapping[str, str]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for path, text in files.items():
            member = tarfile.TarInfo(f"foo-1.0/{path}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return content.getvalue()


def read(
    files: Mapping[str, bytes], cache: Path, release: str | None = None, *, ranges: bool = True
) -> tuple[Contents | None, int]:
    with serving(files, ranges=ranges) as server:
        index = OneProject(server, cache)
        found = contents_of(cast("PackageIndex", index), "foo", release)
        return found, server.served


MODULES = (
    "six.py",
    "foo/__init__.py",
    "foo/deep/more.py",
    "foo/_fast.cpython-311-x86_64-linux-gnu.so",
    "google/cloud/storage/__init__.py",
    "foo-1.0.data/purelib/bar/__init__.py",
    "foo-1.0.data/scripts/tool.py",
    "foo-1.0.dist-info/RECORD",
    "not-a-name/x.py",
)


@pytest.mark.parametrize("ranges", [True, False])
def test_a_wheel(tmp_path: Path, *, ranges: bool) -> None:
    found, served = read({"foo.whl": wheel(*MODULES, padding=10**6)}, tmp_path, ranges=ranges)
    assert found is not None
    assert found.name == "Foo"
    assert found.modules == {
        "six", "foo", "foo.deep.more", "foo._fast", "google.cloud.storage", "bar"
    }  # fmt: skip
    # Of an index that serves parts of files, the end of the file is enough.
    assert (served < 200_000) == ranges


def test_a_large_wheel_is_not_fetched_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "LARGEST_FETCHED", 10**5)
    files = {"foo.whl": wheel(*MODULES, padding=10**6)}
    assert read(files, tmp_path, ranges=False)[0] is None
    assert read(files, tmp_path, ranges=True)[0] is not None


@pytest.mark.parametrize(
    ("module", "brought"),
    [
        ("foo", True),
        ("foo.deep.more.thing", True),
        ("google.cloud.storage.blob.Blob", True),
        ("google.cloud", False),
        ("google.cloud.vision", False),
        ("fool", False),
    ],
)
def test_what_is_brought(module: str, *, brought: bool) -> None:
    found = Contents(name="Foo", modules=frozenset({"foo", "google.cloud.storage"}))
    assert found.brings(module) == brought


@pytest.mark.parametrize(
    ("files", "modules"),
    [
        # setuptools states it.
        ({"foo.py": "", "extra.py": "", "foo.egg-info/top_level.txt": "foo\n"}, {"foo"}),
        # Guessed, also from folders of sources.
        ({"setup.py": "", "foo.py": "", "tests/test_foo.py": ""}, {"foo"}),
        ({"setup.py": "", "src/foo/__init__.py": "", "docs/conf.py": ""}, {"foo"}),
    ],
)
def test_a_source_distribution(tmp_path: Path, files: dict[str, str], modules: set[str]) -> None:
    content = source({"PKG-INFO": "Metadata-Version: 1.0\nName: Foo\n", **files})
    found, _ = read({"foo-1.0.tar.gz": content}, tmp_path)
    assert found is not None
    assert (found.name, set(found.modules)) == ("Foo", modules)


def test_what_was_read_once_is_kept(tmp_path: Path) -> None:
    files = {"foo.whl": wheel("foo/__init__.py")}
    first, _ = read(files, tmp_path)
    again, served = read(files, tmp_path)
    assert (again, served) == (first, 0)


def test_an_older_release_serves_where_the_newest_cannot_be_read(tmp_path: Path) -> None:
    files = {"foo-1.whl": wheel("old/__init__.py"), "foo-2.whl": b"no archive at all"}
    found, _ = read(files, tmp_path)
    assert found is not None
    assert found.modules == {"old"}
    assert read({"foo-2.whl": b"no archive at all"}, tmp_path)[0] is None


def test_a_named_release_comes_first(tmp_path: Path) -> None:
    files = {"foo-1.whl": wheel("old/__init__.py"), "foo-2.whl": wheel("new/__init__.py")}
    found, _ = read(files, tmp_path, "1.0")
    assert found is not None
    assert found.modules == {"old"}


def test_an_index_that_does_not_answer_is_no_empty_project(tmp_path: Path) -> None:
    with serving({"foo.whl": wheel("foo/__init__.py")}) as server:
        index = OneProject(server, tmp_path)
        releases = index.releases("foo")
        server.files = {}
        index.releases = lambda _name: releases  # type: ignore[method-assign]
        with pytest.raises(IndexUnavailableError, match=r"foo\.whl cannot be read from the index"):
            contents_of(cast("PackageIndex", index), "foo")
