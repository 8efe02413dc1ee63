"""The main job on tiny real packages: build, run, compare, store, go on."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from json_forms import check
from packaging.version import Version
from support import identifier, python_here

from tfcompat.environments import interpreters
from tfcompat.execution.launcher import LAUNCHER
from tfcompat.util import host

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support import Project

    from tfcompat.environments.interpreter_record import Interpreter


HERE = f"  python_versions: [{python_here()}]\n"
BASELINE = f"  baselines: {{tests: {{release: 1.15.0, python: {python_here()}}}}}\n"


def test_the_seeds_outcomes(project: Project) -> None:
    project.study(
        "steady.py",
        "shifting.py",
        "newer.py",
        more=f"  versions: [1.11.0, 1.15.0]\n{HERE}{BASELINE}",
    )
    ended = project.tfcompat("run")
    assert ended.returncode == 0, ended.said
    old, new = identifier("1.11.0"), identifier("1.15.0")
    assert project.verdicts(new) == {"steady": "same", "shifting": "same", "newer": "same"}
    assert project.verdicts(old) == {"steady": "same", "shifting": "different", "newer": "failed"}
    tests = project.cell(old)["tests"]
    assert tests["tests/newer.py"]["cause"]["symbol"] == "six.ensure_text"
    assert tests["tests/newer.py"]["cause"]["frame"] == "tests/newer.py:4"
    assert tests["tests/shifting.py"]["first_difference"]["observed_text"] == "release: 1.11.0"
    assert tests["tests/shifting.py"]["baseline"] == new
    # Confirmed by six runs on each side; what does not differ runs once.
    runs = {
        (release, script): len(project.cell(release)["tests"][f"tests/{script}.py"]["runs"]) + 1
        for release in (old, new)
        for script in ("steady", "shifting")
    }
    assert runs == {
        (old, "steady"): 1,
        (new, "steady"): 1,
        (old, "shifting"): 6,
        (new, "shifting"): 6,
    }
    assert "six==1.11.0\n" in project.cell(old)["requirements.txt"]
    assert "1.11.0" in ended.stdout


def test_a_result_says_nothing_of_where_it_was_made(project: Project, cache: Path) -> None:
    project.study("steady.py", "surroundings.py", more=f"  versions: [1.15.0]\n{HERE}")
    steady = project.folder / "tests" / "steady.py"
    stack = "\nimport traceback\nprint(traceback.format_stack())\n"
    steady.write_text(steady.read_text(encoding="utf-8") + stack, encoding="utf-8")
    assert project.tfcompat("run").returncode == 0
    text = (project.folder / "results" / f"{identifier('1.15.0')}.json").read_text()
    # A warm run's stack begins in the launcher.
    assert "/launcher/launcher.py" in text
    for folder in (project.folder, cache, Path.home() / ".pyenv", LAUNCHER.parents[2]):
        assert str(folder) not in text


def test_what_a_run_sees(project: Project) -> None:
    project.study("surroundings.py", more=f"  versions: [1.15.0]\n{HERE}")
    ended = project.tfcompat("run", SECRET="said", PYTHONPATH="/nowhere", PYTHONHASHSEED="7")
    assert ended.returncode == 0, ended.said
    (test,) = (t for n, t in project.cell(identifier("1.15.0"))["tests"].items() if n != "build")
    lines = dict(line.rstrip("\n").split(": ", 1) for line in test["output"])
    assert lines["cores"] == "1"
    assert lines["argv"] == "['tests/surroundings.py']"
    assert lines["files"] == "['tests']"
    assert lines["variables"] == "['PYTHONHASHSEED', 'PYTHONIOENCODING']"
    assert lines["stdin"] == "''"
    assert lines["gpu"] == "-1"
    assert lines["text"] == "\u00fc\u4e2d"
    assert lines["bytes"] == "\\xff\\xfe"


def test_limits(project: Project) -> None:
    project.study(
        "endless.py", "chatty.py", "crashing.py",
        more=f"  versions: [1.15.0]\n  timeout: 3\n  output: 10kB\n{HERE}",
    )  # fmt: skip
    ended = project.tfcompat("run")
    assert ended.returncode == 0, ended.said
    tests = project.cell(identifier("1.15.0"))["tests"]
    endless, chatty = tests["tests/endless.py"], tests["tests/chatty.py"]
    assert (endless["timed_out"], endless["cause"]["kind"]) == (True, "timeout")
    assert endless["output"] == ["six\n"]
    assert "left by endless.py" not in subprocess.run(
        ["ps", "ax", "-o", "args"], capture_output=True, text=True, check=True
    ).stdout.replace("ps ax", "")
    assert chatty["truncated"]
    assert sum(map(len, chatty["output"])) < 11_000
    assert chatty["output"][-1] == "six\n"
    assert tests["tests/crashing.py"]["signal"] == "SIGSEGV"
    assert tests["tests/crashing.py"]["retval"] == -signal.SIGSEGV


def test_nothing_runs_twice(project: Project) -> None:
    project.study("steady.py", "newer.py", more=f"  versions: [1.15.0]\n{HERE}")
    project.tfcompat("run")
    before = project.cell(identifier("1.15.0"))
    again = project.tfcompat("run")
    assert "building" not in again.stdout
    assert project.cell(identifier("1.15.0")) == before
    # A changed example runs again, alone.
    script = project.folder / "tests" / "steady.py"
    script.write_text(script.read_text().replace("loss", "cost"))
    assert "running (1 example)" in project.tfcompat("run").stdout
    after = project.cell(identifier("1.15.0"))["tests"]
    assert after["tests/newer.py"] == before["tests"]["tests/newer.py"]
    assert "cost" in after["tests/steady.py"]["output"][1]
    assert "running (2 examples)" in project.tfcompat("run", "--force").stdout
    assert "running (1 example)" in project.tfcompat("run", "--test", "newer.py", "--force").stdout


@pytest.mark.parametrize("isolation", ["fresh", "warm"])
def test_warm_and_fresh_come_to_the_same(project: Project, isolation: str) -> None:
    scripts = ("steady.py", "shifting.py", "newer.py", "crashing.py", "surroundings.py")
    versions = f"  versions: [1.11.0, 1.15.0]\n{HERE}{BASELINE}"
    project.study(*scripts, more=versions)
    assert project.tfcompat("run", "--isolation", isolation).returncode == 0
    old, new = (project.cell(identifier(release))["tests"] for release in ("1.11.0", "1.15.0"))
    for tests in (old, new):
        # What crashes in a fork is tried again without one.
        used = {script: tests[f"tests/{script}"]["isolation"] for script in scripts}
        assert used == dict.fromkeys(scripts, isolation) | {"crashing.py": "fresh"}
    verdicts = [old[f"tests/{script}"]["verdict"] for script in scripts]
    assert verdicts == ["same", "different", "failed", "no-baseline", "same"]
    assert new["tests/crashing.py"]["signal"] == "SIGSEGV"
    error = "".join(old["tests/newer.py"]["error"])
    assert "AttributeError" in error
    assert "launcher" not in error


def test_a_tolerance_judges_again_and_runs_only_what_is_to_be_confirmed(project: Project) -> None:
    versions = f"  versions: [1.11.0, 1.15.0]\n{HERE}{BASELINE}"
    project.study("shifting.py", more=f"{versions}  mask: {{number: 'release: [0-9.]+'}}\n")
    assert project.tfcompat("run").returncode == 0
    test = project.cell(identifier("1.11.0"))["tests"]["tests/shifting.py"]
    assert (test["verdict"], test["basis"], len(test["runs"])) == ("same", "exact", 0)
    # Now it differs, and that has to be confirmed; the run that there is counts.
    project.study("shifting.py", more=versions)
    assert project.tfcompat("run").returncode == 0
    again = project.cell(identifier("1.11.0"))["tests"]["tests/shifting.py"]
    assert (again["verdict"], len(again["runs"])) == ("different", 5)
    assert again["seconds"] == test["seconds"]
    ended = project.tfcompat("run")
    assert project.cell(identifier("1.11.0"))["tests"]["tests/shifting.py"] == again
    assert "running" not in ended.stdout


def test_compare_names_what_changed(project: Project) -> None:
    project.study("shifting.py", more=f"  versions: [1.11.0, 1.15.0]\n{HERE}{BASELINE}")
    assert project.tfcompat("run", "--results", "old").returncode == 0
    same = project.tfcompat("compare", "old", "old")
    assert (same.returncode, same.stdout) == (0, "2 cells in both, 2 verdicts: 0 changed\n")
    project.study(
        "shifting.py",
        more=f"  versions: [1.11.0, 1.15.0]\n{HERE}{BASELINE}  mask: {{n: 'release: [0-9.]+'}}\n",
    )
    assert project.tfcompat("run", "--results", "new").returncode == 0
    changed = project.tfcompat("compare", "old", "new").stdout
    assert (
        "different → same: six itself changed it (from 1.11.0 on) (1 verdict, 1 example)" in changed
    )
    assert project.tfcompat("compare", "old", "nowhere").returncode == 2


def test_a_mask_judges_again_and_runs_nothing(project: Project) -> None:
    more = f"  versions: [1.14.0, 1.15.0]\n{HERE}{BASELINE}"
    project.study("shifting.py", more=more)
    project.tfcompat("run")
    assert project.verdicts(identifier("1.14.0")) == {"shifting": "different"}
    project.study("shifting.py", more=more + "  mask: {release: 'release: [0-9.]+'}\n")
    ended = project.tfcompat("run")
    assert "building" not in ended.stdout
    assert project.verdicts(identifier("1.14.0")) == {"shifting": "same"}


def test_only(project: Project) -> None:
    project.study("steady.py", "newer.py", more=f"  versions: [1.11.0]\n{HERE}")
    project.tfcompat("run")
    assert "running (1 example)" in project.tfcompat("run", "--only", "failed").stdout
    assert "running" not in project.tfcompat("run", "--only", "unknown").stdout
    (project.folder / "again").write_text(f"{identifier('1.11.0')} tests/steady.py\n")
    assert "running (1 example)" in project.tfcompat("run", "--only", "again").stdout


def test_unbuildable(project: Project) -> None:
    broken = project.folder / "broken"
    broken.mkdir()
    (broken / "setup.py").write_text("raise SystemExit('this cannot be built')")
    for wish, kind in (("six==1.10.0", "conflict"), (f"broken @ {broken.as_uri()}", "build-error")):
        results = project.folder / kind
        project.study("steady.py", more=f"  versions: [1.15.0]\n  requirements: ['{wish}']\n{HERE}")
        ended = project.tfcompat("run", "--results", str(results))
        assert ended.returncode == 0, ended.said
        cell = project.cell(identifier("1.15.0"), kind)
        assert (cell["verdict"], cell["cause"]["kind"]) == ("unbuildable", kind)
        assert cell["tests"]["build"]["retval"] == 1
        assert len(cell["tests"]["build"]["error"]) > 1
        # Known, and not tried again.
        assert "building" not in project.tfcompat("run", "--results", str(results)).stdout


def test_a_release_of_source_alone_is_built(project: Project) -> None:
    project.study("steady.py", more=f"  versions: [0.9.1]\n{HERE}")
    ended = project.tfcompat("run")
    assert ended.returncode == 0, ended.said
    cell = project.cell(identifier("0.9.1"))
    assert cell["environment"]["sdist"]["filename"] == "six-0.9.1.tar.gz"
    assert "wheel" not in cell["environment"] or cell["environment"]["wheel"] is None
    assert "six==0.9.1\n" in cell["requirements.txt"]
    # It has no `six.integer_types` yet.
    assert project.verdicts(identifier("0.9.1")) == {"steady": "failed"}


def test_no_wheel_is_known_from_the_index(project: Project) -> None:
    # It has wheels for other Pythons, and no source.
    text = "analysis:\n  dependency: tensorflow\n  versions: [1.15.5]\n  tests: [tests/steady.py]\n"
    project.write(text + HERE, "steady.py")
    ended = project.tfcompat("run")
    assert ended.returncode == 0, ended.said
    assert "building" not in ended.stdout
    cell = project.cell(identifier("1.15.5").replace("six", "tensorflow"))
    assert (cell["build_retval"], cell["cause"]["kind"]) == (1, "no-wheel")
    assert "tests" not in cell


def test_a_missing_python_is_unknown(project: Project) -> None:
    more = "  versions: [1.15.0]\n  python_versions: ['3.3']\n  interpreters: never\n"
    project.study("steady.py", more=more)
    ended = project.tfcompat("run")
    assert ended.returncode == 3
    assert "no Python 3.3 on this machine" in ended.stdout
    assert not list((project.folder / "results").glob("*.json"))


def test_an_unavailable_baseline_leaves_runs_stored_and_unjudged(project: Project) -> None:
    more = f"  versions: [1.15.0]\n{HERE}  interpreters: never\n"
    project.study("steady.py", more=more + "  baselines: {tests: {release: 1.11.0, python: 3.3}}\n")
    assert project.tfcompat("run").returncode == 3
    test = project.cell(identifier("1.15.0"))["tests"]["tests/steady.py"]
    assert (test["verdict"], test["cause"]["kind"]) == ("unknown", "baseline-unavailable")
    assert test["output"]
    # With a baseline that can be made, only the baseline runs.
    project.study("steady.py", more=more + BASELINE.replace("1.15.0", "1.14.0"))
    ended = project.tfcompat("run")
    assert (ended.returncode, f"{identifier('1.15.0')}: running" in ended.stdout) == (0, False)
    assert project.verdicts(identifier("1.15.0")) == {"steady": "same"}


def test_a_baseline_that_fails_blames_the_example(project: Project) -> None:
    project.study(
        "newer.py", more=f"  versions: [1.15.0]\n{HERE}{BASELINE.replace('1.15.0', '1.11.0')}"
    )
    assert project.tfcompat("run").returncode == 0
    test = project.cell(identifier("1.15.0"))["tests"]["tests/newer.py"]
    assert (test["verdict"], test["cause"]["kind"]) == ("no-baseline", "example-bug")


def test_without_a_named_baseline_the_newest_serves(project: Project) -> None:
    project.study("shifting.py", more=f"  versions: [1.14.0]\n{HERE}")
    project.tfcompat("run")
    assert project.verdicts(identifier("1.14.0")) == {"shifting": "same"}
    project.tfcompat("run", "--release", "1.15.0")
    test = project.cell(identifier("1.14.0"))["tests"]["tests/shifting.py"]
    assert (test["verdict"], test["baseline"]) == ("different", identifier("1.15.0"))


def test_fail_on(project: Project) -> None:
    project.study("newer.py", more=f"  versions: [1.11.0]\n{HERE}")
    assert project.tfcompat("run", "--fail-on", "failed,different").returncode == 1
    assert project.tfcompat("run", "--fail-on", "different").returncode == 0
    wrong = project.tfcompat("run", "--fail-on", "differnt")
    assert (wrong.returncode, "different" in wrong.stderr) == (2, True)


@pytest.fixture
def endless(project: Project) -> Iterator[subprocess.Popen[bytes]]:
    project.study("steady.py", "endless.py", more=f"  versions: [1.15.0]\n{HERE}")
    process = subprocess.Popen(
        project.command("run"), cwd=project.folder, env=project.environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    state = project.folder / "results" / ".state" / identifier("1.15.0")
    deadline = time.monotonic() + 60
    while not list(state.glob("run-*.json")):
        assert time.monotonic() < deadline, process.communicate()
        time.sleep(0.1)
    yield process
    process.kill()
    process.communicate()


def test_an_interrupted_run_goes_on_where_it_stopped(
    project: Project, endless: subprocess.Popen[bytes], cache: Path
) -> None:
    endless.send_signal(signal.SIGINT)
    _, err = endless.communicate(timeout=10)
    assert endless.returncode == 130
    assert b"stored" in err
    assert b"Traceback" not in err
    assert not list((cache / "work").glob("run-*/"))
    project.study("steady.py", "endless.py", more=f"  versions: [1.15.0]\n  timeout: 600\n{HERE}")
    script = project.folder / "tests" / "endless.py"
    script.write_text("import six\nprint('ends')\n")
    assert "running (1 example)" in project.tfcompat("run").stdout


MEET = """
import os, six, time
folder = {folder!r}
open(os.path.join(folder, six.__version__), "w").close()
until = time.time() + 60
while len(os.listdir(folder)) < 2 and time.time() < until:
    time.sleep(0.05)
print("met", len(os.listdir(folder)))
"""


@pytest.mark.alone
@pytest.mark.skipif(len(host.usable_cores()) < 2, reason="needs two cores")
def test_cells_run_at_the_same_time(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "meeting"
    folder.mkdir()
    project.study("steady.py", more=f"  versions: [1.14.0, 1.15.0]\n{HERE}")
    script = project.folder / "tests" / "steady.py"
    script.write_text(MEET.format(folder=str(folder)), encoding="utf-8")
    ended = project.tfcompat("run", "--jobs", "2", "--files", "open")
    assert ended.returncode == 0, ended.said
    for release in ("1.14.0", "1.15.0"):
        test = project.cell(identifier(release))["tests"]["tests/steady.py"]
        assert test["output"] == ["met 2\n"]


def test_the_imports_of_all_runs_of_a_cell_are_counted(project: Project) -> None:
    for name in ("one", "two"):
        (project.folder / "tests").mkdir(exist_ok=True)
        (project.folder / "tests" / f"{name}.py").write_text("import six\nprint(six.__version__)\n")
    more = f"  versions: [1.11.0, 1.15.0]\n  repeats: {{}}\n{HERE}{BASELINE}"
    study = "analysis:\n  dependency: six\n  tests: ['tests/*.py']\n" + more
    seconds = []
    for repeats in (2, 4):
        project.write(study.replace("{}", str(repeats)))
        assert project.tfcompat("run").returncode == 0
        seconds.append(project.cell(identifier("1.15.0"))["environment"]["phases"]["import"])
    # The second command made two more rounds, each with an import of its own.
    assert seconds[1] > seconds[0] > 0


def test_plan_as_json(project: Project) -> None:
    project.study("steady.py", more=f"  versions: ['>=1.14,<1.16']\n{HERE}")
    cells = json.loads(project.tfcompat("plan", "--json").stdout)
    check("plan", cells)
    assert [cell["identifier"] for cell in cells] == [identifier("1.14.0"), identifier("1.15.0")]
    assert cells[0]["wheel"]["filename"] == "six-1.14.0-py2.py3-none-any.whl"
    assert cells[0]["cut_off"].startswith("2020-01-15")


@pytest.mark.parametrize(
    "interpreter", interpreters.find()[0], ids=lambda found: f"{found.version}"
)
def test_every_interpreter_here(project: Project, interpreter: Interpreter) -> None:
    project.study(
        "steady.py", more=f"  versions: [1.15.0]\n  python_versions: [{interpreter.python}]\n"
    )
    ended = project.tfcompat("run", "--summary", "summary.json")
    assert ended.returncode == 0, ended.said
    check("run-summary", json.loads((project.folder / "summary.json").read_text()))
    name = identifier("1.15.0", interpreter.python)
    assert project.verdicts(name) == {"steady": "same"}
    cell = project.cell(name)
    # What `python -m venv` gives, as of the day: Python 2.7 has no newer setuptools.
    newest = "44.1.1" if interpreter.python == "2.7" else "46.4.0"
    seeds = [f"setuptools=={newest}\n"] if interpreter.version < Version("3.12") else []
    assert cell["requirements.txt"] == [*seeds, "six==1.15.0\n"]
    assert "--hash=sha256:" in cell["environment"]["lock"]
