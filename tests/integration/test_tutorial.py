"""The tutorial: its commands are run, and what they print is compared with what it says."""

from __future__ import annotations

import doctest
import re
import shlex
from typing import TYPE_CHECKING

from support import ROOT

if TYPE_CHECKING:
    from support import Project

TUTORIAL = ROOT / "docs" / "tutorial.md"
_BLOCK = re.compile(r"^```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def test_the_tutorial_does_what_it_says(project: Project) -> None:
    checker = doctest.OutputChecker()
    commands = 0
    for kind, text in _BLOCK.findall(TUTORIAL.read_text(encoding="utf-8")):
        first, _, rest = text.partition("\n")
        if kind == "python":
            (project.folder / first.removeprefix("# ")).write_text(rest, encoding="utf-8")
            continue
        program, *words = shlex.split(first.removeprefix("$ "))
        assert program == "tfcompat"
        ended = project.tfcompat(*words)
        assert ended.returncode == 0, ended.said
        assert checker.check_output(rest, ended.stdout, _FLAGS), f"{first}\n{ended.said}"
        commands += 1
    assert commands == 7
