"""What this machine and its user have set: cache folder, index, certificates, processor."""

from __future__ import annotations

import os
import platform
import resource
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tfcompat.errors import UserError


@dataclass(frozen=True, kw_only=True)
class Host:
    """The machine a run was made on, as far as it can change what a run prints."""

    os: str
    machine: str
    libc: str
    cpu_model: str
    cpu_flags: tuple[str, ...]


@cache
def host() -> Host:
    """Describe this machine; processor model and flags are empty where /proc has none."""
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
    """Return the cores that this process may use; just numbered where that cannot be asked."""
    if hasattr(os, "sched_getaffinity"):
        return tuple(sorted(os.sched_getaffinity(0)))
    return tuple(range(os.cpu_count() or 1))


# What a command with a few launchers opens, with room to spare.
_FILES = 256


def raise_open_file_limit() -> None:
    """Raise this process's limit of open files to what is needed; UserError where it may not be."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < _FILES:
        if hard != resource.RLIM_INFINITY and hard < _FILES:
            msg = f"only {hard} files may be open at once; raise the limit with: ulimit -n 1024"
            raise UserError(msg)
        resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES, hard))


# Where a control group says what it may use and what it does (version 2).
_GROUP = Path("/sys/fs/cgroup")


def available_memory() -> int | None:
    """Return the bytes of memory that can still be had here, None where that cannot be asked.

    A container's own limit counts as well as the machine's.
    """
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
        free = next(int(line.split()[1]) * 1024 for line in text.splitlines()
                    if line.startswith("MemAvailable:"))  # fmt: skip
    except (OSError, ValueError, StopIteration):
        return None
    try:
        limit = int((_GROUP / "memory.max").read_text(encoding="ascii"))
        used = int((_GROUP / "memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return free
    return min(free, max(0, limit - used))
