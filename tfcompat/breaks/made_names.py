"""Which names a module makes when it is asked for them: its ``__getattr__``, followed. Pure.

The function is gone through for one name after another, with the lists and tables of names that
stand in the module. Where it depends on anything else, both ways are followed, and only what they
agree on is known. https://peps.python.org/pep-0562/
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

# No module has it, so that what a function does with it, it does with any other name.
_NOBODYS = "no_such_name_in_any_module"
# So many statements are followed for one name.
_MOST = 400


class _Way(Enum):
    """How a function ends for a name."""

    RETURNS = 1
    RAISES = 2
    UNKNOWN = 3


@dataclass(frozen=True)
class _Names:
    """The keys of a table, or the items of a list; more may come where it is not ``complete``."""

    known: frozenset[object]
    complete: bool = True


class _Unknown:
    """A value that is not known."""


_UNKNOWN = _Unknown()
_Value: TypeAlias = "str | bool | _Names | _Unknown"


class _LookupFails(Exception):  # noqa: N818 - what it stands for is no error of ours
    """A table has no such key."""


@dataclass(frozen=True, kw_only=True)
class MadeNames:
    """Names that a module makes, and ``unsure`` ones; ``any_name``: it may make any."""

    made: frozenset[str] = frozenset()
    unsure: frozenset[str] = frozenset()
    any_name: bool = False


def made_names(nodes: Iterable[ast.AST]) -> MadeNames | None:
    """Return what a module makes, by its nodes outside of functions; None without a way to."""
    listed = list(nodes)
    functions = [n for n in listed if isinstance(n, ast.FunctionDef) and n.name == "__getattr__"]
    if not functions:
        return None
    if len(functions) > 1 or not functions[0].args.args:
        return MadeNames(any_name=True)
    tables = _tables(listed)
    words = {
        part.value
        for node in (*listed, *ast.walk(functions[0]))
        for part in [node]
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
        if part.value.isidentifier()
    }
    ways = {word: _way(functions[0], word, tables) for word in (*words, _NOBODYS)}
    return MadeNames(
        made=frozenset(word for word in words if ways[word] is _Way.RETURNS),
        unsure=frozenset(word for word in words if ways[word] is _Way.UNKNOWN),
        any_name=ways[_NOBODYS] is not _Way.RAISES,
    )


def _way(function: ast.FunctionDef, word: str, tables: Mapping[str, _Names]) -> _Way:
    follower = _Follower({**tables, function.args.args[0].arg: word})
    try:
        return follower.follow(function.body)
    except _LookupFails:
        return _Way.UNKNOWN


@dataclass
class _Follower:
    """Follows a function with the values of some names."""

    values: dict[str, _Value]
    left: int = field(default=_MOST)

    def follow(  # noqa: C901, PLR0911 - one branch for each kind of statement
        self, body: Sequence[ast.stmt]
    ) -> _Way:
        """Return how statements end; raise _LookupFails where a table lacks the name."""
        for number, statement in enumerate(body):
            self.left -= 1
            if self.left < 0:
                return _Way.UNKNOWN
            rest = list(body[number + 1 :])
            if isinstance(statement, ast.Return):
                return self._returned(statement.value)
            if isinstance(statement, ast.Raise):
                return _Way.RAISES
            if isinstance(statement, ast.If):
                test = self.value(statement.test)
                if isinstance(test, bool):
                    return self.follow([*(statement.body if test else statement.orelse), *rest])
                return self._both([*statement.body, *rest], [*statement.orelse, *rest])
            if isinstance(statement, ast.Try):
                return self._tried(statement, rest)
            if isinstance(statement, ast.With):
                return self.follow([*statement.body, *rest])
            if isinstance(statement, (ast.For, ast.While, ast.Match)):
                return _Way.UNKNOWN
            if isinstance(statement, ast.Assign):
                found = self.value(statement.value)
                for target in statement.targets:
                    if isinstance(target, ast.Name):
                        self.values[target.id] = found
        return _Way.RETURNS

    def _both(self, one: Sequence[ast.stmt], other: Sequence[ast.stmt]) -> _Way:
        before = dict(self.values)
        first = self.follow(one)
        self.values = before
        second = self.follow(other)
        return first if first is second else _Way.UNKNOWN

    def _tried(self, statement: ast.Try, rest: list[ast.stmt]) -> _Way:
        try:
            unsure = any(self._is_unsure(part) for part in statement.body)
            way = self.follow([*statement.body, *statement.orelse, *rest])
        except _LookupFails:
            return (
                self.follow([*statement.handlers[0].body, *rest])
                if statement.handlers
                else _Way.UNKNOWN
            )
        if not unsure or not statement.handlers:
            return way
        other = self.follow([*statement.handlers[0].body, *rest])
        return way if way is other else _Way.UNKNOWN

    def _is_unsure(self, statement: ast.stmt) -> bool:
        """Tell whether a statement may raise what cannot be foreseen."""
        return any(
            isinstance(node, ast.Call)
            or (isinstance(node, ast.Subscript) and not self._is_foreseen(node))
            for node in ast.walk(statement)
        )

    def _is_foreseen(self, node: ast.Subscript) -> bool:
        table, key = self.value(node.value), self.value(node.slice)
        return isinstance(table, _Names) and (table.complete or key in table.known)

    def _returned(self, value: ast.expr | None) -> _Way:
        if value is None:
            return _Way.RETURNS
        if isinstance(value, ast.Call):
            name = getattr(value.func, "id", getattr(value.func, "attr", ""))
            # A helper may raise as well; an import brings what it names.
            return _Way.RETURNS if name == "import_module" else _Way.UNKNOWN
        self.value(value)
        return _Way.RETURNS

    def value(self, node: ast.expr) -> _Value:  # noqa: PLR0911 - one for each kind
        """Return the value of an expression, as far as it is known."""
        if isinstance(node, ast.Constant) and isinstance(node.value, (str, bool)):
            return node.value
        if isinstance(node, ast.Name):
            return self.values.get(node.id, _UNKNOWN)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            inside = self.value(node.operand)
            return not inside if isinstance(inside, bool) else _UNKNOWN
        if isinstance(node, ast.BoolOp):
            return self._joined(node)
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return self._compared(node)
        if isinstance(node, ast.Subscript):
            table, key = self.value(node.value), self.value(node.slice)
            if (
                isinstance(table, _Names)
                and table.complete
                and isinstance(key, str)
                and key not in table.known
            ):
                raise _LookupFails
            return _UNKNOWN
        if isinstance(node, (ast.Dict, ast.Set, ast.List, ast.Tuple)):
            return _listed(node, {}) or _UNKNOWN
        return self._called(node)

    def _joined(self, node: ast.BoolOp) -> _Value:
        is_and = isinstance(node.op, ast.And)
        values = [self.value(part) for part in node.values]
        if any(value is (not is_and) for value in values):
            return not is_and
        return is_and if all(value is is_and for value in values) else _UNKNOWN

    def _compared(self, node: ast.Compare) -> _Value:
        left, right, operator = self.value(node.left), self.value(node.comparators[0]), node.ops[0]
        if isinstance(left, str) and isinstance(right, str):
            if isinstance(operator, (ast.Eq, ast.NotEq)):
                return (left == right) is isinstance(operator, ast.Eq)
        elif isinstance(left, str) and isinstance(right, _Names):
            is_in = left in right.known
            if isinstance(operator, (ast.In, ast.NotIn)) and (is_in or right.complete):
                return is_in is isinstance(operator, ast.In)
        return _UNKNOWN

    def _called(self, node: ast.expr) -> _Value:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            text, argument = self.value(node.func.value), self.value(node.args[0])
            if isinstance(text, str) and isinstance(argument, str):
                if node.func.attr == "startswith":
                    return text.startswith(argument)
                if node.func.attr == "endswith":
                    return text.endswith(argument)
        return _UNKNOWN


def _tables(nodes: Iterable[ast.AST]) -> dict[str, _Names]:
    """Return the tables and lists of names that stand in a module, by their own names."""
    found: dict[str, _Names] = {}
    literals: dict[str, ast.expr] = {}
    for node in nodes:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            table = _listed(node.value, literals)
            for name in names:
                literals[name] = node.value
                found.pop(name, None)
                if table is not None:
                    # One that is bound twice may be either.
                    found[name] = table
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            name = getattr(node.func.value, "id", "")
            if name in found and node.func.attr in ("update", "extend", "append", "add"):
                more = _listed(node.args[0], literals) if len(node.args) == 1 else None
                before = found[name]
                found[name] = _Names(
                    before.known | (more.known if more else frozenset()),
                    before.complete and more is not None and more.complete,
                )
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            name = getattr(node.value, "id", "")
            if name in found:
                key = node.slice.value if isinstance(node.slice, ast.Constant) else None
                known = found[name].known | ({key} if key is not None else frozenset())
                found[name] = _Names(known, found[name].complete and key is not None)
    return found


def _listed(node: ast.expr, literals: Mapping[str, ast.expr]) -> _Names | None:
    """Return the keys or items of a table or list; None where it is none."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in (
        "set",
        "frozenset",
        "list",
        "tuple",
        "dict",
    ):
        if not node.args:
            return _Names(frozenset(keyword.arg for keyword in node.keywords))
        return _listed(node.args[0], literals)
    if isinstance(node, ast.Dict):
        items: Sequence[ast.expr | None] = node.keys
    elif isinstance(node, (ast.Set, ast.List, ast.Tuple)):
        items = node.elts
    elif isinstance(node, ast.DictComp):
        return _of_comprehension(node, literals)
    else:
        return None
    known = frozenset(one.value for one in items if isinstance(one, ast.Constant))
    complete = all(isinstance(one, (ast.Constant, ast.Tuple)) for one in items)
    return _Names(known, complete)


def _of_comprehension(node: ast.DictComp, literals: Mapping[str, ast.expr]) -> _Names | None:
    """Return the keys of a table that is made from a list in the same module."""
    if len(node.generators) != 1 or not isinstance(node.key, ast.Name):
        return None
    each = node.generators[0]
    rows: ast.expr | None = each.iter
    if isinstance(rows, ast.Name):
        rows = literals.get(rows.id)
    if not isinstance(rows, (ast.List, ast.Tuple, ast.Set)):
        return None
    keys = frozenset(_keys(each.target, rows.elts, node.key.id))
    return _Names(keys, complete=not each.ifs and None not in keys)


def _keys(target: ast.expr, rows: Iterable[ast.expr], name: str) -> Iterator[object]:
    """Yield what a name stands for in each round of a loop; None where that is not known."""
    for row in rows:
        places: Sequence[tuple[ast.expr, ast.expr]] = [(target, row)]
        if isinstance(target, ast.Tuple) and isinstance(row, ast.Tuple):
            places = list(zip(target.elts, row.elts, strict=False))
        found = [value for place, value in places if getattr(place, "id", "") == name]
        constant = found[0] if found else None
        yield constant.value if isinstance(constant, ast.Constant) else None
