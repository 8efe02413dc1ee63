"""Becomes another command, in namespaces of its own: what it may see, write and reach.

A program, with the standard library alone: ``namespaces`` starts it by this very Python as
``python -I -S namespace_exec.py SPECIFICATION COMMAND ...``. The specification is JSON with three
parts, each of which may be null or false:

``overlay``: ``target``, ``layers``, ``upper`` and ``work``, relative to the current folder. What is
written to the target goes to ``upper``; ``layers`` (the topmost first) stay as they are.

``network``: true closes it. There is loopback, and nothing else.

``files``: ``hidden`` folders are empty but for what is ``readable``, ``writable`` or one of the
``links`` (path -> target); ``private`` folders are empty and writable; nothing else can be written.

No other process sees any of that, and it is gone with the last process in the namespaces. A user
who is not root gets a user namespace with nothing but the own user and group in it; its
capabilities end as the command begins. Root gives up what would undo the rest.

https://man7.org/linux/man-pages/man7/namespaces.7.html
https://docs.kernel.org/filesystems/overlayfs.html
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import socket
import struct
import sys
from pathlib import Path

# From <sched.h>.
CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
# From <sys/mount.h> and <linux/mount.h>; the system call has one number on every processor.
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x40000
SYS_MOUNT_SETATTR = 442
AT_FDCWD = -100
AT_RECURSIVE = 0x8000
MOUNT_ATTR_RDONLY = 0x1
# From <bits/ioctls.h>, <net/if.h>, <sys/prctl.h>.
SIOCSIFFLAGS = 0x8914
IFF_UP = 0x1
PR_CAPBSET_DROP = 24
CAPABILITY_VERSION_3 = 0x20080522

# What root keeps, by number: to change owners and rights, to signal, to bind a low port, to set
# priorities and limits. https://man7.org/linux/man-pages/man7/capabilities.7.html
KEPT_CAPABILITIES = frozenset({0, 1, 3, 4, 5, 6, 7, 8, 10, 18, 23, 24})
# A folder in memory may hold so much.
PRIVATE_SIZE = "1g"

_libc = ctypes.CDLL(None, use_errno=True)


def main(specification: dict[str, object], command: list[str]) -> None:
    """Enter the namespaces and become the command; raise OSError where the system refuses one."""
    overlay, network, files = (specification[name] for name in ("overlay", "network", "files"))
    user, group = os.getuid(), os.getgid()
    flags = CLONE_NEWNET if network else 0
    flags |= CLONE_NEWNS if overlay or files else 0
    _check(_libc.unshare(flags if user == 0 else flags | CLONE_NEWUSER))
    if user != 0:
        # https://man7.org/linux/man-pages/man7/user_namespaces.7.html
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            Path("/proc/self", name).write_text(text, encoding="ascii")
    if flags & CLONE_NEWNS:
        _check(_libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None))
    if isinstance(overlay, dict):
        lay_over(**overlay, options=",userxattr" if user else "")
    if network:
        start_loopback()
    if isinstance(files, dict):
        close_files(**files)
        if user == 0:
            give_up_capabilities()
    os.execv(command[0], command)  # noqa: S606 - that is what it is for


def lay_over(target: str, layers: list[str], upper: str, work: str, options: str) -> None:
    """Mount an overlay over a folder."""
    options = f"lowerdir={':'.join([*layers, target])},upperdir={upper},workdir={work}{options}"
    _check(_libc.mount(b"overlay", os.fsencode(target), b"overlay", 0, os.fsencode(options)))


def start_loopback() -> None:
    """Start the only device of a new network namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        fcntl.ioctl(device, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))


def close_files(
    hidden: list[str],
    readable: list[str],
    writable: list[str],
    links: dict[str, str],
    private: list[str],
) -> None:
    """Hide folders, and make read-only what is left; see the module for the arguments."""
    # Opened before anything is hidden. An inner folder is mounted after those around it.
    shown = {path: os.open(path, os.O_PATH) for path in {*readable, *writable}}
    for path in sorted({*hidden, *private, *shown}, key=lambda path: path.count("/")):
        if path in shown:
            _show(shown[path], path)
        elif Path(path).is_dir():
            _mount_empty(path)
    for path, target in links.items():
        if not os.path.lexists(path):
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).symlink_to(target)
    # What is below the current folder may be hidden now; whoever stands in it would see it.
    os.chdir(writable[0])
    _set_read_only("/", recursive=True)
    for path in (*writable, *private, "/proc"):
        if Path(path).exists():
            _set_read_only(path, undo=True)


def _mount_empty(path: str) -> None:
    options = f"mode=1777,size={PRIVATE_SIZE}".encode()
    _check(_libc.mount(b"tmpfs", os.fsencode(path), b"tmpfs", MS_NOSUID | MS_NODEV, options))


def _show(opened: int, path: str) -> None:
    """Mount what was opened at its path, for which there is room only in what is hidden."""
    source = f"/proc/self/fd/{opened}"
    place = Path(path)
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.mkdir() if Path(source).is_dir() else place.touch()
    _check(_libc.mount(source.encode(), os.fsencode(path), None, MS_BIND | MS_REC, None))


def _set_read_only(path: str, *, recursive: bool = False, undo: bool = False) -> None:
    """https://man7.org/linux/man-pages/man2/mount_setattr.2.html, for which libc has no name."""
    setting = (0, MOUNT_ATTR_RDONLY) if undo else (MOUNT_ATTR_RDONLY, 0)
    attributes = struct.pack("QQQQ", *setting, 0, 0)
    flags = AT_RECURSIVE if recursive else 0
    _check(
        _libc.syscall(
            SYS_MOUNT_SETATTR, AT_FDCWD, os.fsencode(path), flags, attributes, len(attributes)
        )
    )


def give_up_capabilities() -> None:
    """Give up for good what root could use to see other processes, or to mount anything."""
    number = 0
    while number in KEPT_CAPABILITIES or _libc.prctl(PR_CAPBSET_DROP, number, 0, 0, 0) == 0:
        number += 1  # the first number that the system does not know ends it
    # Those that are inherited would come back: effective, permitted and inherited, in two halves.
    header = struct.pack("Ii", CAPABILITY_VERSION_3, 0)
    sets = ctypes.create_string_buffer(24)
    _check(_libc.capget(header, sets))
    low, high = struct.unpack("12s12s", sets.raw)
    _check(_libc.capset(header, low[:8] + bytes(4) + high[:8] + bytes(4)))


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), sys.argv[2:])
