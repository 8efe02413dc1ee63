"""Regular expressions of users, each match within a time limit.

Python's ``re`` cannot be stopped, and keeps all other threads waiting: one pattern such as
``(x+x+)+y`` would hang the command beyond Ctrl-C (https://docs.python.org/3/howto/regex.html). So
they are matched in a process of their own, by the same ``re``.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.errors import UserError
from tfcompat.util import processes

if TYPE_CHECKING:
    from subprocess import Popen

LIMIT = 5.0
"""Seconds that one pattern may take on one line."""

# So many answers are remembered: most lines come again, in another run.
_REMEMBERED = 20_000
# Longer lines are not.
_LONGEST_REMEMBERED = 2_000


@dataclass(frozen=True)
class UserPattern:
    """A pattern that a user wrote, valid by itself; ``where`` is the key of the study it is at."""

    where: str
    pattern: str

    def search(self, text: str) -> bool:
        """Tell whether it is found in a text; raise UserError where that takes too long."""
        return bool(self._ask(None, text))

    def sub(self, replacement: str, text: str) -> str:
        """Return a text with every match replaced; raise UserError where that takes too long."""
        return str(self._ask(replacement, text))

    def _ask(self, replacement: str | None, text: str) -> bool | str:
        try:
            if len(text) > _LONGEST_REMEMBERED:
                return _matcher.ask(self.pattern, replacement, text)
            return _remembered(self.pattern, replacement, text)
        except TimeoutError:
            msg = (
                f"{self.where}: the pattern {self.pattern!r} takes more than {LIMIT:.0f} s on a "
                f"line of {len(text)} characters; write it without a repetition inside of another"
            )
            raise UserError(msg) from None


class _Matcher:
    """The process that matches, started when it is first needed. Any thread may ask it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: Popen[bytes] | None = None

    def ask(self, pattern: str, replacement: str | None, text: str) -> bool | str:
        """Return its answer; raise TimeoutError where it takes too long."""
        question = json.dumps([pattern, replacement, text]).encode() + b"\n"
        with self._lock:
            answer = self._answer(question) or self._answer(question)
        if answer is None:
            processes.raise_if_interrupted()
            msg = "the process that matches patterns ends by itself"
            raise UserError(msg)
        found: bool | str = json.loads(answer)
        return found

    def _answer(self, question: bytes) -> bytes | None:
        """Return a line of answer; None where the process has ended, as on an interrupt."""
        process = self._running()
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stdout is not None  # noqa: S101
        try:
            process.stdin.write(question)
            process.stdin.flush()
            return _read_line(process.stdout.fileno(), time.monotonic() + LIMIT)
        except BrokenPipeError:
            return None
        except TimeoutError:
            self.close()
            raise

    def close(self) -> None:
        """End the process, if there is one; the next question starts another."""
        process, self._process = self._process, None
        if process is not None:
            processes.stop(process, grace=0)
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(BrokenPipeError):
                    if pipe is not None:
                        pipe.close()

    def _running(self) -> Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._process is None:
            program = Path(__file__).with_name("pattern_program.py")
            self._process = processes.start(
                [sys.executable, "-I", program],
                environment={},
                stdin=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process


def _read_line(file: int, deadline: float) -> bytes | None:
    """Return the next line of a pipe, None at its end; raise TimeoutError after the deadline."""
    parts: list[bytes] = []
    with selectors.DefaultSelector() as selector:
        selector.register(file, selectors.EVENT_READ)
        while not (parts and parts[-1].endswith(b"\n")):
            if not selector.select(max(0.0, deadline - time.monotonic())):
                raise TimeoutError
            part = os.read(file, 1 << 16)
            if not part:
                return None
            parts.append(part)
    return b"".join(parts)


_matcher = _Matcher()


@lru_cache(maxsize=_REMEMBERED)
def _remembered(pattern: str, replacement: str | None, text: str) -> bool | str:
    return _matcher.ask(pattern, replacement, text)
