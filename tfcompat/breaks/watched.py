"""A script that is watched as it runs: each attribute that it reads is noted on the way. Pure.

``x.name`` becomes a call of the recorder, on the same line and in the same order. So a run shows of
which classes the objects are, which no reading of the script can tell.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfcompat.breaks.uses import shape_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tfcompat.breaks.uses import CallShape

RECORDER = "_tfcompat_recorder"
"""The module that the watched script calls; it lies beside it."""

_Head = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, kw_only=True)
class Site:
    """A place where a script reads an attribute: its line, the name, and the call, if it is one."""

    line: int
    name: str
    call: CallShape | None = None


@dataclass(frozen=True, kw_only=True)
class Watched:
    """A script as it is watched, and its sites, by the numbers that its run notes."""

    source: bytes
    sites: tuple[Site, ...]


def watched(source: bytes) -> Watched:
    """Return a script that notes what it reads, as far as that cannot change what it does.

    What others read as text stays as it is: functions with decorators, which may compile them,
    annotations and patterns; so do formatted strings. Raises SyntaxError or ValueError where it is
    not one of this Python.
    """
    finder = _Finder()
    finder.visit(ast.parse(source))
    editor = _Editor(source)
    sites: list[Site] = []
    for node, call in finder.found:
        if editor.watch(node, len(sites)):
            line = node.end_lineno or node.lineno
            sites.append(Site(line=line, name=node.attr, call=shape_of(call) if call else None))
    return Watched(source=editor.text(), sites=tuple(sites))


class _Finder(ast.NodeVisitor):
    """Finds the attributes that are read, with the calls that they are what is called of."""

    def __init__(self) -> None:
        self.found: list[tuple[ast.Attribute, ast.Call | None]] = []

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._add(node, None)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Attribute):
            self._add(node.func, node)
        else:
            self.visit(node.func)
        self._visit_all([*node.args, *(keyword.value for keyword in node.keywords)])

    def _add(self, node: ast.Attribute, call: ast.Call | None) -> None:
        is_private = node.attr.startswith("__") and not node.attr.endswith("__")
        if isinstance(node.ctx, ast.Load) and not is_private:
            self.found.append((node, call))
        self.visit(node.value)

    def _visit_function(self, node: _Head) -> None:
        if not node.decorator_list:
            arguments = node.args
            self._visit_all(filter(None, (*arguments.defaults, *arguments.kw_defaults)))
            self._visit_all(node.body)

    visit_FunctionDef = _visit_function
    visit_AsyncFunctionDef = _visit_function

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        if not node.decorator_list:
            self._visit_all([*node.bases, *(keyword.value for keyword in node.keywords)])
            self._visit_all(node.body)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._visit_all(filter(None, (node.target, node.value)))

    def visit_match_case(self, node: ast.match_case) -> None:
        self._visit_all(filter(None, (node.guard, *node.body)))

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Leave formatted strings: what their parts say of places differs between Pythons."""

    def visit_TemplateStr(self, node: ast.AST) -> None:
        """Likewise."""

    def _visit_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)


class _Editor:
    """The bytes of a script, with what is put in at places and what takes the place of others."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._starts = [0]
        for line in source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._before: dict[int, bytes] = {}
        self._instead: dict[int, tuple[int, bytes]] = {}

    def watch(self, node: ast.Attribute, number: int) -> bool:
        """Have an attribute noted under a number; tell whether it can be."""
        start = self._place(node.lineno, node.col_offset)
        end = self._place(node.end_lineno, node.end_col_offset)
        inner = self._place(node.value.end_lineno, node.value.end_col_offset)
        name = node.attr.encode()
        between = self._source[inner : end - len(name)]
        if self._source[end - len(name) : end] != name or b"#" in between or b"." not in between:
            return False
        dot = inner + between.rindex(b".")
        head = b'__import__("%s").get(' % RECORDER.encode()
        self._before[start] = self._before.get(start, b"") + head
        self._instead[dot] = (dot + 1, b",")
        self._instead[end - len(name)] = (end, b'"%s",%d)' % (name, number))
        return True

    def _place(self, line: int | None, column: int | None) -> int:
        return self._starts[(line or 1) - 1] + (column or 0)

    def text(self) -> bytes:
        """Return the script as it is now."""
        parts, at = [], 0
        for place in sorted({*self._before, *self._instead}):
            parts.append(self._source[at:place])
            parts.append(self._before.get(place, b""))
            end, text = self._instead.get(place, (place, b""))
            parts.append(text)
            at = end
        return b"".join([*parts, self._source[at:]])
