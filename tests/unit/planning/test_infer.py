"""Studies inferred for scripts: their dependency, what they need, what their runs see."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from fakes import FakeCatalog

from tfcompat.errors import StudyError
from tfcompat.planning.infer import foreign_imports, infer_study
from tfcompat.planning.schema import Baseline
from tfcompat.planning.surroundings import CommandLine, surroundings_of

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.planning.study import Study


def script(folder: Path, text: str, name: str = "train.py") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


CATALOG = FakeCatalog({
    "bar": ["bar", "bar.tools"],
    "bar-extra": ["bar_extra"],
    "old-name": ["old_name"],
    "google-cloud-storage": ["google.cloud.storage", "google.cloud.storage.blob"],
    "google-cloud-core": ["google.cloud.exceptions"],
    "jwt": ["jwt"],
    "mpl-toolkits": ["other"],
    "numpy": ["numpy", "numpy.random"],
    "pytest": ["pytest"],
    "opaque": None,
    "pandas": ["pandas"],
    "pyjwt": ["jwt", "jwt.algorithms"],
    "python-thing": ["thing"],
    "scikit-learn": ["sklearn", "sklearn.svm"],
    "six": ["six"],
    "stolen": ["loot"],
    "tensorflow": ["tensorflow", "tensorflow.keras"],
    "tensorflow-cpu": ["tensorflow", "tensorflow.keras"],
    "thing": ["something"],
    "torch": ["torch"],
    "zope-component": ["zope.component"],
    "zope-interface": ["zope.interface", "zope.interface.verify"],
}, former={"old-name": ["old.name"]})  # fmt: skip


def pinned(study: Study) -> dict[str, str]:
    """Return the releases that are the baselines of a study."""
    named = study.analysis.baselines.items()
    return {key: str(one.release) for key, one in named if isinstance(one, Baseline)}


def study_of(path: Path, text: str, **more: Any) -> Study:  # noqa: ANN401 - any of its options
    return infer_study([script(path, text)], CATALOG, **more)


def test_what_lies_beside_a_script_is_its_own(tmp_path: Path) -> None:
    script(tmp_path, "", "helpers.py")
    script(tmp_path, "", "models/net.py")
    (tmp_path / "data").mkdir()
    path = script(tmp_path, "import helpers, data, os\nfrom models import net\n")
    found = foreign_imports(surroundings_of(path, CommandLine()))
    assert [one.module for one in found.all] == ["data"]


@pytest.mark.parametrize(
    ("source", "about", "module", "others"),
    [
        ("import tensorflow as tf\n", "tensorflow", "tensorflow", []),
        ("import numpy, pandas, six\n", "pandas", "pandas", ["numpy", "six"]),
        ("import six, numpy\n", "numpy", "numpy", ["six"]),
        # The well-known project is meant, and not the one that has the module's name.
        ("import jwt\n", "pyjwt", "jwt", []),
        ("import sklearn.svm\nimport numpy\n", "scikit-learn", "sklearn", ["numpy"]),
        # Projects that share a namespace.
        ("from google.cloud import storage\n", "google-cloud-storage", "google.cloud.storage", []),
        ("import zope.interface.verify\n", "zope-interface", "zope.interface", []),
        # What can be done without, and is not known, is not needed.
        ("import bar\ntry:\n    import nowhere\nexcept ImportError:\n    pass\n", "bar", "bar", []),
        # Its files cannot be read: nothing speaks against its name.
        ("import opaque\n", "opaque", "opaque", []),
    ],
)  # fmt: skip
def test_what_a_script_is_about(
    tmp_path: Path, source: str, about: str, module: str, others: list[str]
) -> None:
    study = study_of(tmp_path, source)
    assert study.analysis.dependency == about
    assert list(study.analysis.requirements) == others
    assert study.project is not None
    assert (study.project.name, study.project.module) == (about, module)


def test_an_extension_is_what_a_script_is_about(tmp_path: Path) -> None:
    study = study_of(tmp_path / "a.py", "import bar\nimport bar_extra\n")
    assert study.analysis.dependency == "bar-extra"
    assert list(map(str, study.analysis.requirements)) == ["bar"]


def test_a_module_may_have_had_another_name(tmp_path: Path) -> None:
    study = study_of(tmp_path / "a.py", "from old.name import cfg\n")
    assert (study.analysis.dependency, study.module) == ("old-name", "old.name")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("print(1)\n", "imports no project of the index; name one with --dependency"),
        ("import tensorflow, numpy, torch\n", "imports tensorflow, torch; say which it is about"),
        # The project of that name brings something else.
        ("import stolen\n", "imports stolen, and no project is known to bring it; name"),
        ("import nowhere.deep\n", "imports nowhere.deep, and no project is known to bring it"),
        ("import thing\n", "imports thing, which comes with python-thing; choose"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_asked_for(tmp_path: Path, source: str, said: str) -> None:
    with pytest.raises(StudyError) as error:
        study_of(tmp_path, source)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("source", "dependency", "module", "others"),
    [
        # All modules of the named project are its own, in a shared namespace too.
        ("import jwt, jwt.algorithms\n", "PyJWT", "jwt", []),
        ("from google.cloud import storage\n", "google-cloud-storage", "google.cloud.storage", []),
        ("import zope.interface, zope.component\n", "zope.component", "zope.component",
         ["zope-interface"]),
        ("import loot, numpy\n", "stolen", "loot", ["numpy"]),
        ("import thing\n", "python-thing", "thing", []),
        ("import numpy\n", "jwt", "jwt", ["numpy"]),
    ],
)  # fmt: skip
def test_a_named_project(
    tmp_path: Path, source: str, dependency: str, module: str, others: list[str]
) -> None:
    study = study_of(tmp_path, source, dependency=dependency)
    assert study.analysis.dependency == dependency
    assert list(study.analysis.requirements) == others
    assert study.project is not None
    assert study.project.module == module


def test_what_a_requirement_brings_is_not_looked_for(tmp_path: Path) -> None:
    study = study_of(tmp_path, "import bar, loot\n", requirements=["stolen>=1"])
    assert study.analysis.dependency == "bar"
    assert study.analysis.requirements == ("stolen>=1",)


def test_a_study_of_one_script(tmp_path: Path) -> None:
    path = script(tmp_path, "import tensorflow, numpy\n")
    study = infer_study([path], CATALOG, baseline="1.12.3", resolve="latest")
    assert (study.root, study.tests, study.shown()) == (tmp_path, ("train.py",), (".",))
    analysis = study.analysis
    assert (analysis.dependency, analysis.requirements) == ("tensorflow", ("numpy",))
    assert analysis.resolve == "latest"
    more = infer_study([path], CATALOG, requirements=("scipy<1.3",))
    assert more.analysis.requirements == ("scipy<1.3", "numpy")
    named = study.baseline("train.py")
    assert named is not None
    assert str(named.release) == "1.12.3"


def test_another_package_of_the_same_module_is_not_required_as_well(tmp_path: Path) -> None:
    path = script(tmp_path, "import tensorflow, numpy\n")
    analysis = infer_study([path], CATALOG, dependency="tensorflow-cpu").analysis
    assert (analysis.dependency, analysis.requirements) == ("tensorflow-cpu", ("numpy",))


def test_runs_see_the_folders_of_their_scripts_and_no_more(tmp_path: Path) -> None:
    script(tmp_path, "", "private/secret.txt")
    paths = [script(tmp_path, "import numpy\n", f"{name}/code/x.py") for name in "ab"]
    study = infer_study(paths, CATALOG)
    assert study.root == tmp_path
    assert study.tests == ("a/code/x.py", "b/code/x.py")
    assert study.shown() == ("a/code", "b/code")
    assert study.baseline("a/code/x.py") is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"baseline": "newest"}, "train.py: `baselines.train.py.release`: 'newest' is no release"),
        ({"dependency": "-bad-"}, "`dependency`"),
        ({"resolve": "soon"}, "'soon' is not one of: release, latest"),
    ],
)
def test_bad_words_are_refused(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    path = script(tmp_path, "import tensorflow\n")
    with pytest.raises(StudyError) as error:
        infer_study([path], CATALOG, **options)
    assert said in str(error.value)


def test_scripts_about_several_packages_are_refused(tmp_path: Path) -> None:
    paths = [script(tmp_path, f"import {name}\n", f"{name}.py") for name in ("six", "numpy")]
    paths += [script(tmp_path, "import torch\n", "b.py")]
    (tmp_path / "six.py").rename(tmp_path / "a.py")
    (tmp_path / "numpy.py").rename(tmp_path / "c.py")
    with pytest.raises(StudyError, match="about numpy, six, torch; name one"):
        infer_study([tmp_path / "a.py", tmp_path / "c.py", *paths[2:]], CATALOG)


def test_a_script_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"cannot read the script .*nowhere\.py: No such file"):
        infer_study([tmp_path / "nowhere.py"], CATALOG)


def test_a_notebook_is_about_what_its_cells_import(tmp_path: Path) -> None:
    cells = [
        "%matplotlib inline\nimport six",
        "torch.nn?\n",
        "from IPython.display import Image",
    ]
    (tmp_path / "sub").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x.csv").write_text("1\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").touch()
    code = [
        {"cell_type": "code", "source": text, "metadata": {}, "outputs": [], "execution_count": 1}
        for text in [*cells, "open('../data/x.csv')"]
    ]
    content = {"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    path = script(tmp_path, json.dumps(content), "sub/paper.ipynb")
    study = infer_study([path], CATALOG, baseline="stored")
    assert (study.analysis.dependency, study.analysis.requirements) == ("six", ())
    assert study.is_stored("sub/paper.ipynb")
    assert study.baseline("sub/paper.ipynb") is None
    # It runs in its own folder, and sees what it names above that.
    assert study.command("sub/paper.ipynb").folder == "sub"
    assert set(study.shown()) == {"sub", "data"}


def test_a_notebook_that_is_none(tmp_path: Path) -> None:
    path = script(tmp_path, "import six", "paper.ipynb")
    with pytest.raises(StudyError, match=r"paper\.ipynb is no notebook: it holds no JSON"):
        infer_study([path], CATALOG)


BLOCK = """\
# /// script
# requires-python = ">=3.9"
# dependencies = ["pandas[excel]==1.5.0", "numpy<1.24", "opaque"]
# ///
import pandas, numpy
"""


def test_what_a_script_states_is_installed_and_its_pin_is_the_baseline(tmp_path: Path) -> None:
    study = study_of(tmp_path, BLOCK)
    analysis = study.analysis
    assert (analysis.dependency, str(study.requires_python)) == ("pandas", ">=3.9")
    assert analysis.requirements == ("pandas[excel]", "numpy<1.24", "opaque")
    assert analysis.constraints == ()
    assert pinned(study) == {"train.py": "1.5.0"}
    assert study.origins["numpy<1.24"] == "train.py"
    assert study.said == (
        (
            "train.py: installed beside it: pandas[excel], numpy<1.24, opaque; Python >=3.9; "
            "pandas[excel]==1.5.0 is the baseline"
        ),
    )
    named = study_of(tmp_path, BLOCK, baseline="1.4.0")
    assert pinned(named)["train.py"] == "1.4.0"


def test_what_a_script_states_tells_which_project_an_import_is_of(tmp_path: Path) -> None:
    block = "# /// script\n# dependencies = ['python-thing', 'bar']\n# ///\n"
    study = study_of(tmp_path, f"{block}import thing\n")
    assert (study.analysis.dependency, study.analysis.requirements) == ("python-thing", ("bar",))


def test_a_named_file_holds_for_what_is_installed(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(
        "pandas==1.5.0\nnumpy[x]==1.23 ; python_version < '3.12'\nsix\n-e .\n", encoding="utf-8"
    )
    text = "import pandas, numpy\n"
    unused = study_of(tmp_path, text)
    assert (unused.analysis.constraints, dict(unused.analysis.baselines)) == ((), {})
    assert unused.said == (
        (
            "requirements.txt is not used: packages are of the day of each release; "
            "--requirements requirements.txt holds what it states"
        ),
    )
    given = CommandLine(requirement_files=(str(tmp_path / "requirements.txt"),))
    study = study_of(tmp_path, text, command_line=given)
    assert study.analysis.requirements == ("numpy",)
    assert study.analysis.constraints == ('numpy==1.23; python_version < "3.12"',)
    assert pinned(study)["train.py"] == "1.5.0"
    assert study.origins == {'numpy==1.23; python_version < "3.12"': "requirements.txt"}


def test_scripts_that_pin_different_releases_are_refused(tmp_path: Path) -> None:
    block = "# /// script\n# dependencies = ['numpy==1.{}', 'pandas==1.{}']\n# ///\nimport pandas\n"
    paths = [script(tmp_path, block.format(n, n), f"{n}.py") for n in (1, 2)]
    with pytest.raises(StudyError, match=r"1\.py and 2\.py: numpy is pinned to 1\.1 and to 1\.2"):
        infer_study(paths, CATALOG)


def test_the_tests_of_a_suite(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    script(tmp_path, "import own\n", "conftest.py")
    script(tmp_path, "import bar\n", "src/own/__init__.py")
    suite = [
        script(tmp_path, "import pytest, jwt\ndef test_a(): pass\n", "tests/unit/test_a.py"),
        script(tmp_path, "class TestB:\n    def test_b(self): pass\n", "tests/test_b.py"),
        script(tmp_path, "", "tests/test_none.py"),
    ]
    study = infer_study(suite, CATALOG, command_line=CommandLine(suite=True))
    assert study.examples == ("tests/unit/test_a.py::test_a", "tests/test_b.py::TestB::test_b")
    assert study.analysis.dependency == "pyjwt"
    assert study.analysis.requirements == ("pytest", "bar")
    command = study.command("tests/test_b.py::TestB::test_b")
    assert (command.script, command.suite, command.folder) == ("tests/test_b.py", True, ".")
    assert command.import_from == ("src",)
    assert set(study.shows) == {"tests", "src/own", "conftest.py", "pyproject.toml"}
    with pytest.raises(StudyError, match=r"there are no tests in tests/test_none\.py"):
        infer_study(suite[2:], CATALOG, command_line=CommandLine(suite=True))


def test_in_a_clone_of_a_library_its_releases_are_meant(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'bar'\n", encoding="utf-8")
    script(tmp_path, "", "src/bar/__init__.py")
    alone = infer_study([script(tmp_path, "import bar\n", "demo/a.py")], CATALOG)
    assert (alone.analysis.dependency, alone.shown()) == ("bar", (".",))
    assert alone.command("a.py").import_from == ()
    # A project of another name has a module of its own.
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'mine'\n", encoding="utf-8")
    with pytest.raises(StudyError, match="imports no project of the index"):
        infer_study([tmp_path / "demo" / "a.py"], CATALOG)
    named = infer_study([tmp_path / "demo" / "a.py"], CATALOG, dependency="bar")
    assert named.command("a.py").import_from == ()
