"""Cells in containers of podman, of an image that holds one interpreter of this machine."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from images import import_image
from json_forms import check
from support import ROOT, identifier, python_here

from tfcompat.environments import interpreters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support import Project

NAME = "localhost/tfcompat-test"
HERE = python_here()
LEFT = "left by endless"  # in the command line of a child of tests/scripts/endless.py
STUDY = """analysis:
  dependency: six
  tests: [tests/{script}]
  prefer: container
  container: {{engine: podman, image: "{image}"}}
"""


# One engine, whose containers are counted.
pytestmark = pytest.mark.alone

LATER = (
    "import os, six; print(os.path.exists(os.path.join(os.path.dirname(six.__file__), 'written')))"
)


@pytest.fixture(scope="module", autouse=True)
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Make sure that podman works here, and make the image."""
    if shutil.which("podman") is None:
        why = "no podman on PATH"
        if os.environ.get("TFCOMPAT_NEEDS_PODMAN"):
            pytest.fail(why)
        pytest.skip(why)
    variables: dict[str, str] = {}
    if os.getuid() == 0 and "CONTAINERS_CONF" not in os.environ:
        # Root in a small virtual machine may raise no limit, and runc needs least of the system.
        conf = tmp_path_factory.mktemp("podman") / "containers.conf"
        limits = '"nofile=1024:1024", "nproc=1024:1024"'
        runtime = '[engine]\nruntime = "runc"\n' if shutil.which("runc") else ""
        conf.write_text(f"[containers]\ndefault_ulimits = [{limits}]\n{runtime}", encoding="utf-8")
        variables["CONTAINERS_CONF"] = str(conf)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        import_image(Path(sys.executable), f"{NAME}:{HERE}")
        yield
        _remove(f"{NAME}:{HERE}")


def _remove(image: str) -> None:
    subprocess.run(["podman", "rmi", "--force", image], capture_output=True, check=False)


def ours() -> list[str]:
    words = ["podman", "ps", "--all", "--quiet", "--filter", "label=io.tfcompat.owner"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()


def study(project: Project, script: str, image: str = f"{NAME}:{{python}}", more: str = "") -> None:
    project.write(STUDY.format(script=script, image=image) + more, script)


def test_a_cell_is_the_same_in_a_container(project: Project) -> None:
    scripts = ("steady.py", "chatty.py", "surroundings.py")
    project.study(*scripts)
    words = ("run", "--release", "1.16.0", "--python", HERE)
    outside = project.tfcompat(*words, "--results", "outside")
    assert outside.returncode == 0, outside.said
    more = f'  prefer: container\n  container: {{image: "{NAME}:{{python}}"}}\n'
    project.study(*scripts, more=more)
    inside = project.tfcompat(*words, "--results", "inside")
    assert inside.returncode == 0, inside.said
    assert f"podman has {NAME}:{HERE}" in inside.said
    one, other = (project.cell(identifier("1.16.0"), folder) for folder in ("outside", "inside"))
    assert one["requirements.txt"] == other["requirements.txt"]
    for test in one["tests"].keys() - {"build"}:
        for part in ("verdict", "output", "error", "retval"):
            assert one["tests"][test][part] == other["tests"][test][part], test
    environment = other["environment"]
    assert environment["backend"] == "podman"
    assert environment["interpreter"]["image"].startswith(f"{NAME}:{HERE}@sha256:")
    assert ours() == []
    # Nothing is run again, and in a virtualenv it would be another cell.
    again = project.tfcompat(*words, "--results", "inside")
    assert "building" not in again.said


def test_a_run_sees_and_changes_nothing_else(project: Project) -> None:
    study(project, "contained.py")
    script = project.folder / "tests" / "contained.py"
    text = script.read_text(encoding="utf-8")
    assert "a file of the user" in text
    outside = project.folder / "caliper.yaml"
    script.write_text(text.replace("a file of the user", str(outside)), encoding="utf-8")
    outside.write_text(outside.read_text("utf-8").replace("contained.py", "*.py"), "utf-8")
    script.with_name("later.py").write_text(LATER, encoding="utf-8")
    done = project.tfcompat("run", "--release", "1.16.0", "--python", HERE, "--jobs", "1")
    assert done.returncode == 0, done.said
    tests = project.cell(identifier("1.16.0"))["tests"]
    assert tests["tests/later.py"]["output"] == ["False\n"]
    output = "".join(tests["tests/contained.py"]["output"])
    assert "outside: False" in output
    assert "refused: /usr/written Read-only file system" in output
    assert "refused: /written Read-only file system" in output
    # What it writes into its environment is caught, and no other run sees it.
    assert "written: site-packages" in output
    assert "study: ['tests']" in output


NEEDY = {
    "loop.py": "import six, socket\nserver = socket.socket()\nserver.bind(('127.0.0.1', 0))\n"
    "server.listen(1)\nsocket.create_connection(server.getsockname()).close()\n"
    "print('to itself')\n",
    "page.py": "import six, socket\nsocket.create_connection(('127.0.0.1', {port}), 5)\n"
    "print('out')\n",
    "data.py": "import six\nprint(open('{file}').read())\n",
    "named.py": "import six, sys\nprint(open(sys.argv[1]).read())\n",
}


@pytest.mark.parametrize("network", ["closed", "open"])
def test_what_a_run_reaches(project: Project, network: str) -> None:
    """The network is closed unless the study opens it; of files it sees those that are named.

    The server is on this machine, and a container of its own network has no way to it.
    """
    hidden, named = (project.folder.parent / name for name in ("hidden.txt", "named.txt"))
    for file in (hidden, named):
        file.write_text(file.stem, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as server:
        (project.folder / "tests").mkdir()
        for name, text in NEEDY.items():
            filled = text.format(port=server.getsockname()[1], file=hidden)
            (project.folder / "tests" / name).write_text(filled, encoding="utf-8")
        more = f"  network: {network}\n  args: {{tests/named.py: [{named}]}}\n"
        text = STUDY.format(script="*.py", image=f"{NAME}:{{python}}") + more
        (project.folder / "caliper.yaml").write_text(text, encoding="utf-8")
        done = project.tfcompat("run", "--release", "1.16.0", "--python", HERE)
    assert done.returncode == 0, done.said
    tests = project.cell(identifier("1.16.0"))["tests"]
    found = {name: tests[f"tests/{name}"] for name in NEEDY}
    assert found["loop.py"]["output"] == ["to itself\n"]
    assert found["named.py"]["output"] == ["named\n"]
    assert found["data.py"]["cause"]["kind"] == "missing-data", found["data.py"]["cause"]
    assert f"{hidden} is on this machine, and hidden from runs" in done.said
    if network == "open":
        assert found["page.py"]["output"] == ["out\n"]
    else:
        assert found["page.py"]["verdict"] == "failed"
        assert found["page.py"]["cause"]["kind"] == "network"


def test_containers_that_are_killed(project: Project) -> None:
    """Whoever kills containers at any moment takes no run with it, and no verdict is made of it."""
    kills = int(os.environ.get("TFCOMPAT_KILLS", "3"))
    for number in range(4):
        script = project.folder / "tests" / f"slow{number}.py"
        script.parent.mkdir(exist_ok=True)
        script.write_text(
            f"import time, six\ntime.sleep(0.5)\nprint('slow {number}')\n", encoding="utf-8"
        )
    text = STUDY.format(script="*.py", image=f"{NAME}:{{python}}")
    (project.folder / "caliper.yaml").write_text(text, encoding="utf-8")
    words = ["run", "--release", "1.15.0", "--release", "1.16.0", "--python", HERE, "--jobs", "2"]
    chosen = random.Random(7)
    for round_number in range(200):
        process = subprocess.Popen(
            [*project.command(*words), *(["--force"] if round_number % 2 else [])],
            cwd=project.folder,
            env=project.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        while process.poll() is None and kills > 0:
            time.sleep(chosen.uniform(0.1, 3))
            for container in ours()[:1]:
                ended = subprocess.run(
                    ["podman", "kill", container], capture_output=True, check=False
                )
                kills -= ended.returncode == 0
        said = process.communicate()[1]
        # Where a container was killed twice, its cell is unknown, and is completed later.
        assert process.returncode in (0, 3), said
        assert "Traceback" not in said
        for cell in (project.folder / "results").glob("*.json"):
            for test, run in json.loads(cell.read_text(encoding="utf-8"))["tests"].items():
                if test != "build":
                    assert (run["verdict"], run["retval"]) == ("same", 0), (test, run)
        if kills <= 0 and process.returncode == 0:
            break
    assert kills <= 0
    assert ours() == []
    for release in ("1.15.0", "1.16.0"):
        tests = project.cell(identifier(release))["tests"]
        assert [tests[f"tests/slow{n}.py"]["output"] for n in range(4)] == [
            [f"slow {n}\n"] for n in range(4)
        ]


@pytest.mark.parametrize(
    ("image", "said"),
    [
        ("localhost/tfcompat-none:1", "the image localhost/tfcompat-none:1 cannot be fetched"),
        (f"{NAME}:{HERE}", "has no python3.9 in /usr/local/bin"),
    ],
)
def test_what_cannot_be_had_is_unknown(project: Project, image: str, said: str) -> None:
    study(project, "steady.py", image)
    done = project.tfcompat("run", "--release", "1.16.0", "--python", "3.9")
    assert done.returncode == 3, done.said
    assert said in done.said
    assert not list((project.folder / "results").glob("*.json"))


def test_an_engine_that_starts_nothing(project: Project) -> None:
    study(project, "steady.py")
    broken = project.folder / "bin"
    broken.mkdir()
    podman = shutil.which("podman")
    (broken / "podman").write_text(
        f'#!/bin/sh\n[ "$1" = run ] && echo "Error: no space left on device" >&2 && exit 125\n'
        f'exec {podman} "$@"\n',
        encoding="utf-8",
    )
    (broken / "podman").chmod(0o755)
    path = f"{broken}{os.pathsep}{os.environ['PATH']}"
    done = project.tfcompat("run", "--release", "1.16.0", "--python", HERE, PATH=path)
    assert done.returncode == 3, done.said
    assert "podman cannot start a container of" in done.said
    assert "no space left on device" in done.said


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_no_container_outlives_its_command(project: Project, number: signal.Signals) -> None:
    study(project, "endless.py")
    words = ["run", "--release", "1.16.0", "--python", HERE]
    process = subprocess.Popen(
        project.command(*words),
        cwd=project.folder,
        env=project.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until = time.monotonic() + 120
    try:
        while LEFT not in _running() and time.monotonic() < until:
            time.sleep(0.2)
        assert LEFT in _running()
        assert len(ours()) == 1
    finally:
        process.send_signal(number)
        process.wait(60)
    until = time.monotonic() + 20
    while (ours() or LEFT in _running()) and time.monotonic() < until:
        time.sleep(0.2)
    assert ours() == []
    assert LEFT not in _running()


def _running() -> str:
    words = ["ps", "-ewwo", "args"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


@pytest.mark.tensorflow
def test_tensorflow_is_the_same_in_a_container(project: Project) -> None:
    found = {one.python: one.path for one in interpreters.find()[0]}
    if "3.6" not in found:
        pytest.skip("no Python 3.6 here")
    import_image(found["3.6"], f"{NAME}:3.6")
    shutil.copytree(ROOT / "examples", project.folder / "examples")
    text = (
        "analysis:\n  dependency: tensorflow\n  tests: [examples/tensorflow_v0.11/1_Introduction]\n"
    ).replace("1_Introduction", "1_Introduction/*.py")
    words = ("run", "--release", "0.12.1", "--python", "3.6")
    (project.folder / "caliper.yaml").write_text(text, encoding="utf-8")
    assert project.tfcompat(*words, "--results", "outside").returncode == 0
    text += f'  prefer: container\n  container: {{image: "{NAME}:{{python}}"}}\n'
    (project.folder / "caliper.yaml").write_text(text, encoding="utf-8")
    inside = project.tfcompat(*words, "--results", "inside")
    assert inside.returncode == 0, inside.said
    name = "pypi-tensorflow-0.12.1-python-cp36"
    one, other = (project.cell(name, folder)["tests"] for folder in ("outside", "inside"))
    assert len(one) == 3
    for test in one.keys() - {"build"}:
        assert other[test]["verdict"] == one[test]["verdict"] == "same"
        assert other[test]["output"] == one[test]["output"]
    assert {run["isolation"] for test, run in other.items() if test != "build"} == {"warm"}
    _remove(f"{NAME}:3.6")


def test_doctor_starts_a_container_to_see_that_it_can(project: Project) -> None:
    done = project.tfcompat("doctor", "--json")
    assert done.returncode == 0, done.said
    check("doctor", json.loads(done.stdout))
    (podman,) = (e for e in json.loads(done.stdout)["engines"] if e["name"] == "podman")
    assert podman["works"], podman
