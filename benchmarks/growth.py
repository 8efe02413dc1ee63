"""How the cost grows with cells, with examples and with output; and the orchestrator's memory.

    python benchmarks/growth.py

Cells of a tiny package (six), so that what is measured is tfcompat itself. One thing grows at a
time; caches are warm.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import measure

from tfcompat.util import folders

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
RELEASES = (
    "1.4.1", "1.5.0", "1.5.1", "1.5.2", "1.6.0", "1.6.1", "1.7.0", "1.7.1", "1.7.2", "1.7.3",
    "1.8.0", "1.9.0", "1.10.0", "1.11.0", "1.12.0", "1.13.0", "1.14.0", "1.15.0", "1.16.0",
    "1.17.0",
)  # fmt: skip


def once(cells: int, examples: int, size: int, kept: int = 1_000_000) -> measure.Measured:
    """Evaluate a study of this size from nothing; ``size`` is what each run prints, in bytes."""
    with tempfile.TemporaryDirectory(dir=folders.cache_folder()) as name:
        folder = Path(name)
        (folder / "tests").mkdir()
        line = f"step {{i}} loss {{i / 7:.6f}} {'x' * 60}"
        script = f"import six\nfor i in range({max(1, size // 80)}):\n    print(f{line!r})\n"
        for number in range(examples):
            text = f"# {number}\n{script}"
            (folder / "tests" / f"t{number:03}.py").write_text(text, encoding="utf-8")
        (folder / "caliper.yaml").write_text(
            f"analysis:\n  dependency: six\n  versions: [{', '.join(RELEASES[-cells:])}]\n"
            f"  python_versions: [{HERE}]\n  tests: ['tests/*.py']\n  output: {kept}\n"
            "  repeats: 2\n  baselines: {tests: 1.17.0}\n",
            encoding="utf-8",
        )
        return measure.tfcompat("run", cwd=folder)


def main() -> None:
    """Print a row for each size."""
    print(f"{os.cpu_count()} cores; seconds of the whole command, orchestrator's memory")
    once(20, 1, 10)
    rows = [
        *(("cells", f"{n}", (n, 10, 1000)) for n in (1, 5, 20)),
        *(("examples", f"{n}", (2, n, 1000)) for n in (10, 69, 500)),
        *(("output of a run", f"{n / 1e3:.0f} kB", (2, 5, n)) for n in (10**3, 10**6, 10**8)),
        ("all of it kept", "100 MB", (1, 1, 10**8, 10**8)),
        ("cells and examples", "20 x 69", (20, 69, 10_000)),
    ]
    most = 0
    for what, number, size in rows:
        measured = once(*size)
        most = max(most, measured.peak)
        print(f"{what:20} {number:>10} {measured.seconds:8.1f} s {measured.peak / 1e6:6.0f} MB",
              flush=True)  # fmt: skip
    print(f"most memory: {most / 1e6:.0f} MB")


if __name__ == "__main__":
    sys.exit(main())
