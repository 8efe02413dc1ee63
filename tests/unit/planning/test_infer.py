"""Studies made up for scripts: what they are about, what they need, what their runs see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tfcompat.errors import StudyError
from tfcompat.planning.infer import imported_packages, infer_study, main_package

if TYPE_CHECKING:
    from pathlib import Path


def script(folder: Path, text: str, name: str = "train.py") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import os, sys\nimport tensorflow as tf\n", ["tensorflow"]),
        ("from tensorflow.keras import layers\nimport numpy as np\n", ["tensorflow", "numpy"]),
        ("def main():\n    import cv2\n", ["opencv-python"]),
        ("try:\n    import cPickle\nexcept ImportError:\n    import pickle\n", []),
        ("import sklearn.svm\nfrom mpl_toolkits import mplot3d\n", ["scikit-learn", "matplotlib"]),
        ("from . import cousin\nfrom .. import uncle\nimport google.protobuf\n", ["protobuf"]),
        # Python 2, which this Python cannot parse.
        ("print 'a'\nimport os, numpy\nfrom tensorflow import nn\n", ["numpy", "tensorflow"]),
        ("import distutils, imp, urllib2, six\n", ["six"]),
        ("", []),
    ],
)  # fmt: skip
def test_packages(tmp_path: Path, source: str, found: list[str]) -> None:
    assert list(imported_packages(source.encode(), tmp_path)) == found


def test_what_lies_beside_a_script_is_its_own(tmp_path: Path) -> None:
    script(tmp_path, "", "helpers.py")
    script(tmp_path, "", "models/net.py")
    (tmp_path / "data").mkdir()
    source = b"import helpers, data\nfrom models import net\n"
    assert imported_packages(source, tmp_path) == ("data",)


@pytest.mark.parametrize(
    ("found", "about"),
    [
        (["tensorflow"], "tensorflow"),
        (["numpy", "matplotlib", "tensorflow"], "tensorflow"),
        (["numpy", "pandas"], "pandas"),
        (["six", "numpy"], "numpy"),
    ],
)
def test_main_package(found: list[str], about: str) -> None:
    assert main_package(found, "x.py") == about


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([], "x.py imports no package of the index; name one with --dependency"),
        (["tensorflow", "numpy", "keras"], "x.py imports tensorflow, keras; say which"),
    ],
)
def test_what_cannot_be_told_is_asked_for(found: list[str], said: str) -> None:
    with pytest.raises(StudyError, match=said):
        main_package(found, "x.py")


def test_a_study_of_one_script(tmp_path: Path) -> None:
    path = script(tmp_path, "import tensorflow, numpy\n")
    study = infer_study([path], baseline="1.12.3", resolve="latest")
    assert (study.root, study.tests, study.shown()) == (tmp_path, ("train.py",), (".",))
    analysis = study.analysis
    assert (analysis.dependency, analysis.requirements) == ("tensorflow", ("numpy",))
    assert analysis.resolve == "latest"
    more = infer_study([path], requirements=("scipy<1.3",))
    assert more.analysis.requirements == ("scipy<1.3", "numpy")
    named = study.baseline("train.py")
    assert named is not None
    assert str(named.release) == "1.12.3"


def test_another_package_of_the_same_module_is_not_required_as_well(tmp_path: Path) -> None:
    path = script(tmp_path, "import tensorflow, numpy\n")
    analysis = infer_study([path], dependency="tensorflow-cpu").analysis
    assert (analysis.dependency, analysis.requirements) == ("tensorflow-cpu", ("numpy",))


def test_runs_see_the_folders_of_their_scripts_and_no_more(tmp_path: Path) -> None:
    script(tmp_path, "", "private/secret.txt")
    paths = [script(tmp_path, "import numpy\n", f"{name}/code/x.py") for name in "ab"]
    study = infer_study(paths)
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
def test_bad_words_are_refused(tmp_path: Path, options: dict[str, str], said: str) -> None:
    path = script(tmp_path, "import tensorflow\n")
    with pytest.raises(StudyError) as error:
        infer_study([path], **options)
    assert said in str(error.value)


def test_scripts_about_several_packages_are_refused(tmp_path: Path) -> None:
    paths = [script(tmp_path, f"import {name}\n", f"{name}.py") for name in ("six", "numpy")]
    paths += [script(tmp_path, "import torch\n", "b.py")]
    (tmp_path / "six.py").rename(tmp_path / "a.py")
    (tmp_path / "numpy.py").rename(tmp_path / "c.py")
    with pytest.raises(StudyError, match="about numpy, six, torch; name one"):
        infer_study([tmp_path / "a.py", tmp_path / "c.py", *paths[2:]])


def test_a_script_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"cannot read the script .*nowhere\.py: No such file"):
        infer_study([tmp_path / "nowhere.py"])
