"""Environments that have to be built: from source, with old metadata, with old build tools."""

from __future__ import annotations

import datetime as dt
import io
import tarfile
from functools import partial
from typing import TYPE_CHECKING

import local_index
import pytest
from local_index import NAME, LocalIndex, cell_of, serving, wheel
from packaging.version import Version
from support import python_here

from tfcompat.environments import interpreters
from tfcompat.environments.attempts import Attempts
from tfcompat.environments.backends import backend_for, older_backend_for
from tfcompat.environments.base import BuildFailure, Environment, EnvironmentRequest
from tfcompat.environments.index.client import PackageIndex
from tfcompat.environments.index.release_metadata import read_metadata
from tfcompat.environments.of_the_day import constraints_at, seeds_for
from tfcompat.results.verdicts import CauseKind, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from support import Project

DAY = dt.datetime(2020, 1, 1, 12, tzinfo=dt.timezone.utc)
SCRIPTS = {"steady.py": "import brick, clay\nprint(clay.__version__)\n"}

# A build backend: it refuses what its own release does not know, and packs one module.
BACKEND = """\
import pathlib, zipfile
REFUSES = {refuses!r}

def get_requires_for_build_wheel(config_settings=None):
    if REFUSES and REFUSES in pathlib.Path("setup.py").read_text():
        raise SystemExit("error in brick setup command: " + REFUSES + " is invalid.")
    return []

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    get_requires_for_build_wheel()
    name = "brick-1.0-py3-none-any.whl"
    files = {{
        "brick/__init__.py": "__version__ = '1.0'\\n",
        "brick-1.0.dist-info/METADATA": "Metadata-Version: 2.1\\nName: brick\\nVersion: 1.0\\n",
        "brick-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\n"
        "Tag: py3-none-any\\n",
        "brick-1.0.dist-info/RECORD": "",
    }}
    with zipfile.ZipFile(pathlib.Path(wheel_directory) / name, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return name

class build_meta: pass
"""


def tools(version: str, refuses: str = "") -> bytes:
    """Return the wheel of a tiny setuptools."""
    legacy = BACKEND.format(refuses=refuses) + (
        "import sys\nbuild_meta = sys.modules[__name__ + '.build_meta'] = sys.modules[__name__]\n"
        "__legacy__ = sys.modules[__name__]\n"
    )
    return wheel(version, legacy, name="setuptools")


def sdist(**texts: str) -> bytes:
    """Return the source distribution of the first release."""
    packed = io.BytesIO()
    info = {"PKG-INFO": f"Metadata-Version: 1.0\nName: {NAME}\nVersion: 1.0\n"}
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in {**info, **texts}.items():
            member = tarfile.TarInfo(f"{NAME}-1.0/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return packed.getvalue()


def index_of(content: bytes, *versions: tuple[str, int, str]) -> LocalIndex:
    """Return an index with one source distribution, and releases of a tiny setuptools."""
    backends = {
        f"setuptools-{version}-py3-none-any.whl": (day, tools(version, refuses))
        for version, day, refuses in versions
    }
    return LocalIndex(
        [], others={NAME: {f"{NAME}-1.0.tar.gz": (0, content)}, "setuptools": backends}
    )


def build(served: LocalIndex, folder: Path) -> Environment | BuildFailure:
    """Make the environment of the first release as of its day, as a run does."""
    index = PackageIndex(folder / "cache", url=f"{served.address}/simple")
    found, _ = interpreters.find(folder=folder / "cache")
    here = next(one for one in found if one.python == python_here())
    (folder / "work").mkdir()
    request = EnvironmentRequest(
        dependency=NAME,
        release="1.0",
        python=here.python,
        interpreter=here,
        wheel_size=None,
        requirements=(),
        cut_off=DAY,
        constraints=constraints_at(DAY, Version("3.6"), index),
        folder=folder / "work",
        seeds=seeds_for(here.version, DAY, index),
        from_source=True,
    )
    return Attempts(
        backend=backend_for(here.python, folder / "cache", index),
        older=older_backend_for(request, folder / "cache", index),
        index=index,
        read_metadata=partial(read_metadata, index),
    ).build(request)


def test_a_release_without_a_wheel_is_built_by_todays_tools(tmp_path: Path) -> None:
    # As of its day there is nothing that could build it.
    with serving(index_of(sdist(**{"setup.py": ""}), ("80.0", 99, ""))) as served:
        built = build(served, tmp_path)
    assert isinstance(built, Environment), built
    assert built.freeze == (f"{NAME}==1.0",)
    assert built.repaired == ()


def test_what_todays_tools_refuse_is_built_by_those_of_the_day(tmp_path: Path) -> None:
    setup = sdist(**{"setup.py": "use_2to3=True"})
    with serving(index_of(setup, ("41.0", 0, ""), ("80.0", 99, "use_2to3"))) as served:
        built = build(served, tmp_path)
    assert isinstance(built, Environment), built
    assert f"{NAME}==1.0" in built.freeze
    assert built.repaired == ("built with setuptools<=41.0 and wheel<=0.33.1 instead of today's",)


def test_what_no_tools_build_is_unbuildable_with_the_line_that_says_why(tmp_path: Path) -> None:
    setup = sdist(**{"setup.py": "oddity=True"})
    with serving(index_of(setup, ("41.0", 0, "oddity"), ("80.0", 99, "oddity"))) as served:
        failure = build(served, tmp_path)
    assert isinstance(failure, BuildFailure)
    assert (failure.verdict, failure.cause.kind) == (Verdict.UNBUILDABLE, CauseKind.BUILD_ERROR)
    assert failure.cause.message.endswith("error in brick setup command: oddity is invalid.")
    assert failure.repaired


@pytest.mark.parametrize("ranges", [True, False])
def test_metadata_of_its_day(project: Project, *, ranges: bool) -> None:
    clay = {"clay-3.0-py3-none-any.whl": (0, wheel("3.0", name="clay"))}
    odd = LocalIndex(["1.0"], requires=["clay (>=2k)"], others={"clay": clay}, ranges=ranges)
    with serving(odd) as index:
        local_index.use(project, index, SCRIPTS)
        ended = project.tfcompat("run")
    assert ended.returncode == 0, ended.said
    assert project.verdicts(cell_of("1.0")) == {"steady": "same"}
    cell = project.cell(cell_of("1.0"))
    assert cell["environment"]["repaired"] == ["brick 1.0: clay (>=2k) read as clay>=2"]
    assert "clay==3.0\n" in cell["requirements.txt"]


def test_a_dependency_that_cannot_be_read_is_not_passed_over(project: Project) -> None:
    # An installer would silently take the older one.
    clay = {
        "clay-3.0-py3-none-any.whl": (0, wheel("3.0", name="clay", requires=["six (>=2k)"])),
        "clay-2.0-py3-none-any.whl": (0, wheel("2.0", name="clay")),
    }
    others = {"clay": clay, "six": {"six-3.0-py3-none-any.whl": (0, wheel("3.0", name="six"))}}
    with serving(LocalIndex(["1.0"], requires=["clay"], others=others, ranges=True)) as index:
        local_index.use(project, index, SCRIPTS)
        ended = project.tfcompat("run")
    assert ended.returncode == 0, ended.said
    cell = project.cell(cell_of("1.0"))
    assert cell["tests"]["tests/steady.py"]["output"] == ["3.0\n"]
    assert cell["environment"]["repaired"] == ["clay 3.0: six (>=2k) read as six>=2"]


def test_an_exact_pin_that_is_younger_than_the_release(project: Project) -> None:
    clay = {
        "clay-1.0-py3-none-any.whl": (0, wheel("1.0", name="clay")),
        "clay-2.0-py3-none-any.whl": (400, wheel("2.0", name="clay")),
    }
    with serving(LocalIndex(["1.0"], others={"clay": clay})) as index:
        local_index.use(project, index, SCRIPTS, more="  requirements: [clay==2.0]\n")
        ended = project.tfcompat("run")
    assert ended.returncode == 0, ended.said
    assert project.cell(cell_of("1.0"))["tests"]["tests/steady.py"]["output"] == ["2.0\n"]


def test_a_pin_that_contradicts_the_release_is_named(project: Project) -> None:
    clay = {
        f"clay-{version}-py3-none-any.whl": (0, wheel(version, name="clay"))
        for version in ("1.0", "2.0")
    }
    with serving(LocalIndex(["1.0"], requires=["clay<2"], others={"clay": clay})) as index:
        local_index.use(project, index, SCRIPTS, more="  requirements: [clay==2.0]\n")
        ended = project.tfcompat("run")
    assert ended.returncode == 0, ended.said
    cause = project.cell(cell_of("1.0"))["cause"]
    assert cause["kind"] == "conflict"
    assert cause["message"].startswith("brick 1.0 needs clay<2; --require clay==2.0 contradicts it")
