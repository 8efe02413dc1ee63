"""What one module defines, read from its source by griffe, without importing it. Pure.

A second look at the syntax tree finds what makes such a reading doubtful: names that are bound in
several branches, and names that only running the module makes.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

import griffe

from tfcompat.breaks.scopes import bound_in
from tfcompat.breaks.surface import Parameter, Passing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_ENDING = re.compile(r"deprecat|will be removed|(?:has|have|was) (?:been )?(?:moved|renamed)", re.I)

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
# Words without which a module has no names but those that its text has.
_MAKES_NAMES = re.compile(
    r"import \*|__getattr__|\b(?:globals|vars|locals|exec|execfile|setattr)\b|\bsys\.modules\b"
)
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

    ``stars`` are the modules whose names it takes over, ``exported`` what it says that those who
    take over its own get, None where it does not say. ``imports`` are all modules and names that it
    imports anywhere. ``is_open``: running it may give it other names.
    """

    names: Mapping[str, Binding]
    stars: tuple[str, ...] = ()
    exported: frozenset[str] | None = None
    imports: frozenset[str] = frozenset()
    is_open: bool = False
    text: str = ""


def read_module(name: str, path: str, source: str) -> ModuleSource | None:
    """Return what a module defines, by its dotted name, its path and its text.

    None where the text cannot be parsed, as that of Python 2.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
            module = griffe.visit(name, filepath=_filepath(path), code=source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    except Exception:  # noqa: BLE001 - griffe has not seen all that there is in old sources
        return None
    package = name if path.endswith("__init__.py") else name.rpartition(".")[0]
    doubts = _Doubts.of(tree, package, says_endings=bool(_ENDING.search(source)))
    members = {key: one for key, one in module.members.items() if "/" not in key}
    # What is imported for types alone may be made when it is asked for.
    names = {
        key: _binding(member, doubts)
        for key, member in members.items()
        if (member.runtime or doubts.is_open) and key not in doubts.deleted
    }
    others = doubts.bound - members.keys() - doubts.deleted - {"*"}
    unknown = dict.fromkeys(others, Binding(kind="value"))
    stars = [m.target_path for m in module.members.values() if m.is_alias and m.wildcard]
    exports = module.exports
    return ModuleSource(
        names={**unknown, **names},
        stars=tuple(stars),
        exported=_exported(exports, doubts),
        imports=frozenset(doubts.imports),
        is_open=doubts.is_open,
        text=ending_in(ast.get_docstring(tree) or ""),
    )


def may_have(source: str, word: str) -> bool:
    """Tell whether a module with some text may have a name, without parsing it."""
    return re.search(rf"\b{re.escape(word)}\b", source) is not None or bool(
        _MAKES_NAMES.search(source)
    )


def _filepath(path: str) -> Path:
    from pathlib import Path  # noqa: PLC0415 - griffe asks for a path, and reads no file

    return Path(PurePosixPath("/", path))


def _exported(exports: Iterable[Any] | None, doubts: _Doubts) -> frozenset[str] | None:
    """Return what ``__all__`` lists; None where it is not a list of texts alone."""
    if exports is None or doubts.makes_exports:
        return None
    listed = list(exports)
    return frozenset(listed) if all(isinstance(one, str) for one in listed) else None


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
    hooks = {"__getattr__", "__getattribute__"} & inside.keys()
    bases = tuple(re.sub(r"\[.*\]$", "", str(base)) for base in member.bases)
    return Binding(
        kind="class",
        members=inside,
        bases=tuple(base for base in bases if base != "object"),
        is_wrapped=bool(decorators),
        is_open=bool(hooks or decorators or member.keywords) or doubts.changes_classes,
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
    text = str(one.default)
    try:
        return Parameter(one.name, passing, repr(ast.literal_eval(text)))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return Parameter(one.name, passing, f"<{text[:60]}>")


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
    says_endings: bool = True
    is_open: bool = False
    makes_exports: bool = False
    changes_classes: bool = False

    @classmethod
    def of(cls, tree: ast.Module, package: str, *, says_endings: bool) -> _Doubts:
        """Return the doubts about a module, whose relative imports begin in a package."""
        found = cls(says_endings=says_endings)
        found._note_statements(tree.body, "")
        found.bound = set(bound_in(tree.body))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                found._note_call(node)
            elif isinstance(node, ast.Import):
                found.imports.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                found._note_import(node, package)
            elif isinstance(node, ast.Global):
                found.bound.update(node.names)
            elif isinstance(node, ast.Attribute) and node.attr == "modules":
                found.is_open |= getattr(node.value, "id", "") in ("sys", "_sys")
        return found

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
            if isinstance(statement, ast.Delete):
                removed = {t.id for t in statement.targets if isinstance(t, ast.Name)}
                self.deleted.update(removed if not prefix else ())
                continue
            self.deleted.difference_update(names)
            if isinstance(statement, (ast.FunctionDef, ast.Assign)) and not prefix:
                self.is_open |= "__getattr__" in names
            if "__all__" in names and not prefix:
                value = getattr(statement, "value", None)
                self.makes_exports |= not isinstance(value, (ast.List, ast.Tuple))
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
            if isinstance(node.args[1], ast.Constant):
                self.bound.add(str(node.args[1].value))
            elif getattr(node.args[0], "id", "self") not in ("self", "cls", "obj"):
                self.is_open = self.changes_classes = True
        self.is_open |= name in _DYNAMIC
        if isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "__all__":
            self.makes_exports = True


def _texts_in(node: ast.AST) -> Iterator[str]:
    """Yield the texts in a node, those that are put together as one."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value
        elif isinstance(part, ast.JoinedStr):
            pieces = (one.value for one in part.values if isinstance(one, ast.Constant))
            yield "".join(str(piece) for piece in pieces)


def to_json(module: ModuleSource) -> dict[str, Any]:
    """Return a module as JSON."""
    content = asdict(module)
    content["imports"] = sorted(module.imports)
    content["exported"] = None if module.exported is None else sorted(module.exported)
    return content


def from_json(content: Mapping[str, Any]) -> ModuleSource:
    """Return the module that ``to_json`` was given."""
    exported = content["exported"]
    return ModuleSource(
        names={name: _from_json(one) for name, one in content["names"].items()},
        stars=tuple(content["stars"]),
        exported=None if exported is None else frozenset(exported),
        imports=frozenset(content["imports"]),
        is_open=content["is_open"],
        text=content["text"],
    )


def _from_json(content: Mapping[str, Any]) -> Binding:
    listed = content["parameters"]
    return Binding(
        kind=content["kind"],
        target=content["target"],
        parameters=None
        if listed is None
        else tuple(Parameter(p["name"], Passing(p["passing"]), p["default"]) for p in listed),
        is_wrapped=content["is_wrapped"],
        words=tuple(content["words"]),
        is_method=content["is_method"],
        members={name: _from_json(one) for name, one in content["members"].items()},
        bases=tuple(content["bases"]),
        is_open=content["is_open"],
        text=content["text"],
    )
