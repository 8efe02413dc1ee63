"""The first wheels of packages for a Python that is younger than a release.

A release from before a Python came out may well work on it, but what it depends on had no wheels
for that Python on its day. What is soon built is built, and is of the day. What takes minutes, or
fails, is had with its first wheel for that Python, which is from the Python's own first days.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Protocol

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from tfcompat.environments.repairs import FirstWheel
from tfcompat.errors import TfcompatError
from tfcompat.util import python_days

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfcompat.environments.base import EnvironmentRequest
    from tfcompat.environments.index.client import Release

# Projects that need a compiler take weeks to publish wheels for a new Python. Those that take
# longer do without: they are soon built.
_FIRST_DAYS = dt.timedelta(days=120)

_BUILT_WITH = ("numpy", "cython", "scipy")

# What takes minutes to build, or libraries that few machines have: it is not even tried.
_HEAVY = frozenset({
    "bcrypt", "cryptography", "cython", "gevent", "grpcio", "h5py", "llvmlite", "lxml",
    "matplotlib", "netcdf4", "numba", "numexpr", "numpy", "opencv-python", "pandas", "pillow",
    "psycopg2-binary", "pyarrow", "pyproj", "pywavelets", "pyzmq", "scikit-image", "scikit-learn",
    "scipy", "shapely", "spacy", "statsmodels", "tables", "thinc", "tokenizers", "torch",
})  # fmt: skip

# Farther from the day of a release, another age of the package would be tried with it.
_FARTHEST = dt.timedelta(days=730)

_PINNED = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", re.MULTILINE)


class Index(Protocol):
    """What has the releases of projects."""

    def releases(self, project: str) -> tuple[Release, ...]:
        """Return all releases of a project, oldest first."""


def is_python_younger(request: EnvironmentRequest) -> bool:
    """Tell whether the Python of a request was not out yet on its day, or only just."""
    first = python_days.FIRST_DAYS.get(request.python)
    cut_off = request.cut_off
    return first is not None and cut_off is not None and cut_off.date() < first + _FIRST_DAYS


def first_wheels(
    pinned: str, request: EnvironmentRequest, index: Index, *, failed: bool = False
) -> tuple[FirstWheel, ...]:
    """Return the first wheels of those packages that cannot be built for a request within reason.

    These are known ones, or any where a build of them has ``failed``.
    ``pinned`` has lines such as ``numpy==1.11.0``: those of a lock. The package under study is none
    of them, nor is what the user pins, nor what has no compiled wheel soon after the Python came
    out. Empty where the Python is not younger than the release.
    """
    if not is_python_younger(request):
        return ()
    exempt = {
        canonicalize_name(request.dependency),
        *map(canonicalize_name, request.exact_pins),
        *(canonicalize_name(one.package) for one in request.repairs.first_wheels),
    }
    found: list[FirstWheel] = []
    for name, version in _PINNED.findall(pinned):
        package = canonicalize_name(name)
        if package not in exempt and (failed or package in _HEAVY):
            found += _first_of(package, version, request, index)
    return tuple(found)


def wheels_for_building(request: EnvironmentRequest, index: Index) -> tuple[FirstWheel, ...]:
    """Return the first wheels of what packages in C are usually built with, for a request.

    They count where a release is built that states them, or depends on them. Empty where the Python
    is not younger than the release, and of those that had a wheel on its day.
    """
    if not request.from_source or not is_python_younger(request):
        return ()
    pinned = []
    for package in _BUILT_WITH:
        try:
            releases = index.releases(package)
        except TfcompatError:
            continue
        of_the_day = [one for one in releases if one.stable and _was_out(one, request.cut_off)]
        pinned += [f"{package}=={one.version}" for one in of_the_day[-1:]]
    return first_wheels("\n".join(pinned), request, index)


def _was_out(release: Release, day: dt.datetime | None) -> bool:
    uploaded = release.upload_time
    return day is None or (uploaded is not None and uploaded <= day)


def _first_of(
    package: str, version: str, request: EnvironmentRequest, index: Index
) -> Iterator[FirstWheel]:
    """Yield the first wheel of a package, where a release of it had none on the day."""
    try:
        wanted = Version(version)
        releases = index.releases(package)
    except (InvalidVersion, TfcompatError):
        return
    interpreter, day = request.interpreter, request.cut_off
    for release in releases:
        if release.version < wanted or (release.version != wanted and not release.stable):
            continue
        wheel = release.best_wheel(interpreter.tags, interpreter.version)
        if wheel is None or wheel.upload_time is None:
            continue
        # A file may have come long after its release.
        compiled = all(tag.platform != "any" for tag in wheel.tags)
        soon = wheel.upload_time.date() < python_days.FIRST_DAYS[request.python] + _FIRST_DAYS
        if compiled and soon and day is not None and day < wheel.upload_time < day + _FARTHEST:
            until = wheel.upload_time + dt.timedelta(hours=1)
            yield FirstWheel(
                package=package,
                release=str(release.version),
                python=interpreter.python,
                until=until.isoformat(),
            )
        return
