"""What runs see, write and reach of this machine: whether it can be closed, and how to start them.

Linux namespaces do it, without root where the system allows that to users. `namespace_exec` is the
program that enters them.
"""

from __future__ import annotations

import json
import os
import pwd
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.util import processes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_PROGRAM = Path(__file__).with_name("namespace_exec.py")
_SECONDS = 20

# Empty and writable for runs whose files are closed: programs write there by name.
_PRIVATE = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"))  # noqa: S108 - they are hidden
# Where services listen.
_SERVICES = Path("/run")
_RESOLVER = Path("/etc/resolv.conf")
# No folder that holds one of these can be hidden: nothing would start.
_SYSTEM = tuple(map(Path, ("/bin", "/dev", "/etc", "/lib", "/lib64", "/proc", "/sbin", "/usr")))

# What reaches loopback, and nothing else: an address that is kept for documents (RFC 5737).
_NETWORK_TRIAL = """
import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname()).close()
try:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("192.0.2.1", 9))
except OSError:
    print("closed")
"""
# What does not see a file, writes into a folder, and cannot write elsewhere.
_FILES_TRIAL = """
import os, sys
hidden, own = sys.argv[1:]
open(os.path.join(own, "file"), "w").close()
if not os.path.exists(hidden) and os.statvfs("/").f_flag & os.ST_RDONLY:
    print("closed")
"""


@dataclass(frozen=True, kw_only=True)
class Closed:
    """What is closed to runs: the network, and the folders ``hidden`` but for what is ``seen``.

    Where any is hidden, nothing outside of the folders of a run can be written either.
    """

    network: bool = False
    hidden: tuple[Path, ...] = ()
    seen: tuple[Path, ...] = ()


OPEN = Closed()


@dataclass(frozen=True, kw_only=True)
class OverlayMount:
    """An overlay over ``target``: what is written there goes to ``upper``, below are ``layers``.

    All are relative to the folder in which the command is started.
    """

    target: str
    layers: tuple[str, ...]
    upper: str
    work: str


@dataclass(frozen=True, kw_only=True)
class VisibleFiles:
    """What a command still sees of hidden folders, and where it may write; absolute paths.

    ``links`` are symbolic links by their paths; ``private`` folders are empty and writable.
    """

    hidden: tuple[str, ...]
    readable: tuple[str, ...]
    writable: tuple[str, ...]
    links: dict[str, str]
    private: tuple[str, ...]


def command(
    words: Sequence[str | Path],
    *,
    network: bool = False,
    overlay: OverlayMount | None = None,
    files: VisibleFiles | None = None,
) -> list[str | Path]:
    """Return a command that does the same in namespaces; ``network`` closes that."""
    if not (network or overlay or files):
        return list(words)
    specification = {
        "overlay": asdict(overlay) if overlay else None,
        "network": network,
        "files": asdict(files) if files else None,
    }
    return [sys.executable, "-I", "-S", _PROGRAM, json.dumps(specification), *words]


def visible(
    closed: Closed, *, writable: Sequence[Path], readable: Sequence[Path] = ()
) -> VisibleFiles | None:
    """Return what is seen where files are closed; None where there is nothing to hide.

    Whatever is not there is left out. The first of the ``writable`` folders is where to start.
    """
    shut = {path.resolve() for path in closed.hidden}
    shut = {path for path in shut if not any(one.is_relative_to(path) for one in _SYSTEM)}
    if not shut:
        return None
    private = {path.resolve() for path in _PRIVATE if path.is_dir()}
    covered = (*shut, _SERVICES, *private)
    wanted = (*_without(shut, (*closed.seen, *readable)), _RESOLVER)
    shown = [path for path in wanted if path.exists()]
    own = {path.resolve() for path in writable}
    seen = {path for path in (one.resolve() for one in shown) if _lies_in(path, covered)} - own
    links = {
        os.fspath(link): os.fspath(link.readlink())
        for path in (*shown, *writable)
        for link in links_towards(path)
        if _lies_in(link, covered)
    }
    return VisibleFiles(
        hidden=_texts({*shut, _SERVICES} - private),
        readable=_texts(path for path in seen if not _lies_in(path, seen - {path})),
        writable=tuple(dict.fromkeys(os.fspath(path.resolve()) for path in writable)),
        links=links,
        private=_texts(private),
    )


def _without(shut: set[Path], readable: Iterable[Path]) -> Iterator[Path]:
    """Yield paths; of a folder that would show a hidden one, what a Python in it needs."""
    for path in readable:
        if any(folder.is_relative_to(path.resolve()) for folder in shut):
            yield from (path / name for name in ("bin", "lib", "lib64"))
        else:
            yield path


def _lies_in(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _texts(paths: Iterable[Path]) -> tuple[str, ...]:
    return tuple(sorted(map(os.fspath, paths)))


def links_towards(path: Path) -> Iterator[Path]:
    """Yield the symbolic links that are followed on the way to a path, each by its own path."""
    left = list(reversed(path.parts))
    here = Path(left.pop())
    followed: set[Path] = set()
    while left:
        part = left.pop()
        here = here.parent if part == ".." else here / part
        if here not in followed and here.is_symlink():
            followed.add(here)
            yield here
            target = here.parent / here.readlink()
            left.extend(reversed(target.parts[1:]))
            here = Path(target.anchor)


def home_folders() -> tuple[Path, ...]:
    """Return the user's home: by the environment, and by the system where that has another."""
    found = [Path(os.environ.get("HOME") or "/")]
    with suppress(KeyError):  # a user without an entry, as in containers
        found.append(Path(pwd.getpwuid(os.getuid()).pw_dir))
    return tuple(dict.fromkeys(found))


@cache
def network_obstacle() -> str:
    """Return why this machine cannot close the network for a command; empty where it can."""
    trial = [sys.executable, "-I", "-S", "-c", _NETWORK_TRIAL]
    return _obstacle(command(trial, network=True))


@cache
def files_obstacle() -> str:
    """Return why this machine cannot hide files from a command; empty where it can."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        hidden, own = folder / "hidden", folder / "own"
        for one in (hidden, own):
            one.mkdir()
        secret = hidden / "file"
        secret.touch()
        # What this Python needs is seen: it may lie in any folder.
        program = Path(sys.executable)
        prefix = program.resolve().parent.parent
        files = visible(Closed(hidden=(hidden,), seen=(prefix, program)), writable=[own])
        trial = [sys.executable, "-I", "-S", "-c", _FILES_TRIAL, *map(str, (secret, own))]
        return _obstacle(command(trial, files=files))


def _obstacle(words: Sequence[str | Path]) -> str:
    """Return why a command in namespaces does not find itself closed in; empty where it does."""
    if sys.platform != "linux":
        return "only Linux can close it"
    done = processes.run(words, environment={"PATH": os.defpath}, timeout=_SECONDS)
    if done.ok and done.stdout.strip() == "closed":
        return ""
    said = (done.stderr.strip().splitlines() or ["it stays open"])[-1]
    return f"this system allows no such namespace: {said}"
