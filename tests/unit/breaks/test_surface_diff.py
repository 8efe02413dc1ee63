"""What two surfaces differ in, and which scripts use it."""

from __future__ import annotations

from typing import Any

from tfcompat.breaks.asked import AskedSurface
from tfcompat.breaks.surface_diff import surface_changes
from tfcompat.breaks.uses import uses_of


def function(*parameters: tuple[str, int, str | None]) -> dict[str, Any]:
    return {"k": "f", "p": [list(one) for one in parameters]}


def surface(**entries: dict[str, Any]) -> AskedSurface:
    """Return the surface of a module ``lib``; a double underscore stands for a dot."""
    named = {f"lib.{name.replace('__', '.')}": entry for name, entry in entries.items()}
    tops = {name.partition(".")[2] for name in named if name.count(".") == 1}
    inside = {
        owner: {name.rpartition(".")[2]: 0 for name in named if name.rpartition(".")[0] == owner}
        for owner in named
    }
    whole = {name: {**entry, "n": inside[name]} if inside[name] else entry
             for name, entry in named.items()}  # fmt: skip
    module = {"k": "m", "n": {**dict.fromkeys(tops, 0), "VERSION": 1, "_own": 0}}
    return AskedSurface({"lib": "lib"}, {"lib": module, **whole})


EITHER, NAME = 1, 3
OLD = surface(
    f=function(("n", EITHER, "1"), ("gone", EITHER, "None"), ("odd", EITHER, "<object>")),
    half=function(),
    sub={"k": "m"},
    sub__g=function(),
    C={"k": "c", "b": []},
    C__m=function(("size", NAME, "10")),
    C__old=function(),
)
NEW = surface(
    f=function(("n", EITHER, "2"), ("odd", EITHER, "<other>")),
    C={"k": "c", "b": []},
    C__m=function(("size", NAME, "100")),
)
SCRIPTS = {
    "a.py": "import lib\nlib.f()\nlib.half()\nlib.sub.g()\n",
    "b.py": "import lib\nlib.f(n=3, gone=1)\nlib.C().m()\nlib.C().old()\n",
    "c.py": "import lib\nlib.f(*x)\n",
}


def test_what_differs_and_who_uses_it() -> None:
    uses = {name: uses_of(text.encode(), ["lib"]) for name, text in SCRIPTS.items()}
    found = {
        (one.name, one.kind, one.argument): one.used_by for one in surface_changes(OLD, NEW, uses)
    }
    assert found == {
        ("lib.C.m", "default", "size"): ("b.py",),
        ("lib.C.old", "removed", ""): ("b.py",),
        ("lib.f", "argument", "gone"): ("b.py",),
        ("lib.f", "default", "n"): ("a.py",),
        ("lib.half", "removed", ""): ("a.py",),
        # Of what is gone as a whole the parts are not named.
        ("lib.sub", "removed", ""): ("a.py",),
    }


def test_what_nobody_uses_is_told_as_well_and_the_same_is_nothing() -> None:
    assert [one.used_by for one in surface_changes(OLD, NEW, {})] == [()] * 6
    assert surface_changes(OLD, OLD, {}) == ()
    (default,) = (one for one in surface_changes(OLD, NEW, {}) if one.name == "lib.C.m")
    assert (default.old, default.new, default.is_member) == ("10", "100", True)
