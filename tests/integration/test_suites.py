"""The tests of a suite, over real releases of six and the pytest of their days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import identifier, python_here

if TYPE_CHECKING:
    from support import Project

SUITE = """\
import unittest

import pytest
import six


@pytest.fixture
def word(start):
    return start + "b"


def test_steady(word):
    assert word == "ab"


def test_newer():
    assert six.ensure_text(b"a") == "a"


@pytest.mark.skipif(not hasattr(six, "ensure_text"), reason="six is too old")
def test_guarded():
    assert six.ensure_text


class TestCases:
    @pytest.mark.parametrize("number", [1, 2])
    def test_number(self, number):
        assert six.integer_types[0](number) == number


class Old(unittest.TestCase):
    def test_never(self):
        self.assertEqual(six.PY2, 3)
"""
CONFTEST = "import pytest\n\n@pytest.fixture\ndef start():\n    return 'a'\n"
NAMES = ("test_steady", "test_newer", "test_guarded", "TestCases::test_number", "Old::test_never")
STEADY, NEWER, GUARDED, CASES, NEVER = (f"tests/test_six.py::{name}" for name in NAMES)


@pytest.fixture
def suite(project: Project) -> Project:
    (project.folder / "tests").mkdir()
    (project.folder / "tests" / "test_six.py").write_text(SUITE, encoding="utf-8")
    (project.folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (project.folder / "tox.ini").write_text("[pytest]\naddopts = --cov=six\n", encoding="utf-8")
    project.write(
        "analysis:\n  dependency: six\n  tests: ['pytest:tests']\n  baselines: {tests: 1.14.0}\n"
        "  repeats: 2\n  resolve: latest\n"
    )
    return project


def test_a_study_of_tests(suite: Project) -> None:
    ended = suite.tfcompat("run", "--release", "1.14.0", "--release", "1.11.0", "--python",
                           python_here())  # fmt: skip
    assert ended.returncode == 0, ended.said
    tests = suite.cell(identifier("1.11.0"))["tests"]
    found = {name: test["verdict"] for name, test in tests.items() if name != "build"}
    assert found == {
        STEADY: "same",
        NEWER: "failed",
        GUARDED: "different",
        CASES: "same",
        NEVER: "no-baseline",
    }
    cause = tests[NEWER]["cause"]
    assert (cause["kind"], cause["symbol"]) == ("removed-api", "six.ensure_text")
    assert cause["frame"] == "tests/test_six.py:17"
    assert tests[CASES]["output"] == ["[1] passed\n", "[2] passed\n"]
    assert (tests[GUARDED]["output"], tests[GUARDED]["retval"]) == (["skipped\n"], 0)
    assert "AssertionError: False != 3" in tests[NEVER]["cause"]["message"]


def test_a_search_of_tests(suite: Project) -> None:
    (suite.folder / "caliper.yaml").unlink()
    ended = suite.tfcompat("frontier", "--pytest", "tests", "--release", ">=1.10", "--python",
                           python_here(), "--spot", "0", "--resolve", "latest")  # fmt: skip
    assert ended.returncode == 0, ended.said
    lines = ended.stdout.splitlines()
    assert f"{STEADY}   works 1.10.0 … " in ended.stdout
    at = next(number for number, line in enumerate(lines) if line.startswith(NEWER))
    assert lines[at + 2] == "  down  1.11.0  failed     `six.ensure_text` does not exist yet"
    assert any("1.11.0  different  passed → skipped" in line for line in lines)
    assert f"{NEVER}   does not run with its baseline" in ended.stdout


@pytest.mark.parametrize(
    ("conftest", "test", "said"),
    [
        ("import six.nonsense\n", "def test_a(): pass\n", "No module named 'six.nonsense'"),
        ("", "import six.nonsense\ndef test_a(): pass\n", "No module named 'six.nonsense'"),
        ("", "def test_a(start): pass\n", "there is no fixture 'start'"),
        ("", "import os, six\ndef test_a(): os.abort()\n", "ended by SIGABRT"),
        ("", "import six\n", "there are no tests in tests/test_six.py"),
    ],
)
def test_what_is_wrong_is_one_clear_sentence(
    suite: Project, conftest: str, test: str, said: str
) -> None:
    (suite.folder / "caliper.yaml").unlink()
    (suite.folder / "conftest.py").write_text(conftest, encoding="utf-8")
    (suite.folder / "tests" / "test_six.py").write_text(test, encoding="utf-8")
    ended = suite.tfcompat("frontier", "--pytest", "tests/test_six.py", "--dependency", "six",
                           "--release", "==1.15.0", "--resolve", "latest", "--python",
                           python_here())  # fmt: skip
    assert ended.returncode == 2, ended.said
    assert said in ended.stderr.splitlines()[-1]
