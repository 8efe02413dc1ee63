"""Our folders on this machine, for environments and runs; nothing of them is left behind.

Each process of tfcompat has one folder below the cache, under a lock that dies with the process.
A folder whose lock is free belongs to a process that is gone, and the next one removes it.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from tfcompat.errors import StudyError, UserError
from tfcompat.execution.private_copies import PrivateCopies
from tfcompat.util.files import remove, remove_unfinished

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

# Never part of what a run sees: version control, caches, environments, results.
LEFT_OUT = frozenset(
    {
        ".caliper",
        ".git",
        ".hg",
        ".mypy_cache",
        ".nox",
        ".pytest_cache",
        ".ruff_cache",
        ".svn",
        ".tox",
        ".venv",
        "__pycache__",
        "node_modules",
    }
)

_SOURCES = (".py", ".ipynb")

# Beyond this, the study probably names a wrong folder.
COPY_LIMIT = 500_000_000


@contextmanager
def open_workspace(cache: Path) -> Iterator[Path]:
    """Yield a folder that is this process's alone; it is removed at the end.

    Folders that dead processes left behind are removed first. Raises UserError where the cache
    folder cannot be written.
    """
    root = cache / "work"
    try:
        root.mkdir(parents=True, exist_ok=True)
        sweep(root)
        remove_unfinished(cache / name for name in ("", "releases", "resolutions"))
        folder = root / f"run-{os.getpid()}-{secrets.token_hex(4)}"
        # Locked before it exists: any process may remove a folder that has no lock.
        lock = FileLock(f"{folder}.lock")
        lock.acquire()
        folder.mkdir()
    except OSError as error:
        msg = f"cannot write the cache folder {cache} ({error.strerror}); set TFCOMPAT_CACHE"
        raise UserError(msg) from error
    try:
        yield folder
    finally:
        remove(folder)
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def sweep(root: Path) -> None:
    """Remove the folders of processes that are gone."""
    for folder in {path.with_suffix("") for path in root.glob("run-*")}:
        lock = FileLock(f"{folder}.lock")
        try:
            with lock.acquire(blocking=False):
                if folder.exists():
                    remove(folder)
                Path(lock.lock_file).unlink(missing_ok=True)
        except Timeout:
            continue


@dataclass(frozen=True, kw_only=True)
class StudyCopy:
    """What the runs of a study see: a copy, taken once, and the SHA-256 of each file in it.

    ``hashes`` are by path below ``folder``; ``foreign`` are the files that lie outside of the
    study, and which links in its folder lead to.
    """

    folder: Path
    hashes: dict[str, str]
    foreign: tuple[str, ...] = ()

    @cached_property
    def private(self) -> PrivateCopies:
        """The copies of it that runs have for themselves."""
        return PrivateCopies(self.folder)

    def key(self, test: str, tests: Iterable[str]) -> str:
        """Return a hash of all that an example sees: itself, and all but the other examples."""
        others = set(tests) - {test}
        return _digest(self.hashes, lambda path: path not in others)

    def subject_key(self, test: str, tests: Iterable[str]) -> str:
        """Return a hash of an example, the data of the study, and the modules that are near.

        Not of scripts and notebooks that lie neither below its folder nor in one above.
        """
        others = set(tests) - {test}
        own = _folder_of(test)

        # Of texts: with many examples, this is asked of each file for each of them.
        def counts(path: str) -> bool:
            folder = _folder_of(path)
            near = folder.startswith(own) or own.startswith(folder)
            return path not in others and (near or not path.endswith(_SOURCES))

        return _digest(self.hashes, counts)


def _folder_of(path: str) -> str:
    """Return the folder of a file, with a slash at its end; "" for the top folder."""
    return path[: path.rfind("/") + 1]


def _digest(hashes: Mapping[str, str], counts: Callable[[str], bool]) -> str:
    digest = hashlib.sha256()
    for path, content in sorted(hashes.items()):
        if counts(path):
            digest.update(f"{path}\0{content}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def take_copy(root: Path, names: Iterable[str], target: Path, *hidden: Path) -> StudyCopy:
    """Copy what runs see of a study, so that edits during a campaign change nothing.

    ``names`` are folders and files below ``root``, the folder of the study. ``hidden`` are folders
    that no run sees: the results, and the cache, which may lie in a study. Links are followed and
    become files. Raises StudyError where they hold too much.
    """
    hashes: dict[str, str] = {}
    foreign = []
    sizes: Counter[str] = Counter()
    for path in _files(root, names, {folder.resolve() for folder in hidden}):
        relative = path.relative_to(root)
        try:
            sizes[_top_of(relative)] += path.stat().st_size
        except FileNotFoundError:
            continue  # removed meanwhile, as temporary files of others are
        if sizes.total() > COPY_LIMIT:
            largest, size = sizes.most_common(1)[0]
            msg = (
                f"the folders that runs would see hold more than {COPY_LIMIT // 10**6} MB, of "
                f"which {largest} has {size // 10**6} MB or more; move the scripts into a folder "
                f"of their own, or name less in the `files` of a study"
            )
            raise StudyError(msg)
        (target / relative.parent).mkdir(parents=True, exist_ok=True)
        try:
            shutil.copy2(path, target / relative)
        except FileNotFoundError:
            continue
        # Of the copy: the file may be another one by now.
        hashes[relative.as_posix()] = content_of(target / relative)
        if not path.resolve().is_relative_to(root):
            foreign.append(relative.as_posix())
    return StudyCopy(folder=target, hashes=hashes, foreign=tuple(foreign))


def content_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _top_of(path: Path) -> str:
    """Return the two outermost parts of a relative path: enough to find what is large."""
    return Path(*path.parts[:2]).as_posix()


def changed_copy(copy: StudyCopy, target: Path, files: Mapping[str, bytes]) -> StudyCopy:
    """Return another copy of a study, in a new folder, with other contents of some files.

    ``files`` are by path; those that the study does not have are added.
    """
    shutil.copytree(copy.folder, target)
    for path, content in files.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(content)
    hashes = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    return StudyCopy(folder=target, hashes={**copy.hashes, **hashes}, foreign=copy.foreign)


def _files(root: Path, names: Iterable[str], hidden: Collection[Path]) -> Iterator[Path]:
    for name in names:
        top = root / name
        if top.is_file():
            yield top
            continue
        for folder, folders, files in os.walk(top, followlinks=True):
            here = Path(folder)
            above = {here.resolve(), *here.resolve().parents}
            folders[:] = sorted(
                name
                for name in folders
                # A link to a folder that holds it would be followed for ever.
                if (here / name).resolve() not in above and _is_shown(here / name, hidden)
            )
            yield from (here / file for file in sorted(files) if (here / file).is_file())


def _is_shown(folder: Path, hidden: Collection[Path]) -> bool:
    return (
        folder.name not in LEFT_OUT
        and not (folder.name.startswith(".") and "cache" in folder.name)
        and not (folder / "pyvenv.cfg").exists()
        and not (folder / ".state" / "campaign.json").exists()
        and folder.resolve() not in hidden
    )


@contextmanager
def scratch(workspace: Path, copy: StudyCopy) -> Iterator[Path]:
    """Yield the folder of one run, removed at the end: ``study`` (its copy), ``home``, ``tmp``."""
    folder = Path(tempfile.mkdtemp(prefix="scratch-", dir=workspace))
    try:
        for name in ("home", "tmp"):
            (folder / name).mkdir()
        with copy.private.lend(folder / "study"):
            yield folder
    finally:
        remove(folder)
