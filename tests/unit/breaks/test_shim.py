"""A script that is supplied with what a release lacks: how it is changed, and what supplies it."""

from __future__ import annotations

import sys
import types

import pytest

from tfcompat.breaks import shim_program
from tfcompat.breaks.findings import Break
from tfcompat.breaks.shim import can_be_supplied, read_given, shim_module, shimmed

CALL = '__import__("_tfcompat_shim")'


def missing(name: str, replacement: str | None) -> Break:
    return Break(
        name=name, kind="missing", argument=None, lines=(1,), direction="gone",
        edge=("1", "2"), replacement=replacement,
    )  # fmt: skip


def renamed(name: str, old: str, new: str | None) -> Break:
    return Break(
        name=name, kind="argument", argument=old, lines=(1,), direction="gone",
        edge=("1", "2"), replacement=new,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("source", "changed"),
    [
        ("import a\nb()\n", f"{CALL};import a\nb()\n"),
        ("# x\n\n  \nimport a; b()\n", f"# x\n\n  \n{CALL};import a; b()\n"),
        ('"""Ä."""\nimport a\n', f'"""Ä."""\n{CALL};import a\n'),
        (
            "from __future__ import division\nimport a\n",
            f"from __future__ import division\n{CALL};import a\n",
        ),
        ('"""Doc."""  # é\nif b:\n    c()\n', f'"""Doc.""";{CALL}  # é\nif b:\n    c()\n'),
        ("# coding: utf-8\nx = 1\n", f"# coding: utf-8\n{CALL};x = 1\n"),
    ],
)
def test_the_call_stands_on_the_line_of_the_first_statement(source: str, changed: str) -> None:
    found = shimmed(source.encode())
    assert found is not None
    assert found.decode() == changed
    compile(found, "one.py", "exec")


@pytest.mark.parametrize(
    "source", ["try:\n    import a\nexcept E: pass\n", "@a\ndef f(): pass\n", ""]
)
def test_no_call_can_stand_beside_a_block(source: str) -> None:
    assert shimmed(source.encode()) is None


def test_python_2_is_refused() -> None:
    with pytest.raises(SyntaxError):
        shimmed(b"print 1\n")


def test_only_what_something_serves_for_is_supplied() -> None:
    call = Break(
        name="a.g", kind="signature", argument=None, lines=(1,), direction="gone",
        edge=("1", "2"), replacement="a.h",
    )  # fmt: skip
    breaks = (missing("a.b", "a.c"), missing("a.d", None), renamed("a.f", "x", "y"), call)
    assert can_be_supplied(breaks) == (breaks[0], breaks[2])


def test_what_a_run_was_given_is_read_from_its_stderr() -> None:
    asked = (missing("a.b", "a.c"), renamed("a.f", "x", "y"))
    mark = shim_program.MARK
    assert read_given(["noise", f'{mark}[["a.b",null]]'], asked) == asked[:1]
    assert read_given([f'{mark}[["a.f","x"]]', f'{mark}[["a.b",null]]'], asked) == asked
    assert read_given([f"{mark}[]"], asked) == ()
    # It was ended before it could write, or what it wrote was cut.
    assert read_given(["noise"], asked) == asked
    assert read_given([f'{mark}[["a.b"'], asked) == asked


def saw(length: int = 1, *, width: int = 2) -> tuple[int, int]:
    return length, width


def test_what_hangs_on_a_module_is_supplied(monkeypatch: pytest.MonkeyPatch) -> None:
    wood = types.ModuleType("wood")
    oak = type("Oak", (), {"grow": staticmethod(lambda: "grown")})
    vars(wood).update(new="new", there="there", Oak=oak, saw=saw)
    names = {
        "wood.old": "wood.new", "wood.there": "wood.new", "wood.deep.down": "wood.new",
        "wood.Oak.rise": "wood.Oak.grow", "wood.none": "wood.nothing",
    }  # fmt: skip
    monkeypatch.setitem(sys.modules, "wood", wood)
    monkeypatch.setattr(shim_program, "NAMES", names)
    monkeypatch.setattr(shim_program, "ARGUMENTS", [("wood.saw", "breadth", "width")])
    monkeypatch.setattr(shim_program, "GIVEN", [])
    shim_program.supply(wood)
    assert (wood.old, wood.there, wood.deep.down) == ("new", "there", "new")
    assert wood.Oak().rise() == "grown"
    assert wood.saw(3, breadth=4) == (3, 4)
    assert shim_program.GIVEN == [
        ("wood.Oak.rise", None), ("wood.deep.down", None), ("wood.old", None),
        ("wood.saw", "breadth"),
    ]  # fmt: skip


def test_an_argument_of_a_class_has_its_new_name() -> None:
    class Oak:
        def __init__(self, age: int = 0) -> None:
            self.age = age

    wood = types.ModuleType("wood")
    vars(wood)["Oak"] = Oak
    assert shim_program.rename(wood, "Oak", Oak, ("years", "age"))
    assert wood.Oak(years=7).age == 7
    assert type(wood.Oak()) is Oak
    # A class that takes no attributes is left as it is.
    assert not shim_program.rename(types.ModuleType("b"), "int", int, ("years", "age"))


def test_the_module_is_one_of_any_python() -> None:
    module = shim_module([missing("a.b", "a.c"), renamed("a.f", "x", "y")])
    compile(module, "_tfcompat_shim.py", "exec")
    assert b'NAMES.update({"a.b": "a.c"})' in module
    assert b'ARGUMENTS += [["a.f", "x", "y"]]' in module
