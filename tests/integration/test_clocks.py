"""What of a real run is a clock, and what is a result: on releases of a tiny package."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import local_index
import pytest
from local_index import LocalIndex, serving

if TYPE_CHECKING:
    from support import Project

SOURCE = """
def day():
    return {day!r}

def kept():
    return {kept!r}
"""
FACTS = {
    "1.0": {"day": "2020-02-03", "kept": "/home/user/x"},
    "2.0": {"day": "2020-03-02", "kept": "/home/users/x"},
}
SCRIPTS = {
    "day.py": "import brick\nprint(brick.day())\n",
    "folder.py": "import brick\nprint(brick.kept())\n",
    "own.py": (
        "import datetime, os, tempfile, time, brick\n"
        "begun = time.time()\n"
        "now = datetime.datetime.now()\n"
        "print('start', now, time.ctime(), now.date(), now.strftime('%H:%M:%S'))\n"
        "print(os.getcwd(), os.path.abspath('..'), os.path.expanduser('~/x'))\n"
        "print(tempfile.mkdtemp() + '/model', brick.__file__, os.__file__)\n"
        "print(object(), 'pid %d' % os.getpid())\n"
        "print('took %.6f s' % (time.time() - begun))\n"
    ),
}


@pytest.mark.parametrize("isolation", ["fresh", "warm"])
def test_clocks_and_folders_of_a_run_are_no_results(project: Project, isolation: str) -> None:
    # No baseline is named: one run on each side, so that nothing is left to measured noise.
    index = LocalIndex(list(FACTS), source=lambda release: SOURCE.format(**FACTS[release]))
    with serving(index):
        local_index.use(project, index, SCRIPTS)
        begun = dt.datetime.now(dt.timezone.utc)
        ended = project.tfcompat("run", "--isolation", isolation)
        over = dt.datetime.now(dt.timezone.utc)
    assert ended.returncode == 0, ended.said
    old = local_index.cell_of("1.0")
    assert project.verdicts(old) == {"day": "different", "folder": "different", "own": "same"}
    tests = project.cell(old)["tests"]
    assert tests["tests/own.py"]["basis"] == "exact"
    assert tests["tests/day.py"]["first_difference"]["baseline_text"] == "2020-03-02"
    for name in SCRIPTS:
        started = dt.datetime.fromisoformat(tests[f"tests/{name}"]["started"])
        assert begun <= started + dt.timedelta(milliseconds=1)
        assert started <= over
        assert started.utcoffset() == dt.timedelta(0)
