"""What the standard library of each Python offers: which names came, and which went.

The table is made by ``tools/python_names.py``, which asks real interpreters, the oldest of them 2.7
and 3.6; a name that 3.6 lacks and 2.7 has went with Python 2. Of Python 2 no arguments are known.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_BUILTINS = "builtins."
# Python 2 calls the module of built-in names otherwise.
_BUILTINS_OF_PYTHON_2 = "__builtin__."
# Types that have no name of their own, and what messages call them.
_UNNAMED_TYPES = {
    "types.FunctionType.": "function.",
    "types.GeneratorType.": "generator.",
    "types.MethodType.": "method.",
}
# Modules from which names are imported. The table has these names also where other modules of the
# standard library do so.
_IMPORTED_FROM = (
    "asyncio", "collections", "contextlib", "dataclasses", "datetime", "enum", "functools",
    "hashlib", "json", "math", "os", "pathlib", "random", "re", "shutil", "subprocess", "threading",
    "typing",
)  # fmt: skip


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

    ``name`` is dotted (``time.clock``, ``builtins.xrange`` or ``xrange``) or an argument of a
    function (``random.shuffle(random)``). What is in a module goes with its module. None where
    every Python has it, or none does: then it is not what an interpreter took away.
    """
    return _lookup(name)[0]


def has(name: str, python: str) -> bool | None:
    """Tell whether a Python such as ``3.9`` has a name that some Pythons lack.

    None where the table does not say: of names that all have or none has, of what is not listed
    in a module that is there, and of Pythons that were not asked where their neighbours disagree.
    """
    span, listed = _lookup(name)
    if span is None:
        return None
    there = _is_within(span, _key(python), tuple(map(_key, _asked(name))))
    return None if there and not listed else there


def public_name(name: str) -> str:
    """Return a name as scripts write it: a built-in one stands alone."""
    for long, short in _UNNAMED_TYPES.items():
        if name.startswith(long):
            return short + name.removeprefix(long)
    return name.removeprefix(_BUILTINS)


def presence(name: str) -> str | None:
    """Return which Pythons have a name, such as ``is in no Python after 3.7``.

    None of names that all have or none has.
    """
    span = span_of(name)
    if span is None:
        return None
    asked = _asked(name)
    if span.first == asked[0]:
        return f"is in no Python after {span.last}"
    if span.last == asked[-1]:
        # What 3.6 has may have come with any Python 3 before it.
        is_old = span.first == _pythons_3()[0]
        return "is in no Python 2" if is_old else f"is in no Python before {span.first}"
    return f"is in Python {span.first} to {span.last} alone"


def arguments_of(function: str) -> tuple[str, ...]:
    """Return the arguments of a function that some Pythons lack, as ``random.shuffle(random)``."""
    return tuple(name for name in _table().arguments if name.startswith(f"{function}("))


def names_ending(end: str) -> tuple[str, ...]:
    """Return the listed names that end with some parts, likeliest first."""
    return _likeliest_first(name for name in _table().names if name.endswith(f".{end}"))


def functions_ending(end: str) -> tuple[str, ...]:
    """Return the functions so called of which some Pythons lack an argument, likeliest first."""
    functions = {name.partition("(")[0] for name in _table().arguments}
    return _likeliest_first(name for name in functions if name.endswith(f".{end}"))


def _likeliest_first(names: Iterable[str]) -> tuple[str, ...]:
    def key(name: str) -> tuple[bool, int, str]:
        return name.partition(".")[0] not in _IMPORTED_FROM, name.count("."), name

    return tuple(sorted(names, key=key))


def _lookup(name: str) -> tuple[Span | None, bool]:
    """Return the span of a name or of what it is in, and whether the name itself is listed."""
    table = _table()
    for long, short in _UNNAMED_TYPES.items():
        if name.startswith(short):
            name = long + name.removeprefix(short)
    if name.startswith(_BUILTINS_OF_PYTHON_2):
        name = _BUILTINS + name.removeprefix(_BUILTINS_OF_PYTHON_2)
    if "(" in name:
        return _read(table.arguments.get(name)), True
    for whole in (name, f"{_BUILTINS}{name}"):
        parts = whole.split(".")
        for length in range(len(parts), 0, -1):
            found = _read(table.names.get(".".join(parts[:length])))
            if found is not None:
                return found, length == len(parts)
    return None, False


def _read(text: str | None) -> Span | None:
    if text is None:
        return None
    first, _, last = text.partition("-")
    return Span(first=first, last=last)


_Key = tuple[int, ...]


def _is_within(span: Span, python: _Key, asked: tuple[_Key, ...]) -> bool | None:
    """Tell whether a Python lies in a span; None where its neighbours that were asked disagree."""
    first, last = _key(span.first), _key(span.last)
    below = max((one for one in asked if one <= python), default=None)
    above = min((one for one in asked if one >= python), default=None)
    if python == below:
        return first <= python <= last
    before = below is not None and first <= below <= last
    after = above is not None and first <= above <= last
    if before == after:
        return before
    # Between 2.7 and 3.6, what Python 2 alone has went with it.
    return False if before and above is not None and below == (2, 7) else None


def _asked(name: str) -> tuple[str, ...]:
    """Return the Pythons that were asked for a name: for arguments, those of 3 alone."""
    return _pythons_3() if "(" in name else _table().pythons


def _pythons_3() -> tuple[str, ...]:
    return tuple(python for python in _table().pythons if _key(python) >= (3,))


def _key(python: str) -> _Key:
    """Return the major and minor number of a Python, whatever follows them."""
    return tuple(int(part) for part in python.split(".")[:2])
