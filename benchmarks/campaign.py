"""The same cells and scripts by a plain noxfile and by tfcompat, in turn, with warm caches.

    python benchmarks/campaign.py [--repeats 3] [RELEASE ...]

The plain way is what one writes by hand: for each cell a virtual environment, ``pip install`` of
exactly what tfcompat installs there, then one fresh process a script, one after the other. Both
sides run every example once (no baseline is named, so nothing is confirmed); before the first
measurement both have built each environment once. The last table holds one command with all cells
against its limit: (one import a cell + the scripts' own processor seconds) / cores + the first
build, which nothing can hide. A script's own seconds are those of its run less those of an empty
script, which is run in each cell as well.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import measure
from measure import ROOT, spread

from tfcompat.environments import interpreters
from tfcompat.util import folders, host

EMPTY = "examples/tensorflow_v1/1_Introduction/empty.py"
RELEASES = ("1.4.1", "1.15.5", "2.4.4", "2.12.1", "2.21.0")


def study(folder: Path) -> Path:
    """Copy the examples, and an empty one, beside a study without baselines; return its folder."""
    shutil.copytree(ROOT / "examples", folder / "examples")
    (folder / EMPTY).touch()
    text = (ROOT / "caliper.yaml").read_text(encoding="utf-8")
    head, _, _ = text.partition("  baselines:")
    (folder / "caliper.yaml").write_text(head, encoding="utf-8")
    return folder


def by_tfcompat(folder: Path, releases: list[str], results: str) -> measure.Measured:
    """Evaluate cells with everything forgotten but the caches."""
    shutil.rmtree(folder / results, ignore_errors=True)
    chosen = [word for release in releases for word in ("--release", release)]
    return measure.tfcompat("run", "--results", results, *chosen, cwd=folder)


def cell_of(folder: Path, results: str, release: str) -> dict:
    """Return what tfcompat stored of a release."""
    (path,) = (folder / results).glob(f"pypi-tensorflow-{release}-*.json")
    return json.loads(path.read_text(encoding="utf-8"))


def plainly(folder: Path, cell: dict) -> tuple[float, float]:
    """Do the same by hand; return the seconds of the environment and of the runs."""
    environment = cell["environment"]
    found, _ = interpreters.find()
    wanted = environment["interpreter"]["version"]
    python = next(i for i in found if str(i.version) == wanted)
    home = Path(tempfile.mkdtemp(dir=folder))
    lock = home / "requirements.txt"
    lock.write_text(environment["lock"], encoding="utf-8")
    variables = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    begun = time.monotonic()
    subprocess.run([python.path, "-m", "venv", home / "env"], check=True)
    made = home / "env" / "bin" / "python"
    pip = [made, "-m", "pip", "install", "--quiet", "--no-deps", "--requirement", lock]
    subprocess.run(pip, check=True, env=variables, stderr=subprocess.DEVNULL)
    built = time.monotonic() - begun
    clean = {"PATH": os.defpath, "HOME": os.fspath(home), "CUDA_VISIBLE_DEVICES": "-1"}
    begun = time.monotonic()
    for test in (name for name in cell["tests"] if name != "build"):
        subprocess.run(
            [made, test], cwd=folder, env=clean, check=False, capture_output=True, timeout=600
        )
    ran = time.monotonic() - begun
    shutil.rmtree(home)
    return built, ran


def limit(cells: list[dict]) -> float:
    """Return the seconds below which no order of the same work can come."""
    first = min(sum(v for k, v in c["environment"]["phases"].items()
                    if k not in ("import", "compare")) for c in cells)  # fmt: skip
    work = 0.0
    for cell in cells:
        work += cell["environment"]["phases"].get("import", 0.0)
        runs = [test for name, test in cell["tests"].items() if name != "build"]
        nothing = cell["tests"][EMPTY]["cpu_seconds"]
        work += sum(max(0.0, run["cpu_seconds"] - nothing) for run in runs)
    return work / len(host.usable_cores()) + first


def main() -> None:
    """Print a row a cell, then what it comes to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("releases", nargs="*", default=RELEASES)
    parser.add_argument("--repeats", type=int, default=3)
    parsed = parser.parse_args()
    factors = []
    with tempfile.TemporaryDirectory(dir=folders.cache_folder()) as name:
        folder = study(Path(name))
        by_tfcompat(folder, list(parsed.releases), "warm-up")
        print(f"{'release':8} {'exit 0':>6} {'pip':>7} {'runs':>7} {'plain':>7}  "
              f"{'tfcompat: min / median / max':30} factor")  # fmt: skip
        for release in parsed.releases:
            cell = cell_of(folder, "warm-up", release)
            plainly_built = plainly_ran = 0.0
            times = []
            for number in range(parsed.repeats):
                times.append(by_tfcompat(folder, [release], "one").seconds)
                if number == 0:
                    plainly_built, plainly_ran = plainly(folder, cell)
            plain = plainly_built + plainly_ran
            factors.append(plain / sorted(times)[len(times) // 2])
            passing = sum(t.get("retval") == 0 for n, t in cell["tests"].items() if n != "build")
            print(f"{release:8} {passing:6} {plainly_built:7.1f} {plainly_ran:7.1f} {plain:7.1f}  "
                  f"{spread(times):30} {factors[-1]:.1f}", flush=True)  # fmt: skip
        print(f"factors: {spread(factors)}")
        ratios = []
        for _ in range(parsed.repeats):
            whole = by_tfcompat(folder, list(parsed.releases), "all")
            cells = [cell_of(folder, "all", release) for release in parsed.releases]
            least = limit(cells)
            ratios.append(whole.seconds / least)
            print(f"all {len(cells)} cells in one command: {whole.seconds:.1f} s, limit "
                  f"{least:.1f} s, orchestrator {whole.peak / 1e6:.0f} MB", flush=True)  # fmt: skip
        print(f"ratios to the limit: {spread(ratios, 2)}")


if __name__ == "__main__":
    sys.exit(main())
