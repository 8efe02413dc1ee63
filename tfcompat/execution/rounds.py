"""The runs of one cell, round by round: each round has a launcher of its own, warm where it may be.

Repeats that measure noise must be independent, so every round is started anew: one import of the
library, shared by all examples of the round. A script that writes to the environment, which all
share, has its runs in a clean one of its own.
"""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tfcompat.environments import bytecode_cache
from tfcompat.environments.contamination import ContaminationGuard, Traces
from tfcompat.execution import workspace
from tfcompat.execution.launcher_client import LauncherClient, RunFault, WatcherLost
from tfcompat.execution.warm_start import why_fresh
from tfcompat.util import package_names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from tfcompat.environments.base import Environment
    from tfcompat.execution.cell import Bench
    from tfcompat.execution.launcher_client import Isolation
    from tfcompat.execution.workspace import Shown
    from tfcompat.planning.grid import Cell
    from tfcompat.results.schema import Run

logger = logging.getLogger(__name__)

# An import that one script alone would share costs as much as a process of its own.
_WORTH_IT = 2


class Rounds:
    """Starts the runs of one cell. ``import_seconds`` is what importing the library took in all."""

    def __init__(self, bench: Bench, cell: Cell, built: Environment) -> None:
        assert cell.interpreter is not None  # noqa: S101 - it was built with one
        self._bench = bench
        self._built = built
        path = cell.interpreter.path
        # A path in an image is none of this machine's.
        self._interpreter = path if cell.interpreter.image else path.resolve()
        self._identifier = cell.identifier
        self._module = package_names.import_name(cell.dependency)
        self._folder = bench.workspace / f"{cell.identifier}-launcher"
        self._stopped = threading.Event()
        self._wear = ContaminationGuard(Traces(built.sandbox.folder) if built.sandbox else None)
        # Why no run of this cell can start warm, once it is known.
        self._why_not: str | None = None
        self.import_seconds = 0.0

    def one(self, tests: Sequence[str]) -> Iterator[tuple[str, Run]]:
        """Run each example once, as many at a time as there are jobs; yield each as it ends.

        A run that found the environment written to, or may have, does not count: its example
        runs again, alone in a clean one.
        """
        waiting = [test for test in tests if test not in self._wear.writers]
        alone = [test for test in tests if test in self._wear.writers]
        while waiting:
            done = []
            for test, run in self._together(waiting):
                done.append(test)
                yield test, run
            alone += self._wear.suspects
            settled = {*done, *alone}
            waiting = [test for test in waiting if test not in settled]
        for test in alone:
            yield test, self._alone(test)

    def _alone(self, test: str) -> Run:
        self._stopped.clear()
        with self._wear.cleaned(), self._start() as launcher:
            self._wear.begin()
            run = self._run(launcher, test, "fresh")
            if self._wear.is_contaminated():
                self._wear.writers.add(test)
        return run

    def _together(self, tests: Sequence[str]) -> Iterator[tuple[str, Run]]:
        """Run examples side by side in one launcher, until one has written to the environment."""
        warm = self._may_start_warm(tests)
        self._stopped.clear()
        with self._wear.cleaned(), self._launcher(warm) as (launcher, isolation):
            self._wear.begin()
            executor = ThreadPoolExecutor(self._bench.slots.jobs, thread_name_prefix="run")
            try:
                futures = {
                    executor.submit(
                        self._run_shared, launcher, test, isolation if test in warm else "fresh"
                    ): test
                    for test in tests
                }
                for future in as_completed(futures):
                    run = future.result()
                    if run is not None:
                        yield futures[future], run
            finally:
                self._stopped.set()
                executor.shutdown(wait=False, cancel_futures=True)
                launcher.close()
                executor.shutdown()

    def _may_start_warm(self, tests: Sequence[str]) -> Collection[str]:
        if self._bench.isolation == "fresh" or self._why_not is not None:
            return ()
        shown = self._bench.shown
        fit = {test for test in tests if why_no_warm_start(shown, test, self._module) is None}
        return fit if len(fit) >= _WORTH_IT else ()

    @contextmanager
    def _launcher(self, warm: Collection[str]) -> Iterator[tuple[LauncherClient, Isolation]]:
        """Yield a launcher, and whether runs can start warm in it."""
        if warm:
            imported = False
            try:
                with self._start() as launcher:
                    self._import(launcher)
                    imported = True
                    if self._why_not is None:
                        yield launcher, "warm"
                        return
            except RunFault as fault:
                if imported:
                    raise
                self._why_not = f"the launcher did not survive its import: {fault}"
            logger.info("no warm start: %s", self._why_not)
        with self._start() as launcher:
            yield launcher, "fresh"

    def _start(self) -> LauncherClient:
        for name in ("home", "tmp"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        threads = self._bench.limits.threads
        built = self._built
        return LauncherClient(built.python, self._interpreter, self._folder, threads, built.sandbox)

    def _import(self, launcher: LauncherClient) -> None:
        limits = self._bench.limits
        with self._bench.slots.take(limits.threads, self._stopped) as held:
            imported = launcher.import_module(self._module, held, limits.timeout)
        self.import_seconds += imported.seconds
        self._why_not = imported.why_not
        if self._built.sandbox and self._built.bytecode:
            bytecode_cache.keep(self._built.sandbox.written, self._built.bytecode)

    def _run_shared(self, launcher: LauncherClient, test: str, isolation: Isolation) -> Run | None:
        """Return a run that counts, or None."""
        if not self._wear.may_start():
            return None
        run = self._run(launcher, test, isolation)
        if self._wear.is_contaminated():
            self._wear.suspects.append(test)
            return None
        return run

    def _run(self, launcher: LauncherClient, test: str, isolation: Isolation) -> Run:
        try:
            run = self._run_once(launcher, test, isolation)
        except WatcherLost:
            return self._run_again(launcher, test)
        if run.isolation == "warm" and (run.signal or run.timed_out):
            # It may be the fork that it did not bear.
            return self._run_once(launcher, test, "fresh")
        return run

    def _run_again(self, launcher: LauncherClient, test: str) -> Run:
        try:
            return self._run_once(launcher, test, "fresh")
        except WatcherLost as lost:
            # Twice is no accident: the script kills whoever watches it.
            return lost.run

    def _run_once(self, launcher: LauncherClient, test: str, isolation: Isolation) -> Run:
        bench = self._bench
        memory = bench.history.memory(self._identifier, test)
        with (
            bench.slots.take(bench.limits.threads, self._stopped, memory) as held,
            workspace.scratch(self._folder, bench.shown) as scratch,
        ):
            return launcher.run(test, scratch, limits=bench.limits, cores=held, isolation=isolation)


def why_no_warm_start(shown: Shown, test: str, module: str) -> str | None:
    """Return why an example of a study needs a process of its own, or None."""
    folder = test.rpartition("/")[0]
    siblings = {_module_beside(path, folder) for path in shown.hashes} - {None}
    source = shown.folder / test
    return why_fresh(source.read_bytes(), module, [name for name in siblings if name])


def _module_beside(path: str, folder: str) -> str | None:
    """Return the name of the module that a shown file is, or is in, if it lies in a folder."""
    inside = path.removeprefix(f"{folder}/") if folder else path
    if inside == path and folder:
        return None
    first, _, rest = inside.partition("/")
    return first if rest else first.removesuffix(".py") if first.endswith(".py") else None
