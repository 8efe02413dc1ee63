"""Runs that reach no network: whether this machine can do that, and how to start them."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.util import processes

if TYPE_CHECKING:
    from collections.abc import Sequence

_PROGRAM = Path(__file__).with_name("closed_exec.py")
_SECONDS = 20

# What reaches loopback, and nothing else: an address that is kept for documents (RFC 5737).
_TRIAL = """
import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname()).close()
try:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("192.0.2.1", 9))
except OSError:
    print("closed")
"""


def command(words: Sequence[str | Path]) -> list[str | Path]:
    """Return a command that does the same without a network, where there is no ``obstacle``."""
    return [sys.executable, "-I", "-S", _PROGRAM, *words]


@cache
def obstacle() -> str:
    """Return why this machine cannot close the network for a command; empty where it can."""
    if sys.platform != "linux":
        return "only Linux can close it"
    done = processes.run(
        command([sys.executable, "-I", "-S", "-c", _TRIAL]),
        environment={"PATH": os.defpath},
        timeout=_SECONDS,
    )
    if done.ok and done.stdout.strip() == "closed":
        return ""
    said = (done.stderr.strip().splitlines() or ["it stays open"])[-1]
    return f"this system allows no network namespace: {said}"
