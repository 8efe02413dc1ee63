"""``tfcompat doctor``: one screen for a person, JSON for a program."""

from __future__ import annotations

from tfcompat.cli.commands import doctor
from tfcompat.results.printed import (
    BrokenPython,
    EngineCheck,
    MachineCheck,
    OpenReleases,
    PrintedPython,
    as_json,
)

PYTHON = PrintedPython(path="/opt/python3.8", version="3.8.18", abi="cp38")
RELEASES = OpenReleases(
    dependency="foo",
    releases=4,
    opened=1,
    by={"3.8": 1},
    closed={
        "1.0": "needs Python 3.6: `pyenv install 3.6`",
        "3.0": "a run fetches Python 3.9 through uv",
        "3.1": "a run fetches Python 3.9 through uv",
    },
)


def found_on_a_machine(**changes: object) -> MachineCheck:
    known: dict[str, object] = {
        "pythons": (PYTHON,),
        "broken": (BrokenPython(path="/bin/python9", why="does not start: no"),),
        "fetchable": ("3.8",),
        "releases": RELEASES,
        "engines": (),
        "uv": "0.1 (/uv)",
        "links": True,
        "open_network": "",
        "open_files": "",
        "index": "https://pypi.org/simple",
        "index_trouble": None,
        "index_seconds": 0.5,
        "cores": 2,
        "cpu": "x",
        "avx": (),
        "memory": 10**9,
        "cache": "/cache",
        "free": None,
    }
    return MachineCheck(**(known | changes))  # type: ignore[arg-type]


def test_one_screen_says_it_all() -> None:
    engine = EngineCheck(name="podman", version="4", works=False, said="no cgroups")
    found = found_on_a_machine(engines=(engine,))
    lines = list(doctor.lines(found))
    text = "\n".join(lines)
    assert len(lines) < 40
    for said in (
        "3.8.18   cp38    /opt/python3.8   wheels of 1 release",
        "broken: /bin/python9 does not start: no",
        "1 of 4 have a Python here",
        "1.0: needs Python 3.6",
        "podman 4 cannot start one: no cgroups",
        "AVX: none: TensorFlow 1.6 and later need it",
        "disk free unknown",
    ):
        assert said in text
    document = as_json(found)
    assert document["pythons"][0]["path"] == PYTHON.path
    assert document["releases"]["releases"] == 4


def test_what_is_alike_is_said_once() -> None:
    text = "\n".join(doctor.lines(found_on_a_machine()))
    assert "3.0 … 3.1 (2): a run fetches Python 3.9 through uv" in text
    assert "none; podman or apptainer would open Pythons that are not here" in text
