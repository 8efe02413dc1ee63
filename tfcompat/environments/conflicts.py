"""A requirement of the study that contradicts what is installed with it, in plain words."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from tfcompat.environments.base import requirements_on
from tfcompat.results.verdicts import CauseKind

if TYPE_CHECKING:
    from packaging.requirements import Requirement

    from tfcompat.environments.base import BuildFailure, EnvironmentRequest


# uv: "all versions of pandas depend on ...", "pandas>=1.5.0 depends on
# numpy{python_full_version < '3.10'}>=1.20.3". pip: "pandas 1.5.0 depends on numpy<2.0 and >=1.16".
_NEEDS = (
    r"(?:all versions of (?P<any>\S+) depend|"
    r"(?P<package>[A-Za-z0-9][\w.-]*?)(?:[=>]=| )(?P<version>\d[\w.+!]*)\S* depends) on "
    r"{name}(?:\[[^\]]*\])?(?:{{[^}}]*}})?"
    r"(?P<specifiers>(?:(?:,| and )?(?:[<>=!~]=?=?)[\w.*+!]*\w\*?)+)"
)


def name_contradiction(failure: BuildFailure, request: EnvironmentRequest) -> BuildFailure:
    """Return a failure whose cause says which requirement of the study is in the way, if one is.

    Installers explain a conflict by steps; the message names the requirement and what to change.
    """
    if failure.cause.kind is not CauseKind.CONFLICT:
        return failure
    text = " ".join(failure.error.split())
    # What names no releases contradicts nothing: it comes last.
    stated = requirements_on(request.python, request.stated)
    for requirement in sorted(stated, key=lambda one: not one.specifier):
        if canonicalize_name(requirement.name) == canonicalize_name(request.dependency):
            # It only adds extras: which release to have is not stated.
            continue
        message = _contradiction(text, requirement, request)
        if message is not None:
            return replace(failure, cause=replace(failure.cause, message=message))
    return failure


def _contradiction(text: str, requirement: Requirement, request: EnvironmentRequest) -> str | None:
    """Return the sentence on a requirement that an explanation names as a part of the conflict."""
    # An explanation may write the name in another form.
    name = re.sub(r"[-_.]+", "[-_.]+", canonicalize_name(requirement.name))
    origin = request.origins.get(str(requirement))
    asked = f"{requirement} of {origin}" if origin else f"--require {requirement}"
    pinned = re.escape(str(requirement.specifier))
    if re.search(rf"no versions? of {name}{pinned}(?![\w.])", text, re.IGNORECASE):
        return f"there is no {requirement} to install as of then; change {asked}"
    if _is_newer(text, name, requirement):
        day = request.cut_off.date() if request.cut_off else "today"
        return f"there was no {requirement} yet on {day}; change {asked}, or use --resolve latest"
    other = re.search(
        rf"(?<![\w.-]){name}==\S+ depends on Python([<>=!~]\S*?)(?=,? )", text, re.IGNORECASE
    )
    if other:
        return f"{asked} needs Python{other[1]}, and this is {request.python}: choose one that fits"
    return _needed_otherwise(text, name, requirement, request) if requirement.specifier else None


def _needed_otherwise(
    text: str, name: str, requirement: Requirement, request: EnvironmentRequest
) -> str | None:
    """Return the sentence on a requirement that excludes what a package needs.

    ``name`` is a pattern of its name, in any of the forms of an explanation.
    """
    origin = request.origins.get(str(requirement))
    for found in re.finditer(_NEEDS.format(name=name), text, re.IGNORECASE):
        package = found["package"] or found["any"]
        if canonicalize_name(package) == canonicalize_name(request.dependency):
            needing = f"{request.dependency} {request.release}"
        else:
            needing = " ".join(filter(None, (package, found["version"])))
        needs = _excluding(found["specifiers"].replace(" and ", ","), requirement)
        if needs and origin:
            return (
                f"{origin} {_asks(requirement)} {requirement}, which {needing} cannot have: it "
                f"needs {requirement.name}{needs}; change that in {origin}, or leave it out"
            )
        if needs:
            needed = f"{needing} needs {requirement.name}{needs}"
            asked = f"--require {requirement}"
            return f"{needed}; {asked} contradicts it: leave that out, or choose one that fits"
    return None


def _asks(requirement: Requirement) -> str:
    """Return what a file does with a requirement: it pins a release, or asks for some."""
    return "pins" if any(one.operator == "==" for one in requirement.specifier) else "asks for"


def _is_newer(text: str, name: str, requirement: Requirement) -> bool:
    """Tell whether uv found only releases that are too old for a requirement."""
    only = re.search(rf"only {name}<=(\S+?),? (?:is|are) available", text, re.IGNORECASE)
    return only is not None and not requirement.specifier.contains(only[1], prereleases=True)


def _excluding(specifiers: str, requirement: Requirement) -> str:
    """Return the specifiers that exclude what a requirement pins; all where it pins nothing."""
    try:
        needed = SpecifierSet(specifiers)
    except InvalidSpecifier:
        return specifiers
    pins = [one.version for one in requirement.specifier if one.operator == "=="]
    if not pins or pins[0].endswith(".*"):
        return str(needed)
    return ",".join(str(one) for one in needed if not one.contains(pins[0], prereleases=True))
