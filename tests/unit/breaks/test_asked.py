"""Surfaces that an imported library reports, and how they are packed."""

from __future__ import annotations

from typing import Any

from tfcompat.breaks.asked import AskedSurface
from tfcompat.breaks.shipped import packed, unpacked
from tfcompat.breaks.surface import Absence, Kind, Thing

ENTRIES: dict[str, dict[str, Any]] = {
    "lib": {"k": "m", "n": {"f": 0, "g": "lib.f", "C": 0, "V": 1, "lazy": -1, "sub": 0},
            "s": {"late": 0}, "e": {"g": "g is deprecated"}},
    "lib.f": {"k": "f", "p": [["a", 1, None], ["b", 3, "2"]], "w": ["old"]},
    "lib.C": {"k": "c", "p": None, "n": {"m": 0}, "b": ["lib.B"]},
    "lib.C.m": {"k": "f", "p": [["x", 1, None]], "i": 1},
    "lib.B": {"k": "c", "p": None, "n": {"n": 1}},
    "lib.sub": {"k": "m", "n": {"f": "lib.f"}},
    "lib.late": {"k": "m", "o": 1},
}  # fmt: skip
SURFACE = AskedSurface({"lib": "lib"}, ENTRIES)


def test_names_lead_to_things() -> None:
    found = SURFACE.find("lib.g")
    assert isinstance(found, Thing)
    assert (found.key, found.kind, found.is_wrapped) == ("lib.f", Kind.FUNCTION, True)
    assert [(p.name, p.default, p.has_place) for p in found.parameters or ()] == [
        ("a", None, True),
        ("b", "2", False),
    ]
    assert (found.mentioned, found.deprecation) == (frozenset(("old",)), "g is deprecated")
    assert SURFACE.names_of("lib.f") == ["lib.f", "lib.g", "lib.sub.f"]


def test_what_is_missing_and_what_is_not_known() -> None:
    missing = ("lib.x", "lib.C.x", "lib.sub.x")
    unknown = ("other", "lib.lazy", "lib.V.x", "lib.late.x", "lib.f.x", "lib.C._x", "lib.__x__")
    assert {SURFACE.find(name) for name in missing} == {Absence.MISSING}
    assert {SURFACE.find(name) for name in unknown} == {Absence.UNKNOWN}
    assert isinstance(SURFACE.find("lib.late"), Thing)
    assert SURFACE.find("lib.f.x", is_member=True) is Absence.UNKNOWN


def test_methods_of_instances_and_of_classes() -> None:
    bound, unbound = SURFACE.find("lib.C.m", is_member=True), SURFACE.find("lib.C.m")
    assert isinstance(bound, Thing)
    assert isinstance(unbound, Thing)
    assert ([p.name for p in bound.places], unbound.parameters) == (["x"], None)
    assert isinstance(SURFACE.find("lib.C.n"), Thing)


def test_releases_are_packed_together() -> None:
    other = {**ENTRIES, "lib.f": {"k": "f", "p": []}}
    answers = {"1": {"roots": {"lib": "lib"}, "entries": ENTRIES},
               "2": {"roots": {"lib": "lib"}, "entries": other}}  # fmt: skip
    found = unpacked(packed(answers))
    assert {release: surface.entries for release, surface in found.items()} == {
        "1": ENTRIES,
        "2": other,
    }
