"""An index that misbehaves: a cell stays unknown, never gets a verdict, and is completed later."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

import local_index
import pytest
from local_index import LocalIndex, cell_of, serving, wheels_only

from tfcompat.environments.index.client import PackageIndex
from tfcompat.environments.uv_cache import UvCache
from tfcompat.errors import IndexUnavailableError
from tfcompat.util.files import remove

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local_index import Fault, Handler
    from support import Project

SCRIPTS = {"steady.py": "import brick\nprint('steady')\n"}
RELEASES = ("1.0", "1.1")


@pytest.fixture
def index() -> Iterator[LocalIndex]:
    with serving(LocalIndex(RELEASES)) as served:
        yield served


def why_unknown(project: Project) -> set[str]:
    """Return the kinds of causes for which cells are unknown; nothing has a verdict."""
    results = project.folder / "results"
    assert not list(results.glob("*.json"))
    stored = [json.loads(p.read_text()) for p in results.glob(".state/*/unknown.json")]
    assert {cell["verdict"] for cell in stored} <= {"unknown"}
    return {cell["cause"]["kind"] for cell in stored}


def heals(project: Project, *releases: str) -> None:
    ended = project.tfcompat("run")
    assert ended.returncode == 0, ended.said
    for release in releases or RELEASES:
        assert project.verdicts(cell_of(release)) == {"steady": "same"}
        assert project.cell(cell_of(release))["tests"]["tests/steady.py"]["output"] == ["steady\n"]


# What goes wrong with the wheel of each release, the kind of the cause, and its message.
WRONG = {
    "1.0": (local_index.status(500), "network", "500"),
    "1.1": (local_index.status(429, retry_after="3600"), "network", "429"),
    "1.2": (local_index.reset, "network", "reset"),
    "1.3": (local_index.truncated, "network", "incomplete|end of file|closed|decoding|eof"),
    "1.4": (local_index.altered, "network", "hash"),
    "1.5": (local_index.stale, "network", "404"),
}


def test_wheels(project: Project) -> None:
    def fault(handler: Handler, content: bytes) -> bool:
        release = handler.path.split("-")[1]
        return release in WRONG and WRONG[release][0](handler, content)

    with serving(LocalIndex([*WRONG, "2.0"])) as index:
        local_index.use(project, index, SCRIPTS)
        index.fault = wheels_only(fault)
        ended = project.tfcompat("run")
        assert ended.returncode == 3, ended.said
        results = project.folder / "results"
        # An intact one has its verdict beside the broken ones.
        assert [path.stem for path in results.glob("*.json")] == [cell_of("2.0")]
        for release, (_, kind, said) in WRONG.items():
            path = results / ".state" / cell_of(release) / "unknown.json"
            cause = json.loads(path.read_text(encoding="utf-8"))["cause"]
            assert cause["kind"] == kind, cause
            assert re.search(said, cause["message"], re.IGNORECASE), cause
        for path in (project.folder / "cache").rglob("brick/__init__.py"):
            assert "altered" not in path.read_text(encoding="utf-8")
        index.fault = None
        heals(project, *WRONG)


def test_a_wheel_that_drips(project: Project) -> None:
    with serving(LocalIndex(["1.0"])) as index:
        local_index.use(project, index, SCRIPTS)
        index.fault = wheels_only(local_index.drip)
        ended = project.tfcompat("run", TFCOMPAT_STEP_SECONDS="8")
        assert (ended.returncode, "did not end within 8 s" in ended.said) == (3, True), ended.said
        assert why_unknown(project) == {"tool"}
        index.fault = None
        heals(project, "1.0")


def test_a_small_wheel_that_unpacks_to_a_large_one(project: Project) -> None:
    big = local_index.wheel("2.0", name="big", zeros=900_000_000)
    assert len(big) < 1_000_000
    with serving(LocalIndex(["1.0"])) as index:
        index.others = {"big": {"big-2.0-py3-none-any.whl": (0, big)}}
        local_index.use(project, index, SCRIPTS, "  requirements: [big]\n")
        ended = project.tfcompat("run", TFCOMPAT_STEP_BYTES="60000000")
        assert ended.returncode == 3, ended.said
        assert "uv wrote more than 0.06 GB (TFCOMPAT_STEP_BYTES allows more)" in ended.said
        assert why_unknown(project) == {"tool"}
        # What was unpacked by then goes before the disk is full.
        uv = UvCache(cache=project.folder / "cache")
        for item in uv.items():
            for path in item.paths:
                remove(path)
        assert uv.other_bytes() < 1_000_000
        assert not list(uv.folder.glob(".tmp*"))


@pytest.mark.parametrize(
    "fault",
    [local_index.status(500), local_index.truncated],
    ids=["500", "truncated"],
)
def test_pages(project: Project, index: LocalIndex, fault: Fault) -> None:
    local_index.use(project, index, SCRIPTS)
    index.fault = fault
    ended = project.tfcompat("run")
    assert ended.returncode == 3, ended.said
    assert "the package index cannot be asked for brick" in ended.stderr
    assert why_unknown(project) == set()
    index.fault = None
    heals(project)


@pytest.mark.parametrize("fault", [local_index.reset])
def test_what_passes_is_tried_again(project: Project, index: LocalIndex, fault: Fault) -> None:
    local_index.use(project, index, SCRIPTS, more="  versions: ['1.0']\n")
    index.fault = local_index.first(2, fault)
    ended = project.tfcompat("run")
    assert ended.returncode == 0, ended.said
    assert index.asked.count("/simple/brick/") > 2


def test_retry_after_is_heeded(project: Project, index: LocalIndex) -> None:
    local_index.use(project, index, SCRIPTS, more="  versions: ['1.0']\n")
    index.fault = local_index.first(1, local_index.status(429, retry_after="2"))
    begun = len(index.asked)
    ended = project.tfcompat("run")
    assert ended.returncode == 0, ended.said
    assert index.asked[begun : begun + 2] == ["/simple/brick/", "/simple/brick/"]
    assert index.moments[begun + 1] - index.moments[begun] >= 2


@pytest.mark.parametrize("fault", [local_index.drip, local_index.status(429, retry_after="3600")])
def test_a_page_has_a_deadline(index: LocalIndex, tmp_path: Path, fault: Fault) -> None:
    asked = PackageIndex(tmp_path, url=f"{index.address}/simple", deadline=1)
    index.fault = fault
    with pytest.raises(IndexUnavailableError, match="cannot be asked for brick"):
        asked.releases("brick")
    index.fault = None
    assert len(asked.releases("brick")) == len(RELEASES)


def test_a_kept_page_serves_beyond_the_deadline(index: LocalIndex, tmp_path: Path) -> None:
    def ask() -> PackageIndex:
        asked = PackageIndex(tmp_path, url=f"{index.address}/simple", deadline=1, fresh=1)
        assert len(asked.releases("brick")) == len(RELEASES)
        return asked

    assert not ask().notes
    time.sleep(1.1)
    index.fault = local_index.drip
    assert list(ask().notes)


def test_no_upload_times(project: Project, index: LocalIndex) -> None:
    local_index.use(project, index, SCRIPTS)
    index.upload_times = False
    ended = project.tfcompat("run")
    assert (ended.returncode, "no upload times" in ended.said) == (3, True), ended.said
    assert why_unknown(project) == {"no-upload-times"}
    # They are needed for going back in time alone.
    assert project.tfcompat("run", "--resolve", "latest", "--results", "latest").returncode == 0
    index.upload_times = True
    project.environment["TFCOMPAT_CACHE"] += "-of-later"
    heals(project)


def test_no_such_host(project: Project, index: LocalIndex) -> None:
    local_index.use(project, index, SCRIPTS)
    gone = "http://index.invalid/simple"
    ended = project.tfcompat("run", UV_DEFAULT_INDEX=gone)
    assert ended.returncode == 3, ended.said
    assert why_unknown(project) == set()
    heals(project)


def test_offline_asks_for_nothing(project: Project, index: LocalIndex) -> None:
    local_index.use(project, index, SCRIPTS)
    ended = project.tfcompat("run", "--offline")
    assert (ended.returncode, "offline" in ended.stderr) == (3, True), ended.said
    assert index.asked == []
    heals(project)
    index.asked.clear()
    for words in (["run", "--force"], ["plan"], ["doctor"], ["frontier", "tests/steady.py"]):
        ended = project.tfcompat(*words, "--offline")
        assert ended.returncode == 0, ended.said
    more = "  requirements: [wall]\n"
    local_index.use(project, index, SCRIPTS, more)
    ended = project.tfcompat("run", "--offline")
    assert (ended.returncode, "wall" in ended.said) == (3, True), ended.said
    assert index.asked == []
