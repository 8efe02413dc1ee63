"""The Python that a release is tried on where none is named. Pure.

A release is tried on a Python of its own day, as its dependencies are of that day: today's Python
has lost what the code of that day used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.version import Version

from tfcompat.environments.interpreter_record import python_tags
from tfcompat.planning.schema import resolve_date
from tfcompat.util import python_days

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from tfcompat.environments.index.client import Distribution, Release
    from tfcompat.environments.interpreter_record import Interpreter

PYTHON_2 = "2.7"
_PYTHONS_3 = tuple(f"3.{minor}" for minor in range(15, 2, -1))
# Every Python that a wheel can ask for, newest first: one beyond the newest there is does no harm.
PYTHONS = (*_PYTHONS_3, PYTHON_2)


@dataclass(frozen=True, kw_only=True)
class PythonRule:
    """By which rule releases get their default Pythons.

    ``resolve`` is as in ``caliper.yaml``: with ``release`` a release gets a Python of its own day,
    with a date one of that day, with ``latest`` the newest. ``among`` are the Pythons to choose
    from, where the user names some. ``python2`` says that the scripts are for Python 2.
    """

    resolve: str = "release"
    among: tuple[str, ...] = ()
    python2: bool = False

    def day(self, release: Release) -> dt.date | None:
        """Return the day whose Pythons a release is tried on; None for today, or if not known.

        The day of a release is that on which its first file was uploaded.
        """
        if self.resolve == "latest":
            return None
        if self.resolve != "release":
            return resolve_date(self.resolve).date()
        return release.upload_time.date() if release.upload_time else None


OF_THE_DAY = PythonRule()


def default_python(
    release: Release,
    found: Mapping[str, Interpreter],
    order: Sequence[Collection[str]] = (),
    rule: PythonRule = OF_THE_DAY,
) -> str:
    """Return the Python that a release is tried on where none, or several, are named.

    It admits the release, and is one of the first group of ``order`` in which there is any; of a
    group it is the newest that was out on the day, else the oldest. A Python with a wheel comes
    before one for which the release has to be built, and Python 2 only counts where scripts are
    for it, or there is no other.
    """
    pythons = rule.among or PYTHONS
    wheels = [python for python in pythons if wheel_for(release, python, found)]
    sources = [
        python for python in pythons if python not in wheels and sdist_for(release, python, found)
    ]
    if rule.python2 and PYTHON_2 in (*wheels, *sources):
        return PYTHON_2
    for group in _groups(wheels, sources, order, compiled=_is_compiled(release)):
        if group:
            return python_days.closest(group, rule.day(release))
    return next((python for python in pythons if python in found), pythons[0])


def _groups(
    wheels: Sequence[str],
    sources: Sequence[str],
    order: Sequence[Collection[str]],
    *,
    compiled: bool,
) -> Iterator[list[str]]:
    """Yield groups of the Pythons that admit a release, the one to choose from first."""
    wheels_3, wheels_2 = _by_major(wheels)
    sources_3, sources_2 = _by_major(sources)
    # Pure Python is soon built. What is compiled may take long and fail: a wheel says more.
    built = (wheels_2, sources_3) if compiled else (sources_3, wheels_2)
    for admitted in (wheels_3, *built, sources_2):
        for here in order:
            yield [python for python in admitted if python in here]
    yield from (wheels_3, sources_3, wheels_2, sources_2)


def _by_major(pythons: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return those of some Pythons that are Python 3, and the others."""
    threes = [python for python in pythons if python.startswith("3.")]
    return threes, [python for python in pythons if python not in threes]


def _is_compiled(release: Release) -> bool:
    """Tell whether a release has wheels for some platforms alone."""
    return any(tag.platform != "any" for wheel in release.wheels for tag in wheel.tags)


def wheel_for(
    release: Release, python: str, found: Mapping[str, Interpreter]
) -> Distribution | None:
    """Return the wheel of a release for a Python, as installers choose it; None without one."""
    interpreter = found.get(python)
    tags = interpreter.tags if interpreter else python_tags(python)
    return release.best_wheel(tags, _full_version(python, found))


def sdist_for(
    release: Release, python: str, found: Mapping[str, Interpreter]
) -> Distribution | None:
    """Return the source distribution of a release that admits a Python; None without one."""
    version = _full_version(python, found)
    admitted = [file for file in release.sdists if file.allows_python(version)]
    return min(admitted, key=lambda file: not file.filename.endswith(".tar.gz"), default=None)


def _full_version(python: str, found: Mapping[str, Interpreter]) -> Version:
    """Return the version of a Python that is here, or the newest patch that there can be.

    A wheel that wants 3.6.2 or later is open to Python 3.6.
    """
    interpreter = found.get(python)
    return interpreter.version if interpreter else Version(f"{python}.99")
