"""What a table of cases and the command line say together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fakes import FakeCatalog

from tfcompat.planning.plan import Selection
from tfcompat.search import request
from tfcompat.search.batch_requests import BatchRequests
from tfcompat.search.cases import Case
from tfcompat.search.request import SearchRequest
from tfcompat.util import folders

if TYPE_CHECKING:
    from collections.abc import Hashable


@pytest.fixture(autouse=True)
def _made_up_index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    catalog = FakeCatalog({"foo": ("foo",), "bar": ("bar",)})
    monkeypatch.setattr(request, "IndexCatalog", lambda **_: catalog)
    monkeypatch.setattr(folders, "cache_folder", lambda: tmp_path / "cache")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ex").mkdir()
    for name, module in (("a", "foo"), ("b", "foo"), ("c", "bar"), ("ex/d", "foo")):
        (tmp_path / f"{name}.py").write_text(f"import {module}\n", encoding="utf-8")
    return tmp_path


def case(folder: Path, name: str, **more: str) -> Case:
    requirements = tuple(more.pop("requirements", "").split())
    return Case(row=1, name=name, script=folder / f"{name}.py", requirements=requirements, **more)  # type: ignore[arg-type]


def test_cases_share_where_folder_library_requirements_and_python_are_the_same(
    folder: Path,
) -> None:
    requests = BatchRequests(SearchRequest(selection=Selection()))

    def key(name: str, **more: str) -> Hashable:
        return requests.key(case(folder, name, **more))

    assert key("a") == key("b") == key("a", baseline="2")
    others = (key("c"), key("ex/d"), key("a", python="3.6"), key("a", requirements="x"))
    assert len({key("a"), *others}) == 5


def test_what_the_table_does_not_say_the_command_line_does(folder: Path) -> None:
    given = SearchRequest(
        selection=Selection(pythons=("3.8",)),
        baseline="1",
        requirements=("y",),
        results=Path("out"),
    )
    asked = BatchRequests(given).of([case(folder, "a", baseline="2"), case(folder, "b")])
    assert asked.scripts == (folder / "a.py", folder / "b.py")
    assert (asked.baseline, asked.baselines) == ("1", {folder / "a.py": "2"})
    assert (asked.selection.pythons, asked.requirements) == (("3.8",), ("y",))
    assert asked.results is not None
    assert asked.results.parent == Path("out")
    study = request.own_study(asked)
    named = [study.baseline(name) for name in ("a.py", "b.py")]
    assert [str(one.release) for one in named if one] == ["2", "1"]


def test_what_the_table_says_counts(folder: Path) -> None:
    given = SearchRequest(selection=Selection(pythons=("3.8",)), dependency="foo")
    one = case(folder, "a", python="3.6", dependency="bar", requirements="x")
    asked = BatchRequests(given).of([one])
    assert (asked.dependency, asked.requirements) == ("bar", ("x",))
    assert (asked.selection.pythons, asked.results) == (("3.6",), None)
