"""Runs one cell in a process of its own, for a worker that may be told to stop at any moment."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from tfcompat.errors import InterruptedRunError
from tfcompat.execution.cell_program import LENGTH
from tfcompat.execution.remote_cell import refusal_line
from tfcompat.results.verdicts import CauseKind
from tfcompat.util import processes

if TYPE_CHECKING:
    from collections.abc import Callable

# Seconds between two looks at whether the cell is still wanted.
_LOOK = 0.2
# Seconds to end all runs and remove the folders of a cell.
_GRACE = 10.0
_CHUNK = 1 << 16
_KEPT = 10_000  # bytes of its last words


def run_cell(
    request: bytes,
    study: bytes,
    *,
    report: Callable[[str, list[str | int]], None],
    stopped: Callable[[], bool],
) -> bytes:
    """Return the line with which a request is answered.

    ``report`` is given each call of a ProgressListener meanwhile. Raises InterruptedRunError once
    ``stopped`` returns true; the process and all that it has started are gone by then.
    """
    process = processes.start(
        [sys.executable, "-m", "tfcompat.execution.cell_program"],
        environment=os.environ,
        stdin=subprocess.PIPE,
    )
    writer = threading.Thread(target=_write, args=[process, request, study], daemon=True)
    writer.start()
    try:
        answer, last_words = _read(process, report, stopped)
        process.wait()
    finally:
        if process.poll() is None:
            processes.stop(process, _GRACE)
            process.wait()
        writer.join()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
    return answer or refusal_line(CauseKind.TOOL, _ending(process.returncode, last_words))


def _write(process: subprocess.Popen[bytes], *parts: bytes) -> None:
    """Write the parts of a request; the pipe stays open, since the process ends with it."""
    assert process.stdin is not None  # noqa: S101 - it was started with a pipe
    with suppress(OSError, ValueError):
        for part in parts:
            process.stdin.write(len(part).to_bytes(LENGTH, "big"))
            process.stdin.write(part)
        process.stdin.flush()


def _read(
    process: subprocess.Popen[bytes],
    report: Callable[[str, list[str | int]], None],
    stopped: Callable[[], bool],
) -> tuple[bytes, bytes]:
    """Read what a process prints to its end; return its answer and its last words."""
    answer, begun, words = b"", b"", b""
    with selectors.DefaultSelector() as selector:
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None  # noqa: S101 - it was started with both
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            if stopped():
                msg = "the cell is not wanted any more"
                raise InterruptedRunError(msg)
            for key, _ in selector.select(_LOOK):
                data = os.read(key.fd, _CHUNK)
                if not data:
                    selector.unregister(key.fileobj)
                elif key.fileobj is process.stderr:
                    words = (words + data)[-_KEPT:]
                else:
                    *lines, begun = (begun + data).split(b"\n")
                    for line in lines:
                        answer = _line(line, report) or answer
    return answer, words


def _line(line: bytes, report: Callable[[str, list[str | int]], None]) -> bytes:
    """Report what a line says; return it where it is the answer."""
    if not line.startswith(b'{"call":'):
        return line
    content = json.loads(line)
    report(content["call"], content["arguments"])
    return b""


def _ending(returncode: int | None, words: bytes) -> str:
    """Return how a process ended that gave no answer."""
    how = f"signal {-returncode}" if returncode and returncode < 0 else f"exit code {returncode}"
    last = words.decode("utf-8", "replace").strip().splitlines()[-1:]
    return f"the process of the cell ended with {how}{''.join(f': {line}' for line in last)}"
