"""Imports that only Python 2 makes: what is said to be missing lies beside the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tfcompat.execution.implicit_imports import implicit_import
from tfcompat.judging import tracebacks
from tfcompat.judging.diagnosis import diagnose
from tfcompat.results.schema import Run
from tfcompat.results.verdicts import CauseKind

if TYPE_CHECKING:
    from pathlib import Path

PACKAGES = "lib/python3.8/site-packages"


def stderr(*frames: str, said: str = "ModuleNotFoundError: No module named 'info'") -> list[str]:
    lines = ["Traceback (most recent call last):"]
    for frame in frames:
        file, _, code = frame.partition(": ")
        lines += [f'  File "{file}", line 1, in <module>', f"    {code}"]
    return [f"{line}\n" for line in [*lines, said]]


def of(error: list[str], folder: Path) -> str | None:
    """Return what a run with these lines on its stderr wanted."""
    return implicit_import(tracebacks.chain_of_ending([one.rstrip("\n") for one in error]), folder)


def environment(folder: Path, *files: str) -> Path:
    for name in files:
        path = folder / PACKAGES / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


SCRIPT = "/study/a.py: import sheets"
OWN = f"/env/{PACKAGES}/sheets/__init__.py: import info"


@pytest.mark.parametrize(
    "beside",
    ["sheets/info.py", "sheets/info/__init__.py", "sheets/info.cpython-38-x86_64-linux-gnu.so"],
)
def test_what_lies_beside_the_file_is_none_of_another_package(tmp_path: Path, beside: str) -> None:
    here = environment(tmp_path, "sheets/__init__.py", beside)
    assert of(stderr(SCRIPT, OWN), here) == "info"


def test_a_file_deeper_in_a_package_imports_from_its_own_folder(tmp_path: Path) -> None:
    deep = f"/env/{PACKAGES}/sheets/io/read.py: from info import x"
    here = environment(tmp_path, "sheets/info.py", "sheets/io/read.py")
    assert of(stderr(SCRIPT, OWN, deep), here) is None
    environment(tmp_path, "sheets/io/info.py")
    assert of(stderr(SCRIPT, OWN, deep), here) == "info"


def test_it_counts_where_it_was_handled_first(tmp_path: Path) -> None:
    here = environment(tmp_path, "sheets/info.py")
    again = "During handling of the above exception, another exception occurred:\n"
    other = stderr(SCRIPT, OWN, said="ImportError: sheets cannot be used here")
    assert of([*stderr(SCRIPT, OWN), "\n", again, "\n", *other], here) == "info"


@pytest.mark.parametrize(
    ("lines", "files"),
    [
        (stderr(SCRIPT, OWN), ("sheets/other.py",)),
        # A module of its own, beside which all packages lie.
        (stderr(SCRIPT, f"/env/{PACKAGES}/sheets.py: import info"), ("info.py",)),
        (stderr("/study/a.py: import info"), ("info.py",)),
        (stderr(SCRIPT, OWN, said="ImportError: No module named info"), ("sheets/info.py",)),
        (stderr(SCRIPT, OWN, said="ValueError: No module named 'info'"), ()),
        (stderr(SCRIPT, OWN, said="ModuleNotFoundError: No module named 'info.x'"), ()),
        (["Killed\n"], ("sheets/info.py",)),
        ([], ()),
    ],
    ids=[
        "another",
        "beside packages",
        "of the script",
        "Python 2",
        "no import",
        "part",
        "",
        "none",
    ],
)
def test_all_else_is_missing(tmp_path: Path, lines: list[str], files: tuple[str, ...]) -> None:
    assert of(lines, environment(tmp_path, *files)) is None


def test_the_cause_is_python_and_nothing_is_to_be_installed() -> None:
    run = Run(retval=1, seconds=1, error=stderr(SCRIPT, OWN), implicit_import="info")
    for baseline in ("3.8", "3.13", None):
        cause = diagnose(run, "a.py", "sheets", python="3.8", baseline_python=baseline)
        assert (cause.kind, cause.package) == (CauseKind.PYTHON, "sheets")
        said = "sheets/__init__.py imports `info` from beside it, as Python 2 alone does: "
        assert cause.message == f"{said}ModuleNotFoundError: No module named 'info'"
    other = run.model_copy(update={"implicit_import": None})
    assert diagnose(other, "a.py", "sheets", python="3.8").kind is CauseKind.MISSING_PACKAGE
