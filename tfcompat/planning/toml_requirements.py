"""Lists of requirements in TOML: read as texts, and one of them written. Pure."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import tomlkit
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array

from tfcompat.errors import StudyError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tomlkit import TOMLDocument


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The releases of a package that a search found: its ``specifier``, in the order to write."""

    name: str
    specifier: str

    def __str__(self) -> str:
        """Return it as a requirement."""
        return f"{self.name}{self.specifier}"

    def in_place_of(self, before: Requirement) -> str:
        """Return it as a requirement with the extras and the marker of another one."""
        extras = f"[{','.join(sorted(before.extras))}]" if before.extras else ""
        marker = f"; {before.marker}" if before.marker else ""
        return f"{before.name}{extras}{self.specifier}{marker}"


def parse_toml(text: str, where: str) -> TOMLDocument:
    """Return a document, in which everything can be written back as it is; StudyError for none."""
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        # The end of a text is that character to it.
        fault = str(error).replace("Unexpected character: '\\x00'", "Unexpected end")
        msg = f"{where} is no TOML: {fault}"
        raise StudyError(msg) from None


def texts_of(value: object, where: str) -> list[str]:
    """Return a list of texts; raise StudyError, which says ``where`` it stands, for anything else.

    What it has beside texts, as the tables of PEP 735, is no text either.
    """
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        msg = f"{where} has to be a list of texts such as ['numpy>=1.26']"
        raise StudyError(msg)
    return value


def set_requirement(array: object, answer: Answer) -> None:
    """Have a list of requirements hold an answer: in place of what it says of that package.

    Extras and markers of what was there stay, and so do comments. Raises StudyError where it is no
    list.
    """
    if not isinstance(array, Array):
        msg = "`dependencies` is no list, so nothing can be written into it"
        raise StudyError(msg)
    places = list(places_of(array, answer.name))
    for place, before in places:
        array[place] = answer.in_place_of(before)
    if not places:
        array.append(str(answer))


def places_of(array: object, name: str) -> Iterator[tuple[int, Requirement]]:
    """Yield the places of a list that are of a package, each with its requirement."""
    for place, text in enumerate(array if isinstance(array, list) else ()):
        with suppress(InvalidRequirement):
            found = Requirement(text) if isinstance(text, str) else None
            if found and canonicalize_name(found.name) == canonicalize_name(name):
                yield place, found
