"""The build tools of a day, and what an environment of then held."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest
from dated_index import FakeIndex, date, index, release
from packaging.tags import parse_tag
from packaging.version import Version

from tfcompat.environments.base import (
    requirements_on,
)
from tfcompat.environments.of_the_day import (
    build_tools_at,
    constraints_at,
    seeds_for,
    setuptools_day,
    was_out_at,
)
from tfcompat.errors import IndexUnavailableError, SelectionError

if TYPE_CHECKING:
    from tfcompat.environments.index.client import PackageIndex, Release


HISTORY = (
    release("36.9", ("2017-01-01", None)),
    release("40.0", ("2018-01-01", None)),
    # A patch for an old series, uploaded later than a newer one.
    release("36.10", ("2018-06-01", None)),
    release("41.0rc1", ("2018-07-01", None)),
    release("41.0", ("2018-08-01", None), yanked=True),
    release("42.0", (None, None)),
    release("50.0", ("2019-01-01", None)),
)


@pytest.mark.parametrize(
    ("day", "newest"),
    [
        ("2017-01-01", "36.9"),
        ("2017-12-31", "36.9"),
        ("2018-12-31", "40.0"),
        ("2030-01-01", "50.0"),
    ],
)
def test_build_backends_are_held_at_the_cut_off(day: str, newest: str) -> None:
    held = constraints_at(
        date(day), Version("2.7.18"), index(setuptools=HISTORY, wheel=HISTORY[:2])
    )
    wheel = "36.9" if day < "2018" else "40.0"
    assert held == (f"setuptools<={newest}", f"wheel<={wheel}")


def test_no_constraint_before_the_first_release() -> None:
    assert (
        constraints_at(date("2010-01-01"), Version("2.7.18"), index(setuptools=HISTORY, wheel=()))
        == ()
    )


def test_constraints_without_an_index() -> None:
    with pytest.raises(IndexUnavailableError):
        constraints_at(date("2018-01-01"), Version("2.7.18"), index(setuptools=HISTORY))


def test_a_requirement_of_the_study_wins_over_the_day() -> None:
    known = index(setuptools=HISTORY, wheel=HISTORY)
    held = ("setuptools<=40.0", "wheel<=40.0")
    for text in ("setuptools", "setuptools<39", "numpy==9"):
        required = requirements_on("3.6", [text])
        assert constraints_at(date("2018-12-31"), Version("2.7.18"), known, required) == held
    for text in ("setuptools==50.0", "Setuptools>=41"):
        required = requirements_on("3.6", [text])
        assert constraints_at(date("2018-12-31"), Version("2.7.18"), known, required) == held[1:]


@pytest.mark.parametrize(
    ("day", "newest", "tools"),
    [
        ("2010-01-01", None, ("setuptools<=40.8.0", "wheel<=0.33.1")),
        ("2018-12-31", None, ("setuptools<=40.8.0", "wheel<=40.0")),
        ("2030-01-01", None, ("setuptools<=50.0", "wheel<=50.0")),
        ("2030-01-01", Version("45"), ("setuptools<=45", "wheel<=50.0")),
    ],
)
def test_build_tools_of_a_day(day: str, newest: Version | None, tools: tuple[str, ...]) -> None:
    known = index(setuptools=HISTORY, wheel=HISTORY)
    assert build_tools_at(date(day), known, newest) == tools


def with_wheels(found: Release) -> Release:
    tag = parse_tag("py3-none-any")
    files = (*found.files, *(replace(file, tags=tag) for file in found.files))
    return replace(found, files=files)


@pytest.mark.parametrize(
    ("python", "day", "seeds"),
    [
        ("3.6.15", "2018-12-31", ("setuptools",)),
        ("2.7.18", "2018-12-31", ("setuptools",)),
        ("3.11.9", None, ("setuptools",)),
        ("3.12.0", "2018-12-31", ()),
        ("3.13.0", None, ()),
        # There was none yet.
        ("2.7.18", "2010-01-01", ()),
        # None is taken that the Python cannot import.
        ("3.7.0", "2010-01-01", ("setuptools",)),
    ],
)
def test_what_venv_gives(python: str, day: str | None, seeds: tuple[str, ...]) -> None:
    known = index(setuptools=tuple(map(with_wheels, HISTORY)))
    assert seeds_for(Version(python), date(day) if day else None, known) == seeds


@pytest.mark.parametrize(
    ("day", "python", "taken"),
    [
        # It can be imported there.
        ("2016-01-01", "3.6.15", "2016-01-01"),
        ("2020-01-01", "3.11.2", "2020-01-01"),
        ("2010-01-01", "2.7.18", "2010-01-01"),
        ("2010-01-01", "3.4.9", "2010-01-01"),
        # It cannot: then it is what the Python came with.
        ("2015-01-01", "3.6.15", "2016-12-23"),
        ("2019-01-01", "3.11.2", "2022-10-24"),
        ("2010-01-01", "4.9.9", "2010-01-01"),
    ],
)
def test_the_day_of_setuptools(day: str, python: str, taken: str) -> None:
    assert setuptools_day(date(day), Version(python)) == date(taken)


def test_setuptools_is_held_at_one_that_its_python_can_import() -> None:
    known = index(setuptools=HISTORY, wheel=HISTORY)
    assert constraints_at(date("2010-01-01"), Version("3.7.3"), known) == ("setuptools<=40.0",)
    assert constraints_at(date("2018-12-31"), Version("3.7.3"), known)[0] == "setuptools<=40.0"


def test_what_was_out() -> None:
    known = index(setuptools=HISTORY)
    assert was_out_at(date("2017-06-01"), "setuptools>=36", known)
    assert not was_out_at(date("2016-06-01"), "setuptools", known)


def test_no_seed_that_must_be_built_or_is_not_there() -> None:
    day = date("2018-12-31")
    assert seeds_for(Version("3.6"), day, index(setuptools=HISTORY)) == ()
    assert seeds_for(Version("3.6"), day, index(setuptools=())) == ()

    class WithoutIt(FakeIndex):
        def releases(self, project: str) -> tuple[Release, ...]:
            raise SelectionError(project)

    lacking = cast("PackageIndex", WithoutIt({}))
    assert seeds_for(Version("3.6"), day, lacking) == ()
    assert build_tools_at(day, lacking) == ("setuptools<=40.8.0", "wheel<=0.33.1")
