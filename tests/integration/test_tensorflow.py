"""The shipped study on real TensorFlow: a corner of it, small enough for every CI run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import ROOT

from tfcompat.environments import interpreters

if TYPE_CHECKING:
    from support import Project

pytestmark = [pytest.mark.tensorflow, pytest.mark.alone]

FOUND = {found.python for found in interpreters.find()[0]}
CONFIG = ("--config", str(ROOT / "caliper.yaml"), "--results", "results")


def test_first_release(project: Project) -> None:
    # The baseline's Python, and one that uv makes no environments for.
    pythons = ("3.6", "2.7")
    for python in pythons:
        if python not in FOUND:
            pytest.skip(f"no Python {python} here")
    ended = project.tfcompat(
        "run",
        *CONFIG,
        "--tf",
        "0.12.1",
        *("--python", "2.7", "--python", "3.6"),
        "--test",
        "examples/tensorflow_v0.11/1_Introduction",
    )
    assert ended.returncode == 0, ended.said
    for python in pythons:
        cell = project.cell(f"pypi-tensorflow-0.12.1-python-cp{python.replace('.', '')}")
        verdicts = [run["verdict"] for test, run in cell["tests"].items() if test != "build"]
        assert verdicts
        assert set(verdicts) == {"same"}
        assert "tensorflow==0.12.1\n" in cell["requirements.txt"]
        installed = dict(line.strip().split("==") for line in cell["requirements.txt"])
        # Required by protobuf, and of January 2017 although it is newer that builds.
        assert installed["setuptools"] in ("32.3.0", "33.1.1")
        assert "pip" not in installed
