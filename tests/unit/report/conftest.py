"""Reports that several tests show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from reports import (
    FAILED,
    NO_PYTHON,
    NO_WHEEL,
    ONE,
    SAME,
    TWO,
    built,
    cell,
    store,
    write,
)

from tfcompat.results.verdicts import Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.report import model


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return store(
        tmp_path / "results",
        cell("1.10.0", {ONE: SAME, TWO: FAILED}),
        cell("1.9.0", {ONE: FAILED, TWO: FAILED}, python="3.10"),
        cell("1.9.0", {ONE: SAME}, python="3.6"),
        cell("2.0.0", tests=(ONE, TWO), verdict=Verdict.UNBUILDABLE, cause=NO_WHEEL),
        cell("2.3.4", tests=(ONE, TWO), verdict=Verdict.UNKNOWN, cause=NO_PYTHON, python="3.8"),
    )


@pytest.fixture
def shown(tmp_path: Path) -> model.Report:
    return built(write(tmp_path / "results"))
