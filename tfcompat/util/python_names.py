"""What the standard library of each Python offers: which names came, and which went.

The table is made by ``tools/python_names.py``, which asks real interpreters, the oldest of them 2.7
and 3.6; a name that 3.6 lacks and 2.7 has went with Python 2.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

# A module by its name in Python 2 where Python 3 calls it otherwise and keeps the rest.
_BUILTINS = ("builtins", "__builtin__")


@dataclass(frozen=True, kw_only=True)
class Span:
    """The first and the last of the Pythons asked that have a name, such as ``2.7`` and ``3.7``."""

    first: str
    last: str


@dataclass(frozen=True, slots=True)
class _Table:
    pythons: tuple[str, ...]
    names: dict[str, str]
    arguments: dict[str, str]


@lru_cache(maxsize=1)
def _table() -> _Table:
    source = resources.files("tfcompat") / "data" / "python_names.json"
    content = json.loads(source.read_text(encoding="utf-8"))
    return _Table(tuple(content["pythons"]), content["names"], content["arguments"])


def span_of(name: str) -> Span | None:
    """Return which Pythons have a name of the standard library, if some lack it.

    ``name`` is dotted (``time.clock``, ``builtins.xrange``) or an argument of a function
    (``random.shuffle(random)``). None where every Python has it, or none does: then it is not what
    an interpreter took away.
    """
    table = _table()
    if "(" in name:
        return _read(table.arguments.get(name))
    head, _, rest = name.partition(".")
    if head in _BUILTINS:
        name = f"builtins.{rest}"
    parts = name.split(".")
    # What is in a module goes with its module.
    for length in range(len(parts), 0, -1):
        found = _read(table.names.get(".".join(parts[:length])))
        if found is not None:
            return found
    return None


def _read(text: str | None) -> Span | None:
    if text is None:
        return None
    first, _, last = text.partition("-")
    return Span(first=first, last=last)


def has(name: str, python: str) -> bool | None:
    """Tell whether a Python such as ``3.9`` has a name that some Pythons lack.

    None where the table does not say: of names that all have or none has, and of Pythons newer
    than those that were asked where the newest asked still has it.
    """
    found = span_of(name)
    if found is None:
        return None
    asked = _key(python)
    if asked > _key(_table().pythons[-1]) and found.last == _table().pythons[-1]:
        return None
    return _key(found.first) <= asked <= _key(found.last)


def _key(python: str) -> tuple[int, ...]:
    return tuple(int(part) for part in python.split("."))
