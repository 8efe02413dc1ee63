"""What two surfaces of a library differ in, and which scripts use it. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from tfcompat.breaks.binding import accepts
from tfcompat.breaks.surface import Absence, Kind, Passing, Thing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tfcompat.breaks.asked import AskedSurface
    from tfcompat.breaks.uses import Use


@dataclass(frozen=True, kw_only=True)
class SurfaceChange:
    """Something that the old surface offers and the new one does not, or not as it was.

    ``kind`` is ``removed`` for a name, ``argument`` for one that cannot be passed by its name any
    more, ``default`` for another default, from ``old`` to ``new``. ``is_member``: the last part of
    the name is a method. ``used_by`` are the scripts that use it.
    """

    name: str
    kind: Literal["removed", "argument", "default"]
    is_member: bool = False
    argument: str = ""
    old: str = ""
    new: str = ""
    used_by: tuple[str, ...] = ()


def surface_changes(
    old: AskedSurface, new: AskedSurface, uses: Mapping[str, Sequence[Use]]
) -> tuple[SurfaceChange, ...]:
    """Return what differs, in order of names; ``uses`` are those of each script.

    What has several names is looked at by each of them; of what is gone as a whole, a module or a
    class, the parts are not named.
    """
    users = _users(uses)
    found = [change for one in old.public_names() for change in _changes(one, old, new)]
    gone = {change.name for change in found if change.kind == "removed"}
    kept = (one for one in found if not any(name in gone for name in _owners(one.name)))
    return tuple(
        sorted(
            (replace(one, used_by=users(one)) for one in kept),
            key=lambda one: (one.name, one.kind, one.argument),
        )
    )


def _changes(
    subject: tuple[str, bool], old: AskedSurface, new: AskedSurface
) -> Iterator[SurfaceChange]:
    name, is_member = subject
    before, after = (one.find(name, is_member=is_member) for one in (old, new))
    if not isinstance(before, Thing):
        return
    if after is Absence.MISSING:
        yield SurfaceChange(name=name, kind="removed", is_member=is_member)
    elif isinstance(after, Thing) and Kind.MODULE not in (before.kind, after.kind):
        for one in before.parameters or ():
            if one.passing not in (Passing.EITHER, Passing.NAME) or one.name.startswith("_"):
                continue
            if accepts(one.name, after) is False:
                yield SurfaceChange(
                    name=name, kind="argument", is_member=is_member, argument=one.name
                )
                continue
            now = next((p for p in after.parameters or () if p.name == one.name), None)
            texts = (one.default, now.default if now else None)
            if None not in texts and texts[0] != texts[1] and not _is_odd(texts):
                yield SurfaceChange(
                    name=name,
                    kind="default",
                    is_member=is_member,
                    argument=one.name,
                    old=str(texts[0]),
                    new=str(texts[1]),
                )


def _is_odd(texts: Iterable[str | None]) -> bool:
    """Tell whether a default is no literal: then another text is no other value for sure."""
    return any((text or "").startswith("<") for text in texts)


def _owners(name: str) -> Iterator[str]:
    parts = name.split(".")
    return (".".join(parts[:length]) for length in range(1, len(parts)))


def _users(uses: Mapping[str, Sequence[Use]]) -> Callable[[SurfaceChange], tuple[str, ...]]:
    """Return what tells which scripts use what changed."""
    by_name: defaultdict[str, list[tuple[str, Use]]] = defaultdict(list)
    for script, found in uses.items():
        for use in found:
            for name in (use.name, *_owners(use.name)):
                by_name[name].append((script, use))

    def users(change: SurfaceChange) -> tuple[str, ...]:
        named = by_name.get(change.name, ())
        return tuple(dict.fromkeys(script for script, use in named if _is_touched(use, change)))

    return users


def _is_touched(use: Use, change: SurfaceChange) -> bool:
    if change.kind == "removed":
        return True
    if use.name != change.name or use.call is None:
        return False
    passed = change.argument in use.call.keywords
    return passed if change.kind == "argument" else not passed and not use.call.is_open
