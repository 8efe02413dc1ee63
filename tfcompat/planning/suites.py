"""The tests in files for pytest, by their names: from the syntax tree, before anything runs. Pure.

A test is named as pytest names it, ``test_a.py::TestB::test_c``, without the parameters of a case:
all cases of a function are one example. What a class inherits from another file cannot be seen
here; such a class is an example as well, for what it inherits.
"""

from __future__ import annotations

import ast
import os
import re
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from tfcompat.errors import StudyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

SEPARATOR = "::"
"""What stands between a file of tests and a test, and between a class and a method."""

# What pytest takes for files of tests, unless its configuration says otherwise:
# https://docs.pytest.org/en/stable/explanation/goodpractices.html#test-discovery
_FILES = ("test_*.py", "*_test.py")

# Folders in which no tests are looked for, beside hidden ones.
_SKIPPED = {"__pycache__", "build", "dist", "node_modules", "venv"}

# In a file of Python 2 that no current Python can parse.
_DEFINED = re.compile(r"^(?P<indent>[ \t]*)(?P<what>class|def)[ \t]+(?P<name>\w+)", re.MULTILINE)

_CONFIGURATION = ("conftest.py", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini",
                  "setup.cfg")  # fmt: skip


def files_at(path: Path) -> tuple[Path, ...]:
    """Return the files of tests that a path names: itself, or all below a folder.

    Raises StudyError where there is none.
    """
    if path.is_file():
        return (path,)
    found = []
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name not in _SKIPPED
        )
        names = (name for name in sorted(files) if any(fnmatch(name, one) for one in _FILES))
        found += [path.__class__(folder, name) for name in names]
    if not found:
        what = (
            f"are no files test_*.py or *_test.py in {path}" if path.is_dir() else f"is no {path}"
        )
        msg = f"there {what}, so there are no tests to run"
        raise StudyError(msg)
    return tuple(found)


def configuration(home: Path, top: Path) -> tuple[Path, ...]:
    """Return the files that pytest reads for tests in a folder, up to the ``top`` of a project."""
    above = [one for one in (home, *home.parents) if one.is_relative_to(top)]
    conftests = [one / "conftest.py" for one in above]
    wanted = [*conftests, *(top / name for name in _CONFIGURATION)]
    return tuple(one for one in dict.fromkeys(wanted) if one.is_file())


def names_of_tests(files: Mapping[str, bytes]) -> dict[str, tuple[str, ...]]:
    """Return the tests of each file by the names that examples have; files are given by path.

    Raises StudyError where there is no test in any of them.
    """
    found = {path: names_in(source) for path, source in files.items()}
    if not any(found.values()):
        where = next(iter(files)) if len(files) == 1 else f"{len(files)} files"
        msg = f"there are no tests in {where}: functions test*, methods test* of classes Test*"
        raise StudyError(msg)
    return {
        path: tuple(f"{path}{SEPARATOR}{name}" for name in names) for path, names in found.items()
    }


def names_in(source: bytes) -> tuple[str, ...]:
    """Return the names of the tests in a file, such as ``TestB::test_c``, in its order."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return tuple(dict.fromkeys(_names_by_lines(source.decode("utf-8", "replace"))))
    classes = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    return tuple(dict.fromkeys(_tests_of(tree.body, classes, "")))


def file_of(example: str) -> str:
    """Return the file of a test, or a script itself."""
    return example.partition(SEPARATOR)[0]


def _tests_of(
    body: Iterable[ast.stmt], classes: Mapping[str, ast.ClassDef], inside: str
) -> Iterator[str]:
    for node in _statements(body):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if node.name.startswith("test"):
                yield inside + node.name
        elif isinstance(node, ast.ClassDef) and _is_collected(node, classes):
            name = f"{inside}{node.name}"
            for one in _lineage(node, classes):
                yield from _tests_of(one.body, classes, f"{name}{SEPARATOR}")
            if any(_is_foreign(base, classes) for base in _bases(node, classes)):
                yield name


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield statements, and those that stand in a condition, a ``try`` or a ``with``."""
    for node in body:
        yield node
        if isinstance(node, (ast.If, ast.Try, ast.With)):
            yield from _statements(node.body)
        if isinstance(node, (ast.If, ast.Try)):
            yield from _statements(node.orelse)
        if isinstance(node, ast.Try):
            yield from _statements([s for handler in node.handlers for s in handler.body])


def _is_collected(node: ast.ClassDef, classes: Mapping[str, ast.ClassDef]) -> bool:
    """Tell whether pytest takes a class for tests: by its name, or as one of unittest's."""
    if any(base.rpartition(".")[2].endswith("TestCase") for base in _bases(node, classes)):
        return True
    methods = {one.name for one in node.body if isinstance(one, ast.FunctionDef)}
    return node.name.startswith("Test") and "__init__" not in methods


def _lineage(node: ast.ClassDef, classes: Mapping[str, ast.ClassDef]) -> list[ast.ClassDef]:
    """Return a class and those of its file from which it inherits, each once."""
    found: dict[str, ast.ClassDef] = {node.name: node}
    waiting: Sequence[ast.ClassDef] = [node]
    while waiting:
        names = [ast.unparse(base) for one in waiting for base in one.bases]
        waiting = [classes[name] for name in names if name in classes and name not in found]
        found |= {one.name: one for one in waiting}
    return list(found.values())


def _bases(node: ast.ClassDef, classes: Mapping[str, ast.ClassDef]) -> set[str]:
    """Return the names of all classes from which a class inherits, as far as they are seen."""
    return {ast.unparse(base) for one in _lineage(node, classes) for base in one.bases}


def _is_foreign(base: str, classes: Mapping[str, ast.ClassDef]) -> bool:
    """Tell whether a class of another file may bring tests: not object's, nor unittest's."""
    known = {"object", "TestCase", "unittest.TestCase", "IsolatedAsyncioTestCase",
             "unittest.IsolatedAsyncioTestCase"}  # fmt: skip
    return base not in classes and base not in known


def _names_by_lines(text: str) -> Iterator[str]:
    inside = ""
    for found in _DEFINED.finditer(text):
        name = found["name"]
        if found["what"] == "class" and not found["indent"]:
            inside = f"{name}{SEPARATOR}" if "Test" in name else ""
        elif name.startswith("test") and (inside or not found["indent"]):
            yield (inside if found["indent"] else "") + name
