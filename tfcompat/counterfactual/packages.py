"""Which packages two environments have in other versions, and how to hold them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from packaging.version import InvalidVersion, Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class MovedPackage(NamedTuple):
    """A package that two environments have in two versions ("": one has none of it)."""

    name: str
    old: str
    new: str


def moved_packages(
    old: Mapping[str, str], new: Mapping[str, str], dependency: str
) -> tuple[MovedPackage, ...]:
    """Return the packages beside the dependency that both environments have in other versions.

    The environments are given as versions by package. What moved furthest comes first: that is the
    likeliest to matter. What is no version of an index cannot be held at it, and is left out.
    """
    found = [
        MovedPackage(name, version, new[name])
        for name, version in old.items()
        if name != dependency and name in new and new[name] != version
    ]
    held = [one for one in found if _parts(one.old) and _parts(one.new)]
    return tuple(sorted(held, key=lambda one: (_same_parts(one), one.name)))


def changed_packages(
    old: Mapping[str, str], new: Mapping[str, str], dependency: str
) -> tuple[MovedPackage, ...]:
    """Return all packages beside the dependency in which two environments differ, by name."""
    return tuple(
        MovedPackage(name, old.get(name, ""), new.get(name, ""))
        for name in sorted({*old, *new} - {dependency})
        if old.get(name) != new.get(name)
    )


def pins_with(
    versions: Mapping[str, str], moved: Iterable[tuple[str, str]], dependency: str
) -> tuple[str, ...]:
    """Return pins of all packages of an environment, with some of them at other versions.

    ``moved`` are pairs of a package and the version that it gets. The dependency has no pin.
    """
    wanted = {name: text for name, text in versions.items() if _parts(text)} | dict(moved)
    return tuple(f"{name}=={text}" for name, text in wanted.items() if name != dependency)


def _parts(text: str) -> tuple[int, ...]:
    try:
        return Version(text).release
    except InvalidVersion:
        return ()


def _same_parts(moved: MovedPackage) -> int:
    """Return how many leading parts two versions share."""
    pairs = zip(_parts(moved.old), _parts(moved.new), strict=False)
    return next((at for at, (old, new) in enumerate(pairs) if old != new), 99)
