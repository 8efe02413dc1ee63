"""Measure the memory of a command whose scripts print much that never is the same.

    python benchmarks/noisy.py [LINES [SCRIPTS]]

A study of one tiny package: a script (or so many of them) prints so many lines (45,000) of numbers
by chance, in three releases, so each is repeated until chance is told from change. Prints the most
runs of each cell, and the most memory that the command itself held, without its runs.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

SCRIPT = """
import random
import six

rows = random.Random()
for step in range({lines}):
    print("step", step, "loss %.6f accuracy %.4f" % (rows.random(), rows.random()))
"""
STUDY = """
analysis:
  dependency: six
  tests: [{names}]
  versions: [1.14.0, 1.15.0, 1.16.0]
  baselines: {{{baselines}}}
"""
COMMAND = """
import resource, sys
from tfcompat.cli.main import main
code = main(["run"])
print("PEAK", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
sys.exit(code)
"""


def main(lines: int, scripts: int) -> None:
    """Run the study, and print what it took."""
    names = [f"noisy{number}.py" for number in range(scripts)]
    study = STUDY.format(
        names=", ".join(names), baselines=", ".join(f"{name}: 1.15.0" for name in names)
    )
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            (Path(folder) / name).write_text(SCRIPT.format(lines=lines), encoding="utf-8")
        (Path(folder) / "caliper.yaml").write_text(study, encoding="utf-8")
        words = [sys.executable, "-c", COMMAND]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stderr)
        for path in sorted(Path(folder).glob("results/*.json")):
            tests = json.loads(path.read_text(encoding="utf-8"))["tests"]
            found = sorted({tests[name]["verdict"] for name in names})
            runs = max(1 + len(tests[name]["runs"]) for name in names)
            size = path.stat().st_size / 1e6
            print(f"{path.stem}: {', '.join(found)}, {runs} runs, file {size:.1f} MB")
    peak = next(line for line in done.stdout.splitlines() if line.startswith("PEAK"))
    print(f"most memory of the command: {int(peak.split()[1]) / 1024:.0f} MB")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*given, *(45_000, 1)[len(given) :])
