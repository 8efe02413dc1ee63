"""What one module defines, read from its source by griffe, without importing it. Pure."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import griffe

from tfcompat.breaks.doubts import Doubts, ending_in
from tfcompat.breaks.module_source import Binding, ModuleSource
from tfcompat.breaks.surface import Parameter, Passing

if TYPE_CHECKING:
    from pathlib import Path

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
# They give a class no names: they put its name somewhere, or say what kind of class it is.
_NAMING = re.compile(r"set_module|final|runtime_checkable|total_ordering|\w*export|register\w*")
_PROPERTIES = frozenset(("property", "cached_property", "setter", "getter", "deleter"))
# They are likely to take arguments by other names than those of the function.
_TRANSLATING = re.compile(r"deprecat|rename|kwarg|alias|compat|legacy|args?\b", re.IGNORECASE)
# Words without which a module has no names but those that its text has.
_MAKES_NAMES = re.compile(
    r"import \*|__getattr__|\b(?:globals|vars|locals|exec|execfile|setattr)\b|\bsys\.modules\b"
)
_DOTTED = re.compile(r"[A-Za-z_][\w.]*")


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
    doubts = Doubts.of(tree, source, package)
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


def _binding(member: Any, doubts: Doubts) -> Binding:  # noqa: ANN401
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


def _class(member: griffe.Class, doubts: Doubts, text: str) -> Binding:
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
        is_open=bool(member.keywords)
        or not all(_NAMING.fullmatch(one) for one in decorators)
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
