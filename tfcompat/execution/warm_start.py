"""Which scripts may start warm: in a fork of a process that has imported their library already.

Decided from the syntax tree alone. A script that does anything before it imports the library which
the import could notice (environment variables, flags, patches) gets a process of its own.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tfcompat.errors import StudyError
from tfcompat.planning.notebooks import read_source

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tfcompat.execution.workspace import StudyCopy
    from tfcompat.planning.command import Command


def reason_example_not_forkable(copy: StudyCopy, command: Command, module: str) -> str | None:
    """Return why an example of a study needs a process of its own, or None.

    ``module`` is the library as it is imported.
    """
    if command.suite:
        return "pytest runs its tests"
    if command.module:
        return "it runs as a module"
    if command.import_from:
        return "it imports from other folders of its project"
    if command.environment:
        return "it has environment variables of its own, which the import might notice"
    try:
        source = read_source(copy.folder / command.script)
    except StudyError:
        # A run reports it.
        return "it is no notebook"
    return reason_not_forkable(source, module, set(_modules_beside(copy, command.script)))


def _modules_beside(copy: StudyCopy, test: str) -> Iterator[str]:
    """Yield the names of modules and packages in the folder of an example."""
    folder = test.rpartition("/")[0]
    for path in copy.hashes:
        inside = path.removeprefix(f"{folder}/") if folder else path
        if inside == path and folder:
            continue
        first, _, rest = inside.partition("/")
        if rest or first.endswith(".py"):
            yield first.removesuffix(".py")


def reason_not_forkable(source: bytes, module: str, siblings: Collection[str] = ()) -> str | None:
    """Return why a script needs a process of its own, or None where it may start warm.

    ``module`` is the library as it is imported. ``siblings`` are the names of modules beside the
    script: to import one of them before the library is to run code of the script's own.
    """
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # Python 2, perhaps: what it does is not known.
        return "it cannot be read by this Python"
    for statement in body:
        names = _imported(statement)
        if module in names:
            return None
        local = names & set(siblings)
        if local:
            return f"it imports {min(local)} before {module}"
        if not names and not _is_inert(statement):
            return f"line {statement.lineno} comes before the import of {module}"
    return f"it does not import {module} at its top level"


def _imported(statement: ast.stmt) -> set[str]:
    """Return the first parts of what an import statement imports; nothing for any other."""
    if isinstance(statement, ast.Import):
        return {alias.name.partition(".")[0] for alias in statement.names}
    if isinstance(statement, ast.ImportFrom) and not statement.level:
        return {(statement.module or "").partition(".")[0]}
    return set()


def _is_inert(statement: ast.stmt) -> bool:
    """Return whether a statement changes nothing but names of the script itself."""
    if isinstance(statement, ast.Pass):
        return True
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        # Decorators and defaults run at once; what stands in the body does not.
        defaults = [default for default in statement.args.kw_defaults if default is not None]
        early = [*statement.args.defaults, *defaults]
        return not statement.decorator_list and all(map(_is_plain, early))
    if isinstance(statement, ast.Assign):
        names = all(_is_name(target) for target in statement.targets)
        return names and _is_plain(statement.value)
    return False


def _is_name(target: ast.expr) -> bool:
    if isinstance(target, ast.Tuple):
        return all(map(_is_name, target.elts))
    return isinstance(target, ast.Name)


def _is_plain(value: ast.expr) -> bool:
    """Return whether an expression is made of constants and names, and calls nothing."""
    allowed = (
        ast.Constant, ast.Name, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.BinOp, ast.UnaryOp,
        ast.operator, ast.unaryop, ast.expr_context,
    )  # fmt: skip
    return all(isinstance(node, allowed) for node in ast.walk(value))
