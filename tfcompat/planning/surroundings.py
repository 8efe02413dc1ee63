"""What a script without a study needs of the folders around it: where it runs, and what it sees.

A script is run in its own folder, unless what it names (texts in its source, words of its command
line) lies elsewhere in its project: then it is run there, and sees that as well. A notebook is
always run in its own folder, as Jupyter does. What is seen are also modules of the project that it
imports, which Python would find once the project is installed.
"""

from __future__ import annotations

import ast
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from tfcompat.errors import StudyError
from tfcompat.planning.command import Command, name_in
from tfcompat.planning.imports import Import, imports_of
from tfcompat.planning.notebooks import is_notebook, read_source
from tfcompat.planning.projects import brings
from tfcompat.planning.suites import configuration
from tfcompat.planning.toml_requirements import parse_toml
from tfcompat.util import package_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tfcompat.environments.index.contents import Contents

# What lies in the top folder of a project.
_PROJECT_MARKS = ("pyproject.toml", "setup.py", "setup.cfg", ".git", ".hg")

# Where a project has its packages, below its top folder:
# https://packaging.python.org/en/latest/discussions/src-layout-vs-flat-layout/
_LAYOUTS = (".", "src", "lib")

# A text of a script that no current Python can parse.
_TEXT = re.compile(r"""(['"])([^'"\n\\]{1,200})\1""")
_LONGEST_PATH = 200

# Without a project, so many folders above a script may be its own.
_LEVELS_UP = 2

# Of a package, so many modules are read for what they import.
_MOST_MODULES = 1000


@dataclass(frozen=True, kw_only=True)
class CommandLine:
    """What a person gives beside scripts, as for starting them; paths are those of this machine.

    ``module`` runs in place of scripts (``python -m module``). As a ``suite`` the scripts are files
    of tests for pytest. ``folder`` is where they run, ``stdin`` the file that they read, None where
    neither is said. ``requirement_files`` are files that state requirements. With ``figures``, what
    scripts draw is a result.
    """

    arguments: tuple[str, ...] = ()
    module: str = ""
    suite: bool = False
    requirement_files: tuple[str, ...] = ()
    folder: Path | None = None
    stdin: Path | None = None
    environment: tuple[tuple[str, str], ...] = ()
    figures: bool = False


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """The files around a script: where it runs, what it sees, and what its own modules import.

    ``folder`` is the one that it runs in, ``shown`` are all files and folders that its runs see,
    ``import_from`` the folders of its project from which it imports, and ``own`` what the modules
    there and beside it import, of those that it imports, directly or not.
    """

    script: Path
    folder: Path
    shown: tuple[Path, ...]
    import_from: tuple[Path, ...]
    own: tuple[Import, ...]

    def command(self, root: Path, given: CommandLine) -> Command:
        """Return how the script is run, with paths relative to a folder that holds all it sees."""

        def below(path: Path) -> str:
            return path.relative_to(root).as_posix()

        return Command(
            script=below(self.script),
            module=given.module,
            suite=given.suite,
            arguments=given.arguments,
            stdin=below(given.stdin.resolve()) if given.stdin else None,
            environment=given.environment,
            folder=below(self.folder),
            import_from=tuple(map(below, self.import_from)),
            figures=given.figures,
        )


def surroundings_of(
    script: Path, given: CommandLine, library: Contents | None = None
) -> Surroundings:
    """Return what a script needs of the folders around it; it is given by its resolved path.

    What ``library`` brings is never the project's own: in a clone of the library, its releases are
    to be run and not the clone. Raises StudyError where the script cannot be read, a folder or file
    of the command line is not there, or the clone could not but be run.
    """
    source = read_script(script)
    home = script.parent
    project = project_of(home) or (_outer(home) if given.suite else home)
    names = tuple(dict.fromkeys([*map(name_in, given.arguments), *_texts(source)]))
    folder = _folder(names, given, home, home if is_notebook(script) else project)
    added = _added_to_path(source, home, project)
    modules = _OwnModules(home, [*_layouts(project), *added], library)
    if library is not None:
        _check_not_beside(script, given, imports_of(source), library)
    modules.follow(imports_of(source), home)
    read = configuration(home, project) if given.suite else ()
    for one in read:
        if one.suffix == ".py":
            modules.follow(imports_of(read_script(one)), one.parent)
    if given.module:
        modules.take_in(_base_of(given.module, script), given.module)
    finds = folder != home and not given.suite
    named = [folder / one for one in _existing(names, folder)] if finds else []
    # Of a file that is named, those beside it are seen too.
    seen = [one if one.is_dir() or one.parent == folder else one.parent for one in named]
    if is_notebook(script):
        seen += _named_above(names, folder, project)
    own = _top_folder(home, project) if given.suite else home
    stdin = [given.stdin.resolve()] if given.stdin else []
    shown = [own, *seen, *modules.shown, *read, *stdin]
    return Surroundings(
        script=script,
        folder=folder,
        shown=tuple(_outermost(shown)),
        # Where Python finds modules by itself.
        import_from=tuple(
            one for one in modules.bases if one != (folder if given.module or given.suite else home)
        ),
        own=tuple(one for found in modules.imports.values() for one in found),
    )


def read_script(path: Path) -> bytes:
    """Return the text of a script, or the code of a notebook; StudyError where there is none."""
    try:
        return read_source(path)
    except OSError as error:
        msg = f"cannot read the script {path}: {error.strerror}"
        raise StudyError(msg) from None


def module_file(module: str, folder: Path) -> Path:
    """Return the file that ``python -m module`` runs in a folder; StudyError where there is none.

    A project may have its packages in ``src`` or ``lib`` below that folder.
    """
    parts = module.split(".")
    for layout in _LAYOUTS:
        place = (folder / layout).joinpath(*parts)
        for file in (place / "__main__.py", place.with_suffix(".py")):
            if file.is_file():
                return file.resolve()
        if place.is_dir() and any(place.glob("*.py")):
            msg = f"{module} has no __main__.py, so it cannot be run; name one of its modules"
            raise StudyError(msg)
    msg = f"there is no module {module} in {folder}; name the folder to run in with --cwd"
    raise StudyError(msg)


def _base_of(module: str, file: Path) -> Path:
    """Return the folder from which a module is imported, whose file is given."""
    return file.parents[module.count(".") + (file.name == "__main__.py")]


def project_of(folder: Path) -> Path | None:
    """Return the top folder of the project that a folder is in; None where it is in none."""
    for one in (folder, *folder.parents):
        if any((one / mark).exists() for mark in _PROJECT_MARKS):
            return one
    return None


def _outer(home: Path) -> Path:
    """Return the current folder where a folder lies in it, as pytest would, else that folder."""
    here = Path.cwd().resolve()
    return here if home.is_relative_to(here) else home


def _top_folder(home: Path, project: Path) -> Path:
    """Return the folder at the top of a project in which another one lies."""
    parts = home.relative_to(project).parts
    return project / parts[0] if parts else home


def declared_name(folder: Path) -> str:
    """Return the name that the project around a folder gives itself; empty where it has none."""
    project = project_of(folder)
    file = project / "pyproject.toml" if project else None
    if file is None or not file.is_file():
        return ""
    try:
        document = parse_toml(file.read_text(encoding="utf-8"), file.name).unwrap()
    except (StudyError, OSError, ValueError):
        return ""
    tool = document.get("tool")
    for table in (document.get("project"), tool.get("poetry") if isinstance(tool, dict) else None):
        if isinstance(table, dict) and isinstance(table.get("name"), str):
            return str(table["name"])
    return ""


def _check_not_beside(
    script: Path, given: CommandLine, imports: Iterable[Import], library: Contents
) -> None:
    """Raise StudyError where Python would find a library beside a script, before any release."""
    tops = {one.module.partition(".")[0] for one in imports if brings(library, one)}
    if given.module and library.brings(given.module):
        tops.add(given.module.partition(".")[0])
    # The packages that it is in: pytest imports tests as modules of theirs.
    around = {one.name for one in script.parents if (one / "__init__.py").is_file()}
    # A folder without an __init__.py gives way to a package that is installed.
    beside = [
        top
        for top in tops
        if given.module
        or (given.suite and top in around)
        or (script.parent / f"{top}.py").is_file()
        or (script.parent / top / "__init__.py").is_file()
    ]
    if beside:
        msg = (
            f"{script.name} would run the {min(beside)} that lies beside it in place of each "
            f"release of {library.name}; move the script into a folder of its own"
        )
        raise StudyError(msg)


def _folder(names: Sequence[str], given: CommandLine, home: Path, project: Path) -> Path:
    """Return the folder to run in: the given one, or that with most of what the script names."""
    if given.stdin is not None and not given.stdin.is_file():
        msg = f"there is no file {given.stdin} to read as standard input"
        raise StudyError(msg)
    if given.folder is not None:
        if not given.folder.is_dir():
            msg = f"there is no folder {given.folder} to run in"
            raise StudyError(msg)
        return given.folder.resolve()
    if given.suite:
        return project
    if given.module:
        return Path.cwd().resolve()
    here = Path.cwd().resolve()
    places = [home, project]
    if given.arguments and (home.is_relative_to(here) or here.is_relative_to(project)):
        # Arguments are written where the command is given.
        places.append(here)
    return max(places, key=lambda place: len(list(_existing(names, place))))


def _existing(names: Iterable[str], folder: Path) -> Iterator[PurePosixPath]:
    """Yield the files and folders below a folder that are among some names."""
    for name in names:
        path = PurePosixPath(name)
        if name in ("", ".") or path.is_absolute() or ".." in path.parts:
            continue
        try:
            if (folder / path).exists():
                yield path
        except (OSError, ValueError):
            continue


def _named_above(names: Iterable[str], folder: Path, project: Path) -> Iterator[Path]:
    """Yield what a notebook names by ``..``, since it runs in its own folder wherever that is."""
    for name in names:
        if ".." not in PurePosixPath(name).parts:
            continue
        with suppress(OSError, ValueError):
            path = (folder / name).resolve()
            if path.exists() and path.is_relative_to(project) and path != project:
                yield path if path.is_dir() or path.parent == project else path.parent


def _texts(source: bytes) -> list[str]:
    """Return the short texts in the source of a script."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [match[2] for match in _TEXT.finditer(source.decode("utf-8", "replace"))]
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and len(node.value) <= _LONGEST_PATH
    ]


def _layouts(project: Path) -> list[Path]:
    return [(project / layout).resolve() for layout in _LAYOUTS]


def _added_to_path(source: bytes, home: Path, project: Path) -> list[Path]:
    """Return the folders that a script may add to ``sys.path``, the nearest first.

    How it makes their names is not followed: they are those above its own, up to that of its
    project, and those that a text names from there.
    """
    if b"sys.path" not in source:
        return []
    levels = len(home.relative_to(project).parts) or _LEVELS_UP
    above = list(home.parents)[:levels]
    below = [
        (place / text).resolve()
        for text in _texts(source)
        for place in (home, *above)
        if re.fullmatch(r"[\w./ -]+", text) and not text.startswith("/")
    ]
    return [one for one in dict.fromkeys([*above, *below]) if one.is_dir()]


class _OwnModules:
    """The modules of a project that a script imports, with those that they import themselves.

    They are looked for beside what imports them, then in ``places``. ``imports`` are what they
    import, by file; ``shown`` their packages or files, ``bases`` the folders from which they are
    imported. What ``library`` brings is not among them.
    """

    def __init__(self, home: Path, places: Sequence[Path], library: Contents | None) -> None:
        self._home = home
        self._library = library
        self._places = places
        self.imports: dict[Path, tuple[Import, ...]] = {}
        self.shown: dict[Path, None] = {}
        self.bases: dict[Path, None] = {}

    def follow(self, imports: Iterable[Import], beside: Path) -> None:
        """Take in what is imported from the folder ``beside``, or from the other places."""
        for one in imports:
            top = one.module.partition(".")[0]
            base = next((b for b in (beside, *self._places) if is_module(top, b)), None)
            is_own = not package_names.is_standard(one.module) and not brings(self._library, one)
            if base is not None and is_own:
                for dotted in one.dotted:
                    self.take_in(base, dotted)

    def take_in(self, base: Path, dotted: str) -> None:
        """Take in a module below a folder, and the packages that it is in."""
        if base != self._home:
            self.bases[base] = None
        parts = dotted.split(".")
        package = base / parts[0]
        self.shown[package if package.is_dir() else base / f"{parts[0]}.py"] = None
        for length in range(1, len(parts) + 1):
            place = base.joinpath(*parts[:length])
            self._read(place / "__init__.py", base, ".".join(parts[:length]))
            self._read(place.with_suffix(".py"), base, ".".join(parts[: length - 1]))
        self._read(base.joinpath(*parts, "__main__.py"), base, dotted)

    def _read(self, file: Path, base: Path, package: str) -> None:
        if file in self.imports or len(self.imports) >= _MOST_MODULES or not file.is_file():
            return
        # Noted before it is followed: modules may import each other.
        self.imports[file] = ()
        with suppress(OSError):
            self.imports[file] = imports_of(file.read_bytes(), package)
        self.follow(self.imports[file], base)


def is_module(name: str, folder: Path) -> bool:
    """Whether a folder has a module or a package of that name."""
    return (folder / f"{name}.py").is_file() or any((folder / name).glob("*.py"))


def _outermost(paths: Sequence[Path]) -> list[Path]:
    """Return paths without those that lie in another one of them, each once."""
    return [
        one
        for one in dict.fromkeys(paths)
        if not any(other != one and one.is_relative_to(other) for other in paths)
    ]


def common_folder(paths: Iterable[Path]) -> Path:
    """Return the folder that holds all of some files and folders."""
    return Path(os.path.commonpath([one if one.is_dir() else one.parent for one in paths]))
