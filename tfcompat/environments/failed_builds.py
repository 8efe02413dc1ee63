"""Builds that came to nothing, which are not repeated for some days.

A release of another decade may compile for minutes before it fails, in each of the ways in which it
is tried, and every script of its library asks for it again. What it failed for does not change as
long as the same is asked for, by the same tools, and the system's compilers and headers are as they
were.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from tfcompat.environments.base import BuildFailure, Environment
from tfcompat.environments.installers import InstallerStopped, step_seconds
from tfcompat.environments.repairs import FirstWheel  # noqa: TC001 - read by pydantic
from tfcompat.environments.resolution_cache import CachedResolution
from tfcompat.results.verdicts import Cause, CauseKind, Verdict
from tfcompat.util import host
from tfcompat.util.files import write_text

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.environments.base import Backend, EnvironmentRequest
    from tfcompat.environments.index.client import PackageIndex

# The folder of the cache with what failed.
FOLDER = "failed-builds"

# Builds use the build tools of today, which change slowly.
_KEPT = dt.timedelta(days=3)

# How much is done in the time of a step depends on what else this machine does.
_STOPPED_KEPT = dt.timedelta(hours=3)

# What fails sooner is quicker tried than kept.
_SECONDS = 1.0

# A longer output than that is not kept.
_CHARACTERS = 2_000_000


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """How a build ended after so many ``seconds``: it was ``stopped`` for its time, or it failed.

    ``cause`` and what follows are those of a `BuildFailure`; without a cause, it was stopped.
    """

    seconds: float
    stopped: str = ""
    cause: Cause | None = None
    error: str = ""
    passed_over: tuple[str, ...] = ()
    first_wheels: tuple[FirstWheel, ...] = ()

    def failure(self) -> BuildFailure:
        """Return the failure; raise InstallerStopped where it was stopped."""
        if self.cause is None:
            raise InstallerStopped(self.stopped, seconds=self.seconds, before=True)
        return BuildFailure(
            verdict=Verdict.UNBUILDABLE,
            cause=self.cause,
            error=self.error,
            passed_over=self.passed_over,
            first_wheels=self.first_wheels,
            failed_before=self.seconds,
        )


_FORM = TypeAdapter(_Kept)


class KnownFailures:
    """A backend that asks another one only for what is not known to fail.

    A failure that is known has no phases, since it takes no time now; ``failed_before`` are the
    seconds that it took. Failures as of today and those in a container are not kept, since what
    they rest on may change unseen, and neither are those of less than a second.
    """

    def __init__(self, backend: Backend, cache: Path, index: PackageIndex) -> None:
        self._backend = backend
        self._cache = cache
        self._index = index
        self.name = backend.name
        self.tool = backend.tool

    def links(self, request: EnvironmentRequest) -> bool:
        """Tell what the other backend tells."""
        return self._backend.links(request)

    def build(self, request: EnvironmentRequest) -> Environment | BuildFailure:
        """Make an environment, unless the same request is known to have failed.

        Raises what the other backend raises; InstallerStopped also where that stopped before.
        """
        path = self._path(request)
        kept = _read(path) if path else None
        if kept is not None:
            return kept.failure()
        begun = time.monotonic()
        try:
            outcome = self._backend.build(request)
        except InstallerStopped as error:
            if path is not None and error.seconds:
                _write(path, _Kept(seconds=_since(begun), stopped=str(error)))
            raise
        if path is not None and isinstance(outcome, BuildFailure) and _is_lasting(outcome):
            kept = _Kept(
                seconds=_since(begun),
                cause=outcome.cause,
                error=outcome.error,
                passed_over=outcome.passed_over,
                first_wheels=outcome.first_wheels,
            )
            _write(path, kept)
        return outcome

    def _path(self, request: EnvironmentRequest) -> Path | None:
        """Return the file for a request, None where a failure would say nothing of tomorrow."""
        asked = CachedResolution(self._cache, request, index=self._index.url, tool=self.tool)
        if not asked.settled or request.interpreter.image is not None:
            return None
        limit = step_seconds(may_compile=request.may_compile)
        parts = [asked.name, limit, str(request.interpreter.path), host.build_tools()]
        name = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
        return self._cache / FOLDER / f"{name}.json"


def _is_lasting(failure: BuildFailure) -> bool:
    return (
        failure.verdict is Verdict.UNBUILDABLE
        and failure.cause.kind is CauseKind.BUILD_ERROR
        and sum(failure.phases.values()) >= _SECONDS
        and len(failure.error) <= _CHARACTERS
    )


def _read(path: Path) -> _Kept | None:
    """Return what is kept; None where that is nothing, too old, or not as it was written."""
    try:
        age = time.time() - path.stat().st_mtime
        head, _, content = path.read_text(encoding="utf-8").partition("\n")
        if head != _digest(content):
            return None
        kept = _FORM.validate_json(content)
    except (OSError, ValueError):
        return None
    lasts = _STOPPED_KEPT if kept.stopped else _KEPT
    return kept if age <= lasts.total_seconds() else None


def _write(path: Path, kept: _Kept) -> None:
    """Keep how a build ended, and remove what is too old; where that fails, nothing is kept."""
    content = _FORM.dump_json(kept).decode()
    # It only spares the next search some time.
    with suppress(OSError):
        write_text(path, f"{_digest(content)}\n{content}")
        for other in path.parent.iterdir():
            if time.time() - other.stat().st_mtime > _KEPT.total_seconds():
                other.unlink(missing_ok=True)


def _since(begun: float) -> float:
    return round(time.monotonic() - begun, 3)


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()
