"""Releases by interpreters: which cells there are, and why one has no environment."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.tags import parse_tag
from packaging.version import Version

from tfcompat.environments.index.client import Distribution, Release
from tfcompat.environments.interpreter_record import Interpreter, python_tags
from tfcompat.errors import SelectionError
from tfcompat.planning.default_python import default_python
from tfcompat.planning.grid import (
    AvailablePythons,
    Cell,
    expand,
    find_release,
    lay_out_cells,
    no_interpreter,
    select,
    unknown_release,
)
from tfcompat.planning.release_specs import ReleaseSpec, parse_release_spec
from tfcompat.results.identifiers import identifier
from tfcompat.results.verdicts import CauseKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

UPLOADED = dt.datetime(2025, 11, 1, 12, tzinfo=dt.timezone.utc)


@pytest.fixture(autouse=True)
def linux(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make every machine one with x86-64 Linux."""
    monkeypatch.setattr("packaging.tags.platform_tags", lambda: iter(["linux_x86_64"]))
    python_tags.cache_clear()
    yield
    python_tags.cache_clear()


def wheel(
    version: str, tag: str, *, yanked: bool = False, requires: str | None = None
) -> Distribution:
    filename = f"foo-{version}-{tag}.whl"
    return Distribution(
        filename=filename,
        url=f"https://files.example/{filename}",
        version=Version(version),
        tags=parse_tag(tag),
        sha256="ab",
        size=1,
        upload_time=UPLOADED,
        requires_python=requires,
        yanked=yanked,
    )


def release(version: str, *pythons: str, yanked: bool = False) -> Release:
    tags = [abi if "-" in abi else f"{abi[:4].rstrip('m')}-{abi}-linux_x86_64" for abi in pythons]
    files = [wheel(version, tag, yanked=yanked) for tag in tags or ["py3-none-any"]]
    return Release(version=Version(version), files=tuple(files))


def interpreter(version: str, abi: str | None = None) -> Interpreter:
    major, minor, *_ = version.split(".")
    flags = "m" if int(minor) < 8 else ""
    abi = abi or f"cp{major}{minor}{flags}"
    return Interpreter(
        path=Path(f"/opt/{version}-{abi}/bin/python"), version=Version(version), abi=abi
    )


HISTORY = (
    release("0.12.0rc1"),
    release("0.12.0"),
    release("0.12.1"),
    release("1.4.0"),
    release("1.4.1"),
    release("1.5.0"),
    release("1.5.1", yanked=True),
    release("2.0.0a0"),
    release("2.0.0"),
    release("2.10.0"),
    release("2.10.1.post1"),
    release("2.11.0.dev1"),
)


def names(releases: tuple[Release, ...]) -> list[str]:
    return [str(release) for release in releases]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["minors"], ["0.12.1", "1.4.1", "1.5.0", "2.0.0", "2.10.1.post1"]),
        (["minors", "1.4.0"], ["0.12.1", "1.4.0", "1.4.1", "1.5.0", "2.0.0", "2.10.1.post1"]),
        (
            ["all"],
            ["0.12.0", "0.12.1", "1.4.0", "1.4.1", "1.5.0", "2.0.0", "2.10.0", "2.10.1.post1"],
        ),
        ([">=1.4.1,<2.1"], ["1.4.1", "1.5.0", "2.0.0"]),
        (["~=1.4"], ["1.4.0", "1.4.1", "1.5.0"]),
        (["==1.4.*"], ["1.4.0", "1.4.1"]),
        (["2.0.0", "0.12.1", "2.0"], ["0.12.1", "2.0.0"]),
        # As pip takes `==`: also what it would not choose by itself.
        (["1.5.1", "2.0.0a0"], ["1.5.1", "2.0.0a0"]),
        ([">=3"], []),
        ([], []),
    ],
)
def test_expand(texts: list[str], expected: list[str]) -> None:
    assert names(expand(specs(*texts), HISTORY)) == expected


def test_a_minor_is_the_same_however_it_is_written() -> None:
    history = [release(version) for version in ("2", "2.0.1", "2.1", "2.1.0.post1", "3")]
    assert names(expand(specs("minors"), history)) == ["2.0.1", "2.1.0.post1", "3"]


def test_a_release_that_does_not_exist() -> None:
    with pytest.raises(SelectionError) as caught:
        expand(specs("all", "1.4.7"), HISTORY)
    said = "there is no release 1.4.7; the nearest are 1.4.0, 1.4.1, 1.5.0, 2.0.0"
    assert str(caught.value) == said


def test_nearest_releases_are_stable_ones() -> None:
    with pytest.raises(SelectionError, match=r"nearest are 2\.10\.0, 2\.10\.1\.post1$"):
        find_release("3.0", HISTORY)
    with pytest.raises(SelectionError, match=r"nearest are 0\.12\.0, 0\.12\.1$"):
        find_release("0.11", HISTORY)


def test_find_release() -> None:
    assert str(find_release("1.4", HISTORY)) == "1.4.0"
    assert find_release("2.0.0a0", HISTORY) is HISTORY[7]
    with pytest.raises(SelectionError, match="'latest' is no release"):
        find_release("latest", HISTORY)


def test_unknown_release_of_nothing() -> None:
    assert unknown_release(Version("1.0"), []) == "there is no release 1.0; the nearest are none"


@pytest.mark.parametrize(
    ("requested", "expected"),
    [
        ([], ["0.12.1", "2.0.0"]),
        (["1.4.0"], ["1.4.0"]),
        (["1.5.1"], ["1.5.1"]),
        ([">=1"], ["2.0.0"]),
        ([">=1", "0.12.0"], ["0.12.0", "2.0.0"]),
    ],
)
def test_select(requested: list[str], expected: list[str]) -> None:
    assert names(select(specs("0.12.1", "2.0.0"), specs(*requested), HISTORY)) == expected


def test_select_that_leaves_nothing() -> None:
    with pytest.raises(SelectionError, match=r"--release '>=2.10' matches no release of the study"):
        select(specs("0.12.1", "2.0.0"), specs("0.12.1", ">=2.10"), HISTORY)
    with pytest.raises(SelectionError, match=r"there is no release 9\.9"):
        select(specs("0.12.1"), specs("9.9"), HISTORY)


def test_identifier_is_calipers() -> None:
    assert identifier("tensorflow", "1.4.0", "3.6") == "pypi-tensorflow-1.4.0-python-cp36"
    assert identifier("Foo_Bar", "1.0", "3.10") == "pypi-foo-bar-1.0-python-cp310"


def specs(*texts: str) -> list[ReleaseSpec]:
    return [parse_release_spec(text) for text in texts]


def plan(
    dependency: str,
    releases: Sequence[Release],
    *,
    pythons: Sequence[str] = (),
    found: Sequence[Interpreter] = (),
    fetchable: Sequence[str] = (),
) -> tuple[Cell, ...]:
    available = AvailablePythons(found=tuple(found), fetchable=tuple(fetchable))
    return lay_out_cells(dependency, releases, available, pythons)


def only(cells: tuple[Cell, ...]) -> Cell:
    (cell,) = cells
    return cell


def cause(cell: Cell) -> tuple[CauseKind, str]:
    assert cell.cause is not None
    return cell.cause.kind, cell.cause.message


FOUND = (interpreter("3.8.18"), interpreter("3.6.15"), interpreter("2.7.18", "cp27mu"))
OLD = release("1.0", "cp27mu", "cp36m", "cp37m")
NEW = release("2.0", "cp37m", "cp39")


def test_default_python_is_the_newest_found_that_has_a_wheel() -> None:
    cell = only(plan("foo", [OLD], found=FOUND, fetchable=["3.8", "3.7"]))
    assert (cell.python, cell.interpreter) == ("3.6", FOUND[1])
    assert cell.wheel is not None
    assert cell.wheel.filename == "foo-1.0-cp36-cp36m-linux_x86_64.whl"
    assert cell.cause is None
    assert not cell.fetchable


def test_else_the_newest_that_can_be_fetched() -> None:
    cell = only(plan("foo", [NEW], found=FOUND, fetchable=["3.12", "3.7"]))
    assert (cell.python, cell.interpreter, cell.fetchable) == ("3.7", None, True)
    assert cause(cell) == (
        CauseKind.NO_INTERPRETER,
        "no Python 3.7 on this machine; `uv python install 3.7` brings it",
    )


def test_else_the_newest_that_has_a_wheel_as_unknown() -> None:
    cell = only(plan("foo", [NEW], found=FOUND))
    assert (cell.python, cell.interpreter, cell.fetchable) == ("3.9", None, False)
    kind, message = cause(cell)
    assert kind is CauseKind.NO_INTERPRETER
    said = "no Python 3.9 on this machine; put a python3.9 on PATH, for example by `pyenv install"
    assert message.startswith(said)
    assert "\n" not in message
    assert cell.wheel is not None


def test_no_wheel_for_any_python_here() -> None:
    release_ = Release(version=Version("1.0"), files=(wheel("1.0", "cp38-cp38-win_amd64"),))
    cell = only(plan("foo", [release_], found=FOUND))
    assert (cell.python, cell.interpreter, cell.wheel) == ("3.8", FOUND[0], None)
    assert cause(cell) == (
        CauseKind.NO_WHEEL,
        (
            "foo 1.0 has no wheel for Python 3.8 here and no source distribution; "
            "it has wheels for: none"
        ),
    )


def test_named_pythons_are_all_tried() -> None:
    cells = plan("foo", [OLD, NEW], pythons=["2.7", "3.8", "3.7"], found=FOUND, fetchable=["3.7"])
    assert [cell.identifier for cell in cells] == [
        f"pypi-foo-{release}-python-{python}"
        for release in ("1.0", "2.0")
        for python in ("cp27", "cp38", "cp37")
    ]
    kinds = [cell.cause and cell.cause.kind for cell in cells]
    no_wheel, missing = CauseKind.NO_WHEEL, CauseKind.NO_INTERPRETER
    assert kinds == [None, no_wheel, missing, no_wheel, no_wheel, missing]
    message = cause(cells[1])[1]
    assert message.startswith("foo 1.0 has no wheel for Python 3.8 here")
    assert message.endswith("; it has wheels for: 2.7, 3.6, 3.7")
    assert [cell.fetchable for cell in cells] == [False, False, True] * 2


def test_cp310_is_python_3_10() -> None:
    cell = only(plan("foo", [release("1.0", "cp310-cp310-linux_x86_64", "cp39")]))
    assert (cell.python, cell.identifier) == ("3.10", "pypi-foo-1.0-python-cp310")


def test_a_universal_wheel_serves_the_newest_python_found() -> None:
    release_ = release("1.0", "py2.py3-none-any")
    assert only(plan("foo", [release_], found=FOUND)).python == "3.8"
    cell = only(plan("foo", [release_], pythons=["2.7"], found=FOUND))
    assert cell.cause is None
    assert cell.interpreter == FOUND[2]


@pytest.mark.parametrize(("narrow", "wide", "chosen"), [(2, 1, "cp27m"), (1, 2, "cp27mu")])
def test_one_python_of_a_version_for_the_whole_study(narrow: int, wide: int, chosen: str) -> None:
    releases = [
        *(release(f"1.{n}", "cp27m") for n in range(narrow)),
        *(release(f"2.{n}", "cp27mu") for n in range(wide)),
    ]
    found = (interpreter("2.7.18", "cp27m"), interpreter("2.7.18", "cp27mu"))
    cells = plan("foo", releases, found=found)
    assert {cell.interpreter.abi for cell in cells if cell.interpreter} == {chosen}
    assert sum(cell.cause is None for cell in cells) == 2
    assert {cause(cell)[0] for cell in cells if cell.cause} == {CauseKind.NO_WHEEL}


def test_requires_python_counts_for_the_default() -> None:
    file = wheel("1.0", "py3-none-any", requires="<3.8,>=3.6.2")
    release_ = Release(version=Version("1.0"), files=(file,))
    assert only(plan("foo", [release_], found=FOUND)).python == "3.6"
    # Not found: the newest patch there can be is taken for granted.
    assert only(plan("foo", [release_], found=())).python == "3.7"
    only_36 = Release(
        version=Version("1.0"), files=(wheel("1.0", "py3-none-any", requires=">=3.6.2,<3.7"),)
    )
    assert only(plan("foo", [only_36], found=())).python == "3.6"
    old = interpreter("3.6.1")
    assert cause(only(plan("foo", [release_], pythons=["3.6"], found=[old])))[0] is (
        CauseKind.NO_WHEEL
    )


def test_default_python_without_anything() -> None:
    empty = Release(version=Version("1.0"), files=())
    assert default_python(empty, {}) not in ("", "2.7")
    assert default_python(empty, {"2.7": FOUND[2]}) == "2.7"


def test_cells_are_in_the_order_of_the_releases() -> None:
    assert [cell.release for cell in plan("foo", HISTORY)] == names(HISTORY)
    assert plan("foo", []) == ()


def test_cut_off_is_an_hour_after_the_upload() -> None:
    cell = only(plan("foo", [OLD], found=FOUND))
    assert cell.cut_off == UPLOADED + dt.timedelta(hours=1)
    assert Cell(dependency="foo", version=Version("1.0"), python="3.6", wheel=None).cut_off is None


def lacking(python: str, *, fetchable: bool = False, contained: bool = False) -> Cell:
    return Cell(
        dependency="foo",
        version=Version("1.0"),
        python=python,
        wheel=None,
        fetchable=fetchable,
        contained=contained,
    )


def test_what_to_do_about_a_missing_python() -> None:
    assert no_interpreter(lacking("3.8", fetchable=True)).message.endswith(
        "`uv python install 3.8` brings it"
    )
    assert "pyenv install 2.7" in no_interpreter(lacking("2.7")).message
    assert "in a container" in no_interpreter(lacking("3.7", contained=True)).message
