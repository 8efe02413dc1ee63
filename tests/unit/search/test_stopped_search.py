"""A search that is stopped: it tells what it found by then, and what is left to try."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING

import pytest
from fakes import Machine, made_up_plan

from tfcompat.errors import InterruptedRunError
from tfcompat.execution.campaign_run import RunOptions
from tfcompat.report import search as search_report
from tfcompat.search.findings import Stop
from tfcompat.search.search import SearchOptions, search_releases
from tfcompat.search.summary import summarize
from tfcompat.util import processes

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.results.schema import Run
    from tfcompat.search.findings import Findings, ScriptFindings

A = "ex/a.py"


@dataclass
class StoppedMachine(Machine):
    """A machine that is stopped when so many runs were made, by the user or by the time."""

    stops_after: int = 0
    runs: int = 0
    over: Event = field(default_factory=Event)
    by_time: bool = False
    error: type[BaseException] = InterruptedRunError

    def run(self, identifier: str, test: str) -> Run:
        if self.runs == self.stops_after:
            if self.by_time:
                self.over.set()
            raise self.error
        self.runs += 1
        return super().run(identifier, test)


def found(folder: Path, machine: StoppedMachine, row: str, baseline: str | None) -> Findings:
    """Search releases 1 to n; letters say with which a script fails, or gives another result."""
    releases = tuple(str(number) for number in range(1, len(row) + 1))
    for release, letter in zip(releases, row, strict=True):
        output = {"F": None, "D": "loss 0.7\n", "S": "loss 0.5\n"}[letter]
        machine.prints[f"pypi-foo-{release}-python-cp36", A] = [output]
    plan = made_up_plan(folder, (A,), {"ex": baseline} if baseline else {}, releases=releases)
    options = SearchOptions(run=RunOptions(jobs=1), spot_checks=0)
    with processes.interruptible():
        evaluation = machine.evaluation(folder, plan.tests)
        return summarize(search_releases(plan, options, evaluation, machine.over))


def script(findings: Findings) -> ScriptFindings:
    return findings.scripts[0]


@pytest.mark.parametrize("error", [InterruptedRunError, KeyboardInterrupt])
@pytest.mark.parametrize("row", ["FFFFSSSSSSSSFFFFFFFF", "SSSSSSSSSSSS", "FDDSSSSDDDDFFF"])
def test_it_claims_nothing_that_was_not_tried(
    tmp_path: Path, row: str, error: type[BaseException]
) -> None:
    whole = script(found(tmp_path / "whole", StoppedMachine(stops_after=-1), row, "6"))
    for number in range(1, 40):
        machine = StoppedMachine(stops_after=number, error=error)
        findings = found(tmp_path / str(number), machine, row, "6")
        if findings.stopped is None:
            assert machine.runs <= number
            break
        one = script(findings)
        assert (findings.stopped, findings.exit_code) == (Stop.USER, 130)
        assert one.works is not None
        tried = {mark.release: mark.verdict for mark in one.marks if mark.how == "ran"}
        assert 1 <= len(tried) <= number
        settled = {(edge.last, edge.release) for edge in one.edges if not edge.untried}
        assert settled <= {(edge.last, edge.release) for edge in whole.edges}
        for edge in one.edges:
            assert {edge.last, edge.release} <= tried.keys()
            assert not tried.keys() & set(edge.untried)
        for releases in (*one.unfinished.values(), *one.open_ends.values()):
            assert not tried.keys() & set(releases)
        assert not one.unfinished.keys() & one.open_ends.keys()
    else:
        pytest.fail("the search never ended by itself")


def test_its_text_says_what_is_left(tmp_path: Path) -> None:
    machine = StoppedMachine(stops_after=3, by_time=True)
    findings = found(tmp_path, machine, "SSSSSSSSSSSFFFFF", "6")
    assert (findings.stopped, findings.exit_code) == (Stop.TIME, 3)
    text = search_report.text(findings)
    assert "  up    16  failed     ValueError: bad [7, … 15 (9 releases) not tried yet]" in text
    assert "  down  nothing stops it down to 1\n" in text
    assert "not finished: the time was over (--minutes); the same command goes on from here" in text
    document = search_report.as_json(findings, walk=False)
    assert document["stopped"] == "time"
    assert document["scripts"][0]["edges"][0]["untried"] == tuple(map(str, range(7, 16)))
    assert "not tried yet" in search_report.markdown(findings)


def test_a_direction_in_which_nothing_was_tried_yet_is_not_open(tmp_path: Path) -> None:
    findings = found(tmp_path, StoppedMachine(stops_after=2), "SSSSSSSSSSSFFFFF", "6")
    one = script(findings)
    assert one.unfinished == {"up": tuple(map(str, range(7, 17)))}
    assert one.open_ends == {"down": ()}
    said = "  up    works up to 6 as far as tried; 7, … 16 (10 releases) not tried yet"
    assert said in search_report.text(findings)
    assert "not finished: the user stopped it" in search_report.text(findings)


def test_a_whole_search_says_nothing_of_it(tmp_path: Path) -> None:
    findings = found(tmp_path, StoppedMachine(stops_after=-1), "FFSSSFFF", "4")
    assert (findings.stopped, findings.exit_code) == (None, 0)
    assert "not tried yet" not in search_report.text(findings)
    assert search_report.as_json(findings, walk=False)["stopped"] is None


@pytest.mark.parametrize("error", [InterruptedRunError, KeyboardInterrupt])
def test_the_newest_that_ran_serves_where_the_baseline_is_still_sought(
    tmp_path: Path, error: type[BaseException]
) -> None:
    row = "S" * 10 + "F" * 30
    whole = script(found(tmp_path / "whole", StoppedMachine(stops_after=-1), row, None))
    assert whole.baseline == "10"
    seen = set()
    for number in range(1, 30):
        machine = StoppedMachine(stops_after=number, error=error)
        try:
            findings = found(tmp_path / str(number), machine, row, None)
        except error:
            continue
        if findings.stopped is None:
            break
        one = script(findings)
        seen.add(one.baseline)
        assert one.works is not None
        assert int(one.baseline) <= 10
        for edge in one.edges:
            assert edge.untried or (edge.last, edge.release) == ("10", "11")
    else:
        pytest.fail("the search never ended by itself")
    assert len(seen) > 1


@pytest.mark.parametrize("baseline", ["4", None])
def test_there_is_no_answer_before_a_baseline_has_run(tmp_path: Path, baseline: str | None) -> None:
    machine = StoppedMachine(stops_after=0)
    with pytest.raises(InterruptedRunError):
        found(tmp_path, machine, "FFSSSSSS", baseline)
