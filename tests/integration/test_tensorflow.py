"""The shipped study on real TensorFlow: a corner of it, small enough for every CI run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import ROOT

from tfcompat import interpreters

if TYPE_CHECKING:
    from support import Project

pytestmark = [pytest.mark.tensorflow, pytest.mark.alone]

FOUND = {found.python for found in interpreters.find()[0]}
CONFIG = ("--config", str(ROOT / "caliper.yaml"), "--results", "results")


@pytest.mark.parametrize("python", ["2.7", "3.6"])
def test_first_release(project: Project, python: str) -> None:
    for needed in (python, "3.6"):
        if needed not in FOUND:
            pytest.skip(f"no Python {needed} here")
    ended = project.tfcompat(
        "run",
        *CONFIG,
        "--tf",
        "0.12.1",
        "--python",
        python,
        "--test",
        "examples/tensorflow_v0.11/1_Introduction",
    )
    assert ended.returncode == 0, ended.said
    name = f"pypi-tensorflow-0.12.1-python-cp{python.replace('.', '')}"
    cell = project.cell(name)
    verdicts = [run["verdict"] for test, run in cell["tests"].items() if test != "build"]
    assert verdicts
    assert set(verdicts) == {"same"}
    assert "tensorflow==0.12.1\n" in cell["requirements.txt"]
    installed = dict(line.strip().split("==") for line in cell["requirements.txt"])
    # Required by protobuf, and of January 2017 although it is newer that builds.
    assert installed["setuptools"] in ("32.3.0", "33.1.1")
    assert "pip" not in installed
