"""Time reading: stored runs are loaded, judged anew, written out and reported; seconds and memory.

    python benchmarks/reading.py [RUNS ... | images]

Makes up folders of the original caliper's files (default: some 1,000, 10,000, 20,000 and 100,000
runs), and for each prints what `tfcompat import` takes (which loads, judges and writes every run),
what the report's page takes, and the most memory of each, by itself in a process. With ``images``
the folder is one of 282 files of three scripts, each of which prints an array of 28 by 28 numbers
that are never the same, as noisy training does.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from caliper_folder import CaliperFolder, Script, Size

SCRIPTS = 43
COMMANDS = {
    "import": "from tfcompat.cli.main import main; "
    "main(['import', {source!r}, '--results', {results!r}])",
    "page": "from pathlib import Path; from tfcompat.report.render import write_page; "
    "write_page([Path({results!r})], Path({page!r}))",
}


def measured(code: str) -> tuple[float, float]:
    """Return the seconds and the most megabytes that some Python takes in a process of its own."""
    last = "import resource, sys; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{last}"], capture_output=True, text=True, check=True
    )
    return time.monotonic() - begun, int(done.stdout.split()[-1]) / 1000


class ImageFolder(CaliperFolder):
    """A folder of runs that print images."""

    def run(self, name: str, script: Script, release: int) -> dict[str, Any]:
        """Return what a run printed and how it ended; each prints another image."""
        chance = random.Random(f"{name} {script.path}")
        rows = (" ".join(f"{chance.random():.8f}" for _ in range(28)) for _ in range(28))
        image = "[[" + "]\n [".join(rows) + "]]\n"
        return {
            **super().run(name, script, release),
            "output": image.splitlines(keepends=True),
            "retval": 0,
        }


def report(source: CaliperFolder) -> None:
    """Print what it takes to read a folder of caliper's files."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source.write(folder / "source")
        stored = sum(path.stat().st_size for path in (folder / "source").iterdir())
        files, scripts = len(source.cells()), len(source.scripts)
        said = [f"{files} cells, {files * scripts} runs, {stored / 1e6:.0f} MB"]
        places = {part: str(folder / part) for part in ("source", "results", "page")}
        for what, code in COMMANDS.items():
            seconds, megabytes = measured(code.format(**places))
            said.append(f"{what} {seconds:.1f} s, {megabytes:.0f} MB")
        print("; ".join(said), flush=True)


def main() -> None:
    """Print a line for each number of runs."""
    if sys.argv[1:] == ["images"]:
        size = Size(releases=41, scripts=3, files=282, no_wheel=0, build_failed=0)
        report(ImageFolder(size))
        return
    for runs in [int(word) for word in sys.argv[1:]] or [1_000, 10_000, 20_000, 100_000]:
        cells = -(-runs // SCRIPTS)
        size = Size(releases=-(-cells // 7), files=cells, no_wheel=0, build_failed=0)
        report(CaliperFolder(size))


if __name__ == "__main__":
    main()
