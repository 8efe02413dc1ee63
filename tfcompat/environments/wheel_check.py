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

# In so many files at most, sources are looked into.
_MOST_READ = 3000


def is_intact(folder: Path) -> bool:
    """Tell whether a folder holds all files that its record lists, each of its size.

    Of the metadata, digests are compared too. Where there are not thousands of them, no source
    begins with a null byte, as those do that a crash has left: to read all that is there would take
    longer than an installation.
    """
    try:
        (record,) = folder.glob("*.dist-info/RECORD")
        text = record.read_text(encoding="utf-8")
        rows = [row for row in csv.reader(text.splitlines()) if row]
        listed = {row[0] for row in rows}
        complete = text.endswith("\n") and all(
            f"{record.parent.name}/{name}" in listed for name in _LISTED
        )
        reads = len(rows) <= _MOST_READ
        return complete and all(_is_as_listed(folder, *row, reads=reads) for row in rows)
    except (OSError, ValueError, TypeError):
        # There is none, it is no text, or a row has other than three fields.
        return False


def _is_as_listed(folder: Path, path: str, digest: str, size: str, *, reads: bool) -> bool:
    if size and os.stat(f"{folder}/{path}").st_size != int(size):  # noqa: PTH116 - of thousands
        return False
    if reads and path.endswith(".py") and size not in ("", "0"):
        with (folder / path).open("rb") as source:
            return source.read(1) != b"\0"
    algorithm, _, expected = digest.partition("=")
    if ".dist-info/" in path and algorithm == "sha256":
        found = base64.urlsafe_b64encode(hashlib.sha256((folder / path).read_bytes()).digest())
        return found.decode().rstrip("=") == expected
    return True
