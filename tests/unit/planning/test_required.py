"""What ``--require`` names is looked up before anything is built."""

from __future__ import annotations

import pytest
from packaging.version import Version

from tfcompat.environments.index.client import Release
from tfcompat.errors import IndexUnavailableError, SelectionError
from tfcompat.planning.required import check_required

PAGES = {"brick": ["1.0", "1.1", "2.0rc1"], "empty": []}


class Index:
    def releases(self, project: str) -> tuple[Release, ...]:
        if project == "away":
            raise IndexUnavailableError("no network")
        if project not in PAGES:
            raise SelectionError(f"the package index has no project named {project!r}")
        return tuple(Release(version=Version(v), files=()) for v in PAGES[project])


@pytest.mark.parametrize(
    "requirement",
    [
        "brick",
        "brick[all]>=1.1",
        "brick==2.0rc1",
        "brick<2; python_version < '3.8'",
        "nowhere @ https://example.org/nowhere.whl",
        "./brick",
        "away",
    ],
)
def test_what_can_be_had_is_left_alone(requirement: str) -> None:
    check_required([requirement], Index())


@pytest.mark.parametrize(
    ("requirement", "said"),
    [
        ("brik", "the package index has no project named 'brik'; change --require brik"),
        ("brick>=3", "has no brick>=3 (the newest is 1.1); change --require brick>=3"),
        ("brick==1.0.1", "has no brick==1.0.1 (the newest is 1.1)"),
        ("empty", "has no empty (it has no release)"),
    ],
)
def test_what_never_was_is_said_at_once(requirement: str, said: str) -> None:
    with pytest.raises(SelectionError) as error:
        check_required(["brick", requirement], Index())
    assert said in str(error.value)
