"""Which worker runs a cell, and when a cell that could not be run is tried again."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from fakes import PYTHON, made_up_plan
from packaging.tags import parse_tag
from remote_workers import MASKED, PLAIN, FakeWorkers, python, worker

from tfcompat.errors import InterruptedRunError
from tfcompat.execution.placement import (
    NoWorker,
    Placement,
    Trial,
    choose_class,
    closing_cause,
    may_try_again,
    pythons_of,
)
from tfcompat.results.verdicts import Cause, CauseKind
from tfcompat.util import processes

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.planning.grid import Cell


@pytest.fixture
def cell(tmp_path: Path) -> Cell:
    return made_up_plan(tmp_path, ("ex/a.py",), {}).cells[0]


def placed(*workers: object, jobs: int | None = None) -> Placement:
    found = FakeWorkers.of(*workers)  # type: ignore[arg-type]
    return Placement(found, PLAIN, jobs=jobs, patience=0.3)


def test_a_cell_goes_where_its_python_is(cell: Cell) -> None:
    placement = placed(worker("a", python("3.9.1")), worker("b"), worker("c", python("3.6.14")))
    assert placement.take(cell).address == "b"


def test_a_worker_has_as_many_cells_at_once_as_it_takes(cell: Cell) -> None:
    placement = placed(worker("a"), worker("b", cells=2))
    taken = [placement.take(cell) for _ in range(3)]
    assert sorted(one.address for one in taken) == ["a", "b", "b"]
    waiting = threading.Thread(target=lambda: taken.append(placement.take(cell)))
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive()
    placement.release(taken[0])
    waiting.join(10)
    assert taken[3].address == taken[0].address


def test_jobs_bound_the_cells_in_flight(cell: Cell) -> None:
    placement = placed(worker("a"), worker("b"), jobs=1)
    first = placement.take(cell)
    taken: list[str] = []
    waiting = threading.Thread(target=lambda: taken.append(placement.take(cell).address))
    waiting.start()
    waiting.join(0.3)
    assert not taken
    placement.release(first)
    waiting.join(10)
    assert len(taken) == 1


def test_who_waits_longest_comes_first(cell: Cell) -> None:
    placement = placed(worker("a"))
    first = placement.take(cell)
    order: list[int] = []

    def wait(number: int) -> None:
        taken = placement.take(cell)
        order.append(number)
        placement.release(taken)

    threads = [threading.Thread(target=wait, args=[number]) for number in range(5)]
    for number, thread in enumerate(threads, 1):
        thread.start()
        while len(placement._waiting) < number:
            threading.Event().wait(0.01)
    placement.release(first)
    for thread in threads:
        thread.join(10)
    assert order == [0, 1, 2, 3, 4]


def test_another_worker_is_taken_where_there_is_one(cell: Cell) -> None:
    placement = placed(worker("a"), worker("b"))
    assert placement.take(cell, {"a"}).address == "b"
    assert placed(worker("a")).take(cell, {"a"}).address == "a"


def test_another_class_is_left_alone_and_the_reason_says_so(cell: Cell) -> None:
    placement = placed(worker("a", machine=MASKED), worker("b", python("3.9.1")))
    with pytest.raises(NoWorker, match="only workers of another class of machines have Python"):
        placement.take(cell)
    wheel = replace(cell.wheel, tags=parse_tag("cp36-cp36m-manylinux_2_99_x86_64"))  # type: ignore[type-var]
    newer = replace(cell, wheel=wheel)
    with pytest.raises(NoWorker, match=r"no worker with Python 3\.6 can install its wheel"):
        placed(worker("a")).take(newer)
    facts = replace(
        worker("b", machine=MASKED).facts, platforms=frozenset({"manylinux_2_99_x86_64"})
    )
    other = replace(worker("b"), facts=facts)
    with pytest.raises(NoWorker, match=r"only workers of another class .* can install its wheel"):
        placed(worker("a"), other).take(newer)


def test_without_workers_it_waits_and_then_says_so(cell: Cell) -> None:
    workers = FakeWorkers.of()
    placement = Placement(workers, PLAIN, patience=0.3)
    with pytest.raises(NoWorker, match="no worker is left"):
        placement.take(cell)
    with pytest.raises(NoWorker, match=r"no worker has Python 3\.6"):
        placed(worker("a", python("3.9.1"))).take(cell)
    placement = Placement(workers, PLAIN, patience=30)
    timer = threading.Timer(0.2, workers.workers.update, [{"a": worker("a")}])
    timer.start()
    assert placement.take(cell).address == "a"


def test_who_stops_waiting_takes_no_worker(cell: Cell) -> None:
    placement = placed(worker("a"))
    first = placement.take(cell)
    with processes.interruptible():
        processes.interrupt()
        with pytest.raises(InterruptedRunError):
            placement.take(cell)
    placement.release(first)
    assert placement.take(cell).address == "a"


def test_a_wheel_has_to_fit_the_platform(cell: Cell) -> None:
    assert cell.wheel is not None
    facts = worker("a").facts
    for platform, fits in (("linux_x86_64", True), ("manylinux_2_99_x86_64", False)):
        wheel = replace(cell.wheel, tags=parse_tag(f"cp36-cp36m-{platform}"))
        assert facts.takes(replace(cell, wheel=wheel)) is fits
    assert not facts.takes(replace(cell, interpreter=None))


def test_the_allotment_of_a_worker_is_shared_by_its_cells() -> None:
    found = [worker("a", threads=8, cells=n).jobs for n in (1, 2, 16)]
    assert found == [8, 4, 1]


def test_pythons_are_those_of_the_class_and_what_most_have_comes_first() -> None:
    workers = [
        worker("a", python("3.9.1"), python("3.6.15")),
        worker("b", python("3.9.1"), python("3.10.2")),
        worker("c", python("3.9.7")),
        worker("d", python("3.13.0"), machine=MASKED),
    ]
    versions = [str(one.version) for one in pythons_of(workers, PLAIN)]
    assert versions == ["3.10.2", "3.9.1", "3.9.7", "3.6.15"]


def test_the_class_of_a_campaign() -> None:
    two = [worker("a"), worker("b", machine=MASKED), worker("c", machine=MASKED)]
    assert choose_class(two, lambda _: 0, PLAIN) == MASKED
    # Of equals that of this machine, and before all what is stored.
    assert choose_class(two[:2], lambda _: 0, PLAIN) == PLAIN
    assert choose_class(two[:2], lambda _: 0, MASKED) == MASKED
    assert choose_class(two, lambda one: one == PLAIN, MASKED) == PLAIN


def failed(name: str, message: str = "disk is full", kind: CauseKind = CauseKind.DISK) -> Trial:
    return Trial(worker=name, cause=Cause(kind=kind, message=message))


def lost(name: str) -> Trial:
    return replace(failed(name, "its worker was lost", CauseKind.TOOL), lost=True)


@pytest.mark.parametrize(
    ("trials", "others", "again"),
    [
        ([failed("a")], {"b"}, True),
        # What a worker answered it would answer again.
        ([failed("a")], set(), False),
        # The same reason on two workers is no accident; numbers in it may differ.
        ([failed("a", "0.1 GB free"), failed("b", "0.2 GB free")], {"c"}, False),
        ([failed("a"), failed("b", "no network", CauseKind.NETWORK)], {"c"}, True),
        ([failed("a"), lost("b"), failed("c")], {"d"}, False),
        ([lost("a")], set(), True),
        ([lost("a"), lost("b")], {"c"}, True),
        ([lost("a"), lost("b"), lost("c")], {"d"}, True),
        ([lost("a"), lost("b"), lost("c"), lost("d")], {"e"}, False),
        # Before the cell was at work, it was not why the worker was lost.
        ([replace(lost(name), begun=False) for name in "abcdef"], {"g"}, True),
        ([replace(lost("a"), begun=False)] * 20, {"b"}, False),
        ([lost("a"), failed("b")], {"c"}, True),
        ([failed("a", "no times", CauseKind.NO_UPLOAD_TIMES)], {"b"}, False),
    ],
)
def test_when_a_cell_is_tried_again(trials: list[Trial], others: set[str], again: bool) -> None:  # noqa: FBT001
    assert may_try_again(trials, others) is again


def test_the_reason_says_what_was_tried() -> None:
    one = closing_cause([failed("a")])
    assert one.message == "disk is full (tried on the only worker that could run it)"
    assert closing_cause([failed("a"), failed("b")]).message == "disk is full (tried on 2 workers)"
    assert closing_cause([lost("a")] * 3).message == "its worker was lost (3 times in all)"
    assert one.kind is CauseKind.DISK


def test_the_python_of_the_made_up_cells_is_that_of_the_made_up_workers(cell: Cell) -> None:
    assert cell.interpreter == PYTHON
