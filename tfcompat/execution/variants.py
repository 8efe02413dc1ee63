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

from tfcompat.execution import workspace
from tfcompat.execution.cell_record import is_current, run_keys
from tfcompat.execution.engine import missing_runs
from tfcompat.execution.local_engine import local_evaluator
from tfcompat.planning.command import Command
from tfcompat.planning.variants import variant_of
from tfcompat.results.campaign import STATE

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from tfcompat.execution.cell import CellEvaluator
    from tfcompat.execution.local_engine import EnvironmentMaker
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.execution.rounds import ScriptRunner
    from tfcompat.execution.settings import RunSettings
    from tfcompat.planning.grid import Cell
    from tfcompat.results.campaign import Campaign
    from tfcompat.results.campaign_store import CampaignStore
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

    ``store`` is that of the variants, ``campaign`` that of the cells: a cell of the campaign that
    is what a variant would be is not made again. ``scripts`` run the examples of the campaign.
    """

    def __init__(
        self,
        *,
        settings: RunSettings,
        store: CampaignStore,
        campaign: Campaign,
        environments: EnvironmentMaker,
        scripts: ScriptRunner,
        progress: ProgressListener,
    ) -> None:
        self._settings = settings
        self._store = store
        self._campaign = campaign
        self._environments = environments
        self._scripts = scripts
        self._progress = progress
        self._evaluators: dict[str, CellEvaluator] = {}
        self._lock = threading.Lock()

    @property
    def built(self) -> Collection[str]:
        """The identifiers of the variants whose environments were made."""
        return self._environments.built

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
        keys = self._keys(self._scripts)
        current = {t: e for t, e in stored.examples.items() if e.key == keys.get(t)}
        if stored.verdict is None and missing_runs(current, wanted):
            return None
        return stored

    def _keys(self, scripts: ScriptRunner) -> dict[str, str]:
        return run_keys(scripts.copy, scripts.commands, self._settings)

    def _evaluator(self, files: Mapping[str, bytes]) -> CellEvaluator:
        """Return what evaluates cells whose runs see these files; made once for the same ones."""
        parts = sorted((path, hashlib.sha256(text).hexdigest()) for path, text in files.items())
        name = hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]
        with self._lock:
            if name not in self._evaluators:
                self._evaluators[name] = self._made_evaluator(name, files)
            return self._evaluators[name]

    def _made_evaluator(self, name: str, files: Mapping[str, bytes]) -> CellEvaluator:
        scripts = self._scripts
        if files:
            folder = scripts.workspace / f"study-{name}"
            copy = workspace.changed_copy(scripts.copy, folder, files)
            added = {path: Command(script=path) for path in files}
            scripts = replace(scripts, copy=copy, commands=added | dict(scripts.commands))
        return local_evaluator(
            settings=self._settings,
            keys=self._keys(scripts),
            store=self._store,
            environments=self._environments,
            scripts=scripts,
            progress=self._progress,
        )
