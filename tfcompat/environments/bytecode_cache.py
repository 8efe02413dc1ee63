"""What an interpreter compiled while it imported the library, kept for the next environment.

Importing TensorFlow 2 compiles some 2500 modules, which takes longer than running them. What a
launcher's import has compiled, before any script ran, is a layer of later overlays of the same
packages and the same interpreter. Python itself rejects what does not fit its source.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from typing import TYPE_CHECKING

from tfcompat.environments import interpreters
from tfcompat.util import files

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.environments.interpreter_record import Interpreter


def layer(cache: Path, environment: Path, lock: str, interpreter: Interpreter) -> Path:
    """Return the folder in which the bytecode of an environment is kept, if it is.

    Bytecode holds its source's time: packages that were unpacked again get another folder.
    """
    times = sorted(
        (path.parent.name, path.stat().st_mtime_ns)
        for path in environment.glob("lib/python*/site-packages/*.dist-info/METADATA")
    )
    parts = [lock, json.dumps(interpreters.as_json(interpreter), sort_keys=True), repr(times)]
    return cache / "bytecode" / hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def keep(written: Path, layer: Path) -> None:
    """Keep what has been compiled so far, unless a layer is there."""
    found = [path for path in written.rglob("*.pyc") if path.parent.name == "__pycache__"]
    if not found or layer.exists():
        return
    fresh = layer.with_name(f"{layer.name}-{secrets.token_hex(4)}")
    try:
        for path in found:
            target = fresh / path.relative_to(written)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
        fresh.rename(layer)
    except OSError:
        # Another process was quicker, or the disk is full: it is no loss but of time.
        if fresh.exists():
            files.remove(fresh)
