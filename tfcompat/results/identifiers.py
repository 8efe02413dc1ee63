"""The name of a cell, ``pypi-tensorflow-1.4.0-python-cp36``: built and parsed."""

from __future__ import annotations

import re

from packaging.utils import canonicalize_name

_IDENTIFIER = re.compile(
    r"[^-]+-(?P<dependency>.+)-(?P<release>[^-]+)-python-cp(?P<major>\d)(?P<minor>\d+)"
)


def identifier(dependency: str, release: str, python: str) -> str:
    """Return the identifier of a cell, such as ``pypi-tensorflow-1.4.0-python-cp36``."""
    return f"pypi-{canonicalize_name(dependency)}-{release}-python-cp{python.replace('.', '')}"


def parts_of(identifier: str) -> tuple[str, str]:
    """Return the release and the Python that an identifier names; itself where it is none."""
    found = _IDENTIFIER.fullmatch(identifier)
    if found is None:
        return identifier, ""
    return found["release"], f"{found['major']}.{found['minor']}"
