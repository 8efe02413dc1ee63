"""A campaign in shards, joined again, is the campaign that ran whole."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from support import Project, identifier, python_here

from tfcompat.environments import interpreters

if TYPE_CHECKING:
    from pathlib import Path

RELEASES = ("1.9.0", "1.10.0", "1.11.0", "1.12.0", "1.15.0")
SHARDS = tuple(f"shards/{number}-of-3" for number in (1, 2, 3))


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Project:
    """Return a project whose campaign ran whole, and in three shards."""
    folder = tmp_path_factory.mktemp("shards")
    project = Project.of(folder, cache)
    found, _ = interpreters.find()
    here = {one.python for one in found} & {"3.10", "3.11", "3.12", "3.13"}
    pythons = sorted({python_here(), *sorted(here)[:2]})[:2]
    project.study(
        "steady.py",
        "shifting.py",
        "newer.py",
        more=f"  versions: {list(RELEASES)}\n  python_versions: {pythons}\n"
        # One example has a baseline, which no more than one of the shards owns.
        f"  baselines: {{tests/shifting.py: {{release: 1.15.0, python: '{python_here()}'}}}}\n",
    )
    whole = project.tfcompat("run", "--no-causes", "--results", "whole")
    assert whole.returncode == 0, whole.said
    for number, shard in enumerate(SHARDS, 1):
        ended = project.tfcompat("run", "--shard", f"{number}/3", "--results", shard)
        assert ended.returncode == 0, ended.said
    return project


@pytest.fixture
def project(ran: Project, tmp_path: Path, cache: Path) -> Project:
    """Return a copy of the project, which a test may spoil."""
    shutil.copytree(ran.folder, tmp_path / "copy")
    return Project.of(tmp_path / "copy", cache)


def cells(project: Project, results: str) -> dict[str, dict[str, Any]]:
    """Return what a campaign found: of each run, all that no clock and no repeat has a part in."""
    found = {}
    for path in (project.folder / results).glob("*.json"):
        tests = json.loads(path.read_text(encoding="utf-8"))["tests"]
        found[path.stem] = {
            name: {key: test.get(key) for key in ("verdict", "basis", "baseline", "output", "cause",
                                                  "first_difference", "retval")}
            for name, test in tests.items() if name != "build"
        }  # fmt: skip
    return found


def test_the_shards_are_the_campaign(project: Project) -> None:
    whole = cells(project, "whole")
    parts = [set(cells(project, shard)) for shard in SHARDS]
    assert sorted(name for part in parts for name in part) == sorted(whole)
    assert all(parts)
    merged = project.tfcompat("merge", *SHARDS, "--results", "merged")
    assert (merged.returncode, merged.stderr) == (0, "")
    assert cells(project, "merged") == whole
    again = project.tfcompat("merge", *SHARDS, "--results", "merged")
    assert again.said == f"merged: {len(whole)} cells, 0 written\n"
    # A run of the whole finds nothing to run; it explains what differs.
    before = {path.name: path.stat().st_mtime_ns for path in _started(project)}
    done = project.tfcompat("run", "--results", "merged")
    assert done.returncode == 0, done.said
    assert {path.name: path.stat().st_mtime_ns for path in _started(project)} == before
    cause = project.cell(identifier("1.12.0"), "merged")["tests"]["tests/shifting.py"]["cause"]
    assert cause["first_in"] is not None


def _started(project: Project) -> list[Path]:
    """Return the files that change with every run that a cell of the merged campaign makes."""
    return sorted((project.folder / "merged" / ".state").glob("pypi-*/took.json"))


def test_a_shard_that_is_missing(project: Project) -> None:
    lost = set(cells(project, SHARDS[1]))
    ended = project.tfcompat("merge", SHARDS[0], SHARDS[2], "--results", "merged")
    assert ended.returncode == 3
    assert "note: shard 2/3 is in none of the folders\n" in ended.stderr
    said = [line for line in ended.stderr.splitlines() if line.startswith("missing: ")]
    assert {line.split(": ")[1] for line in said} == lost
    assert all("shard 2/3" in line for line in said)
    report = project.tfcompat("report", "merged", "--json").stdout
    assert "it was for shard 2/3" in report
    late = project.tfcompat("merge", SHARDS[1], "--results", "merged")
    assert late.returncode == 0, late.said
    assert cells(project, "merged") == cells(project, "whole")


def test_a_shard_that_is_damaged(project: Project) -> None:
    path = next((project.folder / SHARDS[0]).glob("*.json"))
    path.write_text(path.read_text(encoding="utf-8")[:-20], encoding="utf-8")
    ended = project.tfcompat("merge", *SHARDS, "--results", "merged")
    assert ended.returncode == 3
    assert f"damaged: {SHARDS[0]}/{path.name} is damaged: " in ended.stderr
    assert f"missing: {path.stem}: unknown: it was for shard 1/3" in ended.stderr


def test_a_shard_that_ran_twice_and_was_changed(project: Project) -> None:
    twice = project.tfcompat("run", "--shard", "3/3", "--results", "again")
    assert twice.returncode == 0, twice.said
    path = next((project.folder / "again").glob("*.json"))
    text = path.read_text(encoding="utf-8")
    content = json.loads(text)
    verdict = content["tests"]["tests/steady.py"]["verdict"]
    content["tests"]["tests/steady.py"]["verdict"] = "failed"
    path.write_text(json.dumps(content), encoding="utf-8")
    ended = project.tfcompat("merge", *SHARDS, "again", "--results", "merged")
    assert ended.returncode == 0, ended.said
    assert f"note: shard 3/3 ran more than once, into {SHARDS[2]} and again\n" in ended.stderr
    assert f"contradiction: tests/steady.py in {path.stem} is " in ended.stderr
    # What was compared anew has the verdict of its runs.
    assert (verdict, cells(project, "merged")) == ("same", cells(project, "whole"))
