"""Files of the cache, the results and their state are damaged at random: no verdict changes.

Some damages in CI, as many as wanted by hand: ``TFCOMPAT_DAMAGE=200 pytest
tests/integration/test_damage.py``.
"""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import local_index
import pytest
from local_index import LocalIndex, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support import Project

DAMAGES = int(os.environ.get("TFCOMPAT_DAMAGE", "6"))
SEED = int(os.environ.get("TFCOMPAT_SEED", "20"))
RELEASES = ("1.0", "1.1", "2.0")
SCRIPTS = {
    "steady.py": "import brick\nprint('steady', 0.5)\n",
    "moving.py": "import brick\nprint('release', brick.__version__)\n",
    "ending.py": "import brick\nassert brick.__version__ < '2'\nprint('old')\n",
}


def _halve(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def _empty(path: Path) -> None:
    os.truncate(path, 0)


def _zero(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def _replace(path: Path) -> None:
    path.write_bytes(b"\x80 no such content [\n")


HOW: tuple[Callable[[Path], None], ...] = (_halve, _empty, _zero, _replace, os.unlink)


@pytest.fixture
def study(project: Project) -> Iterator[Project]:
    with serving(LocalIndex(RELEASES, ranges=True)) as index:
        local_index.use(project, index, SCRIPTS, "  baselines: {tests: '1.1'}\n  repeats: 2\n")
        yield project


def verdicts(project: Project) -> dict[str, dict[str, str]]:
    """Return what is stored, by cells and scripts."""
    found = (project.folder / "results").glob("pypi-*.json")
    cells = {path.stem: project.cell(path.stem) for path in found}
    return {
        name: {test: run["verdict"] for test, run in cell["tests"].items() if test != "build"}
        for name, cell in cells.items()
    }


def candidates(project: Project) -> list[Path]:
    """Return the files that may be damaged: all of cache and results."""
    places = (project.folder / "cache", project.folder / "results")
    return sorted(
        path
        for place in places
        for path in place.rglob("*")
        if path.is_file() and not path.is_symlink()
    )


def test_damage_is_mended_or_told(study: Project) -> None:
    chance = random.Random(SEED)
    assert study.tfcompat("run").returncode == 0
    expected = verdicts(study)
    kinds = {verdict for cell in expected.values() for verdict in cell.values()}
    assert (len(expected), kinds) == (len(RELEASES), {"same", "different", "failed"})
    for number in range(DAMAGES):
        path, how = chance.choice(candidates(study)), chance.choice(HOW)
        what = f"{number}: {how.__name__} {path.relative_to(study.folder)}"
        how(path)
        ended = study.tfcompat("run", *chance.choice(((), ("--force",))))
        assert ended.returncode == 0, f"{what}\n{ended.said}"
        assert "Traceback" not in ended.said, f"{what}\n{ended.said}"
        assert verdicts(study) == expected, f"{what}\n{ended.said}"
