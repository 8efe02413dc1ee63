"""The surface that is read from the sources of a release, for those that nobody asked.

Names are followed through imports from module to module. Where only running the library tells what
a name is, or whether it is there, that is unknown.
"""

from __future__ import annotations

import builtins
from collections import defaultdict
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from tfcompat.breaks.surface import Absence, Kind, Thing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfcompat.breaks.module_source import Binding, ModuleSource
    from tfcompat.breaks.sources import Layout
    from tfcompat.breaks.surface import Origin

# Names that lead in a circle are given up after so many steps.
_STEPS = 40


class Readable(Protocol):
    """The modules of a release as sources."""

    @property
    def layout(self) -> Layout | None:
        """Where the modules are; None where that cannot be read."""

    def module(self, name: str) -> ModuleSource | None:
        """Return what a module defines; None where that is not known."""

    def may_have(self, name: str, word: str) -> bool:
        """Tell whether a module may have a name; False only where its text shows it has not."""


_Place: TypeAlias = "tuple[Literal['module'], str, None] | tuple[Literal['name'], str, Binding]"
"""A module by its name, or a name of a module or class with what it is bound to."""

_Found: TypeAlias = "_Place | Thing | Absence"


class ReadSurface:
    """What the sources of a release offer."""

    def __init__(self, sources: Readable, roots: Sequence[str]) -> None:
        self._sources = sources
        self._roots = roots
        self._names: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._found: dict[tuple[str, bool], Thing | Absence] = {}
        # What was looked up within one look-up, by module and name; None while it is.
        self._looked_up: dict[tuple[str, str], _Found | None] = {}

    @property
    def origin(self) -> Origin:
        """It was read."""
        return "read"

    def find(self, name: str, *, is_member: bool = False) -> Thing | Absence:
        """Return what a dotted name stands for, as ``Surface.find`` does."""
        key = (name, is_member)
        if key not in self._found:
            self._found[key] = self._find(name, is_member=is_member)
            found = self._found[key]
            if isinstance(found, Thing):
                self._names[found.key][name] = None
        return self._found[key]

    def _find(self, name: str, *, is_member: bool) -> Thing | Absence:
        root = max((r for r in self._roots if name == r or name.startswith(f"{r}.")),
                   key=len, default=None)  # fmt: skip
        layout = self._sources.layout
        if root is None or layout is None or root not in layout.modules:
            return Absence.UNKNOWN
        place: _Found = ("module", root, None)
        parts = name[len(root) + 1 :].split(".") if name != root else []
        for number, part in enumerate(parts):
            is_last = number == len(parts) - 1
            if is_member and is_last and not _is_class(place):
                return Absence.UNKNOWN
            place = self._attribute(place, part, _STEPS)
            if isinstance(place, (Thing, Absence)):
                unclear = isinstance(place, Thing) and not is_last
                return Absence.UNKNOWN if unclear else place
        assert isinstance(place, tuple)  # noqa: S101 - the loop has returned all else
        return self._thing(place, is_member=is_member)

    def names_of(self, key: str) -> Sequence[str]:
        """Return where an object is defined, and the names by which it was found so far."""
        names = dict.fromkeys([key, *self._names.get(key, ())])
        return [name for name in names if self._is_own(name)]

    def _is_own(self, dotted: str) -> bool:
        return any(dotted == root or dotted.startswith(f"{root}.") for root in self._roots)

    def _attribute(self, place: _Found, part: str, steps: int) -> _Found:
        """Return what an attribute of a place is."""
        if isinstance(place, (Thing, Absence)) or steps <= 0 or part.startswith("__"):
            return Absence.UNKNOWN
        kind, name, binding = place
        if kind == "module":
            return self._of_module(name, part, steps - 1)
        if binding is not None and binding.kind == "class":
            return self._of_class(name, binding, part, steps - 1)
        return Absence.UNKNOWN

    def _of_module(self, module: str, part: str, steps: int, *, by_star: bool = False) -> _Found:
        """Return what a name of a module is: bound in it, taken over, or a module below it.

        Modules may take over all names of each other, so each is looked at once within a look-up:
        ``by_star``, where one is asked again on behalf of a module that it takes over, it adds
        nothing to what that has. For others it is then unknown.
        """
        key = (module, part)
        if key in self._looked_up:
            again = self._looked_up[key]
            if again is None or again is Absence.MISSING:
                return Absence.MISSING if by_star else Absence.UNKNOWN
            return again
        is_first = not self._looked_up
        self._looked_up[key] = None
        try:
            self._looked_up[key] = found = self._defined_in(module, part, steps)
        finally:
            if is_first:
                self._looked_up.clear()
        return found

    def _defined_in(self, module: str, part: str, steps: int) -> _Found:
        source = self._sources.module(module)
        layout = self._sources.layout
        below = f"{module}.{part}"
        is_module = layout is not None and below in layout.modules
        if source is None:
            return ("module", below, None) if is_module else Absence.UNKNOWN
        binding = source.names.get(part)
        if binding is not None and not (is_module and _says_nothing(binding)):
            return self._follow(module, part, binding, steps)
        unknown = source.is_open
        for star in reversed(source.stars):
            found = self._of_star(star, part, steps)
            if found is Absence.UNKNOWN:
                unknown = True
            elif found is not Absence.MISSING:
                return found
        if is_module:
            return ("module", below, None)
        if part in source.made:
            return Thing(key=below, kind=Kind.VALUE, is_open=True)
        unknown |= part in source.unsure
        mentioned = any(one == below or one.startswith(f"{below}.") for one in source.imports)
        return Absence.UNKNOWN if unknown or mentioned else Absence.MISSING

    def _of_star(self, star: str, part: str, steps: int) -> _Found:
        """Return what a name is that a star import takes over, if it does."""
        layout = self._sources.layout
        if steps <= 0 or layout is None or star not in layout.modules:
            return Absence.UNKNOWN
        if not self._sources.may_have(star, part):
            return Absence.MISSING
        source = self._sources.module(star)
        if source is None:
            return Absence.UNKNOWN
        taken = self._takes(star, part, steps)
        if taken is False:
            return Absence.MISSING
        found = self._of_module(star, part, steps - 1, by_star=True)
        if taken or found is Absence.MISSING:
            return found
        # What a module only imports from elsewhere it does not list.
        is_outside = isinstance(found, Thing) and not self._is_own(found.key)
        return Absence.MISSING if is_outside else Absence.UNKNOWN

    def _takes(self, module: str, part: str, steps: int) -> bool | None:
        """Tell whether a star import of a module takes over a name; None where it may."""
        source = self._sources.module(module)
        if source is None or steps <= 0:
            return None
        if source.exports is None:
            return not part.startswith("_")
        if part in source.exports.names:
            return True
        is_sure = source.exports.complete
        for other in source.exports.modules:
            place = self._base(f"{module}.", other, steps - 1)
            taken = None
            if isinstance(place, tuple) and place[0] == "module":
                taken = self._takes(place[1], part, steps - 1)
            if taken:
                return True
            is_sure &= taken is False
        if is_sure:
            return False
        # Where a function adds to the list, it adds the lists of what was taken over.
        lists = (self._sources.module(s) for s in source.stars if self._sources.may_have(s, part))
        return any(one and one.exports and part in one.exports.names for one in lists) or None

    def _follow(self, module: str, part: str, binding: Binding, steps: int) -> _Found:
        """Return what a binding leads to; unknown where it leads nowhere that can be read."""
        if steps <= 0:
            return Absence.UNKNOWN
        if binding.kind == "import":
            if not self._is_own(binding.target):
                return _outside(binding.target)
            return self._imported(binding.target, f"{module}.{part}", steps)
        if binding.kind == "value" and binding.target:
            return self._repeated(module, part, binding, steps)
        return ("name", f"{module}.{part}", binding)

    def _imported(self, target: str, name: str, steps: int) -> _Found:
        root = max((r for r in self._roots if target == r or target.startswith(f"{r}.")), key=len)
        place: _Found = ("module", root, None)
        layout = self._sources.layout
        for part in target[len(root) + 1 :].split(".") if target != root else ():
            if isinstance(place, tuple) and place[0] == "module":
                below = f"{place[1]}.{part}"
                if f"{below}." in f"{target}." and below != target and layout is not None:
                    # What an import names before its last part are modules.
                    if below in layout.modules:
                        place = ("module", below, None)
                        continue
                elif below == name:
                    # A module that is imported under its own name.
                    is_there = layout is not None and below in layout.modules
                    place = ("module", below, None) if is_there else Absence.UNKNOWN
                    continue
            place = self._attribute(place, part, steps - 1)
        # It is bound, so it is there, whatever it is.
        return Absence.UNKNOWN if place is Absence.MISSING else place

    def _repeated(self, module: str, part: str, binding: Binding, steps: int) -> _Found:
        """Return what a name is that is another name of the same module."""
        first, *rest = binding.target.split(".")
        if first == part:
            return ("name", f"{module}.{part}", binding)
        place = self._of_module(module, first, steps - 1)
        if place is Absence.MISSING and hasattr(builtins, first) and not rest:
            return _outside(f"builtins.{first}")
        for one in rest:
            place = self._attribute(place, one, steps - 1)
        known = isinstance(place, (tuple, Thing))
        return place if known else ("name", f"{module}.{part}", binding)

    def _of_class(self, name: str, binding: Binding, part: str, steps: int) -> _Found:
        """Return what an attribute of a class is: its own, or that of a class it is made from."""
        if part in binding.members:
            return ("name", f"{name}.{part}", binding.members[part])
        unknown = binding.is_open or part.startswith("_")
        for base in binding.bases:
            place = self._base(name, base, steps)
            if isinstance(place, tuple) and place[2] is not None and place[2].kind == "class":
                found = self._of_class(place[1], place[2], part, steps - 1)
                if found is not Absence.MISSING:
                    return found
            else:
                unknown = True
        return Absence.UNKNOWN if unknown else Absence.MISSING

    def _base(self, name: str, base: str, steps: int) -> _Found:
        """Return what a dotted name stands for in the module in which a name is defined."""
        module = name.rpartition(".")[0]
        if steps <= 0 or not base.replace(".", "").isidentifier():
            return Absence.UNKNOWN
        first, *rest = base.split(".")
        place = self._of_module(module, first, steps - 1)
        for part in rest:
            place = self._attribute(place, part, steps - 1)
        return place

    def _thing(self, place: _Place, *, is_member: bool) -> Thing:
        kind, name, binding = place
        if kind == "module" or binding is None:
            source = self._sources.module(name)
            text, is_open = (source.text, source.is_open) if source else ("", True)
            return Thing(key=name, kind=Kind.MODULE, is_open=is_open, deprecation=text)
        if binding.kind == "class":
            return self._class(name, binding)
        if binding.kind == "function":
            unbound = binding.is_method and not is_member
            return Thing(
                key=name,
                kind=Kind.FUNCTION,
                parameters=None if unbound else binding.parameters,
                is_wrapped=binding.is_wrapped,
                mentioned=frozenset(binding.words),
                deprecation=binding.text,
            )
        return Thing(key=name, kind=Kind.VALUE, is_open=True, deprecation=binding.text)

    def _class(self, name: str, binding: Binding) -> Thing:
        """Return a class; its parameters are those of its ``__init__``, if that is plain."""
        made = self._of_class(name, binding, "__init__", _STEPS)
        own = made[2] if isinstance(made, tuple) else None
        others = {"__new__", "__call__"} & binding.members.keys()
        is_plain = own is not None and own.kind == "function" and not others
        return Thing(
            key=name,
            kind=Kind.CLASS,
            parameters=own.parameters if own is not None and is_plain else None,
            is_wrapped=binding.is_wrapped or (own is not None and own.is_wrapped),
            mentioned=frozenset(own.words if own is not None else ()),
            is_open=binding.is_open or self._answers(name, binding),
            deprecation=binding.text,
        )

    def _answers(self, name: str, binding: Binding) -> bool:
        """Tell whether instances of a class answer to names that are not listed."""
        hooks = ("__getattr__", "__getattribute__")
        return any(isinstance(self._of_class(name, binding, one, _STEPS), tuple) for one in hooks)


def _is_class(place: _Found) -> bool:
    return isinstance(place, tuple) and place[2] is not None and place[2].kind == "class"


def _says_nothing(binding: Binding) -> bool:
    return binding.kind == "value" and not binding.target


def _outside(target: str) -> Thing:
    """Return something that is another library's: its parameters are not known."""
    return Thing(key=target, kind=Kind.VALUE, is_open=True)
