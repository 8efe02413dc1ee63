"""Time a campaign of very many cells: the same time, memory and files to its end.

A local index serves that many releases of a package of one module. Reported for each part of the
campaign: seconds a cell (wall, and processor time of the command itself), and the most memory and
open files that the command had. Usage: python benchmarks/cells.py [CELLS] [named]

With ``named`` the study names a baseline; without, the newest release serves.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from local_index import NAME, LocalIndex, serving

PARTS = 10
SCRIPTS = {
    "version": "import brick\nprint('release', brick.__version__)\n",
    "steady": "import brick\nprint('steady', 1.5)\n",
    "ending": "import brick\nassert int(brick.__version__.split('.')[1]) % 3\nprint('odd')\n",
}


@dataclass
class Sample:
    """What a process held at a moment."""

    cells: int
    seconds: float
    processor: float
    memory: int
    files: int


def main() -> None:
    """Run the campaign and print a line for each part of it."""
    cells = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    named = "named" in sys.argv
    index = LocalIndex([f"1.{number}" for number in range(cells)])
    with tempfile.TemporaryDirectory() as folder, serving(index):
        samples = campaign(Path(folder), index.address, cells, named=named)
        size = sum(path.stat().st_size for path in Path(folder, "results").rglob("*.json"))
    print(f"{cells} cells, {len(SCRIPTS)} examples, results {size / 1e6:.1f} MB")
    print("cells        s a cell   of its own   memory MB   open files")
    for begin in range(0, cells, max(1, cells // PARTS)):
        end = min(cells, begin + max(1, cells // PARTS))
        part = [sample for sample in samples if begin <= sample.cells < end]
        if part:
            done = max(1, part[-1].cells - part[0].cells)
            spent = (part[-1].seconds - part[0].seconds) / done
            own = (part[-1].processor - part[0].processor) / done
            most = max(sample.memory for sample in part) / 1e6, max(s.files for s in part)
            print(f"{begin:5}-{end:5}  {spent:9.3f}  {own:11.3f}  {most[0]:10.0f}  {most[1]:11}")
    last = [sample for sample in samples if sample.cells >= cells]
    if last:
        spent = last[-1].seconds - last[0].seconds
        print(f"at the end   {spent:9.3f}  {'':11}  {max(s.memory for s in last) / 1e6:10.0f}")


def campaign(folder: Path, address: str, cells: int, *, named: bool) -> list[Sample]:
    """Run a campaign in a folder; return what the command held, five times a second."""
    (folder / "tests").mkdir()
    for name, text in SCRIPTS.items():
        (folder / "tests" / f"{name}.py").write_text(text)
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    study = f"analysis:\n  dependency: {NAME}\n  tests: [tests/*.py]\n"
    study += f"  python_versions: [{python}]\n  repeats: 2\n"
    study += "  baselines: {tests: '1.1'}\n" if named else ""
    (folder / "caliper.yaml").write_text(study)
    process = subprocess.Popen(
        [sys.executable, "-m", "tfcompat", "run"],
        cwd=folder,
        env={
            **os.environ,
            "UV_DEFAULT_INDEX": f"{address}/simple",
            "TFCOMPAT_CACHE": str(folder / "cache"),
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    done = [0]

    def read() -> None:
        for line in process.stdout or ():
            found = re.match(r"\[(\d+)/", line)
            done[0] = max(done[0], int(found[1])) if found else done[0]

    reader = threading.Thread(target=read)
    reader.start()
    begun = time.monotonic()
    samples = []
    while process.poll() is None:
        held = _held(process.pid)
        if held is not None:
            samples.append(Sample(done[0], time.monotonic() - begun, *held))
        time.sleep(0.2)
    reader.join()
    print(f"exit {process.returncode} after {time.monotonic() - begun:.0f} s")
    if done[0] != cells:
        sys.exit(f"only {done[0]} cells came to an end")
    return samples


def _held(process: int) -> tuple[float, int, int] | None:
    try:
        times = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        status = Path(f"/proc/{process}/status").read_text()
        files = len(list(Path(f"/proc/{process}/fd").iterdir()))
    except OSError:
        return None
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    processor = (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
    return (processor, int(found[1]) * 1024, files) if found else None


if __name__ == "__main__":
    main()
