"""How far the commands are that work on a campaign."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from reports import cell, identifier, store

from tfcompat.report.status import printed, status_of, text
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.commands import RunningCommand, noted, running
from tfcompat.results.schema import Example
from tfcompat.results.verdicts import Cause, CauseKind, Verdict

if TYPE_CHECKING:
    from pathlib import Path

A, B = "ex/a.py", "ex/b.py"
ONE, TWO, THREE, FOUR, FIVE = map(identifier, ("1.0", "2.0", "3.0", "4.0", "5.0"))
CELLS = (ONE, TWO, THREE, FOUR, FIVE)


def ran(verdict: Verdict) -> Example:
    return Example(retval=int(verdict is Verdict.FAILED), seconds=1.0, verdict=verdict)


def half_done(folder: Path) -> CampaignStore:
    """Return a campaign: two cells are finished, one cannot be tried, one is begun, one waits."""
    down = Cause(kind=CauseKind.NETWORK, message="no network")
    store(
        folder,
        cell("1.0", {A: ran(Verdict.SAME), B: ran(Verdict.SAME)}),
        cell("2.0", {A: ran(Verdict.FAILED), B: ran(Verdict.SAME)}),
        cell("3.0", verdict=Verdict.UNKNOWN, cause=down),
    )
    campaign = CampaignStore(folder)
    campaign.begin(cell("4.0", {A: ran(Verdict.SAME)}))
    return campaign


def test_what_is_done_at_work_and_left(tmp_path: Path) -> None:
    campaign = half_done(tmp_path)
    now = dt.datetime.now(dt.timezone.utc)
    command = RunningCommand(started=now - dt.timedelta(seconds=100), cells=CELLS, tests=(A, B))
    found = status_of(campaign, command, now)
    assert (found.done, found.at_work, found.waiting) == ((ONE, TWO, THREE), {FOUR: 1}, (FIVE,))
    assert found.verdicts == {Verdict.SAME: 3, Verdict.FAILED: 1, Verdict.UNKNOWN: 1}
    # Two cells took 100 s, and two are left.
    assert (found.seconds, found.left) == (100.0, 100.0)
    assert text(tmp_path, (found,), 2).splitlines() == [
        "3 of 5 cells done, 1 at work, 1 waiting; 1 min 40 s so far, about 1 min 40 s left",
        f"  {FOUR}: 1 of 2 examples ran",
        "  so far: 1 unknown, 1 failed, 3 same",
    ]
    assert printed((found,))[0].at_work == {FOUR: 1}


def test_what_was_stored_before_says_nothing_of_the_time(tmp_path: Path) -> None:
    campaign = half_done(tmp_path)
    later = dt.datetime.now(dt.timezone.utc) + dt.timedelta(hours=1)
    command = RunningCommand(started=later, cells=CELLS, tests=(A, B))
    assert status_of(campaign, command, later).left is None


def test_a_note_holds_as_long_as_its_command(tmp_path: Path) -> None:
    assert running(tmp_path) == ()
    with noted(tmp_path, [ONE, TWO], [A]):
        (command,) = running(tmp_path)
        assert (command.cells, command.tests) == ((ONE, TWO), (A,))
        assert "2 finished cells there" in text(tmp_path, (), 2)
        kept = {path: path.read_bytes() for path in tmp_path.rglob("*.json")}
    assert running(tmp_path) == ()
    # One that was killed leaves its note, and nobody holds its lock; half a note says nothing.
    for path, content in kept.items():
        path.write_bytes(content)
        path.with_suffix(".lock").touch()
    assert running(tmp_path) == ()


def test_a_folder_that_cannot_be_written_stops_no_command(tmp_path: Path) -> None:
    (tmp_path / ".state").write_text("a file", encoding="utf-8")
    with noted(tmp_path, [ONE], [A]):
        assert running(tmp_path) == ()
