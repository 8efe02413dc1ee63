"""The pictures that a run has left, read."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

from made_figures import plot
from PIL import Image

from tfcompat.execution import figure_files
from tfcompat.execution.figure_files import figure_of, read_figures
from tfcompat.results.figures import LONGEST_SIDE, MOST_FIGURES, DrawnFigure

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_figures_are_read_in_their_order(tmp_path: Path) -> None:
    plot().save(tmp_path / "000.png")
    (tmp_path / "001.txt").write_text("ValueError: \x1b[31m\nno such\tcolour", encoding="utf-8")
    plot(size=(300, 200)).save(tmp_path / "002.png")
    first, second, third = read_figures(tmp_path)
    assert (first.width, first.height, first.error) == (640, 480, "")
    assert second == DrawnFigure(error="ValueError: \\x1b[31m no such colour")
    assert (third.size, second.size) == ("300x200 pixels", second.error)


def test_a_small_copy_is_kept(tmp_path: Path) -> None:
    plot().save(tmp_path / "000.png")
    (found,) = read_figures(tmp_path)
    with Image.open(io.BytesIO(base64.b64decode(found.picture))) as small:
        assert (small.size, small.mode) == ((LONGEST_SIDE, 180), "RGB")
    tiny = figure_of(plot(size=(100, 90)))
    with Image.open(io.BytesIO(base64.b64decode(tiny.picture))) as small:
        assert small.size == (100, 90)


def test_the_digest_is_that_of_the_pixels() -> None:
    """Matplotlib writes its version into each file."""
    plain = plot()
    text = Image.new("RGBA", plain.size, (0, 0, 0, 0))
    text.paste(plain, mask=Image.new("L", plain.size, 255))
    assert figure_of(plain).digest == figure_of(text).digest != figure_of(plot(1)).digest
    # As many pixels in another shape.
    blank = [figure_of(Image.new("RGB", size, "white")).digest for size in [(4, 2), (2, 4)]]
    assert blank[0] != blank[1]
    clear = Image.new("RGBA", (4, 2), (0, 0, 0, 0))
    assert figure_of(clear).digest == blank[0]


def test_what_is_no_picture_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "000.png").write_bytes(b"GIF89a")
    (tmp_path / "002.txt").touch()
    plot().save(tmp_path / "003.png")
    monkeypatch.setattr(figure_files, "_MOST_PIXELS", 1000)
    plot(size=(10, 10)).save(tmp_path / "001.png")
    found = [one.error.replace(str(tmp_path), "") for one in read_figures(tmp_path)]
    assert found[0].startswith("its picture cannot be read: ")
    assert found[1:] == ["", "it could not be drawn", "640x480 pixels are too many to read"]


def test_a_broken_file_is_said(tmp_path: Path) -> None:
    picture = io.BytesIO()
    plot().save(picture, "PNG")
    (tmp_path / "000.png").write_bytes(picture.getvalue()[:200])
    (found,) = read_figures(tmp_path)
    assert found.error.startswith("its picture cannot be read: ")
    assert found.digest == ""


def test_no_more_are_read_than_the_launcher_saves(tmp_path: Path) -> None:
    for number in range(MOST_FIGURES + 1):
        (tmp_path / f"{number:03}.txt").touch()
    assert len(read_figures(tmp_path)) == MOST_FIGURES
