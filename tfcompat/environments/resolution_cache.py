"""What requirements resolved to as of a day in the past: it does not change, so it is kept."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from contextlib import suppress
from typing import TYPE_CHECKING

from tfcompat.util import host
from tfcompat.util.files import write_text

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.environments.base import Order

# An index may take that long to show what was uploaded.
_SETTLED = dt.timedelta(days=1)


class Resolution:
    """The resolution of one order, on disk. ``tool`` is what resolves, with its version.

    ``name`` identifies the order; ``settled`` tells whether its answer cannot change any more.
    """

    def __init__(self, cache: Path, order: Order, *, index: str, tool: str) -> None:
        parts = [
            order.pin,
            order.requirements,
            order.constraints,
            order.cut_off.isoformat() if order.cut_off else "",
            order.interpreter.version,
            order.interpreter.abi,
            host.host().machine,
            host.host().libc,
            index,
            tool,
        ]
        self.name = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
        self._path = cache / "resolutions" / f"{self.name}.txt"
        now = dt.datetime.now(dt.timezone.utc)
        self.settled = order.cut_off is not None and order.cut_off < now - _SETTLED

    def read(self) -> str | None:
        """Return what is kept, or None."""
        try:
            return self._path.read_text(encoding="utf-8") if self.settled else None
        except (OSError, ValueError):
            return None

    def write(self, text: str) -> None:
        """Keep a resolution, if it is one that cannot change any more."""
        if self.settled:
            # It only makes the next build quicker.
            with suppress(OSError):
                write_text(self._path, text)

    def forget(self) -> None:
        """Remove what is kept: it cannot be installed."""
        self._path.unlink(missing_ok=True)
