"""What this machine and its user have set: cache folder, index, certificates, processor."""

from __future__ import annotations

import configparser
import os
import platform
import resource
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from tfcompat.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEFAULT_INDEX = "https://pypi.org/simple"

# The variables through which a network is reached. They are the user's, and kept.
NETWORK_VARIABLES = (
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "all_proxy",
    "https_proxy",
    "http_proxy",
    "no_proxy",
)


def cache_folder() -> Path:
    """Return the folder of our caches: ``TFCOMPAT_CACHE``, else the user's cache folder."""
    named = os.environ.get("TFCOMPAT_CACHE")
    return Path(named).resolve() if named else platformdirs.user_cache_path("tfcompat")


def uv_cache(cache: Path) -> Path:
    """Return where uv keeps what it fetches: ``TFCOMPAT_UV_CACHE``, else a folder of our cache.

    One that is named may be shared with others, so nothing is ever removed from it.
    """
    named = os.environ.get("TFCOMPAT_UV_CACHE")
    return Path(named).resolve() if named else cache / "uv"


def network_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the user's proxies and certificates, as any client understands them."""
    kept = {name: environ[name] for name in NETWORK_VARIABLES if environ.get(name)}
    certificate = environ.get("PIP_CERT") or _pip_option("cert", environ)
    if certificate:
        kept.setdefault("SSL_CERT_FILE", certificate)
        kept.setdefault("REQUESTS_CA_BUNDLE", certificate)
    proxy = environ.get("PIP_PROXY") or _pip_option("proxy", environ)
    if proxy:
        kept.setdefault("HTTPS_PROXY", proxy)
        kept.setdefault("HTTP_PROXY", proxy)
    return kept


def index_url(environ: Mapping[str, str] = os.environ) -> str:
    """Return the one index that pip (or uv, by variable) would ask on this machine.

    Extra indexes and find-links are left out on purpose: they have no upload times to go by.
    """
    for variable in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        if environ.get(variable):
            return environ[variable].rstrip("/")
    return (_pip_option("index-url", environ) or DEFAULT_INDEX).rstrip("/")


def _pip_option(option: str, environ: Mapping[str, str]) -> str | None:
    """Return a global option of pip's configuration files, the nearest file first.

    https://pip.pypa.io/en/stable/topics/configuration/#location
    """
    for path in _pip_files(environ):
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            continue
        for section in ("install", "global"):
            if parser.has_option(section, option):
                return parser.get(section, option).strip()
    return None


def _pip_files(environ: Mapping[str, str]) -> Iterator[Path]:
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return
    if named:
        yield Path(named)
    yield Path(sys.prefix, "pip.conf")
    home = Path(environ.get("HOME") or Path.home())
    yield Path(environ.get("XDG_CONFIG_HOME") or home / ".config", "pip", "pip.conf")
    yield home / ".pip" / "pip.conf"
    yield Path("/etc/pip.conf")


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


def allow_files() -> None:
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
