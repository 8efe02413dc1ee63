"""The answers on what broke a release since its day, and on what mends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfcompat.counterfactual.drift_findings import Finding, Mending
    from tfcompat.results.schema import CellEnvironment


@dataclass(frozen=True, kw_only=True)
class DriftSubject:
    """A script with one release of its library (``title`` is its name as people write it)."""

    script: str
    dependency: str
    title: str
    release: str
    python: str


@dataclass(frozen=True, kw_only=True)
class CulpritAnswer:
    """What was found of a script, with so many environments, in so many seconds."""

    subject: DriftSubject
    finding: Finding
    environments: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class MendAnswer:
    """The bounds that were found for a script, and what plain pip makes of them.

    ``requirements`` is what a user gives to pip, and ``environment`` the one that works with them;
    there are none where nothing works. ``works_with_pip`` is None where pip was not tried;
    ``pip_error`` says how it failed.
    """

    subject: DriftSubject
    mending: Mending
    requirements: tuple[str, ...]
    environment: CellEnvironment | None
    works_with_pip: bool | None
    pip_error: str
    environments: int
    seconds: float
