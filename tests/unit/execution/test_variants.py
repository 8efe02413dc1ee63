"""Variants of cells: run once, stored apart, and never taken for a cell of the campaign."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import pytest
from fakes import (
    FakeEnvironments,
    FakeLaunchers,
    FakeProgress,
    Started,
    made_up_cell,
    made_up_plan,
    plain_commands,
    run_settings,
)

from tfcompat.execution.cell_record import run_keys
from tfcompat.execution.local_engine import local_evaluator
from tfcompat.execution.resources import CoreSlots
from tfcompat.execution.rounds import ScriptRunner
from tfcompat.execution.variants import Variant, VariantEvaluator, variants_folder
from tfcompat.execution.workspace import changed_copy, take_copy
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.schema import Run, example_of
from tfcompat.results.timings import Timings
from tfcompat.results.verdicts import Cause, CauseKind, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfcompat.execution.cell import CellEvaluator
    from tfcompat.execution.workspace import StudyCopy
    from tfcompat.planning.command import Command
    from tfcompat.planning.grid import Cell

TEST = "ex/a.py"


@dataclass
class Here:
    folder: Path
    environments: FakeEnvironments = field(default_factory=FakeEnvironments)
    launchers: FakeLaunchers = field(default_factory=FakeLaunchers)

    def __post_init__(self) -> None:
        root = self.folder / "root"
        (root / "ex").mkdir(parents=True)
        (root / TEST).write_text("print(1)\n", encoding="utf-8")
        self.copy = take_copy(root, ["ex"], self.folder / "study")
        self.campaign = CampaignStore(self.folder / "results")
        self.campaign.open(dependency="foo", resolve="release")
        self.store = CampaignStore(variants_folder(self.campaign.folder))

    @property
    def cell(self) -> Cell:
        return made_up_plan(self.folder, (TEST,), {}).cells[0]

    def evaluator(self) -> VariantEvaluator:
        settings = run_settings()
        # Each command has a workspace of its own.
        work = Path(mkdtemp(prefix="work-", dir=self.folder))
        scripts = ScriptRunner(
            workspace=work,
            copy=self.copy,
            commands=plain_commands((TEST,)),
            slots=CoreSlots(self.folder / "cores", 1),
            timings=Timings({}),
            settings=settings,
            launchers=self.launchers,
        )

        def evaluator(copy: StudyCopy, commands: Mapping[str, Command]) -> CellEvaluator:
            return local_evaluator(
                settings=settings,
                keys=run_keys(copy, commands, settings),
                store=self.store,
                environments=self.environments,
                scripts=replace(scripts, copy=copy, commands=commands),
                progress=FakeProgress(),
            )

        return VariantEvaluator(
            settings=settings,
            campaign=self.campaign,
            keys=run_keys(self.copy, scripts.commands, settings),
            copy=self.copy,
            commands=scripts.commands,
            workspace=work,
            evaluator=evaluator,
        )


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


def test_a_variant_is_stored_apart_and_made_once(here: Here) -> None:
    variant = Variant.of(here.cell, pins=["bar==2"])
    first = here.evaluator().run(variant, {TEST: 2})
    assert len(first.examples[TEST].all_runs) == 2
    assert first.environment
    assert first.environment.pins == ["bar==2"]
    # Neither the campaign nor a report knows of it.
    assert (here.campaign.cells(), here.campaign.unknown()) == ({}, {})
    assert here.campaign.known(here.cell.identifier) is None
    assert list(here.store.cells()) == [variant.cell.identifier]
    again = here.evaluator().run(variant, {TEST: 2})
    assert again.examples == first.examples
    assert here.environments.asked == [variant.cell.identifier]


def test_more_runs_are_added_to_those_that_are_stored(here: Here) -> None:
    variant = Variant.of(here.cell)
    here.evaluator().run(variant, {TEST: 1})
    result = here.evaluator().run(variant, {TEST: 3})
    assert (len(result.examples[TEST].all_runs), len(here.launchers.runs)) == (3, 3)


def test_other_files_are_seen_by_the_runs_of_that_variant_alone(here: Here) -> None:
    seen = []

    def answer(started: Started) -> Run:
        study = next(here.folder.glob("work-*/*-launcher/scratch-*/study"))
        text = study.joinpath(started.test).read_text(encoding="utf-8")
        seen.append((started.identifier, text))
        return Run(retval=0, seconds=1, output=[text])

    here.launchers = FakeLaunchers(answer)
    edited = {TEST: b"print(2)\n", "ex/more.py": b"print(3)\n"}
    plain, other = Variant.of(here.cell), Variant.of(here.cell, files=edited)
    evaluator = here.evaluator()
    evaluator.run(plain, {TEST: 1})
    result = evaluator.run(other, {TEST: 1, "ex/more.py": 1})
    assert sorted(text for name, text in seen if name == other.cell.identifier) == [
        "print(2)\n", "print(3)\n",
    ]  # fmt: skip
    assert (plain.cell.identifier, "print(1)\n") in seen
    assert set(result.examples) == {TEST, "ex/more.py"}
    # Asked again in turn, neither runs again.
    evaluator.run(plain, {TEST: 1})
    here.evaluator().run(other, {TEST: 1})
    assert len(seen) == 3


def test_what_cannot_be_tried_is_tried_again(here: Here) -> None:
    variant = Variant.of(here.cell, pins=["bar==2"])
    here.environments = FakeEnvironments(Cause(kind=CauseKind.NETWORK, message="no network"))
    assert here.evaluator().run(variant, {TEST: 1}).verdict is Verdict.UNKNOWN
    here.environments = FakeEnvironments()
    assert here.evaluator().run(variant, {TEST: 1}).verdict is None
    conflict = Variant.of(here.cell, pins=["bar==3"])
    here.environments = FakeEnvironments(Cause(kind=CauseKind.CONFLICT, message="no"))
    for _ in range(2):
        assert here.evaluator().run(conflict, {TEST: 1}).verdict is Verdict.UNBUILDABLE
    assert len(here.environments.asked) == 1


def test_a_cell_of_the_campaign_that_is_the_same_is_not_made_again(here: Here) -> None:
    cell = here.cell
    keys = run_keys(here.copy, plain_commands((TEST,)), run_settings())
    run = Run(retval=0, seconds=1, output=["stored\n"])
    stored = made_up_cell(cell, {TEST: example_of([run], key=keys[TEST])})
    here.campaign.finish(stored)
    found = here.evaluator().run(Variant.of(cell), {TEST: 1})
    assert found.examples[TEST].output == ["stored\n"]
    assert here.environments.asked == []
    # Other packages, or more runs than are there, are another matter.
    here.evaluator().run(Variant.of(cell, pins=["bar==1"]), {TEST: 1})
    here.evaluator().run(Variant.of(cell), {TEST: 2})
    assert len(here.environments.asked) == 2


def test_a_copy_with_other_files(here: Here, tmp_path: Path) -> None:
    changed = changed_copy(here.copy, tmp_path / "other", {"ex/new/b.py": b"2"})
    assert (changed.folder / "ex/new/b.py").read_bytes() == b"2"
    assert (changed.folder / TEST).exists()
    assert changed.key(TEST, [TEST]) != here.copy.key(TEST, [TEST])
    assert not (here.copy.folder / "ex/new").exists()
