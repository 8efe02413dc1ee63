"""What breaks, over an index on this machine: read from wheels, and asked in environments."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from local_index import LocalIndex, serving
from support import python_here

from tfcompat.breaks import survey_program, witness_program
from tfcompat.breaks.asked import AskedSurface
from tfcompat.breaks.findings import Break
from tfcompat.breaks.recording import read_rows, recorder
from tfcompat.breaks.shim import SHIM, read_given, shim_module, shimmed
from tfcompat.breaks.surface import Absence, Thing
from tfcompat.breaks.watched import RECORDER, watched
from tfcompat.environments import interpreters

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support import Project

SOURCES = {
    "1.0": "def old(a, b=1): pass\nV = 1\n",
    "1.1": "def old(a, b=1): pass\ndef new(a, b=2): pass\nalso = old\n",
    "2.0": "def new(a, c=2): pass\nalso = lambda a, b=1: None\n",
    "2.1": "def new(a, c=2): pass\nT = {'lazy': 1}\n"
    "def __getattr__(n):\n  if n in T: return T[n]\n  raise AttributeError(n)\n",
}
SCRIPT = "import brick\nbrick.old(1)\nbrick.new(2, b=3)\nbrick.lazy\n"


@pytest.fixture
def index(project: Project) -> Iterator[LocalIndex]:
    with serving(LocalIndex(tuple(SOURCES), source=SOURCES.get)) as served:  # type: ignore[arg-type]
        project.environment["PIP_INDEX_URL"] = f"{served.address}/simple"
        project.environment["TFCOMPAT_CACHE"] = str(project.folder / "cache")
        (project.folder / "one.py").write_text(SCRIPT, encoding="utf-8")
        yield served


def breaks(project: Project) -> list[dict[str, Any]]:
    ended = project.tfcompat("breaks", "one.py", "--json", "--python", python_here())
    assert ended.returncode == 0, ended.said
    releases: list[dict[str, Any]] = json.loads(ended.stdout)["scripts"][0]["releases"]
    return releases


def named(releases: list[dict[str, Any]]) -> list[list[str]]:
    return [[f"{b['name']} {b['direction']}" for b in one["breaks"]] for one in releases]


EXPECTED = [
    ["brick.new not-yet", "brick.lazy not-yet"],
    ["brick.lazy not-yet"],
    ["brick.old gone", "brick.new gone", "brick.lazy not-yet"],
    ["brick.old gone", "brick.new gone"],
]


def test_read_and_asked_agree(project: Project, index: LocalIndex) -> None:
    read = breaks(project)
    assert {one["surface"] for one in read} == {"read"}
    assert named(read) == EXPECTED
    wheels = [path for path in index.asked if path.endswith(".whl")]
    # What was read is kept.
    assert breaks(project) == read
    assert [path for path in index.asked if path.endswith(".whl")] == wheels
    done = project.tfcompat("surface", "brick", "--python", python_here())
    assert done.returncode == 0, done.said
    asked = breaks(project)
    assert {one["surface"] for one in asked} == {"asked"}
    assert named(asked) == EXPECTED
    again = project.tfcompat("surface", "brick", "--python", python_here())
    assert again.stdout == "4 surfaces kept already\n"


def test_breaks_are_confirmed_in_an_environment(project: Project, index: LocalIndex) -> None:
    assert index.releases
    words = ("breaks", "one.py", "--confirm", "--python", python_here())
    refused = project.tfcompat(*words)
    assert (refused.returncode, "name them with --release" in refused.said) == (2, True)
    ended = project.tfcompat(*words, "--release", ">=2", "--json")
    assert ended.returncode == 0, ended.said
    at_2, at_2_1 = json.loads(ended.stdout)["scripts"][0]["releases"]
    assert [one["witness"] for one in at_2["breaks"]] == [
        {"answer": "fails", "words": f"AttributeError: module 'brick' has no attribute '{name}'"}
        if name
        else {"answer": "fails", "words": "TypeError: got an unexpected keyword argument 'b'"}
        for name in ("old", "", "lazy")
    ]
    assert {one["witness"]["answer"] for one in at_2_1["breaks"]} == {"fails"}
    (project.folder / "one.py").write_text("import brick\nbrick.also(9)\n", encoding="utf-8")
    ended = project.tfcompat(*words, "--release", "1.0")
    assert "no attribute 'also')" in ended.stdout


def test_a_script_is_rewritten_and_tried(project: Project, index: LocalIndex) -> None:
    assert index.releases
    script = project.folder / "one.py"
    source = "import brick\nprint(brick.old(1))  # as ever\n"
    script.write_text(source, encoding="utf-8")
    # Which names are one object, the imported library tells for sure.
    done = project.tfcompat("surface", "brick", "--python", python_here())
    assert done.returncode == 0, done.said
    words = ("breaks", "one.py", "--fix", "--python", python_here())
    ended = project.tfcompat(*words, "--release", "2.0")
    assert ended.returncode == 0, ended.said
    assert "-print(brick.old(1))  # as ever\n+print(brick.also(1))  # as ever\n" in ended.stdout
    assert "one.py with brick 2.0: 1 break rewritten, 0 left" in ended.stdout
    assert "it runs, and gives the same result (compared with 1.1 as it is written)" in ended.stdout
    assert script.read_text(encoding="utf-8") == source
    # At the newest, what served is gone as well.
    ended = project.tfcompat(*words, "--release", "2.1", "--json", "--write")
    (found,) = json.loads(ended.stdout)["scripts"]
    assert (found["patch"], found["left"], found["verdict"]) == ("", ["brick.old"], None)
    assert script.read_text(encoding="utf-8") == source
    ended = project.tfcompat(*words, "--release", "2.0", "--write")
    assert script.read_text(encoding="utf-8") == source.replace("old", "also")
    for refused, said in (
        ((*words, "--release", ">=1"), "--fix is for one release"),
        (words, "--fix is for one release"),
        (("breaks", "one.py", "--write"), "say both"),
    ):
        ended = project.tfcompat(*refused)
        assert (ended.returncode, said in ended.said) == (2, True)


def test_a_script_is_run_with_what_a_release_lacks(project: Project, index: LocalIndex) -> None:
    assert index.releases
    script = project.folder / "one.py"
    source = "import brick\nprint(brick.old(1))\nbrick.new(2, b=3)\n"
    script.write_text(source, encoding="utf-8")
    done = project.tfcompat("surface", "brick", "--python", python_here())
    assert done.returncode == 0, done.said
    words = ("breaks", "one.py", "--shim", "--python", python_here())
    ended = project.tfcompat(*words, "--release", "2.0", "--json")
    assert ended.returncode == 0, ended.said
    (at_2_0,) = json.loads(ended.stdout)["scripts"][0]["releases"]
    given = [
        {"name": "brick.old", "argument": None, "replacement": "brick.also"},
        {"name": "brick.new", "argument": "b", "replacement": "c"},
    ]
    assert at_2_0["shim"] == {"given": given, "ended": "runs", "why": None}
    # What the release has is not touched, and what nothing serves for stops the script.
    script.write_text(source + "brick.lazy\n", encoding="utf-8")
    ended = project.tfcompat(*words, "--release", "1.1", "--release", "2.0", "--release", "2.1")
    said = ended.stdout
    assert "  1.1: not run with what it lacks: nothing is known to serve in its place" in said
    assert "  2.0: with what serves in place of 2 of 3 breaks, not for brick.lazy: it fails" in said
    assert "  2.1: with what serves in place of 1 of 2 breaks, not for brick.old: it fails" in said
    assert script.read_text(encoding="utf-8") == source + "brick.lazy\n"
    refused = project.tfcompat("breaks", "one.py", "--shim")
    assert (refused.returncode, "--shim makes an environment" in refused.said) == (2, True)


MOVED = {
    "brick/__init__.py": "",
    "brick/new_home.py": "def build(size=1): return size\nclass Wall(object): pass\n",
    "brick/old_home.py": "V = 1\n",
}
USING = (
    "import brick.gone as gone\nfrom brick.lost.deep import build, Wall\nimport brick.old_home\n"
    "print(gone.build(2), build(length=3), Wall.__name__, brick.old_home.also)\n"
    "import brick.new_home\nprint(brick.new_home.Wall is Wall, brick.new_home.__name__)\n"
    "try:\n    import brick.never\nexcept ImportError:\n    print('never')\n"
)


@pytest.mark.parametrize("python", ["3.6", "3.8", "3.13"])
def test_old_and_new_pythons_can_be_supplied(tmp_path: Path, python: str) -> None:
    for name, content in MOVED.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    names = {
        "brick.gone": "brick.new_home",
        "brick.lost.deep.build": "brick.new_home.build",
        "brick.lost.deep.Wall": "brick.new_home.Wall",
        "brick.old_home.also": "brick.new_home.build.__name__",
    }
    breaks = [
        *(supplied(name, replacement=serving) for name, serving in names.items()),
        supplied("brick.new_home.build", replacement="size", argument="length"),
    ]
    changed = shimmed(USING.encode())
    assert changed is not None
    (tmp_path / "one.py").write_bytes(changed)
    (tmp_path / f"{SHIM}.py").write_bytes(shim_module(breaks))
    found = [one for one in interpreters.find(folder=tmp_path)[0] if one.python == python]
    if not found:
        pytest.skip(f"no Python {python} here")
    words = [str(found[0].path), "-B", "one.py"]
    ended = subprocess.run(
        words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=100
    )
    assert ended.stdout == "2 3 Wall build\nTrue brick.new_home\nnever\n", ended.stderr
    assert read_given(ended.stderr.splitlines(), breaks) == tuple(breaks)


def supplied(name: str, *, replacement: str, argument: str | None = None) -> Break:
    return Break(
        name=name,
        kind="argument" if argument else "missing",
        argument=argument,
        lines=(1,),
        direction="gone",
        edge=("1", "2"),
        replacement=replacement,
    )


METHODS = {
    "1.0": "class Wall:\n  def climb(self, by=1): return by\ndef build(): return Wall()\n",
    "1.1": "class Wall:\n  def climb(self, by=1): return by\n  def fall(self): return 'down'\n"
    "def build(): return Wall()\n",
    "2.0": "class Wall:\n  def fall(self): return 'up'\ndef build(): return Wall()\n",
}


def test_a_recorded_run_shows_the_methods_of_objects(project: Project) -> None:
    with serving(LocalIndex(tuple(METHODS), source=METHODS.get)) as served:  # type: ignore[arg-type]
        project.environment["PIP_INDEX_URL"] = f"{served.address}/simple"
        project.environment["TFCOMPAT_CACHE"] = str(project.folder / "cache")
        script = project.folder / "one.py"
        script.write_text(
            "import brick\nwall = [brick.build()][0]\nprint(wall.climb(by=2), wall.fall())\n",
            encoding="utf-8",
        )
        assert named(breaks(project)) == [[], [], []]
        words = ("breaks", "one.py", "--record", "--python", python_here())
        # With the newest one, at which nothing is predicted to break, it does not run.
        refused = project.tfcompat(*words)
        said = "one.py is not recorded: it fails with 2.0: AttributeError: 'Wall' object has no"
        assert said in refused.said
        ended = project.tfcompat(*words, "--baseline", "1.1")
        assert ended.returncode == 0, ended.said
        assert "is not recorded" not in ended.said
        found = breaks(project)
        assert named(found) == [["brick.Wall.fall not-yet"], [], ["brick.Wall.climb gone"]]
        # A short run is recorded without being asked for, where a baseline is named.
        script.write_text(script.read_text(encoding="utf-8") + "\n", encoding="utf-8")
        short = ("breaks", "one.py", "--json", "--python", python_here(), "--baseline", "1.1")
        unasked = project.tfcompat(*short, "--no-record")
        assert '"breaks": []' in unasked.stdout
        assert "brick.Wall" not in unasked.stdout
        assert "brick.Wall.climb" in project.tfcompat(*short).stdout
        # What is recorded is recorded for the script as it is.
        script.write_text(script.read_text(encoding="utf-8") + "brick.build()\n", encoding="utf-8")
        assert named(breaks(project)) == [[], [], []]


@pytest.mark.parametrize("python", ["2.7", "3.6", "3.13"])
def test_old_and_new_pythons_can_be_witnesses(tmp_path: Path, python: str) -> None:
    found = [one for one in interpreters.find(folder=tmp_path)[0] if one.python == python]
    if not found:
        pytest.skip(f"no Python {python} here")
    (tmp_path / "lib.py").write_text(LIBRARY, encoding="utf-8")
    answer, config = tmp_path / "answer.json", tmp_path / "config.json"

    def asked(name: str, positional: int, *keywords: str) -> dict[str, Any]:
        call = {"positional": positional, "keywords": keywords, "partial": bool(keywords)}
        return {"name": name, "is_member": name.startswith("lib.C."), "is_import": False,
                "call": call}  # fmt: skip

    questions = {
        "there": [asked("lib.f", 3), asked("lib.C", 1), asked("lib.C.m", 1), asked("lib.C.s", 1)],
        "fails": [
            asked("lib.C", 2),
            asked("lib.C.m", 2),
            asked("lib.C.s", 2),
            asked("lib.old", 0, "x"),
            asked("lib.gone", 0),
        ],
    }
    every = [one for listed in questions.values() for one in listed]
    content = {"roots": ["lib"], "modules": [], "questions": every, "answer": str(answer)}
    config.write_text(json.dumps(content), encoding="utf-8")
    words = [str(found[0].path), str(witness_program.__file__), str(config)]
    environment = {"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin"}
    subprocess.run(words, check=True, env=environment, timeout=100)
    given = [word for word, _ in json.loads(answer.read_text(encoding="utf-8"))["answers"]]
    assert given == [word for word, listed in questions.items() for _ in listed]


def test_bad_input_is_2(project: Project, index: LocalIndex) -> None:
    assert index.releases
    (project.folder / "two.py").write_text("import brick\nx = = 1\n", encoding="utf-8")
    ended = project.tfcompat("breaks", "two.py", "--dependency", "brick")
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert "two.py is no Python" in ended.stderr
    ended = project.tfcompat("breaks", "one.py", "--release", "9.9")
    assert (ended.returncode, "there is no release 9.9" in ended.stderr) == (2, True)


LIBRARY = """
import warnings
from functools import wraps

def f(a, b=2, *rest, **more): pass
g = f

class Base(object):
    def m(self, x): pass

class C(Base):
    def __init__(self, size): pass
    @staticmethod
    def s(y): pass

def lenient(function):
    @wraps(function)
    def call(*args, **kwargs):
        kwargs.pop("before", None)
        return function(*args, **kwargs)
    return call

@lenient
def h(now): pass

def old():
    warnings.warn("old is deprecated, use f", DeprecationWarning)

class Odd(object):
    def __call__(self): pass
    def __getattr__(self, name): raise RuntimeError(name)

odd = Odd()
same_odd = odd
"""


@pytest.mark.parametrize("python", ["2.7", "3.6", "3.13"])
def test_old_and_new_pythons_can_be_asked(tmp_path: Path, python: str) -> None:
    found = [one for one in interpreters.find(folder=tmp_path)[0] if one.python == python]
    if not found:
        pytest.skip(f"no Python {python} here")
    package = tmp_path / "lib"
    package.mkdir()
    (package / "__init__.py").write_text(LIBRARY, encoding="utf-8")
    (package / "late.py").write_text("x = 1\ndef l(): pass\n", encoding="utf-8")
    (package / "broken.py").write_text("raise SystemExit(3)\n", encoding="utf-8")
    answer, config = tmp_path / "answer.json", tmp_path / "config.json"
    asked = {"roots": ["lib"], "seconds": 60, "entries": 1000, "imports": True}
    config.write_text(json.dumps({**asked, "answer": str(answer)}), encoding="utf-8")
    words = [str(found[0].path), str(survey_program.__file__), str(config)]
    environment = {"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin"}
    subprocess.run(words, check=True, env=environment, timeout=100)
    content = json.loads(answer.read_text(encoding="utf-8"))
    surface = AskedSurface(content["roots"], content["entries"])
    check_library(surface)


WATCHED = """import lib, lib.late
made = [lib.C(3)][0]
made.m(1)
print(made.m(2), "done")
"""


@pytest.mark.parametrize("python", ["2.7", "3.6", "3.13"])
def test_old_and_new_pythons_can_be_recorded(tmp_path: Path, python: str) -> None:
    found = [one for one in interpreters.find(folder=tmp_path)[0] if one.python == python]
    if not found:
        pytest.skip(f"no Python {python} here")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "__init__.py").write_text(LIBRARY, encoding="utf-8")
    (tmp_path / "lib" / "late.py").write_text("x = 1\n", encoding="utf-8")
    script = watched(WATCHED.encode())
    (tmp_path / "one.py").write_bytes(script.source)
    (tmp_path / f"{RECORDER}.py").write_bytes(recorder(["lib"], []))
    words = [str(found[0].path), "one.py"]
    environment = {"PATH": "/usr/bin"}
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, check=True)
    noted = {
        (script.sites[site].line, name, how)
        for site, name, how in read_rows(done.stderr.decode().splitlines(keepends=True))
    }
    assert {(3, "lib.C", "member"), (4, "lib.C", "member"), (2, "lib", "module")} <= noted


def check_library(surface: AskedSurface) -> None:
    things = {
        name: surface.find(f"lib.{name}", is_member=name == "C.m")
        for name in ("f", "C", "C.m", "C.s", "h", "old", "late.l")
    }
    assert all(isinstance(one, Thing) for one in things.values()), things
    places = {n: [p.name for p in t.places] for n, t in things.items() if isinstance(t, Thing)}
    assert places["f"] == ["a", "b"]
    assert places["C"] == ["size"]
    assert places["C.m"] == ["x"]
    assert surface.names_of("lib.f") == ["lib.f", "lib.g"]
    old, lenient = things["old"], things["h"]
    assert isinstance(old, Thing)
    assert "use f" in old.deprecation
    assert isinstance(lenient, Thing)
    # Python 2.7 does not say what a wrapper wraps; there it takes anything.
    assert not places["h"] or "before" in lenient.mentioned
    assert surface.find("lib.gone") is Absence.MISSING
    assert surface.find("lib.broken.x") is Absence.UNKNOWN
    # What raises when it is looked at is there, and nothing else is known of it.
    for name in ("odd", "same_odd"):
        assert surface.find(f"lib.{name}") is not Absence.MISSING
    assert ("lib.f", False) in list(surface.public_names())
    assert surface.names_of("nothing") == ()
