"""The noxfile, as users call it, over a study of a tiny package."""

from __future__ import annotations

import re
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from support import ROOT, identifier, python_here

from tfcompat.environments import interpreters

if TYPE_CHECKING:
    from support import Ended, Project

# What steady.py prints is the same on each of them; the newest one is what no name stands for.
THREES = [found.python for found in interpreters.find()[0] if found.python != "2.7"]


def nox(project: Project, *words: str, **variables: str) -> Ended:
    return project.run(sys.executable, "-m", "nox", *words, **variables)


@pytest.fixture
def study(project: Project) -> Project:
    shutil.copy(ROOT / "noxfile.py", project.folder)
    project.study(
        "steady.py",
        "shifting.py",
        more="  versions: [1.14.0, 1.15.0]\n  baselines: {tests: 1.14.0}\n",
    )
    # As if fetched from the index: the package ships no releases of six.
    nox(project, "-l")
    return project


def test_list(study: Project) -> None:
    ended = nox(study, "-l")
    assert "- run_examples(tf='1.14.0') [quick] -> Try every example" in ended.stdout
    assert "- run_examples(tf='1.15.0') [quick]" in ended.stdout
    assert "* tests" in ended.stdout
    assert "- report" in ended.stdout


def test_one_release_of_the_grid_and_one_besides(study: Project) -> None:
    for release in ("1.15.0", "1.12.0"):
        ended = nox(study, "-s", f"run_examples(tf='{release}')")
        assert ended.returncode == 0, ended.said
        assert re.search(rf"\[1/1\] pypi-six-{release}-python-cp\d+: ", ended.stdout)
    assert len(list((study.folder / "results").glob("pypi-six-*.json"))) == 2


def test_a_session_on_a_dask_worker(study: Project) -> None:
    pytest.importorskip("distributed")
    session = f"run_examples(tf='1.15.0', python='{python_here()}')"
    ended = nox(study, "-s", session, "--", "--dask", "local")
    assert ended.returncode == 0, ended.said
    assert re.search(r"\d+ Dask workers?$", ended.stdout, re.MULTILINE)
    assert study.verdicts(identifier("1.15.0"))["steady"] == "same"


def test_a_python_besides(study: Project) -> None:
    for python in THREES[-1:]:
        ended = nox(study, "-s", f"run_examples(tf='1.15.0', python='{python}')")
        assert ended.returncode == 0, ended.said
        assert study.verdicts(identifier("1.15.0", python))["steady"] == "same"


def test_named_by_variable(study: Project) -> None:
    ended = nox(study, NOXSESSION="run_examples(tf='1.13.0')")
    assert ended.returncode == 0, ended.said
    assert "pypi-six-1.13.0" in ended.stdout


def test_a_release_that_does_not_exist(study: Project) -> None:
    ended = nox(study, "-s", "run_examples(tf='1.15.7')")
    assert ended.returncode == 2
    assert "the nearest are 1.14.0, 1.15.0, 1.16.0" in ended.stderr
    assert len(ended.said.strip().splitlines()) == 1


def test_in_parallel(study: Project) -> None:
    ended = nox(study, "-j", "2", "-t", "quick")
    assert ended.returncode == 0, ended.said
    assert len(list((study.folder / "results").glob("*.json"))) == 2
    # The baseline was made once, by whichever of the two came first.
    assert len(re.findall(r"pypi-six-1\.14\.0-python-cp\d+: repeat 5", ended.stdout)) == 1


def test_a_missing_interpreter_is_a_skip_and_on_ci_a_failure(study: Project) -> None:
    with (study.folder / "caliper.yaml").open("a") as file:
        file.write("  interpreters: never\n")
    words = ("-s", "run_examples(tf='1.15.0', python='3.3')")
    ended = nox(study, *words)
    assert ended.returncode == 0, ended.said
    assert "skipped" in ended.said
    assert "no Python 3.3 on this machine" in ended.said
    ended = nox(study, *words, CI="true")
    assert ended.returncode == 1
    assert "no Python 3.3 on this machine" in ended.said


def test_a_nox_without_the_project_says_what_to_do(study: Project) -> None:
    (study.folder / "shadow").mkdir()
    broken = "raise ModuleNotFoundError('No module named tfcompat', name='tfcompat')"
    (study.folder / "shadow" / "tfcompat.py").write_text(broken)
    ended = nox(study, "-l", PYTHONPATH=str(study.folder / "shadow"))
    assert ended.returncode == 2
    assert "pip install -e ." in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_the_frontier_of_the_study(study: Project) -> None:
    ended = nox(study, "-s", "frontier", "--", "--release", ">=1.14,<1.16", "--specifier")
    assert ended.returncode == 0, ended.said
    assert "tests/steady.py: >=1.14\n" in ended.said
    assert "tests/shifting.py: >=1.14,<1.15\n" in ended.said
