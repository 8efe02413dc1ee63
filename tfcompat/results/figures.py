"""The part of a result file on the figures that a run drew."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MOST_FIGURES = 50
"""Figures of one run; the launcher saves no more."""

LONGEST_SIDE = 240
"""Pixels of a picture as it is stored: enough to compare it, and to see what it shows."""

Pixels = Annotated[int, Field(ge=0, lt=2**31)]


class DrawnFigure(BaseModel):
    """A figure that a run showed, saved, or left open.

    ``width`` and ``height`` are those of its picture in pixels, ``digest`` is a SHA-256 of all of
    these. ``picture`` is a small copy, as PNG in Base64. ``error`` is why there is no picture.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    width: Pixels = 0
    height: Pixels = 0
    digest: str = ""
    picture: Annotated[str, Field(pattern=r"^[A-Za-z0-9+/=]*$", max_length=1_000_000)] = ""
    error: str = ""

    @property
    def size(self) -> str:
        """Its size in words, or why it has none."""
        return self.error or f"{self.width}x{self.height} pixels"
