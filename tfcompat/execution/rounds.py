"""The runs of one cell, round by round: each round has a launcher of its own, warm where it may be.

Repeats that measure noise must be independent, so every round is started anew: one import of the
library and one seed of Python's hashes, shared by all examples of the round. A script that writes
to the environment, which all share, has its runs in a clean one of its own.
"""

from __future__ import annotations

import logging
import signal
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from tfcompat.environments import bytecode_cache
from tfcompat.environments.contamination import CapturedWrites, ContaminationGuard
from tfcompat.execution import workspace
from tfcompat.execution.hidden_imports import hidden_import
from tfcompat.execution.implicit_imports import implicit_import
from tfcompat.execution.launcher_client import LauncherLost, RunFault, WatcherLost
from tfcompat.execution.suite_runs import split_run
from tfcompat.execution.warm_start import reason_example_not_forkable
from tfcompat.judging import tracebacks
from tfcompat.results.schema import Run

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tfcompat.environments.base import Environment
    from tfcompat.execution.launcher_client import Isolation, RunLimits
    from tfcompat.execution.launching import Launcher, LauncherFactory
    from tfcompat.execution.resources import CoreSlots
    from tfcompat.execution.settings import RunSettings
    from tfcompat.execution.workspace import StudyCopy
    from tfcompat.planning.command import Command
    from tfcompat.planning.grid import Cell
    from tfcompat.results.timings import Timings

logger = logging.getLogger(__name__)

# An import that one script alone would share costs as much as a process of its own.
_WORTH_IT = 2

# Impatience never ends a run sooner.
_ALWAYS_SECONDS = 60.0

# What is noted of a run of which nothing else is known.
_KILLS = "it kills the process that starts it\n"


@dataclass
class _Lessons:
    """What earlier rounds of a cell have shown, so that later ones need not find it out again.

    ``writers`` are the examples that run alone, since they write to the environment or kill what
    starts them; ``not_forkable`` is why no run of the cell can start warm, if that is known.
    """

    writers: set[str] = field(default_factory=set)
    not_forkable: str | None = None


@dataclass(frozen=True, kw_only=True)
class ScriptRunner:
    """Runs the examples of a study, each by its command, in the environments of cells.

    Examples that have an equal command, as the tests of one file have, share each run of it.
    """

    workspace: Path
    copy: StudyCopy
    commands: Mapping[str, Command]
    slots: CoreSlots
    timings: Timings
    settings: RunSettings
    launchers: LauncherFactory
    _lessons: dict[str, _Lessons] = field(default_factory=dict, init=False)
    _longest: dict[str, float] = field(default_factory=dict, init=False)

    @cached_property
    def sharing(self) -> Mapping[str, tuple[str, ...]]:
        """By example, all examples that share its runs: the first of these stands for them."""
        by_command: dict[Command, list[str]] = {}
        for test, command in self.commands.items():
            by_command.setdefault(command, []).append(test)
        return {test: tuple(by_command[command]) for test, command in self.commands.items()}

    def limits(self, test: str) -> RunLimits:
        """Return the limits of the next run of an example, within the patience that is left."""
        limits, patience = self.settings.limits, self.settings.patience
        if patience is None or test not in self._longest:
            return limits
        seconds = max(_ALWAYS_SECONDS, patience * self._longest[test])
        return replace(limits, timeout=min(limits.timeout, seconds))

    def note(self, test: str, run: Run) -> None:
        """Note how long a run took that ended well."""
        if run.retval == 0:
            self._longest[test] = max(run.seconds, self._longest.get(test, 0.0))

    def rounds(self, cell: Cell, built: Environment) -> Rounds:
        """Return the Rounds of a cell in its environment."""
        lessons = self._lessons.setdefault(cell.identifier, _Lessons())
        return Rounds(self, cell, built, lessons)


class Rounds:
    """Makes runs of one cell. ``import_seconds`` is what importing the library took in all."""

    def __init__(
        self, scripts: ScriptRunner, cell: Cell, built: Environment, lessons: _Lessons
    ) -> None:
        self._scripts = scripts
        self._cell = cell
        self._built = built
        self._lessons = lessons
        self._module = scripts.settings.module
        self._folder = scripts.workspace / f"{cell.identifier}-launcher"
        self._stopped = threading.Event()
        writes = CapturedWrites(built.sandbox.folder) if built.sandbox else None
        self._guard = ContaminationGuard(writes)
        self._guard.writers = lessons.writers
        self.import_seconds = 0.0

    def one(self, tests: Sequence[str], hash_seed: int) -> Iterator[tuple[str, Run]]:
        """Run each example once, as many at a time as there are jobs; yield each as it ends.

        Those that share a command are run once together. All have the same hash seed, also where a
        run is made again: one that may have seen an environment with another run's changes does not
        count, and its example runs again, alone in a clean environment. Raises RunFault where a run
        cannot be made, and InterruptedRunError where everything is stopped.
        """
        sharing, wanted = self._scripts.sharing, set(tests)
        firsts = list(dict.fromkeys(sharing[test][0] for test in tests))
        for first, run in self._runs(firsts, hash_seed):
            if self._scripts.commands[first].suite:
                split = split_run(run, sharing[first])
                yield from ((test, own) for test, own in split.items() if test in wanted)
            else:
                yield first, run

    def _runs(self, tests: Sequence[str], hash_seed: int) -> Iterator[tuple[str, Run]]:
        waiting = [test for test in tests if test not in self._guard.writers]
        alone = [test for test in tests if test in self._guard.writers]
        while waiting:
            done = []
            try:
                for test, run in self._together(waiting, hash_seed):
                    done.append(test)
                    yield test, run
            except LauncherLost:
                # One of them may have killed it: what is left runs apart.
                alone += [test for test in waiting if test not in {*done, *alone}]
            alone += [test for test in self._guard.suspects if test not in alone]
            settled = {*done, *alone}
            waiting = [test for test in waiting if test not in settled]
        for test in alone:
            yield test, self._alone(test, hash_seed)

    def _alone(self, test: str, hash_seed: int) -> Run:
        """Return a run of an example in a launcher and an environment of its own."""
        try:
            return self._once_alone(test, hash_seed)
        except LauncherLost:
            try:
                return self._once_alone(test, hash_seed)
            except LauncherLost:
                # Twice, and with nothing beside it, is no accident.
                self._guard.writers.add(test)
                return Run(retval=-signal.SIGKILL, seconds=0.0, signal="SIGKILL", error=[_KILLS])

    def _once_alone(self, test: str, hash_seed: int) -> Run:
        self._stopped.clear()
        with self._guard.cleaned(), self._start(hash_seed) as launcher:
            self._guard.begin()
            run = self._run(launcher, test, "fresh")
            if self._guard.is_contaminated():
                self._guard.writers.add(test)
        return run

    def _together(self, tests: Sequence[str], hash_seed: int) -> Iterator[tuple[str, Run]]:
        """Run examples side by side in one launcher, until one has written to the environment."""
        warm = self._forkable(tests)
        self._stopped.clear()
        with self._guard.cleaned(), self._launcher(warm, hash_seed) as (launcher, isolation):
            self._guard.begin()
            executor = ThreadPoolExecutor(self._scripts.slots.jobs, thread_name_prefix="run")
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

    def _forkable(self, tests: Sequence[str]) -> Collection[str]:
        """Return the examples to start warm: none where an import would not be worth it."""
        if self._scripts.settings.isolation == "fresh" or self._lessons.not_forkable is not None:
            return ()
        copy, commands = self._scripts.copy, self._scripts.commands
        fit = {
            test
            for test in tests
            if reason_example_not_forkable(copy, commands[test], self._module) is None
        }
        return fit if len(fit) >= _WORTH_IT else ()

    @contextmanager
    def _launcher(
        self, warm: Collection[str], hash_seed: int
    ) -> Iterator[tuple[Launcher, Isolation]]:
        """Yield a launcher, and whether runs can start warm in it."""
        if warm:
            imported = False
            try:
                with self._start(hash_seed) as launcher:
                    self._import(launcher)
                    imported = True
                    if self._lessons.not_forkable is None:
                        yield launcher, "warm"
                        return
            except RunFault as fault:
                if imported:
                    raise
                why = f"the launcher did not survive its import: {fault}"
                self._lessons.not_forkable = why
            logger.info("no warm start: %s", self._lessons.not_forkable)
        with self._start(hash_seed) as launcher:
            yield launcher, "fresh"

    def _start(self, hash_seed: int) -> AbstractContextManager[Launcher]:
        for name in ("home", "tmp"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        return self._scripts.launchers.start(
            self._cell, self._built, self._folder, hash_seed=hash_seed
        )

    def _import(self, launcher: Launcher) -> None:
        limits = self._scripts.settings.limits
        with self._scripts.slots.take(limits.threads, self._stopped) as cores:
            imported = launcher.import_module(self._module, cores, limits.timeout)
        self.import_seconds += imported.seconds
        self._lessons.not_forkable = imported.why_not
        if self._built.sandbox and self._built.bytecode:
            bytecode_cache.keep(self._built.sandbox.written, self._built.bytecode)

    def _run_shared(self, launcher: Launcher, test: str, isolation: Isolation) -> Run | None:
        """Return a run that counts, or None."""
        if not self._guard.may_start():
            return None
        run = self._run(launcher, test, isolation)
        if self._guard.is_contaminated():
            self._guard.suspects.append(test)
            return None
        return run

    def _run(self, launcher: Launcher, test: str, isolation: Isolation) -> Run:
        """Return a run of an example: a second one where the first may have ended by accident."""
        try:
            run = self._run_once(launcher, test, isolation)
        except WatcherLost:
            return self._run_after_lost_watcher(launcher, test)
        if run.isolation == "warm" and (run.signal or run.timed_out):
            # The script may not work in a fork.
            return self._run_once(launcher, test, "fresh")
        return run

    def _run_after_lost_watcher(self, launcher: Launcher, test: str) -> Run:
        try:
            return self._run_once(launcher, test, "fresh")
        except WatcherLost as lost:
            # Twice is no accident: the script kills the process that watches it.
            return lost.run

    def _run_once(self, launcher: Launcher, test: str, isolation: Isolation) -> Run:
        scripts = self._scripts
        limits = scripts.limits(test)
        memory = scripts.timings.memory(self._cell.identifier, test)
        with (
            scripts.slots.take(limits.threads, self._stopped, memory) as cores,
            workspace.scratch(self._folder, scripts.copy) as scratch,
        ):
            run = launcher.run(
                scripts.commands[test], scratch, limits=limits, cores=cores, isolation=isolation
            )
        scripts.note(test, run)
        return self._with_imports(run)

    def _with_imports(self, run: Run) -> Run:
        """Note of a run that fails what only the files of its environment tell of its imports."""
        if run.retval == 0:
            return run
        raised = tracebacks.chain_of_ending([line.rstrip("\n") for line in run.error])
        sandbox = self._built.sandbox
        environment = sandbox.folder / "env" if sandbox else self._built.python.parent.parent
        return run.model_copy(
            update={
                "implicit_import": implicit_import(raised, environment),
                "hidden_import": hidden_import(raised, environment),
            }
        )
