"""What it costs to watch a run: scripts as they are and as they are watched, on some Pythons.

    python benchmarks/recording.py PYTHON ... [--script FILE --root MODULE]

Without a script it is the worst case: a loop that reads a million attributes and does nothing else.
Each is run three times, in turn; the least seconds of whole processes are printed.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

from tfcompat.breaks.recording import recorder
from tfcompat.breaks.watched import RECORDER, watched

LOOP = b"""
class Point:
    def __init__(self): self.x = 1
point = Point()
total = 0
for _ in range(1000000):
    total += point.x
print(total)
"""
ROUNDS = 3


def seconds(python: str, script: Path) -> tuple[float, bytes]:
    """Return how long a script takes, and what it prints."""
    begun = time.perf_counter()
    done = subprocess.run([python, script], capture_output=True, check=True)
    return time.perf_counter() - begun, done.stdout


def main() -> None:
    """Print a row for each Python."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pythons", nargs="+", metavar="PYTHON")
    parser.add_argument("--script", type=Path)
    parser.add_argument("--root", default="decimal", help="the top module of the library")
    parsed = parser.parse_args()
    source = parsed.script.read_bytes() if parsed.script else LOOP
    with tempfile.TemporaryDirectory() as name:
        plain, changed = Path(name, "plain.py"), Path(name, "watched.py")
        plain.write_bytes(source)
        changed.write_bytes(watched(source).source)
        Path(name, f"{RECORDER}.py").write_bytes(recorder([parsed.root], []))
        for python in parsed.pythons:
            rounds = [(seconds(python, plain), seconds(python, changed)) for _ in range(ROUNDS)]
            before, after = (min(one[side][0] for one in rounds) for side in (0, 1))
            same = "the same output" if rounds[0][0][1] == rounds[0][1][1] else "OTHER OUTPUT"
            print(f"{python}  {before:.2f} s as it is, {after:.2f} s watched, {same}")


if __name__ == "__main__":
    main()
