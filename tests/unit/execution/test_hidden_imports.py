"""Names that a library lacks since it tried an import and said nothing of its failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tfcompat.execution.hidden_imports import hidden_import
from tfcompat.judging import tracebacks
from tfcompat.judging.diagnosis import diagnose
from tfcompat.results.schema import Run
from tfcompat.results.verdicts import CauseKind

if TYPE_CHECKING:
    from pathlib import Path

HIDES = "try:\n    from .late import late\nexcept ImportError:\n    pass\n"
NO_ATTRIBUTE = "AttributeError: module 'bricks' has no attribute 'late'"
NO_NAME = "ImportError: cannot import name 'late' from 'bricks' (/env/lib/bricks/__init__.py)"


def of(error: list[str], folder: Path) -> str | None:
    """Return what a run with these lines on its stderr wanted."""
    return hidden_import(tracebacks.chain_of_ending([one.rstrip("\n") for one in error]), folder)


def environment(folder: Path, **files: str) -> Path:
    packages = folder / "lib" / "python3.8" / "site-packages"
    for name, text in files.items():
        path = packages / f"{name.replace('__', '/')}.py".replace("init.py", "__init__.py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def stderr(said: str) -> list[str]:
    lines = ["Traceback (most recent call last):", '  File "/study/a.py", line 1, in <module>']
    return [f"{line}\n" for line in [*lines, "    bricks.late()", said]]


@pytest.mark.parametrize("said", [NO_ATTRIBUTE, NO_NAME])
def test_what_the_part_imports_and_is_not_there(tmp_path: Path, said: str) -> None:
    late = "import os, json\nfrom toolz import unique\n"
    here = environment(tmp_path, bricks__init=HIDES, bricks__late=late)
    assert of(stderr(said), here) == "toolz"
    environment(tmp_path, toolz__init="")
    assert of(stderr(said), here) is None


def test_imports_are_followed_through_the_library(tmp_path: Path) -> None:
    here = environment(
        tmp_path,
        bricks__init=HIDES,
        bricks__late="from . import base\nfrom bricks.other import x\nimport there\n",
        bricks__base="from .deep.inner import y\n",
        bricks__deep__init="",
        bricks__deep__inner="from ..late import late\nimport cloudpickle.compat as c\n",
        bricks__other="x = 1\n",
        there="",
    )
    assert of(stderr(NO_ATTRIBUTE), here) == "cloudpickle"


def test_a_package_that_is_tried_itself(tmp_path: Path) -> None:
    here = environment(tmp_path, bricks__init=HIDES.replace(".late", "fast_late"))
    assert of(stderr(NO_ATTRIBUTE), here) == "fast_late"


@pytest.mark.parametrize(
    ("init", "late", "said"),
    [
        # The library never had it, or does not say so of a module that nobody imports.
        ("", "import toolz\n", NO_ATTRIBUTE),
        (HIDES.replace("late", "soon"), "import toolz\n", NO_ATTRIBUTE),
        # What it tries itself, it does without.
        (HIDES, "try:\n    import toolz\nexcept ImportError:\n    toolz = None\n", NO_ATTRIBUTE),
        (HIDES, "def late(:\n", NO_ATTRIBUTE),
        (HIDES, "import toolz\n", "AttributeError: 'Brick' object has no attribute 'late'"),
        (HIDES, "import toolz\n", "ValueError: module 'bricks' is none"),
    ],
)
def test_all_else_is_no_want_of_a_package(tmp_path: Path, init: str, late: str, said: str) -> None:
    here = environment(tmp_path, bricks__init=init, bricks__late=late)
    assert of(stderr(said), here) is None


def test_where_there_is_no_environment(tmp_path: Path) -> None:
    assert of(stderr(NO_ATTRIBUTE), tmp_path) is None
    assert of([], environment(tmp_path, bricks__init=HIDES)) is None


def test_the_cause_is_the_package(tmp_path: Path) -> None:
    del tmp_path
    run = Run(retval=1, seconds=1, error=stderr(NO_ATTRIBUTE), hidden_import="yaml")
    cause = diagnose(run, "a.py", "bricks", python="3.8")
    assert (cause.kind, cause.package) == (CauseKind.MISSING_PACKAGE, "pyyaml")
    assert cause.message == f"{NO_ATTRIBUTE}: it needs yaml, which is not installed"
