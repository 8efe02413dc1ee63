"""A Python that is younger than a release: what would be compiled has its first wheel instead."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from packaging.tags import Tag
from packaging.version import Version

from tfcompat.environments.base import EnvironmentRequest
from tfcompat.environments.first_wheels import first_wheels, wheels_for_building
from tfcompat.environments.index.client import Distribution, Release
from tfcompat.environments.interpreter_record import Interpreter
from tfcompat.environments.repairs import FirstWheel, Repairs
from tfcompat.errors import SelectionError

COMPILED = Tag("cp36", "cp36m", "manylinux1_x86_64")
PURE = Tag("py3", "none", "any")
OTHER = Tag("cp35", "cp35m", "manylinux1_x86_64")


def day(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"{text}T00:00:00+00:00")


def release(version: str, *wheels: tuple[Tag, str]) -> Release:
    """Return a release with a source distribution of 2015, and wheels with their days."""

    def file(name: str, tags: frozenset[Tag], uploaded: str) -> Distribution:
        return Distribution(
            filename=name,
            url="https://files.example",
            version=Version(version),
            tags=tags,
            sha256=None,
            size=None,
            upload_time=day(uploaded),
            requires_python=None,
            yanked=False,
        )

    made = [file(f"x-{version}-{tag}.whl", frozenset({tag}), when) for tag, when in wheels]
    return Release(
        version=Version(version), files=(file(f"x-{version}.zip", frozenset(), "2015-06-01"), *made)
    )


PROJECTS = {
    "numpy": (
        release("1.9", (OTHER, "2015-06-01")),
        release("1.10", (OTHER, "2015-06-01")),
        release("1.11rc1", (COMPILED, "2016-11-01")),
        # Its wheel for 3.6 came later than the release itself.
        release("1.11", (OTHER, "2015-06-01"), (COMPILED, "2016-12-31")),
        release("1.12", (COMPILED, "2017-01-15")),
    ),
    "pure": (release("1.0"), release("2.0", (PURE, "2017-02-01"))),
    "never": (release("1.0"), release("2.0")),
    "there": (release("1.0", (COMPILED, "2015-06-01")),),
    # Soon built, and so tried first.
    "light": (release("1.0"), release("2.0", (COMPILED, "2017-01-20"))),
    # Two years after Python 3.6: whoever used it until then built it.
    "late": (release("1.0"), release("1.1", (COMPILED, "2018-11-05"))),
}


@dataclass
class Index:
    def releases(self, project: str) -> tuple[Release, ...]:
        if project not in PROJECTS:
            raise SelectionError(project)
        return PROJECTS[project]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> EnvironmentRequest:
    tags = {COMPILED: 0, PURE: 1}
    monkeypatch.setattr(Interpreter, "tags", tags)
    python = Interpreter(path=Path("python3.6"), version=Version("3.6.15"), abi="cp36m")
    return EnvironmentRequest(
        dependency="gensim",
        release="0.12",
        python="3.6",
        interpreter=python,
        wheel_size=None,
        requirements=(),
        cut_off=day("2015-11-01"),
        constraints=(),
        folder=tmp_path,
        from_source=True,
    )


def found(request: EnvironmentRequest, pinned: str) -> list[tuple[str, str, str]]:
    wheels = first_wheels(pinned, request, Index())
    return [(one.package, one.release, one.until[:13]) for one in wheels]


LOCK = """\
--only-binary gensim
numpy==1.9 \\
    --hash=sha256:0
pure==1.0
never==1.0 ; python_version > '3'
there==1.0
late==1.0
light==1.0
gone==1.0
"""


def test_what_would_be_compiled_has_its_first_wheel(asked: EnvironmentRequest) -> None:
    assert found(asked, LOCK) == [("numpy", "1.11", "2016-12-31T01")]


def test_what_is_soon_built_has_a_wheel_only_where_that_failed(asked: EnvironmentRequest) -> None:
    wheels = first_wheels("light==1.0\nlate==1.0", asked, Index(), failed=True)
    assert [(one.package, one.release) for one in wheels] == [("light", "2.0")]
    # A package of another age says little of the release.
    earlier = replace(asked, cut_off=day("2014-06-01"))
    assert first_wheels("numpy==1.9", earlier, Index(), failed=True) == ()


def test_a_wheel_that_came_after_the_day_is_the_first_one_too(asked: EnvironmentRequest) -> None:
    assert found(asked, "numpy==1.11") == [("numpy", "1.11", "2016-12-31T01")]
    later = replace(asked, cut_off=day("2017-01-02"))
    assert found(later, "numpy==1.11") == []


@pytest.mark.parametrize("name", ["python", "none of its own", "pinned", "had", "own"])
def test_all_else_is_as_of_the_day(asked: EnvironmentRequest, name: str) -> None:
    wheel = FirstWheel(package="numpy", release="1.11", python="3.6", until="2016-12-31T01:00:00")
    changed = {
        # On 3.5, which was out for long, packages of its day had their wheels.
        "python": replace(asked, cut_off=day("2017-06-01")),
        "none of its own": replace(asked, cut_off=None),
        "pinned": replace(asked, requirements=("numpy==1.9",)),
        "had": replace(asked, repairs=Repairs(first_wheels=(wheel,))),
        "own": replace(asked, dependency="NumPy"),
    }
    assert found(changed[name], LOCK) == []


def test_what_is_built_is_built_with_wheels(asked: EnvironmentRequest) -> None:
    (wheel,) = wheels_for_building(asked, Index())
    assert str(wheel) == "numpy: as of 2017-01-15, when 1.12 had the first wheel for Python 3.6"
    assert wheels_for_building(replace(asked, from_source=False), Index()) == ()
    assert wheels_for_building(replace(asked, cut_off=day("2017-06-01")), Index()) == ()
