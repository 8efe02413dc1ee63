"""The tests of a file, by their names: what pytest would collect, seen before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tfcompat.errors import StudyError
from tfcompat.planning import suites

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("def test_a(): pass\nasync def test_b(): pass\ndef helper(): pass\n", "test_a test_b"),
        ("if x:\n    def test_a(): pass\nelse:\n    def test_b(): pass\n", "test_a test_b"),
        (
            "try:\n    import a\nexcept ImportError:\n    def test_a(): pass\n",
            "test_a",
        ),
        ("class TestA:\n  def test_a(self): pass\n  def b(self): pass\n", "TestA::test_a"),
        ("class TestA:\n  def __init__(self): pass\n  def test_a(self): pass\n", ""),
        ("class A:\n  def test_a(self): pass\n", ""),
        ("class A(unittest.TestCase):\n  def test_a(self): pass\n", "A::test_a"),
        ("class TestA:\n  class TestB:\n    def test_a(self): pass\n", "TestA::TestB::test_a"),
        # Inherited within the file, and from elsewhere: then the class is an example as well.
        (
            "class Base:\n  def test_a(self): pass\nclass TestB(Base):\n  def test_b(self): pass\n",
            "TestB::test_b TestB::test_a",
        ),
        (
            "from base import Base\nclass TestB(Base):\n  def test_b(self): pass\n",
            "TestB::test_b TestB",
        ),
        ("class MyCase(TestCase): pass\nclass B(MyCase):\n  def test_a(self): pass\n", "B::test_a"),
        ("class TestA(TestA):\n  def test_a(self): pass\n", "TestA::test_a"),
        # No current Python can parse these.
        ("print 1\ndef test_a():\n    def test_inner(): pass\n", "test_a"),
        ("print 1\nclass TestA:\n    def test_a(self): pass\ndef test_b(): pass\n",
         "TestA::test_a test_b"),
        ("", ""),
    ],
)  # fmt: skip
def test_names(source: str, names: str) -> None:
    assert suites.names_in(source.encode()) == tuple(names.split())


def test_files(tmp_path: Path) -> None:
    for name in ("test_a.py", "sub/b_test.py", "sub/conftest.py", ".tox/test_c.py", "c.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert suites.files_at(tmp_path) == (tmp_path / "test_a.py", tmp_path / "sub/b_test.py")
    assert suites.files_at(tmp_path / "c.py") == (tmp_path / "c.py",)
    (tmp_path / "empty").mkdir()
    for name, said in (("empty", "are no files test_*.py or"), ("gone", "is no")):
        with pytest.raises(StudyError, match=f"there {said}".replace("*", r"\*")):
            suites.files_at(tmp_path / name)


def test_no_tests_anywhere() -> None:
    assert suites.names_of_tests({"a.py": b"def test_a(): 1\n", "b.py": b""}) == {
        "a.py": ("a.py::test_a",),
        "b.py": (),
    }
    with pytest.raises(StudyError, match=r"there are no tests in b\.py"):
        suites.names_of_tests({"b.py": b""})


def test_what_pytest_reads(tmp_path: Path) -> None:
    for name in ("conftest.py", "tox.ini", "tests/conftest.py", "tests/unit/test_a.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).touch()
    found = suites.configuration(tmp_path / "tests" / "unit", tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "tests/conftest.py",
        "conftest.py",
        "tox.ini",
    ]
