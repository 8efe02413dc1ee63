"""Edges between two Pythons: is it the release, its Python, either, or both together?"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import fakes
import pytest
from fakes import PYTHON, FakeIndex, FakeProgress, Machine, made_up_plan
from packaging.tags import parse_tag
from packaging.version import Version

from tfcompat.environments.interpreter_record import Interpreter
from tfcompat.execution.campaign_run import RunOptions
from tfcompat.judging.ranges import Level, Outcome
from tfcompat.planning.grid import AvailablePythons
from tfcompat.report import search
from tfcompat.results.verdicts import Cause, CauseKind
from tfcompat.search.findings import Blame
from tfcompat.search.other_pythons import blame
from tfcompat.search.search import SearchOptions, search_releases
from tfcompat.search.summary import summarize

if TYPE_CHECKING:
    from tfcompat.environments.index.client import Release
    from tfcompat.search.findings import Findings, ScriptFindings

A = "ex/a.py"
PYTHONS = tuple(
    Interpreter(path=Path(f"/opt/python3.{n}"), version=Version(f"3.{n}.1"), abi=f"cp3{n}")
    for n in (10, 8)
)
S, D, F = Outcome.SAME, Outcome.DIFFERENT, Outcome.FAILED
RUNS, SAME = Level.RUNS, Level.SAME


@dataclass
class TwoPythons:
    """A script whose outcomes with releases are told by letters, in a row for each Python.

    ``default`` names the Python of each release by its last digit; 0 is 3.10.
    """

    folder: Path
    default: str
    rows: dict[str, str]
    machine: Machine = field(default_factory=Machine)

    def error(self, name: str, text: str) -> None:
        self.machine.errors[name, A] = text

    def find(self, baseline: str = "1") -> Findings:
        numbers = range(1, len(self.default) + 1)
        plan = made_up_plan(self.folder, (A,), {"ex": baseline}, releases=tuple(map(str, numbers)))
        plan = plan.again(AvailablePythons(found=(*PYTHONS, PYTHON)))
        chosen = {"0": "3.10", "6": "3.6", "8": "3.8"}
        cells = [plan.cell(str(n), chosen[self.default[n - 1]]) for n in numbers]
        baseline_cell = cells[int(baseline) - 1]
        plan = replace(plan.with_baselines({A: baseline_cell}), cells=tuple(cells))
        for python, row in self.rows.items():
            for number, letter in enumerate(row, start=1):
                name = f"pypi-foo-{number}-python-cp{python.replace('.', '')}"
                printed = {"S": ["loss 0.5\n"], "D": ["loss 0.7\n"], "F": [None]}.get(letter)
                if printed is None:
                    cause = Cause(kind=CauseKind.CONFLICT, message="no such luck")
                    self.machine.broken[name] = cause
                else:
                    self.machine.prints[name, A] = cast("list[str | None]", printed)
        options = SearchOptions(run=RunOptions(jobs=1), spot_checks=0)
        evaluation = self.machine.evaluation(self.folder, plan.tests, FakeProgress())
        return summarize(search_releases(plan, options, evaluation))

    def found(self, baseline: str = "1") -> ScriptFindings:
        return self.find(baseline).scripts[0]

    def lines(self, baseline: str = "1") -> list[str]:
        lines = search.text(self.find(baseline)).splitlines()[1:-1]
        return [" ".join(line.split()) for line in lines]


@pytest.mark.parametrize(
    ("level", "bad", "good", "exact", "expected"),
    [
        (RUNS, F, S, True, Blame.RELEASE),
        (RUNS, S, F, True, Blame.PYTHON),
        (RUNS, F, F, True, Blame.BOTH),
        (RUNS, D, D, True, Blame.BOTH),
        (RUNS, F, None, True, Blame.RELEASE),
        (RUNS, S, None, True, Blame.PYTHON),
        (RUNS, None, S, True, Blame.RELEASE),
        (RUNS, None, F, True, Blame.PYTHON),
        (RUNS, None, None, True, Blame.UNKNOWN),
        (RUNS, F, None, False, Blame.UNKNOWN),
        (RUNS, F, S, False, Blame.RELEASE),
        (RUNS, S, F, False, Blame.PYTHON),
        (SAME, D, S, True, Blame.RELEASE),
        (SAME, S, D, True, Blame.PYTHON),
    ],
)
def test_what_an_edge_is_owed_to(
    level: Level, bad: Outcome | None, good: Outcome | None, *, exact: bool, expected: Blame
) -> None:
    assert blame(level, bad, good, is_exact=exact) is expected


def test_the_release_is_to_blame_and_its_reason_is_free_of_python(tmp_path: Path) -> None:
    here = TwoPythons(tmp_path, "666888", {"3.6": "SSSFFF", "3.8": "SSSFFF"})
    here.error("pypi-foo-4-python-cp38", "ModuleNotFoundError: No module named 'cgi'\n")
    here.error("pypi-foo-4-python-cp36", "ValueError: truly\n")
    (edge,) = (found := here.found()).edges
    assert (edge.release, edge.python, edge.verdict) == ("4", "3.8", "failed")
    assert edge.why == "ValueError: truly"
    assert edge.blame is Blame.RELEASE
    assert [(one.release, one.python, one.verdict) for one in edge.counterfactuals] == [
        ("4", "3.6", "failed"),
        ("3", "3.8", "same"),
    ]
    assert edge.counterfactuals[0].cause is not None
    assert edge.counterfactuals[0].cause.message == "ValueError: truly"
    assert found.python_edges == ()
    assert here.lines() == [
        "ex/a.py works 1 … 3 (Python 3.6) same result 1 … 3",
        (
            "up 4 failed ValueError: truly [on Python 3.6 it fails too, 3 on Python 3.8 gives "
            "the same, so it is not the Python]"
        ),
        "down nothing stops it down to 1",
    ]


def compiled(version: str) -> Release:
    """Return a release with wheels of compiled code; those up to 3 are for Python 3.6 alone."""
    made = fakes.release(version)
    abis = ("cp36-cp36m",) if int(version) < 4 else ("cp36-cp36m", "cp38-cp38")
    platform = next(iter(PYTHON.tags)).platform
    files = [
        replace(
            made.files[0],
            filename=f"foo-{version}-{abi}-{platform}.whl",
            tags=parse_tag(f"{abi}-{platform}"),
        )
        for abi in abis
    ]
    source = replace(made.files[0], filename=f"foo-{version}.tar.gz", tags=frozenset())
    return replace(made, files=(*files, source))


@pytest.mark.parametrize(("there", "more"), [("F", []), ("-", ["pypi-foo-3-python-cp38"])])
def test_nothing_is_compiled_that_need_not_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: str, more: list[str]
) -> None:
    monkeypatch.setattr(FakeIndex, "releases", lambda one, _: tuple(map(compiled, one.versions)))
    here = TwoPythons(tmp_path, "666888", {"3.6": f"SSS{there}FF", "3.8": "SSSFFF"})
    (edge,) = here.found().edges
    assert (edge.release, edge.blame) == ("4", Blame.RELEASE)
    tried = {call.identifier for call in here.machine.calls}
    assert [name for name in sorted(tried) if name == "pypi-foo-3-python-cp38"] == more


def test_where_it_is_the_python_the_search_goes_on_with_the_other(tmp_path: Path) -> None:
    here = TwoPythons(tmp_path, "66688888", {"3.6": "SSSSSFFF", "3.8": "FFFFFFFF"})
    found = here.found()
    (edge,) = found.edges
    assert (edge.release, edge.python, edge.last, edge.blame) == ("6", "3.6", "5", None)
    (past,) = found.python_edges
    assert (past.release, past.python, past.verdict) == ("4", "3.8", "failed")
    assert past.blame is Blame.PYTHON
    assert {mark.python for mark in found.marks} == {"3.6"}
    assert here.lines() == [
        "ex/a.py works 1 … 5 (Python 3.6) same result 1 … 5",
        (
            "up past 4: failed on Python 3.8: ValueError: bad [on Python 3.6 it gives the same, "
            "3 on Python 3.8 fails, so it is the Python]; searched on with Python 3.6"
        ),
        "up 6 failed ValueError: bad",
        "down nothing stops it down to 1",
    ]
    content = search.as_json(here.find(), walk=False)["scripts"][0]
    assert content["python_edges"][0]["blame"] == "python"
    assert content["python_edges"][0]["counterfactuals"][0] == {
        "release": "4", "python": "3.6", "verdict": "same", "cause": None,
    }  # fmt: skip


def test_nothing_but_a_python_may_stop_a_script(tmp_path: Path) -> None:
    here = TwoPythons(tmp_path, "666888", {"3.6": "SSSSSS", "3.8": "FFFFFF"})
    found = here.found()
    assert (found.edges, found.open_ends) == ((), {"up": (), "down": ()})
    assert [past.release for past in found.python_edges] == ["4"]


def test_downwards_as_well(tmp_path: Path) -> None:
    here = TwoPythons(tmp_path, "666888", {"3.6": "FFFFFF", "3.8": "FSSSSS"})
    found = here.found("6")
    assert [(one.direction, one.release, one.python) for one in found.edges] == [
        ("down", "1", "3.8")
    ]
    assert [(one.direction, one.release, one.python) for one in found.python_edges] == [
        ("down", "3", "3.6")
    ]


def test_either_is_enough(tmp_path: Path) -> None:
    here = TwoPythons(tmp_path, "666888", {"3.6": "SSSFFF", "3.8": "FFFFFF"})
    (edge,) = here.found().edges
    assert edge.blame is Blame.BOTH
    assert edge.other_python.endswith("so either the release or the Python is enough")


def test_only_both_together(tmp_path: Path) -> None:
    here = TwoPythons(tmp_path, "666888", {"3.6": "SSSSSS", "3.8": "SSSFFF"})
    found = here.found()
    assert found.edges == ()
    (past,) = found.python_edges
    assert past.blame is Blame.BOTH
    assert past.other_python.endswith("so it is the release and the Python together")


@pytest.mark.parametrize(
    ("rows", "blamed", "said"),
    [
        (
            {"3.6": "SSS---", "3.8": "SSSFFF"},
            Blame.RELEASE,
            "3 on Python 3.8 gives the same, so it is not the Python",
        ),
        (
            {"3.6": "SSS---", "3.8": "FFFFFF"},
            Blame.PYTHON,
            "3 on Python 3.8 fails, so it is the Python",
        ),
        (
            {"3.6": "SSSFFF", "3.8": "---FFF"},
            Blame.RELEASE,
            "on Python 3.6 it fails too, so it is not the Python",
        ),
        (
            {"3.6": "SSS---", "3.8": "---FFF"},
            Blame.UNKNOWN,
            "Python 3.6 or 3.8 changes here as well: which of the two it is cannot be told",
        ),
    ],
)
def test_where_one_side_cannot_be_had_the_other_decides(
    tmp_path: Path, rows: dict[str, str], blamed: Blame, said: str
) -> None:
    (edge,) = TwoPythons(tmp_path, "666888", rows).found().edges
    assert (edge.release, edge.blame, edge.other_python) == ("4", blamed, said)


def test_a_result_may_be_the_pythons_doing(tmp_path: Path) -> None:
    here = TwoPythons(tmp_path, "666888", {"3.6": "SSSSDD", "3.8": "DDDDDD"})
    found = here.found()
    assert (str(found.works), str(found.same)) == ("1 … 6", "1 … 4")
    assert [(one.level, one.release) for one in found.python_edges] == [(Level.SAME, "4")]
    assert [(one.level, one.release) for one in found.edges] == [(Level.SAME, "5")]


def test_every_edge_may_be_one_of_pythons(tmp_path: Path) -> None:
    rows = {"3.6": "SSSSSS", "3.8": "FFFFFF", "3.10": "FFFFFF"}
    here = TwoPythons(tmp_path, "668800", rows)
    found = here.found()
    assert found.edges == ()
    assert {mark.python for mark in found.marks} == {"3.6"}


def test_a_release_that_was_made_for_another_python_owes_its_edge_to_that(tmp_path: Path) -> None:
    here = TwoPythons(tmp_path, "888888", {"3.8": "FFSSSS"})
    here.error(
        "pypi-foo-2-python-cp38",
        "Traceback (most recent call last):\n"
        '  File "ex/a.py", line 1, in <module>\n    import foo\n'
        '  File "/e/lib/python3.8/site-packages/foo/__init__.py", line 3, in <module>\n'
        "    start = time.clock()\nAttributeError: module 'time' has no attribute 'clock'\n",
    )
    (edge,) = here.found("4").edges
    assert (edge.blame, edge.counterfactuals) == (Blame.PYTHON, ())
    assert (
        edge.why == "Python 3.8 has no `time.clock` (the last that has it is 3.7), which foo uses"
    )
    assert edge.cause is not None
    assert edge.cause.kind is CauseKind.PYTHON


@pytest.mark.parametrize("whose", ["library", "script"])
def test_where_the_other_python_is_not_admitted(tmp_path: Path, whose: str) -> None:
    """The newer releases have no wheel for the Python of the older ones."""
    here = TwoPythons(tmp_path, "666888", {"3.6": "SSS---", "3.8": "FFFFFF"})
    path = "/e/lib/python3.8/site-packages/foo/__init__.py" if whose == "library" else "ex/a.py"
    for number in range(1, 7):
        here.error(
            f"pypi-foo-{number}-python-cp38",
            f'Traceback (most recent call last):\n  File "{path}", line 3, in <module>\n'
            "    start = time.clock()\nAttributeError: module 'time' has no attribute 'clock'\n",
        )
    (edge,) = here.found().edges
    assert (edge.release, edge.blame) == ("4", Blame.PYTHON)
    made = edge.other_python == "4 was made for another Python"
    assert made is (whose == "library")


def for_newer_pythons(version: str) -> Release:
    """Return a release with a wheel; from 4 on it wants a Python newer than 3.6."""
    made = fakes.release(version)
    wants = ">=3.7" if int(version) >= 4 else None
    return replace(made, files=tuple(replace(one, requires_python=wants) for one in made.files))


def test_it_says_that_a_release_cannot_be_had_on_the_python_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        FakeIndex, "releases", lambda one, _: tuple(map(for_newer_pythons, one.versions))
    )
    (edge,) = TwoPythons(tmp_path, "666888", {"3.6": "SSS---", "3.8": "FFFFFF"}).found().edges
    assert (edge.release, edge.blame) == ("4", Blame.PYTHON)
    assert edge.other_python == (
        "it cannot be had on Python 3.6, 3 on Python 3.8 fails, so it is the Python"
    )


def test_a_name_that_the_script_itself_uses_is_none_that_its_baseline_had(tmp_path: Path) -> None:
    here = TwoPythons(tmp_path, "888888", {"3.8": "FFSSSS"})
    here.error(
        "pypi-foo-2-python-cp38",
        'Traceback (most recent call last):\n  File "ex/a.py", line 1, in <module>\n'
        "    foo.f().decode()\nAttributeError: 'str' object has no attribute 'decode'\n",
    )
    (edge,) = here.found("4").edges
    assert edge.blame is None


def test_the_same_search_again_builds_nothing(tmp_path: Path) -> None:
    here = TwoPythons(tmp_path, "66688888", {"3.6": "SSSSSFFF", "3.8": "FFFFFFFF"})
    first = here.find()
    made = dict(here.machine.made)
    again = here.find()
    assert (here.machine.made, again.built) == (made, 0)
    assert again.scripts == first.scripts
