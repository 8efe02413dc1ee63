"""Time how long a campaign takes to stop: Ctrl-C on a terminal, and SIGTERM, three ways.

    python benchmarks/stopping.py

Two scripts run that ignore signals and have a child each. Printed are the seconds until the command
and all that it had started are gone, its exit code, and what was left (nothing should be).
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import local_index
from local_index import LocalIndex, serving
from support import ROOT, Project
from terminals import CTRL_C, STUBBORN, terminal

NOX = [sys.executable, "-m", "nox", "-s", "run_examples"]
COMMANDS = {
    "tfcompat run": [sys.executable, "-m", "tfcompat", "run"],
    "nox -s run_examples": NOX,
    "nox -s run_examples -j 2": [*NOX, "-j", "2"],
}
RELEASES = ["1.0", "1.1", "1.2"]


def main() -> None:
    """Stop each command in each way, and print a line for each."""
    print(f"{'command':26} {'by':8} {'seconds':>7}  exit  left")
    for name, words in COMMANDS.items():
        for label, how in (("Ctrl-C", CTRL_C), ("SIGTERM", signal.SIGTERM)):
            with tempfile.TemporaryDirectory() as folder, serving(LocalIndex(RELEASES)) as index:
                project = Project(Path(folder), dict(os.environ))
                stopped = stop(project, index, words, how)
            line = f"{stopped[0]:7.2f}  {stopped[1]:4}  {stopped[2]}"
            print(f"{name:26} {label:8} {line}", flush=True)


def stop(
    project: Project, index: LocalIndex, words: list[str], how: int | bytes
) -> tuple[float, int, int]:
    """Return the seconds that stopping took, the exit code, and how many processes were left."""
    begun = project.folder / "begun"
    begun.mkdir()
    local_index.use(project, index, {"x.py": STUBBORN.format(begun=f"{begun}/x")})
    shutil.copy(ROOT / "noxfile.py", project.folder)
    listed = project.folder / "cache" / "releases" / f"{local_index.NAME}.json"
    listed.parent.mkdir(parents=True)
    listed.write_text("{" + ", ".join(f'"{release}": null' for release in RELEASES) + "}")
    many = 1 if words == NOX else 2
    with terminal(words, project.folder, project.environment) as shown:
        shown.wait_for(lambda: len(list(begun.iterdir())) >= many)
        stopped = shown.stop(how, project.folder)
    return stopped.seconds, stopped.returncode, len(stopped.left)


if __name__ == "__main__":
    main()
