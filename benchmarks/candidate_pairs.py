"""Hold `tfcompat candidate` against edges that are known: of the corpus, with published wheels.

    python benchmarks/candidate_pairs.py [--only GLOB ...] [--alike]

Of each script of `tests/corpus` with an edge above its baseline, the first release beyond the edge
is given as a file, and compared with the last one before it: news is right. Then the last one is
given as a file, and compared with itself: news is wrong. `--alike` makes the second comparison
alone, also where there is but a release at which a script is known to run. Prints a row for each.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from fnmatch import fnmatchcase
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "corpus"))

import check

ROOT = Path(__file__).parents[1]


def wheel_of(project: str, release: str, python: str, folder: Path) -> Path | None:
    """Fetch the wheel of a release for a Python; None where it has none."""
    target = folder / release
    words = ["pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    words += ["--python-version", python, "--dest", str(target), f"{project}=={release}"]
    subprocess.run([sys.executable, "-m", *words], capture_output=True, check=False)
    return next(target.glob("*.whl"), None)


def news(script: Path, candidate: Path, against: str, python: str, require: list[str]) -> str:
    """Return what a candidate changes for a script: failed, different, none, or why nothing."""
    words = [sys.executable, "-m", "tfcompat", "candidate", str(candidate), str(script), "--json"]
    words += ["--against", against, "--python", python]
    words += [word for one in require for word in ("--require", one)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if not done.stdout:
        return done.stderr.strip().splitlines()[-1]
    found = json.loads(done.stdout)
    changed = [one["to"] for one in found["news"]]
    return changed[0] if changed else "none" if found["same"] else "untried"


def known_to_run(case: check.Case) -> tuple[str, str] | None:
    """Return a release at which a script runs, and its Python; None where neither is known."""
    for edge in case.edges:
        pythons = edge.get("pythons") or ()
        if pythons:
            return str(edge["last"]), pythons[0]
    if case.baseline and case.python:
        return case.baseline, case.python
    return None


def try_alike(case: check.Case) -> str:
    """Return what a release changes against itself for a script; empty where it has no wheel."""
    known = known_to_run(case)
    if known is None:
        return ""
    with tempfile.TemporaryDirectory() as folder:
        wheel = wheel_of(case.dependency, *known, Path(folder))
        if wheel is None:
            return ""
        script = ROOT / "tests" / "corpus" / "scripts" / case.script
        return news(script, wheel, known[0], known[1], case.require)


def main() -> None:
    """Try both comparisons of each case, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=["*"], metavar="GLOB", help="which scripts")
    parser.add_argument("--alike", action="store_true", help="compare releases with themselves")
    parsed = parser.parse_args()
    cases = check.load((ROOT / "tests" / "corpus" / "corpus.yaml").read_text(encoding="utf-8"))
    right = tried = 0
    for case in cases:
        edge = next((one for one in case.edges if one["direction"] == "up"), None)
        plain = not (case.module or case.suite or case.options or case.arguments)
        chosen = any(fnmatchcase(case.script, glob) for glob in parsed.only)
        if parsed.alike:
            changed = try_alike(case) if plain and chosen else ""
            if changed:
                tried += 1
                right += changed == "none"
                print(f"{case.script:32} {changed}", flush=True)
            continue
        pythons = edge.get("pythons") if edge else None
        if edge is None or not plain or not chosen or not pythons or len(set(pythons)) > 1:
            continue
        with tempfile.TemporaryDirectory() as folder:
            last, first = (
                wheel_of(case.dependency, str(edge[key]), pythons[0], Path(folder))
                for key in ("last", "first")
            )
            if last is None or first is None:
                continue
            script = ROOT / "tests" / "corpus" / "scripts" / case.script
            changed = news(script, first, str(edge["last"]), pythons[0], case.require)
            alike = news(script, last, str(last), pythons[0], case.require)
        tried += 1
        right += changed == edge["verdict"] and alike == "none"
        print(f"{case.script:32} {edge['verdict']:10} {changed:12} {alike}", flush=True)
    print(f"{right} of {tried} right")


if __name__ == "__main__":
    main()
