"""Killed at any moment, stopped, or two at once: nothing is lost, run twice or left behind."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import local_index
import pytest
from filelock import FileLock
from local_index import LocalIndex, cell_of, serving
from support import python_here
from terminals import processes_of

from tfcompat.util import host

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support import Project

# How often the campaign is killed: a few times in CI, more where someone has the time.
KILLS = int(os.environ.get("TFCOMPAT_KILLS", "3"))
RELEASES = ("1.0", "1.1", "1.2", "2.0")
# Each writes down that it ran, outside of what a run sees.
SCRIPTS = {
    "steady.py": "import brick, time\ntime.sleep(0.1)\nprint('steady')\n",
    "moving.py": "import brick\nprint('release', brick.__version__)\n",
    "ending.py": "import brick\nassert brick.__version__ < '2'\nprint('old')\n",
}
# Runs write down that they ran outside of what they see otherwise.
STUDY = "  baselines: {tests: '1.1'}\n  repeats: 2\n  files: open\n"
# What is not the same when the same is done again.
MOVING = {"started", "seconds", "cpu_seconds", "peak_memory", "phases", "isolation"}


@pytest.fixture
def index() -> Iterator[LocalIndex]:
    with serving(LocalIndex(RELEASES)) as served:
        yield served


@pytest.fixture
def study(project: Project, index: LocalIndex) -> Project:
    log = project.folder / "ran.log"
    note = f"open({str(log)!r}, 'a').write(__file__.rpartition('/')[2] + ' ' + "
    scripts = {
        name: f"{text.splitlines()[0]}\n{note}brick.__version__ + '\\n')\n"
        + "".join(line + "\n" for line in text.splitlines()[1:])
        for name, text in SCRIPTS.items()
    }
    local_index.use(project, index, scripts, STUDY)
    (project.folder / "tmp").mkdir()
    project.environment["TMPDIR"] = str(project.folder / "tmp")
    return project


def begin(project: Project, *words: str) -> subprocess.Popen[bytes]:
    with (project.folder / "said.txt").open("ab") as said:
        return subprocess.Popen(
            project.command("run", *words), cwd=project.folder, env=project.environment,
            stdout=subprocess.DEVNULL, stderr=said, start_new_session=True,
        )  # fmt: skip


def still(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return content without what moves."""
    if isinstance(value, dict):
        return {k: still(v) for k, v in value.items() if k not in MOVING}
    return [still(item) for item in value] if isinstance(value, list) else value


def outcome(project: Project, results: str = "results") -> dict[str, Any]:
    files = (project.folder / results).glob("*.json")
    return {path.name: still(json.loads(path.read_text())) for path in files}


def stored(project: Project) -> dict[tuple[str, str], list[float]]:
    """Return the seconds of each stored run: as good as its name."""
    found: dict[tuple[str, str], list[float]] = {}
    results = project.folder / "results"
    for path in (*results.glob("*.json"), *results.glob(".state/*/run-*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        cell = path.stem if path.parent == results else path.parent.name
        tests = (
            content["tests"] if path.parent == results else {content["test"]: content["example"]}
        )
        for test, example in tests.items():
            if test != "build":
                runs = [example["seconds"], *(run["seconds"] for run in example["runs"])]
                found[cell, test] = max(found.get((cell, test), []), runs, key=len)
    return found


def launchers(project: Project) -> list[int]:
    found = []
    for pid in processes_of(project.folder):
        # One may end while it is looked at.
        with suppress(OSError):
            if b"launcher.py" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
    return found


def gone(project: Project, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while processes_of(project.folder):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.timeout(60 * max(15, KILLS))
def test_killed_at_any_moment(study: Project) -> None:
    assert study.tfcompat("run", "--results", "whole").returncode == 0
    whole = outcome(study, "whole")
    dice = random.Random(1)
    kills, campaigns, killed_launchers = 0, 0, 0
    while kills < KILLS or not killed_launchers:
        campaigns += 1
        (study.folder / "ran.log").unlink()
        subprocess.run(["rm", "-rf", study.folder / "results"], check=True)
        known = stored(study)
        interrupted = 0
        while True:
            process = begin(study)
            moment = time.monotonic() + dice.uniform(0.3, 6)
            while time.monotonic() < moment and process.poll() is None:
                time.sleep(0.01)
            if process.poll() is not None:
                break
            victims = launchers(study) if dice.random() < 0.3 else []
            with suppress(ProcessLookupError):
                os.kill(victims[0] if victims else process.pid, signal.SIGKILL)
            killed_launchers += bool(victims)
            kills += 1
            interrupted += 1
            if victims:
                process.wait(60)
            else:
                process.wait()
                assert gone(study, 10), processes_of(study.folder)
            now = stored(study)
            for run, seconds in known.items():
                assert now[run][: len(seconds)] == seconds
            known = now
        assert "Traceback" not in (study.folder / "said.txt").read_text(encoding="utf-8")
        # A launcher's end leaves its cell unknown, and the next command completes it.
        assert study.tfcompat("run").returncode == 0
        assert outcome(study) == whole
        done = Counter((study.folder / "ran.log").read_text().split("\n"))
        needed = sum(len(runs) for runs in stored(study).values())
        # Each kill costs the runs of that moment, and those that were just being stored.
        assert done.total() - 1 <= needed + interrupted * 2 * (os.cpu_count() or 1)
    for path in (study.folder / "results").glob("**/.*.tmp"):
        os.utime(path, (0, 0))
    assert study.tfcompat("run").returncode == 0
    assert not list((study.folder / "results").glob("**/.*.tmp"))
    assert not list((study.folder / "cache" / "work").iterdir())
    assert not list((study.folder / "tmp").iterdir())


@pytest.mark.skipif(len(host.usable_cores()) < 2, reason="needs two cores")
def test_killed_while_a_baseline_is_awaited(study: Project) -> None:
    """What ran beside a baseline that still runs is stored, and its cell is free for others."""
    cell, baseline = cell_of("1.0"), cell_of("1.1")
    go_on = study.folder / "go-on"
    # It takes one of the two cores.
    script = study.folder / "tests" / "moving.py"
    wait = f"while brick.__version__ == '1.1' and not os.path.exists({str(go_on)!r}):\n"
    script.write_text(f"import os, time\n{script.read_text()}{wait}    time.sleep(0.05)\n")
    study_file = study.folder / "caliper.yaml"
    named = f"{{release: '1.1', python: '{python_here()}'}}"
    study_file.write_text(study_file.read_text().replace("{tests: '1.1'}", f"{{tests: {named}}}"))
    process = begin(study, "--release", "1.0", "--jobs", "2")
    wanted = {(cell, f"tests/{name}") for name in SCRIPTS}
    beside = {(baseline, f"tests/{name}") for name in SCRIPTS if name != "moving.py"}
    until = time.monotonic() + 60
    while not wanted | beside <= stored(study).keys():
        assert time.monotonic() < until, (study.folder / "said.txt").read_text(encoding="utf-8")
        time.sleep(0.05)
    assert process.poll() is None
    assert not (study.folder / "results" / f"{cell}.json").exists()
    # Another process may work on the cell meanwhile.
    with FileLock(study.folder / "results" / ".state" / cell / "lock", timeout=10):
        known = stored(study)
    process.kill()
    process.wait()
    assert gone(study, 10), processes_of(study.folder)
    go_on.touch()
    assert study.tfcompat("run", "--release", "1.0").returncode == 0
    now = stored(study)
    for run in wanted | beside:
        assert now[run][: len(known[run])] == known[run]
    verdicts = study.verdicts(cell)
    assert verdicts == {"steady": "same", "moving": "different", "ending": "same"}
    ran = Counter((study.folder / "ran.log").read_text().splitlines())
    # Each once, and the one that differs once more to confirm it.
    assert [ran[f"{name} 1.0"] for name in SCRIPTS] == [1, 2, 1]
    # So does the baseline, which lost the one run that never ended.
    assert [ran[f"{name} 1.1"] for name in SCRIPTS] == [1, 3, 1]


def test_two_campaigns_at_once(study: Project) -> None:
    both = [begin(study), begin(study)]
    for process in both:
        assert process.wait(timeout=300) == 0
    done = Counter((study.folder / "ran.log").read_text().split())
    assert done.total() // 2 == sum(len(runs) for runs in stored(study).values())
    found = outcome(study)
    assert len(found) == len(RELEASES)
    assert study.tfcompat("run", "--results", "whole").returncode == 0
    assert found == outcome(study, "whole")
