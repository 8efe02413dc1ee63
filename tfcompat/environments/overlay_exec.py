"""Becomes another command, for which a folder is writable without being written to.

A program, with the standard library alone: ``overlayfs`` starts it by this very Python as
``python -I -S overlay_exec.py TARGET LAYERS UPPER WORK COMMAND ...``, in the folder that the four
names are relative to. In a mount namespace of its own, it puts an overlay file system over TARGET:
what the command and its children write there goes to UPPER, and LAYERS (several, separated by
colons, the topmost first) stay as they are. No other process sees the mount, and it is gone with
the last process that does. A user who is not root gets a user namespace with nothing but the own
user and group in it; its capabilities end as the command begins.

https://docs.kernel.org/filesystems/overlayfs.html
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

# From <sched.h> and <sys/mount.h>.
CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
MS_REC = 0x4000
MS_PRIVATE = 0x40000


def main(words: list[str]) -> None:
    """Mount the overlay and become the command; raise OSError where the system does not let us."""
    target, layers, upper, work, *command = words
    options = f"lowerdir={layers},upperdir={upper},workdir={work}"
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    if user == 0:
        _check(libc.unshare(CLONE_NEWNS))
    else:
        _check(libc.unshare(CLONE_NEWNS | CLONE_NEWUSER))
        # https://man7.org/linux/man-pages/man7/user_namespaces.7.html
        _write("setgroups", "deny")
        _write("uid_map", f"{user} {user} 1")
        _write("gid_map", f"{group} {group} 1")
        options += ",userxattr"
    _check(libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None))
    _check(libc.mount(b"overlay", target.encode(), b"overlay", 0, options.encode()))
    os.execv(command[0], command)  # noqa: S606 - that is what it is for


def _write(name: str, text: str) -> None:
    Path("/proc/self", name).write_text(text, encoding="ascii")


def _check(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    main(sys.argv[1:])
