"""What scripts draw, compared: real releases of matplotlib, before and after it draws otherwise."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from reports import Tags, unpacked
from support import python_here

from tfcompat.environments import interpreters

if TYPE_CHECKING:
    from support import Project

HERE = {one.python for one in interpreters.find()[0]}

# Before 3.0 a pie is an ellipse in axes that are no square.
PIE = "import matplotlib.pyplot as plt\nplt.pie([1, 2, 3])\nplt.show()\n"
BOX = """\
import matplotlib.pyplot as plt
plt.boxplot([[1, 2, 3, 4, 7], [2, 3, 4, 5, 9]])
plt.savefig("box.png")
plt.close()
"""


def study(project: Project, releases: str, more: str = "", **scripts: str) -> None:
    (project.folder / "tests").mkdir()
    for name, source in scripts.items():
        (project.folder / "tests" / f"{name}.py").write_text(source, encoding="utf-8")
    text = f"analysis:\n  dependency: matplotlib\n  versions: [{releases}]\n  tests: [tests/*.py]\n"
    (project.folder / "caliper.yaml").write_text(f"{text}  repeats: 2\n{more}", encoding="utf-8")


@pytest.mark.skipif("3.7" not in HERE, reason="these releases have wheels for Python 3.7")
def test_a_release_that_draws_another_picture_is_different(project: Project) -> None:
    more = "  python_versions: ['3.7']\n  baselines: {tests: 2.2.5}\n  figures: true\n"
    study(project, "2.2.5, 3.0.3", more, pie=PIE, box=BOX)
    done = project.tfcompat("run")
    assert done.returncode == 0, done.said
    baseline = project.cell("pypi-matplotlib-2.2.5-python-cp37")["tests"]["tests/pie.py"]
    (drawn,) = baseline["figures"]
    assert (drawn["width"], drawn["height"], drawn["error"]) == (640, 480, "")
    cell = project.cell("pypi-matplotlib-3.0.3-python-cp37")["tests"]
    assert (cell["tests/box.py"]["verdict"], cell["tests/box.py"]["basis"]) == ("same", "exact")
    pie = cell["tests/pie.py"]
    assert pie["verdict"] == "different"
    assert (pie["first_difference"]["kind"], pie["first_difference"]["figure"]) == ("figure", 1)
    assert 50 < pie["first_difference"]["distance"] < 255
    assert pie["figures"][0]["picture"] != drawn["picture"]
    assert pie["output"] == baseline["output"] == []


@pytest.mark.skipif(python_here() != "3.11", reason="these releases have wheels for Python 3.11")
@pytest.mark.parametrize(("tolerance", "verdict"), [("4", "same"), ("0", "different")])
def test_a_change_within_the_tolerance_is_the_same(
    project: Project, tolerance: str, verdict: str
) -> None:
    """A box plot of these two is not the same to the pixel."""
    more = "  python_versions: ['3.11']\n  baselines: {tests: 3.6.3}\n  figures: true\n"
    study(project, "3.6.3, 3.8.4", f"{more}  tolerance: {{figures: {tolerance}}}\n", box=BOX)
    done = project.tfcompat("run")
    assert done.returncode == 0, done.said
    box = project.cell("pypi-matplotlib-3.8.4-python-cp311")["tests"]["tests/box.py"]
    assert box["verdict"] == verdict
    assert box["basis"] == ("tolerance" if verdict == "same" else None)


def test_scripts_that_draw_are_searched(project: Project) -> None:
    """On the command line, where what they draw is asked for; a picture pair is in the report."""
    script = "import six, matplotlib.pyplot as plt\nplt.plot([1, 2], [1, 2])\n"
    script += "plt.title('old' if six.__version__ < '1.16' else 'new')\n"
    (project.folder / "plot.py").write_text(script, encoding="utf-8")
    words = ["frontier", "plot.py", "--dependency", "six", "--release", ">=1.15,<1.17"]
    words += ["--resolve", "latest", "--python", python_here(), "--no-causes", "--json"]
    words += ["--results", "found"]
    plain = project.tfcompat(*words)
    assert '"edges": []' in plain.stdout, plain.said
    done = project.tfcompat(*words, "--figures")
    (edge,) = json.loads(done.stdout)["scripts"][0]["edges"]
    assert (edge["verdict"], edge["release"]) == ("different", "1.15.0")
    assert edge["why"].startswith("figure 1 (640x480 pixels) looks different: ")
    assert project.tfcompat("report", "found").returncode == 0
    page = (project.folder / "found" / "report" / "index.html").read_text(encoding="utf-8")
    assert len(unpacked(Tags(page).data)["pictures"]) == 2
