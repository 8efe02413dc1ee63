"""What became of a script that was rewritten for a release. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.breaks.findings import Break
    from tfcompat.results.verdicts import Verdict


@dataclass(frozen=True, kw_only=True)
class FixAnswer:
    """A script rewritten for one release, and what became of it there.

    ``text`` is the whole of it, ``patch`` what changed. ``applied`` are the breaks that were mended
    and ``left`` all others. ``baseline`` is the release that it was compared with, where it runs as
    it is written, and ``verdict`` what it gives compared with that; None where nothing was to be
    rewritten.
    """

    script: str
    file: Path
    release: str
    python: str
    text: str
    patch: str
    applied: tuple[Break, ...]
    left: tuple[Break, ...]
    baseline: str | None = None
    verdict: Verdict | None = None
    why: str = ""
