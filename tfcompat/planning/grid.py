"""Releases by interpreters: the cells of a study. Pure: it starts no process and asks no index."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from tfcompat.environments.interpreter_record import Interpreter, choose
from tfcompat.errors import SelectionError
from tfcompat.planning.default_python import (
    OF_THE_DAY,
    PYTHONS,
    default_python,
    sdist_for,
    wheel_for,
)
from tfcompat.planning.release_specs import ReleaseWord
from tfcompat.results.identifiers import identifier
from tfcompat.results.verdicts import Cause, CauseKind
from tfcompat.util import python_days

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tfcompat.environments.index.client import Distribution, Release
    from tfcompat.environments.local_wheel import LocalWheel
    from tfcompat.planning.default_python import PythonRule
    from tfcompat.planning.release_specs import ReleaseSpec

# Dependencies are often uploaded minutes after what needs them.
CUT_OFF_MARGIN = dt.timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One release on one Python: one environment, one session, one result file.

    It is made from ``wheel``, or where the release has none that fits from ``sdist``. ``cause``
    says why there can be no environment, if that is known from the index alone (neither file), or
    why it cannot be tried here (no interpreter). An interpreter that is not here may be
    ``fetchable`` through uv, or ``contained`` in an image. ``day`` is the one of whose Pythons the
    default is chosen, None for today; ``as_of`` replaces the instant to which ``resolve: release``
    travels.

    ``local`` is a wheel on this machine that is installed in place of what the index has of the
    release; ``wheel`` then describes it. ``pins`` (``name==version``) hold packages beside the
    dependency at releases of another day. A cell with a ``variant`` is none of a campaign: see
    `planning.variants`.
    """

    dependency: str
    version: Version
    python: str
    wheel: Distribution | None
    sdist: Distribution | None = None
    interpreter: Interpreter | None = None
    cause: Cause | None = None
    fetchable: bool = False
    contained: bool = False
    day: dt.date | None = None
    as_of: dt.datetime | None = None
    pins: tuple[str, ...] = ()
    local: LocalWheel | None = None
    variant: str = ""

    @property
    def file(self) -> Distribution | None:
        """What is installed of the release: its wheel, or the source distribution that is built."""
        return self.wheel or self.sdist

    @property
    def predates_python(self) -> bool:
        """Whether its Python came out only after its day: no Python of its time was to be had."""
        return self.day is not None and not python_days.was_out(self.python, self.day)

    @property
    def release(self) -> str:
        """The version as text: the name of the release in results and on a command line."""
        return str(self.version)

    @property
    def identifier(self) -> str:
        """The name of the cell, in caliper's form."""
        return identifier(self.dependency, self.release, self.python, self.variant)

    @property
    def cut_off(self) -> dt.datetime | None:
        """The instant to which ``resolve: release`` travels; None where the index has no times."""
        if self.as_of is not None:
            return self.as_of
        if self.file is None or self.file.upload_time is None:
            return None
        return self.file.upload_time + CUT_OFF_MARGIN


@dataclass(frozen=True, kw_only=True)
class AvailablePythons:
    """Where the Pythons of cells can come from.

    ``found`` are those on this machine, in order of preference; ``fetchable`` the versions that uv
    offers; ``contained`` those that an image may have, of which ``preferred`` come before what uv
    offers. ``refused`` gives, by version, the reason why one cannot be obtained.
    """

    found: tuple[Interpreter, ...] = ()
    fetchable: tuple[str, ...] = ()
    contained: tuple[str, ...] = ()
    preferred: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)


def expand(specs: Iterable[ReleaseSpec], releases: Sequence[Release]) -> tuple[Release, ...]:
    """Return the releases that a study's ``versions`` name, oldest first.

    A specifier and the words ``all`` and ``minors`` choose among stable releases; a version is
    taken as it stands, as pip takes ``==``. Raises SelectionError for one that does not exist.
    """
    chosen: set[Version] = set()
    for spec in specs:
        chosen.update(release.version for release in _matching(spec, releases))
    return tuple(release for release in releases if release.version in chosen)


def _matching(spec: ReleaseSpec, releases: Sequence[Release]) -> list[Release]:
    """Return the releases that one spec names; raise SelectionError as ``expand`` does."""
    if isinstance(spec.meaning, Version):
        return [find_version(spec.meaning, releases)]
    stable = [release for release in releases if release.stable]
    if isinstance(spec.meaning, SpecifierSet):
        return [release for release in stable if spec.meaning.contains(release.version)]
    if spec.meaning is ReleaseWord.MINORS:
        return list({(r.version.major, r.version.minor): r for r in stable}.values())
    return stable


def find_release(text: str, releases: Sequence[Release]) -> Release:
    """Return the release that a text names; raise SelectionError naming the nearest ones."""
    try:
        wanted = Version(text)
    except InvalidVersion:
        msg = f"{text!r} is no release; a release looks like 1.4.0"
        raise SelectionError(msg) from None
    return find_version(wanted, releases)


def find_version(wanted: Version, releases: Sequence[Release]) -> Release:
    """Return the release with a version; raise SelectionError naming the nearest ones."""
    for release in releases:
        if release.version == wanted:
            return release
    stable = [release.version for release in releases if release.stable]
    raise SelectionError(unknown_release(wanted, stable))


def unknown_release(wanted: Version, known: Sequence[Version]) -> str:
    """Return the sentence that says a release does not exist and which ones are nearest to it.

    ``known`` are the stable releases, oldest first.
    """
    below = [version for version in known if version < wanted][-2:]
    above = [version for version in known if version > wanted][:2]
    nearest = ", ".join(map(str, [*below, *above])) or "none"
    return f"there is no release {wanted}; the nearest are {nearest}"


def select(
    study_specs: Sequence[ReleaseSpec],
    requested: Sequence[ReleaseSpec],
    releases: Sequence[Release],
) -> tuple[Release, ...]:
    """Return the releases a command works on, oldest first.

    ``requested`` is the command line's: a plain version (or a word) names releases of the index, a
    specifier filters the study's. With none it is the whole study. Raises SelectionError where a
    filter leaves nothing.
    """
    if not requested:
        return expand(study_specs, releases)
    chosen: set[Version] = set()
    for spec in requested:
        pool = expand(study_specs, releases) if spec.is_filter else releases
        matching = _matching(spec, pool)
        if not matching:
            msg = f"--release {spec.text!r} matches no release of the study; see `tfcompat plan`"
            raise SelectionError(msg)
        chosen.update(release.version for release in matching)
    return tuple(release for release in releases if release.version in chosen)


def lay_out_cells(
    dependency: str,
    releases: Iterable[Release],
    available: AvailablePythons,
    pythons: Sequence[str] = (),
    rule: PythonRule = OF_THE_DAY,
) -> tuple[Cell, ...]:
    """Return the cells of releases, in their order.

    With ``pythons`` every release gets each of them. Without, it gets its default Python by a
    rule: of those that were found (or are preferred in a container), else of those that can be
    fetched, or may come from a container, else of all.
    """
    releases = tuple(releases)
    counts = {
        one: sum(release.best_wheel(one.tags, one.version) is not None for release in releases)
        for one in available.found
    }
    chosen = choose(available.found, counts)
    order = ({*chosen, *available.preferred}, available.fetchable, available.contained)
    return tuple(
        _cell(release, python, chosen, available, dependency=dependency, day=rule.day(release))
        for release in releases
        for python in pythons or (default_python(release, chosen, order, rule),)
    )


def _cell(
    release: Release,
    python: str,
    found: Mapping[str, Interpreter],
    available: AvailablePythons,
    *,
    dependency: str,
    day: dt.date | None,
) -> Cell:
    """Return one cell, with the cause for which it has no file or no interpreter, if so."""
    wheel = wheel_for(release, python, found)
    cell = Cell(
        dependency=dependency,
        version=release.version,
        python=python,
        wheel=wheel,
        sdist=sdist_for(release, python, found) if wheel is None else None,
        interpreter=found.get(python),
        fetchable=python in available.fetchable,
        contained=python in available.contained,
        day=day,
    )
    if cell.file is None:
        have = ", ".join(p for p in reversed(PYTHONS) if wheel_for(release, p, found)) or "none"
        source = _why_no_sdist(release)
        message = f"{dependency} {release} has no wheel for Python {python} here {source}"
        cause = Cause(kind=CauseKind.NO_WHEEL, message=f"{message}; it has wheels for: {have}")
        return replace(cell, cause=cause)
    if cell.interpreter is None:
        return replace(cell, cause=no_interpreter(cell, available.refused.get(python)))
    return cell


def _why_no_sdist(release: Release) -> str:
    """Return why a release cannot be built for a Python, as the end of a clause on its wheels."""
    asks = dict.fromkeys(file.requires_python for file in release.sdists if file.requires_python)
    if not asks:
        return "and no source distribution"
    return f"and its source distribution asks for Python {' or '.join(asks)}"


def no_interpreter(cell: Cell, reason: str | None = None) -> Cause:
    """Return the cause for a Python that is not here: the reason, or else what to do about it."""
    if reason is None:
        python = cell.python
        remedy = f"put a python{python} on PATH, for example by `pyenv install {python}`"
        if cell.fetchable:
            remedy = f"`uv python install {python}` brings it"
        elif cell.contained:
            remedy = "a run looks for it in a container"
        reason = f"no Python {python} on this machine; {remedy}"
    return Cause(kind=CauseKind.NO_INTERPRETER, message=reason)
