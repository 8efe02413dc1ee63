"""On which Python a release is tried where none is named."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.tags import parse_tag
from packaging.version import Version

from tfcompat.environments.index.client import Distribution, Release
from tfcompat.environments.interpreter_record import Interpreter, python_tags
from tfcompat.planning.default_python import PythonRule, default_python
from tfcompat.planning.grid import AvailablePythons, Cell, lay_out_cells
from tfcompat.results.verdicts import CauseKind

if TYPE_CHECKING:
    from collections.abc import Iterator

ANY, ANY_3, SOURCE = "py2.py3-none-any", "py3-none-any", "source"
LATEST = PythonRule(resolve="latest")
PYTHON_2 = PythonRule(python2=True)


@pytest.fixture(autouse=True)
def linux(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make every machine one with x86-64 Linux."""
    monkeypatch.setattr("packaging.tags.platform_tags", lambda: iter(["linux_x86_64"]))
    python_tags.cache_clear()
    yield
    python_tags.cache_clear()


def file(tag: str, day: str | None, requires: str | None = None) -> Distribution:
    """Return a wheel with a tag (``cp36`` for a compiled one), or a source distribution."""
    if tag.startswith("cp"):
        flags = "mu" if tag == "cp27" else "m" if tag < "cp38" and len(tag) == 4 else ""
        tag = f"{tag}-{tag}{flags}-linux_x86_64"
    name = "foo-1.0.tar.gz" if tag == SOURCE else f"foo-1.0-{tag}.whl"
    return Distribution(
        filename=name,
        url=f"https://files.example/{name}",
        version=Version("1.0"),
        tags=frozenset() if tag == SOURCE else parse_tag(tag),
        sha256=None,
        size=None,
        upload_time=dt.datetime.fromisoformat(f"{day}T12:00+00:00") if day else None,
        requires_python=requires,
        yanked=False,
    )


def release(*tags: str, day: str | None, requires: str | None = None) -> Release:
    files = tuple(file(tag, day, requires) for tag in tags)
    return Release(version=Version("1.0"), files=files)


def machine(*pythons: str) -> dict[str, Interpreter]:
    found = {}
    for python in pythons:
        major, _, minor = python.partition(".")
        flags = "mu" if python == "2.7" else "m" if int(minor) < 8 else ""
        found[python] = Interpreter(
            path=Path(f"/opt/{python}/bin/python"),
            version=Version(f"{python}.5"),
            abi=f"cp{major}{minor}{flags}",
        )
    return found


def default(one: Release, *pythons: str, rule: PythonRule | None = None) -> str:
    found = machine(*pythons)
    return default_python(one, found, (found,), rule or PythonRule())


@pytest.mark.parametrize(
    ("day", "pythons", "python"),
    [
        # 2013: 3.3 was out, and is not here. The nearest Python 3, and not the one of its day.
        ("2013-05-01", "2.7 3.6 3.10 3.13", "3.6"),
        ("2013-05-01", "2.7 3.10 3.13", "3.10"),
        ("2013-05-01", "2.7 3.3 3.6", "3.3"),
        ("2013-05-01", "2.7", "2.7"),
        # The day of Python 3.6, and the one before.
        ("2016-12-22", "2.7 3.5 3.6 3.13", "3.5"),
        ("2016-12-23", "2.7 3.5 3.6 3.13", "3.6"),
        ("2016-12-22", "2.7 3.6 3.13", "3.6"),
        ("2019-11-01", "2.7 3.6 3.8 3.9 3.13", "3.8"),
        ("2019-11-01", "2.7 3.6 3.13", "3.6"),
        ("2019-11-01", "3.9 3.13", "3.9"),
        ("2026-01-01", "2.7 3.6 3.13", "3.13"),
        # The index gives no times.
        (None, "2.7 3.6 3.13", "3.13"),
    ],
)
def test_a_wheel_for_any_python_is_tried_on_one_of_its_day(
    day: str | None, pythons: str, python: str
) -> None:
    assert default(release(ANY, day=day), *pythons.split()) == python


def test_with_latest_it_is_the_newest() -> None:
    for day in ("2013-05-01", "2019-11-01"):
        assert default(release(ANY, day=day), "2.7", "3.6", "3.13", rule=LATEST) == "3.13"


def test_with_a_date_it_is_that_day() -> None:
    rule = PythonRule(resolve="2020-11-01")
    assert default(release(ANY, day="2013-05-01"), "3.6", "3.9", "3.13", rule=rule) == "3.9"
    timed = PythonRule(resolve="2020-10-05T00:00:00Z")
    assert default(release(ANY, day="2024-05-01"), "3.6", "3.9", "3.13", rule=timed) == "3.9"


def test_the_day_is_that_of_the_earliest_file() -> None:
    files = (file("cp313", "2024-11-01"), file("cp38", "2019-11-01"), file("cp36", "2019-11-02"))
    one = Release(version=Version("1.0"), files=files)
    assert PythonRule().day(one) == dt.date(2019, 11, 1)
    assert default(one, "3.6", "3.8", "3.13") == "3.8"


def test_wheels_and_requires_python_decide_first() -> None:
    assert default(release("cp36", "cp39", day="2017-01-01"), "3.6", "3.9") == "3.6"
    # Wheels of pre-releases of Pythons that were to come.
    assert default(release("cp39", "cp310", day="2017-01-01"), "3.6", "3.9", "3.10") == "3.9"
    one = release(ANY_3, day="2019-11-01", requires=">=3.9")
    assert default(one, "3.6", "3.8", "3.10", "3.13") == "3.10"
    # Full versions count: what is here is 3.6.5.
    one = release(ANY_3, day="2019-11-01", requires=">=3.6.8")
    assert default(one, "3.6", "3.13") == "3.13"


def test_python_2_only_where_nothing_else_is_admitted() -> None:
    only_2 = release("py2-none-any", day="2013-05-01")
    assert default(only_2, "2.7", "3.6") == "2.7"
    both = release("cp27", "cp35", day="2015-10-01")
    assert default(both, "2.7", "3.5", "3.6") == "3.5"
    # Nothing else that is here: better tried on it than not at all.
    assert default(both, "2.7", "3.6") == "2.7"
    # Before that, what can be brought here.
    found = machine("2.7")
    assert default_python(release(ANY, day="2013-05-01"), found, (found, ("3.8", "3.9"))) == "3.8"


def test_a_script_of_python_2() -> None:
    for day in ("2013-05-01", "2024-05-01"):
        assert default(release(ANY, day=day), "2.7", "3.6", rule=PYTHON_2) == "2.7"
        # Not here, and still the only one on which it can run.
        assert default(release(ANY, day=day), "3.6", rule=PYTHON_2) == "2.7"
        assert default(release(ANY_3, day=day), "2.7", "3.6", "3.13", rule=PYTHON_2) != "2.7"
    # It may have to be built.
    one = release(ANY_3, SOURCE, day="2013-05-01")
    assert default(one, "2.7", "3.6", rule=PYTHON_2) == "2.7"


def test_groups_in_their_order_and_in_each_the_one_of_the_day() -> None:
    one = release(ANY_3, day="2021-01-01")
    # Found, though another of its day could be fetched.
    found = machine("3.13")
    assert default_python(one, found, (found, ("3.8", "3.9"))) == "3.13"
    assert default_python(one, {}, ((), ("3.8", "3.9", "3.12"), ("3.6",))) == "3.9"
    assert default_python(one, {}, ((), ("3.11", "3.12"), ("3.6",))) == "3.11"
    assert default_python(one, {}, ((), (), ("3.6", "3.10"))) == "3.6"
    assert default_python(one, {}, ((), (), ())) == "3.9"


def test_pythons_that_the_user_names() -> None:
    among = PythonRule(among=("3.13", "3.8"))
    assert default(release(ANY, day="2021-01-01"), "3.6", "3.8", "3.13", rule=among) == "3.8"
    assert default(release(ANY, day="2013-01-01"), "3.6", "3.8", "3.13", rule=among) == "3.8"
    # One is the one, whatever a release says.
    one = PythonRule(among=("3.10",))
    assert default(release("cp36", day="2018-01-01"), "3.6", "3.13", rule=one) == "3.10"
    assert default(release(ANY, day="2018-01-01"), "3.6", "3.13", rule=one) == "3.10"
    python2 = PythonRule(among=("3.10",), python2=True)
    assert default(release(ANY, day="2018-01-01"), "2.7", "3.10", rule=python2) == "3.10"


class TestSources:
    """Releases without a wheel."""

    def test_the_rule_is_the_same(self) -> None:
        one = release(SOURCE, day="2014-06-16")
        assert default(one, "2.7", "3.6", "3.13") == "3.6"
        assert default(one, "2.7", "3.6", "3.13", rule=LATEST) == "3.13"
        assert default(one, "2.7", "3.6", "3.13", rule=PYTHON_2) == "2.7"
        assert default(one, "2.7") == "2.7"
        assert default(release(SOURCE, day="2019-11-01"), "3.6", "3.8", "3.13") == "3.8"

    def test_requires_python_admits_or_not(self) -> None:
        one = release(SOURCE, day="2014-06-16", requires=">=3.9")
        assert default(one, "2.7", "3.6", "3.10", "3.13") == "3.10"
        assert default(release(SOURCE, day="2014-06-16", requires="<3"), "2.7", "3.6") == "2.7"

    def test_a_python_with_a_wheel_comes_first(self) -> None:
        one = release("cp310", "cp311", SOURCE, day="2014-06-16")
        assert default(one, "3.6", "3.10", "3.11") == "3.10"
        # Even one that uv has to fetch.
        found = machine("3.13")
        assert default_python(one, found, (found, ("3.10",))) == "3.10"
        assert default_python(one, found, (found, ())) == "3.13"

    def test_pure_python_is_built_for_python_3_rather_than_tried_on_2(self) -> None:
        one = release("py2-none-any", SOURCE, day="2014-06-16")
        assert default(one, "2.7", "3.6", "3.13") == "3.6"

    def test_what_is_compiled_is_tried_where_it_has_a_wheel(self) -> None:
        one = release("cp27", "cp34", SOURCE, day="2014-06-16")
        assert default(one, "2.7", "3.6", "3.13") == "2.7"
        assert default(one, "3.6", "3.13") == "3.6"


def only_cell(one: Release, *pythons: str, named: tuple[str, ...] = ()) -> Cell:
    available = AvailablePythons(found=tuple(machine(*pythons).values()))
    (cell,) = lay_out_cells("foo", [one], available, named)
    return cell


def test_a_cell_that_is_built() -> None:
    cell = only_cell(release(SOURCE, day="2014-06-16"), "3.6", "3.13")
    assert (cell.python, cell.wheel, cell.cause) == ("3.6", None, None)
    assert cell.sdist is not None
    assert cell.file is cell.sdist
    assert cell.identifier == "pypi-foo-1.0-python-cp36"
    uploaded = dt.datetime(2014, 6, 16, 12, tzinfo=dt.timezone.utc)
    assert cell.cut_off == uploaded + dt.timedelta(hours=1)


def test_a_cell_with_a_wheel_has_no_other_file() -> None:
    cell = only_cell(release(ANY, SOURCE, day="2019-11-01"), "3.6")
    assert cell.sdist is None
    assert cell.file is cell.wheel is not None


def test_named_pythons_without_a_wheel_are_built_for() -> None:
    cell = only_cell(release("cp36", SOURCE, day="2019-11-01"), "3.6", "3.13", named=("3.13",))
    assert (cell.python, cell.wheel, cell.cause) == ("3.13", None, None)
    assert cell.sdist is not None


def test_of_several_archives_it_is_the_usual_one() -> None:
    names = ("foo-1.0.zip", "foo-1.0.tar.gz", "foo-1.0.tar.bz2")
    files = tuple(replace(file(SOURCE, "2014-06-16"), filename=name) for name in names)
    cell = only_cell(Release(version=Version("1.0"), files=files), "3.6")
    assert cell.sdist is not None
    assert cell.sdist.filename == "foo-1.0.tar.gz"


def test_neither_wheel_nor_source() -> None:
    cell = only_cell(release("cp36", day="2019-11-01"), "3.6", "3.13", named=("3.13",))
    assert cell.cause is not None
    assert cell.cause.kind is CauseKind.NO_WHEEL
    said = "foo 1.0 has no wheel for Python 3.13 here and no source distribution"
    assert cell.cause.message == f"{said}; it has wheels for: 3.6"
    asking = release("cp36", SOURCE, day="2019-11-01", requires="<3.9")
    cell = only_cell(asking, "3.6", "3.13", named=("3.13",))
    assert cell.cause is not None
    assert cell.cause.kind is CauseKind.NO_WHEEL
    assert "here and its source distribution asks for Python <3.9; it has" in cell.cause.message
    assert cell.sdist is None


@pytest.mark.parametrize(
    ("day", "pythons", "predates"),
    [
        ("2013-05-01", "3.6 3.13", True),
        ("2013-05-01", "3.3 3.13", False),
        ("2019-11-01", "3.6 3.13", False),
        ("2019-11-01", "3.13", True),
        (None, "3.13", False),
    ],
)
def test_a_cell_says_where_no_python_of_its_time_is_here(
    day: str | None, pythons: str, *, predates: bool
) -> None:
    assert only_cell(release(ANY, day=day), *pythons.split()).predates_python is predates


# The default grid of the study that ships: days, wheels for x86-64 Linux, and Pythons before there
# was this rule, as the index and ``tfcompat plan`` gave them on a machine with 2.7 and 3.6 to 3.13.
_FIRST = "cp27 cp33 cp34 cp35 cp36"
SHIPPED = (
    ("0.12.1", "2016-12-28", _FIRST, "3.6"),
    ("1.0.1", "2017-03-08", _FIRST, "3.6"),
    ("1.1.0", "2017-04-21", _FIRST, "3.6"),
    ("1.2.1", "2017-06-30", _FIRST, "3.6"),
    ("1.3.0", "2017-08-16", _FIRST, "3.6"),
    ("1.4.0", "2017-11-01", _FIRST, "3.6"),
    ("1.4.1", "2017-12-08", _FIRST, "3.6"),
    ("1.5.1", "2018-03-20", _FIRST, "3.6"),
    ("1.6.0", "2018-03-01", _FIRST, "3.6"),
    ("1.7.1", "2018-05-08", _FIRST, "3.6"),
    ("1.8.0", "2018-04-28", _FIRST, "3.6"),
    ("1.9.0", "2018-07-10", _FIRST, "3.6"),
    ("1.10.1", "2018-08-24", _FIRST, "3.6"),
    ("1.11.0", "2018-09-27", _FIRST, "3.6"),
    ("1.12.3", "2019-06-21", _FIRST, "3.6"),
    ("1.13.2", "2019-07-16", f"{_FIRST} cp37", "3.7"),
    ("1.14.0", "2019-06-19", f"{_FIRST} cp37", "3.7"),
    ("1.15.5", "2021-01-06", "cp36 cp37", "3.7"),
    ("2.0.4", "2021-01-06", "cp36 cp37", "3.7"),
    ("2.1.4", "2021-06-15", "cp36 cp37", "3.7"),
    ("2.2.3", "2021-06-15", "cp36 cp37 cp38", "3.8"),
    ("2.3.4", "2021-08-10", "cp36 cp37 cp38", "3.8"),
    ("2.4.4", "2021-11-01", "cp36 cp37 cp38", "3.8"),
    ("2.5.3", "2022-02-02", "cp37 cp38 cp39", "3.9"),
    ("2.6.5", "2022-05-23", "cp37 cp38 cp39", "3.9"),
    ("2.7.4", "2022-09-02", "cp37 cp38 cp39", "3.9"),
    ("2.8.4", "2022-11-16", "cp37 cp38 cp39 cp310", "3.10"),
    ("2.9.3", "2022-11-16", "cp37 cp38 cp39 cp310", "3.10"),
    ("2.10.1", "2022-11-16", "cp37 cp38 cp39 cp310", "3.10"),
    ("2.11.1", "2023-03-20", "cp38 cp39 cp310", "3.10"),
    ("2.12.1", "2023-07-05", "cp38 cp39 cp310 cp311", "3.11"),
    ("2.13.1", "2023-09-26", "cp38 cp39 cp310 cp311", "3.11"),
    ("2.14.1", "2023-11-14", "cp39 cp310 cp311", "3.11"),
    ("2.15.1", "2024-03-08", "cp39 cp310 cp311", "3.11"),
    ("2.16.2", "2024-06-28", "cp39 cp310 cp311 cp312", "3.12"),
    ("2.17.1", "2024-10-24", "cp39 cp310 cp311 cp312", "3.12"),
    ("2.18.1", "2025-03-12", "cp39 cp310 cp311 cp312", "3.12"),
    ("2.19.1", "2025-08-13", "cp39 cp310 cp311 cp312", "3.12"),
    ("2.20.0", "2025-08-13", "cp39 cp310 cp311 cp312 cp313", "3.13"),
    ("2.21.0", "2026-03-06", "cp310 cp311 cp312 cp313", "3.13"),
)


@pytest.mark.parametrize(("version", "day", "tags", "python"), SHIPPED, ids=lambda value: value)
def test_the_study_that_ships_keeps_its_pythons(
    version: str, day: str, tags: str, python: str
) -> None:
    assert len(SHIPPED) == 40
    here = ("2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13")
    one = release(*tags.split(), day=day)
    assert default(one, *here) == python, version
    assert default(one, *here, rule=LATEST) == python
