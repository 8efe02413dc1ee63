"""Bytecode that an interpreter compiled while it imported the library, kept for later environments.

Importing TensorFlow 2 compiles some 2500 modules, which takes longer than running them. What a
launcher's import has compiled, before any script ran, becomes a layer below later overlays of the
same packages and the same interpreter. Python itself rejects bytecode that does not fit its source
(https://docs.python.org/3/reference/import.html#cached-bytecode-invalidation).
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


def layer_for(cache: Path, environment: Path, lock: str, interpreter: Interpreter) -> Path:
    """Return the folder in which the bytecode of an environment is kept; it need not exist yet.

    Bytecode holds the time of its source: packages that were unpacked again get another folder.
    """
    times = sorted(
        (path.parent.name, path.stat().st_mtime_ns)
        for path in environment.glob("lib/python*/site-packages/*.dist-info/METADATA")
    )
    parts = [lock, json.dumps(interpreters.as_json(interpreter), sort_keys=True), repr(times)]
    return cache / "bytecode" / hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def is_intact(layer: Path) -> bool:
    """Tell whether a layer is there and holds what was kept; a damaged one is removed.

    Python does not doubt bytecode of the right time: half a file would fail every import.
    """
    if not layer.exists():
        return False
    try:
        kept = json.loads(_digests_of(layer).read_text(encoding="utf-8"))
        if kept == _digests(layer):
            return True
    except (OSError, ValueError):
        pass
    files.remove(layer)
    return False


def _digests_of(layer: Path) -> Path:
    # Not in the layer, where runs would see it.
    return layer.parent.with_name("bytecode-digests") / f"{layer.name}.json"


def _digests(layer: Path) -> dict[str, str]:
    return {
        path.relative_to(layer).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in layer.rglob("*")
        if path.is_file()
    }


def keep(written: Path, layer: Path) -> None:
    """Copy the bytecode below ``written`` to the folder ``layer``, unless that is there already."""
    compiled = [path for path in written.rglob("*.pyc") if path.parent.name == "__pycache__"]
    if not compiled or layer.exists():
        return
    unfinished = layer.with_name(f"{layer.name}-{secrets.token_hex(4)}")
    try:
        for path in compiled:
            target = unfinished / path.relative_to(written)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
        files.write_text(_digests_of(layer), json.dumps(_digests(unfinished)))
        unfinished.rename(layer)
    except OSError:
        # Another process was quicker, or the disk is full: only time is lost.
        if unfinished.exists():
            files.remove(unfinished)
