"""The program that runs one cell for a worker: a request comes in, lines of JSON go out.

It ends with its input, which its worker holds open: however the worker ends, what it runs is ended
tidily, and its folders are removed. https://man7.org/linux/man-pages/man2/pr_set_pdeathsig.2const.html
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import IO, TYPE_CHECKING

from tfcompat.errors import InterruptedRunError
from tfcompat.execution.launcher._tfcompat_launcher.system import PR_SET_PDEATHSIG, prctl
from tfcompat.execution.remote_cell import fulfil
from tfcompat.util import processes
from tfcompat.util.files import strict_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfcompat.results.schema import CellResult

LENGTH = 8
"""The bytes before each part of the input, which say how long it is."""


class Reporter:
    """Writes what is being done to the cell, a line for each call."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._lock = threading.Lock()

    def write(self, line: bytes) -> None:
        """Write a line at once; where nobody reads it any more, the end is near anyway."""
        with self._lock:
            self._out.write(line + b"\n")
            self._out.flush()

    def _report(self, call: str, *arguments: str | int) -> None:
        self.write(strict_json({"call": call, "arguments": arguments}).encode())

    def say(self, line: str) -> None:
        """Report a line for the user."""
        self._report("say", line)

    def begin(self, identifiers: Sequence[str], stored: Sequence[str] = ()) -> None:
        """Report nothing: the cells are counted by the command."""

    def stage(self, identifier: str, what: str, total: int = 0) -> None:
        """Report what is being done."""
        self._report("stage", identifier, what, total)

    def running(self, identifier: str, number: int, total: int) -> None:
        """Report that a round of runs begins."""
        self._report("running", identifier, number, total)

    def ran(self, identifier: str, test: str) -> None:
        """Report that a run has ended."""
        self._report("ran", identifier, test)

    def left(self, identifier: str) -> None:
        """Report that nothing more is done."""
        self._report("left", identifier)

    def finished(self, cell: CellResult) -> None:
        """Report nothing: the command judges the cell."""


def _interrupt(number: int, frame: object) -> None:
    del frame
    # A second one would break off the tidy end that the first one began.
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _part(stream: IO[bytes]) -> bytes:
    return stream.read(int.from_bytes(stream.read(LENGTH), "big"))


def _end_with(stream: IO[bytes]) -> None:
    """Interrupt this program when its input ends."""
    stream.read()
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> int:
    """Fulfil the request that the input holds; return the exit code."""
    reporter = Reporter(os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)
    signal.signal(signal.SIGTERM, _interrupt)
    prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    executor = ThreadPoolExecutor(1)
    try:
        request, study = _part(sys.stdin.buffer), _part(sys.stdin.buffer)
        threading.Thread(target=_end_with, args=[sys.stdin.buffer], daemon=True).start()
        line = executor.submit(fulfil, request, study, reporter).result()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        reporter.write(line)
    except (KeyboardInterrupt, InterruptedRunError):
        processes.interrupt()
        return InterruptedRunError.exit_code
    finally:
        executor.shutdown()
    return 0


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # The thread that waits for the end of the input holds its lock, which a usual end waits for.
    os._exit(code)
