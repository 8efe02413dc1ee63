"""The messages of the launcher: which requests are refused, and how lines are put together."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tfcompat.execution.launcher._tfcompat_launcher import protocol

if TYPE_CHECKING:
    from tfcompat.execution.launcher._tfcompat_launcher.protocol import ImportRequest, RunRequest

RUN: RunRequest = {
    "op": "run",
    "id": "7",
    "isolation": "warm",
    "python": "/env/bin/python",
    "script": "a.py",
    "module": None,
    "notebook": None,
    "figures": None,
    "args": ["-x"],
    "stdin": None,
    "cwd": "/scratch",
    "environ": {"A": "1"},
    "stdout": "/scratch/stdout",
    "stderr": "/scratch/stderr",
    "timeout": 60,
    "grace": 0.5,
    "output_limit": 1000,
    "memory_limit": None,
    "disk_limit": None,
    "folder": "/scratch",
    "cpus": [0],
}
IMPORT: ImportRequest = {
    "op": "import",
    "id": "8",
    "module": "six",
    "stdout": "/scratch/stdout",
    "stderr": "/scratch/stderr",
    "timeout": 60,
    "cpus": None,
}


def test_complete_requests_are_taken() -> None:
    protocol.check_run(RUN)
    protocol.check_import(IMPORT)


@pytest.mark.parametrize("name", [name for name in RUN if name != "op"])
def test_nothing_of_a_run_may_be_missing_or_of_another_kind(name: str) -> None:
    with pytest.raises(ValueError, match=f"'{name}' is missing"):
        protocol.check_run({key: value for key, value in RUN.items() if key != name})
    for wrong in ({}, -1, True) if name != "environ" else ([], {"A": 1}, None):
        with pytest.raises(ValueError, match=f"'{name}' must be "):
            protocol.check_run({**RUN, name: wrong})


@pytest.mark.parametrize("name", [name for name in IMPORT if name != "op"])
def test_nothing_of_an_import_may_be_missing_or_of_another_kind(name: str) -> None:
    with pytest.raises(ValueError, match=f"'{name}' is missing"):
        protocol.check_import({key: value for key, value in IMPORT.items() if key != name})
    with pytest.raises(ValueError, match=f"'{name}' must be "):
        protocol.check_import({**IMPORT, name: -1})


def test_what_is_not_known_of_an_end_stands_for_a_run_that_did_not_start() -> None:
    event = protocol.finished_event(RUN, error="why")
    assert (event["id"], event["isolation"], event["error"]) == ("7", "warm", "why")
    assert (event["retval"], event["ended_by"]) == (127, "exit")


def test_lines_are_complete_ones() -> None:
    reading, writing = os.pipe()
    lines = protocol.Lines(reading)
    protocol.write_event(writing, {"event": "started", "id": "ü"})
    os.write(writing, b"half")
    (line,) = lines.read() or [b""]
    assert json.loads(line) == {"event": "started", "id": "ü"}
    os.write(writing, b" a line\n")
    assert lines.read() == [b"half a line"]
    os.close(writing)
    assert lines.read() is None
    os.close(reading)
