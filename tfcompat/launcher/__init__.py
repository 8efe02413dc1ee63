"""The launcher: the one file of this project that runs inside a cell's environment."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launcher.py")
"""The file to start with a cell's interpreter; its docstring is the protocol."""

PROTOCOL = 2
"""The version of that protocol, which the launcher's ``ready`` event states too."""


@cache
def content_hash() -> str:
    """SHA-256 of the launcher, part of what identifies a run."""
    return hashlib.sha256(LAUNCHER.read_bytes()).hexdigest()
