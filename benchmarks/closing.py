"""What it costs a launcher that network and files are closed to its runs, in milliseconds.

    python benchmarks/closing.py [--repeats N]

Starts this Python as it is, and in the namespaces; prints the least and the middle time of each.
A cell starts one launcher for each round of its runs, so this is what a round costs more.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tfcompat.environments import namespaces
from tfcompat.environments.namespaces import Closed
from tfcompat.environments.overlayfs import Overlay
from tfcompat.util import processes


def main() -> None:
    """Print a row for each way to start a program."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=30, metavar="N")
    repeats = parser.parse_args().repeats
    program: list[str | Path] = [sys.executable, "-I", "-S", "-c", "pass"]
    with tempfile.TemporaryDirectory(dir=Path.home()) as name:
        folder = Path(name)
        for one in ("env", "run"):
            (folder / one).mkdir()
        prefix = Path(sys.executable).resolve().parent.parent
        hidden = namespaces.home_folders()
        files = Closed(network=True, hidden=hidden, seen=(prefix, Path(sys.executable)))
        overlay = Overlay(folder=folder)
        ways = {
            "as it is": program,
            "network closed": namespaces.command(program, network=True),
            "under an overlay": overlay.command(program),
            "all closed": overlay.wrap(program, {}, folder / "run", closed=files).command,
        }
        for way, command in ways.items():
            spent = []
            for _ in range(repeats):
                begun = time.monotonic()
                done = processes.run(
                    command, environment={"PATH": os.defpath}, cwd=folder, timeout=60
                )
                spent.append(1000 * (time.monotonic() - begun))
                if not done.ok:
                    raise SystemExit(f"{way}: {done.stderr}")
            print(f"{way:18} {min(spent):6.1f} ms  {statistics.median(spent):6.1f} ms")


if __name__ == "__main__":
    main()
