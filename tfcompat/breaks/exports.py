"""What a module lists as its own: ``__all__``, put together from its statements. Pure."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_ADDING = frozenset(("append", "extend", "__iadd__", "insert"))


@dataclass(frozen=True)
class Exports:
    """The ``names`` that a module lists, and the ``modules`` whose lists it takes over.

    There may be more names where the list is not ``complete``.
    """

    names: frozenset[str] = frozenset()
    modules: frozenset[str] = frozenset()
    complete: bool = True

    def __add__(self, other: Exports) -> Exports:
        """Return both lists as one."""
        return Exports(
            self.names | other.names,
            self.modules | other.modules,
            self.complete and other.complete,
        )


def exports_in(nodes: Iterable[ast.AST]) -> Exports | None:
    """Return what is listed by the nodes of a module; None where it has no ``__all__``."""
    found: Exports | None = None
    for node in nodes:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(map(_is_all, targets)):
                # One of several branches may have been another.
                found = _listed(node.value) + (found or Exports())
        elif isinstance(node, ast.AugAssign) and _is_all(node.target):
            found = (found or Exports()) + _listed(node.value)
        elif isinstance(node, ast.Call) and _adds(node):
            found = (found or Exports()) + _added(node)
    return found


def _is_all(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "__all__"


def _adds(call: ast.Call) -> bool:
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr not in _ADDING:
        return False
    return _is_all(function.value) and bool(call.args)


def _added(call: ast.Call) -> Exports:
    item = call.args[-1]
    if isinstance(item, ast.Constant) and isinstance(item.value, str):
        return Exports(frozenset((item.value,)))
    return _listed(item)


def _listed(node: ast.expr) -> Exports:
    """Return what an expression lists, as far as it stands there."""
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        texts = [one.value for one in node.elts if isinstance(one, ast.Constant)]
        stars = [one.value for one in node.elts if isinstance(one, ast.Starred)]
        found = Exports(
            frozenset(text for text in texts if isinstance(text, str)),
            complete=len(texts) + len(stars) == len(node.elts),
        )
        for star in stars:
            found += _listed(star)
        return found
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.BitOr)):
        return _listed(node.left) + _listed(node.right)
    if isinstance(node, ast.Attribute) and node.attr == "__all__":
        return Exports(modules=frozenset((ast.unparse(node.value),)))
    if isinstance(node, ast.Call) and len(node.args) == 1:
        # sorted(...), list(...), set(...): the same names.
        inside = _listed(node.args[0])
        known = getattr(node.func, "id", "") in ("sorted", "list", "set", "tuple", "frozenset")
        return Exports(inside.names, inside.modules, inside.complete and known)
    if _is_all(node):
        return Exports()
    return Exports(complete=False)
