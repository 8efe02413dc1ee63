"""The cores of the machine: shared, all or none, and free again."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from tfcompat.errors import InterruptedRunError
from tfcompat.execution.resources import CoreSlots
from tfcompat.util import host, processes

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path


def cores(
    folder: Path, count: int, stopped: threading.Event
) -> AbstractContextManager[tuple[int, ...]]:
    """Take cores as another process would: with slots of its own."""
    return CoreSlots(folder, jobs=99).take(count, stopped)


@pytest.fixture(autouse=True)
def _four_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "usable_cores", lambda: (1, 3, 5, 7))


def test_each_gets_cores_of_its_own(tmp_path: Path) -> None:
    never = threading.Event()
    folder = tmp_path / "new" / "cores"
    with cores(folder, 1, never) as a, cores(folder, 2, never) as b, cores(folder, 1, never) as c:
        assert [len(held) for held in (a, b, c)] == [1, 2, 1]
        assert {*a, *b, *c} == {1, 3, 5, 7}


def test_more_threads_than_cores_get_all(tmp_path: Path) -> None:
    with cores(tmp_path, 99, threading.Event()) as held:
        assert held == (1, 3, 5, 7)


def test_cores_are_free_again(tmp_path: Path) -> None:
    never = threading.Event()
    with pytest.raises(RuntimeError), cores(tmp_path, 4, never):
        raise RuntimeError
    with cores(tmp_path, 4, never) as held:
        assert len(held) == 4


def test_who_waits_can_be_stopped(tmp_path: Path) -> None:
    stopped = threading.Event()
    with cores(tmp_path, 3, threading.Event()):
        stopped.set()
        with (
            pytest.raises(InterruptedRunError, match="waiting for a free core"),
            cores(tmp_path, 2, stopped),
        ):
            pytest.fail("there is one core left")
        # The one that was free was not kept by who gave up.
        with cores(tmp_path, 1, threading.Event()) as held:
            assert held == (7,)


def test_who_waits_gets_what_is_given_back(tmp_path: Path) -> None:
    never = threading.Event()
    got: list[tuple[int, ...]] = []

    def wait() -> None:
        with cores(tmp_path, 2, never) as held:
            got.append(held)

    thread = threading.Thread(target=wait)
    with cores(tmp_path, 3, never):
        thread.start()
        thread.join(0.15)
        assert not got
    thread.join(5)
    assert [len(held) for held in got] == [2]


def test_threads_never_share_a_core(tmp_path: Path) -> None:
    never = threading.Event()
    busy: set[int] = set()
    clashes: list[int] = []
    lock = threading.Lock()

    def work() -> None:
        for _ in range(5):
            with cores(tmp_path, 1, never) as (core,):
                with lock:
                    if core in busy:
                        clashes.append(core)
                    busy.add(core)
                with lock:
                    busy.discard(core)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert not clashes


def test_no_more_run_at_once_than_there_are_jobs(tmp_path: Path) -> None:
    slots = CoreSlots(tmp_path, jobs=1)
    stopped = threading.Event()
    with slots.take(1, threading.Event()):
        stopped.set()
        with pytest.raises(InterruptedRunError), slots.take(1, stopped):
            pytest.fail("there is one job")
    with slots.take(1, threading.Event()) as held:
        assert held == (1,)


@pytest.mark.parametrize(
    ("free", "running", "wanted", "fits"),
    [
        (1000, 0, 5000, True),  # alone, whatever it needs
        (1000, 400, 500, True),
        (1000, 400, 700, False),  # the one that runs may yet use all of its 400
        (None, 400, 10**12, True),  # nothing is known of the memory here
    ],
)
def test_what_may_not_fit_beside_others_waits(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    free: int | None,
    running: int,
    wanted: int,
    *,
    fits: bool,
) -> None:
    monkeypatch.setattr(host, "available_memory", lambda: free)
    slots = CoreSlots(tmp_path, jobs=3)
    if running:
        first = slots.take(1, threading.Event(), running)
        first.__enter__()
    assert slots._admit(wanted) is fits


def test_what_no_longer_fits_waits_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = [1000, 300]
    monkeypatch.setattr(host, "available_memory", lambda: free.pop(0))
    slots = CoreSlots(tmp_path, jobs=3)
    assert slots._admit(100)
    assert not slots._admit(400)


def test_an_interrupt_reaches_who_waits(tmp_path: Path) -> None:
    with processes.interruptible(), CoreSlots(tmp_path, 9).take(4, threading.Event()):
        processes.interrupt()
        with pytest.raises(InterruptedRunError), CoreSlots(tmp_path, 9).take(1, threading.Event()):
            pytest.fail("everything has been interrupted")
    assert not processes.interrupted()
