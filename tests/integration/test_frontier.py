"""Where scripts break, found with real releases of six: `ensure_text` came with 1.12.0."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from support import SCRIPTS, identifier, python_here

from tfcompat.environments import uv
from tfcompat.util.network import index_url

if TYPE_CHECKING:
    from pathlib import Path

    from support import Ended, Project

HERE = ("--python", python_here())
# Six releases below the edge, and five above it.
RECENT = ("--release", ">=1.9", *HERE)


@pytest.fixture
def scripts(project: Project) -> Project:
    """Return a folder with scripts and no study."""
    for name in ("newer.py", "steady.py", "shifting.py"):
        shutil.copy(SCRIPTS / name, project.folder)
    return project


def frontier(project: Project, *words: str) -> Ended:
    ended = project.tfcompat("frontier", *words)
    assert ended.returncode == 0, ended.said
    return ended


def answer(project: Project, *words: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(frontier(project, *words, "--json").stdout)
    return content


def test_a_script_without_a_study(scripts: Project) -> None:
    lines = frontier(scripts, "newer.py", *RECENT).stdout.splitlines()
    assert re.fullmatch(
        rf"newer\.py   works 1\.12\.0 … (1\.\d+\.0) \(Python {python_here()}\)   "
        r"same result 1\.12\.0 … \1",
        lines[1],
    )
    assert re.fullmatch(r"six: \d+ releases, 1\.9\.0 … 1\.\d+\.0", lines[0])
    assert lines[2].startswith("  up    nothing stops it up to 1.")
    assert lines[3] == "  down  1.11.0  failed     `six.ensure_text` does not exist yet"
    # Nothing is written beside a script, and nothing is run again.
    assert len(list(scripts.folder.iterdir())) == 3
    again = answer(scripts, "newer.py", *RECENT)
    assert (again["environments"], again["stored"] > 3) == (0, True)
    marks = {mark["release"]: mark for mark in again["scripts"][0]["marks"]}
    assert marks["1.11.0"]["how"] == marks["1.12.0"]["how"] == "ran"
    assert all(mark["verdict"] is None for mark in marks.values() if mark["how"] == "inferred")


def test_search_and_walk_agree_and_the_range_is_for_pip(scripts: Project) -> None:
    words = ("newer.py", "shifting.py", "--baseline", "1.14.0", *RECENT)
    searched = answer(scripts, *words, "--results", "searched")
    walked = answer(scripts, *words, "--walk", "--results", "walked")
    assert [one["edges"] for one in searched["scripts"]] == [
        one["edges"] for one in walked["scripts"]
    ]
    assert searched["scripts"][1]["works"] != searched["scripts"][1]["same"]
    # The stored findings are shown in any form.
    found = frontier(scripts, *words, "--results", "searched", "--specifier").stdout
    assert found == "newer.py: >=1.12\nshifting.py: >=1.14,<1.15\n"
    table = frontier(scripts, *words, "--results", "searched", "--markdown").stdout
    assert "| `newer.py` | 1.14.0 " in table


def test_a_lock_brings_the_environment_back(scripts: Project, tmp_path: Path) -> None:
    words = ("newer.py", "--release", ">=1.11,<1.15", *HERE, "--lock", "kept/six.lock")
    ended = frontier(scripts, *words)
    assert f"wrote kept/six.lock and kept/Containerfile: {identifier('1.14.0')}" in ended.stderr
    environment = tmp_path / "again"
    for command in (
        ["venv", "--python", sys.executable, str(environment)],
        ["pip", "sync", "--python", str(environment), "--require-hashes", "kept/six.lock"],
    ):
        subprocess.run(
            [uv.program(), *command, "--quiet"],
            cwd=scripts.folder,
            env={**scripts.environment, "UV_DEFAULT_INDEX": index_url()},
            check=True,
            timeout=100,
        )
    python = str(environment / "bin" / "python")
    assert scripts.run(python, "newer.py").stdout == "text\n"
    assert scripts.run(python, "-c", "import six; print(six.__version__)").stdout == "1.14.0\n"
    recipe = (scripts.folder / "kept" / "Containerfile").read_text(encoding="utf-8")
    assert f"FROM docker.io/library/python:{python_here()}\nCOPY six.lock /six.lock\n" in recipe


def test_examples_of_a_study_are_searched_and_kept_in_its_results(project: Project) -> None:
    project.study("newer.py", "steady.py", more="  baselines: {tests: 1.15.0}\n")
    found = answer(project, *RECENT)
    newer, steady = found["scripts"]
    assert [(e["direction"], e["release"]) for e in newer["edges"]] == [("down", "1.11.0")]
    assert set(steady["open_ends"]) == {"up", "down"}
    assert project.verdicts(identifier("1.11.0"))["newer"] == "failed"
    kept = project.folder / "results" / "frontier" / "frontier.json"
    assert json.loads(kept.read_text(encoding="utf-8")) == found
    # A campaign goes on from there.
    ended = project.tfcompat("run", "--release", "1.11.0", *HERE)
    assert ended.returncode == 0, ended.said


@pytest.mark.parametrize(
    ("specifier", "code", "said"),
    [
        (">=1.12,<1.15", 0, f"newer.py  1.12.0 (Python {python_here()}, the oldest): same"),
        (">=1.11,<1.15", 1, ">=1.11,<1.15 does not hold: newer.py 1.11.0"),
        (">=99", 2, "no release of six that can be installed matches '>=99'"),
        ("nonsense", 2, "'nonsense' is no specifier"),
    ],
)
def test_a_claim_is_verified(scripts: Project, specifier: str, code: int, said: str) -> None:
    ended = scripts.tfcompat("verify", "newer.py", "--specifier", specifier, *HERE)
    assert ended.returncode == code, ended.said
    assert said in ended.said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere.py",), "cannot read the script nowhere.py: No such file or directory"),
        ((), "there is no study at caliper.yaml"),
        (("plain.py",), "plain.py imports no project of the index; name one with --dependency"),
        (("newer.py", "--baseline", "77"), "there is no release 77; the nearest are"),
        (("newer.py", "--lock", "/dev/null/x", "--release", "==1.15.0", *HERE), "cannot write"),
        (("broken.py", "--release", ">=1.15", *HERE), "broken.py runs with no release (with 1."),
        (("newer.py", "--spot", "many"), "'many' is no whole number"),
    ],
)
def test_bad_input(scripts: Project, words: tuple[str, ...], said: str) -> None:
    (scripts.folder / "plain.py").write_text("print(1)\n", encoding="utf-8")
    (scripts.folder / "broken.py").write_text("import six\nsix.nonsense()\n", encoding="utf-8")
    ended = scripts.tfcompat("frontier", *words)
    assert ended.returncode == 2, ended.said
    assert said in ended.stderr


def test_many_cases_make_one_table(scripts: Project) -> None:
    (scripts.folder / "cases.csv").write_text(
        "script,baseline,python,expected\n"
        f"newer.py,1.14.0,{python_here()},1.12.0..1.11.0\n"
        f"steady.py,1.14.0,{python_here()},\n"
        "nowhere.py,,,\n",
        encoding="utf-8",
    )
    words = ("frontier", "--batch", "cases.csv", "--release", ">=1.9")
    ended = scripts.tfcompat(*words)
    assert ended.returncode == 2, ended.said
    lines = ended.stdout.splitlines()
    assert lines[1].startswith("newer.py ")
    assert lines[1].endswith(" 1.12.0..1.11.0 right")
    assert lines[2].startswith("steady.py ")
    assert lines[-1] == "3 cases, 1 without an answer, 1 of 1 as expected"
    assert "cannot read the script nowhere.py" in lines[-2]
    # What one case has built serves the others, and the next command.
    documents = json.loads(scripts.tfcompat(*words, "--json").stdout)
    assert [one["schema"] for one in documents] == [1, 1, 1]
    assert [one["exit_code"] for one in documents] == [0, 0, 2]
    assert documents[0]["frontier"]["environments"] == 0
    assert documents[0]["frontier"]["scripts"][0]["edges"][0]["release"] == "1.11.0"


def test_a_name_that_python_took_away_is_told_from_the_release(scripts: Project) -> None:
    (scripts.folder / "newest.py").write_text(
        "import six\nprint(six.text_type(len(xrange(3))))\n", encoding="utf-8"
    )
    ended = scripts.tfcompat("frontier", "newest.py", *RECENT)
    assert ended.returncode == 2, ended.said
    assert "has no `xrange`" in ended.stderr
    assert "cause python; try --python 2.7" in ended.stderr
