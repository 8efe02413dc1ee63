"""Surfaces that are read from sources."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from tfcompat.breaks.module_source import from_json, to_json
from tfcompat.breaks.modules import ModuleText, read_module
from tfcompat.breaks.read import ReadSurface
from tfcompat.breaks.sources import Layout
from tfcompat.breaks.surface import Absence, Kind, Thing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfcompat.breaks.module_source import ModuleSource


class Files:
    """Modules by their paths."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = {path: dedent(text) for path, text in files.items()}
        self.layout = Layout.of(list(files), ["lib"], is_wheel=True)

    def module(self, name: str) -> ModuleSource | None:
        kind, path = self.layout.modules.get(name, ("", ""))
        if kind not in ("module", "package"):
            return None
        found = read_module(name, path, self._files[path])
        return from_json(to_json(found)) if found else None

    def may_have(self, name: str, word: str) -> bool:
        kind, path = self.layout.modules[name]
        return kind == "compiled" or ModuleText.of(self._files[path]).may_have(word)


def surface(**files: str) -> ReadSurface:
    """Return the surface of modules ``a`` and so on in the package ``lib``."""
    named = {f"lib/{name}.py".replace("init", "__init__"): text for name, text in files.items()}
    return ReadSurface(Files({"lib/c.so": "", **named}), ["lib"])


def kind(found: Thing | Absence) -> str:
    return found.kind.value if isinstance(found, Thing) else found.value


@pytest.mark.parametrize(
    ("init", "expected"),
    [
        ("def f(): pass", "function"),
        ("class f: pass", "class"),
        ("f = 1", "value"),
        ("", "missing"),
        ("from .a import g as f", "function"),
        ("from lib.a import g\nf = g", "function"),
        ("from .a import *", "missing"),
        ("from .a import *\nf = g", "function"),
        ("from .c import *", "unknown"),
        ("from .c import f", "unknown"),
        ("from .gone import f", "unknown"),
        ("from os import *", "unknown"),
        ("from os.path import join as f", "value"),
        ("globals().update(x)", "unknown"),
        ("globals().keys()", "missing"),
        ("for n in x: setattr(m, n, 1)", "unknown"),
        ("import sys\nsys.modules[__name__] = x", "unknown"),
        ("def f(): pass\ndel f", "missing"),
        ("if x:\n  def f(a): pass\nelse:\n  def f(b): pass", "value"),
        ("def __getattr__(n): return x(n)", "unknown"),
        ("def __getattr__(n):\n  raise AttributeError(n)", "missing"),
        ("T = {'f': 1}\ndef __getattr__(n):\n  if n in T: return T[n]\n  raise X", "value"),
        ("T = {'f': 1}\ndef __getattr__(n):\n  if n in T: raise X\n  raise X", "missing"),
        ("T = {'g': 1}\ndef __getattr__(n):\n  try: return T[n]\n  except KeyError: raise X",
         "missing"),
        ("def __getattr__(n):\n  if y: return 1\n  raise X", "unknown"),
        ("print 'of Python 2'", "unknown"),
    ],
)  # fmt: skip
def test_names_of_a_module(init: str, expected: str) -> None:
    found = surface(init=init, a="def g(x, y=1): pass\n__all__ = ['g']").find("lib.f")
    assert kind(found) == expected


def test_modules_of_a_package() -> None:
    read = surface(init="", a="x = 1")
    assert [kind(read.find(name)) for name in ("lib", "lib.a", "lib.a.x", "lib.b", "lib.c")] == [
        "module", "module", "value", "missing", "module",
    ]  # fmt: skip
    assert read.find("lib.c.x") is Absence.UNKNOWN
    assert read.find("other.x") is Absence.UNKNOWN


def test_a_decorator_that_gives_a_class_no_names_leaves_it_closed() -> None:
    found = surface(
        init="""
        from a import set_module, tf_export, plug_in
        @set_module("lib")
        class A: pass
        @tf_export("B", v1=["B"])
        class B: pass
        @plug_in
        class C: pass
        """
    )
    kinds = {name: kind(found.find(f"lib.{name}.x", is_member=True)) for name in "ABC"}
    assert kinds == {"A": "missing", "B": "missing", "C": "unknown"}


def test_the_names_of_a_place_are_not_the_modules() -> None:
    found = surface(
        init="""
        class A:
            for name in ("a", "b"):
                locals()[name] = 1
        class B: pass
        def f():
            return "%(x)s" % locals(), vars()
        """
    )
    assert kind(found.find("lib.gone")) == "missing"
    kinds = [kind(found.find(f"lib.{one}.x", is_member=True)) for one in "AB"]
    assert kinds == ["unknown", "missing"]
    at_the_top = surface(init="for name in f():\n    locals()[name] = 1\n")
    assert kind(at_the_top.find("lib.gone")) == "unknown"


def test_a_list_of_exports_decides_on_what_a_star_takes() -> None:
    listing = "__all__ = ['x']\n__all__ += b.__all__\nfrom . import b\nfrom .b import *"
    read = surface(
        init="from .a import *",
        a=f"{listing}\nx = 1\ny = 2",
        b="__all__ = ['z']\nz = 3\nw = 4",
    )
    found = [kind(read.find(f"lib.{name}")) for name in "xyzw"]
    assert found == ["value", "missing", "value", "missing"]


def test_modules_that_take_over_each_other_are_looked_at_once() -> None:
    # All paths through 16 such modules are more than can be followed.
    names = [f"m{number}" for number in range(16)]
    files = {
        name: "# here, or gone\n"
        + "".join(f"from lib.{other} import *\n" for other in names if other != name)
        for name in names
    }
    files["m15"] += "def here(): pass\n"
    found = surface(**files, init="from lib.m0 import *\n")
    assert kind(found.find("lib.here")) == "function"
    assert kind(found.find("lib.m3.here")) == "function"
    assert found.find("lib.gone") is Absence.MISSING
    assert found.find("lib.m7.gone") is Absence.MISSING


def test_names_that_modules_import_from_each_other_are_unknown() -> None:
    found = surface(a="from lib.b import x, y\n", b="from lib.a import x\ny = 1\n", init="")
    assert found.find("lib.a.x") is Absence.UNKNOWN
    assert kind(found.find("lib.a.y")) == "value"
    assert found.find("lib.a.z") is Absence.MISSING


def test_parameters_of_functions_methods_and_classes() -> None:
    read = surface(
        init="""
        class B:
            def __init__(self, a, b=2): pass
            def m(self, c): pass
            @property
            def p(self): pass
        class C(B): pass
        class D(Unknown): pass
        class E:
            def __getattr__(self, name): pass
        @deprecated_kwarg('old', 'new')
        def f(new): pass
    """
    )
    made = read.find("lib.C")
    assert isinstance(made, Thing)
    assert [(one.name, one.default) for one in made.parameters or ()] == [("a", None), ("b", "2")]
    method = read.find("lib.C.m", is_member=True)
    assert isinstance(method, Thing)
    assert (method.kind, [p.name for p in method.places]) == (Kind.FUNCTION, ["c"])
    assert kind(read.find("lib.C.gone", is_member=True)) == "missing"
    assert kind(read.find("lib.D.gone", is_member=True)) == "unknown"
    assert kind(read.find("lib.E.gone", is_member=True)) == "missing"
    assert isinstance(lenient := read.find("lib.E"), Thing)
    assert lenient.is_open
    assert kind(read.find("lib.C.p", is_member=True)) == "value"
    renamed = read.find("lib.f")
    assert isinstance(renamed, Thing)
    assert renamed.parameters is None


def test_one_object_has_one_key_and_what_it_says_of_its_end() -> None:
    read = surface(
        init="from .a import f\nfrom .b import f as g",
        a="""
        import warnings
        def f():
            warnings.warn("f is deprecated, use lib.h", DeprecationWarning)
        """,
        b="from .a import f",
    )
    one, other = read.find("lib.f"), read.find("lib.g")
    assert isinstance(one, Thing)
    assert isinstance(other, Thing)
    assert one.key == other.key == "lib.a.f"
    assert set(read.names_of(one.key)) == {"lib.f", "lib.g", "lib.a.f"}
    assert "use lib.h" in one.deprecation


def test_source_distributions_lie_below_a_folder() -> None:
    paths = ["lib-1/setup.py", "lib-1/src/lib/__init__.py", "lib-1/src/lib/x.pyx"]
    layout = Layout.of(paths, ["lib"], is_wheel=False)
    assert layout.modules == {
        "lib": ("package", "lib-1/src/lib/__init__.py"),
        "lib.x": ("compiled", "lib-1/src/lib/x.pyx"),
    }
