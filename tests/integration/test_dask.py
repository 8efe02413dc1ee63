"""Cells that Dask workers run are the cells of one machine, whatever becomes of the workers."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from dask_cluster import DaskWorkers, dask_scheduler, wait_for
from local_index import LocalIndex, cell_of, serving, use
from support import ROOT, Ended, Project, python_here

from tfcompat.environments import interpreters

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytest.importorskip("distributed")

# How often a worker is killed over a campaign of four times as many cells.
KILLS = int(os.environ.get("TFCOMPAT_WORKER_KILLS", "1"))
RELEASES = [f"1.{number}" for number in range(4 * KILLS if KILLS > 1 else 4)]

SCRIPTS = {
    "same.py": "import brick\nprint(brick.half())\n",
    "noisy.py": "import os\nprint('loss', int.from_bytes(os.urandom(2), 'big') / 65536)\n",
    "data.py": "from pathlib import Path\nprint(Path('tests/data.txt').read_text())\n",
}
NAMED = f"  baselines: {{tests/*.py: {{release: '1.0', python: '{python_here()}'}}}}\n"
SLOW = {"slow.py": "import time\nprint('begun', flush=True)\ntime.sleep(600)\n"}


def source(version: str) -> str:
    half = len(RELEASES) // 2
    return f"def half():\n    return {int(version.split('.')[1]) // half}\n"


# A shell ignores SIGINT for what it starts in the background, and so would its children.
_DEFAULT = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
"""
_INTERRUPTIBLE = (sys.executable, "-c", _DEFAULT)


@dataclass
class Cluster:
    """A project whose package is on an index of its own, and a scheduler with workers."""

    project: Project
    dask: DaskWorkers

    def run(self, *words: str) -> Ended:
        return self.project.tfcompat("run", *words, "--dask", self.dask.file)

    def start(self, *words: str, command: str = "run", where: str = "") -> subprocess.Popen[str]:
        """Start the command as a terminal does: in a group of its own, which Ctrl-C reaches."""
        return subprocess.Popen(
            [
                *_INTERRUPTIBLE,
                *self.project.command(command),
                *words,
                "--dask",
                where or self.dask.file,
            ],
            cwd=self.project.folder,
            env=self.project.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )


@dataclass
class Site:
    """What tests share: an index, the caches of the command, and a scheduler with workers."""

    folder: Path
    index: LocalIndex
    dask: DaskWorkers

    def project(self, folder: Path, scripts: dict[str, str], named: str = "") -> Project:
        project = Project.of(folder, self.folder / "cache")
        use(project, self.index, scripts, "  repeats: 2\n" + named)
        project.environment |= shared_caches(self.folder)
        (folder / "tests" / "data.txt").write_text("data\n", encoding="utf-8")
        (folder / "not-shown").mkdir()
        (folder / "not-shown" / "large").write_bytes(bytes(1000))
        return project


def shared_caches(folder: Path) -> dict[str, str]:
    return {"TFCOMPAT_CACHE": str(folder / "cache"), "TFCOMPAT_UV_CACHE": str(folder / "uv")}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    environment = Project.of(folder, folder).environment | shared_caches(folder)
    with (
        serving(LocalIndex(RELEASES, source)) as index,
        dask_scheduler(folder / "dask", environment) as dask,
    ):
        interpreters.find(folder=folder / "cache")
        yield Site(folder, index, dask)


@pytest.fixture
def cluster(site: Site, tmp_path: Path) -> Cluster:
    """Return a project of quick scripts, and two workers."""
    site.dask.fill(2)
    return Cluster(site.project(tmp_path, SCRIPTS, NAMED), site.dask)


@pytest.fixture
def slow(site: Site, tmp_path: Path) -> Cluster:
    """Return a project of a script that does not end, and two workers."""
    site.dask.fill(2)
    return Cluster(site.project(tmp_path, SLOW), site.dask)


@contextmanager
def apart(site: Site, folder: Path, named: str = "") -> Iterator[Cluster]:
    """Yield a project of one script, and a scheduler for workers of its own."""
    project = site.project(folder, {"same.py": SCRIPTS["same.py"]}, named)
    with dask_scheduler(folder / "dask", project.environment) as dask:
        yield Cluster(project, dask)


def stored(project: Project) -> int:
    """Return how many cells have stored runs."""
    results = project.folder / "there"
    begun = {path.parent.name for path in (results / ".state").glob("*/cell.json")}
    return len(begun | {path.stem for path in results.glob("*.json")})


def outcome(project: Project, results: str) -> dict[str, Any]:
    """Return all that runs and judging brought, but not how long anything took."""
    found = {}
    for version in RELEASES:
        content = project.cell(cell_of(version), results)
        found[version] = {
            name: (test["verdict"], test.get("basis"), test["key"], len(test.get("runs", [])))
            + (test.get("cause"),)
            + ((test["output"],) if "noisy" not in name else ())
            for name, test in content["tests"].items()
            if name != "build"
        } | {"freeze": content["requirements.txt"]}
    return found


def test_all_is_as_on_one_machine(cluster: Cluster) -> None:
    project = cluster.project
    here = project.tfcompat("run", "--results", "here")
    there = cluster.run("--results", "there")
    assert (here.returncode, there.returncode) == (0, 0), there.said
    one, other = outcome(project, "here"), outcome(project, "there")
    for version in RELEASES:
        # How often a noisy example runs is up to chance.
        for found in (one, other):
            found[version]["tests/noisy.py"] = found[version]["tests/noisy.py"][0]
    assert one == other
    assert f"[0/{len(RELEASES)}] {cell_of('1.0')}: building" in there.stdout
    assert f"[0/{len(RELEASES)}] {cell_of('1.0')}: running (3 examples)" in there.stdout
    assert cluster.dask.left() == []
    # What is stored and current is not run again.
    again = cluster.run("--results", "there")
    assert "building" not in again.stdout
    forced = cluster.run("--results", "there", "--force", "--release", "1.3", "--jobs", "1")
    assert f"{cell_of('1.3')}: building" in forced.stdout
    # Nor on one machine of the same class.
    assert "building" not in project.tfcompat("run", "--results", "there").stdout


@pytest.mark.timeout(300 + 60 * KILLS)
def test_a_worker_is_killed_in_the_midst_of_a_cell(cluster: Cluster) -> None:
    dask = cluster.dask
    project = cluster.project
    (project.folder / "tests" / "same.py").write_text(
        "import time\nimport brick\ntime.sleep(1)\nprint(brick.half())\n", encoding="utf-8"
    )
    running = cluster.start("--results", "there")
    for kill in range(KILLS):
        # Spread over the campaign.
        while stored(project) < 4 * kill and running.poll() is None:
            time.sleep(0.02)
        number = random.Random(kill).choice(dask.living)
        while not dask.begun(number) and running.poll() is None:
            time.sleep(0.02)
        if running.poll() is not None:
            break
        dask.workers[number].send_signal(signal.SIGKILL)
        dask.workers[number].wait()
        dask.add()
    said, _ = running.communicate(timeout=60 * (1 + KILLS))
    (project.folder / "said").write_text(said, encoding="utf-8")
    if running.returncode == 3 and KILLS > 1:
        # One that lost its worker again and again, by chance; the next command tries it again.
        assert "lost (4 times in all)" in said
        cluster.run("--results", "there")
    else:
        assert running.returncode == 0, said
    assert "its worker was lost; it is tried again" in said
    found = {path.stem for path in (project.folder / "there").glob("*.json")}
    assert found == {cell_of(version) for version in RELEASES}
    for version in RELEASES:
        same = project.cell(cell_of(version), "there")["tests"]["tests/same.py"]
        later = int(version.split(".")[1]) >= len(RELEASES) // 2
        assert same["verdict"] == ("different" if later else "same")
        line = re.escape(f"/{len(RELEASES)}] {cell_of(version)}: ") + r"(?!building|running|repeat)"
        assert len(re.findall(line, said)) == 1
    wait_for(lambda: not dask.left(), 20)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_what_ends_the_command_ends_its_cells(slow: Cluster, how: signal.Signals) -> None:
    running = slow.start()
    first, second = slow.dask.living
    wait_for(lambda: slow.dask.begun(first) and slow.dask.begun(second))
    wait_for(lambda: sum("slow.py" in name for _, name in slow.dask.processes()) >= 2)
    os.killpg(running.pid, how)
    said, _ = running.communicate(timeout=30)
    assert running.returncode == (-9 if how is signal.SIGKILL else 130), said
    assert "Traceback" not in said
    wait_for(lambda: not slow.dask.left(), 15)
    # Neither worker was harmed.
    assert slow.dask.living == [first, second]
    state = slow.project.folder / "results" / ".state"
    if how is not signal.SIGKILL:
        stored = json.loads((state / cell_of("1.0") / "unknown.json").read_text())
        assert stored["cause"]["kind"] == "interrupted"


def test_killed_workers_leave_no_process_and_no_folder_for_long(slow: Cluster) -> None:
    running = slow.start("--release", "1.0")
    wait_for(lambda: any("slow.py" in name for _, name in slow.dask.processes()))
    for worker in slow.dask.workers:
        worker.send_signal(signal.SIGKILL)
    wait_for(lambda: not [n for n in slow.dask.left() if "tfcompat run" not in n], 20)
    os.killpg(running.pid, signal.SIGINT)
    running.communicate(timeout=60)


def test_a_cell_is_placed_where_its_python_is(site: Site, tmp_path: Path) -> None:
    found, _ = interpreters.find(folder=tmp_path)
    others = {one.python for one in found} & {"3.9", "3.10", "3.12", "3.13"} - {python_here()}
    if not others:
        pytest.skip("there is one Python")
    bare = {"PATH": "/nonexistent", "HOME": str(tmp_path), "PYENV_ROOT": "/nonexistent"}
    with apart(site, tmp_path) as cluster:
        for variables in (bare, {}, bare):
            cluster.dask.add(**variables)
        python = min(others)
        ended = cluster.run("--release", "1.0", "--release", "1.1", "--python", python)
        assert ended.returncode == 0, ended.stdout
        # One of the workers made both; the others have resolved nothing.
        assert [(cluster.dask.cache(n) / "resolutions").exists() for n in range(3)] == [
            False,
            True,
            False,
        ]
        ended = cluster.run("--release", "1.0", "--python", "3.5")
        assert ended.returncode == 3
        assert "none of the workers has Python 3.5" in ended.stdout


# Python starts it in every process of a worker whose processor is to have fewer flags.
_MASK = """
import dataclasses
from tfcompat.util import host
real = host.this_host()
host.this_host = lambda: dataclasses.replace(real, cpu_flags=real.cpu_flags[:-1])
"""


def test_workers_of_another_class_stand_by(site: Site, tmp_path: Path) -> None:
    (tmp_path / "mask").mkdir()
    (tmp_path / "mask" / "sitecustomize.py").write_text(_MASK, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path / "mask"), str(ROOT)])
    with apart(site, tmp_path, NAMED) as cluster:
        masked = cluster.dask.add(PYTHONPATH=path)
        cluster.dask.add()
        both = cluster.run("--release", "1.0", "--release", "1.3")
        assert both.returncode == 0
        assert "1 of them stand by: their processors are of another class" in both.stdout
        assert not cluster.dask.cache(0).joinpath("resolutions").exists()
        # Of equal classes, that which has made what is stored: nothing is run again.
        assert "building" not in cluster.run("--release", "1.0", "--release", "1.3").stdout
        before = run_key(cluster.project, "1.0")
        for worker in (masked, cluster.dask.workers[1]):
            worker.kill()
            worker.wait()
        cluster.dask.add(PYTHONPATH=path)
        # With workers of the other class alone, it has a baseline of its own.
        other = cluster.run("--release", "1.3")
        assert other.returncode == 0
        assert {f"{cell_of(one)}: building" in other.stdout for one in ("1.0", "1.3")} == {True}
        after = {run_key(cluster.project, one) for one in ("1.0", "1.3")}
        assert len(after - {before}) == 1
        assert cluster.project.verdicts(cell_of("1.3")) == {"same": "different"}


def run_key(project: Project, version: str) -> str:
    key: str = project.cell(cell_of(version))["tests"]["tests/same.py"]["key"]
    return key


def searched(project: Project, *words: str) -> Any:  # noqa: ANN401 - any JSON
    """Return what a search prints as JSON, but for how long it took."""
    ended = project.tfcompat("frontier", "--json", *words)
    assert ended.returncode == 0, ended.said
    assert ("Dask worker" in ended.stderr) == ("--dask" in words)
    return without_times(json.loads(ended.stdout))


def without_times(content: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(content, dict):
        return {k: without_times(v) for k, v in content.items() if k != "seconds"}
    return [without_times(one) for one in content] if isinstance(content, list) else content


def test_a_search_finds_what_it_finds_on_one_machine(site: Site, tmp_path: Path) -> None:
    broken = f"import brick\nassert brick.__version__ != {RELEASES[-1]!r}\n"
    project = site.project(tmp_path, {"half.py": SCRIPTS["same.py"], "broken.py": broken}, NAMED)
    words = ("--jobs", "1", "--results")
    here = searched(project, *words, "here")
    there = searched(project, *words, "there", "--dask", "local")
    assert here == there
    edges = {one["script"]: one["edges"] for one in there["scripts"]}
    assert [edge["verdict"] for edge in edges["tests/half.py"]] == ["different"]
    assert [edge["verdict"] for edge in edges["tests/broken.py"]] == ["failed"]
    assert there["environments"] > 1
    # All is stored, also for a search on this machine.
    assert searched(project, *words, "there")["environments"] == 0


def test_a_batch_sends_each_study_to_the_workers(cluster: Cluster, tmp_path: Path) -> None:
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "data.txt").write_text(name, encoding="utf-8")
        use = "import brick\nprint(open('data.txt').read(), brick.__name__)\n"
        (folder / "use.py").write_text(use, encoding="utf-8")
    table = tmp_path / "cases.csv"
    rows = [f"{name}/use.py,{RELEASES[0]}@{python_here()}" for name in ("one", "two")]
    table.write_text("\n".join(["script,baseline", *rows]), encoding="utf-8")
    words = ("--batch", str(table), "--jobs", "1", "--dependency", "brick", "--no-causes")
    here = searched(cluster.project, *words, "--results", "here")
    there = searched(cluster.project, *words, "--results", "there", "--dask", cluster.dask.file)
    assert here == there
    outputs = {
        json.loads(path.read_text())["tests"]["use.py"]["output"][0]
        for path in (tmp_path / "there").glob(f"*/{cell_of(RELEASES[0])}.json")
    }
    assert outputs == {"one brick\n", "two brick\n"}
    assert cluster.dask.left() == []


@pytest.mark.parametrize("where", ["", "local"])
def test_ctrl_c_ends_the_cells_of_a_search(slow: Cluster, where: str) -> None:
    running = slow.start(command="frontier", where=where)
    assert any(": running" in line for line in running.stdout or ())
    # It reaches workers that the command has started, too.
    os.killpg(running.pid, signal.SIGINT)
    said, _ = running.communicate(timeout=60)
    assert (running.returncode, "Traceback" in said) == (130, False), said
    wait_for(lambda: not slow.dask.left(), 15)


def test_a_search_outlives_a_worker(cluster: Cluster) -> None:
    script = cluster.project.folder / "tests" / "same.py"
    script.write_text(f"import time\ntime.sleep(2)\n{SCRIPTS['same.py']}", encoding="utf-8")
    running = cluster.start("tests/same.py", "--no-causes", command="frontier")
    first, second = cluster.dask.living
    wait_for(lambda: cluster.dask.begun(first) or cluster.dask.begun(second))
    lost = first if cluster.dask.begun(first) else second
    cluster.dask.workers[lost].send_signal(signal.SIGKILL)
    said, _ = running.communicate(timeout=90)
    assert running.returncode == 0, said
    assert "its worker was lost; it is tried again" in said
    assert f"{RELEASES[len(RELEASES) // 2]}  different" in said


def test_a_search_says_that_no_worker_has_its_python(cluster: Cluster) -> None:
    words = ("tests/same.py", "--python", "3.5", "--dask", cluster.dask.file)
    ended = cluster.project.tfcompat("frontier", *words)
    assert ended.returncode != 0
    assert "none of the workers has Python 3.5" in ended.said
