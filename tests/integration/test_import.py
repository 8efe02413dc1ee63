"""A campaign of the original caliper's kind: taken in, reported, compared with a second one."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from caliper_folder import Becomes, CaliperFolder, Size

if TYPE_CHECKING:
    from support import Project


QUARTER = Size(releases=28, files=190, no_wheel=68, build_failed=16, chatter=300)


@pytest.fixture(scope="module")
def folder() -> CaliperFolder:
    # A quarter of its files, with shorter output: more would only take more time.
    return CaliperFolder(QUARTER)


def planted(folder: CaliperFolder) -> dict[tuple[str, str], Becomes]:
    """Return changes of each kind, in cells that are no baseline of anything."""
    truth = folder.truth()
    newest = max(release for release, _, kind in folder.cells().values() if kind == "built")
    wanted: dict[str, Becomes] = {"same": "failed", "failed": "same"}
    found: dict[tuple[str, str], Becomes] = {}
    for name, (release, _, kind) in folder.cells().items():
        if kind != "built" or not newest // 4 < release < newest // 2:
            continue
        for number, script in enumerate(folder.scripts):
            verdict = truth[name][script.path]
            if (release + number) % 11 or verdict not in wanted or script.last >= newest:
                continue
            if number % 3 == 1 and verdict == "same":
                found[name, script.path] = "different"
            elif number % 3 == 2 or verdict == "same":
                # What was broken is mended, unless its result changes later: it would differ.
                found[name, script.path] = wanted[verdict]
    return found


def changes(old: CaliperFolder, new: CaliperFolder) -> set[tuple[str, str, str, str]]:
    """Return every run that comes to something else: cell, script, before, after."""
    before, after = old.truth(), new.truth()
    return {
        (name, test, verdict, after[name][test])
        for name in before.keys() & after.keys()
        for test, verdict in before[name].items()
        if verdict != after[name][test]
    }


def test_a_campaign_of_calipers_kind(project: Project, folder: CaliperFolder) -> None:
    folder.write(project.folder / "old")
    done = project.tfcompat("import", "old", "--results", "a")
    assert done.returncode == 0, done.said
    truth = Counter(v for runs in folder.truth().values() for v in runs.values())
    ran = {v: n for v, n in truth.items() if v != "unbuildable"}
    assert done.stdout.startswith(f"a: 190 cells, {sum(ran.values())} runs: ")
    for verdict, number in {**ran, "unbuildable": 84}.items():
        assert f"{number} {verdict}" in done.stdout
    assert f"{truth['different']} `different` may be noise" in done.stdout

    document = json.loads(project.tfcompat("report", "a", "--json").stdout)
    assert Counter(entry["verdict"] for entry in document["entries"]) == truth
    assert {v: n for v, n in document["counts"].items() if n} == dict(truth)

    plants = planted(folder)
    # What the runs print besides their results takes time to read, and does not matter here.
    size = replace(folder.size, chatter=150)
    moved = CaliperFolder(size=size, planted=plants, moved={"protobuf": "4.21.0"})
    expected = changes(folder, moved)
    assert {(name, test) for name, test, _, _ in expected} >= set(plants)
    assert {(old, new) for _, _, old, new in expected} >= {
        ("same", "failed"), ("same", "different"), ("failed", "same")
    }  # fmt: skip
    moved.write(project.folder / "new")
    assert project.tfcompat("import", "new", "--results", "b").returncode == 0
    compared = project.tfcompat("compare", "a", "b", "--json")
    assert project.tfcompat("compare", "a", "b", "--page", "page").returncode == 0
    assert len((project.folder / "page" / "index.html").read_bytes()) < 5_000_000
    found = json.loads(compared.stdout)
    assert found["changed"] == len(expected)
    assert {
        (change["identifier"], change["test"], change["old"], change["new"])
        for group in found["groups"]
        for change in group["changes"]
    } == expected
    assert [(drift["package"], drift["cells"]) for drift in found["drift"]] == [("protobuf", 106)]


def test_a_baseline_that_is_told(project: Project, folder: CaliperFolder) -> None:
    small = CaliperFolder(folder.size, left_out=frozenset(list(folder.cells())[120:]))
    small.write(project.folder / "old")
    release = small.releases[5]
    done = project.tfcompat(
        "import", "old", "--results", "a", "--baseline", f"tests/tensorflow_v0.11={release}"
    )
    assert done.returncode == 0, done.said
    rows = csv.DictReader(io.StringIO(project.tfcompat("report", "a", "--csv").stdout))
    held = {row["baseline"] for row in rows if "v0.11" in row["example"] and row["retval"]}
    assert {name.split("-")[2] for name in held} == {release}
