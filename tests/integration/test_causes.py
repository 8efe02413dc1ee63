"""Why a result is another one, found in real environments of a tiny library on a local index."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest
from local_index import LocalIndex, cell_of, serving, use, wheel
from support import python_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support import Project

RELEASES = ("1.0", "2.0", "3.0", "4.0")
SCRIPTS = {
    "default.py": "import brick\nprint(brick.lay(2))\n",
    "dependency.py": "import brick\nprint('strength', brick.strength())\n",
    "display.py": "import brick\nprint(brick.shown())\n",
    "library.py": "import brick\nprint(brick.weight())\n",
    "unclear.py": "import brick\nprint(brick.both())\n",
}


def source(release: str) -> str:
    """Return the library as of a release: most of it changes with 3.0."""
    new = release >= "3.0"
    return f"""
import mortar

def lay(rows, bricks={100 if new else 10}):
    return rows * bricks

def strength():
    return mortar.strength

def shown():
    return {"x  =  1" if new else "x = 1"!r}

def weight():
    return {2.5 if new else 3.5}

def both():
    return {1 if new else 0}, mortar.strength
"""


@pytest.fixture
def bricks(project: Project) -> Iterator[Project]:
    """Return a study of four releases; with the third comes another release of what they need."""
    mortar = {
        f"mortar-{v}-py2.py3-none-any.whl": (
            day,
            wheel(v, f"strength = {strength}\n", name="mortar"),
        )
        for v, day, strength in (("1.0", 0, 10), ("2.0", 2, 20))
    }
    sand = {
        f"sand-{v}-py2.py3-none-any.whl": (day, wheel(v, name="sand"))
        for v, day in (("1.0", 0), ("1.1", 2))
    }
    index = LocalIndex(
        RELEASES,
        source,
        requires=["mortar", "sand"],
        others={"mortar": mortar, "sand": sand},
    )
    with serving(index):
        use(
            project,
            index,
            SCRIPTS,
            f"  baselines: {{tests: {{release: 1.0, python: {python_here()}}}}}\n",
        )
        yield project


EXPECTED = {
    "default": ("default", "the default of `bricks` of `lay` went from 10 to 100"),
    "dependency": ("dependency", "since mortar 1.0 → 2.0, not brick itself"),
    "display": (
        "display",
        (
            "only how it is printed differs: the same words and numbers, laid out differently; "
            "brick itself changed it"
        ),
    ),
    "library": ("library", "brick itself changed it"),
    "unclear": ("unexplained", "both the release and its packages change the result"),
}


def causes(project: Project, release: str) -> dict[str, tuple[str, str]]:
    tests = project.cell(cell_of(release))["tests"]
    return {
        name.removeprefix("tests/").removesuffix(".py"): (
            test["cause"]["kind"], test["cause"]["message"],
        )
        for name, test in tests.items()
        if name != "build" and test["verdict"] == "different"
    }  # fmt: skip


def test_a_search_says_why(bricks: Project) -> None:
    words = ("frontier", "--walk", "--python", python_here())
    ended = bricks.tfcompat(*words, "--json")
    assert ended.returncode == 0, ended.said
    found: dict[str, Any] = json.loads(ended.stdout)
    edges = {one["script"]: one["edges"] for one in found["scripts"]}
    for name, (kind, message) in EXPECTED.items():
        (edge,) = edges[f"tests/{name}.py"]
        assert (edge["release"], edge["cause"]["kind"]) == ("3.0", kind)
        assert edge["cause"]["message"] == message
        assert edge["why"].endswith(f"; {message}")
    mortar = edges["tests/dependency.py"][0]["cause"]
    assert (mortar["package"], mortar["old"], mortar["new"]) == ("mortar", "1.0", "2.0")
    assert mortar["evidence"] == "brick 2.0 with mortar 2.0 gives the result of brick 3.0"
    default = edges["tests/default.py"][0]["cause"]
    assert default["evidence"] == "brick 3.0 with bricks=10 gives the result of brick 2.0"
    assert (found["environments"], found["variants"] > 2) == (3, True)
    # What was found stays; asking again makes nothing.
    again = json.loads(bricks.tfcompat(*words, "--json").stdout)
    assert (again["environments"], again["variants"]) == (0, 0)
    assert [one["edges"] for one in again["scripts"]] == [one["edges"] for one in found["scripts"]]
    # Variants are no cells of the campaign.
    stored = {path.stem for path in (bricks.folder / "results").glob("*.json")}
    assert stored == {cell_of(release) for release in RELEASES[:3]}
    text = bricks.tfcompat(*words).stdout
    said = "  up    3.0  different  20 → 200 (line 1); the default of `bricks` of `lay` went from"
    assert said in text


def test_a_campaign_says_why_and_its_report_shows_it(bricks: Project) -> None:
    ended = bricks.tfcompat("run")
    assert ended.returncode == 0, ended.said
    assert causes(bricks, "3.0") == EXPECTED
    # 4.0 does as 3.0 does; what is not explained has no heirs.
    assert causes(bricks, "4.0")["dependency"] == (
        "dependency", f"as 3.0: {EXPECTED['dependency'][1]}",
    )  # fmt: skip
    assert causes(bricks, "4.0")["unclear"][0] == "unexplained"
    assert bricks.tfcompat("report").returncode == 0
    with (bricks.folder / "results" / "report" / "runs.csv").open(encoding="utf-8") as file:
        rows = {(row["release"], row["example"]): row for row in csv.DictReader(file)}
    assert rows["3.0", "tests/default.py"]["cause"] == "default"
    assert rows["3.0", "tests/dependency.py"]["package"] == "mortar"
    text = bricks.tfcompat("report", "--text").stdout
    assert "dependency: since mortar 1.0 → 2.0, not brick itself (from 3.0 on)" in text


def test_experiments_are_left_out_on_request(bricks: Project) -> None:
    ended = bricks.tfcompat("run", "--no-causes", "--release", "2.0", "--release", "3.0")
    assert ended.returncode == 0, ended.said
    assert {kind for kind, _ in causes(bricks, "3.0").values()} == {"display", "unexplained"}
    assert not (bricks.folder / "results" / ".state" / "variants").exists()
    # They can be made later; nothing of the campaign runs again.
    ended = bricks.tfcompat("run", "--release", "3.0")
    assert causes(bricks, "3.0") == EXPECTED
