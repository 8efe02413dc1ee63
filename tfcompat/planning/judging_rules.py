"""The rules of a study by which its runs are judged: compiled masks and tolerances, repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.judging.judge import JudgingRules
from tfcompat.judging.output.masks import load_masks, study_masks
from tfcompat.judging.output.tolerance import Tolerance
from tfcompat.util.user_patterns import UserPattern

if TYPE_CHECKING:
    from tfcompat.planning.schema import ExampleTolerance
    from tfcompat.planning.study import Study


def judging_rules(study: Study) -> JudgingRules:
    """Return the rules by which the runs of a study are judged.

    The study's masks come first: one of those that ship could take away the text that they look
    for.
    """
    settings = study.analysis
    lines = tuple(
        (
            UserPattern(f"tolerance.lines {pattern!r}", pattern),
            Tolerance(limits.relative, limits.absolute),
        )
        for pattern, limits in settings.tolerance.lines.items()
    )

    def tolerance(limits: ExampleTolerance) -> Tolerance:
        return Tolerance(limits.relative, limits.absolute, lines, limits.figures)

    return JudgingRules(
        dependency=settings.dependency,
        module=study.project.module if study.project else "",
        masks=(*study_masks(settings.mask, UserPattern), *load_masks()),
        tolerance=tolerance(settings.tolerance),
        tolerances={example: tolerance(study.tolerance(example)) for example in study.tests},
        repeats=settings.repeats,
    )
