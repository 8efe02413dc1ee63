"""What every backend shares: constraints, pins, the environment of the tools, freezes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from packaging.tags import parse_tag
from packaging.version import Version

from tfcompat.environments.base import (
    EnvironmentRequest,
    Stopwatch,
    build_tools_at,
    constraints_at,
    ordered_freeze,
    pinned,
    requirements_on,
    seeds_for,
    setuptools_day,
    was_out_at,
    write_constraints,
)
from tfcompat.environments.index.client import Distribution, PackageIndex, Release
from tfcompat.environments.interpreter_record import Interpreter
from tfcompat.errors import IndexUnavailableError, SelectionError

if TYPE_CHECKING:
    from collections.abc import Mapping


def date(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.timezone.utc)


def release(version: str, *files: tuple[str | None, str | None], yanked: bool = False) -> Release:
    """Return a release whose files have these days of upload and hashes."""
    return Release(
        version=Version(version),
        files=tuple(
            Distribution(
                filename=f"x-{version}-{number}.tar.gz",
                url="https://files.example",
                version=Version(version),
                tags=frozenset(),
                sha256=sha256,
                size=None,
                upload_time=date(day) if day else None,
                requires_python=None,
                yanked=yanked,
            )
            for number, (day, sha256) in enumerate(files)
        ),
    )


class FakeIndex:
    def __init__(self, known: Mapping[str, tuple[Release, ...]]) -> None:
        self.known = known

    def releases(self, project: str) -> tuple[Release, ...]:
        if project not in self.known:
            msg = "no network"
            raise IndexUnavailableError(msg)
        return self.known[project]


def index(**known: tuple[Release, ...]) -> PackageIndex:
    projects = {name.replace("_", "-"): releases for name, releases in known.items()}
    return cast("PackageIndex", FakeIndex(projects))


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


def test_requirements_that_hold_on_a_python() -> None:
    texts = ["a==1 ; python_version < '3'", "b", "./local/file", "c ; python_version >= '3'"]
    assert [one.name for one in requirements_on("3.6", texts)] == ["b", "c"]
    assert [one.name for one in requirements_on("2.7", texts)] == ["a", "b"]


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


def test_pinned() -> None:
    known = index(
        numpy=(
            release("1.13.2", ("2017-01-01", "no")),
            release("1.13.3", ("2017-01-02", "bb"), ("2017-01-02", "aa"), ("2017-01-02", None)),
        ),
        ruamel_yaml=(release("0.15", ("2017-01-02", "cc")),),
        bare=(release("1", ("2017-01-01", None)),),
    )
    address = "mine @ https://files.example/mine.whl"
    assert pinned((address, "odd===x"), known) == f"{address}\nodd===x\n"
    text = pinned(("bare==1.0", "numpy==1.13.3", "Ruamel.YAML==0.15"), known)
    assert text == (
        "bare==1.0\n"
        "numpy==1.13.3 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
        "Ruamel.YAML==0.15 \\\n    --hash=sha256:cc\n"
    )


def test_ordered_freeze() -> None:
    said = "numpy==1.13.3\n# Editable\n-e git+https://x\n\nAbsl-py==0.1\n  six==1.11.0  \nZipp==1\n"
    assert ordered_freeze(said) == ("Absl-py==0.1", "numpy==1.13.3", "six==1.11.0", "Zipp==1")
    assert ordered_freeze("") == ()


def test_what_a_request_names(tmp_path: Path) -> None:
    request = EnvironmentRequest(
        dependency="tensorflow",
        release="1.4.0",
        python="3.6",
        interpreter=Interpreter(path=Path("/x"), version=Version("3.6.15"), abi="cp36m"),
        wheel_size=None,
        requirements=("NumPy==1.13.3", "six>=1", "absl_py==0.*", "enum34==1 ; python_version<'3'"),
        cut_off=None,
        constraints=("setuptools<=40", "wheel<=0.30"),
        folder=tmp_path,
        seeds=("setuptools",),
    )
    assert request.wanted == ("tensorflow==1.4.0", *request.requirements, "setuptools")
    assert request.exact_pins == ("numpy",)
    assert not request.may_compile
    assert replace(request, from_source=True).may_compile
    assert replace(request, cut_off=date("2015-01-01")).may_compile
    assert not replace(request, cut_off=date("2018-01-01")).may_compile
    # A cut-off does not hide a release that is from after it.
    assert replace(request, is_newer=True).exact_pins == ("tensorflow", "numpy")
    assert request.pin == "tensorflow==1.4.0"
    assert request.environment == tmp_path / "env"
    written = write_constraints(request).read_text(encoding="utf-8")
    assert written == "setuptools<=40\nwheel<=0.30\n"
    held = replace(
        request,
        pins=("Six==1.2", "setuptools==50.0"),
        constraints=("setuptools<=40.0", "wheel<=0.33"),
        folder=tmp_path,
    )
    assert held.exact_pins == ("numpy", "six", "setuptools")
    # One that is pinned has no other constraint: the two would be in conflict.
    assert write_constraints(held).read_text(encoding="utf-8").split() == [
        "wheel<=0.33", "Six==1.2", "setuptools==50.0",
    ]  # fmt: skip


def test_stopwatch_adds_up_and_counts_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([0.0, 1.5, 10.0, 10.25, 20.0, 23.0])
    monkeypatch.setattr("time.monotonic", lambda: next(moments))
    watch = Stopwatch()
    with watch.phase("create"):
        pass
    with watch.phase("create"):
        pass
    with pytest.raises(RuntimeError), watch.phase("install"):
        raise RuntimeError
    assert watch.phases == {"create": 1.75, "install": 3.0}
