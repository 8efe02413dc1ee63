"""How long an environment takes: by tfcompat, by ``uv pip install`` and by pip, in turn.

    python benchmarks/builds.py [--repeats 3] [--no-cold] [RELEASE ...]

All three make what tfcompat resolved for the release, as of its day. Cold: every cache is new, so
that the network counts; once. Warm: what was fetched is there. What tfcompat resolved before, it
does not resolve again (pip and uv are given the result, and resolve nothing); so its time is shown
with that step and without.
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
from measure import spread

from tfcompat.environments import interpreters
from tfcompat.environments.uv import program
from tfcompat.util import folders, network

RELEASES = ("1.15.5", "2.12.1", "2.21.0")
_STUDY = """
analysis:
  dependency: tensorflow
  versions: [{release}]
  tests: [tests/nothing.py]
"""


def by_tfcompat(folder: Path, release: str, cache: Path) -> dict:
    """Evaluate a cell with a script that does nothing; return what is stored of it."""
    (folder / "caliper.yaml").write_text(_STUDY.format(release=release), encoding="utf-8")
    script = folder / "tests" / "nothing.py"
    script.parent.mkdir(exist_ok=True)
    script.touch()
    shutil.rmtree(folder / "results", ignore_errors=True)
    words = ("run", "--isolation", "fresh")
    measure.tfcompat(*words, cwd=folder, variables={"TFCOMPAT_CACHE": os.fspath(cache)})
    (path,) = (folder / "results").glob("*.json")
    return json.loads(path.read_text(encoding="utf-8"))


def seconds_of(cell: dict) -> float:
    """Return what tfcompat measured of the build."""
    phases = cell["environment"]["phases"]
    return sum(spent for name, spent in phases.items() if name not in ("import", "compare"))


def by_uv(folder: Path, cell: dict, python: Path, cache: Path) -> float:
    """Make the same environment by uv alone, and return the seconds."""
    target = folder / "env"
    install = [program(), "pip", "install", "--no-config", "--no-deps", "--cache-dir", cache]
    return timed(
        folder,
        [program(), "venv", "--no-config", "--python", python, target],
        [*install, "--python", target / "bin" / "python", "--requirements", locked(folder, cell)],
    )


def by_pip(folder: Path, cell: dict, python: Path, cache: Path) -> float:
    """Make the same environment by pip, and return the seconds."""
    target = folder / "env"
    install = ["-m", "pip", "install", "--no-deps", "--cache-dir", cache]
    return timed(
        folder,
        [python, "-m", "venv", target],
        [target / "bin" / "python", *install, "--requirement", locked(folder, cell)],
    )


def locked(folder: Path, cell: dict) -> Path:
    """Write what tfcompat resolved to a file."""
    lock = folder / "requirements.txt"
    lock.write_text(cell["environment"]["lock"], encoding="utf-8")
    return lock


def timed(folder: Path, *commands: list[str | Path]) -> float:
    """Run commands that make an environment in a folder, and remove it again."""
    variables = {"UV_DEFAULT_INDEX": network.index_url(), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    begun = time.monotonic()
    for command in commands:
        subprocess.run(command, check=True, env={**os.environ, **variables}, capture_output=True)
    spent = time.monotonic() - begun
    shutil.rmtree(folder / "env")
    return spent


def one(release: str, repeats: int, *, cold: bool) -> None:
    """Measure one release, and print its rows."""
    cache = folders.cache_folder()
    found, _ = interpreters.find()
    with tempfile.TemporaryDirectory(dir=cache) as name:
        folder = Path(name)
        cell = by_tfcompat(folder, release, cache)
        wanted = cell["environment"]["interpreter"]["version"]
        python = next(i.path for i in found if str(i.version) == wanted)
        caches = {"tfcompat": cache, "uv": folders.uv_cache(cache), "pip": folder / "pip"}
        if cold:
            caches = {side: folder / f"cold-{side}" for side in caches}
            mine = seconds_of(by_tfcompat(folder, release, caches["tfcompat"]))
            uv = by_uv(folder, cell, python, caches["uv"])
            pip = by_pip(folder, cell, python, caches["pip"])
            print(
                f"{release:8} cold  tfcompat {mine:.1f}   uv {uv:.1f}   pip {pip:.1f}", flush=True
            )
        else:
            by_pip(folder, cell, python, caches["pip"])
        times: dict[str, list[float]] = {name: [] for name in ("first", "again", "uv", "pip")}
        for _ in range(repeats):
            shutil.rmtree(caches["tfcompat"] / "resolutions", ignore_errors=True)
            for which in ("first", "again"):
                cell = by_tfcompat(folder, release, caches["tfcompat"])
                times[which].append(seconds_of(cell))
            times["uv"].append(by_uv(folder, cell, python, caches["uv"]))
            times["pip"].append(by_pip(folder, cell, python, caches["pip"]))
        print(f"{release:8} warm  tfcompat {spread(times['again'])} (resolving too "
              f"{spread(times['first'])})   uv {spread(times['uv'])}   "
              f"pip {spread(times['pip'])}", flush=True)  # fmt: skip


def main() -> None:
    """Print two rows a release: cold, then warm."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("releases", nargs="*", default=RELEASES)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--no-cold", action="store_true", help="fetch nothing anew")
    parsed = parser.parse_args()
    folders.cache_folder().mkdir(parents=True, exist_ok=True)
    print("seconds; warm: min / median / max")
    for release in parsed.releases:
        one(release, parsed.repeats, cold=not parsed.no_cold)


if __name__ == "__main__":
    sys.exit(main())
