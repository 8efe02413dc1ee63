"""An index whose releases have the days that a test gives them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, cast

from packaging.version import Version

from tfcompat.environments.index.client import Distribution, PackageIndex, Release
from tfcompat.errors import IndexUnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping


def date(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.timezone.utc)


def release(version: str, *files: tuple[str | None, str | None], yanked: bool = False) -> Release:
    """Return a release whose files have these days of upload and hashes."""
    return Release(
        version=Version(version),
        files=tuple(
            Distribution(
                filename=f"x-{version}-{number}.tar.gz",
                url="https://files.example",
                version=Version(version),
                tags=frozenset(),
                sha256=sha256,
                size=None,
                upload_time=date(day) if day else None,
                requires_python=None,
                yanked=yanked,
            )
            for number, (day, sha256) in enumerate(files)
        ),
    )


class FakeIndex:
    def __init__(self, known: Mapping[str, tuple[Release, ...]]) -> None:
        self.known = known

    def releases(self, project: str) -> tuple[Release, ...]:
        if project not in self.known:
            msg = "no network"
            raise IndexUnavailableError(msg)
        return self.known[project]


def index(**known: tuple[Release, ...]) -> PackageIndex:
    projects = {name.replace("_", "-"): releases for name, releases in known.items()}
    return cast("PackageIndex", FakeIndex(projects))
