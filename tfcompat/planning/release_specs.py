"""What names releases in a study or on a command line: a version, a specifier, or a word.

Each text is parsed once, where it is read; from there on the parsed value is passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from tfcompat.errors import near_miss


class ReleaseWord(Enum):
    """A word that stands for many releases."""

    ALL = "all"
    MINORS = "minors"
    """The last patch of each minor version."""


_WORDS = tuple(word.value for word in ReleaseWord)


@dataclass(frozen=True)
class ReleaseSpec:
    """One entry of ``versions`` or ``--release``: its text as written, and what that means.

    A specifier is a PEP 440 one, such as ``>=2.4,<2.6``.
    """

    text: str
    meaning: ReleaseWord | Version | SpecifierSet

    def __str__(self) -> str:
        """Return the text as written."""
        return self.text

    @property
    def is_filter(self) -> bool:
        """Whether it is a specifier, which chooses among releases that others name."""
        return isinstance(self.meaning, SpecifierSet)


ALL_RELEASES = ReleaseSpec(ReleaseWord.ALL.value, ReleaseWord.ALL)


def parse_release_spec(text: str) -> ReleaseSpec:
    """Return what a text names; raise ValueError if it is no word, version or specifier."""
    text = text.strip()
    if text in _WORDS:
        return ReleaseSpec(text, ReleaseWord(text))
    is_specifier = any(mark in text for mark in "<>=!~")
    try:
        return ReleaseSpec(text, SpecifierSet(text) if is_specifier else Version(text))
    except (InvalidSpecifier, InvalidVersion):
        msg = (
            f"{text!r} is neither a release such as 1.4.0, a specifier such as '>=2.4,<2.6', "
            f"nor one of {', '.join(_WORDS)}{near_miss(text, _WORDS)}"
        )
        raise ValueError(msg) from None


def parse_version(text: str) -> Version:
    """Return the version that a text is; raise ValueError if it is none."""
    try:
        return Version(text)
    except InvalidVersion:
        msg = f"{text!r} is no release such as 1.4.0"
        raise ValueError(msg) from None
