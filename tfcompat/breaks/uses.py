"""What a script uses of a library, from its syntax tree alone. Pure.

Names are followed through imports, aliases and assignments, with Python's rules of scope. What a
script binds itself, guards, or gives several meanings is not counted: a use that is missed does
less harm than one that is made up.
"""

from __future__ import annotations

import ast
import builtins
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfcompat.breaks.guards import (
    EVERYTHING,
    Guard,
    guards_of_try,
    is_guard,
    is_never_true,
    leaves,
)
from tfcompat.breaks.scopes import Scope, Value, bound_in, declared_in, merged
from tfcompat.errors import StudyError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, kw_only=True)
class CallShape:
    """What a call passes: how many arguments by position, and which by name.

    ``is_open``: it passes more by ``*`` or ``**``, so that what it passes is not known.
    """

    positional: int
    keywords: tuple[str, ...]
    is_open: bool = False


@dataclass(frozen=True, kw_only=True)
class Use:
    """One place in a script where something of the library is used, by its dotted name.

    ``call`` is None where it is not called there. ``is_member``: the last part of the name is an
    attribute of what a call of the rest returns. ``is_import``: an import statement names it.
    ``is_guess``: the name may come with a star import.
    ``is_recorded``: only a run showed of what it is an attribute. ``guards`` is what the script is
    prepared for at that place.
    """

    name: str
    line: int
    call: CallShape | None = None
    is_member: bool = False
    is_import: bool = False
    is_guess: bool = False
    is_recorded: bool = False
    guards: frozenset[Guard] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a script uses of a library, in order of lines, and what it is prepared for, by line."""

    uses: tuple[Use, ...]
    guards: Mapping[int, frozenset[Guard]]


def uses_of(source: bytes, roots: Collection[str], name: str = "the script") -> tuple[Use, ...]:
    """Return what a script uses of a library whose top modules are ``roots``, in order of lines.

    Raises what ``read`` raises.
    """
    return read(source, roots, name).uses


def read(source: bytes, roots: Collection[str], name: str = "the script") -> Reading:
    """Read what a script uses of a library whose top modules are ``roots``.

    Raises StudyError where it cannot be parsed; ``name`` is what that error calls the script.
    """
    try:
        with warnings.catch_warnings():
            # Of odd escapes in strings.
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
        reader = _Reader(roots)
        reader.read(tree)
    except SyntaxError as error:
        msg = f"{name} is no Python: {error.msg} (line {error.lineno})"
        raise StudyError(msg) from None
    except (ValueError, RecursionError, MemoryError) as error:
        msg = f"{name} cannot be parsed: {error}"
        raise StudyError(msg) from None
    uses = sorted(reader.found(), key=lambda use: (use.line, use.name))
    return Reading(uses=tuple(uses), guards=reader.guarded)


class _Reader(ast.NodeVisitor):
    """Follows the names of a library through a syntax tree."""

    def __init__(self, roots: Collection[str]) -> None:
        self._roots = tuple(roots)
        self._scope = Scope()
        self._guards: frozenset[Guard] = frozenset()
        self._flags: set[str] = set()
        self._uses: list[Use] = []
        self._replaced: set[str] = set()
        self._stars: list[str] = []
        self._waiting: list[tuple[_Function, Scope, frozenset[Guard]]] = []
        self._skips_annotations = False
        self.guarded: dict[int, frozenset[Guard]] = {}

    def visit(self, node: ast.AST) -> None:
        """Visit a node, and note what the script is prepared for on its line."""
        line = getattr(node, "lineno", 0)
        if self._guards and line:
            self.guarded[line] = self.guarded.get(line, frozenset()) | self._guards
        super().visit(node)

    def read(self, tree: ast.Module) -> None:
        """Read a script: first what runs as it is loaded, then the bodies of functions."""
        self._skips_annotations = any(
            isinstance(node, ast.ImportFrom) and node.module == "__future__"
            and any(alias.name == "annotations" for alias in node.names)
            for node in tree.body
        )  # fmt: skip
        self._visit_all(tree.body)
        while self._waiting:
            function, scope, guards = self._waiting.pop(0)
            self._scope, self._guards = scope, guards
            body = [function.body] if isinstance(function, ast.Lambda) else function.body
            self._visit_all(body)

    def found(self) -> Iterator[Use]:
        """Yield the uses, without those of names that the script gives the library itself."""
        for use in self._uses:
            parts = use.name.split(".")
            prefixes = {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
            if not prefixes & self._replaced:
                yield use

    # What names stand for.

    def _is_own(self, dotted: str) -> bool:
        return any(dotted == root or dotted.startswith(f"{root}.") for root in self._roots)

    def _known(self, dotted: str) -> Value | None:
        """Return a dotted name as a value, if it is the library's, or leads to it."""
        leads = any(root.startswith(f"{dotted}.") for root in self._roots)
        return Value(name=dotted) if leads or self._is_own(dotted) else None

    def _resolve(self, node: ast.AST) -> Value | None:
        """Return what an expression stands for, as far as it is the library's."""
        if isinstance(node, ast.Name):
            return self._scope.look_up(node.id)
        if isinstance(node, ast.Attribute):
            owner = self._resolve(node.value)
            return owner.attribute(node.attr) if owner else None
        if isinstance(node, ast.Call):
            literal = self._literal_attribute(node)
            if literal is not None:
                return literal
            called = self._resolve(node.func)
            return called.called() if called else None
        return None

    def _literal_attribute(self, node: ast.Call) -> Value | None:
        """Return what ``getattr(x, "name")`` and ``import_module("name")`` stand for."""
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        texts = [part.value if isinstance(part, ast.Constant) else None for part in node.args]
        if name == "getattr" and len(texts) == 2 and isinstance(texts[1], str):
            owner = self._resolve(node.args[0])
            return owner.attribute(texts[1]) if owner else None
        if name == "import_module" and len(texts) == 1 and isinstance(texts[0], str):
            return self._known(texts[0]) if self._is_own(texts[0]) else None
        return None

    def _note(self, value: Value, line: int, call: ast.Call | None = None) -> None:
        if self._is_own(value.name) and (value.name not in self._roots or call is not None):
            self._uses.append(
                Use(
                    name=value.name,
                    line=line,
                    call=shape_of(call) if call else None,
                    is_member=value.is_member,
                    guards=self._guards,
                )
            )

    def _note_import(self, dotted: str, line: int) -> None:
        if self._is_own(dotted):
            use = Use(name=dotted, line=line, is_import=True, guards=self._guards)
            self._uses.append(use)

    # Expressions.

    def visit_Name(self, node: ast.Name) -> None:
        self._visit_reference(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.ctx, ast.Load):
            self._visit_reference(node)
            return
        owner = self._resolve(node.value)
        if owner is not None and not owner.is_instance:
            self._replaced.add(f"{owner.name}.{node.attr}")
        self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        literal = self._literal_attribute(node)
        if literal is not None:
            self._note(literal, node.lineno)
        if isinstance(node.func, (ast.Name, ast.Attribute)):
            self._visit_reference(node.func, call=node)
        else:
            self.visit(node.func)
        if getattr(node.func, "id", "") == "setattr" and len(node.args) == 3:
            owner, name = self._resolve(node.args[0]), node.args[1]
            if owner is not None and isinstance(name, ast.Constant):
                self._replaced.add(f"{owner.name}.{name.value!s}")
        for part in (*node.args, *(keyword.value for keyword in node.keywords)):
            self.visit(part)

    def _visit_reference(
        self, node: ast.Name | ast.Attribute, call: ast.Call | None = None
    ) -> None:
        """Note a name or a chain of attributes, once as a whole; or look into it."""
        value = self._resolve(node)
        if isinstance(node, ast.Attribute):
            inner: ast.expr = node
            while isinstance(inner, ast.Attribute):
                inner = inner.value
            if value is None:
                self.visit(node.value)
            elif not isinstance(inner, ast.Name):
                self.visit(inner)
        elif value is None and isinstance(node.ctx, ast.Load):
            self._note_starred(node, call)
        if value is not None and not value.is_instance and isinstance(node.ctx, ast.Load):
            self._note(value, node.end_lineno or node.lineno, call)

    def _note_starred(self, node: ast.Name, call: ast.Call | None) -> None:
        """Note a name that only a star import can have brought."""
        if self._scope.knows(node.id) or hasattr(builtins, node.id) or len(set(self._stars)) != 1:
            return
        if self._is_own(self._stars[0]):
            name = f"{self._stars[0]}.{node.id}"
            shape = shape_of(call) if call else None
            use = Use(name=name, line=node.lineno, call=shape, is_guess=True, guards=self._guards)
            self._uses.append(use)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self.visit(node.test)
        with_guards = EVERYTHING if is_guard(node.test, self._flags) else frozenset[Guard]()
        self._visit_all([node.body, node.orelse], with_guards)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        guarded: frozenset[Guard] = frozenset()
        for part in node.values:
            self._visit_all([part], guarded)
            guarded |= EVERYTHING if is_guard(part, self._flags) else frozenset()

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self._scope.bind(node.target.id, self._resolve(node.value))

    def _visit_comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> None:
        self.visit(node.generators[0].iter)
        outer = self._scope
        self._scope = Scope(parent=outer)
        for number, part in enumerate(node.generators):
            if number:
                self.visit(part.iter)
            self._bind_target(part.target, None)
            for test in part.ifs:
                self.visit(test)
        values = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
        for value in values:
            self.visit(value)
        self._scope = outer

    visit_ListComp = visit_SetComp = visit_GeneratorExp = visit_DictComp = _visit_comprehension

    # Statements that bind.

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._note_import(alias.name, node.lineno)
            first = alias.name.partition(".")[0]
            bound = alias.asname or first
            self._scope.bind(bound, self._known(alias.name if alias.asname else first))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level or not node.module:
            for alias in node.names:
                self._scope.bind(alias.asname or alias.name, None)
            return
        for alias in node.names:
            if alias.name == "*":
                self._stars.append(node.module)
                self._note_import(node.module, node.lineno)
                continue
            dotted = f"{node.module}.{alias.name}"
            self._note_import(dotted, alias.lineno)
            self._scope.bind(alias.asname or alias.name, self._known(dotted))

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        if is_guard(node.value, self._flags):
            self._flags.update(t.id for t in node.targets if isinstance(t, ast.Name))
        for target in node.targets:
            self._bind_target(target, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._visit_annotation(node.annotation)
        if node.value is not None:
            self.visit(node.value)
            self._bind_target(node.target, node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        self._bind_target(node.target, None)

    def _bind_target(self, target: ast.expr, value: ast.expr | None) -> None:
        """Bind what an assignment, a loop or a ``with`` binds."""
        if isinstance(target, ast.Name):
            if isinstance(value, ast.Constant) and value.value is None:
                # A mark that it is not there yet, or could not be imported.
                self._scope.values.pop(target.id, None)
                self._scope.ever.setdefault(target.id, set())
                return
            self._scope.bind(target.id, self._resolve(value) if value is not None else None)
        elif isinstance(target, (ast.Tuple, ast.List)):
            parts: Sequence[ast.expr | None] = [None] * len(target.elts)
            if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
                parts = value.elts
            for one, part in zip(target.elts, parts, strict=True):
                self._bind_target(one, part)
        elif isinstance(target, ast.Starred):
            self._bind_target(target.value, None)
        else:
            self.visit(target)

    def visit_Delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._scope.values.pop(target.id, None)
            else:
                self.visit(target)

    # Functions and classes.

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._visit_head(node, owner=None)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_all(filter(None, (*node.args.defaults, *node.args.kw_defaults)))
        self._defer(node, owner=None)

    def _visit_head(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, owner: Value | None
    ) -> None:
        arguments = node.args
        self._visit_all(node.decorator_list)
        self._visit_all(filter(None, (*arguments.defaults, *arguments.kw_defaults)))
        for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            self._visit_annotation(one.annotation)
        self._visit_annotation(node.returns)
        self._scope.bind(node.name, None)
        self._defer(node, owner)

    def _visit_annotation(self, node: ast.expr | None) -> None:
        if node is not None and not self._skips_annotations:
            self.visit(node)

    def _defer(self, node: _Function, owner: Value | None) -> None:
        """Read the body of a function later, when all around it is known."""
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        arguments = node.args
        names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
        others = (*arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
        names += [one.arg for one in others if one is not None]
        outside = declared_in(body, ast.Global) | declared_in(body, ast.Nonlocal)
        scope = Scope(
            parent=self._scope,
            deferred=True,
            local=frozenset((*names, *bound_in(body))) - outside,
            declared_global=declared_in(body, ast.Global),
        )
        if owner is not None and names:
            scope.bind(names[0], owner)
        self._waiting.append((node, scope, self._guards))

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_all(node.decorator_list)
        self._visit_all((*node.bases, *(keyword.value for keyword in node.keywords)))
        base = self._resolve(node.bases[0]) if len(node.bases) == 1 else None
        made = base.called() if base else None
        own = frozenset(_own_attributes(node))
        instance = Value(name=made.name, is_instance=True, own=made.own | own) if made else None
        outer = self._scope
        self._scope = Scope(parent=outer, is_class=True)
        for statement in node.body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                plain = not statement.decorator_list
                self._visit_head(statement, instance if plain else None)
            else:
                self.visit(statement)
        self._scope = outer
        self._scope.bind(node.name, None)

    # Statements that branch.

    def visit_If(self, node: ast.If) -> None:
        self.visit(node.test)
        guard = is_guard(node.test, self._flags)
        guards = EVERYTHING if guard else frozenset[Guard]()
        body = [] if is_never_true(node.test) else node.body
        self._visit_branches([body, node.orelse], [guards, guards])
        if guard and isinstance(node.body[-1], ast.Return):
            # What follows is the other branch.
            self._guards |= EVERYTHING

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self._bind_target(node.target, None)
        self._visit_branches([[*node.body, *node.orelse], []])

    visit_AsyncFor = visit_For

    def visit_While(self, node: ast.While) -> None:
        self.visit(node.test)
        guards = EVERYTHING if is_guard(node.test, self._flags) else frozenset[Guard]()
        body = [] if is_never_true(node.test) else node.body
        self._visit_branches([[*body, *node.orelse], []], [guards, guards])

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.visit(item.context_expr)
            if item.optional_vars is not None:
                self._bind_target(item.optional_vars, item.context_expr)
        self._visit_all(node.body)

    visit_AsyncWith = visit_With

    def visit_Try(self, node: ast.Try) -> None:
        guards = guards_of_try(node)
        if Guard.MISSING in guards:
            stored = (part for part in ast.walk(node) if isinstance(part, ast.Name))
            self._flags.update(part.id for part in stored if isinstance(part.ctx, ast.Store))
        handlers = []
        for handler in node.handlers:
            if handler.type is not None:
                self.visit(handler.type)
            handlers.append(handler.body)
        branches: list[Sequence[ast.stmt]] = [[*node.body, *node.orelse], *handlers]
        self._visit_branches(branches, [guards] * len(branches))
        self._visit_all(node.finalbody)

    visit_TryStar = visit_Try

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self._visit_all(node.body)

    def _visit_branches(
        self,
        branches: Sequence[Sequence[ast.stmt]],
        guards: Sequence[frozenset[Guard]] | None = None,
    ) -> None:
        """Read statements of which one group is run; names keep what all groups agree on."""
        before = dict(self._scope.values)
        after = []
        for number, body in enumerate(branches):
            self._scope.values = dict(before)
            self._visit_all(body, guards[number] if guards else frozenset())
            if not body or not leaves(body):
                after.append(self._scope.values)
        self._scope.values = merged(after or [before])

    def _visit_all(self, nodes: Iterable[ast.AST], guards: frozenset[Guard] = frozenset()) -> None:
        """Read nodes, prepared for more than what is around them; what they add ends with them."""
        before = self._guards
        self._guards = before | guards
        for node in nodes:
            self.visit(node)
        self._guards = before


def shape_of(call: ast.Call) -> CallShape:
    """Return what a call passes."""
    starred = any(isinstance(part, ast.Starred) for part in call.args)
    named = [keyword.arg for keyword in call.keywords]
    return CallShape(
        positional=len(call.args),
        keywords=tuple(name for name in named if name is not None),
        is_open=starred or None in named,
    )


def _own_attributes(node: ast.ClassDef) -> Iterator[str]:
    """Yield the attributes that a class of the script defines, or sets on its instances."""
    for part in ast.walk(node):
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield part.name
        elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id
        elif isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store):
            yield part.attr
