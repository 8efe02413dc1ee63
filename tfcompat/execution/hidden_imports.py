"""Imports that a library tried and said nothing of: a name is gone for want of a package.

``try: from .delayed import delayed`` with ``except ImportError: pass`` leaves a library without the
name, and all that a script hears of is ``module 'dask' has no attribute 'delayed'``. The installed
files show what was tried, and which of the packages that it takes is not there.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from tfcompat.util import package_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tfcompat.judging.tracebacks import Raised

_LACKS = (
    re.compile(r"module '(?P<module>[\w.]+)' has no attribute '(?P<name>\w+)'"),
    re.compile(r"cannot import name '(?P<name>\w+)' from '(?P<module>[\w.]+)'"),
)

# So many files of a library are read, each for what it imports.
_MOST_FILES = 60


def hidden_import(chain: Sequence[Raised], environment: Path) -> str | None:
    """Return the module that is not installed, and for want of which a library has not a name.

    ``chain`` is the exception that ended a run in an environment, after those that were being
    handled meanwhile. None where it ended for another reason, where the library did not try to
    import the name, or where all is there that it takes.
    """
    message = chain[-1].message if chain else ""
    found = next(filter(None, (pattern.match(message) for pattern in _LACKS)), None)
    packages = next(environment.glob("lib/python*/site-packages"), None)
    if found is None or packages is None:
        return None
    module = tuple(found["module"].split("."))
    tried = _tried(module, found["name"], packages)
    return next((name for part in tried for name in _missing(part, module[0], packages)), None)


def _tried(module: tuple[str, ...], name: str, packages: Path) -> Iterator[tuple[str, ...]]:
    """Yield the modules from which a module tries to import a name, as parts of dotted names."""
    path = _file_of(module, packages)
    if path is None:
        return
    package = module if path.name == "__init__.py" else module[:-1]
    for node in ast.walk(_parsed(path)):
        if isinstance(node, ast.Try):
            for one in node.body:
                if isinstance(one, ast.ImportFrom) and _binds(one, name):
                    yield _module_of(one, package)


def _binds(node: ast.ImportFrom, name: str) -> bool:
    return any(name in (alias.asname, alias.name) for alias in node.names)


def _missing(part: tuple[str, ...], root: str, packages: Path) -> Iterator[str]:
    """Yield the modules that are not there, of all that a part of a library imports.

    ``root`` is the top module of the library, through whose own modules imports are followed.
    """
    if part[:1] != (root,):
        if part and not package_names.is_standard(part[0]) and not _is_there(part[0], packages):
            yield part[0]
        return
    waiting, seen = [part], {part}
    while waiting and len(seen) <= _MOST_FILES:
        module = waiting.pop(0)
        path = _file_of(module, packages)
        if path is None:
            continue
        package = module if path.name == "__init__.py" else module[:-1]
        for wanted in _imports(path, package):
            if wanted[0] == root:
                new = [one for one in (wanted, wanted[:-1]) if one and one not in seen]
                seen.update(new)
                waiting += new
            elif not package_names.is_standard(wanted[0]) and not _is_there(wanted[0], packages):
                yield wanted[0]


def _file_of(module: tuple[str, ...], packages: Path) -> Path | None:
    """Return the file of a module in Python; None where there is none."""
    path = packages.joinpath(*module)
    places = (path / "__init__.py", path.with_suffix(".py"))
    return next((place for place in places if place.is_file()), None)


def _is_there(top: str, packages: Path) -> bool:
    return (packages / top).is_dir() or any(packages.glob(f"{top}.*"))


def _imports(path: Path, package: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield what a file imports whatever happens, as the parts of dotted names.

    Of ``from x import y`` it is ``x.y``, which may be a module or a name in one.
    """
    for node in _parsed(path).body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield tuple(alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield (*_module_of(node, package), alias.name)


def _module_of(node: ast.ImportFrom, package: tuple[str, ...]) -> tuple[str, ...]:
    """Return the module from which a file of a package imports names."""
    above = package[: len(package) + 1 - node.level] if node.level else ()
    return (*above, *(node.module.split(".") if node.module else ()))


def _parsed(path: Path) -> ast.Module:
    """Return the tree of a file; an empty one where it cannot be read."""
    try:
        return ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return ast.Module(body=[], type_ignores=[])
