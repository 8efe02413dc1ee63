"""What a candidate is compared with, and on which Python."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from tfcompat.environments import interpreters
from tfcompat.environments.index.client import PackageIndex
from tfcompat.environments.wheel_source import GIT, WheelMaker
from tfcompat.errors import SelectionError, UserError
from tfcompat.planning import grid
from tfcompat.planning.default_python import PYTHON_2
from tfcompat.planning.variants import variant_of
from tfcompat.search.request import plan_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfcompat.environments.index.client import Release
    from tfcompat.environments.interpreter_record import Interpreter
    from tfcompat.environments.local_wheel import LocalWheel
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan, Selection
    from tfcompat.search.request import SearchRequest


@dataclass(frozen=True, kw_only=True)
class CandidateQuestion:
    """A candidate, what it is compared with, and the scripts or the study of ``request``.

    ``candidate`` is a wheel, a source distribution, a folder or ``git+URL@REF``; ``against`` one of
    these, a release, or a reference of the candidate's own repository. Without it, it is the newest
    stable release that is not newer than the candidate. ``downstream`` are packages that are tried
    beside it. ``only`` are the examples to run, by the names that they have in an answer; None
    stands for all. ``minutes`` is the time for all of it.
    """

    candidate: str
    against: str | None
    request: SearchRequest
    downstream: tuple[str, ...] = ()
    only: frozenset[str] | None = None
    minutes: float | None = None


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What all trials of one command share, since it ``began``.

    ``pythons`` are those that may be chosen, the first of which ``maker`` builds with; all packages
    are as of one instant.
    """

    pythons: tuple[Interpreter, ...]
    maker: WheelMaker
    as_of: dt.datetime
    began: float

    def minutes_left(self, minutes: float | None) -> float | None:
        """Return how many minutes of all those of a command are left; None without a limit."""
        return None if minutes is None else max(0.0, minutes - (monotonic() - self.began) / 60)


def shared_of(selection: Selection, cache: Path, folder: Path) -> Shared:
    """Return what trials share; wheels are made in ``folder``.

    Raises SelectionError without a Python that may be chosen.
    """
    found, _ = interpreters.find(folder=cache)
    pythons = _on(selection.pythons, found)
    maker = WheelMaker(
        folder=folder,
        cache=cache,
        interpreter=pythons[0],
        index=PackageIndex(cache, offline=selection.offline).url,
        offline=selection.offline,
    )
    return Shared(
        pythons=tuple(pythons),
        maker=maker,
        as_of=dt.datetime.now(dt.timezone.utc).replace(microsecond=0),
        began=monotonic(),
    )


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The two cells that are compared, of one Python and one instant, and their study."""

    plan: Plan
    old: Cell
    new: Cell


def choose_subject(
    question: CandidateQuestion, shared: Shared, progress: ProgressListener
) -> Subject:
    """Build what has to be built, and choose what it is compared with, and the Python.

    Raises UserError for what the user has to change.
    """
    maker = shared.maker
    progress.say(f"reading {question.candidate}")
    candidate = maker.wheel_of(question.candidate)
    plan, _ = plan_of(_request_for(question.request, candidate))
    if plan.study.analysis.dependency != candidate.project:
        msg = (
            f"the candidate is {candidate.project}, and the study is on "
            f"{plan.study.analysis.dependency}; name scripts, or another study with --study"
        )
        raise SelectionError(msg)
    for note in plan.study.notes():
        progress.say(note)
    old = _against(question, candidate, maker, plan.index.releases(candidate.project))
    interpreter = _interpreter(shared.pythons, candidate, old, plan)
    if isinstance(old, Version):
        old_cell = replace(plan.cell(old, interpreter.python), interpreter=interpreter)
    else:
        old_cell = _local_cell(old, interpreter)
    return Subject(
        plan=plan,
        old=variant_of(old_cell, as_of=shared.as_of, side="against"),
        new=variant_of(_local_cell(candidate, interpreter), as_of=shared.as_of, side="candidate"),
    )


def _request_for(request: SearchRequest, candidate: LocalWheel) -> SearchRequest:
    """Return the request for the study: scripts are on the candidate's project."""
    if request.scripts and request.dependency is None:
        return replace(request, dependency=candidate.project)
    return request


def _on(pythons: Sequence[str], found: Sequence[Interpreter]) -> list[Interpreter]:
    """Return the interpreters of one Python, or of all, the newest first and Python 2 last."""
    if len(pythons) > 1:
        msg = "a candidate is tried on one Python; name one with --python"
        raise SelectionError(msg)
    fitting = [one for one in found if not pythons or one.python == pythons[0]]
    if not fitting:
        wanted = f"Python {pythons[0]}" if pythons else "Python"
        msg = f"there is no {wanted} here; `tfcompat doctor` lists those that are"
        raise SelectionError(msg)
    return sorted(fitting, key=lambda one: (one.python != PYTHON_2, one.version), reverse=True)


def _against(
    question: CandidateQuestion,
    candidate: LocalWheel,
    maker: WheelMaker,
    releases: Sequence[Release],
) -> Version | LocalWheel:
    """Return the release, or the wheel, that a candidate is compared with."""
    named = question.against
    if named is None:
        before = [r.version for r in releases if r.stable and r.version <= candidate.version]
        if not before:
            msg = (
                f"no stable release of {candidate.project} is as old as {candidate.version}; say "
                f"what to compare it with by --against"
            )
            raise SelectionError(msg)
        return max(before)
    if not named.startswith(GIT) and not Path(named).exists():
        try:
            return grid.find_version(Version(named), releases).version
        except InvalidVersion:
            named = _reference(question.candidate, named)
        except SelectionError:
            # A tag such as v1.3.2 looks like a release.
            if not _is_repository(question.candidate):
                raise
            named = _reference(question.candidate, named)
    wheel = maker.wheel_of(named)
    if wheel.project != candidate.project:
        msg = f"--against is {wheel.project}, and the candidate {candidate.project}; name the same"
        raise SelectionError(msg)
    return wheel


def _reference(candidate: str, ref: str) -> str:
    """Return the git address of a reference in the candidate's own repository."""
    if candidate.startswith(GIT):
        return f"{candidate.rpartition('@')[0] or candidate}@{ref}"
    if _is_repository(candidate):
        return f"{GIT}{Path(candidate).resolve()}@{ref}"
    msg = f"--against: {ref!r} is neither a release nor a file, nor is {candidate} a git repository"
    raise SelectionError(msg)


def _is_repository(candidate: str) -> bool:
    return candidate.startswith(GIT) or (Path(candidate) / ".git").exists()


def _interpreter(
    here: Sequence[Interpreter], candidate: LocalWheel, old: Version | LocalWheel, plan: Plan
) -> Interpreter:
    """Return the first interpreter that both sides, and the scripts, admit."""
    release = (
        grid.find_version(old, plan.index.releases(candidate.project))
        if isinstance(old, Version)
        else None
    )
    stated = plan.study.requires_python

    def admits(one: Interpreter) -> bool:
        files = [candidate.file, *([old.file] if not isinstance(old, Version) else [])]
        fits = all(
            file.tags & one.tags.keys() and file.allows_python(one.version) for file in files
        )
        if release is not None:
            fits = fits and any(
                file.allows_python(one.version) and (not file.tags or file.tags & one.tags.keys())
                for file in release.files
            )
        return bool(fits) and (stated is None or stated.contains(one.version))

    chosen = next(filter(admits, here), None)
    if chosen is None:
        listed = ", ".join(dict.fromkeys(one.python for one in here))
        msg = (
            f"no Python here admits both {candidate.file.filename} and what it is compared with "
            f"(tried: {listed}); name another with --python"
        )
        raise UserError(msg)
    return chosen


def _local_cell(wheel: LocalWheel, interpreter: Interpreter) -> Cell:
    return grid.Cell(
        dependency=wheel.project,
        version=wheel.version,
        python=interpreter.python,
        wheel=wheel.file,
        interpreter=interpreter,
        local=wheel,
    )
