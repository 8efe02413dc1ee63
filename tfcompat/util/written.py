"""How much a process writes: https://docs.kernel.org/filesystems/proc.html, ``/proc/PID/io``."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def written_by(pid: int) -> int:
    """Return how many bytes a process and those below it have written so far, pipes included.

    Those that have ended do not count, and nothing does where the system does not tell.
    """
    total, waiting = 0, [pid]
    while waiting:
        folder = Path("/proc", str(waiting.pop()))
        with suppress(OSError, ValueError):
            lines = (folder / "io").read_text(encoding="ascii").splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("wchar:"))
        with suppress(OSError, ValueError):
            for thread in (folder / "task").iterdir():
                below = (thread / "children").read_text(encoding="ascii")
                waiting.extend(map(int, below.split()))
    return total
