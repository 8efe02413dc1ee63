"""A script that is supplied with what a release lacks: how it is changed for that. Pure.

It stays as it is but for one call at its beginning, on the line of its first statement, which has
the module of ``shim_program`` supply missing names as soon as the library is imported.
"""

from __future__ import annotations

import ast
import json
from contextlib import suppress
from importlib import resources
from typing import TYPE_CHECKING

from tfcompat.breaks.shim_program import MARK

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tfcompat.breaks.findings import Break

SHIM = "_tfcompat_shim"
"""The module that supplies; it lies beside the script."""

_CALL = b'__import__("%s")' % SHIM.encode()


def can_be_supplied(breaks: Iterable[Break]) -> tuple[Break, ...]:
    """Return the breaks in whose place something serves: names, and arguments with other names."""
    return tuple(one for one in breaks if one.replacement and one.kind != "signature")


def shim_module(breaks: Iterable[Break]) -> bytes:
    """Return the module that supplies what these breaks lack, from their replacements."""
    breaks = tuple(breaks)
    names = {one.name: one.replacement for one in breaks if one.kind == "missing"}
    arguments = [
        (one.name, one.argument, one.replacement) for one in breaks if one.kind == "argument"
    ]
    program = resources.files("tfcompat.breaks").joinpath("shim_program.py").read_bytes()
    given = f"NAMES.update({json.dumps(names)})\nARGUMENTS += {json.dumps(arguments)}\n"
    ending = "__import__('atexit').register(write)\nbegin()\n"
    return program + f"\n{given}{ending}".encode("ascii")


def shimmed(source: bytes) -> bytes | None:
    """Return a script that has names supplied from its beginning on; its lines keep their numbers.

    None where it begins with a block, beside which no call can stand. Raises SyntaxError or
    ValueError where it is not one of this Python.
    """
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    before: ast.stmt | None = None
    for statement in ast.parse(source).body:
        if not _is_heading(statement):
            if _is_block(statement):
                break
            at = starts[statement.lineno - 1] + statement.col_offset
            return source[:at] + _CALL + b";" + source[at:]
        before = statement
    if before is None:
        return None
    at = starts[(before.end_lineno or 1) - 1] + (before.end_col_offset or 0)
    return source[:at] + b";" + _CALL + source[at:]


def _is_block(statement: ast.stmt) -> bool:
    """Tell whether a statement holds others, so that nothing can stand before it on its line."""
    return hasattr(statement, "body") or isinstance(statement, ast.Match)


def _is_heading(statement: ast.stmt) -> bool:
    """Tell whether a statement has to stay in front: a docstring, and what is of the future."""
    is_future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
    return is_future or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def read_given(error: Sequence[str], asked: Iterable[Break]) -> tuple[Break, ...]:
    """Return the breaks of those asked for that a run was supplied with, by what it wrote.

    A run that was ended before it could write has been given all.
    """
    asked = tuple(asked)
    lines = [line.removeprefix(MARK) for line in error if line.startswith(MARK)]
    given: set[tuple[str, str | None]] | None = None
    for line in lines:
        with suppress(ValueError):  # cut, where a run writes more than is kept
            given = (given or set()) | {(name, argument) for name, argument in json.loads(line)}
    if given is None:
        return asked
    return tuple(one for one in asked if (one.name, one.argument) in given)
