"""Where a script is predicted to break least: which releases are looked at."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from fakes import made_up_plan

from tfcompat.breaks import forecast as module
from tfcompat.breaks.forecast import fewest_breaks
from tfcompat.breaks.store import SurfaceStore

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan

RELEASES = tuple(map(str, range(1, 41)))


class World:
    """The script breaks with release 20 and all later ones; some surfaces are at hand."""

    def __init__(self, folder: Path, at_hand: Collection[str]) -> None:
        self.plan = made_up_plan(folder, ("a.py",), {}, releases=RELEASES)
        self.at_hand = at_hand
        self.looked_at: list[str] = []

    def find(self, cell: Cell) -> object:
        return cell if cell.release in self.at_hand else None

    def forecast(self, plan: Plan) -> tuple[SimpleNamespace]:
        self.looked_at = [cell.release for cell in plan.cells]
        broken = [SimpleNamespace(breaks=("gone",) * (int(n) >= 20)) for n in self.looked_at]
        return (SimpleNamespace(predictions=broken),)


@pytest.mark.parametrize(
    ("at_hand", "looked_at"),
    [
        # Enough of them: no source is read.
        (RELEASES[::2], RELEASES[::2]),
        # Too few, and all at one end: some releases are read, over the whole list.
        (RELEASES[:3], ("1", "4", "7", "11", "14", "17", "21", "24", "27", "31", "34", "37")),
    ],
)
def test_surfaces_at_hand_are_asked_before_sources_are_read(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    at_hand: tuple[str, ...],
    looked_at: tuple[str, ...],
) -> None:
    world = World(tmp_path, at_hand)
    monkeypatch.setattr(SurfaceStore, "find", world.find)
    monkeypatch.setattr(module, "forecast", world.forecast)
    found = [RELEASES[number] for number in fewest_breaks(world.plan, "a.py")]
    assert tuple(world.looked_at) == looked_at
    last = max((one for one in looked_at if int(one) < 20), key=int)
    assert found == [one for one in RELEASES if int(one) <= int(last)]
