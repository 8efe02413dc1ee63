"""What a script calls of a library, and how to pass one argument more in its calls. Pure.

Names are followed through imports, aliases and what a constructor returns, in the order of lines
and whatever the scope. What is called on anything else is not found.
"""

from __future__ import annotations

import ast
import io
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, kw_only=True)
class Called:
    """The dotted ``name`` of something that is called.

    ``of_instance``: all but its last part is a class, and it is called on an instance of that.
    """

    name: str
    of_instance: bool = False


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call in a script: how many arguments it passes by position, and which by name.

    ``is_open``: it passes some with a star, so that what it passes is not known. ``end`` is where
    its closing bracket stands: the line, counted from 1, and the byte in that line; ``last`` is
    where its last argument ends, None without any.
    """

    called: Called
    positional: int
    keywords: frozenset[str]
    is_open: bool
    end: tuple[int, int]
    last: tuple[int, int] | None

    def passes(self, argument: str, position: int | None) -> bool:
        """Tell whether it passes an argument, or may; ``position`` is None for one by name only."""
        by_position = position is not None and position < self.positional
        return self.is_open or argument in self.keywords or by_position


@dataclass(frozen=True, kw_only=True)
class Argument:
    """An argument to pass in the calls of something, and its ``value`` as source text."""

    called: Called
    name: str
    position: int | None
    value: str


def calls_of(source: bytes, module: str) -> tuple[Call, ...]:
    """Return the calls of what belongs to a module; none where the script cannot be parsed."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    names = _Names(module)
    try:
        names.visit(tree)
    except RecursionError:
        return ()
    return tuple(names.calls)


class _Names(ast.NodeVisitor):
    """Follows names of a module through a script. ``calls`` are those that it has met."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._known: dict[str, Called] = {}
        self.calls: list[Call] = []

    def _of_module(self, dotted: str) -> bool:
        return dotted == self._module or dotted.startswith(f"{self._module}.")

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            bound = alias.asname or alias.name.partition(".")[0]
            self._bind(bound, Called(name=alias.name if alias.asname else bound))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            self._bind(alias.asname or alias.name, Called(name=f"{node.module}.{alias.name}"))

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._bind(target.id, self._resolve(node.value))
            else:
                self.visit(target)

    def visit_withitem(self, node: ast.withitem) -> None:
        self.visit(node.context_expr)
        if isinstance(node.optional_vars, ast.Name):
            self._bind(node.optional_vars.id, self._resolve(node.context_expr))

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        called = self._resolve(node.func)
        if called is not None and node.end_lineno and node.end_col_offset:
            ends = [
                (part.end_lineno, part.end_col_offset)
                for part in (*node.args, *(keyword.value for keyword in node.keywords))
                if part.end_lineno is not None and part.end_col_offset is not None
            ]
            starred = any(isinstance(part, ast.Starred) for part in node.args)
            self.calls.append(
                Call(
                    called=called,
                    positional=len(node.args),
                    keywords=frozenset(k.arg for k in node.keywords if k.arg),
                    is_open=starred or any(k.arg is None for k in node.keywords),
                    end=(node.end_lineno, node.end_col_offset - 1),
                    last=max(ends, default=None),
                )
            )

    def _bind(self, name: str, called: Called | None) -> None:
        self._known.pop(name, None)
        if called is not None and self._of_module(called.name):
            self._known[name] = called

    def _resolve(self, node: ast.expr) -> Called | None:
        """Return what an expression stands for, as far as it is of the module."""
        if isinstance(node, ast.Name):
            return self._known.get(node.id)
        if isinstance(node, ast.Attribute):
            owner = self._resolve(node.value)
            if owner is None:
                return None
            return Called(name=f"{owner.name}.{node.attr}", of_instance=owner.of_instance)
        if isinstance(node, ast.Call):
            made = self._resolve(node.func)
            # What a method returns is not known.
            return (
                None
                if made is None or made.of_instance
                else Called(name=made.name, of_instance=True)
            )
        return None


def with_arguments(
    source: bytes, calls: Iterable[Call], arguments: Iterable[Argument]
) -> bytes | None:
    """Return a script whose calls pass some arguments that they do not pass yet.

    None where no call can be given one. Lines keep their numbers.
    """
    if not _is_utf8(source):
        return None
    by_called: dict[Called, list[Argument]] = {}
    for argument in arguments:
        by_called.setdefault(argument.called, []).append(argument)
    lines = source.splitlines(keepends=True)
    changed = False
    for call in sorted(calls, key=lambda call: call.end, reverse=True):
        new = [a for a in by_called.get(call.called, ()) if not call.passes(a.name, a.position)]
        if new:
            text = ", ".join(f"{argument.name}={argument.value}" for argument in new)
            line, column = call.end
            comma = ", " if call.last and b"," not in _between(lines, call.last, call.end) else ""
            before, after = lines[line - 1][:column], lines[line - 1][column:]
            lines[line - 1] = before + f"{comma}{text}".encode() + after
            changed = True
    edited = b"".join(lines)
    return edited if changed and _is_valid(edited) else None


def _between(lines: list[bytes], start: tuple[int, int], end: tuple[int, int]) -> bytes:
    """Return what stands between two places, without comments."""
    (first, left), (last, right) = start, end
    parts = [lines[number - 1] for number in range(first, last + 1)]
    parts[-1] = parts[-1][:right]
    parts[0] = parts[0][left:]
    return b"".join(part.partition(b"#")[0] for part in parts)


def _is_utf8(source: bytes) -> bool:
    """Tell whether the bytes of a script are where its syntax tree says: it is UTF-8, no mark."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    except SyntaxError:
        return False
    return encoding == "utf-8"


def _is_valid(source: bytes) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    return True
