"""The commands that work on a campaign right now: what each has to do, noted while it does."""

from __future__ import annotations

import datetime as dt
import json
import os
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from tfcompat.results.campaign import STATE
from tfcompat.util.files import write_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class RunningCommand:
    """A command that evaluates ``cells`` (identifiers) with ``tests``, since ``started``."""

    started: dt.datetime
    cells: tuple[str, ...]
    tests: tuple[str, ...]


def _folder(results: Path) -> Path:
    return results / STATE / "commands"


@contextmanager
def noted(results: Path, cells: Sequence[str], tests: Sequence[str]) -> Iterator[None]:
    """Note what this process has to do in a results folder, until the block ends.

    Where it is killed, its lock tells others that the note means nothing any more. What cannot be
    written is left out: it is for those who look on.
    """
    path = _folder(results) / f"{os.getpid()}.json"
    lock = FileLock(path.with_suffix(".lock"))
    with suppress(OSError, Timeout):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
        started = dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds")
        write_json(path, {"started": started, "cells": list(cells), "tests": list(tests)})
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)
            lock.release()
            path.with_suffix(".lock").unlink(missing_ok=True)


def running(results: Path) -> tuple[RunningCommand, ...]:
    """Return the commands that work on a results folder, the oldest first."""
    found = []
    for path in sorted(_folder(results).glob("*.json")):
        if not _is_held(path.with_suffix(".lock")):
            continue
        with suppress(OSError, ValueError, KeyError, TypeError):
            content = json.loads(path.read_bytes())
            found.append(
                RunningCommand(
                    started=dt.datetime.fromisoformat(content["started"]),
                    cells=tuple(map(str, content["cells"])),
                    tests=tuple(map(str, content["tests"])),
                )
            )
    return tuple(sorted(found, key=lambda command: command.started))


def _is_held(path: Path) -> bool:
    """Tell whether a process holds a lock file."""
    if not path.exists():
        return False
    lock = FileLock(path)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return True
    except OSError:
        return False
    lock.release()
    return False
