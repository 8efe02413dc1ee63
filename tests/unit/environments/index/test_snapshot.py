"""The index as of the cut-off: what is on a page, and how the small server replies."""

from __future__ import annotations

import datetime as dt
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, cast

import pytest
from packaging.version import Version

from tfcompat.environments.index.client import Distribution, PackageIndex, Release, parse_page
from tfcompat.environments.index.snapshot import files_at, page, serve
from tfcompat.errors import IndexUnavailableError, SelectionError

if TYPE_CHECKING:
    from collections.abc import Collection

MORNING = dt.datetime(2020, 1, 1, 8, tzinfo=dt.timezone.utc)


def file(
    name: str,
    hour: int | None,
    *,
    sha256: str | None = None,
    requires: str | None = None,
    yanked: bool = False,
) -> Distribution:
    return Distribution(
        filename=name,
        url=f"https://files.example/a&b/{name}",
        version=Version("1.0"),
        tags=frozenset(),
        sha256=sha256,
        size=None,
        upload_time=None if hour is None else MORNING.replace(hour=hour),
        requires_python=requires,
        yanked=yanked,
    )


RELEASES = (
    Release(
        version=Version("1.0"),
        files=(
            file("foo-1.0.tar.gz", 7, sha256="ab", requires=">=2.7,<3"),
            file("foo-1.0-py2-none-any.whl", 8),
            file("foo-1.0-py3-none-any.whl", 9),
        ),
    ),
    Release(version=Version("1.1"), files=(file("foo-1.1.tar.gz", 6, yanked=True),)),
    Release(version=Version("1.2"), files=(file("foo-1.2.tar.gz", None),)),
)


def names(cut_off: dt.datetime | None) -> list[str]:
    return [found.filename for found in files_at(RELEASES, cut_off)]


def test_files_at_the_cut_off() -> None:
    assert names(MORNING) == ["foo-1.0.tar.gz", "foo-1.0-py2-none-any.whl", "foo-1.1.tar.gz"]
    assert names(MORNING - dt.timedelta(hours=2)) == ["foo-1.1.tar.gz"]
    assert names(MORNING - dt.timedelta(days=1)) == []
    # Today everything is there, also what has no upload time.
    assert len(names(None)) == 5


def test_page() -> None:
    text = page(files_at(RELEASES, MORNING))
    there = '<a href="https://files.example/a&amp;b/foo-1'
    assert text.splitlines() == [
        "<!DOCTYPE html><html><body>",
        f'{there}.0.tar.gz#sha256=ab" data-requires-python="&gt;=2.7,&lt;3">foo-1.0.tar.gz</a><br>',
        f'{there}.0-py2-none-any.whl">foo-1.0-py2-none-any.whl</a><br>',
        f'{there}.1.tar.gz" data-yanked="">foo-1.1.tar.gz</a><br>',
        "</body></html>",
    ]


def test_a_page_is_what_we_read_ourselves() -> None:
    from requests import Response  # noqa: PLC0415 - slow, and needed here alone

    response = Response()
    response.status_code = 200
    response._content = page(files_at(RELEASES, None)).encode()
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    response.url = "https://index.example/simple/foo/"
    again = parse_page(response, "foo")
    assert [str(release) for release in again] == ["1.0", "1.1", "1.2"]
    assert [len(release.files) for release in again] == [3, 1, 1]
    first = again[0].files[0]
    assert (first.url, first.sha256) == ("https://files.example/a&b/foo-1.0.tar.gz", "ab")
    assert first.requires_python == ">=2.7,<3"
    assert again[1].files[0].yanked


class FakeIndex:
    def releases(self, project: str) -> tuple[Release, ...]:
        if project == "nothing":
            msg = "no such project"
            raise SelectionError(msg)
        if project == "down":
            msg = "no network"
            raise IndexUnavailableError(msg)
        return RELEASES


def ask(project: str, cut_off: dt.datetime | None = MORNING, exempt: Collection[str] = ()) -> str:
    with serve(cast("PackageIndex", FakeIndex()), cut_off, exempt) as address:
        assert address.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(f"{address}/{project}/", timeout=10) as response:  # noqa: S310
            assert response.headers["Content-Type"] == "text/html; charset=utf-8"
            return str(response.read().decode())


@pytest.mark.usefixtures("allow_loopback")
def test_serve_hides_what_is_newer() -> None:
    assert ask("foo") == page(files_at(RELEASES, MORNING))
    assert ask("foo", None) == page(files_at(RELEASES, None))


@pytest.mark.usefixtures("allow_loopback")
def test_exempt_projects_are_shown_as_they_are_today() -> None:
    assert "foo-1.2" in ask("setuptools", exempt=("setuptools", "wheel"))
    assert "foo-1.2" not in ask("foo", exempt=("setuptools", "wheel"))


@pytest.mark.usefixtures("allow_loopback")
@pytest.mark.parametrize(("project", "status"), [("nothing", 404), ("down", 503)])
def test_what_the_index_does_not_say(project: str, status: int) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        ask(project)
    assert caught.value.code == status
    caught.value.close()


@pytest.mark.usefixtures("allow_loopback")
def test_the_server_is_gone_afterwards() -> None:
    with serve(cast("PackageIndex", FakeIndex()), None) as address:
        pass
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{address}/foo/", timeout=10)  # noqa: S310
