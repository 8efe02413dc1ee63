"""Time what a container costs: the same cells of six, in environments and in containers of podman.

    python benchmarks/containers.py

Makes an image of the Python that runs this, evaluates some releases twice in each way (the second
time with warm caches), and prints seconds a cell and seconds a run that the container adds.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from images import import_image

RELEASES = ("1.12.0", "1.13.0", "1.14.0", "1.15.0", "1.16.0")
SCRIPTS = 20
NAME = "localhost/tfcompat-benchmark"
PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"


def study(folder: Path, *, contained: bool) -> Path:
    """Write a study of short scripts."""
    for number in range(SCRIPTS):
        (folder / "tests").mkdir(exist_ok=True)
        script = f"import six\nprint('{number}', len(six.integer_types))\n"
        (folder / "tests" / f"t{number}.py").write_text(script, encoding="utf-8")
    text = f"analysis:\n  dependency: six\n  tests: ['tests/*.py']\n  versions: {list(RELEASES)}\n"
    text += f"  python_versions: ['{PYTHON}']\n"
    if contained:
        text += f'  prefer: container\n  container: {{image: "{NAME}:{{python}}"}}\n'
    path = folder / ("inside.yaml" if contained else "outside.yaml")
    path.write_text(text, encoding="utf-8")
    return path


def evaluate(config: Path, results: Path, cache: Path) -> tuple[float, float, float]:
    """Return the seconds of a campaign, of its builds, and of one of its runs."""
    words = [sys.executable, "-m", "tfcompat", "run", "--jobs", "1"]
    begun = time.monotonic()
    subprocess.run(
        [*words, "--config", config, "--results", results],
        env={**os.environ, "TFCOMPAT_CACHE": str(cache)},
        check=True,
        capture_output=True,
    )
    seconds = time.monotonic() - begun
    cells = [json.loads(path.read_text(encoding="utf-8")) for path in results.glob("*.json")]
    runs = [r["seconds"] for c in cells for name, r in c["tests"].items() if name != "build"]
    build = sum(sum(cell["environment"]["phases"].values()) for cell in cells)
    return seconds, build, sum(runs) / len(runs)


def main() -> None:
    """Print the difference."""
    import_image(Path(sys.executable), f"{NAME}:{PYTHON}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = {}
        for contained in (False, True):
            config = study(folder, contained=contained)
            for again in range(2):
                where = folder / f"{config.stem}-{again}"
                found[contained] = evaluate(config, where, folder / "cache")
            seconds, build, run = found[contained]
            print(f"{config.stem}: {seconds:.1f} s for {len(RELEASES)} cells of {SCRIPTS} runs, "
                  f"phases {build:.1f} s, a run {1000 * run:.0f} ms")  # fmt: skip
    cells = (found[True][0] - found[False][0]) / len(RELEASES)
    run = 1000 * (found[True][2] - found[False][2])
    print(f"a container adds {cells:.2f} s a cell, {run:+.0f} ms a run by itself")
    words = ["podman", "rmi", "--force", f"{NAME}:{PYTHON}"]
    subprocess.run(words, capture_output=True, check=False)


if __name__ == "__main__":
    main()
