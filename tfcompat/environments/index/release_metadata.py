"""What the file of a release says of it: its requirements, repaired."""

from __future__ import annotations

from email.parser import HeaderParser
from typing import TYPE_CHECKING

from packaging.version import Version

from tfcompat.environments.index.archives import UnreadableArchiveError, open_archive
from tfcompat.environments.metadata import PackageMetadata, from_headers, from_requires_txt
from tfcompat.errors import IndexUnavailableError, SelectionError

if TYPE_CHECKING:
    from tfcompat.environments.index.archives import Archive
    from tfcompat.environments.index.client import PackageIndex
    from tfcompat.environments.interpreter_record import Interpreter


def read_metadata(
    index: PackageIndex, name: str, version: str, interpreter: Interpreter
) -> PackageMetadata | None:
    """Return the repaired metadata of the file that installers choose of a release.

    Returns None where there is no such file, it cannot be read, or it does not name its
    requirements.
    """
    try:
        wanted = Version(version)
        release = next(r for r in index.releases(name) if r.version == wanted)
        file = release.best_wheel(interpreter.tags, interpreter.version) or release.sdists[0]
        with open_archive(index, file) as archive:
            read = _of_wheel if file.tags else _of_source
            return read(name, version, archive)
    except (
        StopIteration,
        LookupError,
        ValueError,
        IndexUnavailableError,
        UnreadableArchiveError,
        SelectionError,
    ):
        # The repair is a help, not a duty: without it the next way is tried.
        return None


def _of_wheel(name: str, version: str, archive: Archive) -> PackageMetadata | None:
    member = next(path for path in archive.paths if path.endswith(".dist-info/METADATA"))
    return from_headers(name, version, archive.read(member))


def _of_source(name: str, version: str, archive: Archive) -> PackageMetadata | None:
    """Return what a source distribution says of its requirements, None where it says nothing."""
    info = _nearest_to_top(archive, "PKG-INFO") or ""
    if "\nRequires-Dist:" in info:
        return from_headers(name, version, info)
    requires_txt = _nearest_to_top(archive, ".egg-info/requires.txt")
    if requires_txt is None:
        return None
    python = HeaderParser().parsestr(info).get("Requires-Python")
    return from_requires_txt(name, version, requires_txt, str(python) if python else None)


def _nearest_to_top(archive: Archive, ending: str) -> str | None:
    found = [path for path in archive.paths if path.endswith(ending)]
    return archive.read(min(found, key=lambda path: path.count("/"))) if found else None
