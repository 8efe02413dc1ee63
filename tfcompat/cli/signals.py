"""Signals that stop a program, handled like Ctrl-C: everything that runs is ended tidily first."""

from __future__ import annotations

import signal


def interrupt_on(*stops: signal.Signals) -> None:
    """Have each of these signals raise KeyboardInterrupt in the main thread.

    SIGINT among them is left alone where something else handles or ignores it.
    """

    def interrupt(number: int, frame: object) -> None:
        del number, frame
        # A second signal would break off the tidy end that the first one began. Ctrl-C still does.
        for stop in stops:
            if stop is not signal.SIGINT:
                signal.signal(stop, signal.SIG_IGN)
        raise KeyboardInterrupt

    for stop in stops:
        if stop is not signal.SIGINT or signal.getsignal(stop) is signal.default_int_handler:
            signal.signal(stop, interrupt)
