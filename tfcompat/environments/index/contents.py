"""Which modules a project brings, read from one of its files on the index without installing it.

Of a project without wheels a source distribution is read.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tfcompat.environments.index.archives import (
    LARGEST_FETCHED,
    UnreadableArchiveError,
    open_archive,
)
from tfcompat.util.files import write_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tfcompat.environments.index.archives import Archive
    from tfcompat.environments.index.client import Distribution, PackageIndex, Release

# Modules are Python files and compiled ones: `six.py`, `_yaml.cpython-311-x86_64-linux-gnu.so`.
_MODULE = re.compile(r"([^\W\d]\w*)\.(?:py|(?:[\w-]+\.)?so)")
_IDENTIFIER = re.compile(r"[^\W\d]\w*")

# The parts of a `.data` folder that end up beside the packages.
# https://packaging.python.org/en/latest/specifications/binary-distribution-format/
_LIBRARIES = (("purelib",), ("platlib",))

# Beside the packages of a source distribution, and no part of what is installed.
_NOT_INSTALLED = {"setup", "conftest", "tests", "test", "docs", "doc", "examples", "benchmarks"}


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What one project brings.

    ``name`` is how the project writes its own name (``PyJWT``), ``modules`` the dotted names of all
    of its modules and packages.
    """

    name: str
    modules: frozenset[str]

    def brings(self, module: str) -> bool:
        """Tell whether a dotted name that a script imports is in the project.

        ``module`` is a module, or an attribute of one: ``os.path.join`` is in ``os.path``. Folders
        that several projects share, such as ``google.cloud``, are no modules of any.
        """
        parts = module.split(".")
        return any(".".join(parts[:length]) in self.modules for length in range(1, len(parts) + 1))


def contents_of(index: PackageIndex, project: str, release: str | None = None) -> Contents | None:
    """Return what a project brings: by its named release, else by the newest that can be read.

    None where no file of it can be read. Raises SelectionError where the index has no such project,
    and IndexUnavailableError where it cannot be asked.
    """
    for file in _by_preference(index.releases(project), release):
        found = _known(index, file) or _read(index, file)
        if found is not None and found.modules:
            _keep(index, file, found)
            return found
    return None


def _by_preference(releases: Iterable[Release], named: str | None) -> Iterator[Distribution]:
    """Yield the files worth reading: of the named release, then of the three newest stable ones."""
    known = [one for one in reversed(tuple(releases)) if one.files]
    newest = [one for one in known if one.stable] or known
    for one in [*(one for one in known if str(one) == named), *newest[:3]]:
        files = [file for file in one.files if file.tags or (file.size or 0) < LARGEST_FETCHED]
        yield from sorted(files, key=lambda file: (not file.tags, file.size or 0))[:1]


def _known(index: PackageIndex, file: Distribution) -> Contents | None:
    """Return what was read of a file before: a file of the index never changes."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        content = json.loads(_kept(index, file).read_text(encoding="utf-8"))
        return Contents(name=str(content["name"]), modules=frozenset(content["modules"]))
    return None


def _keep(index: PackageIndex, file: Distribution, found: Contents) -> None:
    # It only makes the next command quicker.
    with suppress(OSError):
        content = {"name": found.name, "modules": sorted(found.modules)}
        write_text(_kept(index, file), json.dumps(content))


def _kept(index: PackageIndex, file: Distribution) -> Path:
    return index.cache / "contents" / f"{file.sha256 or file.filename}.json"


def _read(index: PackageIndex, file: Distribution) -> Contents | None:
    """Return what a file brings; None where it cannot be read."""
    try:
        with open_archive(index, file) as archive:
            return _of_wheel(archive) if file.tags else _of_source(archive, file)
    except UnreadableArchiveError:
        return None


def _of_wheel(archive: Archive) -> Contents:
    paths = (_installed(PurePosixPath(path)) for path in archive.paths)
    metadata = [p for p in archive.paths if re.fullmatch(r"[^/]+\.dist-info/METADATA", p)]
    name = HeaderParser().parsestr(archive.read(metadata[0]))["Name"] if metadata else ""
    return Contents(name=name or "", modules=_modules(path for path in paths if path))


def _installed(path: PurePosixPath) -> PurePosixPath | None:
    """Return where a path of a wheel ends up beside other packages; None where it does not."""
    first = path.parts[0]
    if first.endswith(".data"):
        inside = path.parts[1:]
        return PurePosixPath(*inside[1:]) if inside[:1] in _LIBRARIES else None
    return None if first.endswith(".dist-info") else path


def _of_source(archive: Archive, file: Distribution) -> Contents:
    """Read a source distribution: what it installs is stated by its setuptools, or is guessed."""
    inside = [PurePosixPath(*PurePosixPath(path).parts[1:]) for path in archive.paths]
    stated = [path for path in archive.paths if path.endswith(".egg-info/top_level.txt")]
    tops = set(archive.read(stated[0]).split()) if stated else set()
    information = [path for path in archive.paths if path.count("/") == 1 and "PKG-INFO" in path]
    name = HeaderParser().parsestr(archive.read(information[0]))["Name"] if information else ""
    below = (PurePosixPath(*p.parts[p.parts[:1] in (("src",), ("lib",)) :]) for p in inside)
    modules = _modules(path for path in below if path.parts)
    kept = {m for m in modules if m.partition(".")[0] not in _NOT_INSTALLED}
    if tops:
        kept = {m for m in modules if m.partition(".")[0] in tops}
    return Contents(name=name or file.filename.rpartition("-")[0], modules=frozenset(kept))


def _modules(paths: Iterable[PurePosixPath]) -> frozenset[str]:
    """Return the dotted names of modules, and of the packages in whose folders they lie."""
    found: set[str] = set()
    for path in paths:
        module = _MODULE.fullmatch(path.name)
        folders = path.parts[:-1]
        if module is None or not all(map(_IDENTIFIER.fullmatch, folders)):
            continue
        last = () if module[1] == "__init__" else (module[1],)
        found.add(".".join((*folders, *last)))
    return frozenset(found - {""})
