"""Checks tfcompat/data/names.yaml against the index: that each project brings the module.

    python tools/package_names.py

Prints each pair that does not hold, or cannot be read, and exits with 1 where one does not hold.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

from tfcompat.environments.index.client import PackageIndex
from tfcompat.environments.index.contents import contents_of
from tfcompat.errors import TfcompatError
from tfcompat.util import folders

NAMES = Path(__file__).parents[1] / "tfcompat" / "data" / "names.yaml"


def check(index: PackageIndex, module: str, project: str) -> str:
    """Return what is wrong with a pair; empty where the project brings the module."""
    try:
        found = contents_of(index, project)
    except TfcompatError as error:
        return f"not read: {error}"
    if found is None:
        return "not read: none of its newest files tells its modules"
    top = sorted({name.partition(".")[0] for name in found.modules})
    return "" if found.brings(module) else f"brings {', '.join(top[:6])}"


def main() -> int:
    """Check every pair; return the exit code."""
    pairs = yaml.safe_load(NAMES.read_text(encoding="utf-8"))["modules"]
    index = PackageIndex(folders.cache_folder())
    with ThreadPoolExecutor(8) as pool:
        found = dict(zip(pairs, pool.map(lambda m: check(index, m, pairs[m]), pairs), strict=True))
    wrong = {module: problem for module, problem in found.items() if problem}
    for module, problem in wrong.items():
        sys.stdout.write(f"{module}: {pairs[module]}: {problem}\n")
    bad = [problem for problem in wrong.values() if not problem.startswith("not read")]
    sys.stdout.write(f"{len(pairs)} pairs, {len(wrong) - len(bad)} not read, {len(bad)} wrong\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
