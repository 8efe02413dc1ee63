"""Environments of one command: made once, removed after their last use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.environments.base import BuildFailure, Environment
from tfcompat.environments.pool import EnvironmentPool
from tfcompat.results.verdicts import Cause, CauseKind, Verdict

if TYPE_CHECKING:
    from pathlib import Path


class Builder:
    """Makes environments, and counts them."""

    def __init__(self, failure: BuildFailure | None = None) -> None:
        self.failure = failure
        self.built = 0

    def __call__(self, folder: Path) -> Environment | BuildFailure:
        self.built += 1
        (folder / "file").touch()
        return self.failure or Environment(
            backend="uv", python=folder / "bin" / "python", lock="", freeze=(), phases={}
        )


def test_the_second_use_finds_what_the_first_made(tmp_path: Path) -> None:
    pool, build = EnvironmentPool(tmp_path), Builder()
    pool.acquire("a")
    pool.acquire("a")
    first = pool.environment("a", build)
    assert pool.release("a") is None
    assert (tmp_path / "a" / "file").exists()
    assert pool.environment("a", build) is first
    assert build.built == 1
    assert pool.release("a") is None
    assert not (tmp_path / "a").exists()


def test_a_use_that_nobody_announced_is_the_last(tmp_path: Path) -> None:
    pool, build = EnvironmentPool(tmp_path), Builder()
    for _ in range(2):
        pool.environment("a", build)
        pool.release("a")
        assert not (tmp_path / "a").exists()
    assert build.built == 2


def test_what_was_left_behind_is_no_part_of_an_environment(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "old").touch()
    EnvironmentPool(tmp_path).environment("a", Builder())
    assert not (tmp_path / "a" / "old").exists()


def test_what_scripts_wrote_is_not_kept(tmp_path: Path) -> None:
    pool = EnvironmentPool(tmp_path, keep=True)
    pool.environment("a", Builder())
    (tmp_path / "a" / "written").mkdir()
    assert pool.release("a") == tmp_path / "a"
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["file"]


def test_environments_are_kept_on_demand(tmp_path: Path) -> None:
    pool = EnvironmentPool(tmp_path, keep=True)
    pool.environment("a", Builder())
    assert pool.release("a") == tmp_path / "a"
    assert (tmp_path / "a" / "file").exists()
    # One that never was made is nothing to keep.
    assert pool.release("b") is None


def test_a_failure_is_tried_once_and_leaves_nothing(tmp_path: Path) -> None:
    failure = BuildFailure(
        verdict=Verdict.UNKNOWN, cause=Cause(kind=CauseKind.NETWORK, message="gone"), error=""
    )
    pool, build = EnvironmentPool(tmp_path, keep=True), Builder(failure)
    pool.acquire("a")
    pool.acquire("a")
    for _ in range(2):
        assert pool.environment("a", build) is failure
        assert not (tmp_path / "a").exists()
        assert pool.release("a") is None
    assert build.built == 1
