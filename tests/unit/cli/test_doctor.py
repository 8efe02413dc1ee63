"""What the doctor makes of a machine: which releases are open, and what to do about the others."""

from __future__ import annotations

import sysconfig
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fakes import release
from packaging.tags import parse_tag
from packaging.version import Version

from tfcompat.cli import doctor
from tfcompat.environments.interpreter_record import Interpreter
from tfcompat.environments.interpreters import BrokenInterpreter
from tfcompat.planning.schema import Container

if TYPE_CHECKING:
    from tfcompat.cli.doctor import Findings, Opened
    from tfcompat.environments.index.client import Release

HERE = sysconfig.get_platform().replace("-", "_")
FOUND = (Interpreter(path=Path("/opt/python3.8"), version=Version("3.8.18"), abi="cp38"),)


def wheel(version: str, python: str) -> Release:
    made = release(version)
    tags = parse_tag(f"{python}-{python.replace('36', '36m')}-{HERE}")
    return replace(made, files=(replace(made.files[0], tags=tags),))


HISTORY = (wheel("1.0", "cp36"), wheel("2.0", "cp38"), wheel("3.0", "cp39"))


def findings(releases: Opened, **changes: object) -> Findings:
    known: dict[str, object] = {
        "pythons": FOUND,
        "broken": (BrokenInterpreter(path=Path("/bin/python9"), why="does not start: no"),),
        "fetchable": ("3.8",),
        "releases": releases,
        "engines": (),
        "uv": "0.1 (/uv)",
        "links": True,
        "index": "https://pypi.org/simple",
        "index_trouble": None,
        "index_seconds": 0.5,
        "cores": 2,
        "cpu": "x",
        "avx": (),
        "memory": 10**9,
        "cache": Path("/cache"),
        "free": None,
    }
    return doctor.Findings(**(known | changes))  # type: ignore[arg-type]


def test_every_release_is_open_or_says_what_to_do() -> None:
    found = doctor.opened("foo", HISTORY, FOUND, ("3.9",), None)
    assert (found.releases, found.opened, found.by) == (3, 1, {"3.8": 1})
    assert found.closed == {
        "1.0": "needs Python 3.6: `pyenv install 3.6`",
        "3.0": "a run fetches Python 3.9 through uv",
    }


def test_a_python_below_three_eight_is_never_to_be_fetched_by_uv() -> None:
    found = doctor.opened("foo", HISTORY, (), ("3.8", "3.9"), None)
    assert found.opened == 0
    assert found.closed["1.0"] == "needs Python 3.6: `pyenv install 3.6`"
    assert "through uv" in found.closed["2.0"]


def test_an_engine_that_works_opens_more() -> None:
    found = doctor.opened("foo", HISTORY, (), (), Container())
    image = "docker.io/library/python:3.6"
    assert found.closed["1.0"] == f"a run looks for Python 3.6 in {image}"


def test_one_screen_says_it_all() -> None:
    found = findings(
        doctor.opened("foo", HISTORY, FOUND, (), None),
        engines=(doctor.Engine(name="podman", version="4", works=False, said="no cgroups"),),
    )
    lines = list(doctor.lines(found))
    text = "\n".join(lines)
    assert len(lines) < 40
    for said in (
        "broken: /bin/python9 does not start: no",
        "podman 4 cannot start one: no cgroups",
        "AVX: none: TensorFlow 1.6 and later need it",
        "disk free unknown",
    ):
        assert said in text
    document = doctor.as_json(found)
    assert document["pythons"][0]["path"] == str(FOUND[0].path)
    assert document["releases"]["releases"] == len(HISTORY)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:secret@host.org:8080/simple", "https://host.org:8080/simple"),
        ("https://pypi.org/simple", "https://pypi.org/simple"),
    ],
)
def test_no_password_is_shown(url: str, shown: str) -> None:
    assert doctor.without_password(url) == shown
