"""Environments that are links into the cache: nothing written there reaches the cache or a run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import identifier, python_here

from tfcompat.environments import overlayfs

if TYPE_CHECKING:
    from support import Project

# It writes over a module of its library in every way that leaves the same inode, and adds a file.
VANDAL = """
import os, stat, six
path = six.__file__
print("linked", os.stat(path).st_nlink > 1)
os.chmod(path, 0o666)
with open(path, "a") as file:
    file.write("\\nraise ImportError('spoilt')\\n")
with open(path, "r+") as file:
    file.write("#")
os.truncate(path, 10)
os.utime(path, (0, 0))
open(os.path.join(os.path.dirname(path), "added.py"), "w").close()
added = [name for name in os.listdir(os.path.dirname(path)) if name == "added.py"]
print(os.stat(path).st_size, added)
"""
HARMLESS = "import six; print(six.__version__, six.text_type, len(open(six.__file__).read()))\n"


STUDY = f"""
analysis:
  dependency: six
  versions: [%s]
  tests: ['tests/*.py']
  python_versions: [{python_here()}]
  disk: %s
"""


def write(
    project: Project, scripts: dict[str, str], release: str = "1.15.0", disk: str = "1GB"
) -> None:
    project.write(STUDY % (release, disk))
    for name, text in scripts.items():
        path = project.folder / "tests" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def contents(cache: Path) -> dict[str, tuple[bytes, int, int]]:
    found = {}
    for path in (cache / "uv").glob("archive-*/*/**/*"):
        if path.is_file() and not path.is_symlink():
            stat = path.stat()
            found[os.fspath(path)] = (path.read_bytes(), stat.st_mode, stat.st_mtime_ns)
    return found


@pytest.mark.parametrize("isolation", ["fresh", "warm"])
@pytest.mark.parametrize("linked", [True, False])
def test_a_script_cannot_write_through_to_the_cache(
    project: Project, tmp_path: Path, isolation: str, *, linked: bool
) -> None:
    cache = tmp_path / "a cache, of: its own"
    cache.mkdir()
    if not overlayfs.possible(cache):
        pytest.skip("this machine allows no overlays: environments are copies")
    write(project, {"a_harmless": HARMLESS, "b_vandal": VANDAL, "c_vandal": VANDAL})
    # What is kept is the user's to write to, so it is a copy.
    words = ("run", "--isolation", isolation, "--jobs", "1", *([] if linked else ["--keep"]))
    assert (
        project.tfcompat(*words, TFCOMPAT_CACHE=str(cache), PATH=os.environ["PATH"]).returncode == 0
    )
    harmless = project.cell(identifier("1.15.0"))["tests"]["tests/a_harmless.py"]
    assert harmless["retval"] == 0
    before = contents(cache)
    assert any(path.endswith("six.py") for path in before)
    assert any(Path(path).stat().st_size > 1000 for path in before if path.endswith("six.py"))
    ended = project.tfcompat(*words, "--force", TFCOMPAT_CACHE=str(cache))
    assert ended.returncode == 0, ended.said
    assert contents(cache) == before
    # The script itself could write, as in any environment; and the next one is as it should be.
    tests = project.cell(identifier("1.15.0"))["tests"]
    outputs = [tests[f"tests/{name}_vandal.py"]["output"] for name in "bc"]
    assert [output[1] for output in outputs] == ["10 ['added.py']\n"] * 2
    # Each ran in a clean one, and so did the harmless one, whichever came first.
    assert [output[0] for output in outputs] == [f"linked {linked}\n"] * 2
    assert tests["tests/a_harmless.py"]["output"] == harmless["output"]


def test_a_wheel_that_had_to_go_is_fetched_again(project: Project, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    words = ("run", "--isolation", "fresh")
    write(project, {"harmless": HARMLESS})
    assert project.tfcompat(*words, TFCOMPAT_CACHE=str(cache)).returncode == 0
    archives = set((cache / "uv").glob("archive-*/*"))
    assert archives
    # Too small for the next cell's wheel beside the first one's.
    used = sum(path.lstat().st_blocks * 512 for path in cache.rglob("*") if path.is_file())
    write(project, {}, "1.16.0", disk=f"{used + 20_000}B")
    ended = project.tfcompat(*words, TFCOMPAT_CACHE=str(cache))
    assert ended.returncode == 0, ended.said
    # Not all of them: setuptools serves both cells.
    assert archives - set((cache / "uv").glob("archive-*/*"))
    write(project, {})
    ended = project.tfcompat(*words, "--force", TFCOMPAT_CACHE=str(cache))
    assert ended.returncode == 0, ended.said
    assert project.cell(identifier("1.15.0"))["tests"]["tests/harmless.py"]["retval"] == 0


def test_a_cell_that_cannot_fit_is_unknown_and_fetches_nothing(
    project: Project, tmp_path: Path
) -> None:
    write(project, {"harmless": HARMLESS}, disk="10kB")
    cache = tmp_path / "cache"
    ended = project.tfcompat("run", TFCOMPAT_CACHE=str(cache))
    assert ended.returncode == 3, ended.said
    assert "`disk` allows" in ended.said
    assert not list((cache / "uv").glob("archive-*/*"))
