"""Supplies names and arguments that a release of a library lacks, from what serves in their place.

This module runs beside the script in a cell, on Python 3.6 and later. What it has to supply is
appended to this file: ``NAMES``, missing dotted names with their replacements, and ``ARGUMENTS``,
functions with an argument that has another name, and that ``begin`` is called. A name is supplied
as soon as its module has been imported, so that what the script does before that stays as it is.
At the end it writes one line to stderr, ``MARK`` and a JSON list of ``[name, argument]`` of what
was supplied, with ``null`` for no argument.
"""

import functools
import importlib
import importlib.abc
import importlib.util
import json
import sys
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from typing import Any, Callable, Dict, List, Optional, Set, Tuple

MARK = "_tfcompat_shim: "
NAMES = {}  # type: Dict[str, str]
ARGUMENTS = []  # type: List[Tuple[str, str, str]]

GIVEN = []  # type: List[Tuple[str, Optional[str]]]
MISSING = object()


def look_up(name):
    # type: (str) -> Any
    """Return what a dotted name stands for, importing modules on the way; MISSING without one."""
    parts = name.split(".")
    try:
        found = importlib.import_module(parts[0])  # type: Any
    except Exception:
        return MISSING
    for length in range(1, len(parts)):
        following = getattr(found, parts[length], MISSING)
        if following is MISSING and isinstance(found, types.ModuleType):
            try:
                following = importlib.import_module(".".join(parts[: length + 1]))
            except Exception:
                return MISSING
        if following is MISSING:
            return MISSING
        found = following
    return found


def member(name):
    # type: (str) -> Any
    """Return what a dotted name stands for as a class keeps it: a static method stays one."""
    path, _, last = name.rpartition(".")
    for kind in getattr(look_up(path), "__mro__", ()):
        if last in vars(kind):
            return vars(kind)[last]
    return look_up(name)


def is_supplied(name):
    # type: (str) -> bool
    """Tell whether a name, or one below it, is to be supplied."""
    return any(one == name or one.startswith(name + ".") for one in NAMES)


def supply(module):
    # type: (types.ModuleType) -> None
    """Supply all that hangs on a module, which has been imported."""
    before = module.__name__ + "."
    for name in sorted(NAMES):
        if name.startswith(before):
            supply_name(module, name, name[len(before) :].split("."))
    for name, old, new in ARGUMENTS:
        if name.startswith(before) and (name, old) not in GIVEN:
            owner = owner_of(module, name[len(before) :].split("."))
            last = name.rpartition(".")[2]
            function = getattr(owner, last, MISSING)
            if function is not MISSING and rename(owner, last, function, (old, new)):
                note(name, old)


def supply_name(module, name, parts):
    # type: (types.ModuleType, str, List[str]) -> None
    """Supply one name, by the parts of it below a module, unless a module below has to come first.

    What is on the way to it and is not there either is supplied as an empty module.
    """
    owner = module  # type: Any
    for part in parts[:-1]:
        following = getattr(owner, part, MISSING)
        if following is MISSING:
            if not isinstance(owner, types.ModuleType) or can_be_imported(owner, part):
                return
            following = empty_module(owner, part)
        owner = following
    # An empty module has been supplied with all that hangs on it.
    is_there = hasattr(owner, parts[-1])
    if is_there or (isinstance(owner, types.ModuleType) and can_be_imported(owner, parts[-1])):
        return
    found = member(NAMES[name]) if isinstance(owner, type) else look_up(NAMES[name])
    if found is not MISSING and put(owner, parts[-1], found):
        note(name, None)


def empty_module(owner, name):
    # type: (types.ModuleType, str) -> types.ModuleType
    """Return a module that is not there, as an import finds it too where its owner is a package."""
    dotted = "%s.%s" % (owner.__name__, name)
    if hasattr(owner, "__path__"):
        return importlib.import_module(dotted)
    module = types.ModuleType(dotted)
    put(owner, name, module)
    return module


def note(name, argument):
    # type: (str, Optional[str]) -> None
    """Note that a name, or an argument of it, was supplied."""
    if (name, argument) not in GIVEN:
        GIVEN.append((name, argument))


def can_be_imported(package, name):
    # type: (types.ModuleType, str) -> bool
    """Tell whether a package has a module of that name that is not imported yet."""
    dotted = "%s.%s" % (package.__name__, name)
    return found_by_others(dotted) is not None


def found_by_others(dotted):
    # type: (str) -> Optional[ModuleSpec]
    """Return how a module is loaded as if nothing were supplied; None where there is none."""
    Supplier.passes.append(dotted)
    try:
        return importlib.util.find_spec(dotted)
    except (ImportError, ValueError, AttributeError):
        return None
    finally:
        Supplier.passes.remove(dotted)


def owner_of(module, parts):
    # type: (types.ModuleType, List[str]) -> Any
    """Return what the last of some parts is an attribute of; MISSING where that is not there."""
    owner = module  # type: Any
    for part in parts[:-1]:
        owner = getattr(owner, part, MISSING)
    return owner


def put(owner, name, value):
    # type: (Any, str, Any) -> bool
    """Set an attribute, and tell whether that can be done: compiled classes take none."""
    try:
        setattr(owner, name, value)
    except (AttributeError, TypeError):
        return False
    return True


def rename(owner, name, function, argument):
    # type: (Any, str, Any, Tuple[str, str]) -> bool
    """Have a function, or a class, take an argument by its old name too; tell whether it can."""
    old, new = argument
    called = getattr(function, "__init__") if isinstance(function, type) else function

    @functools.wraps(called)
    def wrapped(*given, **named):
        # type: (*Any, **Any) -> Any
        if old in named and new not in named:
            named[new] = named.pop(old)
        return called(*given, **named)

    if called is function:
        return put(owner, name, wrapped)
    # A class itself stays, for whatever is made of it or asks for it.
    return put(function, "__init__", wrapped)


class Supplier(importlib.abc.MetaPathFinder):
    """Finds modules as all others do, and supplies what hangs on them, or stands for them.

    ``passes`` are the modules that it leaves to the others for now.
    """

    passes = []  # type: List[str]

    def find_spec(self, fullname, path, target=None):
        # type: (str, Any, Any) -> Optional[ModuleSpec]
        """Return how a module is loaded that something hangs on; None for all others."""
        asked = [name for name, _, _ in ARGUMENTS] + list(NAMES)
        is_owner = any(one.startswith(fullname + ".") for one in asked)
        if fullname in self.passes or not (is_owner or fullname in NAMES):
            return None
        spec = found_by_others(fullname)
        if spec is None and is_supplied(fullname):
            return importlib.util.spec_from_loader(fullname, Replacing())
        if spec is not None and hasattr(spec.loader, "exec_module"):
            supplying = Supplying(spec.loader)  # type: Any
            spec.loader = supplying
        return spec


class Replacing(importlib.abc.Loader):
    """Loads a module that is not there: its replacement, or an empty one that names hang on."""

    def create_module(self, spec):
        # type: (ModuleSpec) -> None
        """Leave it to Python."""

    def exec_module(self, module):
        # type: (types.ModuleType) -> None
        """Put the replacement in the place of the module, or fill an empty one."""
        name = module.__name__
        if name in NAMES:
            found = look_up(NAMES[name])
            if not isinstance(found, types.ModuleType):
                raise ImportError("No module named %r" % name, name=name)
            sys.modules[name] = found
            note(name, None)
            return
        module.__path__ = []
        supply(module)


class Supplying(object):
    """A loader that supplies what hangs on a module after another one has loaded it."""

    def __init__(self, loader):
        # type: (Any) -> None
        self.loader = loader

    def __getattr__(self, name):
        # type: (str) -> Any
        return getattr(self.loader, name)

    def create_module(self, spec):
        # type: (ModuleSpec) -> Any
        """Have the other one do it."""
        return self.loader.create_module(spec)

    def exec_module(self, module):
        # type: (types.ModuleType) -> None
        """Have the other one load the module; supply what hangs on it."""
        module.__loader__ = self.loader
        if module.__spec__ is not None:
            module.__spec__.loader = self.loader
        self.loader.exec_module(module)
        supply(sys.modules.get(module.__name__, module))


def write():
    # type: () -> None
    """Write what was supplied."""
    sys.stderr.write("\n" + MARK + json.dumps(GIVEN, separators=(",", ":")) + "\n")
    sys.stderr.flush()


def begin():
    # type: () -> None
    """Supply from now on."""
    sys.meta_path.insert(0, Supplier())
    for name in [one for one in sorted(sys.modules) if is_supplied(one)]:
        supply(sys.modules[name])
