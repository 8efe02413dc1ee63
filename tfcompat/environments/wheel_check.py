"""Whether an unpacked wheel is what it was: a damaged cache must never become a verdict.

https://packaging.python.org/en/latest/specifications/recording-installed-packages/#the-record-file
"""

from __future__ import annotations

import base64
import csv
import hashlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# What the record of every wheel lists.
_LISTED = ("METADATA", "WHEEL")

# Of a wheel with so many bytes at most, all that is there is read.
_SMALL = 5_000_000

# Files of one wheel are written within so many seconds, side by side.
_UNPACKING = 60.0

# In so many files at most, sources are looked into.
_MOST_READ = 3000


def is_intact(folder: Path) -> bool:
    """Tell whether a folder holds all files that its record lists, each of its size.

    Of a small wheel, all digests are compared. Of a large one that would take longer than an
    installation: there it is those of the metadata, and of what was written since the wheel was
    unpacked, as the time of its record shows. Where there are not thousands of files, no source
    begins with a null byte, as those do that a crash has left.
    """
    try:
        (record,) = folder.glob("*.dist-info/RECORD")
        text = record.read_text(encoding="utf-8")
        rows = [row for row in csv.reader(text.splitlines()) if row]
        listed = {row[0] for row in rows}
        complete = text.endswith("\n") and all(
            f"{record.parent.name}/{name}" in listed for name in _LISTED
        )
        small = sum(int(size) for _, _, size in rows if size) <= _SMALL
        unpacked = None if small else record.stat().st_mtime + _UNPACKING
        looks = len(rows) <= _MOST_READ
        return complete and all(
            _is_as_listed(folder, path, digest, size, unpacked=unpacked, looks=looks)
            for path, digest, size in rows
        )
    except (OSError, ValueError, TypeError):
        # There is none, it is no text, or a row has other than three fields.
        return False


def _is_as_listed(
    folder: Path, path: str, digest: str, size: str, *, unpacked: float | None, looks: bool
) -> bool:
    """Tell whether a file is as a row lists it.

    Its digest is compared where it was written after a wheel was ``unpacked``, or that is None.
    """
    algorithm, _, expected = digest.partition("=")
    if not size and not digest:
        return True
    status = os.stat(f"{folder}/{path}")  # noqa: PTH116 - of thousands
    if size and status.st_size != int(size):
        return False
    is_read = unpacked is None or status.st_mtime > unpacked or ".dist-info/" in path
    if algorithm == "sha256" and is_read:
        found = base64.urlsafe_b64encode(hashlib.sha256((folder / path).read_bytes()).digest())
        return found.decode().rstrip("=") == expected
    if looks and path.endswith(".py") and size not in ("", "0"):
        with (folder / path).open("rb") as source:
            return source.read(1) != b"\0"
    return True
