"""The launcher: the one file of this project that runs inside a cell's environment.

Beside it, the overlay under which it is started.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launcher.py")
"""The file to start with a cell's interpreter; its docstring is the protocol."""

OVERLAY = Path(__file__).with_name("overlay.py")
"""The file that puts an overlay over an environment and then becomes the launcher."""

PROTOCOL = 2
"""The version of that protocol, which the launcher's ``ready`` event states too."""


@cache
def content_hash() -> str:
    """SHA-256 of the launcher, part of what identifies a run."""
    return hashlib.sha256(LAUNCHER.read_bytes()).hexdigest()
