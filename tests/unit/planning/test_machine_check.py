"""What a machine can do: which releases have a Python here, and what to do about the others."""

from __future__ import annotations

import sysconfig
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fakes import release
from packaging.tags import parse_tag
from packaging.version import Version

from tfcompat.environments.interpreter_record import Interpreter
from tfcompat.planning.machine_check import open_releases, without_password
from tfcompat.planning.schema import Container

if TYPE_CHECKING:
    from tfcompat.environments.index.client import Release

HERE = sysconfig.get_platform().replace("-", "_")
FOUND = (Interpreter(path=Path("/opt/python3.8"), version=Version("3.8.18"), abi="cp38"),)


def wheel(version: str, python: str) -> Release:
    made = release(version)
    tags = parse_tag(f"{python}-{python.replace('36', '36m')}-{HERE}")
    return replace(made, files=(replace(made.files[0], tags=tags),))


HISTORY = (wheel("1.0", "cp36"), wheel("2.0", "cp38"), wheel("3.0", "cp39"))


def test_every_release_is_open_or_says_what_to_do() -> None:
    found = open_releases("foo", HISTORY, FOUND, ("3.9",), None)
    assert (found.releases, found.opened, found.by) == (3, 1, {"3.8": 1})
    assert found.closed == {
        "1.0": "needs Python 3.6: `pyenv install 3.6`",
        "3.0": "a run fetches Python 3.9 through uv",
    }


def test_a_python_below_three_eight_is_never_to_be_fetched_by_uv() -> None:
    found = open_releases("foo", HISTORY, (), ("3.8", "3.9"), None)
    assert found.opened == 0
    assert found.closed["1.0"] == "needs Python 3.6: `pyenv install 3.6`"
    assert "through uv" in found.closed["2.0"]


def test_an_engine_that_works_opens_more() -> None:
    found = open_releases("foo", HISTORY, (), (), Container())
    image = "docker.io/library/python:3.6"
    assert found.closed["1.0"] == f"a run looks for Python 3.6 in {image}"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:secret@host.org:8080/simple", "https://host.org:8080/simple"),
        ("https://pypi.org/simple", "https://pypi.org/simple"),
    ],
)
def test_no_password_is_shown(url: str, shown: str) -> None:
    assert without_password(url) == shown
