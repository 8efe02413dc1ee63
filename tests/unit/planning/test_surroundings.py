"""What a script needs of the folders around it: where it runs, what it sees, what it imports."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfcompat.environments.index.contents import Contents
from tfcompat.errors import StudyError
from tfcompat.planning.infer import foreign_imports
from tfcompat.planning.surroundings import (
    CommandLine,
    Surroundings,
    declared_name,
    module_file,
    surroundings_of,
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a package in ``src``, a module at the top, data, and scripts."""
    folder = tmp_path.resolve() / "project"
    files = {
        "pyproject.toml": "",
        "data/in.csv": "1\n",
        "data/more.csv": "2\n",
        "notes.txt": "",
        "tools.py": "import requests\n",
        "src/pkg/__init__.py": "from .core import run\n",
        "src/pkg/__main__.py": "from pkg import run\n",
        "src/pkg/core.py": "import numpy\nfrom . import text\nfrom ..outside import x\n",
        "src/pkg/text.py": "from . import core\n",
        "src/pkg/other.py": "import torch\n",
        "scripts/beside.py": "import six\n",
        "scripts/local.csv": "3\n",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def around(project: Path, source: str, given: CommandLine | None = None) -> Surroundings:
    path = project / "scripts" / "x.py"
    path.write_text(source, encoding="utf-8")
    return surroundings_of(path, given or CommandLine())


def below(project: Path, found: Surroundings) -> tuple[str, set[str]]:
    shown = {path.relative_to(project).as_posix() for path in found.shown}
    return found.folder.relative_to(project).as_posix(), shown


@pytest.mark.parametrize(
    ("source", "folder", "shown"),
    [
        # It names nothing, or what lies beside it.
        ("import pandas\n", "scripts", {"scripts"}),
        ("open('local.csv')\n", "scripts", {"scripts"}),
        # With a file that it names it sees those beside that.
        ("open('data/in.csv')\n", ".", {"scripts", "data"}),
        ("path = join('data', 'in.csv')\n", ".", {"scripts", "data"}),
        ("open('notes.txt')\n", ".", {"scripts", "notes.txt"}),
        # Python 2, which no current Python can parse.
        ("print open('data/in.csv').read()\n", ".", {"scripts", "data"}),
        # Paths that leave the project, or are none.
        ("open('../x'); open('/etc/passwd'); open('\\0'); '.'; ''\n", "scripts", {"scripts"}),
    ],
)
def test_where_a_script_runs(project: Path, source: str, folder: str, shown: set[str]) -> None:
    assert below(project, around(project, source)) == (folder, shown)


def test_what_the_command_line_names_counts_as_well(project: Path) -> None:
    found = around(project, "", CommandLine(arguments=("--in=data/in.csv", "-v")))
    assert below(project, found) == (".", {"scripts", "data"})
    command = found.command(project, CommandLine(arguments=("a",), environment=(("N", "1"),)))
    assert (command.script, command.folder) == ("scripts/x.py", ".")
    assert (command.arguments, command.environment) == (("a",), (("N", "1"),))
    assert not command.figures
    assert found.command(project, CommandLine(figures=True)).figures


def test_a_folder_to_run_in_and_what_to_read(project: Path) -> None:
    given = CommandLine(folder=project / "data", stdin=project / "notes.txt")
    found = around(project, "open('more.csv')\n", given)
    assert below(project, found) == ("data", {"scripts", "data/more.csv", "notes.txt"})
    assert found.command(project, given).stdin == "notes.txt"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (CommandLine(folder=Path("nowhere")), "there is no folder nowhere to run in"),
        (CommandLine(stdin=Path("nothing.txt")), "there is no file nothing.txt"),
    ],
)
def test_what_is_not_there(project: Path, given: CommandLine, said: str) -> None:
    with pytest.raises(StudyError, match=said):
        around(project, "", given)


def test_modules_of_the_project_are_seen_and_their_imports_known(project: Path) -> None:
    found = around(project, "import beside, tools, pkg.text, os\n")
    assert below(project, found)[1] == {"scripts", "tools.py", "src/pkg"}
    assert found.import_from == (project, project / "src")
    # Of a package, the modules that are imported; text and core import each other.
    assert {one.module for one in found.own} == {
        "six", "requests", "pkg.core", "pkg", "numpy"
    }  # fmt: skip


def test_a_module_runs_where_python_finds_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    file = module_file("pkg", project)
    assert file == project / "src/pkg/__main__.py"
    found = surroundings_of(file, CommandLine(module="pkg"))
    assert found.import_from == (project / "src",)
    assert below(project, found) == (".", {"src/pkg"})
    assert "numpy" in {one.module for one in found.own}
    assert module_file("pkg.text", project) == project / "src/pkg/text.py"
    assert module_file("tools", project) == project / "tools.py"
    assert surroundings_of(project / "tools.py", CommandLine(module="tools")).import_from == ()


@pytest.mark.parametrize(
    ("module", "said"),
    [("missing", "there is no module missing"), ("scripts", "scripts has no __main__.py")],
)
def test_modules_that_cannot_run(project: Path, module: str, said: str) -> None:
    with pytest.raises(StudyError, match=said):
        module_file(module, project)


CLONE = Contents(name="Pkg", modules=frozenset({"pkg", "pkg.core", "pkg.text"}))


FAR = "import sys\nfrom pathlib import *\nsys.path += [str(Path(__file__).parents[2])]\n"
UP = "import os, sys\nsys.path.insert(0, os.path.dirname(os.path.dirname(__file__)))\n"


@pytest.mark.parametrize(
    ("script", "source", "shown"),
    [
        # As much as a script may say: how it makes the name of the folder is not followed.
        ("a/b/run.py", f"{UP}import helper\n", {"a/b", "a/helper.py"}),
        ("a/b/run.py", "import sys\nsys.path.append('../../tools')\nimport kit\n",
         {"a/b", "tools/kit"}),
        ("a/b/run.py", f"{FAR}import tools.kit\n", {"a/b", "tools"}),
        # It adds nothing to the path, or the module is not there.
        ("a/b/run.py", "import helper\n", {"a/b"}),
        ("a/b/run.py", f"{UP}import six\n", {"a/b"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_project", [True, False])
def test_what_a_script_adds_to_the_path(
    tmp_path: Path, script: str, source: str, shown: set[str], *, is_project: bool
) -> None:
    root = tmp_path.resolve() / "work"
    for name in (
        "a/helper.py",
        "tools/kit/__init__.py",
        "tools/kit/part.py",
        "tools/top.py",
        script,
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("import attr\n", encoding="utf-8")
    # Above the project nothing is looked for.
    (tmp_path / "six.py").write_text("", encoding="utf-8")
    (root / script).write_text(source, encoding="utf-8")
    if is_project:
        (root / ".git").mkdir()
    found = surroundings_of(root / script, CommandLine())
    assert {path.relative_to(root).as_posix() for path in found.shown} == shown
    assert ("attr" in {one.module for one in found.own}) is (len(shown) > 1)


def test_in_a_clone_of_the_library_the_clone_is_not_seen(project: Path) -> None:
    path = project / "scripts" / "x.py"
    path.write_text("import pkg, tools\n", encoding="utf-8")
    found = surroundings_of(path, CommandLine(), CLONE)
    assert below(project, found)[1] == {"scripts", "tools.py"}
    assert found.import_from == (project,)
    assert {one.module for one in foreign_imports(found, CLONE).all} == {"pkg", "requests"}
    # Without it, the package is the project's own.
    assert {one.module for one in foreign_imports(around(project, "import pkg\n")).direct} == set()


@pytest.mark.parametrize("name", ["pkg.py", "pkg/__init__.py"])
def test_a_library_that_lies_beside_its_script_is_refused(project: Path, name: str) -> None:
    script = project / "scripts" / "x.py"
    script.write_text("import pkg\n", encoding="utf-8")
    (script.parent / name).parent.mkdir(exist_ok=True)
    (script.parent / name).touch()
    with pytest.raises(StudyError, match=r"x\.py would run the pkg that lies beside it"):
        surroundings_of(script, CommandLine(), CLONE)


def test_tests_inside_of_the_library_are_refused(project: Path) -> None:
    test = project / "src" / "pkg" / "tests" / "test_x.py"
    test.parent.mkdir()
    test.write_text("import pkg\ndef test_x(): pass\n", encoding="utf-8")
    with pytest.raises(StudyError, match="would run the pkg that lies beside it"):
        surroundings_of(test, CommandLine(suite=True), CLONE)
    # A script there has only its own folder before the installed packages.
    assert surroundings_of(test, CommandLine(), CLONE).import_from == ()


def test_a_folder_of_scripts_with_the_name_of_the_library_is_no_module(project: Path) -> None:
    script = project / "scripts" / "x.py"
    script.write_text("import pkg\n", encoding="utf-8")
    (script.parent / "pkg").mkdir()
    (script.parent / "pkg" / "other.py").touch()
    assert surroundings_of(script, CommandLine(), CLONE).import_from == ()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[project]\nname = 'Pkg'\n", "Pkg"),
        ("[tool.poetry]\nname = 'pkg'\n", "pkg"),
        ("[project]\nname = 3\n", ""),
        ("[tool]\nx = 1\n", ""),
        ("no toml", ""),
    ],
)
def test_the_name_that_a_project_gives_itself(project: Path, text: str, name: str) -> None:
    (project / "pyproject.toml").write_text(text, encoding="utf-8")
    assert declared_name(project / "scripts") == name
