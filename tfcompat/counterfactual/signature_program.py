"""Prints the parameters of functions. It runs in a cell, on Python 2.7 and all later ones.

A file beside it, of the same name and ``.json``, lists [dotted name, whether it is called on an
instance]. The answer is the last line, JSON after a mark: [dotted name, whether on an instance,
parameters] for each name that is found. A parameter is [name, "positional" or "keyword", default as
text or null].
"""

import importlib
import inspect
import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator, List, Tuple

MARK = "tfcompat-signatures:"


def resolve(dotted):
    # type: (str) -> Tuple[Any, str, Any]
    """Return what owns a name, the last part of the name, and what it stands for."""
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:end]))
        except Exception:
            continue
        owner = None
        for part in parts[end:]:
            owner, found = found, getattr(found, part)
        return owner, parts[-1], found
    raise ImportError(dotted)


def parameters(function):
    # type: (Any) -> List[Any]
    """Return the parameters that a caller passes, each with its kind and its default as text."""
    if hasattr(inspect, "signature"):
        return list(_of_signature(inspect.signature(function)))
    if inspect.isclass(function):
        return _of_python_2(function.__init__)[1:]
    return _of_python_2(function)


def _of_signature(signature):
    # type: (Any) -> Iterator[List[Any]]
    for name, one in signature.parameters.items():
        if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY):
            kind = "keyword" if one.kind is one.KEYWORD_ONLY else "positional"
            yield [name, kind, None if one.default is one.empty else repr(one.default)]
        elif one.kind is one.POSITIONAL_ONLY:
            # It holds a place, and cannot be passed by name.
            yield ["", "positional", None]


def _of_python_2(function):
    # type: (Any) -> List[Any]
    spec = getattr(inspect, "getargspec")(function)
    defaults = spec.defaults or ()
    without = len(spec.args) - len(defaults)
    texts = [None] * without + [repr(one) for one in defaults]  # type: List[Any]
    return [[name, "positional", text] for name, text in zip(spec.args, texts)]


def describe(dotted, of_instance):
    # type: (str, bool) -> List[Any]
    """Return the parameters of what a dotted name stands for, without that of the instance."""
    owner, name, found = resolve(dotted)
    listed = parameters(found)
    if of_instance:
        raw = inspect.getattr_static(owner, name) if hasattr(inspect, "getattr_static") else None
        if not isinstance(raw, (staticmethod, classmethod)):
            listed = listed[1:]
    elif not hasattr(inspect, "signature") and getattr(found, "__self__", None) is not None:
        listed = listed[1:]
    return listed


def main():
    # type: () -> None
    """Print the parameters of all names that can be found."""
    with open(os.path.splitext(__file__)[0] + ".json") as listed:
        names = json.load(listed)
    found = []
    for dotted, of_instance in names:
        try:
            found.append([dotted, of_instance, describe(dotted, of_instance)])
        except Exception:
            # It is not there, is no function, or is none of Python's.
            continue
    sys.stdout.write("\n%s%s\n" % (MARK, json.dumps(found)))


main()
