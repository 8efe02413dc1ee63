"""Which Pythons are fetched, and when one that could not be is tried again."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from tfcompat.execution.provision import FetchAttempts

if TYPE_CHECKING:
    from pathlib import Path


def test_attempts_are_those_of_late(tmp_path: Path) -> None:
    attempts = FetchAttempts(tmp_path / "results")
    assert attempts.read() == {}
    attempts.store({"3.8": None, "3.5": "no download found"})
    assert FetchAttempts(tmp_path / "results").read() == {"3.8": None, "3.5": "no download found"}
    path = tmp_path / "results" / ".state" / "fetched.json"
    before = time.time() - 3600
    os.utime(path, (before, before))
    assert attempts.read() == {}


def test_damaged_attempts_are_none(tmp_path: Path) -> None:
    attempts = FetchAttempts(tmp_path)
    attempts.store({"3.8": None})
    for text in ("[]", "{"):
        (tmp_path / ".state" / "fetched.json").write_text(text, encoding="utf-8")
        assert attempts.read() == {}
