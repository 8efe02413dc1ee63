"""Ctrl-C on a terminal, and SIGTERM: all ends, finished cells are stored, a message reports it."""

from __future__ import annotations

import json
import shutil
import signal
import sys
from typing import TYPE_CHECKING

import local_index
import pytest
from local_index import LocalIndex, cell_of, serving
from support import ROOT, python_here
from terminals import CTRL_C, STUBBORN, terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support import Project

RUN = [sys.executable, "-m", "tfcompat", "run"]
NOX = [sys.executable, "-m", "nox", "-s", "run_examples"]


@pytest.fixture
def study(project: Project) -> Iterator[Project]:
    """Yield a study in which one release ends and the others never do."""
    (project.folder / "begun").mkdir()
    # nox lists releases before any session starts.
    listed = project.folder / "cache" / "releases" / "brick.json"
    listed.parent.mkdir(parents=True)
    listed.write_text('{"1.0": "2020-01-01", "1.1": "2020-01-02", "1.2": "2020-01-03"}')
    shutil.copy(ROOT / "noxfile.py", project.folder)
    ends = "import brick, sys\nif brick.__version__ == '1.0': sys.exit()\n"
    stubborn = STUBBORN.format(begun=str(project.folder / "begun" / "x"))
    with serving(LocalIndex(["1.0", "1.1", "1.2"])) as index:
        # Runs note that they began outside of what they see otherwise.
        more = "  baselines: {tests: '1.0'}\n  repeats: 1\n  files: open\n"
        local_index.use(project, index, {"stubborn.py": ends + stubborn}, more)
        # The baseline is there; what is stopped is the rest.
        assert project.tfcompat("run", "--release", "1.0").returncode == 0
        yield project


@pytest.mark.parametrize(
    ("words", "how"),
    [
        # `benchmarks/stopping.py` has all six.
        pytest.param(RUN, CTRL_C, id="run"),
        pytest.param(RUN, signal.SIGTERM, id="run, SIGTERM"),
        pytest.param(NOX, CTRL_C, id="nox"),
        pytest.param([*NOX, "-j", "2"], signal.SIGTERM, id="nox -j 2, SIGTERM"),
    ],
)
def test_stop(study: Project, words: list[str], how: int | bytes) -> None:
    before = study.cell(cell_of("1.0"))
    many = 1 if words == NOX else 2
    with terminal(words, study.folder, study.environment) as shown:
        shown.wait_for(lambda: len(list((study.folder / "begun").iterdir())) >= many)
        stopped = shown.stop(how, study.folder)
    assert stopped.left == ()
    assert "Traceback" not in stopped.said
    assert "what finished is stored" in stopped.said
    if words == RUN:
        assert stopped.returncode == 130
        assert "1 of 3 cells are done, 2 are left" in stopped.said
    assert stopped.returncode != 0
    assert study.cell(cell_of("1.0")) == before
    assert not list((study.folder / "results").glob("*1.1*.json"))
    assert not list((study.folder / "cache" / "work").iterdir())


@pytest.fixture
def searched(project: Project) -> Iterator[Project]:
    """Yield a script that works with three releases, and never ends with the newer ones."""
    (project.folder / "begun").mkdir()
    ends = "import brick, sys\nif brick.__version__ < '1.3': sys.exit(print('the same'))\n"
    stubborn = STUBBORN.format(begun=str(project.folder / "begun" / "x"))
    with serving(LocalIndex([f"1.{number}" for number in range(8)])) as index:
        project.environment["UV_DEFAULT_INDEX"] = f"{index.address}/simple"
        project.environment["TFCOMPAT_CACHE"] = str(project.folder / "cache")
        (project.folder / "stubborn.py").write_text(ends + stubborn)
        yield project


FRONTIER = (
    "frontier",
    "stubborn.py",
    "--files",
    "open",
    "--baseline",
    "1.1",
    "--python",
    python_here(),
)


def test_a_search_ends_with_its_time_and_goes_on_later(searched: Project) -> None:
    first = searched.tfcompat(*FRONTIER, "--minutes", "0.1", "--json")
    assert first.returncode == 3, first.said
    document = json.loads(first.stdout)
    (script,) = document["scripts"]
    assert (document["stopped"], script["works"]["high"] < "1.3") == ("time", True)
    assert "1.7" in script["unfinished"]["up"]
    assert "not finished" in first.stderr
    again = searched.tfcompat(*FRONTIER, "--minutes", "0.1", "--lock", "lock.txt")
    assert "nothing was written" in again.stderr
    assert not (searched.folder / "lock.txt").exists()
    assert "works up to 1.1 as far as tried; 1.2, … 1.7 (6 releases) not tried yet" in again.stdout
    ended = searched.tfcompat(*FRONTIER, "--timeout", "1", "--no-causes")
    assert ended.returncode == 0, ended.said
    assert "  up    1.3  failed" in ended.stdout


def test_a_search_without_a_baseline_has_no_answer(searched: Project) -> None:
    ended = searched.tfcompat(*FRONTIER, "--baseline", "1.5", "--minutes", "0.05")
    assert (ended.returncode, ended.stdout) == (3, "")
    assert "the time was over (--minutes) before any baseline was known to run" in ended.stderr


@pytest.mark.parametrize("how", [CTRL_C, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_stopped_search_says_what_it_found(searched: Project, how: int | bytes) -> None:
    words = [sys.executable, "-m", "tfcompat", *FRONTIER]
    with terminal(words, searched.folder, searched.environment) as shown:
        shown.wait_for(lambda: any((searched.folder / "begun").iterdir()))
        stopped = shown.stop(how, searched.folder)
    assert (stopped.returncode, stopped.left) == (130, ())
    assert "stubborn.py   works 1." in stopped.said
    assert "not finished: the user stopped it" in stopped.said
    assert "Traceback" not in stopped.said
