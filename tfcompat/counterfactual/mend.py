"""The loosest bounds with which a release works on a day on which it does not by itself. Pure.

Each culprit gives one bound. As long as the environment with all bounds does not work, what breaks
it then is looked for in the same way.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tfcompat.counterfactual.culprit import CulpritSearch
from tfcompat.counterfactual.drift_findings import Mending

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from packaging.version import Version

    from tfcompat.counterfactual.culprit import Drift
    from tfcompat.counterfactual.drift_findings import Finding
    from tfcompat.counterfactual.experiment import Steps
    from tfcompat.judging.judge import Judge

_MOST_BOUNDS = 6


def mend(
    drift: Drift, judge: Judge, releases: Callable[[str], Sequence[Version]]
) -> Steps[Mending]:
    """Find bounds until the release works, or until nothing more is found."""
    findings: list[Finding] = []
    bounds: list[str] = []
    while True:
        bounded = replace(drift, bounds=(*drift.bounds, *bounds))
        finding = yield from CulpritSearch(bounded, judge, releases).steps()
        findings.append(finding)
        new = [one.constraint for one in finding.culprits if one.constraint not in bounds]
        if not new or len(bounds) + len(new) > _MOST_BOUNDS:
            return Mending(findings=tuple(findings), bounds=tuple(bounds))
        # A package that breaks twice has its lower bound alone.
        again = {one.package for one in finding.culprits}
        bounds = [bound for bound in bounds if _package(bound) not in again] + new


def _package(bound: str) -> str:
    return bound.partition("<")[0].partition(">")[0]
