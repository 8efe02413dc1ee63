"""Rewrites what breaks in a script, where it is certain what serves in its place. Pure.

That is another name of the same object, and another name of a parameter in the same place. All else
of the script, its comments and blanks as well, stays as it is (https://libcst.readthedocs.io).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst
from libcst.helpers import get_full_name_for_node
from libcst.metadata import (
    MetadataWrapper,
    PositionProvider,
    QualifiedNameProvider,
    QualifiedNameSource,
)

from tfcompat.errors import StudyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from libcst.metadata import CodeRange

    from tfcompat.breaks.findings import Break


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """A script as it was rewritten, and the breaks whose replacements are in it."""

    text: str
    applied: tuple[Break, ...]


def fix(source: str, breaks: Sequence[Break], name: str = "the script") -> Fixed:
    """Return a script with all replacements of its breaks that are certain.

    Raises StudyError where it cannot be parsed, as one for Python 2; ``name`` is what that error
    calls it.
    """
    try:
        module = MetadataWrapper(cst.parse_module(source))
    except cst.ParserSyntaxError as error:
        msg = f"{name} cannot be rewritten: {error.message} (line {error.raw_line})"
        raise StudyError(msg) from None
    rewriter = _Rewriter(breaks, list(_imported(module.module)))
    written = module.visit(rewriter)
    applied = tuple(one for one in breaks if one in rewriter.applied)
    return Fixed(text=written.code, applied=applied)


def _imported(module: cst.Module) -> Iterator[tuple[str, str]]:
    """Yield what the import statements at the top of a module bind: a name, and for what."""
    for line in module.body:
        if not isinstance(line, cst.SimpleStatementLine):
            continue
        for statement in line.body:
            if isinstance(statement, cst.Import):
                for one in statement.names:
                    dotted = one.evaluated_name
                    yield (
                        one.evaluated_alias or dotted.partition(".")[0],
                        (dotted if one.evaluated_alias else dotted.partition(".")[0]),
                    )
            elif isinstance(statement, cst.ImportFrom) and statement.module is not None:
                base = get_full_name_for_node(statement.module)
                if not statement.relative and not isinstance(statement.names, cst.ImportStar):
                    for one in statement.names:
                        bound = one.evaluated_alias or one.evaluated_name
                        yield bound, f"{base}.{one.evaluated_name}"


class _Rewriter(cst.CSTTransformer):
    """Puts replacements into a script. ``applied`` are the breaks of which one was made."""

    METADATA_DEPENDENCIES = (QualifiedNameProvider, PositionProvider)

    def __init__(self, breaks: Iterable[Break], imported: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        certain = [one for one in breaks if one.is_certain and one.replacement]
        self._names = {one.name: one for one in certain if one.kind == "missing"}
        self._arguments = {
            (one.name, one.argument): one for one in certain if one.kind == "argument"
        }
        # What breaks itself is no way to its replacement.
        missing = {one.name for one in breaks if one.kind == "missing"}
        self._imported = [(bound, dotted) for bound, dotted in imported if dotted not in missing]
        self.applied: set[Break] = set()

    def leave_Attribute(
        self, original_node: cst.Attribute, updated_node: cst.Attribute
    ) -> cst.BaseExpression:
        one = self._names.get(next(iter(self._dotted(original_node)), ""))
        if one is None or not self._is_at(original_node, one):
            return updated_node
        written = self._as_written(str(one.replacement))
        if written is None:
            return updated_node
        self.applied.add(one)
        return cst.parse_expression(written)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        changed = []
        for argument in updated_node.args:
            keyword = argument.keyword.value if argument.keyword else None
            one = self._found((name, keyword) for name in self._dotted(original_node.func))
            if one is None or argument.keyword is None or not self._is_at(original_node, one):
                changed.append(argument)
                continue
            self.applied.add(one)
            renamed = argument.keyword.with_changes(value=one.replacement)
            changed.append(argument.with_changes(keyword=renamed))
        return updated_node.with_changes(args=changed)

    def leave_ImportFrom(
        self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom
    ) -> cst.BaseSmallStatement | cst.FlattenSentinel[cst.BaseSmallStatement]:
        """Take names that have moved from where they are now, each by a statement of its own."""
        if isinstance(updated_node.names, cst.ImportStar) or updated_node.module is None:
            return updated_node
        base = get_full_name_for_node(updated_node.module)
        kept, moved = [], []
        for alias in updated_node.names:
            one = self._names.get(f"{base}.{alias.evaluated_name}")
            if one is not None and "." not in str(one.replacement):
                one = None  # Python's own, such as float: there is nothing to import
            if updated_node.relative or one is None or not self._is_at(original_node, one):
                kept.append(alias)
                continue
            self.applied.add(one)
            moved.append(_import_of(str(one.replacement), alias))
        if not moved:
            return updated_node
        if kept:
            kept[-1] = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
            moved.insert(0, updated_node.with_changes(names=kept))
        return cst.FlattenSentinel(moved)

    def leave_Import(self, original_node: cst.Import, updated_node: cst.Import) -> cst.Import:
        """Name a module that has moved where it is now, if the script calls it otherwise."""
        names = []
        for alias in updated_node.names:
            one = self._names.get(alias.evaluated_name)
            if alias.asname is None or one is None or not self._is_at(original_node, one):
                names.append(alias)
                continue
            self.applied.add(one)
            moved = cst.parse_expression(str(one.replacement))
            names.append(alias.with_changes(name=moved))
        return updated_node.with_changes(names=names)

    def visit_Import(self, node: cst.Import) -> bool:
        del node  # its names are no expressions
        return False

    def visit_ImportFrom(self, node: cst.ImportFrom) -> bool:
        del node
        return False

    def _as_written(self, dotted: str) -> str | None:
        """Return a name as the script can write it, with what it imports; None where it cannot."""
        found = [
            (len(target), f"{bound}{dotted[len(target) :]}")
            for bound, target in self._imported
            if dotted == target or dotted.startswith(f"{target}.")
        ]
        return max(found)[1] if found else None

    def _dotted(self, node: cst.CSTNode) -> list[str]:
        """Return the full names that something of an import may have; one, where it is clear."""
        found = self.get_metadata(QualifiedNameProvider, node, set()) or set()
        names = [one.name for one in found if one.source is QualifiedNameSource.IMPORT]
        return names if len(found) == 1 else []

    def _found(self, keys: Iterable[tuple[str, str | None]]) -> Break | None:
        return next((self._arguments[key] for key in keys if key in self._arguments), None)

    def _is_at(self, node: cst.CSTNode, one: Break) -> bool:
        place: CodeRange = self.get_metadata(PositionProvider, node)
        return any(place.start.line <= line <= place.end.line for line in one.lines)


def _import_of(dotted: str, alias: cst.ImportAlias) -> cst.ImportFrom:
    """Return the statement that binds what an alias bound, from where it is now."""
    module, _, last = dotted.rpartition(".")
    bound = alias.evaluated_alias or alias.evaluated_name
    words = f"from {module} import {last}"
    line = cst.parse_statement(words if bound == last else f"{words} as {bound}")
    assert isinstance(line, cst.SimpleStatementLine)  # noqa: S101 - it was just written
    statement = line.body[0]
    assert isinstance(statement, cst.ImportFrom)  # noqa: S101 - see above
    return statement
