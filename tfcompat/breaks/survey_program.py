"""Writes down what an imported library offers. It runs in a cell, on Python 2.7 and all later.

It is given a JSON file: ``roots`` (the top modules), ``seconds`` and ``entries`` (what it may
take), ``imports`` (whether submodules are imported), and ``answer``, the file for its answer. That
has an entry for each object, by the first name that leads to it, breadth first::

    k  "m" module, "c" class, "f" what is called
    n  of modules and classes: names, each with a reference
    s  of packages: submodules that are there only once they are imported, likewise
    b  of classes: the entries of the classes that they are made from, in order of look-up
    p  parameters: [name, kind as in ``inspect``, default as text or null], or null
    w  words in the wrappers that are called first; i: called on instances
    o  there may be other attributes; d: the library's own words on its end

A reference is the key of an entry, 0 for the entry ``<this one>.<name>``, 1 for a value, -1 for
what cannot be told.
"""

import importlib
import inspect
import io
import json
import os
import pkgutil
import re
import sys
import time
import types
import warnings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, Iterator, List, Optional, Set, Tuple, Union

    Reference = Union[int, str]

OWN, VALUE, UNKNOWN = 0, 1, -1
SKIPPED = re.compile(r"_|(tests?|conftest|setup|examples?|benchmarks?)$|test_|.*_tests?$")
ENDING = re.compile(
    r"deprecat|will be removed|(has|have|was) (been )?(moved|renamed)", re.IGNORECASE
)
TEXT = type(b"".decode("ascii"))
PLAIN = (bool, int, float, complex, str, bytes, type(None), TEXT)
CLASSES = (type, getattr(types, "ClassType", type))
FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType)
STAR, STARS = 0x04, 0x08


def text_of(value):
    # type: (Any) -> str
    """Return a default as text; one that is no literal is in angle brackets."""
    if isinstance(value, PLAIN):
        return repr(value)[:80]
    if isinstance(value, (tuple, list)) and all(isinstance(one, PLAIN) for one in value):
        return repr(value)[:80]
    return "<%s>" % getattr(value, "__name__", type(value).__name__)


def strings_in(value, depth=2):
    # type: (Any, int) -> Iterator[str]
    """Yield the words in a value: itself, or what it holds."""
    if isinstance(value, (str, TEXT)):
        yield str(value) if len(value) < 80 else ""
    elif depth and isinstance(value, (dict, list, tuple, set, frozenset)) and len(value) < 5000:
        for one in value:
            for word in strings_in(one, depth - 1):
                yield word


def words_of(function):
    # type: (Any) -> Set[str]
    """Return the names in a wrapper's constants and in what it was made with."""
    found = set(strings_in(getattr(getattr(function, "__code__", None), "co_consts", ())))
    for cell in getattr(function, "__closure__", None) or ():
        try:
            found.update(strings_in(cell.cell_contents))
        except ValueError:
            continue
    return set(word for word in found if re.match(r"[A-Za-z_]\w*$", word))


def wrappers_of(function):
    # type: (Any) -> Tuple[List[Any], Any]
    """Return the wrappers that take any arguments, and what is called behind them."""
    wrappers = []  # type: List[Any]
    while len(wrappers) < 20:
        flags = getattr(getattr(function, "__code__", None), "co_flags", STAR | STARS)
        inside = getattr(function, "__wrapped__", None)
        if not flags & (STAR | STARS):
            break
        if inside is None:
            if hasattr(function, "__signature__"):
                wrappers.append(function)
            break
        wrappers.append(function)
        function = inside
    return wrappers, function


def parameters_of(function):
    # type: (Any) -> Optional[List[Any]]
    """Return the parameters of something that is called; None where they cannot be told."""
    try:
        if hasattr(inspect, "signature"):
            listed = inspect.signature(function).parameters.values()
            return [
                [p.name, int(p.kind), None if p.default is p.empty else text_of(p.default)]
                for p in listed
            ]
        return _of_python_2(function)
    except Exception:
        return None


def _of_python_2(function):
    # type: (Any) -> List[Any]
    is_class = isinstance(function, CLASSES)
    method = getattr(function, "__init__", None) if is_class else function
    spec = inspect.getargspec(method)
    defaults = [text_of(one) for one in spec.defaults or ()]
    texts = [None] * (len(spec.args) - len(defaults)) + defaults  # type: List[Any]
    listed = [[name, 1, text] for name, text in zip(spec.args, texts)]  # type: List[Any]
    if is_class or getattr(function, "__self__", None) is not None:
        listed = listed[1:]
    listed += [[spec.varargs, 2, None]] if spec.varargs else []
    return listed + ([[spec.keywords, 4, None]] if spec.keywords else [])


def ending_of(thing):
    # type: (Any) -> str
    """Return what something says of its own end, in its attributes, its help or its code."""
    texts = [getattr(thing, "__deprecated__", None)]
    functions = [thing]
    if isinstance(thing, CLASSES):
        functions = [vars(thing).get(name) for name in ("__init__", "__new__")]
    for function in functions:
        wrappers, inside = wrappers_of(function)
        for one in wrappers + [inside]:
            texts += list(getattr(getattr(one, "__code__", None), "co_consts", ()))
            for cell in getattr(one, "__closure__", None) or ():
                try:
                    texts.append(cell.cell_contents)
                except ValueError:
                    continue
    texts.append((inspect.getdoc(thing) or "")[:600] if hasattr(thing, "__doc__") else None)
    return " | ".join(filter(None, (ending_in(one) for one in texts)))[:500]


def ending_in(text):
    # type: (Any) -> str
    """Return what a text says of an end; nothing where it says nothing."""
    if not isinstance(text, (str, TEXT)) or len(text) > 5000:
        return ""
    found = ENDING.search(text)
    if found is None:
        return ""
    begin = max(text.rfind("\n\n", 0, found.start()), found.start() - 100, 0)
    return " ".join(text[begin : found.start() + 250].split())


class Survey(object):
    """What is known of a library so far. ``entries`` is the answer."""

    def __init__(self, roots, seconds, most):
        # type: (List[str], float, int) -> None
        self.roots = roots
        self.adopted = set()  # type: Set[str]
        self.deadline = time.time() + seconds
        self.most = most
        self.entries = {}  # type: Dict[str, Dict[str, Any]]
        self.keys = {}  # type: Dict[int, str]
        self.kept = []  # type: List[Any]
        self.waiting = []  # type: List[Tuple[str, Any]]
        self.packages = []  # type: List[Tuple[str, Any]]

    def is_own(self, module):
        # type: (Any) -> bool
        """Tell whether a module of this name is the library's, or is offered as a part of it."""
        inside = any(module == root or str(module).startswith(root + ".") for root in self.roots)
        return inside or str(module).partition(".")[0] in self.adopted

    def adopt(self, key, value):
        # type: (str, Any) -> None
        """Take a module that a top module offers, such as `tensorflow.keras`, for a part of it.

        Modules of Python itself are none.
        """
        file = (getattr(value, "__file__", None) or "") if key in self.roots else ""
        if isinstance(value, types.ModuleType) and "-packages" in file:
            self.adopted.add(value.__name__.partition(".")[0])

    def is_over(self):
        # type: () -> bool
        """Tell whether time or room is used up."""
        return time.time() > self.deadline or len(self.entries) > self.most

    def add(self, name, thing):
        # type: (str, Any) -> str
        """Return the key of an object, which is described now or later if it is new."""
        if isinstance(thing, types.ModuleType):
            real = sys.modules.get(getattr(thing, "__name__", ""))
            thing = real if isinstance(real, types.ModuleType) else thing
        known = self.keys.get(id(thing))
        if known is not None:
            return known
        module = thing.__name__ if isinstance(thing, types.ModuleType) else _module_of(thing)
        is_own = module is None or self.is_own(module)
        key = name if is_own else _full_name(thing)
        if key in self.entries:
            key = name
        self.keys[id(thing)] = key
        self.kept.append(thing)
        # As long as nothing is known of it, which stays so where it raises when it is looked at.
        self.entries[key] = {"k": "f", "p": None, "o": 1}
        if isinstance(thing, types.ModuleType):
            self.entries[key] = {"k": "m", "o": 1}
            if is_own:
                self.waiting.append((key, thing))
        elif isinstance(thing, CLASSES):
            self.add_class(key, thing, is_own)
        else:
            self.entries[key] = self.described(thing)
        return key

    def described(self, thing, is_method=False):
        # type: (Any, bool) -> Dict[str, Any]
        """Return the entry of something that is called."""
        entry = {"k": "f", "p": parameters_of(thing)}  # type: Dict[str, Any]
        wrappers, _ = wrappers_of(thing)
        if wrappers:
            entry["w"] = sorted(set(word for one in wrappers for word in words_of(one)))
        if is_method:
            entry["i"] = 1
            entry["p"] = entry["p"][1:] if entry["p"] else None
        ending = ending_of(thing)
        if ending:
            entry["d"] = ending
        return entry

    def add_class(self, key, thing, is_own):
        # type: (str, Any, bool) -> None
        """Describe a class, with those that it is made from."""
        entry = self.described(thing)
        entry["k"] = "c"
        self.entries[key] = entry
        mro = inspect.getmro(thing)
        bases = [one for one in mro[1:] if one is not object]
        meta = [one for one in inspect.getmro(type(thing)) if one not in (type, object)]
        hooks = ("__getattr__", "__getattribute__")
        if any(hook in vars(one) for one in [thing] + bases + meta for hook in hooks):
            entry["o"] = 1
        if not is_own:
            entry["n"] = dict((name, VALUE) for name in dir(thing) if not name.startswith("_"))
            return
        entry["n"] = dict(self.members(key, thing))
        entry["b"] = [self.add(_full_name(one), one) for one in bases]

    def members(self, key, thing):
        # type: (str, Any) -> Iterator[Tuple[str, Reference]]
        """Yield the names that a class itself defines, with what they stand for."""
        for name, raw in sorted(vars(thing).items()):
            if name.startswith("_"):
                continue
            try:
                value = getattr(thing, name)
            except Exception:
                yield name, VALUE
                continue
            if isinstance(value, CLASSES):
                yield name, self.reference(key, name, value)
            elif inspect.isroutine(raw) or isinstance(raw, (classmethod, staticmethod)):
                bound = isinstance(raw, (classmethod, staticmethod))
                self.entries[key + "." + name] = self.described(value, not bound)
                yield name, OWN
            else:
                yield name, VALUE

    def reference(self, owner, name, value):
        # type: (str, str, Any) -> Reference
        """Return how a name refers to a value."""
        is_object = isinstance(value, (types.ModuleType,) + CLASSES + FUNCTIONS)
        if not is_object and not (callable(value) and _module_of(type(value)) != "typing"):
            return VALUE
        if name.startswith("_") and self.keys.get(id(value)) is None:
            return VALUE
        full = owner + "." + name
        key = self.add(full, value)
        return OWN if key == full else key

    def expand(self, key, module):
        # type: (str, Any) -> None
        """Describe a module: all names that it has, and those that it makes when asked."""
        entry = self.entries[key]
        names = {}  # type: Dict[str, Reference]
        endings = []  # type: List[Tuple[str, str]]
        for name in sorted(set(dir(module)) | set(self.made_by(module))):
            if name.startswith("__") or self.is_over():
                continue
            with warnings.catch_warnings(record=True) as warned:
                warnings.simplefilter("always")
                try:
                    value = getattr(module, name)
                except AttributeError:
                    continue
                except BaseException:
                    names[name] = UNKNOWN
                    continue
            try:
                value = self.loaded(module, name, value)
                self.adopt(key, value)
                names[name] = self.reference(key, name, value)
            except Exception:
                # A lazy module raises what it likes when it is looked at.
                names[name] = UNKNOWN
            endings += [(name, str(one.message)) for one in warned]
        entry["n"] = names
        self.note_endings(key, endings)
        entry["o"] = int(self.is_over() or self.answers_to_anything(module))
        if not entry["o"]:
            del entry["o"]
        ending = ending_in((getattr(module, "__doc__", None) or "")[:600])
        if ending:
            entry["d"] = ending
        inside = any(
            module.__name__ == r or module.__name__.startswith(r + ".") for r in self.roots
        )
        if getattr(module, "__path__", None) and inside:
            self.packages.append((key, module))

    @staticmethod
    def loaded(module, name, value):
        # type: (Any, str, Any) -> Any
        """Return the module that something stands for which loads it when it is used."""
        if isinstance(value, (types.ModuleType,) + CLASSES + FUNCTIONS + PLAIN):
            return value
        full = "%s.%s" % (getattr(module, "__name__", ""), name)
        paths = getattr(module, "__path__", None)
        below = [] if full in sys.modules else [one[1] for one in pkgutil.iter_modules(paths or [])]
        if name in below:
            Survey.imported(full)
        return sys.modules.get(full, value)

    def note_endings(self, key, endings):
        # type: (str, List[Tuple[str, str]]) -> None
        """Keep what a module warned of as its names were looked up."""
        for name, text in endings:
            ending = ending_in(text)
            if ending:
                self.entries[key].setdefault("e", {})[name] = ending

    @staticmethod
    def made_by(module):
        # type: (Any) -> Iterable[str]
        """Return the names that a module may make when it is asked for them.

        They are among the words in its ``__getattr__``, and in what the module holds.
        """
        make = getattr(module, "__dict__", {}).get("__getattr__")
        if make is None:
            return ()
        found = set()  # type: Set[str]
        for function in [make] + list(_functions_in(make)):
            found |= words_of(function)
            for name in getattr(getattr(function, "__code__", None), "co_names", ()):
                other = getattr(function, "__globals__", {}).get(name)
                if isinstance(other, types.ModuleType):
                    found.update(dir(other))
                else:
                    found.update(strings_in(other))
        for value in list(vars(module).values()):
            if not isinstance(value, str):
                found.update(strings_in(value))
        return [word for word in found if re.match(r"[A-Za-z]\w*$", word)]

    @staticmethod
    def answers_to_anything(module):
        # type: (Any) -> bool
        """Tell whether a module has an attribute of a name that nobody can have given it."""
        try:
            module.no_such_name_in_any_module
        except AttributeError:
            return False
        except BaseException:
            return True
        return True

    def expand_all(self):
        # type: () -> None
        """Describe the modules that wait for it, the nearest first."""
        while self.waiting:
            key, module = self.waiting.pop(0)
            if not self.is_over():
                try:
                    self.expand(key, module)
                except Exception:
                    self.entries[key] = {"k": "m", "o": 1}

    def import_submodules(self, imports):
        # type: (bool) -> None
        """Import and describe the public submodules that nothing has imported yet."""
        while self.packages:
            key, package = self.packages.pop(0)
            entry = self.entries[key]
            for name in sorted(set(one[1] for one in pkgutil.iter_modules(package.__path__))):
                if name in entry["n"]:
                    continue
                here = entry.setdefault("s", {})
                full = package.__name__ + "." + name
                if full not in sys.modules:
                    if not imports or self.is_over() or SKIPPED.match(name):
                        here[name] = self.listed(key + "." + name, package.__path__, name)
                        continue
                    here[name] = UNKNOWN
                    ending = self.imported(full)
                    if ending:
                        entry.setdefault("e", {})[name] = ending
                module = sys.modules.get(full)
                if isinstance(module, types.ModuleType):
                    where = self.add(key + "." + name, module)
                    here[name] = OWN if where == key + "." + name else where
            self.expand_all()

    def listed(self, key, paths, name):
        # type: (str, Iterable[str], str) -> Reference
        """Note a module that is not imported, with those below it."""
        entry = {"k": "m", "o": 1}  # type: Dict[str, Any]
        self.entries[key] = entry
        below = [os.path.join(path, name) for path in paths]
        inside = dict(
            (one[1], self.listed(key + "." + one[1], below, one[1]))
            for one in pkgutil.iter_modules(below)
        )
        if inside:
            entry["s"] = inside
        return OWN

    @staticmethod
    def imported(name):
        # type: (str) -> str
        """Import a module, if it can be; return what it says of its own end."""
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                importlib.import_module(name)
            except BaseException:
                return ""
        return " | ".join(filter(None, (ending_in(str(one.message)) for one in warned)))[:300]


def _functions_in(function):
    # type: (Any) -> Iterator[Any]
    """Yield the functions that a function is made with, or calls by a name of its module."""
    for cell in getattr(function, "__closure__", None) or ():
        try:
            if isinstance(cell.cell_contents, types.FunctionType):
                yield cell.cell_contents
        except ValueError:
            continue
    for name in getattr(getattr(function, "__code__", None), "co_names", ()):
        other = getattr(function, "__globals__", {}).get(name)
        if isinstance(other, types.FunctionType):
            yield other


def _module_of(thing):
    # type: (Any) -> Any
    found = getattr(thing, "__module__", None)
    return found if isinstance(found, (str, TEXT)) else None


def _full_name(thing):
    # type: (Any) -> str
    if isinstance(thing, types.ModuleType):
        return str(thing.__name__)
    name = getattr(thing, "__qualname__", None) or getattr(thing, "__name__", type(thing).__name__)
    return "%s.%s" % (_module_of(thing) or "", name)


def main():
    # type: () -> None
    """Survey the library, and write the answer."""
    with io.open(sys.argv[1], encoding="utf-8") as given:
        asked = json.load(given)
    sys.path[:] = [one for one in sys.path[1:] if one]
    survey = Survey(asked["roots"], asked["seconds"], asked["entries"])
    roots = {}
    for root in asked["roots"]:
        ending = Survey.imported(root)
        if isinstance(sys.modules.get(root), types.ModuleType):
            roots[root] = survey.add(root, sys.modules[root])
            if ending:
                survey.entries[roots[root]]["d"] = ending
    survey.expand_all()
    survey.import_submodules(asked["imports"])
    answer = {
        "format": 1,
        "python": "%d.%d.%d" % sys.version_info[:3],
        "roots": roots,
        "entries": survey.entries,
    }
    text = json.dumps(answer, sort_keys=True)
    with io.open(asked["answer"], "wb") as written:
        written.write(text.encode("ascii"))


if __name__ == "__main__":
    main()
