"""What broke a release since its day and what mends it, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.counterfactual.drift_findings import Outcome
from tfcompat.util.text import duration, plural, visible

if TYPE_CHECKING:
    from tfcompat.counterfactual.drift_findings import Finding
    from tfcompat.search.drift_answers import CulpritAnswer, MendAnswer

SCHEMA = 1

_WITHOUT = {
    Outcome.WORKS: "it works in both: no package that moved breaks it",
    Outcome.GOOD_FAILS: "it does not work with the packages of the good day either",
    Outcome.NO_GOOD: "the environment of the good day cannot be made",
    Outcome.NO_BAD: "the environment of the bad day cannot be made, so nothing runs in it",
    Outcome.UNEXPLAINED: "it does not work with all packages held back either that both have",
}


def outcome_in_words(finding: Finding) -> str:
    """Return what a search that found no culprit says."""
    return _WITHOUT.get(finding.outcome, finding.outcome.value)


def culprit_json(answer: CulpritAnswer) -> dict[str, object]:
    """Return the answer of ``culprit`` for other programs."""
    finding = answer.finding
    return {
        **_asked(answer),
        "outcome": finding.outcome.value,
        "error": finding.error or None,
        "culprits": _culprits(finding),
        "proven": {"breaks_good": finding.breaks_good, "mends_bad": finding.mends_bad},
        "constraints": [one.constraint for one in finding.culprits],
        "environments": answer.environments,
        "seconds": round(answer.seconds, 1),
    }


def _asked(answer: CulpritAnswer | MendAnswer) -> dict[str, object]:
    """Return the fields that say what an answer is about."""
    one = answer.subject
    return {
        "schema": SCHEMA,
        "script": one.script,
        "dependency": one.dependency,
        "release": one.release,
        "python": one.python,
    }


def _culprits(finding: Finding) -> list[dict[str, object]]:
    return [
        {"package": one.package, "last_good": one.last_good, "first_bad": one.first_bad}
        for one in finding.culprits
    ]


def culprit_text(answer: CulpritAnswer) -> str:
    """Return the answer of ``culprit`` for a person."""
    finding = answer.finding
    lines = [_heading(answer), *_explained(finding)]
    if finding.culprits:
        lines.append(f"  constraint: {' '.join(one.constraint for one in finding.culprits)}")
    return "\n".join([*lines, _cost(answer)])


def _heading(answer: CulpritAnswer | MendAnswer) -> str:
    one = answer.subject
    return visible(f"{one.script} with {one.title} {one.release} on Python {one.python}")


def _explained(finding: Finding) -> list[str]:
    """Return the lines on one finding."""
    lines = [f"  {visible(finding.error)}"] if finding.error else []
    if finding.outcome is not Outcome.FOUND:
        return [*lines, f"  {_WITHOUT[finding.outcome]}"]
    lines += [
        f"  {one.package}: {one.last_good} works, {one.first_bad} does not"
        for one in finding.culprits
    ]
    names = " and ".join(one.package for one in finding.culprits)
    breaks = "breaks" if finding.breaks_good else "does not break"
    mends = "mends" if finding.mends_bad else "does not mend"
    needed = f" (and {', '.join(finding.companions)}, as required)" if finding.companions else ""
    lines.append(f"  moving {names} alone{needed} {breaks} the good environment")
    lines.append(f"  holding {names} back alone {mends} the bad one")
    return lines


def _cost(answer: CulpritAnswer | MendAnswer) -> str:
    return f"  {plural(answer.environments, 'environment')} built, {duration(answer.seconds)}"


def mend_json(answer: MendAnswer) -> dict[str, object]:
    """Return the answer of ``mend`` for other programs."""
    mending = answer.mending
    return {
        **_asked(answer),
        "works": mending.works,
        "needed": mending.is_needed,
        "constraints": list(mending.bounds),
        "requirements": list(answer.requirements),
        "culprits": [one for finding in mending.findings for one in _culprits(finding)],
        "proven": {"uv": mending.works, "pip": answer.works_with_pip},
        "error": mending.findings[-1].error or answer.pip_error or None,
        "environments": answer.environments,
        "seconds": round(answer.seconds, 1),
    }


def mend_text(answer: MendAnswer) -> str:
    """Return the answer of ``mend`` for a person."""
    mending = answer.mending
    lines = [_heading(answer)]
    if not mending.is_needed:
        lines.append("  works as installed today: nothing has to be added")
    for finding in mending.findings:
        lines += _explained(finding) if finding.outcome is not Outcome.WORKS else []
    if mending.works and mending.is_needed:
        words = " ".join(f"'{one}'" for one in answer.requirements)
        lines += ["", f"  pip install {words}", "", *_block(answer), "", f"  {_proof(answer)}"]
    return "\n".join([*lines, _cost(answer)])


def _block(answer: MendAnswer) -> list[str]:
    """Return the same as a block of PEP 723, which uv run and pipx run read."""
    listed = ", ".join(f'"{one}"' for one in answer.requirements)
    return [
        "  # /// script",
        f'  # requires-python = "=={answer.subject.python}.*"',
        f"  # dependencies = [{listed}]",
        "  # ///",
    ]


def _proof(answer: MendAnswer) -> str:
    if answer.works_with_pip is None:
        return "proven by an environment that uv made of it; plain pip was not tried"
    if answer.works_with_pip:
        return "proven by an environment that uv made of it, and by one that plain pip made"
    return f"it works as uv installs it, but not as pip does: {visible(answer.pip_error)}"
