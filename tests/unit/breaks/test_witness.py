"""What an environment is asked of predicted breaks, and what its answers mean."""

from __future__ import annotations

import json
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest
from made_up_surfaces import MadeUp, function, offers

from tfcompat.breaks import witness_program
from tfcompat.breaks.prediction import predict
from tfcompat.breaks.uses import uses_of
from tfcompat.breaks.witness import question

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.breaks.findings import Break

OLD = MadeUp({"lib.f": function("a b=1"), "lib.g": function("x"), "lib.sub.h": function("")})
NEW = MadeUp({"lib.f": function("a"), "lib.g": function("y"), "lib.sub": function("")})
SOURCE = b"import lib\nfrom lib.sub import h\nlib.f(1, 2)\nlib.g(x=2)\nh()\n"


def breaks() -> tuple[Break, ...]:
    return predict(uses_of(SOURCE, ["lib"]), offers(OLD, NEW), "1")[1].breaks


def test_what_is_asked() -> None:
    asked = [question(one, uses_of(SOURCE, ["lib"])) for one in breaks()]
    assert asked == [
        {"name": "lib.sub.h", "is_member": False, "is_import": True, "call": None},
        {
            "name": "lib.f",
            "is_member": False,
            "is_import": False,
            "call": {"positional": 2, "keywords": [], "partial": False},
        },
        {
            "name": "lib.g",
            "is_member": False,
            "is_import": False,
            "call": {"positional": 0, "keywords": ["x"], "partial": True},
        },
    ]


LIBRARY = """
import functools
def f(a): pass
def g(*, y=1, **more): pass
class C:
    def method(self, a, b=2): pass
    @classmethod
    def made(cls, a): pass
def lenient(old, new=None):
    def decorate(function):
        @functools.wraps(function)
        def called(*args, **kwargs):
            kwargs.pop("pinned", None)
            kwargs.pop(old, None)
            return function(*args, **kwargs)
        return called
    return decorate
@lenient("before")
def h(now): pass
class Open:
    def __getattr__(self, name): return 1
built_in = int.from_bytes
no_class = 3
def __getattr__(name):
    if name == "lazy": return 1
    raise KeyError(name)
"""


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> str:
    module = types.ModuleType("wood")
    exec(LIBRARY, module.__dict__)  # noqa: S102 - it is written above
    monkeypatch.setitem(sys.modules, "wood", module)
    return "wood"


def call(positional: int = 0, *keywords: str, partial: bool = False) -> dict[str, Any]:
    return {"positional": positional, "keywords": list(keywords), "partial": partial}


@pytest.mark.parametrize(
    ("name", "passed", "word", "words"),
    [
        ("wood.f", None, "there", ""),
        ("wood.lazy", None, "there", ""),
        ("wood.f", call(1), "there", ""),
        ("wood.f", call(2), "fails", "TypeError: too many positional arguments"),
        ("wood.f", call(0, "b", partial=True), "fails", "TypeError: got an unexpected keyword"),
        ("wood.g", call(0, "any", partial=True), "there", ""),
        ("wood.h", call(0, "now", partial=True), "there", ""),
        ("wood.h", call(0, "before", partial=True), "unknown", "a decorator may take it"),
        ("wood.h", call(0, "pinned", partial=True), "unknown", "a decorator may take it"),
        ("wood.h", call(0, "other", partial=True), "fails", "TypeError: got an unexpected"),
        ("wood.C", call(), "there", ""),
        ("wood.C", call(1), "fails", "TypeError: too many positional arguments"),
        ("wood.gone", None, "fails", "KeyError: 'gone'"),
        ("wood.f.gone", None, "fails", "AttributeError: 'function' object has no attribute"),
        ("wood.no_class", call(1), "unknown", "no signature is known"),
    ],
)
def test_names_and_calls(
    library: str, name: str, passed: dict[str, Any] | None, word: str, words: str
) -> None:
    del library
    asked = {"name": name, "is_member": False, "is_import": False, "call": passed}
    found = witness_program.answer_to(asked)
    assert found[0] == word
    assert found[1].startswith(words)


@pytest.mark.parametrize(
    ("name", "passed", "word", "words"),
    [
        ("wood.C.method", None, "there", ""),
        ("wood.C.method", call(2), "there", ""),
        ("wood.C.method", call(3), "fails", "TypeError: too many positional arguments"),
        ("wood.C.made", call(1), "there", ""),
        ("wood.C.made", call(2), "fails", "TypeError: too many positional arguments"),
        ("wood.C.gone", None, "fails", "AttributeError: type object 'C' has no attribute 'gone'"),
        ("wood.Open.gone", None, "unknown", "wood.Open makes its attributes"),
        ("wood.f.gone", None, "unknown", "wood.f is no class"),
    ],
)
def test_members(
    library: str, name: str, passed: dict[str, Any] | None, word: str, words: str
) -> None:
    del library
    asked = {"name": name, "is_member": True, "is_import": False, "call": passed}
    found = witness_program.answer_to(asked)
    assert found[0] == word
    assert found[1].startswith(words)


def test_a_library_that_cannot_be_imported(tmp_path: Path) -> None:
    config, answer = tmp_path / "asked.json", tmp_path / "answer.json"
    asked = {"roots": ["no_such_wood"], "modules": [], "questions": [], "answer": str(answer)}
    config.write_text(json.dumps(asked), encoding="utf-8")
    path = list(sys.path)
    try:
        witness_program.main(str(config))
    finally:
        sys.path[:] = path
    assert json.loads(answer.read_bytes()) == {
        "error": "ModuleNotFoundError: No module named 'no_such_wood'"
    }
