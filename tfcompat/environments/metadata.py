"""Old metadata of packages, made readable for today's tools.

The pips of their day took versions such as ``2011k`` and specifiers such as ``>=3.6.*``; what
follows PEP 440 to the letter refuses them. The forms are those of
https://packaging.python.org/en/latest/specifications/version-specifiers/ and
https://packaging.python.org/en/latest/specifications/dependency-specifiers/
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from email.parser import HeaderParser
from typing import TYPE_CHECKING

from packaging.markers import InvalidMarker, Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, kw_only=True)
class PackageMetadata:
    """What a release of a package requires, in a form that today's tools read.

    ``changes`` describes, for people, what was changed.
    """

    name: str
    version: str
    requires_dist: tuple[str, ...] = ()
    requires_python: str | None = None
    changes: tuple[str, ...] = ()

    def as_toml(self) -> str:
        """Return the entry of uv's configuration that replaces the package's own metadata.

        https://docs.astral.sh/uv/reference/settings/#dependency-metadata
        """
        lines = [
            "[[dependency-metadata]]",
            f"name = {json.dumps(self.name)}",
            f"version = {json.dumps(self.version)}",
            # A list of strings in JSON is one in TOML.
            f"requires-dist = {json.dumps(self.requires_dist)}",
        ]
        if self.requires_python:
            lines.append(f"requires-python = {json.dumps(self.requires_python)}")
        return "\n".join([*lines, ""])


def from_headers(name: str, version: str, text: str) -> PackageMetadata:
    """Return the repaired form of a METADATA or PKG-INFO file."""
    headers = HeaderParser().parsestr(text)
    requires = [str(line) for line in headers.get_all("Requires-Dist", [])]
    python = headers.get("Requires-Python")
    return repaired(name, version, requires, str(python) if python else None)


def from_requires_txt(
    name: str, version: str, text: str, requires_python: str | None = None
) -> PackageMetadata:
    """Return the repaired form of setuptools' ``requires.txt``, whose sections are extras.

    ``[:marker]`` heads requirements under a marker, ``[extra:marker]`` those of an extra.
    """
    requires = []
    extra = marker = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            extra, _, marker = line.strip("[]").partition(":")
        elif line and not line.startswith("#"):
            conditions = [f"({marker})"] if marker else []
            conditions += [f"extra == {json.dumps(extra)}"] if extra else []
            requires.append(f"{line} ; {' and '.join(conditions)}" if conditions else line)
    return repaired(name, version, requires, requires_python)


def repaired(
    name: str, version: str, requires: Iterable[str], requires_python: str | None
) -> PackageMetadata:
    """Return requirements of a release with all that cannot be read replaced by what was meant."""
    changes = []
    kept = []
    for text in requires:
        readable = readable_requirement(text)
        if readable:
            kept.append(readable)
        if readable != text and not _is_readable(text):
            changes.append(f"{name} {version}: {_change(text, readable)}")
    python = readable_specifiers(requires_python) if requires_python else None
    if requires_python and not _is_specifier_set(requires_python):
        change = _change(f"Python {requires_python}", python and f"Python {python}")
        changes.append(f"{name} {version}: {change}")
    return PackageMetadata(
        name=name,
        version=version,
        requires_dist=tuple(kept),
        requires_python=python or None,
        changes=tuple(changes),
    )


def _change(old: str, new: str | None) -> str:
    return f"{old} read as {new}" if new else f"{old} left out"


_REQUIREMENT = re.compile(
    r"\s*(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?P<extras>\[[^\]]*\])?\s*"
    r"\(?(?P<specifiers>[^;@()]*)\)?\s*(?:;(?P<marker>.*))?"
)
# An operator, wrong ones too, and the version behind it; commas between them may be missing.
_CLAUSE = re.compile(r"(~=|===?|!=|<>|[<>]=?|=[<>]|=)?\s*([\w.*+!-]+)")
_OPERATORS = {"=>": ">=", "=<": "<=", "=": "==", "<>": "!=", "": "=="}
_NUMBERS = re.compile(r"v?(\d+(?:\.\d+)*)")


def readable_requirement(text: str) -> str | None:
    """Return a requirement as today's tools read it, None where nothing of it can be read.

    A marker that cannot be read is left out.
    """
    if _is_readable(text):
        return text
    found = _REQUIREMENT.fullmatch(text)
    if found is None:
        return None
    requirement = found["name"] + (found["extras"] or "")
    requirement += readable_specifiers(found["specifiers"])
    marker = (found["marker"] or "").strip()
    whole = f"{requirement} ; {marker}" if _is_marker(marker) else requirement
    return whole if _is_readable(whole) else None


def readable_specifiers(text: str) -> str:
    """Return version specifiers as today's tools read them; those without a meaning are left out.

    ``>=2011k`` becomes ``>=2011``, ``>=3.6.*`` becomes ``>=3.6``.
    """
    if _is_specifier_set(text):
        return text.strip()
    clauses = [_clause(operator, version) for operator, version in _CLAUSE.findall(text)]
    return ",".join(dict.fromkeys(clause for clause in clauses if clause))


def _clause(operator: str, version: str) -> str:
    """Return one specifier, repaired; an empty text where its version says nothing."""
    operator = _OPERATORS.get(operator, operator)
    if _is_specifier(operator + version):
        return operator + version
    bare = version.removesuffix(".*")
    if bare != version and _is_specifier(operator + bare):
        return operator + bare
    numbers = _NUMBERS.match(version)
    if numbers is None or operator in {"==", "===", "!="}:
        # No file has such a version today, so nothing could equal it.
        return ""
    # "~=" needs two numbers, and would mean something else of a version that was cut short.
    operator = ">=" if operator == "~=" else operator
    return operator + numbers[1]


def _is_readable(text: str) -> bool:
    try:
        Requirement(text)
    except InvalidRequirement:
        return False
    return True


def _is_specifier(text: str) -> bool:
    try:
        Specifier(text)
    except InvalidSpecifier:
        return False
    return True


def _is_specifier_set(text: str) -> bool:
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return False
    return True


def _is_marker(text: str) -> bool:
    try:
        Marker(text)
    except InvalidMarker:
        return False
    return True
