"""What the benchmarks share: a command with its wall time and memory, and medians."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parent.parent
_POLL_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One command: seconds of wall time, and the most memory (bytes) of its own process."""

    seconds: float
    peak: int
    output: str


def run(
    words: Sequence[str | Path], *, cwd: Path, variables: Mapping[str, str] | None = None
) -> Measured:
    """Run a command and measure it; end the benchmark where it fails."""
    peak = 0
    begun = time.monotonic()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        process = subprocess.Popen(
            [os.fspath(word) for word in words],
            cwd=cwd,
            env={**os.environ, **(variables or {})},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        while process.poll() is None:
            peak = max(peak, _high_water(process.pid))
            time.sleep(_POLL_SECONDS)
        spent = time.monotonic() - begun
        said.seek(0)
        output = said.read()
    if process.returncode != 0:
        sys.exit(f"{words} ended with {process.returncode}:\n{output[-3000:]}")
    return Measured(seconds=spent, peak=peak, output=output)


def _high_water(pid: int) -> int:
    """Return the most memory that a process has had, its children not counted."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(found[0]) * 1024 if found else 0


def tfcompat(*words: str | Path, cwd: Path, variables: Mapping[str, str] | None = None) -> Measured:
    """Run a command of this checkout in a folder."""
    paths = {"PYTHONPATH": os.fspath(ROOT), **(variables or {})}
    return run([sys.executable, "-m", "tfcompat", *words], cwd=cwd, variables=paths)


def spread(values: Sequence[float], digits: int = 1) -> str:
    """Return minimum, median and maximum."""
    three = (min(values), statistics.median(values), max(values))
    return " / ".join(f"{value:.{digits}f}" for value in three)
