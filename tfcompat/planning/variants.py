"""Cells beside a campaign: a release with other packages, or with other files for its runs. Pure.

A variant has an identifier of its own, which says nothing but that it is one: what it is made of is
hashed into it. So no variant can be taken for a cell of the campaign, or for another variant.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from tfcompat.planning.grid import Cell

_DIGITS = 12


def variant_of(
    cell: Cell,
    *,
    pins: Iterable[str] = (),
    as_of: dt.datetime | None = None,
    files: Mapping[str, bytes] | None = None,
    side: str = "",
) -> Cell:
    """Return a cell with packages held by ``pins`` (``name==version``), resolved as of an instant.

    ``files`` are those that its runs see in place of the study's, by path; they are no part of the
    cell, and only tell it from others, as ``side`` does: of two that are compared, also where both
    are of the same file. Without ``as_of`` the cell keeps its own instant.
    """
    pins = tuple(sorted(pins))
    instant = as_of or cell.cut_off
    parts = [
        pins,
        instant.isoformat() if instant else "",
        {path: hashlib.sha256(content).hexdigest() for path, content in (files or {}).items()},
        # Nothing for those of the index: what was stored before there were any others still holds.
        *([cell.local.sha256] if cell.local else []),
        *([side] if side else []),
    ]
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return replace(cell, pins=pins, as_of=instant, variant=digest[:_DIGITS])
