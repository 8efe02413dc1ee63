"""Which packages cost the newer of two campaigns its scripts, as text, Markdown and JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfcompat.counterfactual.drift_findings import Outcome  # noqa: TC001 - a schema is made of it
from tfcompat.report.drifts import outcome_in_words
from tfcompat.results import printed
from tfcompat.util.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfcompat.search.proof_answers import Proof


@dataclass(frozen=True, kw_only=True)
class PrintedProof:
    """What was proven of a cell that lost scripts, by one of them; ``why`` it was not."""

    cell: str
    script: str
    lost: int
    outcome: Outcome | None
    constraints: tuple[str, ...]
    why: str | None


def as_json(found: Sequence[Proof]) -> list[dict[str, object]]:
    """Return what was proven of each cell, for other programs."""
    content: list[dict[str, object]] = printed.as_json(
        [
            PrintedProof(
                cell=one.identifier,
                script=one.script,
                lost=one.lost,
                outcome=one.answer.finding.outcome if one.answer else None,
                constraints=tuple(_constraints(one)),
                why=one.why or None,
            )
            for one in found
        ]
    )
    return content


def text(found: Sequence[Proof]) -> str:
    """Return a line for each cell that lost scripts."""
    if not found:
        return "no script that ran fails now: there is nothing to prove"
    return "\n".join(
        visible(
            f"{one.release} (Python {one.python}): {plural(one.lost, 'script')} lost; {_said(one)}"
        )
        for one in found
    )


def markdown(found: Sequence[Proof]) -> str:
    """Return a table with a row for each cell that lost scripts."""
    rows = [
        f"| {one.release} | {one.python} | {one.lost} | {visible(_said(one))} |".replace("\n", " ")
        for one in found
    ]
    head = ["| release | Python | scripts lost | proven |", "|---|---|--:|---|"]
    return "\n".join([*head, *rows])


def _constraints(one: Proof) -> list[str]:
    return [culprit.constraint for culprit in one.answer.finding.culprits] if one.answer else []


def _said(one: Proof) -> str:
    if one.answer is None:
        return one.why
    constraints = _constraints(one)
    if not constraints:
        return outcome_in_words(one.answer.finding)
    culprits = ", ".join(
        f"{culprit.package} {culprit.first_bad}" for culprit in one.answer.finding.culprits
    )
    return f"{culprits} broke it: {' '.join(constraints)}"
