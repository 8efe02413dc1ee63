"""A launcher as the orchestrator uses it, in the interpreters of this machine."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tfcompat.execution.launcher import LAUNCHER

if TYPE_CHECKING:
    from collections.abc import Callable

    Event = dict[str, Any]

on_linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the launcher's guarantees hold on Linux"
)


def interpreters() -> list[str]:
    """One path for each interpreter: the one of these tests, and all that pyenv has."""
    found = [Path(sys.executable), *Path.home().glob(".pyenv/versions/*/bin/python")]
    return sorted({str(path.resolve()): str(path) for path in reversed(found)}.values())


def ends() -> list[str]:
    """The oldest and the newest of each major version, and the one of these tests."""
    found = interpreters()
    if os.environ.get("TFCOMPAT_INTERPRETERS") == "all":
        return found
    by_major: dict[int, list[tuple[tuple[int, ...], str]]] = {}
    for path in found:
        version = version_of(path)
        by_major.setdefault(version[0], []).append((version, path))
    chosen = {Path(sys.executable).resolve()}
    for entries in by_major.values():
        chosen |= {Path(path).resolve() for _, path in (min(entries), max(entries))}
    return [path for path in found if Path(path).resolve() in chosen]


def version_of(path: str) -> tuple[int, ...]:
    """Return the version of an interpreter: our own, or as pyenv names its folder."""
    if path == sys.executable:
        return sys.version_info[:3]
    return tuple(int(part) for part in re.findall(r"\d+", Path(path).parent.parent.name))


# For what a launcher is most likely to do otherwise on some Python between them.
everywhere = pytest.mark.parametrize("python", interpreters(), indirect=True)


class Session:
    """A launcher, as the orchestrator uses it."""

    def __init__(self, python: str, folder: Path, **variables: str) -> None:
        self.python = python
        self.folder = folder
        # As those of runs: standard streams are made by it once, also those of warm runs.
        hostile = ("PYTHONUNBUFFERED", "PYTHONIOENCODING", "PYTHONDONTWRITEBYTECODE")
        environment = {k: v for k, v in os.environ.items() if k not in hostile}
        environment |= {"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "utf-8", **variables}
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [python, str(LAUNCHER)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
                bufsize=0,
                env=environment,
            )
        self.rest = b""
        self.ready = self.hear("ready")

    def say(self, request: object) -> None:
        self.write(json.dumps(request).encode() + b"\n")

    def write(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)

    def run(self, code: str, name: str = "1", **changes: object) -> None:
        """Request a run of this code."""
        script = self.folder / f"script-{name}.py"
        script.write_text("# coding: utf-8\n" + textwrap.dedent(code), encoding="utf-8")
        request: dict[str, object] = {
            "op": "run",
            "id": name,
            "isolation": "fresh",
            "python": self.python,
            "script": str(script),
            "module": None,
            "notebook": None,
            "figures": None,
            "args": [],
            "stdin": None,
            "cwd": str(self.folder),
            "environ": {"LC_ALL": "C.UTF-8"},
            "stdout": str(self.folder / f"stdout-{name}"),
            "stderr": str(self.folder / f"stderr-{name}"),
            "timeout": 20.0,
            "grace": 0.2,
            "output_limit": 100_000,
            "memory_limit": None,
            "disk_limit": None,
            "folder": str(self.folder),
            "cpus": None,
        }
        self.say(request | changes)

    def result(self, code: str, **changes: object) -> Event:
        """Run this code to its end."""
        self.run(code, "1", **changes)
        started = self.hear("started")
        assert started["id"] == "1"
        finished = self.hear("finished")
        assert finished["id"] == "1"
        assert finished["isolation"] == changes.get("isolation", "fresh")
        return finished

    def load(self, module: str) -> Event:
        """Request an import."""
        streams = {name: str(self.folder / f"import-{name}") for name in ("stdout", "stderr")}
        self.say(
            {"op": "import", "id": "i", "module": module, "timeout": 20.0, "cpus": [0]} | streams
        )
        return self.hear("imported")

    def hear(self, *kinds: str) -> Event:
        """Return the next event, which must be of one of these kinds."""
        assert self.process.stdout is not None
        while b"\n" not in self.rest:
            assert select.select([self.process.stdout], [], [], 15)[0], "no event came"
            data = self.process.stdout.read(65536)
            assert data, "the launcher is gone"
            self.rest += data
        line, self.rest = self.rest.split(b"\n", 1)
        event: Event = json.loads(line)
        assert event["event"] in kinds, event
        return event

    def output(self, stream: str = "stdout", name: str = "1") -> bytes:
        return (self.folder / f"{stream}-{name}").read_bytes()

    def pids(self, count: int) -> list[int]:
        """Return the process numbers that scripts left in files, when that many are there."""
        found: list[int] = []

        def complete() -> bool:
            found[:] = [int(path.suffix[1:]) for path in self.folder.glob("pid.*")]
            return len(found) >= count

        wait_until(complete)
        return found

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        self.process.wait(20)
        self.process.stdout.close()


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def gone(pids: list[int]) -> bool:
    return not any(alive(pid) for pid in pids)


def install(module: str, text: str, base: Path) -> None:
    """Write a module where a Python finds it that has PYTHONUSERBASE and is no virtualenv."""
    for minor in ("2.7", *(f"3.{number}" for number in range(6, 30))):
        place = base / "lib" / f"python{minor}" / "site-packages"
        place.mkdir(parents=True)
        (place / f"{module}.py").write_text(text, encoding="utf-8")
