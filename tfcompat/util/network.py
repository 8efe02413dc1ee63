"""How this machine reaches its package index: address, proxies and certificates.

They come from environment variables and from pip's configuration files.
"""

from __future__ import annotations

import configparser
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEFAULT_INDEX = "https://pypi.org/simple"

# Variables of the user that tell programs how to reach the network.
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


def network_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the user's proxies and certificates as variables that any client understands.

    Those that only pip is configured with become such variables too, unless they are set.
    """
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


def certificate_paths(environment: Mapping[str, str]) -> list[Path]:
    """Return the files and folders of certificates that variables name, as far as they exist."""
    named = ("REQUESTS_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE")
    paths = {Path(environment[name]) for name in named if name in environment}
    return [path for path in sorted(paths) if path.exists()]


def index_url(environ: Mapping[str, str] = os.environ) -> str:
    """Return the address of the index that pip (or uv, by variable) would use on this machine.

    Extra indexes and find-links are left out on purpose: they have no upload times.
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
    """Yield where configuration files of pip may be, the one that overrides the others first."""
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
