"""A study inferred for scripts that have none, from what they import.

The dependency is the package that a script is about; the other packages are its requirements.
"""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.errors import StudyError
from tfcompat.planning.study import Study, validate
from tfcompat.util import package_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Packages that many others are built upon: a script that imports one of these and another package
# is about the other one. Of two of these, it is about the later one.
_FOUNDATIONS = ("six", "numpy", "pillow", "scipy", "matplotlib", "pandas", "seaborn")

# In a script of Python 2 that no current Python can parse.
_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import|import[ \t]+([\w.]+(?:[ \t]*,[ \t]*[\w.]+)*))",
    re.MULTILINE,
)


def infer_study(
    scripts: Sequence[Path],
    *,
    dependency: str | None = None,
    baseline: str | None = None,
    resolve: str | None = None,
    requirements: Sequence[str] = (),
) -> Study:
    """Return a study of scripts, in any folders, about the package that they import.

    ``dependency`` names that package where the imports do not tell; ``baseline`` is a release,
    ``resolve`` as in ``caliper.yaml``, ``requirements`` are installed as well, and so is each other
    package that a script imports. A run sees the whole folder of its script. Raises StudyError
    where a script cannot be read, its package cannot be told, or a value is wrong.
    """
    sources = {path.resolve(): _read(path) for path in scripts}
    folders = tuple(dict.fromkeys(path.parent for path in sources))
    root = Path(os.path.commonpath(folders))
    imported = {path: imported_packages(source, path.parent) for path, source in sources.items()}
    about = dependency or _common_package(imported)
    module = package_names.import_name(about)
    # Several packages may bring one module, such as tensorflow and tensorflow-cpu.
    others = {
        name
        for found in imported.values()
        for name in found
        if package_names.import_name(name) != module
    }
    examples = tuple(path.relative_to(root).as_posix() for path in sources)
    content = {
        "dependency": about,
        "tests": list(examples),
        "requirements": [*requirements, *sorted(others)],
        "baselines": dict.fromkeys(examples, baseline) if baseline else None,
        "resolve": resolve,
    }
    return Study(
        path=scripts[0],
        root=root,
        analysis=validate(scripts[0], {"analysis": content}),
        examples=examples,
        shows=tuple(folder.relative_to(root).as_posix() for folder in folders),
    )


def _read(path: Path) -> bytes:
    """Return the text of a script; raise StudyError where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        msg = f"cannot read the script {path}: {error.strerror}"
        raise StudyError(msg) from None


def imported_packages(source: bytes, folder: Path) -> tuple[str, ...]:
    """Return the packages of the index that a script imports, in its order.

    Modules in ``folder``, that of the script, are its own and left out.
    """
    found = {
        package_names.package_name(module): None
        for module in _modules(source)
        if not _is_beside(module.partition(".")[0], folder)
    }
    return tuple(name for name in found if name != "python")


def _modules(source: bytes) -> list[str]:
    """Return the modules that a script imports absolutely, in the order of its lines."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        found = _IMPORT.finditer(source)
        texts = ((match[1] or match[2]).decode("ascii", "replace") for match in found)
        return [name.strip() for text in texts for name in text.split(",")]
    modules: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules.append((node.lineno, node.module))
    return [name for _, name in sorted(modules, key=lambda found: found[0])]


def _is_beside(name: str, folder: Path) -> bool:
    """Whether a folder has a module or a package of that name."""
    return (folder / f"{name}.py").is_file() or any((folder / name).glob("*.py"))


def _common_package(imported: dict[Path, tuple[str, ...]]) -> str:
    """Return the one package that all scripts are about; raise StudyError where they differ."""
    about = {main_package(found, path.name) for path, found in imported.items()}
    if len(about) > 1:
        msg = f"these scripts are about {', '.join(sorted(about))}; name one with --dependency"
        raise StudyError(msg)
    return about.pop()


def main_package(found: Iterable[str], script: str) -> str:
    """Return which of the packages that a script imports it is about.

    Raises StudyError where it imports none, or several of which none is built upon another.
    """
    found = tuple(found)
    if not found:
        msg = f"{script} imports no package of the index; name one with --dependency"
        raise StudyError(msg)
    special = [name for name in found if name not in _FOUNDATIONS]
    if len(special) > 1:
        msg = f"{script} imports {', '.join(special)}; say which it is about with --dependency"
        raise StudyError(msg)
    return special[0] if special else max(found, key=_FOUNDATIONS.index)
