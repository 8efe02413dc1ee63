"""The name of a cell, ``pypi-tensorflow-1.4.0-python-cp36``: built and parsed."""

from __future__ import annotations

import re
from typing import NamedTuple

from packaging.utils import canonicalize_name

_IDENTIFIER = re.compile(
    r"[^-]+-(?P<dependency>.+)-(?P<release>[^-]+)-python-cp(?P<major>\d)(?P<minor>\d+)"
    r"(?:-variant-[0-9a-f]+)?"
)


def identifier(dependency: str, release: str, python: str, variant: str = "") -> str:
    """Return the identifier of a cell, such as ``pypi-tensorflow-1.4.0-python-cp36``.

    ``variant`` is what tells a variant of a cell from the cell, in hexadecimal digits.
    """
    name = f"pypi-{canonicalize_name(dependency)}-{release}-python-cp{python.replace('.', '')}"
    return f"{name}-variant-{variant}" if variant else name


class ParsedIdentifier(NamedTuple):
    """The release and the Python (such as ``3.6``) that an identifier names."""

    release: str
    python: str


def parse_identifier(identifier: str) -> ParsedIdentifier:
    """Return what an identifier names.

    Of a text that is none, the release is the text itself and the Python is empty: a report shows
    such cells too.
    """
    found = _IDENTIFIER.fullmatch(identifier)
    if found is None:
        return ParsedIdentifier(identifier, "")
    return ParsedIdentifier(found["release"], f"{found['major']}.{found['minor']}")
