"""Surfaces that come with this package: those of the study that ships with it.

One file holds all releases of a library. Most entries are the same in many releases, so each stands
there once, with the releases that have it. ``tools/surfaces.py`` makes it from surfaces in a cache.
"""

from __future__ import annotations

import json
import lzma
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from tfcompat.breaks.asked import AskedSurface

if TYPE_CHECKING:
    from collections.abc import Mapping


def packed(answers: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Return the answers of surveys, by release, as one file."""
    releases = list(answers)
    owners: dict[tuple[str, str], list[int]] = {}
    for number, release in enumerate(releases):
        for key, entry in answers[release]["entries"].items():
            owners.setdefault((key, json.dumps(entry, sort_keys=True)), []).append(number)
    sets: dict[tuple[int, ...], int] = {}
    rows = [
        [key, json.loads(text), sets.setdefault(tuple(numbers), len(sets))]
        for (key, text), numbers in sorted(owners.items())
    ]
    content = {
        "releases": {release: answers[release]["roots"] for release in releases},
        "sets": list(sets),
        "entries": rows,
    }
    return lzma.compress(json.dumps(content, separators=(",", ":")).encode(), preset=9)


def unpacked(content: bytes) -> dict[str, AskedSurface]:
    """Return the surfaces of a file, by release."""
    document = json.loads(lzma.decompress(content))
    entries: list[dict[str, Any]] = [{} for _ in document["releases"]]
    for key, entry, number in document["entries"]:
        for release in document["sets"][number]:
            entries[release][key] = entry
    return {
        release: AskedSurface(roots, entries[number])
        for number, (release, roots) in enumerate(document["releases"].items())
    }


@lru_cache(maxsize=1)
def shipped_surfaces(dependency: str) -> Mapping[str, AskedSurface]:
    """Return the surfaces of a library that come with this package; none for most."""
    name = f"{canonicalize_name(dependency)}.json.xz"
    file = resources.files("tfcompat") / "data" / "surfaces" / name
    return unpacked(file.read_bytes()) if file.is_file() else {}
