"""A limit to the time of a command: when it is over, everything that runs is ended."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tfcompat.util import processes

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def time_limit(minutes: float | None) -> Iterator[threading.Event]:
    """Yield what is set when the time is over; without ``minutes`` it never is.

    Then all processes are ended, and what waits for one gets an InterruptedRunError: the block is
    to be within one of ``processes.interruptible``.
    """
    over = threading.Event()

    def end() -> None:
        over.set()
        processes.interrupt()

    timer = threading.Timer(min((minutes or 0) * 60, threading.TIMEOUT_MAX), end)
    timer.daemon = True
    if minutes is not None:
        timer.start()
    try:
        yield over
    finally:
        timer.cancel()
