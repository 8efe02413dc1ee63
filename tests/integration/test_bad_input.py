"""What a user can get wrong: one clear sentence, the right exit code, and nothing lost."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from support import identifier, python_here

if TYPE_CHECKING:
    from support import Project

HERE = f"  python_versions: [{python_here()}]\n"

STUDIES = {
    "not yaml": ("analysis: [", "no valid YAML"),
    "no top key": ("dependency: six", "`analysis`"),
    "unknown key": ("analysis: {dependency: six, tests: [t], repeat: 3}", "did you mean 'repeats'"),
    "no tests": ("analysis: {dependency: six}", "`analysis.tests`|`tests` is missing"),
    "nothing matches": ("analysis: {dependency: six, tests: ['none/*.py']}", "nothing matches"),
    "leaves the folder": ("analysis: {dependency: six, tests: [../x.py]}", "leaves the study"),
    "not a number": ("analysis: {dependency: six, tests: [t], timeout: soon}", "`timeout`"),
}


@pytest.mark.parametrize("case", STUDIES)
def test_a_broken_study(project: Project, case: str) -> None:
    text, expected = STUDIES[case]
    project.write(text)
    ended = project.tfcompat("run")
    assert ended.returncode == 2
    assert len(ended.stderr.strip().splitlines()) == 1
    assert any(part in ended.stderr for part in expected.split("|")), ended.stderr


def test_a_missing_study(project: Project) -> None:
    ended = project.tfcompat("plan", "--config", "elsewhere.yaml")
    assert (ended.returncode, "--config" in ended.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--release", "1.15.1"), "the nearest are 1.14.0, 1.15.0, 1.16.0, 1.17.0"),
        (("--release", "latest"), "neither a release"),
        (("--release", ">=7"), "matches no release"),
        (("--python", "36x"), "no Python version"),
        (("--test", "steadi.py"), "matches no example"),
        (("--resolve", "yesterday"), "a date such as"),
    ],
)
def test_a_selection_that_does_not_exist(
    project: Project, words: tuple[str, ...], expected: str
) -> None:
    project.study("steady.py", more="  versions: ['>=1.14']\n" + HERE)
    ended = project.tfcompat("run", *words)
    assert (ended.returncode, expected in ended.stderr) == (2, True), ended.stderr


def test_unquoted_versions_stay_what_they_look_like(project: Project) -> None:
    # six 1.10 as a float would be 1.1, Python 3.10 would be 3.1.
    project.study("steady.py", more="  versions: [1.10]\n  python_versions: [3.10]\n")
    ended = project.tfcompat("plan")
    assert identifier("1.10.0", "3.10") in ended.stdout, ended.said


def test_a_project_that_does_not_exist(project: Project) -> None:
    project.write("analysis: {dependency: six-that-never-was, tests: [t.py]}")
    (project.folder / "t.py").touch()
    ended = project.tfcompat("run")
    assert (ended.returncode, "no project named" in ended.stderr) == (2, True)


def test_a_results_folder_of_another_setting(project: Project) -> None:
    project.study("steady.py", more=f"  versions: [1.15.0]\n{HERE}")
    assert project.tfcompat("run").returncode == 0
    before = project.cell(identifier("1.15.0"))
    ended = project.tfcompat("run", "--resolve", "latest")
    assert (ended.returncode, "--results" in ended.stderr) == (2, True)
    assert project.cell(identifier("1.15.0")) == before
    assert project.tfcompat("run", "--resolve", "latest", "--results", "other").returncode == 0


def test_a_results_folder_that_cannot_be_written(project: Project) -> None:
    project.study("steady.py", more=f"  versions: [1.15.0]\n{HERE}")
    (project.folder / "taken").write_text("a file")
    ended = project.tfcompat("run", "--results", "taken")
    assert (ended.returncode, "--results" in ended.stderr) == (2, True)


def test_a_damaged_result_is_reported_and_skipped(project: Project) -> None:
    project.study("steady.py", more=f"  versions: [1.14.0, 1.15.0]\n{HERE}")
    assert project.tfcompat("run").returncode == 0
    path = project.folder / "results" / f"{identifier('1.14.0')}.json"
    path.write_text(path.read_text()[:100])
    ended = project.tfcompat("run", "--release", "1.15.0")
    assert (ended.returncode, "damaged" in ended.said) == (0, True)
    # The next run of that cell makes it anew.
    assert project.tfcompat("run").returncode == 0
    assert project.verdicts(identifier("1.14.0")) == {"steady": "same"}


def _cut_off_from_the_network() -> tuple[str, ...]:
    words = ("unshare", "--net", "--map-root-user")
    tried = shutil.which("unshare") and subprocess.run([*words, "true"], check=False).returncode
    if tried != 0:
        pytest.skip("this machine does not let a test make a network namespace")
    return words


def test_no_network(project: Project) -> None:
    alone = _cut_off_from_the_network()
    project.environment["TFCOMPAT_CACHE"] = str(project.folder / "cache")
    project.study("steady.py", more=f"  versions: [1.15.0]\n{HERE}")
    ended = project.tfcompat("run", wrapper=alone)
    assert (ended.returncode, "cannot be asked" in ended.stderr) == (3, True), ended.said
    # Warm, what was fetched before serves.
    assert project.tfcompat("run").returncode == 0
    for words in (["run", "--force"], ["run", "--force", "--offline"]):
        ended = project.tfcompat(*words, wrapper=alone)
        assert ended.returncode == 0, ended.said
        assert "running (1 example)" in ended.stdout
