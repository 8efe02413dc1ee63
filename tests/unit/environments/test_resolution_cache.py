"""What a resolution depends on, and when it is kept."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from tfcompat.environments.base import Order
from tfcompat.environments.interpreter_record import Interpreter
from tfcompat.environments.resolution_cache import Resolution

if TYPE_CHECKING:
    from tfcompat.planning.grid import Cell

PAST = dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc)
ORDER = Order(
    cell=cast("Cell", SimpleNamespace(dependency="foo", release="1.0")),
    interpreter=Interpreter(path=Path("/opt/python"), version="3.8.1", abi="cp38"),
    requirements=("bar",),
    cut_off=PAST,
    constraints=("setuptools<=40",),
    folder=Path("/nowhere"),
)


def resolution(
    cache: Path, order: Order, index: str = "https://a", tool: str = "uv 1"
) -> Resolution:
    return Resolution(cache, order, index=index, tool=tool)


def test_what_was_resolved_is_kept_until_it_is_forgotten(tmp_path: Path) -> None:
    kept = resolution(tmp_path, ORDER)
    assert kept.read() is None
    kept.write("foo==1.0\n")
    elsewhere = replace(ORDER, folder=Path("/elsewhere"), linked=True)
    assert resolution(tmp_path, elsewhere).read() == "foo==1.0\n"
    kept.forget()
    assert resolution(tmp_path, ORDER).read() is None
    kept.forget()


@pytest.mark.parametrize(
    "other",
    [
        replace(ORDER, requirements=()),
        replace(ORDER, constraints=()),
        replace(ORDER, cut_off=PAST + dt.timedelta(hours=1)),
        replace(ORDER, interpreter=replace(ORDER.interpreter, version="3.8.2")),
        replace(ORDER, cell=cast("Cell", SimpleNamespace(dependency="foo", release="1.1"))),
    ],
)
def test_another_question_has_another_answer(tmp_path: Path, other: Order) -> None:
    resolution(tmp_path, ORDER).write("foo==1.0\n")
    assert resolution(tmp_path, other).read() is None


def test_another_index_or_tool_is_asked_anew(tmp_path: Path) -> None:
    resolution(tmp_path, ORDER).write("foo==1.0\n")
    assert resolution(tmp_path, ORDER, index="https://b").read() is None
    assert resolution(tmp_path, ORDER, tool="uv 2").read() is None


@pytest.mark.parametrize("cut_off", [None, dt.datetime.now(dt.timezone.utc)])
def test_what_may_still_change_is_not_kept(tmp_path: Path, cut_off: dt.datetime | None) -> None:
    order = replace(ORDER, cut_off=cut_off)
    resolution(tmp_path, order).write("foo==1.0\n")
    assert resolution(tmp_path, order).read() is None
    assert not (tmp_path / "resolutions").exists()
