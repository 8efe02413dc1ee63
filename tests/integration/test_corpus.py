"""A handful of the corpus: small libraries, with the edges that are known to be true."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from support import ROOT

if TYPE_CHECKING:
    from support import Project

# The project, by what the script imports of it, and edges of both directions and kinds.
SCRIPTS = ("attrs_namespace.py", "simpy_exit.py")


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_edges_that_are_true_are_found(project: Project, script: str) -> None:
    check = str(ROOT / "tests" / "corpus" / "check.py")
    done = project.run(sys.executable, check, "--results", "results", "--only", script)
    assert done.returncode == 0, done.said
    assert "1 of 1 right" in done.stdout
