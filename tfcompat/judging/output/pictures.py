"""The figures that runs drew, compared with those that a baseline's runs drew. Pure.

Two pictures lie as far apart as in that of their tiles which differs most: the root mean square of
what their pixels differ by, of 255, in the small copies that are stored. The root mean square is
how matplotlib compares the pictures of its own tests
(https://matplotlib.org/stable/api/testing_api.html), there of whole pictures: in those a line or a
label that is another one hardly counts beside all that is blank. The copies are made by averaging
pixels, so that what is drawn a fraction of a pixel elsewhere differs little.
"""

from __future__ import annotations

import base64
import binascii
import io
import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from tfcompat.judging.output.compare import OutputComparison
from tfcompat.judging.output.differences import MAX_DIFFERENCES, figure_difference
from tfcompat.judging.output.noise import ALPHA, REPEATS, Runs, more_runs
from tfcompat.results.verdicts import Basis

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from tfcompat.results.differences import Difference
    from tfcompat.results.figures import DrawnFigure

_TILE = 16  # pixels of a small copy
_ROUNDING = 1  # pixel of a size that releases round differently


def compare_figures(
    baseline: Sequence[Sequence[DrawnFigure]],
    observed: Sequence[Sequence[DrawnFigure]],
    tolerance: float,
    repeats: int = REPEATS,
) -> OutputComparison:
    """Compare the figures of observed runs, of which the first is in question, by their numbers.

    A figure is equal: ``exact`` where a baseline's run drew the same pixels, within ``tolerance``
    where one drew it no farther apart, and within ``noise`` where runs of one side differ from each
    other as much as the sides do. What is missing, or has another size, is infinitely far apart.
    Otherwise it differs, once there are ``repeats`` runs a side, and, where figures vary from run
    to run, so many that chance does not keep them apart. Raises ValueError without a run on each
    side.
    """
    if not baseline or not observed:
        raise ValueError("a comparison needs at least one run on each side")
    count = max(len(run) for run in (*baseline, *observed))
    places = [_Place(_column(baseline, at), _column(observed, at)) for at in range(count)]
    apart = [at for at, place in enumerate(places) if place.is_apart(tolerance)]
    runs = Runs(len(baseline), len(observed))
    wanted = None
    if apart and not _is_certain(places, runs, repeats):
        wanted = more_runs(runs, repeats)
        apart = [] if wanted is None else apart
    bases = [place.basis(tolerance) for place in places]
    return OutputComparison(
        equal=not apart,
        basis=None if apart else weakest(bases),
        wanted=wanted,
        differences=tuple(places[at].difference(at + 1) for at in apart[:MAX_DIFFERENCES]),
        difference_count=len(apart),
    )


def _column(runs: Sequence[Sequence[DrawnFigure]], at: int) -> list[DrawnFigure | None]:
    return [run[at] if at < len(run) else None for run in runs]


def _is_certain(places: Sequence[_Place], runs: Runs, repeats: int) -> bool:
    """Tell whether figures that lie apart do not do so by chance.

    Of all ways to divide the runs between the sides, a figure that varies lies apart by two at
    most: those into the two groups that it falls into.
    """
    varying = sum(place.spread > 0 for place in places)
    return min(runs) >= repeats and 2 * varying <= ALPHA * math.comb(sum(runs), runs.baseline)


@dataclass(frozen=True)
class _Place:
    """One figure in all runs of both sides; None where a run has not drawn so many."""

    baseline: Sequence[DrawnFigure | None]
    observed: Sequence[DrawnFigure | None]

    @property
    def spread(self) -> float:
        """The largest distance between runs of one side."""
        sides = (self.baseline, self.observed)
        return max((distance(*pair) for side in sides for pair in combinations(side, 2)), default=0)

    @property
    def gap(self) -> float:
        """The smallest distance between runs of both sides."""
        return min(distance(old, new) for old in self.baseline for new in self.observed)

    def is_apart(self, tolerance: float) -> bool:
        """Tell whether the two sides differ by more than the tolerance and the noise."""
        return self.gap > max(tolerance, self.spread)

    def basis(self, tolerance: float) -> Basis:
        """Return why it counts as equal, where it does."""
        nearest = min(distance(old, self.observed[0]) for old in self.baseline)
        if nearest == 0:
            return Basis.EXACT
        return Basis.TOLERANCE if nearest <= tolerance else Basis.NOISE

    def difference(self, number: int) -> Difference:
        """Return the difference of this figure, which has a number."""
        return figure_difference(number, self.baseline[0], self.observed[0], self.gap)


def distance(one: DrawnFigure | None, other: DrawnFigure | None) -> float:
    """Return how far two figures lie apart: 0 for the same pixels, at most 255, or infinity."""
    if one is None or other is None:
        return 0.0 if one is other else math.inf
    if one.error or other.error:
        return 0.0 if one.error == other.error else math.inf
    if one.digest == other.digest:
        return 0.0
    sizes = (one.width - other.width, one.height - other.height)
    if max(map(abs, sizes)) > _ROUNDING:
        return math.inf
    return picture_distance(one.picture, other.picture)


@lru_cache(maxsize=4096)
def picture_distance(one: str, other: str) -> float:
    """Return how far two small copies lie apart; infinity where one cannot be read."""
    first, second = _pixels(one), _pixels(other)
    if first is None or second is None:
        return math.inf
    height = min(first.shape[0], second.shape[0])
    width = min(first.shape[1], second.shape[1])
    squares = ((first[:height, :width] - second[:height, :width]) ** 2).mean(axis=2)
    # Tiles of the edge are filled up with what does not differ.
    filled = np.pad(squares, [(0, -height % _TILE), (0, -width % _TILE)])
    rows, columns = (length // _TILE for length in filled.shape)
    tiles = filled.reshape(rows, _TILE, columns, _TILE).mean(axis=(1, 3))
    return float(np.sqrt(tiles.max()))


@lru_cache(maxsize=256)
def _pixels(picture: str) -> npt.NDArray[np.float64] | None:
    try:
        with Image.open(io.BytesIO(base64.b64decode(picture)), formats=["PNG"]) as file:
            return np.asarray(file.convert("RGB"), dtype=np.float64)
    except (OSError, SyntaxError, ValueError, binascii.Error, Image.DecompressionBombError):
        return None


_WEAKEST_FIRST = (Basis.NOISE, Basis.TOLERANCE, Basis.EXACT)


def weakest(bases: Sequence[Basis | None]) -> Basis:
    """Return the weakest reason of several for which all is equal; ``exact`` for none."""
    return next((basis for basis in _WEAKEST_FIRST if basis in bases), Basis.EXACT)


def combined(printed: OutputComparison, drawn: OutputComparison) -> OutputComparison:
    """Return the comparison of what runs printed and of what they drew, as one.

    What differs for certain decides, whatever is not known yet of the other.
    """
    both = [printed, drawn]
    differing = [one for one in both if not one.equal]
    decided = [one for one in differing if one.wanted is None]
    found = decided or differing
    wanted = [one.wanted for one in found if one.wanted is not None]
    return OutputComparison(
        equal=not differing,
        basis=None if differing else weakest([one.basis for one in both]),
        wanted=Runs(*map(max, zip(*wanted, strict=True))) if wanted else None,
        differences=tuple(one for each in found for one in each.differences)[:MAX_DIFFERENCES],
        difference_count=sum(one.difference_count for one in found),
        largest_relative=printed.largest_relative,
        largest_absolute=printed.largest_absolute,
        note=printed.note,
    )
