"""Defaults that changed: signatures as the program prints them, and what warnings announce."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

import pytest

from tfcompat.counterfactual.calls import Called, calls_of
from tfcompat.counterfactual.defaults import (
    announced_defaults,
    changed_defaults,
    program_files,
    read_signatures,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.counterfactual.defaults import Signatures

LIBRARY = """
class Forest:
    def __init__(self, trees={trees}, *, seed=None): ...
    def fit(self, data, steps={steps}): ...
    @staticmethod
    def load(path, mode='r'): ...
def grow(kind, size=object()): ...
"""


def signatures(folder: Path, name: str, called: list[Called], **defaults: str) -> Signatures:
    """Run the program as a cell does, in this process."""
    folder.mkdir(parents=True)
    (folder / f"{name}.py").write_text(LIBRARY.format(**defaults), encoding="utf-8")
    files = program_files("", called)
    for path, content in files.items():
        (folder / path).write_bytes(content)
    program = folder / next(path for path in files if path.endswith(".py"))
    printed = io.StringIO()
    sys.path.insert(0, str(folder))
    try:
        code = compile(program.read_text(encoding="utf-8"), str(program), "exec")
        with redirect_stdout(printed):
            exec(code, {"__file__": str(program), "__name__": "__main__"})  # noqa: S102 - ours
    finally:
        sys.path.remove(str(folder))
        sys.modules.pop(name, None)
    return read_signatures(["chatter\n", printed.getvalue()])


SCRIPT = b"""
import fauna
forest = fauna.Forest(seed=1)
forest.fit([1])
forest.load("x")
fauna.grow("oak")
fauna.nothing()
"""
CALLS = calls_of(SCRIPT, "fauna")


def read(folder: Path, **defaults: str) -> Signatures:
    return signatures(folder, "fauna", [call.called for call in CALLS], **defaults)


def test_signatures_are_those_that_callers_see(tmp_path: Path) -> None:
    found = read(tmp_path / "a", trees="10", steps="'few'")
    listed = {
        called.name: [(p.name, p.position, p.default) for p in parameters]
        for called, parameters in found.items()
    }
    assert listed == {
        "fauna.Forest": [("trees", 0, "10"), ("seed", None, "None")],
        "fauna.Forest.fit": [("data", 0, None), ("steps", 1, "'few'")],
        "fauna.Forest.load": [("path", 0, None), ("mode", 1, "'r'")],
        "fauna.grow": [("kind", 0, None), ("size", 1, "<object object at 0x>")],
    }


def changes(
    tmp_path: Path, old: dict[str, str], new: dict[str, str], announced: dict[str, str]
) -> list[tuple[str, str, tuple[str, ...], str]]:
    sides = [read(tmp_path / str(n), **defaults) for n, defaults in enumerate((old, new))]
    found = changed_defaults(CALLS, sides[0], sides[1], announced)
    return [(one.called.name, one.parameter.name, one.values, one.new) for one in found]


def test_what_changed_and_is_not_passed(tmp_path: Path) -> None:
    old, new = {"trees": "10", "steps": "5"}, {"trees": "100", "steps": "5"}
    assert changes(tmp_path, old, new, {}) == [("fauna.Forest", "trees", ("10",), "100")]


def test_a_placeholder_stands_for_what_its_warning_names(tmp_path: Path) -> None:
    old, new = {"trees": "'warn'", "steps": "5"}, {"trees": "100", "steps": "5"}
    found = changes(tmp_path, old, new, {"trees": "10"})
    assert found == [("fauna.Forest", "trees", ("10", "'warn'"), "100")]


def test_what_cannot_be_written_down_cannot_be_passed(tmp_path: Path) -> None:
    old, new = {"trees": "print", "steps": "5"}, {"trees": "100", "steps": "5"}
    assert changes(tmp_path, old, new, {}) == []


def test_an_argument_that_is_passed_is_none_of_it(tmp_path: Path) -> None:
    old = read(tmp_path / "a", trees="1", steps="5")
    new = read(tmp_path / "b", trees="2", steps="5")
    for script in (b"import fauna\nfauna.Forest(3)", b"import fauna\nfauna.Forest(trees=3)"):
        assert changed_defaults(calls_of(script, "fauna"), old, new, {}) == ()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        # As scikit-learn 0.20 to 0.24, numpy 1.14 and pandas 1.5 print them.
        (
            (
                "FutureWarning: The default value of n_estimators will change from 10 in version "
                "0.20 to 100 in 0.22.\n"
            ),
            {"n_estimators": "10"},
        ),
        (
            (
                "FutureWarning: The default value of gamma will change from 'auto' to 'scale' in "
                "version 0.22 to account better for unscaled features.\n"
            ),
            {"gamma": "'auto'"},
        ),
        (
            (
                "FutureWarning: You should specify a value for 'cv' instead of relying on the "
                "default value. The default value will change from 3 to 5 in version 0.22.\n"
            ),
            {},
        ),
        (
            (
                "FutureWarning: `rcond` parameter will change to the default of machine precision "
                "times ``max(M, N)`` where M and N are the input matrix dimensions.\nTo use the "
                "future default and silence this warning we advise to pass `rcond=None`, to keep "
                "using the old, explicitly pass `rcond=-1`.\n"
            ),
            {"rcond": "-1"},
        ),
        (
            (
                "FutureWarning: The default value of regex will change from True to False in a "
                "future version.\n"
            ),
            {"regex": "True"},
        ),
        ("The default of x will change from a to b", {}),
        ("nothing of the kind", {}),
    ],
)
def test_announced_defaults(said: str, expected: dict[str, str]) -> None:
    assert announced_defaults(said.splitlines(keepends=True)) == expected


@pytest.mark.parametrize("printed", ["", "tfcompat-signatures:[", "tfcompat-signatures:[1]", "x"])
def test_no_answer_is_no_signature(printed: str) -> None:
    assert read_signatures([printed]) == {}


def test_the_program_lies_beside_the_script() -> None:
    files = program_files("ex/deep", [Called(name="a.b", of_instance=True)])
    assert sorted(files) == ["ex/deep/tfcompat_signatures.json", "ex/deep/tfcompat_signatures.py"]
    assert json.loads(files["ex/deep/tfcompat_signatures.json"]) == [["a.b", True]]
