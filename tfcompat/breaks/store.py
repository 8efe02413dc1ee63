"""Surfaces that were asked, kept in the cache folder: one file for each wheel and Python.

Those of the study that ships with this package come with it, see ``shipped``.
"""

from __future__ import annotations

import json
import lzma
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tfcompat.breaks.asked import AskedSurface
from tfcompat.breaks.shipped import shipped_surfaces
from tfcompat.util.files import write_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tfcompat.planning.grid import Cell

FORMAT = 1
"""The form of a survey's answer; what has another one is surveyed again."""


@dataclass(frozen=True, kw_only=True)
class SurfaceStore:
    """The surfaces below a cache folder."""

    cache: Path

    def find(self, cell: Cell) -> AskedSurface | None:
        """Return the surface of a cell; None where none is shipped and none is kept."""
        shipped = shipped_surfaces(cell.dependency).get(cell.release)
        if shipped is not None:
            return shipped
        with suppress(OSError, ValueError, KeyError, EOFError, lzma.LZMAError):
            content = json.loads(lzma.decompress(self.path(cell).read_bytes()))
            if content["format"] == FORMAT:
                return AskedSurface(content["roots"], content["entries"])
        return None

    def has(self, cell: Cell) -> bool:
        """Tell whether a surface of this very cell is kept."""
        return self.path(cell).exists()

    def keep(self, cell: Cell, answer: Mapping[str, Any]) -> None:
        """Keep the answer of a survey; raise OSError where that cannot be done."""
        text = json.dumps(answer, separators=(",", ":"))
        write_bytes(self.path(cell), lzma.compress(text.encode(), preset=6))

    def path(self, cell: Cell) -> Path:
        """Return where the surface of a cell is kept."""
        file = cell.file
        # A file of the index never changes; one without a hash is known by its name.
        name = (file.sha256 or file.filename) if file else cell.release
        return self.cache / "surfaces" / f"{name}-{cell.python}.json.xz"
