"""What failed is not built again, as long as the same is asked for."""

from __future__ import annotations

import datetime as dt
import os
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from packaging.version import Version

from tfcompat.environments.base import BuildFailure, Environment, EnvironmentRequest
from tfcompat.environments.failed_builds import FOLDER, KnownFailures
from tfcompat.environments.installers import InstallerStopped
from tfcompat.environments.interpreter_record import Interpreter
from tfcompat.environments.repairs import FirstWheel, Repairs
from tfcompat.results.verdicts import Cause, CauseKind, Verdict
from tfcompat.util import host

if TYPE_CHECKING:
    from tfcompat.environments.index.client import PackageIndex

INDEX = cast("PackageIndex", SimpleNamespace(url="https://pypi.org/simple"))
REQUEST = EnvironmentRequest(
    dependency="foo",
    release="1.0",
    python="3.8",
    interpreter=Interpreter(path=Path("/opt/python"), version=Version("3.8.1"), abi="cp38"),
    wheel_size=None,
    requirements=(),
    cut_off=dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc),
    constraints=(),
    folder=Path("/nowhere"),
    from_source=True,
)
FAILED = BuildFailure(
    verdict=Verdict.UNBUILDABLE,
    cause=Cause(kind=CauseKind.BUILD_ERROR, message="failed to build"),
    error="Failed to build `foo==1.0`\nerror: no `bar.h`, \u201cgone\u201d\n",
    phases={"resolve": 200.0},
    passed_over=("baz==1.0",),
    first_wheels=(FirstWheel(package="bar", release="2", python="3.8", until="2021-01-01"),),
)


@dataclass
class Builder:
    """Gives the same answer to each request."""

    answer: BuildFailure | InstallerStopped = FAILED
    asked: list[EnvironmentRequest] = field(default_factory=list)
    name: str = "fake"
    tool: str = "fake 1"

    def links(self, request: EnvironmentRequest) -> bool:
        del request
        return True

    def build(self, request: EnvironmentRequest) -> Environment | BuildFailure:
        self.asked.append(request)
        if isinstance(self.answer, InstallerStopped):
            raise self.answer
        return self.answer


@pytest.fixture(autouse=True)
def _same_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "build_tools", lambda: "gcc 12")


def known(cache: Path, builder: Builder) -> KnownFailures:
    return KnownFailures(builder, cache, INDEX)


def test_what_failed_is_told_again_and_not_built_again(tmp_path: Path) -> None:
    builder = Builder()
    assert known(tmp_path, builder).build(REQUEST) == FAILED
    elsewhere = replace(REQUEST, folder=Path("/elsewhere"))
    again = known(tmp_path, builder).build(elsewhere)
    assert len(builder.asked) == 1
    assert isinstance(again, BuildFailure)
    assert (again.phases, again.failed_before >= 0.0) == ({}, True)
    assert replace(again, phases=FAILED.phases, failed_before=0.0) == FAILED
    assert known(tmp_path, builder).links(REQUEST)


@pytest.mark.parametrize(
    "other",
    [
        replace(REQUEST, release="1.1"),
        replace(REQUEST, requirements=("bar",)),
        replace(REQUEST, repairs=Repairs(build_constraints=("setuptools<=40",))),
        replace(REQUEST, interpreter=replace(REQUEST.interpreter, path=Path("/other/python"))),
    ],
    ids=["release", "requirements", "build tools of the day", "interpreter"],
)
def test_another_request_is_built(tmp_path: Path, other: EnvironmentRequest) -> None:
    builder = Builder()
    known(tmp_path, builder).build(REQUEST)
    assert known(tmp_path, builder).build(other) == FAILED
    assert builder.asked == [REQUEST, other]


def test_it_is_built_again_with_another_compiler_limit_or_tool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder = Builder()
    known(tmp_path, builder).build(REQUEST)
    monkeypatch.setattr(host, "build_tools", lambda: "gcc 13")
    known(tmp_path, builder).build(REQUEST)
    monkeypatch.setenv("TFCOMPAT_STEP_SECONDS", "900")
    known(tmp_path, builder).build(REQUEST)
    builder.tool = "fake 2"
    known(tmp_path, builder).build(REQUEST)
    assert len(builder.asked) == 4


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (REQUEST, replace(FAILED, phases={"resolve": 0.4})),
        (REQUEST, replace(FAILED, verdict=Verdict.UNKNOWN)),
        (REQUEST, replace(FAILED, cause=replace(FAILED.cause, kind=CauseKind.CONFLICT))),
        (REQUEST, InstallerStopped("uv was ended by SIGKILL")),
        (replace(REQUEST, cut_off=None), FAILED),
    ],
    ids=["quick", "this machine", "conflict", "killed", "as of today"],
)
def test_what_may_end_otherwise_is_tried_again(
    tmp_path: Path, request_: EnvironmentRequest, answer: BuildFailure | InstallerStopped
) -> None:
    builder = Builder(answer)
    for _ in range(2):
        try:
            assert known(tmp_path, builder).build(request_) == answer
        except InstallerStopped as error:
            assert error is answer  # noqa: PT017 - one of the cases
    assert len(builder.asked) == 2


def test_what_was_stopped_for_its_time_is_not_begun_again(tmp_path: Path) -> None:
    builder = Builder(InstallerStopped("uv did not end within 120 s", seconds=120.0))
    for before in (False, True):
        with pytest.raises(InstallerStopped, match="within 120 s") as stopped:
            known(tmp_path, builder).build(REQUEST)
        assert stopped.value.before is before
    assert len(builder.asked) == 1
    (path,) = (tmp_path / FOLDER).iterdir()
    yesterday = time.time() - 86_400
    os.utime(path, (yesterday, yesterday))
    with pytest.raises(InstallerStopped):
        known(tmp_path, builder).build(REQUEST)
    assert len(builder.asked) == 2


def test_what_is_old_or_damaged_is_no_answer(tmp_path: Path) -> None:
    builder = Builder()
    known(tmp_path, builder).build(REQUEST)
    (path,) = (tmp_path / FOLDER).iterdir()
    path.write_text(path.read_text(encoding="utf-8").replace("no `bar.h`", "no `qux.h`"), "utf-8")
    known(tmp_path, builder).build(REQUEST)
    assert len(builder.asked) == 2
    week = time.time() - 7 * 86_400
    os.utime(path, (week, week))
    known(tmp_path, builder).build(REQUEST)
    assert len(builder.asked) == 3
    os.utime(path, (week, week))
    known(tmp_path, builder).build(replace(REQUEST, release="2.0"))
    assert not path.exists()
    assert len(list((tmp_path / FOLDER).iterdir())) == 1
