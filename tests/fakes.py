"""A made-up index and a made-up machine: cells are evaluated without building or running."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.tags import parse_tag
from packaging.utils import canonicalize_name
from packaging.version import Version
from plans import empty_plan

from tfcompat.environments.base import BuildFailure, Environment
from tfcompat.environments.index.client import Distribution, Release
from tfcompat.environments.index.contents import Contents
from tfcompat.environments.interpreter_record import Interpreter
from tfcompat.execution.cell_record import built_record, failed_record, specification
from tfcompat.execution.engine import missing_runs
from tfcompat.execution.evaluation import Evaluation
from tfcompat.execution.launcher_client import ImportOutcome, RunLimits
from tfcompat.execution.settings import RunSettings
from tfcompat.planning.command import Command
from tfcompat.planning.schema import Analysis
from tfcompat.planning.study import Study
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.schema import CellResult, Example, Run, example_of
from tfcompat.results.timings import Timings
from tfcompat.results.verdicts import Cause, CauseKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from tfcompat.execution.launcher_client import Isolation
    from tfcompat.execution.variants import Variant
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan

PYTHON = Interpreter(path=Path("/opt/python3.6"), version=Version("3.6.15"), abi="cp36m")
REPEATS = 3


def release(version: str) -> Release:
    file = Distribution(
        filename=f"foo-{version}-py3-none-any.whl",
        url="https://files.example",
        version=Version(version),
        tags=parse_tag("py3-none-any"),
        sha256=None,
        size=None,
        upload_time=dt.datetime(2020, 1, 1, tzinfo=dt.timezone.utc),
        requires_python=None,
        yanked=False,
    )
    return Release(version=Version(version), files=(file,))


@dataclass(frozen=True)
class FakeIndex:
    """An index of one package with these releases, each with a wheel for any Python."""

    versions: tuple[str, ...] = ("1.0", "2.0", "3.0")
    notes: tuple[str, ...] = ()
    url: str = "https://index.example"
    offline: bool = False

    def releases(self, _name: str) -> tuple[Release, ...]:
        return tuple(map(release, self.versions))


@dataclass(frozen=True)
class FakeCatalog:
    """Projects by what they bring; those of None cannot be read, all others do not exist."""

    projects: Mapping[str, Sequence[str] | None]
    former: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def contents(self, project: str) -> Contents | None:
        modules = self.projects.get(canonicalize_name(project))
        title = project.title()
        return Contents(name=title, modules=frozenset(modules)) if modules is not None else None

    def former_contents(self, project: str) -> Iterator[Contents]:
        modules = self.former.get(canonicalize_name(project))
        if modules is not None:
            yield Contents(name=project.title(), modules=frozenset(modules))

    def exists(self, project: str) -> bool:
        return canonicalize_name(project) in self.projects


KEY = "example:the rest"
"""The key of all runs, as ``cell_record.run_keys`` makes them."""


def made_up_plan(
    folder: Path,
    tests: tuple[str, ...],
    baselines: Mapping[str, object],
    *,
    releases: tuple[str, ...] = ("1.0", "2.0", "3.0"),
    selected: tuple[str, ...] | None = None,
) -> Plan:
    """Return the plan of a study of foo, with a cell for each release on the one Python."""
    content: dict[str, Any] = {"dependency": "foo", "tests": list(tests), "repeats": REPEATS}
    analysis = Analysis.model_validate({**content, "baselines": baselines})
    study = Study(path=folder / "caliper.yaml", root=folder, analysis=analysis, examples=tests)
    index = FakeIndex(versions=releases)
    plan = empty_plan(study, index, folder / "cache", PYTHON, examples=selected or tests)
    cells = tuple(plan.cell(version, None) for version in releases)
    return replace(plan, cells=cells)


def run_settings(isolation: Isolation = "fresh") -> RunSettings:
    return RunSettings(
        resolve="release",
        requirements=(),
        limits=RunLimits(timeout=1, output=1000, memory=10**6, threads=1, disk=10**6),
        isolation=isolation,
        first_runs=1,
        module="foo",
    )


@dataclass
class FakeProgress:
    """Keeps what is reported."""

    said: list[str] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    rounds: list[tuple[str, int, int]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)

    def say(self, line: str) -> None:
        self.said.append(line)

    def begin(self, identifiers: Sequence[str], stored: Sequence[str] = ()) -> None:
        del stored
        self.begun += identifiers

    def stage(self, identifier: str, what: str, total: int = 0) -> None:
        pass

    def running(self, identifier: str, number: int, total: int) -> None:
        self.rounds.append((identifier, number, total))

    def ran(self, identifier: str, test: str) -> None:
        pass

    def left(self, identifier: str) -> None:
        pass

    def finished(self, cell: CellResult) -> None:
        self.done.append(cell.identifier)


@dataclass(frozen=True)
class Call:
    """A request to a cell runner: to ``run`` or to ``finish`` a cell."""

    kind: str
    identifier: str
    wanted: dict[str, int]
    rerun: frozenset[str] = frozenset()


@dataclass
class Machine:
    """A machine whose runs print what a test has set; it stays the same over many commands.

    ``prints`` are the outputs of the runs of an example in a cell, in turn; an output of None is
    a run that fails, with what ``errors`` has for it; ``seconds`` is how long they take, likewise
    in turn. ``broken`` is why a cell has no environment, ``spent`` how long it took to see that,
    now (``build``) or before (``before``).
    ``made`` counts the runs.
    """

    prints: dict[tuple[str, str], list[str | None]] = field(default_factory=dict)
    errors: dict[tuple[str, str], str] = field(default_factory=dict)
    seconds: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    broken: dict[str, Cause] = field(default_factory=dict)
    spent: dict[str, dict[str, float]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    made: dict[tuple[str, str], int] = field(default_factory=dict)

    def run(self, identifier: str, test: str) -> Run:
        number = self.made.get((identifier, test), 0)
        self.made[identifier, test] = number + 1
        outputs = self.prints.get((identifier, test), ["loss 0.5\n"])
        output = outputs[number % len(outputs)]
        if output is None:
            error = self.errors.get((identifier, test), "ValueError: bad\n")
            return Run(retval=1, seconds=1, error=error.splitlines(keepends=True))
        times = self.seconds.get((identifier, test), [1.0])
        seconds = times[number % len(times)]
        return Run(retval=0, seconds=seconds, output=output.splitlines(keepends=True))

    def order(self) -> list[tuple[str, str]]:
        return [(call.kind, call.identifier) for call in self.calls]

    def runs_wanted(self, identifier: str) -> list[dict[str, int]]:
        """Return what was wanted of a cell, one time after the other, until it was finished."""
        calls = [call for call in self.calls if call.identifier == identifier]
        return [call.wanted for call in calls if call.kind == "run"]

    def evaluation(
        self,
        folder: Path,
        tests: Sequence[str],
        progress: FakeProgress | None = None,
        variants: FakeVariants | None = None,
    ) -> Evaluation:
        """Return what evaluates cells on this machine, for a campaign below a folder.

        With one thread: baselines, which come first, are done when a cell is begun.
        """
        store = CampaignStore(folder / "results")
        store.open(dependency="foo", resolve="release")
        return Evaluation(
            runner=FakeCellRunner(self, store),
            store=store,
            settings=run_settings(),
            keys=dict.fromkeys(tests, KEY),
            timings=Timings({}),
            jobs=1,
            ahead=0,
            progress=progress or FakeProgress(),
            variants=variants,
        )


@dataclass
class FakeCellRunner:
    """Evaluates cells on a made-up machine. What is stored of a cell always still holds."""

    machine: Machine
    store: CampaignStore
    built: set[str] = field(default_factory=set)

    def acquire(self, cell: Cell) -> None:
        pass

    def release(self, cell: Cell) -> None:
        pass

    def run(self, cell: Cell, wanted: Mapping[str, int], rerun: Collection[str] = ()) -> CellResult:
        call = Call("run", cell.identifier, dict(wanted), frozenset(rerun))
        self.machine.calls.append(call)
        with self.store.working_on(cell.identifier):
            return self._bring(cell, wanted, rerun)

    def extend(self, cell: Cell, wanted: Mapping[str, int]) -> CellResult:
        self.machine.calls.append(Call("extend", cell.identifier, dict(wanted)))
        with self.store.working_on(cell.identifier):
            result = self._bring(cell, wanted, ())
            if result.verdict is None and self.store.cell(cell.identifier) is not None:
                self.store.finish(result)
        return result

    def finish(self, cell: Cell, wanted: Mapping[str, int]) -> CellResult:
        self.machine.calls.append(Call("finish", cell.identifier, dict(wanted)))
        with self.store.working_on(cell.identifier):
            result = self._bring(cell, wanted, ())
            if result.verdict is None:
                self.store.finish(result)
        return result

    def interrupted(self, cell: Cell) -> None:
        self.machine.calls.append(Call("interrupted", cell.identifier, {}))

    def _bring(self, cell: Cell, wanted: Mapping[str, int], rerun: Collection[str]) -> CellResult:
        name = cell.identifier
        if name in self.machine.broken:
            return self._without_environment(cell, self.machine.broken[name])
        known = self.store.known(name)
        stored = {t: e for t, e in known.examples.items() if t not in rerun} if known else {}
        short = missing_runs(stored, wanted)
        while missing := missing_runs(stored, wanted):
            for test in missing:
                runs = stored[test].all_runs if test in stored else []
                stored[test] = example_of([*runs, self.machine.run(name, test)], key=KEY)
        result = made_up_cell(cell, stored)
        if short:
            self.built.add(name)
            self.store.begin(result)
        return result

    def _without_environment(self, cell: Cell, cause: Cause) -> CellResult:
        unbuildable = cause.kind in (CauseKind.CONFLICT, CauseKind.BUILD_ERROR)
        verdict = Verdict.UNBUILDABLE if unbuildable else Verdict.UNKNOWN
        spent = self.machine.spent.get(cell.identifier, {})
        failure = BuildFailure(
            verdict=verdict,
            cause=cause,
            error="",
            phases={name: seconds for name, seconds in spent.items() if name != "before"},
            failed_before=spent.get("before", 0.0),
        )
        result = failed_record(cell, specification(run_settings(), cell), (), failure)
        if unbuildable:
            self.store.finish(result)
        else:
            self.store.store_unknown(result)
        return result


@dataclass
class FakeVariants:
    """Runs variants in no environment: ``prints`` gives the output of an example in one.

    None, or a cause, stands for an environment that cannot be made, an empty text for a run that
    fails, and a run for itself.
    ``asked`` are the examples that ran, with the pins and files of their variants.
    """

    prints: Callable[[Variant, str], str | Cause | Run | None]
    asked: list[tuple[str, tuple[str, ...], str, int]] = field(default_factory=list)
    built: set[str] = field(default_factory=set)

    def run(self, variant: Variant, wanted: Mapping[str, int]) -> CellResult:
        cell = variant.cell
        self.built.add(cell.identifier)
        examples = {}
        for test, number in wanted.items():
            self.asked.append((cell.release, cell.pins, test, number))
            text = self.prints(variant, test)
            if text is None or isinstance(text, Cause):
                cause = text or Cause(kind=CauseKind.CONFLICT, message="in conflict")
                failure = BuildFailure(verdict=Verdict.UNBUILDABLE, cause=cause, error="")
                return failed_record(cell, specification(run_settings(), cell), (), failure)
            if isinstance(text, str):
                lines = text.splitlines(keepends=True)
                text = Run(retval=0 if text else 1, seconds=1, output=lines)
            examples[test] = example_of([text] * number, key=KEY)
        freeze = [f"{pin}\n" for pin in cell.pins]
        return made_up_cell(cell, examples).model_copy(update={"freeze": freeze})


ENVIRONMENT = Environment(
    backend="none", python=Path("/env/bin/python"), lock="foo==1\n", freeze=(), phases={}
)


def made_up_cell(cell: Cell, examples: Mapping[str, Example]) -> CellResult:
    """Return the record of a cell with runs in it."""
    record = built_record(cell, specification(run_settings(), cell), (), ENVIRONMENT)
    return record.model_copy(update={"examples": dict(examples)})


@dataclass
class FakeEnvironments:
    """Makes no environments but the one that is set, or fails with a cause. Counts them."""

    outcome: Environment | Cause = ENVIRONMENT
    asked: list[str] = field(default_factory=list)
    built: set[str] = field(default_factory=set)
    kept: Path | None = None

    def acquire(self, cell: Cell) -> None:
        pass

    def release(self, cell: Cell) -> Path | None:
        del cell
        return self.kept

    def environment(self, cell: Cell) -> Environment | BuildFailure:
        self.asked.append(cell.identifier)
        if isinstance(self.outcome, Environment):
            self.built.add(cell.identifier)
            return self.outcome
        conflict = self.outcome.kind is CauseKind.CONFLICT
        verdict = Verdict.UNBUILDABLE if conflict else Verdict.UNKNOWN
        return BuildFailure(verdict=verdict, cause=self.outcome, error="")


def plain_commands(tests: Sequence[str]) -> dict[str, Command]:
    """Return the commands of examples that are scripts without arguments."""
    return {test: Command(script=test) for test in tests}


@dataclass(frozen=True)
class Started:
    """A run that was requested from a launcher; ``launcher`` numbers those of all cells."""

    launcher: int
    identifier: str
    test: str
    isolation: Isolation
    hash_seed: int = 0


def ends_well(started: Started) -> Run:
    return Run(retval=0, seconds=1, output=["loss 0.5\n"], isolation=started.isolation)


@dataclass
class FakeLaunchers:
    """Starts launchers whose runs and imports are what a test sets; either may raise.

    ``runs`` are all that were requested, ``timeouts`` the seconds that each had, and ``imports``
    the launchers that imported the library.
    """

    answer: Callable[[Started], Run] = ends_well
    imported: Callable[[], ImportOutcome] = lambda: ImportOutcome(why_not=None, seconds=2.0)
    runs: list[Started] = field(default_factory=list)
    timeouts: list[float] = field(default_factory=list)
    imports: list[int] = field(default_factory=list)
    started: int = 0

    @contextmanager
    def start(
        self, cell: Cell, built: Environment, folder: Path, *, hash_seed: int
    ) -> Iterator[FakeLauncher]:
        del built
        assert (folder / "home").is_dir()
        self.started += 1
        yield FakeLauncher(self, cell.identifier, self.started, hash_seed)

    @property
    def order(self) -> list[tuple[int, str, str]]:
        return [(run.launcher, run.test, run.isolation) for run in self.runs]


@dataclass
class FakeLauncher:
    launchers: FakeLaunchers
    identifier: str
    number: int
    hash_seed: int

    def import_module(self, module: str, cores: Sequence[int], timeout: float) -> ImportOutcome:
        assert (module, len(cores), timeout) == ("foo", 1, 1)
        self.launchers.imports.append(self.number)
        return self.launchers.imported()

    def run(
        self,
        command: Command,
        scratch: Path,
        *,
        limits: RunLimits,
        cores: Sequence[int],
        isolation: Isolation = "fresh",
    ) -> Run:
        assert (scratch / "study").is_dir()
        assert len(cores) == limits.threads
        script = command.script
        started = Started(self.number, self.identifier, script, isolation, self.hash_seed)
        self.launchers.runs.append(started)
        self.launchers.timeouts.append(limits.timeout)
        return self.launchers.answer(started)

    def close(self) -> None:
        pass
