"""What a script uses, and what is not counted."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tfcompat.breaks.guards import Guard
from tfcompat.breaks.python2 import as_python3
from tfcompat.breaks.uses import CallShape, Use, uses_of
from tfcompat.errors import StudyError


def uses(text: str) -> tuple[Use, ...]:
    return uses_of(dedent(text).encode(), ["lib"])


def unguarded(text: str) -> list[str]:
    return [use.name for use in uses(text) if not use.guards and not use.is_import]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import lib\nlib.a.b", ["lib.a.b"]),
        ("import lib as l\nl.a", ["lib.a"]),
        ("import lib.a.b\nlib.a.b.c", ["lib.a.b.c"]),
        ("from lib.a import b as c\nc.d", ["lib.a.b.d"]),
        ("import lib\nx = lib.a\nx.b", ["lib.a", "lib.a.b"]),
        ("import lib\nx, y = lib.a, 2\nx.b", ["lib.a", "lib.a.b"]),
        ("import lib\ngetattr(lib, 'a')", ["lib.a"]),
        ("import importlib\nimportlib.import_module('lib.a').b", ["lib.a", "lib.a.b"]),
        ("import lib\nx = lib.C()\nx.m()", ["lib.C", "lib.C.m"]),
        ("import lib\nwith lib.C() as x:\n    x.m()", ["lib.C", "lib.C.m"]),
        ("import lib\nlib.C().m().n()", ["lib.C", "lib.C.m"]),
        ("import lib\ndef f():\n    lib.a", ["lib.a"]),
        ("import lib\nclass A(lib.C):\n    def f(self):\n        self.g()", ["lib.C", "lib.C.g"]),
        ("from lib import *\na(1)\nprint(2)", ["lib.a"]),
    ],
)
def test_names_are_followed(text: str, expected: list[str]) -> None:
    assert unguarded(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "import lib\nlib = other\nlib.a",
        "import lib\ndef f(lib):\n    lib.a",
        "import lib\ndef f():\n    lib.a\n    lib = 1",
        "import lib\n[lib.a for lib in range(3)]",
        "import lib\nfor lib in x:\n    lib.a",
        "import lib\nlib.a = 1\nlib.a.b",
        "import lib\nsetattr(lib, 'a', 1)\nlib.a",
        "if x:\n    import lib\nelse:\n    import other as lib\nlib.a",
        "from lib import *\nfrom other import *\na(1)",
        "import lib\nif False:\n    lib.a",
        "from typing import TYPE_CHECKING\nimport lib\nif TYPE_CHECKING:\n    lib.a",
        "from __future__ import annotations\nimport lib\ndef f(x: lib.A): pass",
        "import lib\ndef f():\n    global lib\n    lib = 1\ndef g():\n    lib.a",
    ],
)
def test_what_a_script_binds_itself_is_not_counted(text: str) -> None:
    assert unguarded(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "import lib\ntry:\n    lib.a\nexcept AttributeError:\n    lib.b",
        "import lib\nif hasattr(lib, 'a'):\n    lib.a\nelse:\n    lib.b",
        "import lib\nif lib_version > 2:\n    lib.a()",
        "import lib\nlib.a() if hasattr(lib, 'a') else lib.b()",
        "import lib\nhasattr(lib, 'a') and lib.a()",
        "import lib\nHAS = hasattr(lib, 'a')\nif HAS:\n    lib.a()",
        "import lib\ntry:\n  import x\n  O = 1\nexcept ImportError:\n  O = 0\nif O:\n  lib.a",
        "import lib\ndef f():\n    if hasattr(lib, 'a'):\n        return lib.a\n    return lib.b",
    ],
)
def test_what_a_script_reckons_with_is_guarded(text: str) -> None:
    assert unguarded(text) == []


def test_a_handler_that_gives_up_guards_nothing() -> None:
    text = "import lib\ntry:\n    lib.a\nexcept Exception:\n    print('no')\n    raise"
    assert unguarded(text) == ["lib.a"]


def test_a_type_error_guards_calls_alone() -> None:
    (_, found) = uses("import lib\ntry:\n    lib.a(1)\nexcept TypeError:\n    pass")
    assert found.guards == {Guard.CALL}


def test_an_import_that_may_be_missing_is_guarded_and_its_names_are_not_followed() -> None:
    found = uses(
        "try:\n    from lib.a import x\nexcept ImportError:\n    from lib.b import x\nx(1)"
    )
    assert [(use.name, bool(use.guards)) for use in found] == [("lib.a.x", True), ("lib.b.x", True)]


def test_none_in_place_of_a_missing_module_is_no_other_meaning() -> None:
    text = "try:\n    import lib\nexcept ImportError:\n    lib = None\nlib.a"
    assert unguarded(text) == ["lib.a"]


def test_shapes_and_lines_of_calls() -> None:
    found = uses("import lib\nlib.f(\n    1, 2, x=3)\nlib.g(*a, **b)\n(lib\n .h())")
    calls = {use.name: (use.line, use.call) for use in found if use.call}
    assert calls["lib.f"] == (2, CallShape(positional=2, keywords=("x",)))
    assert calls["lib.g"] == (4, CallShape(positional=1, keywords=(), is_open=True))
    assert calls["lib.h"][0] == 6


def test_a_script_that_is_no_python_is_named() -> None:
    with pytest.raises(StudyError, match=r"^old\.py is no Python: .* \(line 2\)$"):
        uses_of(b"import lib\nx = = 3\n", ["lib"], "old.py")


def test_scripts_of_python_2_keep_their_lines() -> None:
    text = b"import lib\nprint 'x', lib.a\ntry:\n    lib.b()\nexcept ValueError, e:\n    lib.c\n"
    found = uses_of(as_python3(text), ["lib"])
    assert [(use.name, use.line) for use in found if not use.is_import] == [
        ("lib.a", 2),
        ("lib.b", 4),
        ("lib.c", 6),
    ]
