"""The metadata inside a file of the index: a wheel's is read without fetching the whole wheel."""

from __future__ import annotations

import io
import tarfile
import zipfile
from email.parser import HeaderParser
from typing import TYPE_CHECKING

from packaging.version import Version

from tfcompat.environments.metadata import PackageMetadata, from_headers, from_requires_txt
from tfcompat.errors import IndexUnavailableError, SelectionError
from tfcompat.util import network

if TYPE_CHECKING:
    from tfcompat.environments.index.client import Distribution, PackageIndex
    from tfcompat.environments.interpreter_record import Interpreter

# Seconds to connect, and between two bytes.
_TIMEOUT = (10, 60)
# A file beyond that is not fetched for a few lines of text.
_LARGEST_FETCHED = 50_000_000


def read_metadata(
    index: PackageIndex, name: str, version: str, interpreter: Interpreter
) -> PackageMetadata | None:
    """Return the repaired metadata of the file that installers choose of a release.

    Returns None where there is no such file, it cannot be read, or it does not name its
    requirements.
    """
    from remotezip import RemoteZipError  # noqa: PLC0415 - listing sessions need no network
    from requests import RequestException  # noqa: PLC0415

    try:
        wanted = Version(version)
        release = next(r for r in index.releases(name) if r.version == wanted)
        wheel = release.best_wheel(interpreter.tags, interpreter.version)
        if wheel is not None:
            return from_headers(name, version, _wheel_metadata(wheel))
        sdist = next(f for f in release.files if not f.tags and (f.size or 0) <= _LARGEST_FETCHED)
        return _sdist_metadata(name, version, _fetch(sdist), sdist.filename)
    except (
        StopIteration,
        LookupError,
        OSError,
        ValueError,
        RemoteZipError,
        RequestException,
        tarfile.TarError,
        zipfile.BadZipFile,
        IndexUnavailableError,
        SelectionError,
    ):
        # The repair is a help, not a duty: without it the next way is tried.
        return None


def _wheel_metadata(wheel: Distribution) -> str:
    """Return the METADATA of a wheel, read by requests for ranges of it."""
    from remotezip import RangeNotSupported, RemoteZip  # noqa: PLC0415

    try:
        with RemoteZip(wheel.url, timeout=_TIMEOUT, verify=_certificate()) as archive:
            return _metadata_in(archive)
    except RangeNotSupported:
        if (wheel.size or 0) > _LARGEST_FETCHED:
            raise
        with zipfile.ZipFile(io.BytesIO(_fetch(wheel))) as whole:
            return _metadata_in(whole)


def _metadata_in(wheel: zipfile.ZipFile) -> str:
    member = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return wheel.read(member).decode("utf-8", "replace")


def _fetch(file: Distribution) -> bytes:
    import requests  # noqa: PLC0415

    answer = requests.get(file.url, timeout=_TIMEOUT, verify=_certificate())
    answer.raise_for_status()
    return answer.content


def _certificate() -> str | bool:
    return network.network_environment().get("REQUESTS_CA_BUNDLE") or True


def _sdist_metadata(
    name: str, version: str, content: bytes, filename: str
) -> PackageMetadata | None:
    """Return what a source distribution says of its requirements, None where it says nothing."""
    texts = _texts(content, zipped=filename.endswith(".zip"))
    info = texts.get("PKG-INFO", "")
    requires_txt = texts.get("requires.txt")
    if "\nRequires-Dist:" in info or requires_txt is None:
        return from_headers(name, version, info) if "\nRequires-Dist:" in info else None
    python = HeaderParser().parsestr(info).get("Requires-Python")
    return from_requires_txt(name, version, requires_txt, str(python) if python else None)


def _texts(content: bytes, *, zipped: bool) -> dict[str, str]:
    """Return the texts of PKG-INFO and requires.txt; the one nearest to the top of each."""
    found: dict[str, tuple[int, bytes]] = {}

    def note(path: str, read: bytes) -> None:
        name, depth = path.rpartition("/")[2], path.count("/")
        if name not in found or depth < found[name][0]:
            found[name] = (depth, read)

    stream = io.BytesIO(content)
    if zipped:
        with zipfile.ZipFile(stream) as archive:
            for path in filter(_is_wanted, archive.namelist()):
                note(path, archive.read(path))
    else:
        with tarfile.open(fileobj=stream) as tar:
            for member in tar:
                file = tar.extractfile(member) if _is_wanted(member.name) else None
                if file is not None:
                    note(member.name, file.read())
    return {name: read.decode("utf-8", "replace") for name, (_, read) in found.items()}


def _is_wanted(path: str) -> bool:
    return path.endswith(("/PKG-INFO", ".egg-info/requires.txt"))
