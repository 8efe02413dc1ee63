"""What a warm run costs beyond its script, and how many scripts' runs end at once.

    python benchmarks/ending.py ENVIRONMENT ... [--module NAME] [--scripts 'examples/*/*/*.py']

For each environment (the folder of a virtualenv): the seconds from fork to end of a script that is
empty, and of one that fails at its first use of the module; the same with the way there and back.
With ``--scripts``, every one of them is run once, and counted by who ended it: the launcher at
once, or Python (an object that the import left is then finalised, which prints).
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from measure import spread

from tfcompat.execution.launcher_client import LauncherClient, RunLimits
from tfcompat.planning.command import Command

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
times: list[tuple[float, float]] = []  # of each run: inside, and with the way there and back
LIMITS = RunLimits(timeout=300, output=1_000_000, memory=8_000_000_000, threads=1)
WITNESS = """
import os
import {module}
class Witness(object):
    def __del__(self, write=os.write):
        write(2, b"finalised\\n")
kept = Witness()
"""


@contextlib.contextmanager
def launcher(environment: Path, module: str) -> Iterator[tuple[LauncherClient, Path]]:
    """Start a launcher that has imported a module; yield it, and a folder for its runs."""
    python = environment / "bin" / "python"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with LauncherClient(python, python.resolve(), folder) as client:
            done = client.import_module(module, [0], 300)
            if done.why_not:
                raise SystemExit(f"{environment}: {done.why_not}")
            yield client, folder


def run(client: LauncherClient, folder: Path, script: Path | None, text: str = "") -> list[str]:
    """Run a script, or a text, warm; note its times, and return what it printed to stderr."""
    scratch = folder / "scratch"
    for part in ("study", "home", "tmp"):
        (scratch / part).mkdir(parents=True)
    if script is None:
        (scratch / "study" / "script.py").write_text(text, encoding="utf-8")
    else:
        shutil.copy(script, scratch / "study" / "script.py")
    began = time.monotonic()
    command = Command(script="script.py")
    done = client.run(command, scratch, limits=LIMITS, cores=[0], isolation="warm")
    times.append((done.seconds, time.monotonic() - began))
    shutil.rmtree(scratch)
    return done.error


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("environments", nargs="+", type=Path)
    parser.add_argument("--module", default="tensorflow")
    parser.add_argument("--scripts")
    parser.add_argument("--repeats", type=int, default=10)
    given = parser.parse_args()
    for environment in given.environments:
        with launcher(environment.absolute(), given.module) as (client, folder):
            for what, text in (
                ("empty", ""),
                ("fails", f"import {given.module} as m; m.none_such"),
            ):
                times.clear()
                for _ in range(given.repeats):
                    run(client, folder, None, text)
                inside, around = zip(*times, strict=True)
                seconds = f"{spread(inside, 3)} s, in all {spread(around, 3)} s"
                print(f"{environment.name:12} {what:6} {seconds}")
        if given.scripts:
            print(
                f"{environment.name:12} {ways(environment.absolute(), given.module, given.scripts)}"
            )


def ways(environment: Path, module: str, scripts: str) -> str:
    """Return how many scripts were ended at once, and how many by Python."""
    (packages,) = environment.glob("lib/python*/site-packages")
    witness = packages / "tfcompat_witness.py"
    witness.write_text(WITNESS.format(module=module), encoding="utf-8")
    found: Counter[str] = Counter()
    try:
        with launcher(environment, witness.stem) as (client, folder):
            for script in sorted(ROOT.glob(scripts)):
                error = run(client, folder, script)
                found["by Python" if "finalised\n" in error else "at once"] += 1
    finally:
        witness.unlink()
    return ", ".join(f"{count} ended {how}" for how, count in found.items())


if __name__ == "__main__":
    main()
