"""Why a release gives another result: the experiments, one after the other. Pure.

Two neighbouring cells differ in the release, in the packages of its day, and perhaps in the Python.
Each experiment changes one of these alone. An experiment is a generator: it yields the runs that it
needs, is sent the cell in which they were made, and returns what follows from them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from tfcompat.counterfactual.calls import calls_of, with_arguments
from tfcompat.counterfactual.defaults import (
    PROGRAM,
    announced_defaults,
    changed_defaults,
    program_files,
    read_signatures,
)
from tfcompat.counterfactual.packages import MovedPackage, moved_packages, pins_with
from tfcompat.counterfactual.reduce import MOST_TRIALS, smallest
from tfcompat.execution.variants import Variant
from tfcompat.judging import differing
from tfcompat.judging.campaign_diff import freeze_of
from tfcompat.judging.judge import installed_packages, side_of
from tfcompat.results.verdicts import Basis, Cause, CauseKind

if TYPE_CHECKING:
    from tfcompat.counterfactual.calls import Argument, Call
    from tfcompat.counterfactual.defaults import ChangedDefault, Signatures
    from tfcompat.judging.judge import Judge
    from tfcompat.judging.output.sides import Side
    from tfcompat.planning.grid import Cell
    from tfcompat.results.schema import CellResult, Example

# So many changed defaults are passed one by one, where passing all of them at once does not do.
_MOST_DEFAULTS = 8


class Result(Enum):
    """What a variant gives: the result of the cell before the edge, of that beyond, or neither."""

    OLD = "old"
    NEW = "new"
    THIRD = "third"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Request:
    """Runs that an experiment needs: of an ``example``, by its path, in a variant."""

    variant: Variant
    example: str
    runs: int = 1


ItemT = TypeVar("ItemT")
ReturnT = TypeVar("ReturnT")

Steps: TypeAlias = Generator[Request, "CellResult | None", ReturnT]
"""An experiment. What it is sent has a verdict where the variant has no environment."""


@dataclass(frozen=True, kw_only=True)
class Observed:
    """One of the two cells, and what became of the example in it."""

    cell: Cell
    result: CellResult
    example: Example

    @property
    def side(self) -> Side:
        """The runs as one side of a comparison."""
        return side_of(self.result.identifier, self.example, installed_packages(self.result))

    @property
    def versions(self) -> dict[str, str]:
        """Its packages."""
        return freeze_of(self.result)


@dataclass(frozen=True, kw_only=True)
class Case:
    """An example that gives the result of its ``baseline`` in ``old`` and another one in ``new``.

    ``swapped`` are the two cells on the Pythons of each other, the new release first; None where
    such a cell cannot be had. ``library`` is the name of the library as people write it, ``module``
    what is imported of it, ``script`` the path of the script or of the test's file, ``source`` what
    is in it.
    """

    test: str
    baseline: Side
    old: Observed
    new: Observed
    swapped: tuple[Cell | None, Cell | None]
    library: str
    module: str
    script: str
    source: bytes

    @property
    def told(self) -> Cause | None:
        """What the outputs tell of the difference by themselves."""
        return self.new.example.cause


@dataclass(frozen=True, kw_only=True)
class _Trial:
    """What a variant gives; ``refusal`` is why it has no environment, where it has none."""

    gives: Result
    side: Observed | None = None
    refusal: str = ""


@dataclass(frozen=True, kw_only=True)
class Move:
    """One of two neighbours with packages of the other, which is the ``newer`` one or the older."""

    side: Observed
    dependency: str
    newer: bool

    def version(self, one: MovedPackage) -> str:
        """Return the version to which a package moves."""
        return one.new if self.newer else one.old

    def variant(self, part: Sequence[MovedPackage]) -> Variant:
        """Return the neighbour with some packages moved."""
        held = [(one.name, self.version(one)) for one in part]
        return _with(self.side, held, self.dependency)

    def admitted(self, part: Sequence[MovedPackage], refusal: str) -> tuple[MovedPackage, ...]:
        """Return the packages that an installer does not name where it refuses to move them all."""
        return tuple(one for one in part if not _names(refusal, one.name, self.version(one)))


class Experiment:
    """The experiments on one case."""

    def __init__(self, case: Case, judge: Judge) -> None:
        self._case = case
        self._judge = judge
        self._old = case.old
        self._new = case.new

    def steps(self) -> Steps[Cause]:
        """Find the cause: first whether it is Python, then packages, then what the release did."""
        cause = yield from self._explain()
        return replace(cause, first_in=self._case.new.cell.release)

    def _explain(self) -> Steps[Cause]:
        if self._old.cell.python != self._new.cell.python:
            cause = yield from self._by_python()
            if cause is not None:
                return cause
        dependency = self._new.result.inputs.dependency
        moved = moved_packages(self._old.versions, self._new.versions, dependency)
        evidence = f"{self._name(self._old)} and {self._name(self._new)} have the same packages"
        tied: tuple[str, ...] = ()
        if moved:
            found = yield from self._by_packages(moved, dependency)
            if isinstance(found, Cause):
                return found
            evidence, tied = found
        if self._case.told is None or self._case.told.kind is not CauseKind.DISPLAY:
            cause = yield from self._by_default()
            if cause is not None:
                return cause
        return differing.by_library(self._case.told, self._case.library, evidence, tied)

    def _name(self, side: Observed) -> str:
        # Of two files of one version, the hash tells which.
        local = f" ({side.cell.local.short_hash})" if side.cell.local else ""
        return f"{self._case.library} {side.cell.release}{local}"

    def _try(self, variant: Variant) -> Steps[_Trial]:
        """Run the example in a variant, as often as it takes to tell which result it gives."""
        baseline, new = self._case.baseline, self._new.side
        most = max(len(baseline.runs), len(new.runs))
        runs = 1
        while True:
            result = yield Request(variant=variant, example=self._case.test, runs=runs)
            if result is None or result.verdict is not None:
                refusal = result.cause.message if result and result.cause else ""
                return _Trial(gives=Result.NONE, refusal=refusal)
            example = result.examples.get(self._case.test)
            if example is None or example.failure is not None:
                return _Trial(gives=Result.NONE)
            side = Observed(cell=variant.cell, result=result, example=example)
            if self._judge.compare(self._case.test, baseline, side.side).equal:
                return _Trial(gives=Result.OLD, side=side)
            as_new = self._judge.compare(self._case.test, new, side.side)
            if as_new.basis is Basis.EXACT or (runs >= most and as_new.equal):
                return _Trial(gives=Result.NEW, side=side)
            if runs >= most:
                return _Trial(gives=Result.THIRD, side=side)
            runs = most

    def _by_python(self) -> Steps[Cause | None]:
        """Try both releases on the Python of each other; None where the release matters too.

        From then on both sides are on one Python.
        """
        old, new, case = self._old, self._new, self._case
        pythons = old.cell.python, new.cell.python
        new_there, old_there = case.swapped
        if new_there is not None:
            variant = Variant.of(new_there, as_of=new.cell.cut_off)
            found = yield from self._try(variant)
            if found.gives is Result.OLD:
                evidence = f"{self._name(new)} gives the result of {old.cell.release} on Python"
                return differing.by_python(case.told, *pythons, f"{evidence} {pythons[0]}")
            if found.side is not None:
                self._new = found.side
                return None
        if old_there is not None:
            found = yield from self._try(Variant.of(old_there, as_of=old.cell.cut_off))
            if found.gives is Result.NEW:
                evidence = f"{self._name(old)} gives the result of {new.cell.release} on Python"
                return differing.by_python(case.told, *pythons, f"{evidence} {pythons[1]}")
            if found.gives is Result.OLD and found.side is not None:
                self._old = found.side
                return None
        return self._unexplained("its Python is another one too, and the two cannot be told apart")

    def _by_packages(
        self, moved: Sequence[MovedPackage], dependency: str
    ) -> Steps[Cause | tuple[str, tuple[str, ...]]]:
        """Move packages; return the cause, or the evidence that it is the release.

        With that come the names of the packages that each release requires in versions of its own.
        """
        old, new = self._name(self._old), self._name(self._new)
        forth = Move(side=self._old, dependency=dependency, newer=True)
        back = Move(side=self._new, dependency=dependency, newer=False)
        given = []
        own_result: list[tuple[str, tuple[str, ...]]] = []
        for move, this, other in ((forth, old, new), (back, new, old)):
            own, opposite = (Result.OLD, Result.NEW) if move.newer else (Result.NEW, Result.OLD)
            part, gives = yield from self._move_all(moved, move)
            given.append(gives)
            if gives is opposite:
                fewer = yield from self._narrow(part, move, opposite)
                what = ", ".join(f"{one.name} {move.version(one)}" for one in fewer)
                evidence = f"{this} with {what} gives the result of {other}"
                return differing.by_packages(self._case.told, fewer, self._case.library, evidence)
            tied = tuple(sorted(one.name for one in moved if one not in part))
            if not part:
                only = f"{this} admits {', '.join(tied)} in its own version alone"
                own_result.append((only, tied))
            elif gives is own:
                but = f" but its own {', '.join(tied)}" if tied else ""
                with_them = f"{this} with the packages of {other}{but}"
                own_result.append((f"{with_them} gives the same result as with its own", tied))
            if own_result and not own_result[-1][1]:
                break
        if own_result:
            # What one release does not admit the other may: then fewer are left in doubt.
            return min(own_result, key=lambda found: len(found[1]))
        if Result.THIRD in given:
            return self._unexplained("both the release and its packages change the result")
        return self._unexplained("neither release runs with the packages of the other")

    def _move_all(
        self, moved: Sequence[MovedPackage], move: Move
    ) -> Steps[tuple[tuple[MovedPackage, ...], Result]]:
        """Move all packages but those that the release does not admit.

        A release may require some in a version of its own, as TensorFlow does its Keras. Returns
        the packages that did move, and the result.
        """
        part = tuple(moved)
        while part:
            found = yield from self._try(move.variant(part))
            left = move.admitted(part, found.refusal)
            if left == part:
                return part, found.gives
            part = left
        return (), Result.NONE

    def _narrow(
        self, moved: Sequence[MovedPackage], move: Move, wanted: Result
    ) -> Steps[tuple[MovedPackage, ...]]:
        """Return the fewest packages that have to move together for a result."""

        def has_effect(part: Sequence[MovedPackage]) -> Steps[bool]:
            found = yield from self._try(move.variant(part))
            return found.gives is wanted

        return (yield from fewest(moved, has_effect))

    def _unexplained(self, why: str) -> Cause:
        told = self._case.told
        if told is not None and told.kind is CauseKind.DISPLAY:
            return told
        return Cause(kind=CauseKind.UNEXPLAINED, message=why)

    def _by_default(self) -> Steps[Cause | None]:
        """Pass old defaults to the new release; return the cause where that restores the result."""
        calls = calls_of(self._case.source, self._case.module)
        if not calls:
            return None
        before = yield from self._signatures(self._old, calls)
        after = yield from self._signatures(self._new, calls)
        announced = announced_defaults(self._old.example.error)
        changes = changed_defaults(calls, before, after, announced)
        if not changes:
            return None
        all_first = [(change, change.values[0]) for change in changes]
        restores = partial(self._restores, calls)
        if (yield from restores(all_first)):
            return self._default_cause((yield from fewest(all_first, restores)))
        every = [(change, value) for change in changes for value in change.values]
        for one in every[:_MOST_DEFAULTS]:
            if len(every) > 1 and (yield from restores([one])):
                return self._default_cause([one])
        return None

    def _default_cause(self, passed: Sequence[tuple[ChangedDefault, str]]) -> Cause:
        change, value = passed[0]
        what = ", ".join(f"{one.parameter.name}={text}" for one, text in passed)
        evidence = (
            f"{self._name(self._new)} with {what} gives the result of {self._name(self._old)}"
        )
        return differing.by_default(
            change.called.name, change.parameter.name, value, change.new, evidence
        )

    def _signatures(self, side: Observed, calls: Sequence[Call]) -> Steps[Signatures]:
        """Read the signatures of what is called, in the environment of a side."""
        folder = self._case.script.rpartition("/")[0]
        files = program_files(folder, (call.called for call in calls))
        variant = Variant.of(side.cell, pins=side.cell.pins, files=files)
        path = f"{folder}/{PROGRAM}" if folder else PROGRAM
        result = yield Request(variant=variant, example=path)
        example = result.examples.get(path) if result else None
        return read_signatures(example.output) if example else {}

    def _restores(
        self, calls: Sequence[Call], passed: Sequence[tuple[ChangedDefault, str]]
    ) -> Steps[bool]:
        """Tell whether the new release gives the old result where values are passed."""
        arguments: list[Argument] = [change.argument(value) for change, value in passed]
        edited = with_arguments(self._case.source, calls, arguments)
        if edited is None:
            return False
        files = {self._case.script: edited}
        variant = Variant.of(self._new.cell, pins=self._new.cell.pins, files=files)
        found = yield from self._try(variant)
        return found.gives is Result.OLD


def _with(side: Observed, held: Sequence[tuple[str, str]], dependency: str) -> Variant:
    """Return the variant of a side with other versions of some packages."""
    return Variant.of(side.cell, pins=pins_with(side.versions, held, dependency))


def _names(refusal: str, package: str, version: str) -> bool:
    """Tell whether an installer's words name a package at a version, as ``keras==2.7.0``."""
    name = "[-_.]".join(map(re.escape, re.split("[-_.]", package)))
    pattern = rf"(?<![\w.-]){name}=={re.escape(version)}(?![\w+]|\.\w)"
    return re.search(pattern, refusal, re.IGNORECASE) is not None


def fewest(
    items: Sequence[ItemT],
    has_effect: Callable[[Sequence[ItemT]], Steps[bool]],
    most: int = MOST_TRIALS,
) -> Steps[tuple[ItemT, ...]]:
    """Return the smallest part of some items that has the effect that all of them have.

    It may not be the smallest where ``most`` trials are not enough.
    """
    parts = smallest(items, most)
    try:
        part = next(parts)
        while True:
            part = parts.send((yield from has_effect(part)))
    except StopIteration as end:
        found: tuple[ItemT, ...] = end.value
        return found
