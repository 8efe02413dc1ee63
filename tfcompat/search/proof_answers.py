"""What was proven of a cell that lost scripts between two campaigns. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfcompat.search.drift_answers import CulpritAnswer


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A cell that lost some scripts, and what was found of one of them; ``why`` nothing was."""

    identifier: str
    release: str
    python: str
    script: str
    lost: int
    answer: CulpritAnswer | None = None
    why: str = ""
