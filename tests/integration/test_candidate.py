"""What a candidate changes, found with real environments and runs, and a local index."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from local_index import LocalIndex, serving, use, wheel
from support import python_here

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from support import Project

SOURCE = "def size(n, unit='MB'):\n    return f'{n} {unit}'\n\n\ndef half(n):\n    return n / 2\n"

# The same version: a function less, another default, and a package that the index has, too.
CHANGED = "import clay\n\n\ndef size(n, unit='MiB'):\n    return f'{n} {unit}'\n"

SCRIPTS = {
    "removed.py": "import brick\nprint(brick.half(3))\n",
    "default.py": "import brick\nprint(brick.size(3))\n",
    "passed.py": "import brick\nprint(brick.size(3, unit='GB'))\n",
    "noisy.py": "import brick, random\nprint(brick.size(random.random(), 'x'))\n",
    "broken.py": "import brick\nbrick.nothing()\n",
}


@pytest.fixture
def index() -> Iterator[LocalIndex]:
    others = {"clay": {"clay-1.0-py3-none-any.whl": (0, wheel("1.0", name="clay"))}}
    with serving(LocalIndex(["1.0", "2.0"], lambda _: SOURCE, others=others)) as index:
        yield index


def candidate(project: Project, source: str, requires: Sequence[str], *words: str) -> Any:  # noqa: ANN401
    """Return the answer on a wheel of the published version 2.0."""
    path = project.folder / "brick-2.0-py3-none-any.whl"
    path.write_bytes(wheel("2.0", source, requires=requires))
    done = project.tfcompat("candidate", path.name, "--python", python_here(), "--json", *words)
    assert done.returncode == (1 if source == CHANGED else 0), done.said
    return json.loads(done.stdout)


def names(found: list[dict[str, Any]]) -> dict[str, str]:
    return {one["example"]: one["to"] for one in found}


def test_no_news_of_what_is_published_already(project: Project, index: LocalIndex) -> None:
    use(project, index, SCRIPTS)
    found = candidate(project, SOURCE, (), "--fail-on", "news")
    assert found["against"]["version"] == "2.0"
    assert (found["news"], found["fixed"], found["untried"]) == ([], [], [])
    assert found["same"] == 4
    assert names(found["broken_on_both"]) == {"tests/broken.py": "failed"}
    assert (found["packages"], found["surface"]) == ([], [])


def test_planted_changes_are_found_and_nothing_else(project: Project, index: LocalIndex) -> None:
    use(project, index, SCRIPTS)
    found = candidate(project, CHANGED, ["clay"], "--fail-on", "failing,different")
    assert names(found["news"]) == {
        "tests/removed.py": "failed",
        "tests/default.py": "different",
    }
    causes = {one["example"]: one["cause"] for one in found["news"]}
    assert causes["tests/removed.py"]["symbol"] == "brick.half"
    assert causes["tests/default.py"]["kind"] == "default"
    assert causes["tests/default.py"]["argument"] == "unit"
    assert found["same"] == 2
    assert names(found["broken_on_both"]) == {"tests/broken.py": "failed"}
    assert found["packages"] == [{"name": "clay", "old": "", "new": "1.0"}]
    removed, default = found["surface"]
    assert (removed["name"], removed["kind"]) == ("brick.half", "removed")
    assert removed["used_by"] == ["tests/removed.py"]
    assert (default["name"], default["argument"]) == ("brick.size", "unit")
    assert (default["old"], default["new"]) == ("'MB'", "'MiB'")


def test_what_cannot_be_installed_is_news(project: Project, index: LocalIndex) -> None:
    use(project, index, {"passed.py": SCRIPTS["passed.py"]})
    found = candidate(project, CHANGED, ["clay>=9"], "--fail-on", "failing")
    assert names(found["news"]) == {"tests/passed.py": "unbuildable"}


def test_time_that_is_over_is_said(project: Project, index: LocalIndex) -> None:
    use(project, index, {"slow.py": "import time, brick\ntime.sleep(60)\n"})
    path = project.folder / "brick-2.0-py3-none-any.whl"
    path.write_bytes(wheel("2.0", SOURCE))
    done = project.tfcompat("candidate", path.name, "--python", python_here(), "--minutes", "0.2")
    assert done.returncode == 3, done.said
    assert "tests/slow.py: there was no time left for it (--minutes)" in done.stdout


PROJECT = """[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "brick"
version = "2.0"
"""

# It needs nothing of an index.
BACKEND = """
import zipfile
def build_wheel(folder, config_settings=None, metadata_directory=None):
    about = "brick-2.0.dist-info/"
    with zipfile.ZipFile(folder + "/brick-2.0-py3-none-any.whl", "w") as wheel:
        wheel.write("brick/__init__.py")
        wheel.writestr(about + "METADATA", "Metadata-Version: 2.1\\nName: brick\\nVersion: 2.0\\n")
        wheel.writestr(about + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\n"
            "Tag: py3-none-any\\n")
        wheel.writestr(about + "RECORD", "")
    return "brick-2.0-py3-none-any.whl"
"""


def git(source: Path, *words: str) -> None:
    names = ("-c", "user.name=a", "-c", "user.email=a@b.c")
    subprocess.run(["git", "-C", source, *names, *words], check=True, capture_output=True)


def write_tree(source: Path, text: str, backend: str = BACKEND) -> None:
    """Write a folder of brick 2.0 that can be built."""
    (source / "brick").mkdir(parents=True, exist_ok=True)
    (source / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (source / "backend.py").write_text(backend, encoding="utf-8")
    (source / "brick" / "__init__.py").write_text(text, encoding="utf-8")


def clone(project: Project) -> Path:
    """Return a repository in which the default changes at the third commit, and half goes then."""
    source = project.folder / "clone"
    changed = CHANGED.removeprefix("import clay")
    texts = (SOURCE, SOURCE, SOURCE.replace("'MB'", "'MiB'"), changed, changed)
    source.mkdir()
    git(source, "init", "--quiet", "--initial-branch=main")
    for number, text in enumerate(texts):
        write_tree(source, text + f"# {number}\n")
        git(source, "add", "--all")
        git(source, "commit", "--quiet", "--message", f"change {number}")
        if number == 0:
            git(source, "tag", "v2.0")
    return source


def test_the_commit_of_each_news_is_found(project: Project, index: LocalIndex) -> None:
    scripts = {name: SCRIPTS[name] for name in ("removed.py", "default.py", "passed.py")}
    use(project, index, scripts)
    source = clone(project)
    changed = CHANGED.removeprefix("import clay")
    words = ("candidate", "clone", "--bisect", "--python", python_here(), "--json")
    done = project.tfcompat(*words)
    assert done.returncode == 0, done.said
    found = {one["example"]: one["subject"] for one in json.loads(done.stdout)["commits"]}
    assert found == {"tests/default.py": "change 2", "tests/removed.py": "change 3"}
    (source / "brick" / "__init__.py").write_text(SOURCE, encoding="utf-8")
    git(source, "commit", "--all", "--quiet", "--message", "back")
    (source / "brick" / "__init__.py").write_text(changed, encoding="utf-8")
    done = project.tfcompat(*words[:-1])
    assert "tests/removed.py: no commit breaks it: it is what is not committed" in done.stdout


# Packages that use the library, by what is in them: one needs what is removed, one does not, and
# one is broken with any.
DOWNSTREAM = {
    "wall": "import brick\nbrick.half\n",
    "path": "import brick\nbrick.size(1)\n",
    "ruin": "import brick\nbrick.never\n",
}


def publish_downstream(index: LocalIndex) -> None:
    for name, source in DOWNSTREAM.items():
        content = wheel("1.0", source, name=name, requires=["brick"])
        index.others = {**index.others, name: {f"{name}-1.0-py3-none-any.whl": (0, content)}}


def test_the_commit_of_news_downstream_is_found(project: Project, index: LocalIndex) -> None:
    publish_downstream(index)
    use(project, index, {"default.py": SCRIPTS["default.py"]})
    clone(project)
    words = ("--python", python_here(), "--downstream", "wall", "--downstream", "path", "--json")
    done = project.tfcompat("candidate", "clone", "--bisect", *words)
    assert done.returncode == 0, done.said
    found = {one["example"]: one["subject"] for one in json.loads(done.stdout)["commits"]}
    assert found == {"tests/default.py": "change 2", "wall: import wall": "change 3"}
    # path has no news, and is not tried at any commit.
    assert done.stderr.count("downstream: path (imports)") == 1


def test_both_sides_are_built_once_for_all_packages(project: Project, index: LocalIndex) -> None:
    publish_downstream(index)
    use(project, index, {"passed.py": SCRIPTS["passed.py"]})
    counts = []
    for name, text in (("old", SOURCE), ("new", CHANGED.removeprefix("import clay"))):
        log = project.folder / f"{name}.log"
        count = f'open({str(log)!r}, "a").write("built\\n")\n'
        write_tree(
            project.folder / name, text, BACKEND.replace("    about", f"    {count}    about")
        )
        counts.append(log)
    more = [word for name in DOWNSTREAM for word in ("--downstream", name)]
    words = ("candidate", "new", "--against", "old", "--python", python_here(), "--json", *more)
    done = project.tfcompat(*words)
    assert done.returncode == 0, done.said
    assert names(json.loads(done.stdout)["news"]) == {"wall: import wall": "failed"}
    assert [log.read_text(encoding="utf-8") for log in counts] == ["built\n", "built\n"]


def test_packages_downstream(project: Project, index: LocalIndex) -> None:
    publish_downstream(index)
    use(project, index, {"passed.py": SCRIPTS["passed.py"]}, "  downstream: [wall, path==1.0]\n")
    found = candidate(project, CHANGED, ["clay"], "--fail-on", "news")
    assert names(found["news"]) == {"wall: import wall": "failed"}
    (news,) = found["news"]
    assert "no attribute 'half'" in news["cause"]["message"]
    # That of the study and the package that is as it was.
    assert found["same"] == 2
    # Those that are named take the place of the study's, and its examples are run all the same.
    found = candidate(project, SOURCE, (), "--downstream", "ruin")
    assert names(found["broken_on_both"]) == {"ruin: import ruin": "failed"}
    assert (found["news"], found["same"]) == ([], 1)
    for words, said in (
        (("--downstream", "wall=1"), "'wall=1' is no requirement such as seaborn==0.13.2"),
        (("--downstream", "wall>2"), "the index has no release for wall>2"),
    ):
        wheel_name = "brick-2.0-py3-none-any.whl"
        done = project.tfcompat("candidate", wheel_name, "--python", python_here(), *words)
        assert (done.returncode, said in done.said) == (2, True), done.said
