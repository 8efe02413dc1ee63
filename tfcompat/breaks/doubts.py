"""What reading the source of a module leaves in doubt: what only running it decides. Pure.

A second look at the syntax tree finds names that are bound in several branches, names that only
running the module makes, and what it says of the end of something.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tfcompat.breaks.exports import Exports, exports_in
from tfcompat.breaks.made_names import MadeNames, made_names
from tfcompat.breaks.scopes import bound_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ENDING = re.compile(
    r"deprecat|will be removed|(?:has|have|was) (?:been )?(?:moved|renamed)", re.IGNORECASE
)
# They may give a module names that no statement shows.
_OF_THE_PLACE = frozenset(("vars", "locals"))
_DYNAMIC = frozenset(("globals", "vars", "locals", "exec", "execfile"))
# A function that adds to `__all__`: the lines of a module's own statements are not indented.
_CHANGES_EXPORTS = re.compile(r"^ {8,}__all__(?:\.\w+\(| *\+=)", re.MULTILINE)
_READING = frozenset(("keys", "get", "items", "values", "copy"))
# Words without which nothing inside of a function changes what its module has.
_REACHES_OUT = re.compile(r"\b(?:globals|vars|locals|exec|execfile|setattr|global)\b|sys\.modules")


@dataclass
class Doubts:
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
    in_classes: dict[int, str] = field(default_factory=dict)
    handed_on: set[str] = field(default_factory=set)
    says_endings: bool = True
    is_open: bool = False
    exports: Exports | None = None
    changes_classes: bool = False

    @classmethod
    def of(cls, tree: ast.Module, source: str, package: str) -> Doubts:
        """Return the doubts about a module, whose relative imports begin in a package."""
        found = cls(says_endings=_ENDING.search(source) is not None)
        found._note_statements(tree.body, "")
        found.bound = set(bound_in(tree.body))
        found.outer = set(map(id, _outer(tree.body)))
        found.in_classes = {
            id(node): statement.name
            for statement in _outer(tree.body)
            if isinstance(statement, ast.ClassDef)
            for node in _outer(statement.body)
        }
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
        if name in _OF_THE_PLACE and not node.args and id(node) not in self.reading:
            # They are the names of the class or the function in which it stands, or the module's.
            if id(node) in self.in_classes:
                self.handed_on.add(self.in_classes[id(node)])
            else:
                self.is_open |= id(node) in self.outer
            return
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


def ending_in(text: str) -> str:
    """Return what a text says of the end of something; nothing where it says nothing."""
    found = _ENDING.search(text)
    if found is None:
        return ""
    begin = max(text.rfind("\n\n", 0, found.start()), found.start() - 100, 0)
    return " ".join(text[begin : found.start() + 250].split())
