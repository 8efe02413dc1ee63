"""Scripts whose output varies from run to run: what differs, and in how many runs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import local_index
import pytest
from local_index import LocalIndex, cell_of, serving
from support import python_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support import Project

# The words of the newest release are in a larger table, so in another order with the same seed.
SOURCE = """
WORDS = set("apple pear plum fig quince medlar".split())
SHIFT = 0
"""
NEWEST = """
WORDS = set("apple pear plum fig quince medlar".split())
for number in range(999):
    WORDS.add(number)
for number in range(999):
    WORDS.discard(number)
SHIFT = 100
"""
SCRIPTS = {
    "number.py": "import brick, random\nprint('loss', random.gauss(0, 1))\n",
    "shifted.py": "import brick, random\nprint('loss', random.gauss(brick.SHIFT, 1))\n",
    "mixed.py": "import brick, random\n"
    "print('loss', random.gauss(0, 1))\nprint('mode', brick.SHIFT and 'new' or 'old')\n",
    "steady.py": "import brick\nprint('shift', brick.SHIFT)\n",
    "words.py": "import brick\nprint('words')\nprint(*brick.WORDS)\n",
    "coin.py": "import brick, random\nprint('coin')\nprint(random.choice(['heads', 'tails']))\n",
    "seed.py": "import brick, os\nprint('seed')\nprint(os.environ['PYTHONHASHSEED'])\n",
}


@pytest.fixture
def study(project: Project) -> Iterator[Project]:
    releases = ("1.0", "1.1", "2.0")
    with serving(LocalIndex(releases, lambda v: NEWEST if v == "2.0" else SOURCE)) as index:
        named = f"{{release: '1.0', python: '{python_here()}'}}"
        local_index.use(project, index, SCRIPTS, f"  baselines: {{tests: {named}}}\n")
        yield project


def runs_of(study: Project, release: str) -> dict[str, int]:
    tests = study.cell(cell_of(release))["tests"]
    return {script: len(tests[f"tests/{script}"]["runs"]) + 1 for script in SCRIPTS}


def check(study: Project) -> None:
    same = dict.fromkeys(("number", "shifted", "mixed", "steady", "words", "coin", "seed"), "same")
    assert study.verdicts(cell_of("1.0")) == study.verdicts(cell_of("1.1")) == same
    differs = dict.fromkeys(("shifted", "mixed", "steady"), "different")
    assert study.verdicts(cell_of("2.0")) == same | differs
    runs = runs_of(study, "2.0")
    assert (runs["steady.py"], runs["seed.py"]) == (6, 1)
    # One place varies; then it is one of two, as the constant one counts.
    assert runs["shifted.py"] == 7
    assert runs["mixed.py"] in (7, 8)
    assert runs_of(study, "1.1")["steady.py"] == runs_of(study, "1.1")["words.py"] == 1


def test_what_varies_differs_only_where_chance_does_not_explain_it(study: Project) -> None:
    ended = study.tfcompat("run")
    assert ended.returncode == 0, ended.said
    check(study)
    tests = study.cell(cell_of("1.0"))["tests"]
    # The repeats had other seeds, and show that the order of a set is noise.
    assert len({tuple(run["output"] or ()) for run in tests["tests/words.py"]["runs"]}) > 1
    assert tests["tests/shifted.py"]["band"]
    # It all holds, and nothing more is run.
    again = study.tfcompat("run")
    assert "running" not in again.stdout
    assert "repeat" not in again.stdout
    check(study)


def test_commands_side_by_side_share_the_runs_of_the_baseline(study: Project) -> None:
    with ThreadPoolExecutor() as pool:
        ended = list(pool.map(lambda r: study.tfcompat("run", "--release", r), ("1.1", "2.0")))
    assert [one.returncode for one in ended] == [0, 0], [one.said for one in ended]
    # The baseline was needed by both, and is no result yet.
    assert study.tfcompat("run", "--release", "1.0").returncode == 0
    check(study)
    baseline, newest = runs_of(study, "1.0"), runs_of(study, "2.0")
    assert (baseline["steady.py"], baseline["shifted.py"], baseline["seed.py"]) == (6, 7, 1)
    # The baseline is asked first, and may settle it alone.
    assert all(0 <= baseline[script] - newest[script] <= 1 for script in ("mixed.py", "shifted.py"))
    assert all(number <= 8 for number in baseline.values())
