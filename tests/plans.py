"""Plans over a made-up index, with the Pythons that a test names."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from tfcompat.planning.cell_factory import CellFactory
from tfcompat.planning.default_python import OF_THE_DAY
from tfcompat.planning.grid import AvailablePythons
from tfcompat.planning.plan import Plan, baseline_cells

if TYPE_CHECKING:
    from pathlib import Path

    from fakes import FakeIndex

    from tfcompat.environments.index.client import PackageIndex
    from tfcompat.environments.interpreter_record import Interpreter
    from tfcompat.planning.default_python import PythonRule
    from tfcompat.planning.study import Study


def empty_plan(
    study: Study,
    index: FakeIndex,
    cache: Path,
    *found: Interpreter,
    examples: tuple[str, ...] | None = None,
    rule: PythonRule = OF_THE_DAY,
) -> Plan:
    """Return a plan of a study without cells: ``plan.cell`` makes them."""
    factory = CellFactory(
        dependency=study.analysis.dependency,
        index=cast("PackageIndex", index),
        cache=cache,
        available=AvailablePythons(found=found),
        rule=rule,
    )
    return Plan(
        study=study,
        examples=study.examples if examples is None else examples,
        cells=(),
        baselines=baseline_cells(study, factory),
        factory=factory,
    )
