"""Made-up surfaces for tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tfcompat.breaks.findings import Offer
from tfcompat.breaks.surface import Absence, Kind, Parameter, Passing, Thing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tfcompat.breaks.surface import Origin


def parameters(text: str) -> tuple[Parameter, ...]:
    """Return parameters of a text such as ``a b=1 *rest c=2 **more``."""
    found: list[Parameter] = []
    passing = Passing.EITHER
    for word in text.split():
        name, has_default, default = word.lstrip("*").partition("=")
        if word.startswith("**"):
            found.append(Parameter(name, Passing.MORE_NAMES))
        elif word.startswith("*"):
            passing = Passing.NAME
            found += [Parameter(name, Passing.MORE_POSITIONS)] if name else []
        else:
            found.append(Parameter(name, passing, default if has_default else None))
    return tuple(found)


def function(text: str, key: str = "", **more: object) -> Thing:
    fields: dict[str, object] = {"key": key, "kind": Kind.FUNCTION, "parameters": parameters(text)}
    return Thing(**{**fields, **more})  # type: ignore[arg-type]


def a_class(**more: object) -> Thing:
    return Thing(**{"key": "", "kind": Kind.CLASS, **more})  # type: ignore[arg-type]


@dataclass
class MadeUp:
    """A surface with some things; what it lacks is missing, unless it is ``unknown``."""

    things: Mapping[str, Thing]
    unknown: frozenset[str] = frozenset()
    others: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def origin(self) -> Origin:
        return "asked"

    def find(self, name: str, *, is_member: bool = False) -> Thing | Absence:
        del is_member
        if name in self.unknown:
            return Absence.UNKNOWN
        return self.things.get(name, Absence.MISSING)

    def names_of(self, key: str) -> Sequence[str]:
        return self.others.get(key, ())


def offers(*surfaces: MadeUp | None) -> list[Offer]:
    """Return releases 1, 2, 3 and so on with these surfaces."""
    return [
        Offer(release=str(number), python="3.11", surface=surface)
        for number, surface in enumerate(surfaces, start=1)
    ]
