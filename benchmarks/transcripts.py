"""How fast output becomes a transcript, in how much memory, and how fast transcripts are compared.

    python benchmarks/transcripts.py [MEGABYTES]

Every kind of output is written to a file and read line by line, as a run's output is where it does
not fit into memory. Peak memory is the process's own, in a process for each kind.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tfcompat.judging.output.compare import compare_outputs
from tfcompat.judging.output.masks import load_masks
from tfcompat.judging.output.run_values import RunTime
from tfcompat.judging.output.tolerance import Tolerance
from tfcompat.judging.output.transcript import iter_lines, parse

RUN = RunTime.of("2021-01-05T10:20:10+00:00", 30)
KINDS = {
    "training": lambda i, r: f"step {i} loss {r.random():.6f} accuracy {r.random():.4f}\n",
    "keras": lambda i, r: f"{i}/99999 [=====>....] - ETA: {i % 60}s - loss: {r.random():.4f}\n",
    "arrays": lambda _, r: f"[[{r.random():.8f}  {r.random():.8f}]\n [{r.random():.8f} -1.]]\n",
    "dicts": lambda i, r: f"{{'loss': {r.random():.6f}, 'step': {i}, u'name': 'net'}}\n",
    "clocks": lambda i, r: f"2021-01-05 10:20:{i % 60:02} step {i} took {r.random():.3f} s\n",
    "prose": lambda _, r: " ".join(r.choices(["rain", "on", "the", "roof"], k=12)) + "\n",
}


def one(kind: str, megabytes: float) -> None:
    """Measure one kind of output, and print its row."""
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "output"
        written = count = 0
        with path.open("w", encoding="utf-8") as file:
            while written < megabytes * 1e6:
                written += file.write(KINDS[kind](count, chance))
                count += 1
        masks = load_masks()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begun = time.perf_counter()
        with path.open(encoding="utf-8") as file:
            lines = sum(1 for _ in iter_lines(file, masks, run=RUN))
        spent = time.perf_counter() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        # What is kept of a run is a megabyte at most, unless the study asks for more.
        text = path.read_text(encoding="utf-8")[:1_000_000]
    runs = [parse(text, masks), parse(text[: len(text) // 2] + "x" + text[len(text) // 2 :], masks)]
    begun = time.perf_counter()
    compare_outputs(runs[:1], runs[1:], Tolerance())
    compared = time.perf_counter() - begun
    print(
        f"{kind:10}{written / 1e6:8.0f}{lines:11}{written / 1e6 / spent:8.1f}"
        f"{(peak - before) / 1024:10.1f}{compared:14.2f}"
    )


def main() -> None:
    """Print the table; every kind in a process of its own."""
    if len(sys.argv) == 3:
        one(sys.argv[1], float(sys.argv[2]))
        return
    megabytes = sys.argv[1] if len(sys.argv) > 1 else "100"
    print(f"{'output':10}{'MB':>8}{'lines':>11}{'MB/s':>8}{'MB more':>10}{'compare 1 MB':>14}")
    for kind in KINDS:
        subprocess.run([sys.executable, __file__, kind, megabytes], check=True)


if __name__ == "__main__":
    main()
