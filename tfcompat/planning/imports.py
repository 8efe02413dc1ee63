"""What a script imports, from its syntax tree. Pure."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# In a script of Python 2 that no current Python can parse.
_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import|import[ \t]+([\w.]+(?:[ \t]*,[ \t]*[\w.]+)*))",
    re.MULTILINE,
)

# Handlers of these catch a module that is missing.
_CATCHING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


@dataclass(frozen=True, kw_only=True)
class Import:
    """One module that a script imports.

    ``names`` are what it takes from the module, which may be modules themselves: ``storage`` of
    ``from google.cloud import storage``. An ``optional`` one may be missing: the script catches
    that.
    """

    module: str
    names: tuple[str, ...] = ()
    optional: bool = False

    @property
    def dotted(self) -> tuple[str, ...]:
        """Everything that it may import, the longest names first."""
        return (*(f"{self.module}.{name}" for name in self.names), self.module)


def imports_of(source: bytes, package: str = "") -> tuple[Import, ...]:
    """Return the imports of a script, in the order of its lines, wherever they stand.

    Relative ones are left out, unless it is a module of a ``package``, to which they are relative.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        found = _IMPORT.finditer(source)
        texts = ((match[1] or match[2]).decode("ascii", "replace") for match in found)
        return tuple(Import(module=name.strip()) for text in texts for name in text.split(","))
    found_in_tree = sorted(
        _imports_in(tree.body, package, optional=False), key=lambda found: found[0]
    )
    return tuple(one for _, one in found_in_tree)


def _imports_in(
    nodes: Iterable[ast.AST], package: str, *, optional: bool
) -> Iterator[tuple[int, Import]]:
    """Yield the imports below some nodes, each with its line."""
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, Import(module=alias.name, optional=optional)
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(node, package)
            if module:
                names = tuple(alias.name for alias in node.names if alias.name != "*")
                yield node.lineno, Import(module=module, names=names, optional=optional)
        elif isinstance(node, ast.Try) and any(map(_catches, node.handlers)):
            # One of the two ways is enough, and neither is known to be the one.
            guarded = [*node.body, *node.handlers]
            yield from _imports_in(guarded, package, optional=True)
            yield from _imports_in([*node.orelse, *node.finalbody], package, optional=optional)
        else:
            yield from _imports_in(ast.iter_child_nodes(node), package, optional=optional)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    """Return the module that a ``from`` import names; empty where it cannot be told."""
    if not node.level:
        return node.module or ""
    parts = package.split(".") if package else []
    if node.level > len(parts):
        return ""
    kept = parts[: len(parts) - node.level + 1]
    return ".".join([*kept, *([node.module] if node.module else [])])


def _catches(handler: ast.ExceptHandler) -> bool:
    """Whether a handler catches a missing module."""
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(kind, ast.Name) and kind.id in _CATCHING for kind in kinds)
