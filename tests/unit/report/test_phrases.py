"""The sentence on an entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from reports import (
    BROKEN,
    FAILED,
    NO_PYTHON,
    NO_WHEEL,
    ONE,
    SAME,
    built,
    cell,
    entry_of,
    identifier,
    store,
)

from tfcompat.report import phrases
from tfcompat.results.differences import Difference, DifferenceKind
from tfcompat.results.figures import DrawnFigure
from tfcompat.results.verdicts import Basis, Cause, CauseKind, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.report import model


DRAWN = SAME.model_copy(update={"figures": [DrawnFigure(width=4, height=3)]})
REDRAWN = DRAWN.model_copy(
    update={"first_difference": Difference(kind=DifferenceKind.FIGURE, figure=1)}
)


@pytest.mark.parametrize(
    ("entry", "part"),
    [
        (
            entry_of(SAME, verdict=Verdict.SAME, basis=Basis.NOISE, baseline=identifier("1.12.3")),
            "printed, up to the noise between the baseline's own runs (1.12.3 on Python 3.6).",
        ),
        (
            entry_of(SAME, verdict=Verdict.DIFFERENT, baseline=identifier("1.12.3")),
            "but prints something else than its baseline (1.12.3 on Python 3.6).",
        ),
        (
            entry_of(DRAWN, verdict=Verdict.SAME, basis=Basis.EXACT, baseline=identifier("1.12.3")),
            "and prints and draws what its baseline did (1.12.3 on Python 3.6).",
        ),
        (
            entry_of(REDRAWN, verdict=Verdict.DIFFERENT, baseline=identifier("1.12.3")),
            "but draws something else than its baseline (1.12.3 on Python 3.6).",
        ),
        (entry_of(FAILED, BROKEN, verdict=Verdict.FAILED), "3.6: no attribute 'mul'"),
        (entry_of(FAILED, verdict=Verdict.FAILED), "It does not run with tensorflow 1.4.0"),
        (
            entry_of(None, NO_WHEEL, verdict=Verdict.UNBUILDABLE),
            "There is no environment with tensorflow 1.4.0 on Python 3.6: no wheel",
        ),
        (
            entry_of(
                SAME,
                Cause(kind=CauseKind.UNSTABLE_BASELINE, message="prints nothing stable"),
                verdict=Verdict.NO_BASELINE,
            ),
            "It ran with tensorflow 1.4.0 on Python 3.6, but there is nothing to compare it with",
        ),
        (entry_of(None, NO_PYTHON, verdict=Verdict.UNKNOWN), "It could not be tried with"),
        (
            entry_of(
                SAME,
                Cause(kind=CauseKind.BASELINE_UNAVAILABLE, message="not run yet"),
                verdict=Verdict.UNKNOWN,
            ),
            "but its baseline was not available here: not run yet",
        ),
        (entry_of(SAME, verdict=Verdict.UNKNOWN), "has not been judged"),
    ],
)
def test_sentences(entry: model.Entry, part: str) -> None:
    assert part in phrases.sentence(entry)


def test_the_baseline_itself_is_marked(tmp_path: Path) -> None:
    own = SAME.model_copy(update={"baseline": identifier("1.0.0")})
    shown = built(store(tmp_path, cell("1.0.0", {ONE: own})))
    (entry,) = shown.entries.values()
    assert entry.is_baseline
    assert "is the baseline" in phrases.sentence(entry)
