"""Notes of which classes the objects are whose attributes a watched script reads.

It runs beside the script in a cell, on Python 2.7 and all later. What it was given is appended to
this file: ``ROOTS``, the library's top modules, ``NAMES``, dotted names that the script uses, and
that ``write`` is called at the end. It writes one line to stderr, ``MARK`` and a JSON list of
``[site, name, how]``: the number of the place, the public name of the class, or of the module, and
``member``, ``class`` or ``module`` for what it is an attribute of.
"""

import json
import sys
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Set, Tuple

MARK = "_tfcompat_recorder: "
ROOTS = []  # type: List[str]
NAMES = []  # type: List[str]

# So many classes are noted of one place, so many modules of a library are looked through.
MOST = 8
MOST_MODULES = 4000

# By site: the classes and modules seen there, by their identity, with how and the attribute.
SEEN = {}  # type: Dict[int, Dict[int, Tuple[Any, str, str]]]

# Sites and the identities of classes whose objects were seen there: most reads end here.
DONE = set()  # type: Set[Tuple[int, int]]


def get(value, name, site):
    # type: (Any, str, int) -> Any
    """Return an attribute, after noting of what it is one."""
    found = getattr(value, name)
    kind = type(value)
    if (site, id(kind)) in DONE:
        return found
    if kind is types.ModuleType:
        owner, how = value, "module"
    elif isinstance(value, type):
        owner, how = value, "class"
    else:
        owner, how = kind, "member"
        DONE.add((site, id(kind)))
    seen = SEEN.setdefault(site, {})
    if id(owner) not in seen and len(seen) < MOST:
        seen[id(owner)] = (owner, how, name)
    return found


def look_up(name):
    # type: (str) -> Any
    """Return what a dotted name stands for, None where it is not there."""
    parts = name.split(".")
    found = sys.modules.get(parts[0])
    for part in parts[1:]:
        found = getattr(found, part, None)
    return found


def public_names():
    # type: () -> Dict[int, str]
    """Return the names of the library's classes by identity: those used, then the shortest."""
    names = {}  # type: Dict[int, str]
    for name in NAMES:
        found = look_up(name)
        if isinstance(found, type):
            names.setdefault(id(found), name)
    waiting = [(root, sys.modules[root]) for root in ROOTS if root in sys.modules]
    known = set(id(module) for _, module in waiting)
    for path, module in waiting:
        for name, value in sorted(vars(module).items(), key=lambda item: str(item[0])):
            if str(name).startswith("_"):
                continue
            dotted = "%s.%s" % (path, name)
            if isinstance(value, type) and is_own(value.__module__):
                names.setdefault(id(value), dotted)
            elif (
                isinstance(value, types.ModuleType)
                and id(value) not in known
                and is_own(value.__name__)
            ):
                known.add(id(value))
                if len(known) < MOST_MODULES:
                    waiting.append((dotted, value))
    return names


def is_own(module):
    # type: (Any) -> bool
    """Tell whether a module of that name is one of the library's."""
    return str(module).split(".")[0] in ROOTS


def name_of(owner, how, attribute, names):
    # type: (Any, str, str, Dict[int, str]) -> str
    """Return by what name scripts know a class or a module of the library; empty for others."""
    if how == "module":
        path = str(getattr(owner, "__name__", ""))
        is_public = is_own(path) and not any(part.startswith("_") for part in path.split("."))
        return path if is_public else ""
    for kind in getattr(owner, "__mro__", ()):
        if id(kind) in names:
            return names[id(kind)]
        if attribute in vars(kind) and not is_own(kind.__module__):
            # It is an attribute of a class that the script, or another library, made of it.
            return ""
    return ""


def write():
    # type: () -> None
    """Write what was seen, by public names."""
    names = public_names()
    rows = []  # type: List[List[Any]]
    for site, seen in sorted(SEEN.items()):
        for owner, how, attribute in list(seen.values()):
            name = name_of(owner, how, attribute, names)
            if name and [site, name, how] not in rows:
                rows.append([site, name, how])
    sys.stderr.write("\n" + MARK + json.dumps(rows, separators=(",", ":")) + "\n")
    sys.stderr.flush()
