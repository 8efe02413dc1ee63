"""The surface that an imported library reports of itself, as ``survey_program`` writes it down."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tfcompat.breaks.surface import Absence, Kind, Parameter, Passing, Thing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tfcompat.breaks.surface import Origin

_OWN, _VALUE, _UNKNOWN = 0, 1, -1

# Something of which nothing is known.
_OPAQUE: Mapping[str, Any] = {"k": "f", "p": None, "o": 1}

_KINDS = {"m": Kind.MODULE, "c": Kind.CLASS, "f": Kind.FUNCTION}


@dataclass(frozen=True)
class AskedSurface:
    """The answer of a survey: its ``roots`` and ``entries``, by keys."""

    roots: Mapping[str, str]
    entries: Mapping[str, Mapping[str, Any]]

    @property
    def origin(self) -> Origin:
        """It was asked."""
        return "asked"

    def _entry(self, key: str) -> Mapping[str, Any]:
        """Return an entry; older answers have empty ones of what raises when it is looked at."""
        return self.entries[key] or _OPAQUE

    def find(self, name: str, *, is_member: bool = False) -> Thing | Absence:
        """Return what a dotted name stands for, as ``Surface.find`` does."""
        root = max((r for r in self.roots if name == r or name.startswith(f"{r}.")),
                   key=len, default=None)  # fmt: skip
        if root is None:
            return Absence.UNKNOWN
        key, ending = self.roots[root], ""
        parts = name[len(root) + 1 :].split(".") if name != root else []
        for number, part in enumerate(parts):
            is_last = number == len(parts) - 1
            entry = self._entry(key)
            if is_member and is_last and entry["k"] != "c":
                return Absence.UNKNOWN
            found = self._step(key, part)
            if isinstance(found, Absence):
                return found
            if found == _VALUE:
                value = Thing(key=name, kind=Kind.VALUE, is_open=True)
                return value if is_last else Absence.UNKNOWN
            ending = str(entry.get("e", {}).get(part, ""))
            key = str(found)
        return self._thing(key, ending, is_member=is_member)

    def _step(self, key: str, part: str) -> str | int | Absence:
        """Return where a name of an entry leads: to the key of another one, or to a value."""
        entry = self._entry(key)
        if part.startswith("__"):
            return Absence.UNKNOWN
        if entry["k"] == "f":
            return Absence.UNKNOWN
        for owner in (key, *entry.get("b", ())):
            inside = self._entry(owner)
            reference = inside.get("n", {}).get(part, inside.get("s", {}).get(part))
            if reference == _UNKNOWN:
                return Absence.UNKNOWN
            if reference == _OWN:
                return f"{owner}.{part}"
            if reference is not None:
                return reference if isinstance(reference, str) else _VALUE
        # What begins so is not listed in classes.
        is_hidden = entry["k"] == "c" and part.startswith("_")
        may_be = entry["k"] == "m" and entry.get("o")
        return Absence.UNKNOWN if is_hidden or may_be else Absence.MISSING

    def _thing(self, key: str, ending: str, *, is_member: bool) -> Thing:
        entry = self._entry(key)
        listed = entry.get("p")
        # A method that is looked up on its class takes the instance as well.
        unbound = bool(entry.get("i")) and not is_member
        return Thing(
            key=key,
            kind=_KINDS[entry["k"]],
            parameters=None if listed is None or unbound else tuple(_parameters(listed)),
            is_wrapped="w" in entry,
            mentioned=frozenset(entry.get("w", ())),
            is_open=bool(entry.get("o")),
            deprecation=" | ".join(filter(None, (ending, entry.get("d", "")))),
        )

    def names_of(self, key: str) -> Sequence[str]:
        """Return the names that modules have for an object, each module by its first name."""
        return self._names.get(key, ())

    def public_names(self) -> Iterator[tuple[str, bool]]:
        """Yield the names that modules list, and the methods of classes: these with True.

        Modules and classes are looked through once, by the first name that leads to them.
        """
        waiting = [(key, root) for root, key in self.roots.items()]
        seen = {key for key, _ in waiting}
        for owner, prefix in waiting:
            entry = self._entry(owner)
            is_class = entry["k"] == "c"
            for name, reference in {**entry.get("s", {}), **entry.get("n", {})}.items():
                if name.startswith("_") or reference == _UNKNOWN:
                    continue
                yield f"{prefix}.{name}", is_class
                key = f"{owner}.{name}" if reference == _OWN else str(reference)
                inside = self._entry(key) if key in self.entries else None
                if inside is not None and inside["k"] != "f" and key not in seen and not is_class:
                    seen.add(key)
                    waiting.append((key, f"{prefix}.{name}"))

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        found: defaultdict[str, list[str]] = defaultdict(list)
        waiting = [(key, root) for root, key in self.roots.items()]
        seen = {key for key, _ in waiting}
        for owner, prefix in waiting:
            entry = self._entry(owner)
            listed = {**entry.get("s", {}), **entry.get("n", {})}
            for name, reference in listed.items():
                if reference in (_VALUE, _UNKNOWN):
                    continue
                key = f"{owner}.{name}" if reference == _OWN else str(reference)
                found[key].append(f"{prefix}.{name}")
                if self._entry(key)["k"] == "m" and key not in seen:
                    seen.add(key)
                    waiting.append((key, f"{prefix}.{name}"))
        return found


def _parameters(listed: Sequence[Sequence[Any]]) -> Iterator[Parameter]:
    for name, passing, default in listed:
        yield Parameter(name=name, passing=Passing(passing), default=default)
