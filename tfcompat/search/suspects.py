"""Which releases are likelier than others to be a hole: one that breaks what those around it do.

What goes wrong in a release is often mended within days, and the first release of a series is the
one that brings what is new. So these are tried where all else is inferred. Pure.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from packaging.version import Version

_DAY = 86_400.0

# How suspect the first release of a series is, against one that was replaced within a day.
_FIRST = 0.4


def suspicions(
    releases: Sequence[Version], uploaded: Sequence[dt.datetime | None]
) -> tuple[float, ...]:
    """Return how suspect each of some releases is, oldest first, from 0 to 1.4.

    ``uploaded`` is when each came. What was never replaced, or only by a release from before it, as
    where two series go on side by side, is not suspect for that.
    """
    found = [0.0] * len(releases)
    for number, ((old, came), (new, replaced)) in enumerate(
        pairwise(zip(releases, uploaded, strict=True))
    ):
        days = (replaced - came).total_seconds() / _DAY if came and replaced else -1.0
        found[number] = 1 / (1 + days) if days >= 0 else 0.0
        same_series = (old.major, old.minor) == (new.major, new.minor)
        if same_series and old.micro == 0:
            found[number] += _FIRST
    return tuple(found)
