"""The package index: pages of both forms, what is left out, and what is kept on disk."""

from __future__ import annotations

import datetime as dt
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.tags import parse_tag
from packaging.version import Version
from requests import Response

from tfcompat.environments.index.client import (
    Distribution,
    PackageIndex,
    Release,
    known_offline,
    parse_page,
)
from tfcompat.environments.interpreter_record import python_tags
from tfcompat.errors import IndexUnavailableError, SelectionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DATA = Path(__file__).parents[2] / "data" / "index"
JSON = "application/vnd.pypi.simple.v1+json"
LINUX = [f"manylinux{name}_x86_64" for name in ("2014", "1")]


def answer(content: bytes, kind: str) -> Response:
    response = Response()
    response.status_code = 200
    response._content = content
    response.headers["Content-Type"] = kind
    response.url = "https://index.example/simple/sample/"
    return response


def sample() -> dict[str, Release]:
    page = answer((DATA / "sample.json").read_bytes(), JSON)
    return {str(release): release for release in parse_page(page, "sample")}


@pytest.fixture(autouse=True)
def linux(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make every machine one with x86-64 Linux."""
    monkeypatch.setattr("packaging.tags.platform_tags", lambda: iter([*LINUX, "linux_x86_64"]))
    python_tags.cache_clear()
    yield
    python_tags.cache_clear()


def test_json_page() -> None:
    releases = sample()
    assert list(releases) == ["1.0", "1.1", "1.1.1", "2.0rc1", "2.0"]
    assert [len(release.files) for release in releases.values()] == [3, 2, 1, 1, 1]
    wheel = releases["1.0"].files[0]
    assert wheel == Distribution(
        filename="sample-1.0-cp27-cp27m-manylinux1_x86_64.whl",
        url="https://files.example/sample-1.0-cp27-cp27m-manylinux1_x86_64.whl",
        version=Version("1.0"),
        tags=parse_tag("cp27-cp27m-manylinux1_x86_64"),
        sha256="aaaa",
        size=100,
        upload_time=dt.datetime(2017, 1, 1, 10, tzinfo=dt.timezone.utc),
        requires_python=None,
        yanked=False,
    )
    assert releases["1.0"].files[2].sha256 is None
    assert releases["1.0"].upload_time == dt.datetime(2017, 1, 1, 10, tzinfo=dt.timezone.utc)


def test_stable_is_what_pip_would_choose() -> None:
    stable = {name: release.stable for name, release in sample().items()}
    # 1.1 has one file that is not yanked, 1.1.1 has none.
    assert stable == {"1.0": True, "1.1": True, "1.1.1": False, "2.0rc1": False, "2.0": True}


def test_source_distributions_are_no_wheels() -> None:
    release = sample()["1.1"]
    assert [wheel.filename for wheel in release.wheels] == ["sample-1.1-py2.py3-none-any.whl"]
    assert [file.filename for file in release.files if not file.tags] == ["sample-1.1.tar.gz"]


def test_html_page() -> None:
    page = answer((DATA / "functools32.html").read_bytes(), "text/html")
    releases = parse_page(page, "functools32")
    assert [str(release) for release in releases] == ["3.2.3", "3.2.3.post1", "3.2.3.post2"]
    oldest, yanked, newest = (release.files[0] for release in releases)
    assert newest.filename == "functools32-3.2.3-2.tar.gz"
    assert newest.url == "https://index.example/packages/functools32-3.2.3-2.tar.gz"
    assert newest.sha256 is not None
    assert newest.sha256.startswith("f6253dfb")
    assert oldest.requires_python == ">=2.7, <3"
    assert [release.stable for release in releases] == [True, False, True]
    assert not yanked.tags
    assert [release.upload_time for release in releases] == [None, None, None]


def test_empty_page() -> None:
    assert parse_page(answer(b"<html></html>", "text/html"), "sample") == ()


@pytest.mark.parametrize(
    ("release", "python", "abi", "expected"),
    [
        ("1.0", "2.7", "cp27m", "sample-1.0-cp27-cp27m-manylinux1_x86_64.whl"),
        ("1.0", "2.7", "cp27mu", "sample-1.0-cp27-cp27mu-manylinux1_x86_64.whl"),
        ("1.0", "3.6", "cp36m", "sample-1.0-cp36-cp36m-manylinux1_x86_64.whl"),
        ("1.0", "3.7", "cp37m", None),
        ("1.1", "2.7", "cp27mu", "sample-1.1-py2.py3-none-any.whl"),
        ("1.1", "3.13", "cp313", "sample-1.1-py2.py3-none-any.whl"),
        ("2.0rc1", "3.12", "cp312", "sample-2.0rc1-py3-none-any.whl"),
        ("2.0rc1", "2.7", "cp27mu", None),
        ("2.0", "3.10", "cp310", "sample-2.0-cp310-cp310-manylinux2014_x86_64.whl"),
        ("2.0", "3.1", "cp31", None),
    ],
)
def test_wheel_for_a_python(release: str, python: str, abi: str, expected: str | None) -> None:
    found = sample()[release].best_wheel(python_tags(python, abi), Version(f"{python}.5"))
    assert (found and found.filename) == expected


def distribution(filename: str, requires_python: str | None = None) -> Distribution:
    return Distribution(
        filename=filename,
        url=f"https://files.example/{filename}",
        version=Version("1.0"),
        tags=parse_tag(filename.removesuffix(".whl").split("-", 2)[2]),
        sha256=None,
        size=None,
        upload_time=None,
        requires_python=requires_python,
        yanked=False,
    )


def test_the_more_specific_wheel_wins() -> None:
    names = [
        "foo-1.0-py3-none-any.whl",
        "foo-1.0-cp38-cp38-manylinux1_x86_64.whl",
        "foo-1.0-cp38-cp38-manylinux2014_x86_64.whl",
        "foo-1.0-cp36-abi3-manylinux2014_x86_64.whl",
        "foo-1.0-cp38-cp38-win_amd64.whl",
    ]
    release = Release(version=Version("1.0"), files=tuple(map(distribution, names)))
    found = [release.best_wheel(python_tags(p), Version(f"{p}.1")) for p in ("3.8", "3.9", "3.5")]
    assert [wheel and wheel.filename for wheel in found] == [names[2], names[3], names[0]]


def test_of_equal_wheels_the_higher_build_wins() -> None:
    names = [
        f"foo-1.0-{name}-none-any.whl" for name in ("py3", "2-py3", "10-py3", "9-py3", "2-py2.py3")
    ]
    for order in (names, names[::-1]):
        links = "".join(f'<a href="{name}">{name}</a>' for name in [*order, "foo-1.0.tar.gz"])
        (release,) = parse_page(answer(f"<html>{links}</html>".encode(), "text/html"), "foo")
        found = release.best_wheel(python_tags("3.8"), Version("3.8.1"))
        assert found is not None
        assert (found.filename, found.build) == (names[2], (10, ""))
    # A build number does not outweigh a better tag.
    name = "foo-1.0-cp38-cp38-manylinux1_x86_64.whl"
    links = "".join(f'<a href="{name}">{name}</a>' for name in [*names, name])
    (release,) = parse_page(answer(f"<html>{links}</html>".encode(), "text/html"), "foo")
    better = release.best_wheel(python_tags("3.8"), Version("3.8.1"))
    assert better is not None
    assert (better.filename, better.build) == (name, ())


def test_requires_python_forbids_a_wheel() -> None:
    wheel = distribution("foo-1.0-py3-none-any.whl", ">=3.6.2,!=3.7.*")
    release = Release(version=Version("1.0"), files=(wheel,))
    allowed = [
        p for p in ("3.6.1", "3.6.2", "3.7.9", "3.8.0rc1") if wheel.allows_python(Version(p))
    ]
    assert allowed == ["3.6.2", "3.8.0rc1"]
    assert release.best_wheel(python_tags("3.6"), Version("3.6.15")) is wheel
    assert release.best_wheel(python_tags("3.6"), Version("3.6.1")) is None


def test_unreadable_requires_python_forbids_nothing() -> None:
    assert distribution("foo-1.0-py3-none-any.whl", "any, really").allows_python(Version("3.8.1"))
    assert distribution("foo-1.0-py3-none-any.whl", "").allows_python(Version("3.8.1"))


class Index:
    """A package index on the loopback interface: its replies, and the requests to it."""

    def __init__(self) -> None:
        self.status = 200
        self.asked: list[tuple[str, str]] = []
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                index.asked.append((self.path, self.headers["Accept"]))
                body = (DATA / "sample.json").read_bytes()
                self.send_response(index.status)
                self.send_header("Content-Type", JSON)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/simple/"


@pytest.fixture
def index(allow_loopback: None) -> Iterator[Index]:
    del allow_loopback
    index = Index()
    thread = threading.Thread(target=index.server.serve_forever, args=(0.01,))
    thread.start()
    yield index
    index.server.shutdown()
    thread.join()
    index.server.server_close()


def test_asks_once_and_keeps_the_answer(index: Index, tmp_path: Path) -> None:
    asker = PackageIndex(tmp_path, url=index.url)
    assert [str(release) for release in asker.releases("Sample")][-1] == "2.0"
    assert asker.releases("sample") is asker.releases("SAMPLE")
    # Another process, a moment later.
    later = PackageIndex(tmp_path, url=index.url)
    assert len(later.releases("sample")) == 5
    (asked,) = index.asked
    assert asked[0] == "/simple/sample/"
    assert asked[1].startswith(JSON)
    assert not later.notes


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "truncated": lambda content: content[: len(content) // 2],
    "zeroed": lambda content: bytes(len(content)),
    "replaced": lambda _: b"[1, 2]",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_answers_are_asked_anew(index: Index, tmp_path: Path, damage: str) -> None:
    PackageIndex(tmp_path, url=index.url).releases("sample")
    kept = [path for path in (tmp_path / "http").rglob("*") if path.is_file()]
    assert len(kept) > 1
    for path in kept:
        content = path.read_bytes()
        path.write_bytes(DAMAGES[damage](content))
        assert len(PackageIndex(tmp_path, url=index.url).releases("sample")) == 5
        # What is there now is whole again.
        asked = len(index.asked)
        assert len(PackageIndex(tmp_path, url=index.url).releases("sample")) == 5
        assert len(index.asked) == asked
        if not path.exists():
            break
        path.write_bytes(content)


def test_offline_uses_what_is_kept(index: Index, tmp_path: Path) -> None:
    PackageIndex(tmp_path, url=index.url).releases("sample")
    offline = PackageIndex(tmp_path, url=index.url, offline=True)
    assert len(offline.releases("sample")) == 5
    with pytest.raises(IndexUnavailableError, match=r"other .*offline, and not in the cache"):
        offline.releases("other")
    assert len(index.asked) == 1


def test_an_old_answer_serves_where_the_index_fails(index: Index, tmp_path: Path) -> None:
    PackageIndex(tmp_path, url=index.url, fresh=0.001).releases("sample")
    time.sleep(0.01)
    index.status = 410  # none that is tried again
    failing = PackageIndex(tmp_path, url=index.url, fresh=0.001)
    assert len(failing.releases("sample")) == 5
    assert len(index.asked) == 2
    (note,) = failing.notes
    assert re.fullmatch(r"the index's answer on sample is \d+ minutes old", note)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html>log in", JSON),
        (b"{}", JSON),
        (b"[]", JSON),
        (b"<html>log in</html>", "application/json"),
        (b"log in", "image/png"),
        (b'{"meta": {"api-version": "9.0"}, "name": "sample", "files": []}', JSON),
    ],
)
def test_an_answer_that_is_no_index_page(
    body: bytes, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = PackageIndex(tmp_path)
    monkeypatch.setattr(index, "_get", lambda _: answer(body, kind))
    with pytest.raises(IndexUnavailableError, match="answers on sample with something that is no"):
        index.releases("sample")
    # Nothing of it is kept.
    assert known_offline("sample", tmp_path) == ()


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "releases").touch()
    index = PackageIndex(tmp_path)
    page = answer((DATA / "sample.json").read_bytes(), JSON)
    monkeypatch.setattr(index, "_get", lambda _: page)
    assert len(index.releases("sample")) == 5


def test_unknown_project(index: Index, tmp_path: Path) -> None:
    index.status = 404
    with pytest.raises(SelectionError, match="no project named 'sample'"):
        PackageIndex(tmp_path, url=index.url).releases("sample")


def test_index_that_fails(index: Index, tmp_path: Path) -> None:
    index.status = 403
    with pytest.raises(IndexUnavailableError, match=r"sample .403.; try again later"):
        PackageIndex(tmp_path, url=index.url).releases("sample")


def test_what_the_index_said_is_known_offline(index: Index, tmp_path: Path) -> None:
    PackageIndex(tmp_path, url=index.url).releases("sample")
    assert [str(release) for release in known_offline("SAMPLE", tmp_path)] == ["1.0", "1.1", "2.0"]
    kept = json.loads((tmp_path / "releases" / "sample.json").read_text(encoding="utf-8"))
    assert kept == {"1.0": "2017-01-01", "1.1": "2018-01-01", "2.0": "2021-06-01"}


def test_the_shipped_list_serves_before_the_index_was_asked(tmp_path: Path) -> None:
    shipped = known_offline("tensorflow", tmp_path)
    versions = [release.version for release in shipped]
    assert versions == sorted(versions)
    assert {"0.12.1", "1.4.0", "2.3.4"} < set(map(str, shipped))
    assert all(release.stable for release in shipped)
    assert known_offline("no-such-project", tmp_path) == ()


@pytest.mark.parametrize("kept", ["", "{", '{"nonsense!": null}', "\x00"])
def test_a_damaged_list_gives_way_to_the_shipped_one(tmp_path: Path, kept: str) -> None:
    (tmp_path / "releases").mkdir()
    (tmp_path / "releases" / "tensorflow.json").write_text(kept, encoding="utf-8")
    assert "1.4.0" in map(str, known_offline("tensorflow", tmp_path))
