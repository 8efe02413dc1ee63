"""The modules in a file of the index, each read when it is asked for. What was read is kept.

Of a large wheel single members are fetched. Members that are the same in several releases are read
once.
"""

from __future__ import annotations

import json
import lzma
import re
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal

from tfcompat.breaks.module_source import ModuleSource, from_json, to_json
from tfcompat.environments.index.archives import UnreadableArchiveError, open_archive
from tfcompat.errors import IndexUnavailableError
from tfcompat.util.files import write_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Any

    from typing_extensions import Self

    from tfcompat.breaks.modules import ModuleText
    from tfcompat.environments.index.archives import Archive
    from tfcompat.environments.index.client import Distribution, PackageIndex

# Below so many bytes, fetching a wheel whole is quicker than fetching what is read of it.
_WHOLE_BELOW = 2_000_000
_FORMAT = 2
_COMPILED = re.compile(r".*\.(?:so|pyd|pyx|pxd|c|cc|cpp|pyf|f|f90|in|src)")

ModuleKind = Literal["module", "package", "folder", "compiled"]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where the modules of a file are: by dotted name, kind and path."""

    modules: Mapping[str, tuple[ModuleKind, str]]

    @classmethod
    def of(cls, paths: Sequence[str], roots: Sequence[str], *, is_wheel: bool) -> Layout:
        """Return the layout of a file with some paths, of which only the roots count."""
        found: dict[str, tuple[ModuleKind, str]] = {}
        for root in roots:
            prefix = "" if is_wheel else _prefix_of(root, paths)
            for path in paths:
                inside = _inside(path, prefix, is_wheel=is_wheel)
                if inside is not None:
                    _add(found, inside, path, root)
        return cls(modules=found)


def _inside(path: str, prefix: str, *, is_wheel: bool) -> PurePosixPath | None:
    """Return where a path of a file ends up beside other packages; None where it does not."""
    if not path.startswith(prefix) or path.endswith("/"):
        return None
    parts = PurePosixPath(path[len(prefix) :]).parts
    if is_wheel and parts and parts[0].endswith(".data"):
        return PurePosixPath(*parts[2:]) if parts[1:2] in (("purelib",), ("platlib",)) else None
    return PurePosixPath(*parts)


def _prefix_of(root: str, paths: Sequence[str]) -> str:
    """Return the folder of a source distribution in which a top module lies."""
    top = root.replace(".", "/")
    ends = (f"/{top}/__init__.py", f"/{top}.py")
    found = [(path.count("/"), path[: -len(end) + 1]) for path in paths for end in ends
             if path.endswith(end)]  # fmt: skip
    return min(found)[1] if found else "\0"


def _add(
    found: dict[str, tuple[ModuleKind, str]], inside: PurePosixPath, path: str, root: str
) -> None:
    """Note a file as a module, and the folders above it."""
    folders = inside.parts[:-1]
    for length in range(1, len(folders) + 1):
        name = ".".join(folders[:length])
        if name == root or name.startswith(f"{root}."):
            found.setdefault(name, ("folder", ""))
    stem = inside.name.partition(".")[0]
    name = ".".join((*folders, *(() if stem == "__init__" else (stem,))))
    if name != root and not name.startswith(f"{root}."):
        return
    if inside.name.endswith(".py") and inside.name.count(".") == 1:
        found[name] = ("package" if stem == "__init__" else "module", path)
    elif _COMPILED.fullmatch(inside.name) and found.get(name, ("folder",))[0] == "folder":
        found[name] = ("compiled", path)


@dataclass
class Shared:
    """What was read of members that are the same in several files, by name and checksum."""

    modules: dict[tuple[str, str], ModuleSource | None] = field(default_factory=dict)
    texts: dict[tuple[str, str], ModuleText] = field(default_factory=dict)


class Sources:
    """The modules of one file. Use it as a context, which keeps what was read.

    A module that cannot be read, or whose file cannot be fetched, is None.
    """

    def __init__(
        self, index: PackageIndex, file: Distribution, roots: Sequence[str], shared: Shared
    ) -> None:
        self._index = index
        self._file = file
        self._roots = roots
        self._shared = shared
        self._stack = ExitStack()
        self._archive: Archive | None = None
        self._failed = False
        self._changed = False
        self._layout: Layout | None = None
        self._read: dict[str, ModuleSource | None] = {}
        self._recall()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def close(self) -> None:
        """Keep what was read, and close the file; it is opened again where more is asked for."""
        self._stack.close()
        self._archive = None
        if self._changed and not self._failed:
            self._keep()
        self._changed = False

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Keep what was read, and close the file."""
        self.close()

    @property
    def layout(self) -> Layout | None:
        """Where the modules are; None where the file cannot be read."""
        if self._layout is None:
            archive = self._opened()
            if archive is not None:
                is_wheel = bool(self._file.tags)
                self._layout = Layout.of(archive.paths, self._roots, is_wheel=is_wheel)
                self._changed = True
        return self._layout

    def module(self, name: str) -> ModuleSource | None:
        """Return what a module defines; None where that is not known."""
        if name not in self._read:
            kind, path = self._member(name)
            if kind == "folder":
                return ModuleSource(names={})
            key = (name, self._checksum(path))
            if key[1] and key in self._shared.modules:
                self._read[name] = self._shared.modules[key]
            else:
                text = self._text(name)
                if text is None:
                    return None
                from tfcompat.breaks.modules import read_module  # noqa: PLC0415 - griffe loads long

                self._read[name] = self._shared.modules[key] = read_module(name, path, text.text)
            self._changed = True
        return self._read[name]

    def may_have(self, name: str, word: str) -> bool:
        """Tell whether a module may have a name; False only where its text shows that it has not.

        That is quicker than ``module``, which parses the text.
        """
        if name in self._read:
            return True
        text = self._text(name)
        return text is None or text.may_have(word)

    def _member(self, name: str) -> tuple[str, str]:
        layout = self.layout
        return layout.modules.get(name, ("", "")) if layout else ("", "")

    def _checksum(self, path: str) -> str:
        archive = self._opened()
        return archive.checksums.get(path, "") if archive else ""

    def _text(self, name: str) -> ModuleText | None:
        """Return the text of a module; None where it has none, or cannot be fetched."""
        kind, path = self._member(name)
        if kind not in ("module", "package"):
            return None
        archive = self._opened()
        if archive is None:
            return None
        # Without a checksum the text is that of this file alone.
        key = (name, archive.checksums.get(path, "") or self._file.filename)
        if key not in self._shared.texts:
            try:
                from tfcompat.breaks.modules import ModuleText  # noqa: PLC0415 - as above

                self._shared.texts[key] = ModuleText.of(archive.read(path))
            except Exception:  # noqa: BLE001 - whatever is wrong with it, it cannot be read
                self._failed = True
                return None
        return self._shared.texts[key]

    def _opened(self) -> Archive | None:
        if self._archive is None and not self._failed:
            try:
                opened = open_archive(self._index, self._file, whole_below=_WHOLE_BELOW)
                self._archive = self._stack.enter_context(opened)
            except (UnreadableArchiveError, IndexUnavailableError):
                self._failed = True
        return self._archive

    @property
    def _path(self) -> Path:
        name = f"{self._file.sha256 or self._file.filename}.json.xz"
        return self._index.cache / "surfaces" / "read" / name

    def _recall(self) -> None:
        with suppress(OSError, ValueError, KeyError, TypeError, EOFError, lzma.LZMAError):
            content = json.loads(lzma.decompress(self._path.read_bytes()))
            if content["format"] == _FORMAT and content["roots"] == list(self._roots):
                modules = {name: tuple(one) for name, one in content["layout"].items()}
                self._layout = Layout(modules=modules)
                self._read = {
                    name: from_json(one) if one else None for name, one in content["read"].items()
                }

    def _keep(self) -> None:
        """Keep what was read; it only makes the next command quicker."""
        if self._layout is None:
            return
        content: dict[str, Any] = {
            "format": _FORMAT,
            "roots": list(self._roots),
            "layout": self._layout.modules,
            "read": {name: one and to_json(one) for name, one in self._read.items()},
        }
        text = json.dumps(content, separators=(",", ":"))
        with suppress(OSError):
            write_bytes(self._path, lzma.compress(text.encode(), preset=1))
