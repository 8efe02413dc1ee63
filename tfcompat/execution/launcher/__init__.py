"""The launcher: the one program of this project that runs inside a cell's environment."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from tfcompat.execution.launcher._tfcompat_launcher.protocol import PROTOCOL

__all__ = ["LAUNCHER", "PROTOCOL", "PYTEST_RUNNER", "content_hash", "launcher_files"]

LAUNCHER = Path(__file__).with_name("launcher.py")
"""The file to start with a cell's interpreter; it reads nothing outside of its own folder."""


PYTEST_RUNNER = LAUNCHER.with_name("pytest_runner.py")
"""The script that a run of a file of tests is."""


def launcher_files() -> list[Path]:
    """Return the source files that the launcher is made of, in a fixed order."""
    return [
        LAUNCHER,
        LAUNCHER.with_name(PYTEST_RUNNER.name),
        *sorted(LAUNCHER.with_name("_tfcompat_launcher").glob("*.py")),
    ]


@cache
def content_hash() -> str:
    """SHA-256 of the launcher's files and their names, part of what identifies a run."""
    digest = hashlib.sha256()
    for path in launcher_files():
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()
