"""Variants of cells: they are named so that nothing takes one for another."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from fakes import made_up_plan

from tfcompat.planning.variants import variant_of
from tfcompat.results.identifiers import parse_identifier

if TYPE_CHECKING:
    from pathlib import Path


def test_every_variant_has_a_name_of_its_own(tmp_path: Path) -> None:
    cell = made_up_plan(tmp_path, ("a.py",), {}).cells[0]
    day = dt.datetime(2021, 1, 1, tzinfo=dt.timezone.utc)
    variants = [
        variant_of(cell),
        variant_of(cell, pins=["bar==1", "baz==2"]),
        variant_of(cell, pins=["bar==2"]),
        variant_of(cell, as_of=day),
        variant_of(cell, files={"a.py": b"1"}),
        variant_of(cell, files={"a.py": b"2"}),
        variant_of(cell, side="old"),
        variant_of(cell, side="new"),
    ]
    names = {one.identifier for one in (cell, *variants)}
    assert len(names) == len(variants) + 1
    assert {parse_identifier(name) for name in names} == {parse_identifier(cell.identifier)}
    # The same one, asked for again or in another order, is the same one.
    again = variant_of(cell, pins=["baz==2", "bar==1"])
    assert again.identifier == variants[1].identifier
    assert variant_of(cell, as_of=cell.cut_off) == variants[0]


def test_a_variant_travels_to_its_own_instant(tmp_path: Path) -> None:
    cell = made_up_plan(tmp_path, ("a.py",), {}).cells[0]
    day = dt.datetime(2021, 1, 1, tzinfo=dt.timezone.utc)
    assert variant_of(cell).cut_off == cell.cut_off
    assert variant_of(variant_of(cell, as_of=day), pins=["bar==1"]).cut_off == day
