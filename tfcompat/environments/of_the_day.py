"""What is had of a day: the build tools of then, and what an environment of then held."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tfcompat.environments.base import BUILD_BACKENDS
from tfcompat.errors import SelectionError
from tfcompat.util import python_days

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfcompat.environments.index.client import PackageIndex

# What isolated builds of packages without a pyproject.toml require at least, and a wheel of then:
# https://setuptools.pypa.io/en/stable/history.html#v40-8-0
_FIRST_ISOLATED = {"setuptools": Version("40.8.0"), "wheel": Version("0.33.1")}

# The day of the first setuptools that can be imported on a Python and those after it: 41.1.0, which
# takes abstract classes from `collections.abc`, and 17.0, whose pkg_resources finds the loaders.
_IMPORTABLE_SINCE = (
    (Version("3.10"), dt.date(2019, 8, 13)),
    (Version("3.5"), dt.date(2015, 5, 29)),
)


def constraints_at(
    cut_off: dt.datetime,
    python: Version,
    index: PackageIndex,
    requirements: Sequence[Requirement] = (),
) -> tuple[str, ...]:
    """Return constraints that keep build backends at their newest stable release of an instant.

    For setuptools that is one that fits the full version of a ``python`` (see `setuptools_day`).
    ``requirements`` are those of the study: where one of them wants a build backend that was not
    out yet, it wins. Raises IndexUnavailableError where the index cannot be asked.
    """
    constraints = []
    for name in BUILD_BACKENDS:
        instant = setuptools_day(cut_off, python) if name == "setuptools" else cut_off
        before = _stable_before(instant, index, name)
        wanted = [one.specifier for one in requirements if canonicalize_name(one.name) == name]
        possible = [v for v in before if all(specifier.contains(v) for specifier in wanted)]
        if before and possible:
            constraints.append(f"{name}<={max(before)}")
    return tuple(constraints)


def build_tools_at(
    cut_off: dt.datetime, index: PackageIndex, newest_setuptools: Version | None = None
) -> tuple[str, ...]:
    """Return constraints for building with the tools of an instant.

    They are never older than the first that can build in isolation, nor is setuptools newer than
    ``newest_setuptools``. Raises IndexUnavailableError where the index cannot be asked.
    """
    constraints = []
    for name, first in _FIRST_ISOLATED.items():
        newest = max([*_stable_before(cut_off, index, name), first])
        if name == "setuptools" and newest_setuptools is not None:
            newest = min(newest, newest_setuptools)
        constraints.append(f"{name}<={newest}")
    return tuple(constraints)


def was_out_at(cut_off: dt.datetime, requirement: str, index: PackageIndex) -> bool:
    """Tell whether the project of a requirement had a stable release at an instant.

    Raises IndexUnavailableError where the index cannot be asked.
    """
    return bool(_stable_before(cut_off, index, Requirement(requirement).name))


def _stable_before(cut_off: dt.datetime, index: PackageIndex, name: str) -> list[Version]:
    try:
        known = index.releases(name)
    except SelectionError:
        return []
    return [
        release.version
        for release in known
        if release.stable and release.upload_time and release.upload_time <= cut_off
    ]


def setuptools_day(cut_off: dt.datetime, python: Version) -> dt.datetime:
    """Return the instant as of which setuptools is taken: the cut-off, if a Python can use that.

    Old releases cannot be imported on later Pythons (see `_IMPORTABLE_SINCE`). In their place is
    what was out when the Python came, as it comes with a setuptools of its own.
    """
    since = next((day for first, day in _IMPORTABLE_SINCE if python >= first), None)
    if since is None or cut_off.date() > since:
        return cut_off
    return max(cut_off, python_days.first_instant(python) or cut_off)


def seeds_for(python: Version, cut_off: dt.datetime | None, index: PackageIndex) -> tuple[str, ...]:
    """Return what ``python -m venv`` gives an environment beside pip, for a full version of Python.

    That is setuptools, below Python 3.12 (https://docs.python.org/3/whatsnew/3.12.html#ensurepip),
    and none that is older than the Python (see `setuptools_day`). An index without a fitting one
    has none to give. Raises IndexUnavailableError where the index cannot be asked.
    """
    if python >= Version("3.12"):
        return ()
    cut_off = setuptools_day(cut_off, python) if cut_off else None
    try:
        known = index.releases("setuptools")
    except SelectionError:
        return ()
    stable = [
        release
        for release in known
        if release.stable and (not cut_off or _was_out(release.upload_time, cut_off))
    ]
    fitting = [
        release for release in stable if any(file.allows_python(python) for file in release.files)
    ]
    # What would have to be built by something else is no base to build on.
    return ("setuptools",) if fitting and fitting[-1].wheels else ()


def _was_out(uploaded: dt.datetime | None, cut_off: dt.datetime) -> bool:
    return uploaded is not None and uploaded <= cut_off
