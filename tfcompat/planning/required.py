"""What a user requires beside the library: the index has to have it, whatever the release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from packaging.requirements import InvalidRequirement, Requirement

from tfcompat.errors import IndexUnavailableError, SelectionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfcompat.environments.index.client import Release


class Index(Protocol):
    """What has the releases of projects."""

    def releases(self, project: str) -> tuple[Release, ...]:
        """Return all releases of a project, oldest first; SelectionError where there is none."""


def check_required(requirements: Sequence[str], index: Index) -> None:
    """Raise SelectionError where the index never had a project, or what is asked of it.

    ``requirements`` are those of ``--require``. What cannot be parsed, or is not of the index, is
    left to the installer, and so is all where the index cannot be asked.
    """
    for text in requirements:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        if requirement.url is not None:
            continue
        try:
            releases = index.releases(requirement.name)
        except IndexUnavailableError:
            return
        except SelectionError as error:
            msg = f"{error}; change --require {text}"
            raise SelectionError(msg) from None
        versions = [one.version for one in releases]
        if not any(requirement.specifier.contains(one, prereleases=True) for one in versions):
            newest = max((one for one in versions if not one.is_prerelease), default=None)
            there = f"the newest is {newest}" if newest else "it has no release"
            msg = f"the package index has no {requirement} ({there}); change --require {text}"
            raise SelectionError(msg)
