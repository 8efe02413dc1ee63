"""What uv keeps in its cache: unpacked wheels, sources and abandoned builds, each with its size.

uv has no words for it in its interface, so its folders are read, as they were in 0.11: a wheel is
``archive-v0/ID``, with links to it in ``wheels-*`` and ``sdists-*``; a source distribution is
``sdists-*/INDEX/NAME/VERSION``, with a pointer (``revision.http``) to one of the folders in it.
https://docs.astral.sh/uv/reference/internals/resolver/ and its ``uv-cache`` crate
"""

from __future__ import annotations

import fcntl
import glob
import json
import os
import re
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from tfcompat.environments.wheel_check import is_intact
from tfcompat.util import folders
from tfcompat.util.files import remove, size_of, write_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What uv keeps beside the link to an unpacked wheel.
_BESIDE = (".http", ".msgpack", ".rev")

# A pin of a lock: the project and its version.
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)

_SIZES = "sizes.json"

# What uv was unpacking when it was stopped.
_UNFINISHED = ".tmp*"

# Unpacked wheels that were looked at.
_INTACT: set[Path] = set()

# Which of the folders of a source distribution is in use, of an index and of a file.
_POINTERS = ("revision.http", "revision.rev")


@dataclass(frozen=True, kw_only=True)
class CacheItem:
    """Something in a cache that can be obtained again, and is removed as a whole.

    ``paths`` are what to remove, ``size`` their bytes on disk, ``used`` the time of their last use
    in seconds since the epoch.
    """

    paths: tuple[Path, ...]
    size: int
    used: float


@dataclass(frozen=True, kw_only=True)
class UvCache:
    """The cache of uv that we use. Our own ``cache`` has the file in which sizes are kept."""

    cache: Path

    @property
    def folder(self) -> Path:
        """The folder that uv is given."""
        return folders.uv_cache(self.cache)

    @property
    def is_shared(self) -> bool:
        """Whether it is the user's, for all that he does with uv."""
        return not self.folder.is_relative_to(self.cache)

    def links(self, project: str, version: str) -> Iterator[Path]:
        """Yield the links to the unpacked wheels of a release."""
        # By name first: a package may have thousands of releases in the cache.
        name, begin = canonicalize_name(project), glob.escape(version)
        for pattern in (f"wheels-*/*/{name}/{begin}-*", f"wheels-*/*/*/{name}/{begin}-*"):
            yield from (path for path in self.folder.glob(pattern) if path.is_symlink())

    def sources(self, project: str, version: str) -> Iterator[Path]:
        """Yield the folders with the sources of a release."""
        name, version = canonicalize_name(project), glob.escape(version)
        for pattern in (f"sdists-*/*/{name}/{version}", f"sdists-*/*/*/{name}/{version}"):
            yield from self.folder.glob(pattern)

    def drop_damaged(self, lock: str) -> bool:
        """Remove what is damaged of the wheels that a lock pins; tell whether anything was.

        Each is looked at once in a command: uv never changes an archive.
        """
        dropped = False
        for name, version in PIN.findall(lock):
            built = chain.from_iterable(map(_links_in, self.sources(name, version)))
            for link in (*self.links(name, version), *built):
                archive = link.resolve()
                if archive in _INTACT or not archive.is_dir():
                    continue
                if is_intact(archive):
                    _INTACT.add(archive)
                    continue
                for path in (link, *(link.with_name(link.name + end) for end in _BESIDE)):
                    path.unlink(missing_ok=True)
                remove(archive)
                dropped = True
        return dropped

    def items(self) -> Iterator[CacheItem]:
        """Yield all that can be removed while nothing is installed.

        Of sources of which nobody builds just now, those that a later download replaced are removed
        here: uv leaves them, and a release whose builds fail has some more with every attempt.
        """
        known, sizes = self._known_sizes(), dict[str, int]()

        def size(path: Path, key: str) -> int:
            sizes[key] = known[key] if key in known else size_of(path)
            return sizes[key]

        sources = [folder for kind in self.folder.glob("sdists-*") for folder in _sources(kind)]
        wheels = chain.from_iterable(map(_symlinks, self.folder.glob("wheels-*")))
        links: dict[str, list[Path]] = {}
        for link in chain(wheels, *(_links_in(folder) for folder in sources)):
            links.setdefault(link.readlink().name, []).append(link)
        for archive in self.folder.glob("archive-*/*"):
            found = links.get(archive.name, [])
            beside = [link.with_name(link.name + end) for link in found for end in _BESIDE]
            used = max((link.lstat().st_mtime for link in found), default=0.0)
            paths = (*found, *beside, archive)
            yield CacheItem(paths=paths, size=size(archive, archive.name), used=used)
        for source in sources:
            _remove_replaced(source)
            # What is built in a folder changes its time, and its size.
            each = [(one, f"{one.name}:{_time(one / 'src')}") for one in _folders_in(source)]
            whole = sum(size(one, key) for one, key in each)
            yield CacheItem(paths=(source,), size=whole, used=_time(source))
        for build in chain(self.folder.glob("builds-*/*"), self.folder.glob(_UNFINISHED)):
            yield CacheItem(paths=(build,), size=size_of(build), used=_time(build))
        if known != sizes:
            with suppress(OSError):
                write_text(self.cache / _SIZES, json.dumps(sizes))

    def other_bytes(self) -> int:
        """Measure what is none of the items."""
        items = ("archive-*", "sdists-*", "builds-*", _UNFINISHED)
        rest = (path for path in self.folder.glob("*") if not any(map(path.match, items)))
        return sum(map(size_of, rest))

    def _known_sizes(self) -> dict[str, int]:
        """Return sizes as once measured: uv never changes an archive."""
        try:
            found = json.loads((self.cache / _SIZES).read_text(encoding="utf-8"))
            return {str(name): int(size) for name, size in found.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            return {}


def _sources(folder: Path) -> Iterator[Path]:
    """Yield the folders of source distributions below a folder: those with a pointer."""
    entries = list(_entries(folder))
    if any(entry.name in _POINTERS for entry in entries):
        yield folder
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _sources(folder / entry.name)


def _links_in(source: Path) -> Iterator[Path]:
    """Yield the links to wheels that were built from a source distribution."""
    for folder in _folders_in(source):
        yield from (folder / entry.name for entry in _entries(folder) if entry.is_symlink())


def _folders_in(source: Path) -> list[Path]:
    return [
        source / entry.name for entry in _entries(source) if entry.is_dir(follow_symlinks=False)
    ]


def _symlinks(folder: Path) -> Iterator[Path]:
    for entry in _entries(folder):
        if entry.is_symlink():
            yield folder / entry.name
        elif entry.is_dir(follow_symlinks=False):
            yield from _symlinks(folder / entry.name)


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Yield what is in a folder, which may vanish meanwhile."""
    with suppress(OSError), os.scandir(folder) as entries:
        yield from entries


def _remove_replaced(source: Path) -> None:
    """Remove the folders of a source distribution that its pointer does not name."""
    folders = _folders_in(source)
    if len(folders) < 2:
        return
    with _locked(source / ".lock") as is_free:
        if not is_free:
            return
        pointers = [source / name for name in _POINTERS]
        named = b"".join(path.read_bytes() for path in pointers if path.is_file())
        for folder in folders:
            if os.fsencode(folder.name) not in named:
                remove(folder)


@contextmanager
def _locked(path: Path) -> Iterator[bool]:
    """Hold the lock that uv holds while it builds a source distribution; tell whether it is had."""
    try:
        file = path.open("ab")
    except OSError:
        yield False
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


def _time(path: Path) -> float:
    """Return when a file or folder was changed last; 0 for what is gone."""
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0
