"""Makes the environments of cells, within the disk budget: each one once for all its uses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from tfcompat.environments.attempts import Attempts
from tfcompat.environments.backends import backend_for, older_backend_for
from tfcompat.environments.base import (
    BuildFailure,
    Environment,
    EnvironmentRequest,
    requirements_on,
)
from tfcompat.environments.containers import ContainerError
from tfcompat.environments.index.release_metadata import read_metadata
from tfcompat.environments.installers import InstallerStopped
from tfcompat.environments.of_the_day import constraints_at, seeds_for, was_out_at
from tfcompat.errors import IndexUnavailableError
from tfcompat.execution.cell_record import cut_off_of
from tfcompat.results.verdicts import Cause, CauseKind, Verdict

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection
    from pathlib import Path

    from tfcompat.environments.disk_budget import DiskBudget
    from tfcompat.environments.index.client import PackageIndex
    from tfcompat.environments.interpreter_record import Interpreter
    from tfcompat.environments.pool import EnvironmentPool
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.execution.settings import RunSettings
    from tfcompat.planning.grid import Cell


@dataclass(frozen=True, kw_only=True)
class EnvironmentBuilder:
    """Makes environments for cells. ``owner`` is the workspace of the command."""

    settings: RunSettings
    index: PackageIndex
    cache: Path
    owner: Path
    disk: DiskBudget
    pool: EnvironmentPool
    progress: ProgressListener

    @property
    def built(self) -> Collection[str]:
        """The identifiers of the cells whose environments were ever made."""
        return self.pool.built

    def acquire(self, cell: Cell) -> None:
        """Announce a use of a cell's environment: until its release, the environment stays."""
        self.pool.acquire(cell.identifier)

    def release(self, cell: Cell) -> Path | None:
        """Count one use as over; after the last one, return the environment's folder if kept."""
        return self.pool.release(cell.identifier)

    def environment(self, cell: Cell) -> Environment | BuildFailure:
        """Return a cell's environment, made now or for an earlier use, or why there is none.

        The caller holds the lock of the cell.
        """
        if cell.cause is not None or cell.interpreter is None:
            cause = cell.cause or Cause(kind=CauseKind.NO_INTERPRETER, message="no interpreter")
            return failure_of(cause)
        build = partial(self._build, cell, cell.interpreter)
        return self.pool.environment(cell.identifier, build)

    def _build(
        self, cell: Cell, interpreter: Interpreter, folder: Path
    ) -> Environment | BuildFailure:
        self.progress.stage(cell.identifier, "building")
        resolve = self.settings.resolve
        if cut_off_of(resolve, cell) is None and resolve != "latest":
            message = "the index gives no upload times, so nothing can be resolved as of a date"
            return failure_of(Cause(kind=CauseKind.NO_UPLOAD_TIMES, message=message))
        try:
            return self._install(self._request(cell, interpreter, folder))
        except IndexUnavailableError as error:
            return failure_of(Cause(kind=CauseKind.NETWORK, message=str(error)))
        except InstallerStopped as error:
            return _stopped(error)
        except ContainerError as error:
            return failure_of(Cause(kind=CauseKind.TOOL, message=str(error)))
        except OSError as error:
            return failure_of(Cause(kind=CauseKind.DISK, message=str(error)))

    def _request(self, cell: Cell, interpreter: Interpreter, folder: Path) -> EnvironmentRequest:
        """Return the request for a cell's environment in a folder.

        Raises IndexUnavailableError where the index cannot be reached for the build backends.
        """
        cut_off = cut_off_of(self.settings.resolve, cell)
        stated = (*self.settings.requirements, *self.settings.constraints)
        required = requirements_on(cell.python, stated)
        of_the_day = (
            constraints_at(cut_off, interpreter.version, self.index, required) if cut_off else ()
        )
        return EnvironmentRequest(
            dependency=cell.dependency,
            release=cell.release,
            python=cell.python,
            interpreter=interpreter,
            wheel_size=cell.wheel.size if cell.wheel else None,
            requirements=self._requirements_at(cut_off),
            cut_off=cut_off,
            constraints=(*self.settings.constraints, *of_the_day),
            origins=self.settings.origins,
            folder=folder,
            may_link=not self.pool.keep,
            owner=self.owner,
            seeds=seeds_for(interpreter.version, cut_off, self.index),
            pins=cell.pins,
            from_source=cell.sdist is not None,
            local=cell.local,
            is_newer=_is_newer(cell, cut_off),
        )

    def _requirements_at(self, cut_off: dt.datetime | None) -> tuple[str, ...]:
        """Return the requirements without what nobody stated and was not out yet."""
        return tuple(
            one
            for one in self.settings.requirements
            if cut_off is None
            or one not in self.settings.added
            or was_out_at(cut_off, one, self.index)
        )

    def _install(self, request: EnvironmentRequest) -> Environment | BuildFailure:
        backend = backend_for(request.python, self.cache, self.index)
        obstacle = self.disk.make_room(request, links=backend.links(request))
        if obstacle is not None:
            return failure_of(obstacle)
        attempts = Attempts(
            backend=backend,
            older=older_backend_for(request, self.cache, self.index),
            index=self.index,
            read_metadata=partial(read_metadata, self.index),
        )
        with self.disk.installing():
            built = attempts.build(request)
        if isinstance(built, Environment):
            self.disk.touch(built.lock, *(built.sandbox.layers if built.sandbox else ()))
        return built


def failure_of(cause: Cause) -> BuildFailure:
    """Return the failure to make an environment for which a cause stands."""
    verdict = Verdict.UNBUILDABLE if cause.kind is CauseKind.NO_WHEEL else Verdict.UNKNOWN
    return BuildFailure(verdict=verdict, cause=cause, error="")


def _stopped(error: InstallerStopped) -> BuildFailure:
    failure = failure_of(Cause(kind=CauseKind.TOOL, message=str(error)))
    seconds = round(error.seconds, 3)
    if error.before:
        return replace(failure, failed_before=seconds)
    return replace(failure, phases={"stopped": seconds} if seconds else {})


def _is_newer(cell: Cell, cut_off: dt.datetime | None) -> bool:
    """Tell whether a release is from after the instant as of which all else is resolved."""
    uploaded = cell.file.upload_time if cell.file else None
    return cut_off is not None and uploaded is not None and uploaded > cut_off
