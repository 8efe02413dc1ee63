"""What a file states that its scripts need. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from tfcompat.errors import StudyError

if TYPE_CHECKING:
    from collections.abc import Iterable

# How many requirements a line about them names.
_NAMED = 6


@dataclass(frozen=True, kw_only=True)
class Stated:
    """The requirements that a file states, and the Pythons that it admits.

    ``source`` is the file as the user knows it. ``installs`` says that what is stated is installed;
    else it only holds for what is installed anyway. ``left_out`` are lines that name no release of
    the index, such as ``-e .``.
    """

    source: str
    requirements: tuple[Requirement, ...] = ()
    requires_python: SpecifierSet = field(default_factory=SpecifierSet)
    installs: bool = False
    left_out: tuple[str, ...] = ()

    def beside(self, dependency: str) -> tuple[Requirement, ...]:
        """Return the requirements that hold beside the package under study.

        Which of its releases to have is the question, so what is stated of them does not count;
        its extras do, where they are installed.
        """
        name = canonicalize_name(dependency)
        kept = []
        for one in self.requirements:
            if canonicalize_name(one.name) != name:
                kept.append(one)
            elif one.extras and self.installs:
                kept.append(_with(one, specifier=SpecifierSet()))
        return tuple(kept)

    def pin(self, dependency: str) -> str | None:
        """Return the one release of the package under study that is pinned exactly, if one is."""
        pins = {pinned(one) for one in self.requirements if _is_of(one, dependency)}
        return pins.pop() if len(pins) == 1 else None

    def describe(self, dependency: str) -> str:
        """Return in one line what was taken from the file, and what was not."""
        own = [str(one) for one in self.requirements if _is_of(one, dependency)]
        pin = self.pin(dependency)
        taken = [str(one) for one in self.beside(dependency)]
        held = "installed beside it" if self.installs else "held for what is installed"
        parts = [f"{held}: {_listed(taken)}"] if taken else []
        if str(self.requires_python):
            parts.append(f"Python {self.requires_python}")
        if pin:
            parts.append(f"{own[0]} is the baseline")
        elif own:
            parts.append(f"{', '.join(own)} is what is asked")
        if self.left_out:
            parts.append(f"left out: {_listed(self.left_out)}")
        return f"{self.source}: {'; '.join(parts) or 'nothing is stated'}"


def parse_requirement(text: str, where: str) -> Requirement:
    """Return a requirement; raise StudyError, which says ``where`` it stands, if it is none."""
    try:
        return Requirement(text)
    except InvalidRequirement:
        msg = f"{where}: {text!r} is no requirement such as scikit-learn or scipy<1.3"
        raise StudyError(msg) from None


def parse_python(text: object, where: str) -> SpecifierSet:
    """Return the Pythons that ``requires-python`` admits; raise StudyError as above."""
    try:
        return SpecifierSet(text if isinstance(text, str) else "?")
    except InvalidSpecifier:
        msg = f"{where}: `requires-python` is {text!r}, and no specifier such as '>=3.9'"
        raise StudyError(msg) from None


def admitted(pythons: Iterable[str], specifier: SpecifierSet) -> tuple[str, ...]:
    """Return those of some minor versions of Python of which a specifier admits any patch."""
    return tuple(
        python
        for python in pythons
        if any(specifier.contains(f"{python}.{patch}") for patch in range(30))
    )


def check_pins(stated: Iterable[Stated], dependency: str) -> None:
    """Raise StudyError where different releases of a package beside that under study are pinned."""
    found: dict[str, tuple[str, str]] = {}
    for one in stated:
        for requirement in one.beside(dependency):
            pin = None if requirement.marker else pinned(requirement)
            if pin is None:
                continue
            name = canonicalize_name(requirement.name)
            before, where = found.setdefault(name, (pin, one.source))
            if before != pin:
                places = where if where == one.source else f"{where} and {one.source}"
                msg = f"{places}: {name} is pinned to {before} and to {pin}; leave one out"
                raise StudyError(msg)


def pinned(requirement: Requirement) -> str | None:
    """Return the release that a requirement pins exactly, None where it pins none."""
    exact = [
        one.version
        for one in requirement.specifier
        if one.operator in {"==", "==="} and not one.version.endswith(".*")
    ]
    return exact[0] if exact else None


def as_constraint(requirement: Requirement) -> str:
    """Return a requirement as a constraint, which has no extras; empty where it excludes nothing.

    https://pip.pypa.io/en/stable/user_guide/#constraints-files
    """
    return str(_with(requirement, extras=set())) if requirement.specifier else ""


def _with(requirement: Requirement, **changes: object) -> Requirement:
    """Return a copy of a requirement with some of its attributes changed."""
    copy = Requirement(str(requirement))
    for name, value in changes.items():
        setattr(copy, name, value)
    return copy


def _is_of(requirement: Requirement, dependency: str) -> bool:
    return canonicalize_name(requirement.name) == canonicalize_name(dependency)


def _listed(texts: Iterable[str]) -> str:
    texts = list(texts)
    more = f" and {len(texts) - _NAMED} more" if len(texts) > _NAMED else ""
    return ", ".join(texts[:_NAMED]) + more
