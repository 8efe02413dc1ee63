"""Draws the table of what mends each release: results/published/mended.png and mended-dark.png.

    python tools/mended_picture.py [TABLE]

A box for each release, as installed today; below those that cannot be imported, the bound that
mends them.
"""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from tfcompat.report.figures import SCHEMES, Palette, palette_of
from tfcompat.results.verdicts import Verdict

TABLE = Path(__file__).parent.parent / "results" / "published" / "mended.md"
WIDTH, HEIGHT, TEXT = 830, 150, 9  # points
_BOX, _GAP = 0.86, 0.07  # of the width of a release


def read(table: str) -> list[tuple[str, str]]:
    """Return each release of a table with what is to be added for it, empty where it imports."""
    rows = [line.split("|")[1:-1] for line in table.splitlines() if line.startswith("| ")]
    return [
        (row[0].strip(), row[5].strip().strip("`")) for row in rows if row[0].strip()[:1].isdigit()
    ]


def draw(releases: list[tuple[str, str]], palette: Palette) -> Figure:
    """Return the picture in the colours of a palette."""
    figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), facecolor=palette.colours["page"])
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.01, 0.0, 0.98, 1.0))
    axes.set(xlim=(0, len(releases)), ylim=(0, HEIGHT))
    axes.axis("off")
    axes.invert_yaxis()
    works, fails = palette.fill(Verdict.SAME), palette.fill(Verdict.FAILED)
    for place, (release, bound) in enumerate(releases):
        colour = fails if bound else works
        axes.add_patch(Rectangle((place + _GAP, 62), _BOX, 22, facecolor=colour, linewidth=0))
        axes.text(place + 0.5, 56, release, rotation=90, ha="center", va="bottom",
                  fontsize=TEXT, color=palette.colours["text"])  # fmt: skip
    start = 0
    for bound, group in groupby(bound for _, bound in releases):
        end = start + len(list(group))
        if bound:
            axes.plot((start + 0.15, end - 0.15), (92, 92), color=palette.colours["soft"], lw=1)
            axes.text((start + end) / 2, 98, bound, ha="center", va="top", fontsize=TEXT,
                      color=palette.colours["text"])  # fmt: skip
        start = end
    broken = sum(bool(bound) for _, bound in releases)
    said = (
        f"{len(releases) - broken} of {len(releases)} releases can be imported as pip installs "
        f"them today; {broken} need the bound that is written below them"
    )
    axes.text(0, 140, said, fontsize=TEXT, va="bottom", color=palette.colours["soft"])
    return figure


def main(table: Path = TABLE) -> None:
    """Draw the picture of a table in both schemes, beside it."""
    releases = read(table.read_text(encoding="utf-8"))
    with mpl.rc_context({"font.family": "DejaVu Sans", "figure.dpi": 72, "savefig.dpi": 144}):
        for scheme in SCHEMES:
            palette = palette_of(scheme)
            name = f"mended{'-dark' if scheme == 'dark' else ''}.png"
            draw(releases, palette).savefig(
                table.parent / name, facecolor=palette.colours["page"], metadata={"Software": None}
            )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
