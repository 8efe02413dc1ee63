"""What one module defines, read from its source by griffe, without importing it. Pure.

A second look at the syntax tree finds what makes such a reading doubtful: names that are bound in
several branches, and names that only running the module makes.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

import griffe

from tfcompat.breaks.exports import Exports, exports_in
from tfcompat.breaks.made_names import MadeNames, made_names
from tfcompat.breaks.scopes import bound_in
from tfcompat.breaks.surface import Parameter, Passing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_ENDING = re.compile(
    r"deprecat|will be removed|(?:has|have|was) (?:been )?(?:moved|renamed)", re.IGNORECASE
)

_PASSING = {
    griffe.ParameterKind.positional_only: Passing.POSITION,
    griffe.ParameterKind.positional_or_keyword: Passing.EITHER,
    griffe.ParameterKind.var_positional: Passing.MORE_POSITIONS,
    griffe.ParameterKind.keyword_only: Passing.NAME,
    griffe.ParameterKind.var_keyword: Passing.MORE_NAMES,
}

# They leave the parameters of a function as they are.
_HARMLESS = frozenset(("abstractmethod", "classmethod", "contextmanager", "final", "lru_cache",
                       "cache", "overload", "staticmethod", "wraps", "override"))  # fmt: skip
_PROPERTIES = frozenset(("property", "cached_property", "setter", "getter", "deleter"))
# They are likely to take arguments by other names than those of the function.
_TRANSLATING = re.compile(r"deprecat|rename|kwarg|alias|compat|legacy|args?\b", re.IGNORECASE)
# They may give a module names that no statement shows.
_DYNAMIC = frozenset(("globals", "vars", "locals", "exec", "execfile"))
# A function that adds to `__all__`: the lines of a module's own statements are not indented.
_CHANGES_EXPORTS = re.compile(r"^ {8,}__all__(?:\.\w+\(| *\+=)", re.MULTILINE)
_READING = frozenset(("keys", "get", "items", "values", "copy"))
# Words without which a module has no names but those that its text has.
_MAKES_NAMES = re.compile(
    r"import \*|__getattr__|\b(?:globals|vars|locals|exec|execfile|setattr)\b|\bsys\.modules\b"
)
# Words without which nothing inside of a function changes what its module has.
_REACHES_OUT = re.compile(r"\b(?:globals|vars|locals|exec|execfile|setattr|global)\b|sys\.modules")
_DOTTED = re.compile(r"[A-Za-z_][\w.]*")


@dataclass(frozen=True, kw_only=True)
class Binding:
    """What a name of a module or a class is bound to.

    ``target`` is the full name that an import names, or the name in the same module that an
    assignment repeats. ``parameters`` are as in the source, None where they do not count.
    ``members``, ``bases`` and ``is_open`` are of classes. ``text`` is what it says of its end.
    """

    kind: Literal["import", "function", "class", "value"]
    target: str = ""
    parameters: tuple[Parameter, ...] | None = None
    is_wrapped: bool = False
    words: tuple[str, ...] = ()
    is_method: bool = False
    members: Mapping[str, Binding] = field(default_factory=dict)
    bases: tuple[str, ...] = ()
    is_open: bool = False
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class ModuleSource:
    """What a module defines.

    ``stars`` are the modules whose names it takes over, ``exports`` what it lists for
    those who take over its own, None without a list. ``imports`` are all modules and names that it
    imports anywhere. ``is_open``: running it may give it other names. ``made`` are names that it
    makes when it is asked for them, ``unsure`` those that it may make.
    """

    names: Mapping[str, Binding]
    stars: tuple[str, ...] = ()
    exports: Exports | None = None
    imports: frozenset[str] = frozenset()
    is_open: bool = False
    made: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()
    text: str = ""


def read_module(name: str, path: str, source: str) -> ModuleSource | None:
    """Return what a module defines, by its dotted name, its path and its text.

    None where the text cannot be parsed, as that of Python 2.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
            module = griffe.visit(
                name.rpartition(".")[2],
                filepath=_filepath(path),
                code=source,
                parent=_parent(name),
            )
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    except Exception:  # noqa: BLE001 - griffe has not seen all that there is in old sources
        return None
    package = name if path.endswith("__init__.py") else name.rpartition(".")[0]
    doubts = _Doubts.of(tree, source, package)
    members = {key: one for key, one in module.members.items() if "/" not in key}
    # What is imported for types alone may be made when it is asked for.
    names = {
        key: _binding(member, doubts)
        for key, member in members.items()
        if (member.runtime or doubts.makes(key)) and key not in doubts.deleted
    }
    others = doubts.bound - members.keys() - doubts.deleted - {"*"}
    unknown = dict.fromkeys(others, Binding(kind="value"))
    stars = [
        one.target_path
        for one in module.members.values()
        if isinstance(one, griffe.Alias) and one.wildcard
    ]
    return ModuleSource(
        names={**unknown, **names},
        stars=tuple(stars),
        exports=doubts.exports,
        imports=frozenset(doubts.imports),
        is_open=doubts.is_open,
        made=doubts.made.made,
        unsure=doubts.made.unsure,
        text=ending_in(ast.get_docstring(tree) or ""),
    )


@dataclass(frozen=True)
class ModuleText:
    """The text of a module that was not parsed yet. ``makes_names``: not all stand in it."""

    text: str
    makes_names: bool

    @classmethod
    def of(cls, text: str) -> ModuleText:
        """Return a text, looked through once."""
        return cls(text, _MAKES_NAMES.search(text) is not None)

    def may_have(self, word: str) -> bool:
        """Tell whether the module may have a name."""
        return self.makes_names or word in self.text


def _filepath(path: str) -> Path:
    from pathlib import Path  # noqa: PLC0415 - griffe asks for a path, and reads no file

    return Path(PurePosixPath("/", path))


def _parent(name: str) -> griffe.Module | None:
    """Return the package of a module, empty: relative imports begin there."""
    package = name.rpartition(".")[0]
    if not package:
        return None
    file = _filepath(f"{package.replace('.', '/')}/__init__.py")
    return griffe.Module(package.rpartition(".")[2], filepath=file, parent=_parent(package))


def _binding(member: Any, doubts: _Doubts) -> Binding:  # noqa: ANN401
    """Return what a member of griffe's is; it is one of several classes."""
    if member.name in doubts.doubtful:
        return Binding(kind="value", is_open=True)
    if member.is_alias:
        return Binding(kind="import", target=member.target_path)
    text = doubts.texts.get(member.name, "")
    if member.is_function:
        return _function(member, text)
    if member.is_class:
        return _class(member, doubts, text)
    value = str(member.value) if member.value is not None else ""
    repeats = bool(_DOTTED.fullmatch(value)) and value not in ("None", "True", "False")
    return Binding(kind="value", target=value if repeats else "", text=text)


def _function(member: griffe.Function, text: str, *, in_class: bool = False) -> Binding:
    decorators = [str(one.value) for one in member.decorators]
    names = [_name_of(one) for one in decorators]
    if any(name in _PROPERTIES for name in names) or "property" in member.labels:
        return Binding(kind="value", text=text)
    wrappers = [one for one in decorators if _name_of(one) not in _HARMLESS]
    is_static = "staticmethod" in names
    listed = tuple(_parameter(one) for one in member.parameters)
    bound = in_class and not is_static
    unclear = any(_TRANSLATING.search(_name_of(one)) for one in wrappers) or member.overloads
    return Binding(
        kind="function",
        parameters=None if unclear else listed[1:] if bound else listed,
        is_wrapped=bool(wrappers),
        words=tuple(sorted({word for one in wrappers for word in _DOTTED.findall(one)})),
        is_method=bound and "classmethod" not in names,
        text=" | ".join(filter(None, (text, _docstring(member)))),
    )


def _class(member: griffe.Class, doubts: _Doubts, text: str) -> Binding:
    decorators = [_name_of(str(one.value)) for one in member.decorators]
    inside: dict[str, Binding] = {}
    for name, one in member.members.items():
        if f"{member.name}.{name}" in doubts.doubtful:
            inside[name] = Binding(kind="value", is_open=True)
        elif not one.is_alias and one.is_function:
            made = doubts.texts.get(f"{member.name}.{name}", "")
            inside[name] = _function(one, made, in_class=True)  # type: ignore[arg-type]
        else:
            inside[name] = Binding(kind="value")
    bases = tuple(re.sub(r"\[.*\]$", "", str(base)) for base in member.bases)
    return Binding(
        kind="class",
        members=inside,
        bases=tuple(base for base in bases if base != "object"),
        is_wrapped=bool(decorators),
        is_open=bool(decorators or member.keywords)
        or doubts.changes_classes
        or member.name in doubts.handed_on,
        text=" | ".join(filter(None, (text, _docstring(member)))),
    )


def _name_of(decorator: str) -> str:
    """Return the last part of the name of a decorator, without what it is called with."""
    return decorator.partition("(")[0].rpartition(".")[2]


def _docstring(member: griffe.Object) -> str:
    return ending_in(member.docstring.value[:600]) if member.docstring else ""


def _parameter(one: griffe.Parameter) -> Parameter:
    passing = _PASSING[one.kind] if one.kind is not None else Passing.EITHER
    if one.default is None or passing in (Passing.MORE_POSITIONS, Passing.MORE_NAMES):
        return Parameter(one.name.lstrip("*"), passing)
    return Parameter(one.name, passing, _default(str(one.default)))


@cache
def _default(text: str) -> str:
    """Return a default as Python shows its value; what is no literal is in angle brackets."""
    try:
        return repr(ast.literal_eval(text))[:80]
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return f"<{text[:60]}>"


def ending_in(text: str) -> str:
    """Return what a text says of the end of something; nothing where it says nothing."""
    found = _ENDING.search(text)
    if found is None:
        return ""
    begin = max(text.rfind("\n\n", 0, found.start()), found.start() - 100, 0)
    return " ".join(text[begin : found.start() + 250].split())


@dataclass
class _Doubts:
    """What griffe's reading of a module does not say.

    ``doubtful`` are names with several bindings of which only running it tells which holds,
    ``bound`` all names that statements bind, ``deleted`` those that it removes again. ``texts`` are
    what functions warn of, by name.
    """

    doubtful: set[str] = field(default_factory=set)
    bound: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    imports: set[str] = field(default_factory=set)
    texts: dict[str, str] = field(default_factory=dict)
    made: MadeNames = field(default_factory=MadeNames)
    reading: set[int] = field(default_factory=set)
    outer: set[int] = field(default_factory=set)
    handed_on: set[str] = field(default_factory=set)
    says_endings: bool = True
    is_open: bool = False
    exports: Exports | None = None
    changes_classes: bool = False

    @classmethod
    def of(cls, tree: ast.Module, source: str, package: str) -> _Doubts:
        """Return the doubts about a module, whose relative imports begin in a package."""
        found = cls(says_endings=_ENDING.search(source) is not None)
        found._note_statements(tree.body, "")
        found.bound = set(bound_in(tree.body))
        found.outer = set(map(id, _outer(tree.body)))
        nodes = ast.walk(tree) if _REACHES_OUT.search(source) else _outer(tree.body)
        for node in nodes:
            if isinstance(node, ast.Call):
                found._note_call(node)
            elif isinstance(node, ast.Import):
                found.imports.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                found._note_import(node, package)
            elif isinstance(node, ast.Global):
                found.bound.update(node.names)
            elif isinstance(node, (ast.Subscript, ast.Attribute, ast.Compare)):
                found._note_access(node)
            elif isinstance(node, ast.For):
                found._note_loop(node)
        found.exports = exports_in(_outer(tree.body))
        if _CHANGES_EXPORTS.search(source) and found.exports is not None:
            # Where a function adds to the list, its calls decide on what.
            found.exports += Exports(complete=False)
        made = made_names(_outer(tree.body)) if "__getattr__" in found.bound else None
        if made is not None:
            found.made = made
            found.is_open |= made.any_name
        return found

    def makes(self, name: str) -> bool:
        """Tell whether the module may make a name when it is asked for it."""
        return self.is_open or name in self.made.made or name in self.made.unsure

    def _note_access(self, node: ast.Subscript | ast.Attribute | ast.Compare) -> None:
        """Note what only reads the names of a module, and what puts others among modules."""
        if isinstance(node, ast.Compare):
            self.reading.update(map(id, node.comparators))
            return
        inside = node.value
        reads = node.attr in _READING if isinstance(node, ast.Attribute) else _is_loaded(node)
        if reads:
            self.reading.add(id(inside))
        elif isinstance(inside, ast.Attribute) and inside.attr == "modules":
            self.is_open |= getattr(inside.value, "id", "") in ("sys", "_sys")

    def _note_loop(self, loop: ast.For) -> None:
        """Note a loop over names that stand there, which gives them to the module."""
        listed = loop.iter.elts if isinstance(loop.iter, (ast.List, ast.Tuple)) else []
        names = [one.value for one in listed if isinstance(one, ast.Constant)]
        for node in ast.walk(loop):
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Call):
                is_each = getattr(node.slice, "id", "") == getattr(loop.target, "id", None)
                if names and is_each and getattr(node.value.func, "id", "") == "globals":
                    self.reading.add(id(node.value))
                    self.bound.update(map(str, names))

    def _note_import(self, node: ast.ImportFrom, package: str) -> None:
        parts = package.split(".")
        base = parts[: len(parts) - node.level + 1] if node.level else []
        module = ".".join([*base, *([node.module] if node.module else [])])
        self.imports.update([module, *(f"{module}.{alias.name}" for alias in node.names)])

    def _note_statements(self, body: Iterable[ast.stmt], prefix: str) -> None:
        """Look at the statements of a module or a class, in order."""
        plain: set[str] = set()
        for statement in body:
            names = Counter(bound_in([statement]))
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                if self.says_endings:
                    self._note_text(statement, prefix)
                if isinstance(statement, ast.ClassDef) and not prefix:
                    self._note_statements(statement.body, f"{statement.name}.")
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                # Classes that a call is given, or is made on, may be changed by it.
                inside = (one for one in ast.walk(statement.value) if isinstance(one, ast.Name))
                self.handed_on.update(one.id for one in inside)
            if isinstance(statement, ast.Delete):
                removed = {t.id for t in statement.targets if isinstance(t, ast.Name)}
                self.deleted.update(removed if not prefix else ())
                continue
            self.deleted.difference_update(names)
            if isinstance(statement, ast.Assign) and not prefix:
                self.is_open |= "__getattr__" in names
            if isinstance(statement, (ast.If, ast.Try, ast.For, ast.While, ast.With)):
                again = (name for name, count in names.items() if name in plain or count > 1)
                self.doubtful.update(f"{prefix}{name}" for name in again)
            plain.update(names)

    def _note_text(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, prefix: str
    ) -> None:
        if isinstance(node, ast.ClassDef):
            inside = [one for one in node.body if getattr(one, "name", "") == "__init__"]
            parts = (*node.decorator_list, *inside)
        else:
            parts = (node,)
        texts = (ending_in(text) for part in parts for text in _texts_in(part))
        said = next(filter(None, texts), "")
        if said:
            self.texts[f"{prefix}{node.name}"] = said

    def _note_call(self, node: ast.Call) -> None:
        """Note a call that gives a module, or its classes, names that no statement shows."""
        name = getattr(node.func, "id", "")
        if name == "setattr" and len(node.args) == 3:
            changed = getattr(node.args[0], "id", "")
            if isinstance(node.args[1], ast.Constant):
                self.bound.add(str(node.args[1].value))
            elif id(node) in self.outer:
                self.is_open = self.changes_classes = True
            else:
                # In functions it is mostly for objects that they make.
                self.is_open |= "mod" in changed
        self.is_open |= name in _DYNAMIC and id(node) not in self.reading


def _is_loaded(node: ast.Subscript) -> bool:
    return isinstance(node.ctx, ast.Load)


def _outer(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield the nodes of a module, but for those inside of functions."""
    for node in nodes:
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield from _outer(ast.iter_child_nodes(node))


def _texts_in(node: ast.AST) -> Iterator[str]:
    """Yield the texts in a node, those that are put together as one."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value
        elif isinstance(part, ast.JoinedStr):
            pieces = (one.value for one in part.values if isinstance(one, ast.Constant))
            yield "".join(str(piece) for piece in pieces)


def to_json(module: ModuleSource) -> dict[str, Any]:
    """Return a module as JSON; what is as usual is left out."""
    return {
        "names": {name: _to_json(one) for name, one in module.names.items()},
        "stars": module.stars,
        "exports": module.exports
        and [
            sorted(module.exports.names),
            sorted(module.exports.modules),
            module.exports.complete,
        ],
        "imports": sorted(module.imports),
        "is_open": module.is_open,
        "made": sorted(module.made),
        "unsure": sorted(module.unsure),
        "text": module.text,
    }


def _to_json(binding: Binding) -> dict[str, Any]:
    content: dict[str, Any] = {"kind": binding.kind}
    if binding.parameters is not None:
        content["parameters"] = [(p.name, p.passing, p.default) for p in binding.parameters]
    if binding.members:
        content["members"] = {name: _to_json(one) for name, one in binding.members.items()}
    for name in _PLAIN_FIELDS:
        value = getattr(binding, name)
        if value:
            content[name] = value
    return content


_PLAIN_FIELDS = ("target", "is_wrapped", "words", "is_method", "bases", "is_open", "text")


def from_json(content: Mapping[str, Any]) -> ModuleSource:
    """Return the module that ``to_json`` was given."""
    listed = content["exports"]
    return ModuleSource(
        names={name: _from_json(one) for name, one in content["names"].items()},
        stars=tuple(content["stars"]),
        exports=None
        if listed is None
        else Exports(frozenset(listed[0]), frozenset(listed[1]), complete=listed[2]),
        imports=frozenset(content["imports"]),
        is_open=content["is_open"],
        made=frozenset(content["made"]),
        unsure=frozenset(content["unsure"]),
        text=content["text"],
    )


def _from_json(content: Mapping[str, Any]) -> Binding:
    listed = content.get("parameters")
    return Binding(
        kind=content["kind"],
        target=content.get("target", ""),
        parameters=None
        if listed is None
        else tuple(Parameter(name, Passing(passing), text) for name, passing, text in listed),
        is_wrapped=content.get("is_wrapped", False),
        words=tuple(content.get("words", ())),
        is_method=content.get("is_method", False),
        members={name: _from_json(one) for name, one in content.get("members", {}).items()},
        bases=tuple(content.get("bases", ())),
        is_open=content.get("is_open", False),
        text=content.get("text", ""),
    )
