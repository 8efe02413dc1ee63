"""What a shell offers, asked as bash does it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support import Project

ASKED = """
exec 8>offered
COMP_LINE="$1" COMP_POINT=${#1} COMP_TYPE=9 _ARGCOMPLETE=1 _ARGCOMPLETE_SUPPRESS_SPACE=1 \\
_ARGCOMPLETE_IFS="$(printf '\\013')" "$0" -m tfcompat >/dev/null 2>&1
"""


def offered(project: Project, line: str) -> list[str]:
    words = ["bash", "-c", ASKED.replace("-m tfcompat", "-c 'import sys; "
             "from tfcompat.cli.main import main; main()'"), sys.executable, line]  # fmt: skip
    subprocess.run(words, cwd=project.folder, env=project.environment, check=False, timeout=60)
    found = (project.folder / "offered").read_text(encoding="utf-8")
    return [word.strip() for word in found.split("\013") if word.strip()]


def test_commands_options_and_what_is_stored(project: Project) -> None:
    assert offered(project, "tfcompat fron") == ["frontier"]
    assert "--no-causes" in offered(project, "tfcompat run --no-")
    # Without a study, and without anything stored, there is nothing to offer.
    assert offered(project, "tfcompat why pypi") == []
    project.study("steady.py")
    assert project.tfcompat("run", "--release", "1.16.0").returncode == 0
    (cell,) = offered(project, "tfcompat why pypi")
    assert cell.startswith("pypi-six-1.16.0-python-cp")
    assert offered(project, f"tfcompat why {cell} tests/st") == ["tests/steady.py"]
    assert "1.16.0" in offered(project, "tfcompat run --release 1.1")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_code(project: Project, shell: str) -> None:
    ended = project.tfcompat("completion", shell)
    assert ended.returncode == 0
    assert "tfcompat" in ended.stdout
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=ended.stdout, text=True, check=True)
