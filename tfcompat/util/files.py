"""Files and folders: written so that no reader sees half of one, measured, removed."""

from __future__ import annotations

import itertools
import json
import math
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.errors import ResultsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def strict_json(content: object, *, indent: int | None = None) -> str:
    """Return content as strict JSON, where nan and the infinities are text such as ``"nan"``."""
    separators = (",", ":") if indent is None else None
    try:
        return json.dumps(
            content, allow_nan=False, indent=indent, separators=separators, default=_plain
        )
    except ValueError:  # only then is it worth the time to look at each value
        return json.dumps(_finite(content), indent=indent, separators=separators, default=_plain)


def _plain(value: object) -> list[object]:
    """Return a sequence that json does not know as one that it knows."""
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"no JSON has a {type(value).__name__}")


def _finite(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value


# Characters of JSON that are held before they are written.
_PIECE = 1 << 16


def _encoded(content: object) -> Iterator[bytes]:
    """Yield strict JSON piece by piece: all of it may be many times as large as one run.

    Raises ValueError where it holds nan or an infinity.
    """
    held: list[str] = []
    size = 0
    encoder = json.JSONEncoder(allow_nan=False, indent=1, default=_plain)
    for text in itertools.chain(encoder.iterencode(content), ("\n",)):
        held.append(text)
        size += len(text)
        if size > _PIECE:
            yield "".join(held).encode()
            held, size = [], 0
    yield "".join(held).encode()


def write_json(path: Path, content: object) -> None:
    """Write strict JSON so that a reader sees the old file or the new one, never half of either.

    Raises ResultsError where the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write(path, _encoded(content), mode=0o644)
        except ValueError:  # only then is it worth the time to look at each value
            _write(path, _encoded(_finite(content)), mode=0o644)
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror}; name another folder with --results"
        raise ResultsError(msg) from error


# No file of ours takes longer to write: an older unfinished one was abandoned.
_ABANDONED_SECONDS = 60


def remove_unfinished(folders: Iterable[Path]) -> None:
    """Remove from folders the unfinished files of ``write_text`` in processes that were killed."""
    for folder in folders:
        for path in folder.glob(".*.tmp"):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
                    path.unlink()


def write_text(path: Path, text: str) -> None:
    """Write a file in one step: readers see the old text or the new one, also after a crash.

    The text is written beside it under another name, synced and renamed. Raises OSError where that
    fails; the old file is then unchanged.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, [text.encode()], mode=0o644)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file of bytes in the same way; raise OSError as ``write_text`` does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, [content], mode=0o644)


def replace_content(path: Path, content: bytes) -> None:
    """Replace the content of a file that is there in the same way; its mode stays.

    Raises OSError as ``write_text`` does.
    """
    path = path.resolve()
    _write(path, [content], mode=stat.S_IMODE(path.stat().st_mode))


def _write(path: Path, content: Iterable[bytes], *, mode: int) -> None:
    handle, temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def remove(folder: Path) -> None:
    """Remove a folder and all in it, also what a script made read-only; it may be missing."""

    def make_writable(function: object, path: str, _: object) -> None:
        del function
        parent = Path(path).parent
        for place in (parent, Path(path)):
            if place.exists() and not place.is_symlink():
                place.chmod(0o700)
        if Path(path).is_dir() and not Path(path).is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            Path(path).unlink(missing_ok=True)

    shutil.rmtree(folder, onerror=make_writable)


def size_of(path: Path) -> int:
    """Return the bytes on disk of a file, or of all files in a folder.

    Environments that are links into the cache count as nothing, and so do files that vanish
    meanwhile.
    """
    if path.is_symlink() or not path.is_dir():
        try:
            return blocks(path.lstat())
        except OSError:
            return 0
    total = 0
    for folder, folders, files in os.walk(path):
        if "env" in folders and _is_linked(Path(folder, "env")):
            folders.remove("env")
        for name in files:
            with suppress(OSError):
                total += blocks(os.lstat(Path(folder, name)))
    return total


def _is_linked(environment: Path) -> bool:
    """Tell whether an environment is links into the cache: one file of it stands for all."""
    metadata = environment.glob("lib/python*/site-packages/*.dist-info/METADATA")
    try:
        return any(path.lstat().st_nlink > 1 for path in itertools.islice(metadata, 1))
    except OSError:
        return False


def blocks(status: os.stat_result) -> int:
    """Return the bytes on disk of a file with this status."""
    # In units of 512 bytes, whatever the file system's blocks are (stat(2)).
    return status.st_blocks * 512
