"""Reads the figures that a run has left in its folder, as the launcher saves them."""

from __future__ import annotations

import base64
import hashlib
import io
from typing import TYPE_CHECKING

from PIL import Image

from tfcompat.results.figures import LONGEST_SIDE, MOST_FIGURES, DrawnFigure
from tfcompat.util.text import visible

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST_ERROR = 300
# A larger picture is none that a person looks at, and reading it could take all memory.
_MOST_PIXELS = 100_000_000


def read_figures(folder: Path) -> list[DrawnFigure]:
    """Return the figures in a folder, in the order in which they were drawn.

    A script may have written there too: what is no picture is a figure with an error.
    """
    return [_read(path) for path in sorted(folder.iterdir())[:MOST_FIGURES]]


def _read(path: Path) -> DrawnFigure:
    try:
        if path.suffix != ".png":
            text = path.read_text(encoding="utf-8", errors="replace")
            return DrawnFigure(error=_short(text) or "it could not be drawn")
        with Image.open(path, formats=["PNG"]) as file:
            if file.width * file.height > _MOST_PIXELS:
                return DrawnFigure(error=f"{file.width}x{file.height} pixels are too many to read")
            return figure_of(file)
    # Pillow raises SyntaxError for some broken files.
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        return DrawnFigure(error=_short(f"its picture cannot be read: {error}"))


def _short(text: str) -> str:
    return visible(" ".join(text.split()))[:_LONGEST_ERROR]


def figure_of(picture: Image.Image) -> DrawnFigure:
    """Return the record of a picture; what is transparent in it is white, as on a page."""
    seen = Image.new("RGBA", picture.size, "white")
    seen.alpha_composite(picture.convert("RGBA"))
    pixels = seen.convert("RGB")
    width, height = pixels.size
    digest = hashlib.sha256(f"{width} {height}\n".encode() + pixels.tobytes()).hexdigest()
    pixels.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.BOX, reducing_gap=None)
    buffer = io.BytesIO()
    pixels.save(buffer, "PNG", optimize=True)
    small = base64.b64encode(buffer.getvalue()).decode("ascii")
    return DrawnFigure(width=width, height=height, digest=digest, picture=small)
