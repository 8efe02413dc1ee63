"""Signals that stop a command: the first one interrupts, a second one does not cut that short."""

from __future__ import annotations

import signal

import pytest

from tfcompat.cli.signals import interrupt_on

pytestmark = pytest.mark.usefixtures("signals")


def test_a_second_stop_is_ignored_and_ctrl_c_is_not() -> None:
    # In the background of a shell it is ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    interrupt_on(signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGTERM)
    signal.raise_signal(signal.SIGHUP)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_an_ignored_ctrl_c_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    interrupt_on(signal.SIGTERM, signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_other_signals_are_left_alone() -> None:
    before = signal.getsignal(signal.SIGHUP), signal.getsignal(signal.SIGINT)
    interrupt_on(signal.SIGTERM)
    assert (signal.getsignal(signal.SIGHUP), signal.getsignal(signal.SIGINT)) == before
