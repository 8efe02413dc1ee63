"""What is done so that packages of their day can be read and built, as records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfcompat.environments.metadata import PackageMetadata


@dataclass(frozen=True, kw_only=True)
class FirstWheel:
    """The first release of a package with a compiled wheel for a Python, and when it came.

    ``until`` is an instant just after it, as ISO 8601 has it.
    """

    package: str
    release: str
    python: str
    until: str

    def __str__(self) -> str:
        """Return what is done with it, in words."""
        wheel = f"when {self.release} had the first wheel for Python {self.python}"
        return f"{self.package}: as of {self.until[:10]}, {wheel}"


@dataclass(frozen=True, kw_only=True)
class Repairs:
    """What is done so that packages of their day can be read and built.

    ``metadata`` replaces that of some packages. ``build_constraints`` hold the build tools at those
    of the day; without any, they are today's. ``build_requires`` are what packages need for being
    built and do not declare, as (package, requirement). ``first_wheels`` are had in place of older
    releases that would have to be built. With ``skips_unreadable``, a release is passed over whose
    metadata cannot be read, as installers do.
    """

    metadata: tuple[PackageMetadata, ...] = ()
    build_constraints: tuple[str, ...] = ()
    build_requires: tuple[tuple[str, str], ...] = ()
    first_wheels: tuple[FirstWheel, ...] = ()
    skips_unreadable: bool = True
