"""Which backend serves which Python, and where environments are links into the cache."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from packaging.version import Version

from tfcompat.environments import overlayfs
from tfcompat.environments.backends import backend_for, older_backend_for
from tfcompat.environments.base import EnvironmentRequest
from tfcompat.environments.interpreter_record import Interpreter

if TYPE_CHECKING:
    from tfcompat.environments.base import Backend
    from tfcompat.environments.containers import Image
    from tfcompat.environments.index.client import PackageIndex

REQUEST = EnvironmentRequest(
    dependency="foo",
    release="1.0",
    python="3.8",
    interpreter=Interpreter(path=Path("/opt/python"), version=Version("3.8.1"), abi="cp38"),
    wheel_size=None,
    requirements=(),
    cut_off=None,
    constraints=(),
    folder=Path("/nowhere"),
    may_link=True,
)


def backend(python: str) -> Backend:
    return backend_for(python, Path("/cache"), cast("PackageIndex", None))


def in_image(*, has_overlays: bool) -> EnvironmentRequest:
    image = cast("Image", SimpleNamespace(has_overlays=has_overlays))
    return replace(REQUEST, interpreter=replace(REQUEST.interpreter, image=image))


@pytest.mark.parametrize(("python", "name"), [("2.7", "virtualenv"), ("3.6", "uv"), ("3.13", "uv")])
def test_the_backend_of_a_python(python: str, name: str) -> None:
    assert backend(python).name == name


@pytest.mark.parametrize("possible", [True, False])
def test_links_need_an_overlay(monkeypatch: pytest.MonkeyPatch, *, possible: bool) -> None:
    monkeypatch.setattr(overlayfs, "possible", lambda _: possible)
    assert backend("3.8").links(REQUEST) is possible
    assert not backend("3.8").links(replace(REQUEST, may_link=False))
    assert not backend("2.7").links(REQUEST)
    # A container brings its own, or has none.
    assert backend("3.8").links(in_image(has_overlays=True))
    assert not backend("3.8").links(in_image(has_overlays=False))


@pytest.mark.parametrize(
    ("python", "name"),
    [("2.7", None), ("3.6", "virtualenv"), ("3.11", "virtualenv"), ("3.12", None)],
)
def test_the_backend_for_packages_of_their_day(python: str, name: str | None) -> None:
    request = replace(REQUEST, python=python)
    older = older_backend_for(request, Path("/cache"), cast("PackageIndex", None))
    assert (older.name if older else None) == name


def test_no_older_backend_in_an_image() -> None:
    request = in_image(has_overlays=True)
    assert older_backend_for(request, Path("/cache"), cast("PackageIndex", None)) is None
