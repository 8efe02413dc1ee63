"""Figures for tests: simple plots, drawn by Pillow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from tfcompat.execution.figure_files import figure_of

if TYPE_CHECKING:
    from tfcompat.results.figures import DrawnFigure


def plot(
    shift: int = 0, *, colour: str = "blue", size: tuple[int, int] = (640, 480)
) -> Image.Image:
    """Return a picture of axes and one line, which is moved by so many pixels."""
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, size[0] - 1, size[1] - 1), outline="black")
    draw.line([(80, 400 - shift), (300, 200 - shift), (560, 300 - shift)], fill=colour, width=3)
    return picture


def figure(
    shift: int = 0, *, colour: str = "blue", size: tuple[int, int] = (640, 480)
) -> DrawnFigure:
    """Return the record of such a picture."""
    return figure_of(plot(shift, colour=colour, size=size))
