"""What serves in place of something that a release does not offer, where the data says so. Pure.

Another name of the same object, what the library's own deprecation names, or a parameter in the
same place with another name. Nothing is guessed from names that look alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from tfcompat.breaks.surface import Thing
from tfcompat.util.package_names import from_alias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tfcompat.breaks.surface import Surface

# The words of so many releases that have a name are read.
_ASKED = 6
# So many other names of an object are candidates.
_MOST = 12

# So many levels deeper than a name is where a library's inner modules are.
_FAR = 3

# Names of modules that libraries keep their own workings in.
_INNER = frozenset({"core", "impl", "internal", "python"})

# "Use `tf.random.set_seed` instead", "in favor of the model_selection module", "renamed to".
_NAMED = re.compile(
    r"(?:\b[Uu]se|[Uu]sing|[Ii]nstead,? use|switch to|favou?r of|[Mm]oved (?:in)?to"
    r"|[Rr]enamed (?:to|as)|[Rr]eplaced (?:by|with)|[Mm]igrate to|[Ii]mport (?:it )?from"
    r"|available (?:at|in|as|from)|[Ss]ee)"
    r"\s+(?:the |class |function |method |module |from )*"
    r"(?::\w+:)*[`'\"]*(?P<name>[A-Za-z_]\w*(?:\.\w+)*)"
)
_INSTEAD = re.compile(
    r"(?:\b[Uu]se|[Ii]nstead,? use)\s+(?::\w+:)*[`'\"]+(?P<name>[A-Za-z_]\w*(?:\.\w+)+)"
)


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """What may serve in place of a name, the likeliest first.

    ``others`` are other names of the same object; the library's own words name what is
    ``announced``, and what of other libraries is ``elsewhere``.
    """

    others: tuple[str, ...]
    announced: tuple[str, ...]
    elsewhere: tuple[str, ...]


def candidates_for(name: str, known: Sequence[Surface]) -> Candidates:
    """Return what may serve in place of a name, from releases that have it, the nearest first."""
    others: dict[str, None] = {}
    for surface in known[:_ASKED]:
        thing = surface.find(name)
        if isinstance(thing, Thing):
            found = (one for one in surface.names_of(thing.key) if _is_near(one, name))
            others.update(dict.fromkeys(sorted(found, key=_by_plainness)[:_MOST]))
    # Where the nearest makes a name when it is asked, an older one may say what it is.
    for surface in known:
        thing = surface.find(name)
        if isinstance(thing, Thing):
            outside = (one for one in _outside(thing, name) if _is_near(one, name))
            others.update(dict.fromkeys(outside))
    announced = (one for surface in known[:_ASKED] for one in _announced(name, surface))
    return Candidates(
        others=tuple(sorted(others, key=_is_inner)),
        announced=tuple(dict.fromkeys(one for one in announced if one != name)),
        elsewhere=tuple(dict.fromkeys(_elsewhere(name, known[:_ASKED]))),
    )


def replacement_of_name(
    name: str, candidates: Candidates, target: Surface
) -> tuple[str | None, bool]:
    """Return a name that a release has in place of one that it lacks, None where none is known.

    With it comes whether it is certain, as another name of the same object is.
    """
    serving = next((one for one in candidates.others if _serves(one, name, target)), None)
    if serving is not None:
        return serving, True
    there = (one for one in candidates.announced if _is_there(one, target))
    return next(chain(there, candidates.elsewhere), None), False


def replacement_of_argument(argument: str, old: Thing, new: Thing) -> str | None:
    """Return the parameter that is in the place of one with another name; None where none is."""
    before = [one.name for one in old.places]
    after = [one.name for one in new.places]
    if argument not in before:
        return None
    place = before.index(argument)
    if place >= len(after) or after[place] in before or before[:place] != after[:place]:
        return None
    return after[place]


def _is_near(candidate: str, name: str) -> bool:
    """Tell whether another name of an object is meant for it for good.

    One that shares neither the module nor the last part may have stood for it for a while only. One
    that lies much deeper is hardly meant for users, such as ``tensorflow.python.ops.math_ops.neg``.
    """
    if candidate.count(".") - name.count(".") >= _FAR:
        return False
    there, _, last = candidate.rpartition(".")
    module, _, word = name.rpartition(".")
    return candidate != name and (last == word or there == module)


def _by_plainness(name: str) -> tuple[bool, int, int, str]:
    """Order names as a user would choose among them: public ones, then short ones."""
    parts = name.split(".")
    return _is_inner(name), len(parts), len(name), name


def _is_inner(name: str) -> bool:
    """Tell whether a name is, or lies in, what a library keeps its own workings in."""
    *modules, last = name.split(".")[1:]
    return any(part.startswith("_") or part in _INNER for part in modules) or last.startswith("_")


def _outside(thing: Thing, name: str) -> Iterator[str]:
    """Yield where something lives that is another library's, or Python's own."""
    top, _, rest = thing.key.partition(".")
    if (
        rest
        and top != name.partition(".")[0]
        and not any(part.startswith("_") for part in thing.key.split(".") if part != "__builtin__")
    ):
        yield rest if top in ("builtins", "__builtin__") else thing.key


def _serves(candidate: str, name: str, target: Surface) -> bool:
    """Tell whether a release has another name of an object, or whether that is elsewhere."""
    is_own = candidate.partition(".")[0] == name.partition(".")[0]
    return _is_there(candidate, target) if is_own else True


def _is_there(name: str, target: Surface) -> bool:
    return isinstance(target.find(name), Thing)


def _announced(name: str, surface: Surface) -> Iterator[str]:
    """Yield the names that a library's own words on the end of a name, or of what it is in, give.

    Where a module has moved, what was in it is looked for in the other one.
    """
    parts = name.split(".")
    for length in range(len(parts), 1, -1):
        owner, rest = ".".join(parts[:length]), parts[length:]
        thing = surface.find(owner)
        if not isinstance(thing, Thing) or not thing.deprecation:
            continue
        for match in _NAMED.finditer(thing.deprecation):
            for candidate in _readings(from_alias(match["name"].rstrip(".")), owner):
                yield ".".join([candidate, *rest])


def _elsewhere(name: str, known: Sequence[Surface]) -> Iterator[str]:
    """Yield what of other libraries the words of a library say to use."""
    for surface in known:
        thing = surface.find(name)
        text = thing.deprecation if isinstance(thing, Thing) else ""
        for match in _INSTEAD.finditer(text):
            outside = from_alias(match["name"])
            if outside.partition(".")[0] != name.partition(".")[0]:
                yield outside


def _readings(text: str, owner: str) -> Iterable[str]:
    """Return the full names that a name in a text on ``owner`` may stand for, likeliest first."""
    parts = owner.split(".")
    if text.partition(".")[0] == parts[0]:
        return (text,)
    return tuple(".".join([*parts[:length], text]) for length in range(len(parts) - 1, 0, -1))
