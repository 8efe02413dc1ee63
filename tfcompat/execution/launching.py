"""How rounds start launchers: the protocol, and the class that starts real processes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from tfcompat.environments import namespaces
from tfcompat.environments.namespaces import Closed
from tfcompat.execution import launcher_client

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tfcompat.environments.base import Environment
    from tfcompat.execution.launcher_client import ImportOutcome, Isolation, RunLimits
    from tfcompat.execution.settings import RunSettings
    from tfcompat.planning.command import Command
    from tfcompat.planning.grid import Cell
    from tfcompat.results.schema import Run


class Launcher(Protocol):
    """A launcher that has been started in a cell; any thread may call it."""

    def import_module(self, module: str, cores: Sequence[int], timeout: float) -> ImportOutcome:
        """Import a module once; raise RunFault where the launcher does not survive that."""

    def run(
        self,
        command: Command,
        scratch: Path,
        *,
        limits: RunLimits,
        cores: Sequence[int],
        isolation: Isolation = "fresh",
    ) -> Run:
        """Run a command to its end; raise RunFault where the fault is not the script's."""

    def close(self) -> None:
        """End the launcher and its runs; threads that wait for one get a RunFault."""


class LauncherFactory(Protocol):
    """Starts launchers in the environments of cells."""

    def start(
        self, cell: Cell, built: Environment, folder: Path, *, hash_seed: int
    ) -> AbstractContextManager[Launcher]:
        """Return a context in which a launcher works; ``folder`` is the launcher's own.

        ``hash_seed`` is that of its runs. Entering it raises RunFault where the launcher does not
        start.
        """


def closed_to_runs(settings: RunSettings, commands: Iterable[Command], *folders: Path) -> Closed:
    """Return what is closed to runs: where files are, the user's home and ``folders``.

    What the arguments of an example name is seen.
    """
    named = [path for command in commands for path in command.paths]
    return Closed(
        network=settings.network == "closed",
        hidden=(*namespaces.home_folders(), *folders) if settings.files == "closed" else (),
        seen=tuple(dict.fromkeys(named)),
    )


@dataclass(frozen=True, kw_only=True)
class LauncherProcesses:
    """Starts launchers as processes, for runs that use ``threads`` threads each.

    ``closed`` is what of this machine their runs do not reach.
    """

    threads: int
    closed: Closed

    def start(
        self, cell: Cell, built: Environment, folder: Path, *, hash_seed: int
    ) -> AbstractContextManager[Launcher]:
        """Return a launcher process; it is started when its context is entered."""
        assert cell.interpreter is not None  # noqa: S101 - it was built with one
        interpreter = cell.interpreter
        path, closed = interpreter.path, self.closed
        if interpreter.image is None:  # whose paths do not exist on this machine
            path = path.resolve()
            seen = (*closed.seen, built.python, *interpreter.folders)
            closed = replace(closed, seen=seen)
        return launcher_client.LauncherClient(
            built.python,
            path,
            folder,
            self.threads,
            built.sandbox,
            hash_seed=hash_seed,
            closed=closed,
        )
