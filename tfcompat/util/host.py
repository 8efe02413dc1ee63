"""What this machine is, and the cores, open files and memory that may be used on it."""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import shutil
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tfcompat.errors import UserError


@dataclass(frozen=True, kw_only=True)
class Host:
    """A machine that runs are made on, as far as it can change what they print.

    ``cpu_flags`` are what the processor can do, such as ``avx2``, in alphabetical order.
    """

    os: str
    machine: str
    libc: str
    cpu_model: str
    cpu_flags: tuple[str, ...]


@cache
def this_host() -> Host:
    """Describe this machine; processor model and flags are empty where /proc has none.

    They come from /proc/cpuinfo (proc_cpuinfo(5)), where ARM calls the flags ``Features``.
    """
    fields: dict[str, str] = {}
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    for line in text.splitlines():
        name, _, value = line.partition(":")
        fields.setdefault(name.strip(), value.strip())
    return Host(
        os=f"{platform.system()} {platform.release()}",
        machine=platform.machine(),
        libc=" ".join(platform.libc_ver()),
        cpu_model=fields.get("model name", ""),
        cpu_flags=tuple(sorted(fields.get("flags", fields.get("Features", "")).split())),
    )


def usable_cores() -> tuple[int, ...]:
    """Return the numbers of the cores that this process may use.

    Where the system does not report them, they are counted from 0.
    """
    if hasattr(os, "sched_getaffinity"):
        return tuple(sorted(os.sched_getaffinity(0)))
    return tuple(range(os.cpu_count() or 1))


# More than a command with a few launchers opens.
_OPEN_FILES = 256


def raise_open_file_limit() -> None:
    """Raise this process's limit of open files to what a command needs.

    Raises UserError where the hard limit is lower.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < _OPEN_FILES:
        if hard != resource.RLIM_INFINITY and hard < _OPEN_FILES:
            msg = f"only {hard} files may be open at once; raise the limit with: ulimit -n 1024"
            raise UserError(msg)
        resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, hard))


# Of mallopt(3): how many heaps (arenas) there may be.
_M_ARENA_MAX = -8


def keep_one_heap() -> None:
    """Have all threads of this process share one heap, where the C library is that of GNU.

    It gives each thread one of its own, and what is freed in one serves no other: with runs that
    print much that made a command a sixth larger. Elsewhere it is left as it is.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


# The limits and the use of this process's control group (version 2), as a container sees them.
# https://docs.kernel.org/admin-guide/cgroup-v2.html
_CONTROL_GROUP = Path("/sys/fs/cgroup")


def available_memory() -> int | None:
    """Return the free bytes of memory; None where the system does not report them.

    A container's own limit counts as well as the machine's memory.
    """
    try:
        # proc_meminfo(5): in units of 1024 bytes.
        text = Path("/proc/meminfo").read_text(encoding="ascii")
        free = next(int(line.split()[1]) * 1024 for line in text.splitlines()
                    if line.startswith("MemAvailable:"))  # fmt: skip
    except (OSError, ValueError, StopIteration):
        return None
    try:
        limit = int((_CONTROL_GROUP / "memory.max").read_text(encoding="ascii"))
        used = int((_CONTROL_GROUP / "memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return free
    return min(free, max(0, limit - used))


# What old packages are built with beside Python's own tools, and where they look for headers.
_BUILD_PROGRAMS = ("cc", "c++", "gfortran", "make", "cmake", "pkg-config", "rustc", "cargo", "swig")
_BUILD_FOLDERS = (
    "bin",
    "include",
    "include/*-linux-*",
    "lib/*/pkgconfig",
    "share/pkgconfig",
    "local/bin",
    "local/include",
    "local/lib",
)


def build_tools() -> str:
    """Return what stands for the compilers and headers here: another text where any changed.

    Of folders it is when something was last added to them or removed.
    """
    programs = filter(None, map(shutil.which, _BUILD_PROGRAMS))
    folders = (path for one in _BUILD_FOLDERS for path in sorted(Path("/usr").glob(one)))
    found = (*map(Path, programs), *folders)
    return " ".join(f"{path}:{path.stat().st_mtime_ns}" for path in found)
