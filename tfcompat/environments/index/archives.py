"""Files of the index as archives: of a wheel, only what is read of it is fetched.

A wheel is a zip archive, whose list of files stands at its end: one or two range requests read it
(https://pypi.org/project/remotezip/). A source distribution is fetched whole; they are small.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tfcompat.errors import IndexUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tfcompat.environments.index.client import Distribution, PackageIndex

LARGEST_FETCHED = 50_000_000
"""Bytes: a larger file is not fetched whole for a few names or lines of text."""

# Seconds to connect, and between two bytes.
_TIMEOUT = (10, 60)


class UnreadableArchiveError(Exception):
    """A file of the index is damaged, too large to be fetched, or of a kind that is not known."""


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A file of the index as paths, and how to read one of them as text.

    ``checksums`` tell, by path, what is the same in other archives; none where that is not known.
    """

    paths: tuple[str, ...]
    read: Callable[[str], str]
    checksums: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def open_archive(
    index: PackageIndex, file: Distribution, *, whole_below: int = 0
) -> Iterator[Archive]:
    """Open a wheel or a source distribution.

    A wheel of fewer bytes than ``whole_below`` is fetched whole, where much of it is read. Opening
    it, or reading from it, raises UnreadableArchiveError where that cannot be done, and
    IndexUnavailableError where the index does not give the file.
    """
    from remotezip import RemoteZipError  # noqa: PLC0415 - seldom needed
    from requests import RequestException  # noqa: PLC0415

    try:
        in_parts = file.tags and (file.size or whole_below) >= whole_below
        remote = _opened_in_parts(index, file) if in_parts else None
        if remote is not None:
            with remote:
                yield _zipped(remote)
        else:
            with _opened(file.filename, _fetch(index, file)) as whole:
                yield whole
    except RequestException as error:
        msg = f"{file.filename} cannot be read from the index; try again later"
        raise IndexUnavailableError(msg) from error
    except (*_DAMAGED, RemoteZipError) as error:
        msg = f"{file.filename} cannot be read: {error}"
        raise UnreadableArchiveError(msg) from error


_DAMAGED = (zipfile.BadZipFile, tarfile.TarError, OSError, EOFError, ValueError, KeyError)


def _opened_in_parts(index: PackageIndex, file: Distribution) -> zipfile.ZipFile | None:
    """Return a wheel that is read by ranges; None where the index does not serve any."""
    from remotezip import RemoteZip, RemoteZipError  # noqa: PLC0415

    opened: zipfile.ZipFile | None = None
    with suppress(RemoteZipError):
        opened = RemoteZip(file.url, session=index.files, timeout=_TIMEOUT)
    return opened


def _fetch(index: PackageIndex, file: Distribution) -> bytes:
    if (file.size or 0) > LARGEST_FETCHED:
        msg = f"{file.filename} is too large to be fetched for what is read of it"
        raise UnreadableArchiveError(msg)
    response = index.files.get(file.url, timeout=_TIMEOUT)
    response.raise_for_status()
    return bytes(response.content)


def _zipped(archive: zipfile.ZipFile) -> Archive:
    def read(path: str) -> str:
        return archive.read(path).decode("utf-8", "replace")

    members = archive.infolist()
    checksums = {one.filename: f"{one.CRC:08x}-{one.file_size}" for one in members}
    return Archive(paths=tuple(checksums), read=read, checksums=checksums)


def _decompressed(content: bytes) -> bytes:
    """Return the archive in a compressed one: going back to a member then takes no time."""
    for opened in (gzip.decompress, bz2.decompress, lzma.decompress):
        with suppress(OSError, EOFError, lzma.LZMAError, zlib.error):
            return opened(content)
    return content


@contextmanager
def _opened(filename: str, content: bytes) -> Iterator[Archive]:
    if filename.endswith((".whl", ".zip", ".egg")):
        with zipfile.ZipFile(io.BytesIO(content)) as zipped:
            yield _zipped(zipped)
        return
    with tarfile.open(fileobj=io.BytesIO(_decompressed(content))) as tarred:

        def read(path: str) -> str:
            stream = tarred.extractfile(path)
            return stream.read().decode("utf-8", "replace") if stream else ""

        paths = tuple(member.name for member in tarred.getmembers() if member.isfile())
        yield Archive(paths=paths, read=read)
