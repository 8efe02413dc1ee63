"""What the names of a script stand for: a library's modules, classes and functions. Pure."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


@dataclass(frozen=True, kw_only=True)
class Value:
    """Something of the library, by its dotted name.

    ``is_instance``: it is what a call of that name returned. ``is_member``: all but the last part
    of the name is called to make an instance, and the last part is an attribute of that. ``own``
    are attributes that the script defines itself, in a class of its own.
    """

    name: str
    is_instance: bool = False
    is_member: bool = False
    own: frozenset[str] = frozenset()

    def attribute(self, name: str) -> Value | None:
        """Return what an attribute of it stands for; None where that is not known."""
        if self.is_member or name in self.own:
            return None
        return Value(name=f"{self.name}.{name}", is_member=self.is_instance)

    def called(self) -> Value | None:
        """Return what a call of it returns; None where that is not known."""
        if self.is_instance or self.is_member:
            return None
        return Value(name=self.name, is_instance=True, own=self.own)


@dataclass
class Scope:
    """The names of a module, a class, a function or a comprehension, as far as it was read.

    ``values`` are what names stand for at the present place, None for what is not of the library.
    ``ever`` are all values that a name is given anywhere. ``local`` are the names that are bound
    in a function, wherever that is. A ``deferred`` scope, a function's, is read when all around it
    is known.
    """

    parent: Scope | None = None
    is_class: bool = False
    deferred: bool = False
    local: frozenset[str] = frozenset()
    declared_global: frozenset[str] = frozenset()
    values: dict[str, Value | None] = field(default_factory=dict)
    ever: dict[str, set[Value | None]] = field(default_factory=dict)

    @property
    def module(self) -> Scope:
        """The scope of the script itself."""
        return self if self.parent is None else self.parent.module

    def bind(self, name: str, value: Value | None) -> None:
        """Give a name a value."""
        scope = self.module if name in self.declared_global else self
        scope.values[name] = value
        scope.ever.setdefault(name, set()).add(value)

    def knows(self, name: str) -> bool:
        """Tell whether a name is bound here or further out."""
        if name in self.ever or name in self.local:
            return True
        return self.parent is not None and self.parent.knows(name)

    def look_up(self, name: str) -> Value | None:
        """Return what a name stands for at the present place."""
        if name in self.values:
            return self.values[name]
        if name in self.local or self.parent is None:
            return None
        outer = self.parent
        while outer.is_class and outer.parent is not None:
            outer = outer.parent
        return outer.look_up_at_the_end(name) if self.deferred else outer.look_up(name)

    def look_up_at_the_end(self, name: str) -> Value | None:
        """Return what a name always stands for; None where it is given several values."""
        if name in self.ever:
            values = self.ever[name]
            return next(iter(values)) if len(values) == 1 else None
        if name in self.local or self.parent is None:
            return None
        return self.parent.look_up_at_the_end(name)


def merged(branches: Iterable[Mapping[str, Value | None]]) -> dict[str, Value | None]:
    """Return what names stand for after one of several branches was taken.

    What a branch does not bind is what the others make of it; where they differ it is not known.
    """
    found: dict[str, Value | None] = {}
    for branch in branches:
        for name, value in branch.items():
            found[name] = value if found.get(name, value) == value else None
    return found


def bound_in(body: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the names that statements of a function bind, without those of scopes inside."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
            continue
        if isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp)):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            yield node.id
        elif isinstance(node, ast.alias):
            yield node.asname or node.name.partition(".")[0]
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            yield node.name
        yield from bound_in(ast.iter_child_nodes(node))


def declared_in(body: Iterable[ast.AST], kind: type[ast.Global | ast.Nonlocal]) -> frozenset[str]:
    """Return the names that statements of a function declare as those of a scope further out."""
    nodes = (node for statement in body for node in ast.walk(statement))
    return frozenset(name for node in nodes if isinstance(node, kind) for name in node.names)
