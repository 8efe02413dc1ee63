"""Runs examples in variants of cells; their results lie apart from those of the campaign.

A variant is a cell with other packages, as of another instant or with other files. What was found
of one is stored below ``.state`` of the results, and asking again costs nothing. No report and no
verdict reads it.
"""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from tfcompat.execution.cell_record import is_current
from tfcompat.execution.engine import missing_runs
from tfcompat.execution.workspace import changed_copy
from tfcompat.planning.command import Command
from tfcompat.planning.variants import variant_of
from tfcompat.results.campaign import STATE

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path

    from tfcompat.execution.cell import CellEvaluator
    from tfcompat.execution.settings import RunSettings
    from tfcompat.execution.workspace import StudyCopy
    from tfcompat.planning.grid import Cell
    from tfcompat.results.campaign import Campaign
    from tfcompat.results.schema import CellResult


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A variant of a cell, and the ``files`` that its runs see in place of the study's, by path."""

    cell: Cell
    files: Mapping[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        cell: Cell,
        *,
        pins: Iterable[str] = (),
        as_of: dt.datetime | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> Variant:
        """Return the variant of a cell with other packages, another instant or other files."""
        files = files or {}
        return cls(cell=variant_of(cell, pins=pins, as_of=as_of, files=files), files=files)


class VariantRunner(Protocol):
    """Brings variants to as many runs as are wanted."""

    @property
    def built(self) -> Collection[str]:
        """The identifiers of the variants whose environments were made."""

    def run(self, variant: Variant, wanted: Mapping[str, int]) -> CellResult:
        """Return a variant with the wanted runs, by example, made now or before.

        The result has a verdict where it has no environment or could not be tried.
        """


def variants_folder(results: Path) -> Path:
    """Return the folder below a results folder in which variants are stored."""
    return results / STATE / "variants"


class VariantEvaluator:
    """Runs variants with what a command evaluates cells with.

    A cell of the ``campaign`` that is what a variant would be is not made again. ``copy``,
    ``commands`` and ``keys`` are those of its examples, ``workspace`` is where changed copies go.
    ``evaluator`` makes what evaluates cells whose runs see a copy, and stores them as variants.
    """

    def __init__(
        self,
        *,
        settings: RunSettings,
        campaign: Campaign,
        keys: Mapping[str, str],
        copy: StudyCopy,
        commands: Mapping[str, Command],
        workspace: Path,
        evaluator: Callable[[StudyCopy, Mapping[str, Command]], CellEvaluator],
    ) -> None:
        self._settings = settings
        self._campaign = campaign
        self._keys = keys
        self._copy = copy
        self._commands = commands
        self._workspace = workspace
        self._evaluator_of = evaluator
        self._evaluators: dict[str, CellEvaluator] = {}
        self._lock = threading.Lock()

    @property
    def built(self) -> Collection[str]:
        """The identifiers of the variants whose environments were made."""
        return set().union(*(one.built for one in self._evaluators.values()))

    def run(self, variant: Variant, wanted: Mapping[str, int]) -> CellResult:
        """Return a variant with the wanted runs; raise InterruptedRunError where all is stopped."""
        cell = variant.cell
        known = self._in_campaign(variant, wanted)
        if known is not None:
            return known
        evaluator = self._evaluator(variant.files)
        evaluator.acquire(cell)
        try:
            result = evaluator.run(cell, wanted)
            return evaluator.finish(cell, wanted) if result.verdict is None else result
        finally:
            evaluator.release(cell)

    def _in_campaign(self, variant: Variant, wanted: Mapping[str, int]) -> CellResult | None:
        """Return the cell of the campaign that is what a variant would be, if it has the runs."""
        if variant.files or variant.cell.pins:
            return None
        plain = replace(variant.cell, variant="")
        stored = self._campaign.known(plain.identifier)
        if stored is None or not is_current(self._settings, plain, stored):
            return None
        current = {t: e for t, e in stored.examples.items() if e.key == self._keys.get(t)}
        if stored.verdict is None and missing_runs(current, wanted):
            return None
        return stored

    def _evaluator(self, files: Mapping[str, bytes]) -> CellEvaluator:
        """Return what evaluates cells whose runs see these files; made once for the same ones."""
        parts = sorted((path, hashlib.sha256(text).hexdigest()) for path, text in files.items())
        name = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]
        with self._lock:
            if name not in self._evaluators:
                self._evaluators[name] = self._made_evaluator(name, files)
            return self._evaluators[name]

    def _made_evaluator(self, name: str, files: Mapping[str, bytes]) -> CellEvaluator:
        if not files:
            return self._evaluator_of(self._copy, self._commands)
        copy = changed_copy(self._copy, self._workspace / f"study-{name}", files)
        added = {path: Command(script=path) for path in files}
        return self._evaluator_of(copy, added | dict(self._commands))
