"""Where a script reckons with something missing: what stands there is no break. Pure."""

from __future__ import annotations

import ast
import re
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class Guard(Enum):
    """What a place in a script is prepared for."""

    MISSING = "missing"
    """A module or a name that is not there."""
    CALL = "call"
    """A call that is not accepted."""


EVERYTHING = frozenset(Guard)

_GUARDS: dict[str, frozenset[Guard]] = {
    "ImportError": frozenset((Guard.MISSING,)),
    "ModuleNotFoundError": frozenset((Guard.MISSING,)),
    "AttributeError": frozenset((Guard.MISSING,)),
    "NameError": frozenset((Guard.MISSING,)),
    "TypeError": frozenset((Guard.CALL,)),
    "ValueError": frozenset((Guard.CALL,)),
    "Exception": EVERYTHING,
    "BaseException": EVERYTHING,
}

# A test of what there is: of a version, of a platform, of an attribute.
_TELLING = re.compile(
    r"(?:^|_)version|platform|^PY_?[23]|^IS_?PY|^PYTHON_?[23]|TYPE_CHECKING|^VERSION", re.IGNORECASE
)
_ASKING = frozenset(("hasattr", "find_spec", "find_loader", "parse_version", "LooseVersion"))
_LEAVING = frozenset(("exit", "_exit", "quit", "abort"))


def guards_of_try(node: ast.Try) -> frozenset[Guard]:
    """Return what the handlers of a ``try`` are prepared for.

    A handler that ends the script, or raises again, is prepared for nothing.
    """
    found: frozenset[Guard] = frozenset()
    for handler in node.handlers:
        if not gives_up(handler.body):
            found |= _caught(handler)
    return found


def _caught(handler: ast.ExceptHandler) -> frozenset[Guard]:
    if handler.type is None:
        return EVERYTHING
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = (kind.attr if isinstance(kind, ast.Attribute) else getattr(kind, "id", "")
             for kind in kinds)  # fmt: skip
    return frozenset(guard for name in names for guard in _GUARDS.get(name, ()))


def gives_up(body: Sequence[ast.stmt]) -> bool:
    """Tell whether statements end with an exception, or with the end of the script."""
    last = body[-1]
    if isinstance(last, ast.Raise):
        return True
    call = last.value if isinstance(last, ast.Expr) else None
    if not isinstance(call, ast.Call):
        return False
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name in _LEAVING


def leaves(body: Sequence[ast.stmt]) -> bool:
    """Tell whether nothing that follows statements is reached after them."""
    return gives_up(body) or isinstance(body[-1], (ast.Return, ast.Continue, ast.Break))


def is_guard(test: ast.expr, flags: Collection[str]) -> bool:
    """Tell whether a test asks what there is; ``flags`` are names that hold such answers."""
    for node in ast.walk(test):
        if isinstance(node, ast.Name):
            if node.id in flags or _TELLING.search(node.id):
                return True
            if node.id in _ASKING:
                return True
        elif isinstance(node, ast.Attribute):
            if _TELLING.search(node.attr) or node.attr in _ASKING:
                return True
        elif _has_default(node):
            return True
    return False


def _has_default(node: ast.AST) -> bool:
    """Tell whether a node is a ``getattr`` that reckons with something missing."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "getattr"
        and len(node.args) == 3
    )


def is_never_true(test: ast.expr) -> bool:
    """Tell whether what a test stands before is never run."""
    if isinstance(test, ast.Constant):
        return not test.value
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return bool(name == "TYPE_CHECKING")
