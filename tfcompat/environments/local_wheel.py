"""A wheel on this machine, and what its name and its metadata say of it. Starts no process."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from email.parser import HeaderParser
from typing import TYPE_CHECKING

from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from tfcompat.environments.index.client import Distribution
from tfcompat.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class LocalWheel:
    """A wheel by its absolute path, with the SHA-256 of its content.

    ``project`` is the name of its project, canonical; ``file`` describes it as an index would.
    """

    path: Path
    sha256: str
    project: str
    file: Distribution

    @property
    def address(self) -> str:
        """The address that installers take, with the hash that they check."""
        return f"{self.path.as_uri()}#sha256={self.sha256}"

    @property
    def short_hash(self) -> str:
        """The beginning of the hash, by which reports tell one file from another."""
        return self.sha256[:8]

    @property
    def version(self) -> Version:
        """The version that its metadata states."""
        return self.file.version


def read_wheel(path: Path) -> LocalWheel:
    """Return a wheel with what it says of itself; raise UserError where it is none."""
    try:
        content = path.read_bytes()
        _, _, build, tags = parse_wheel_filename(path.name)
        with zipfile.ZipFile(path) as archive:
            headers = HeaderParser().parsestr(_metadata(archive))
        version = Version(headers["Version"] or "")
        project = canonicalize_name(headers["Name"] or "", validate=True)
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}"
        raise UserError(msg) from None
    except (InvalidWheelFilename, InvalidVersion, ValueError, zipfile.BadZipFile) as error:
        msg = f"{path.name} is no wheel that can be installed ({error}); build it anew"
        raise UserError(msg) from None
    sha256 = hashlib.sha256(content).hexdigest()
    return LocalWheel(
        path=path.resolve(),
        sha256=sha256,
        project=project,
        file=Distribution(
            filename=path.name,
            url=path.resolve().as_uri(),
            version=version,
            tags=tags,
            build=build,
            sha256=sha256,
            size=len(content),
            upload_time=None,
            requires_python=headers["Requires-Python"],
            yanked=False,
        ),
    )


def _metadata(archive: zipfile.ZipFile) -> str:
    """Return the metadata in a wheel; raise ValueError where it has none.

    https://packaging.python.org/en/latest/specifications/binary-distribution-format/
    """
    found = [
        name
        for name in archive.namelist()
        if name.count("/") == 1 and name.endswith(".dist-info/METADATA")
    ]
    if not found:
        msg = "it has no metadata"
        raise ValueError(msg)
    return archive.read(found[0]).decode("utf-8", "replace")
