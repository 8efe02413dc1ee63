"""Runs see no other files of the machine unless the study opens them: each sentence of the docs."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import local_index
import pytest
from local_index import LocalIndex, cell_of, serving

from tfcompat.environments import namespaces

if TYPE_CHECKING:
    from pathlib import Path

    from support import Project

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can hide files")

BEGIN = """import brick, os, sys
def attempt(what, *given):
    try:
        return what(*given)
    except OSError as error:
        return error.strerror
def written(path):
    with open(path, "w") as file:
        file.write("x")
    return "written"
"""

# The script, by what it tries; each prints how that went.
SCRIPTS = {
    "home.py": "print(attempt(os.listdir, {home!r}))\nprint(os.path.exists({secret!r}))\n",
    "study.py": "print(os.path.exists({root!r} + '/caliper.yaml'), os.path.exists('tests'))\n",
    "system.py": "print(attempt(written, '/usr/x'), attempt(written, {elsewhere!r} + '/x'))\n",
    "open_to_all.py": "print(sorted(os.listdir('/tmp')), os.listdir('/run'), "
    "attempt(written, '/tmp/x'), attempt(written, '/dev/shm/x'))\n",
    "own.py": "import tempfile\nprint(written('x'), written(os.path.expanduser('~/x')), "
    "len(tempfile.mkdtemp()) > 0)\n",
    "others.py": "parents = [one for one in os.listdir('/proc') if one.isdigit()]\n"
    "found = [attempt(open, '/proc/%s/environ' % one) for one in parents]\n"
    "texts = [one.read() for one in found if not isinstance(one, str)]\n"
    "print(any({token!r} in text for text in texts), len(parents) > 2)\n",
    "roots.py": "found = [attempt(os.listdir, '/proc/%s/root{home}' % one) "
    "for one in os.listdir('/proc') if one.isdigit()]\n"
    "print(any('secret' in names for names in found if isinstance(names, list)))\n",
    "libraries.py": "import ctypes, hashlib, multiprocessing, sqlite3, ssl, zlib\n"
    "print(multiprocessing.Lock().acquire())\n",
    "mounts.py": "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
    "print(libc.umount(b'/tmp'), libc.umount({home!r}.encode()))\n",
}


@pytest.fixture
def home(project: Project) -> Path:
    """Return a home of the user's, with two files in it."""
    folder = project.folder / "home"
    folder.mkdir()
    for name in ("secret", "shown"):
        (folder / name).write_text(name, encoding="utf-8")
    project.environment["HOME"] = str(folder)
    return folder


def test_this_machine_can_hide_files() -> None:
    assert namespaces.files_obstacle() == ""


def test_what_runs_see(project: Project, home: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o777)
    project.environment["A_SECRET"] = token = "hush" * 5
    given = {
        "home": str(home),
        "secret": str(home / "secret"),
        "root": str(project.folder),
        "elsewhere": str(tmp_path / "elsewhere"),
        "token": token,
    }
    scripts = {name: BEGIN + text.format(**given) for name, text in SCRIPTS.items()}
    with serving(LocalIndex(["1.0"])) as index:
        local_index.use(project, index, scripts, "  versions: ['1.0']\n  repeats: 1\n")
        ended = project.tfcompat("run")
    assert ended.returncode == 0, ended.said
    cell = project.cell(cell_of("1.0"))
    assert cell["environment"]["files"] == "closed"
    said = {name: "".join(cell["tests"][f"tests/{name}"]["output"]) for name in scripts}
    hidden = "No such file or directory"
    assert said["home.py"] in ("[]\nFalse\n", f"{hidden}\nFalse\n")
    assert said == {
        **said,
        "study.py": "False True\n",
        # Another folder for temporary files than the run's own is no longer there.
        "system.py": f"{_refused()} {hidden}\n",
        "open_to_all.py": said["open_to_all.py"],
        "own.py": "written written True\n",
        "others.py": "False True\n",
        "roots.py": "False\n",
        "libraries.py": "True\n",
        "mounts.py": "-1 -1\n",
    }
    assert said["open_to_all.py"].endswith("[] written written\n")


def _refused() -> str:
    return "Read-only file system" if os.getuid() == 0 else "Permission denied"


def test_a_hidden_file_is_named_and_can_be_shown(project: Project, home: Path) -> None:
    path, shown = str(home / "secret"), home / "shown"
    scripts = {
        "constant.py": f"import brick\nprint(open({path!r}).read())\n",
        "argument.py": "import brick, sys\nprint(open(sys.argv[1]).read())\n",
    }
    more = f"  versions: ['1.0']\n  repeats: 1\n  args: {{tests/argument.py: [{shown}]}}\n"
    with serving(LocalIndex(["1.0"])) as index:
        local_index.use(project, index, scripts, more)
        ended = project.tfcompat("run")
        tests = project.cell(cell_of("1.0"))["tests"]
        # Who names a file on the command line means it.
        assert tests["tests/argument.py"]["output"] == ["shown\n"]
        assert tests["tests/constant.py"]["retval"] == 1
        assert f"{path} is on this machine, and hidden from runs; --files open" in ended.said
        ended = project.tfcompat("run", "--files", "open")
        cell = project.cell(cell_of("1.0"))
        assert cell["environment"]["files"] == "open"
        assert cell["tests"]["tests/constant.py"]["output"] == ["secret\n"]


def test_a_search_says_so_at_once(project: Project, home: Path) -> None:
    script = f"import brick\nprint(open({str(home / 'secret')!r}).read())\n"
    with serving(LocalIndex(["1.0", "1.1", "1.2", "1.3"])) as index:
        local_index.use(project, index, {"a.py": script})
        ended = project.tfcompat("frontier")
        assert ended.returncode == 2
        assert "so with 1 of 1 release, cause missing-data" in ended.said
        assert "which runs do not see: try --files open" in ended.said
        assert project.tfcompat("frontier", "--files", "open").returncode == 0
