"""What scripts and files state that is needed, in real environments of tiny packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import local_index
import pytest
from local_index import LocalIndex, serving, wheel
from support import python_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support import Ended, Project

BLOCK = """\
#!/usr/bin/env python
# /// script
# dependencies = [
#     "brick==2.0",  # the wall
#     "clay<2",
# ]
# ///
"""
SCRIPT = "import brick\nimport clay\nprint(brick.NAME, clay.__version__)\n"
RELEASES = ("1.0", "2.0", "3.0", "4.0")


def source(version: str) -> str:
    return f"NAME = {'new' if version == '4.0' else 'old'!r}\n"


@pytest.fixture
def wall(project: Project) -> Iterator[Project]:
    """Return a folder with a script that has a block; brick 3 and later need clay 1."""
    clay = {
        f"clay-{version}-py3-none-any.whl": (0, wheel(version, name="clay"))
        for version in ("1.0", "2.0")
    }
    index = LocalIndex(RELEASES, source=source, requires=["clay<2"], others={"clay": clay})
    with serving(index) as served:
        local_index.use(project, served, {})
        (project.folder / "caliper.yaml").unlink()
        (project.folder / "wall.py").write_text(BLOCK + SCRIPT, encoding="utf-8")
        yield project


def frontier(project: Project, *words: str) -> Ended:
    return project.tfcompat("frontier", *words, "--dependency", "brick", "--python", python_here())


def test_a_block_holds_and_has_the_answer_in_the_end(wall: Project) -> None:
    ended = frontier(wall, "wall.py", "--write")
    assert ended.returncode == 0, ended.said
    said = "wall.py: installed beside it: clay<2; brick==2.0 # is the baseline".replace("# ", "")
    assert said in ended.stderr
    assert "same result 1.0 … 3.0" in ended.stdout
    assert "4.0  different  old 1.0 → new 1.0" in ended.stdout
    written = (wall.folder / "wall.py").read_text(encoding="utf-8")
    assert written == BLOCK.replace('"brick==2.0"', '"brick>=1,<4"') + SCRIPT


def test_a_file_that_contradicts_a_release_is_named(wall: Project) -> None:
    (wall.folder / "wall.py").write_text(SCRIPT, encoding="utf-8")
    (wall.folder / "requirements.txt").write_text("clay==2.0\n", encoding="utf-8")
    found = frontier(wall, "wall.py")
    assert found.returncode == 0, found.said
    assert "requirements.txt is not used: packages are of the day" in found.stderr
    held = frontier(wall, "wall.py", "--requirements", "requirements.txt")
    # Nothing speaks against the script: no release could be tried.
    assert held.returncode == 3, held.said
    assert "requirements.txt: held for what is installed: clay==2.0" in held.stderr
    assert (
        "requirements.txt pins clay==2.0, which brick 4.0 cannot have: it needs clay<2; change"
        in (held.stderr)
    )


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ("# dependencies = [\n# ///\n", "its block `# /// script` is no TOML"),
        ("# dependencies = []\n# ///\n\n# /// script\n# ///\n", "has 2 blocks"),
        ("# dependencies = []\n", "has to end with a line `# ///`"),
    ],
)
def test_a_block_that_cannot_be_read(wall: Project, block: str, said: str) -> None:
    (wall.folder / "wall.py").write_text(f"# /// script\n{block}{SCRIPT}", encoding="utf-8")
    ended = frontier(wall, "wall.py")
    assert ended.returncode == 2, ended.said
    assert said in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_constraints_of_a_study(wall: Project) -> None:
    (wall.folder / "tests" / "wall.py").write_text(SCRIPT, encoding="utf-8")
    wall.write(
        "analysis:\n  dependency: brick\n  tests: [tests/wall.py]\n  versions: ['1.0']\n"
        f"  python_versions: [{python_here()}]\n  constraints: [clay==2.0, nowhere==1]\n"
    )
    ended = wall.tfcompat("run")
    assert ended.returncode == 0, ended.said
    cell = wall.cell(local_index.cell_of("1.0"))
    assert cell["environment"]["constraints"] == ["clay==2.0", "nowhere==1"]
    assert cell["cause"]["message"].startswith(
        "caliper.yaml pins clay==2.0, which brick 1.0 cannot"
    )
