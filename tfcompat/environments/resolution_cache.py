"""What requirements resolved to as of a past day: it does not change any more, so it is kept."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING

from tfcompat.util import host
from tfcompat.util.files import write_text

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.environments.base import EnvironmentRequest
    from tfcompat.environments.repairs import Repairs

# An index may take that long to show what was uploaded.
_SETTLED = dt.timedelta(days=1)


class CachedResolution:
    """The lock that one request resolved to, in a file of the cache folder.

    ``index`` is the address of the index, ``tool`` what resolves, with its version. ``name``
    identifies the request and all that its resolution depends on; ``settled`` tells whether the
    resolution cannot change any more. Only then is it read or written.
    """

    def __init__(self, cache: Path, request: EnvironmentRequest, *, index: str, tool: str) -> None:
        machine = host.this_host()
        parts = [
            request.pin,
            request.requirements,
            request.constraints,
            request.seeds,
            # Nothing for those without: what was kept before there were any still holds.
            *([request.pins] if request.pins else []),
            request.from_source,
            _as_kept(request.repairs),
            request.cut_off.isoformat() if request.cut_off else "",
            str(request.interpreter.version),
            request.interpreter.abi,
            machine.machine,
            machine.libc,
            index,
            tool,
        ]
        self.name = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
        self._path = cache / "resolutions" / f"{self.name}.txt"
        now = dt.datetime.now(dt.timezone.utc)
        self.settled = request.cut_off is not None and request.cut_off < now - _SETTLED

    def read(self) -> str | None:
        """Return the kept lock, or None: also where the file is not what was written."""
        if not self.settled:
            return None
        try:
            head, _, lock = self._path.read_text(encoding="utf-8").partition("\n")
        except (OSError, ValueError):
            return None
        return lock if head == _head(lock) else None

    def write(self, lock: str) -> None:
        """Keep a lock, if it cannot change any more; where that fails, nothing is kept."""
        if self.settled:
            # It only makes the next build quicker.
            with suppress(OSError):
                write_text(self._path, f"{_head(lock)}\n{lock}")

    def forget(self) -> None:
        """Remove the kept lock, which cannot be installed."""
        self._path.unlink(missing_ok=True)


def _as_kept(repairs: Repairs) -> dict[str, object]:
    found = asdict(repairs)
    if not repairs.first_wheels:
        # What was kept before there were any still holds.
        del found["first_wheels"]
    return found


def _head(lock: str) -> str:
    """Return the first line of the file of a lock."""
    return f"# sha256 {hashlib.sha256(lock.encode()).hexdigest()}"
