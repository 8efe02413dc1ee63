"""Confirms predicted breaks: asks an environment of the release, without running the script.

Each name is looked up and each call is bound there, as the script would do it. So also what a run
would never reach, since it ends at the first break, is seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tfcompat.breaks.asking import run_program
from tfcompat.breaks.findings import Witness
from tfcompat.environments.base import BuildFailure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tfcompat.breaks.findings import Break, Prediction, ScriptForecast
    from tfcompat.breaks.uses import Use
    from tfcompat.execution.environment_builder import EnvironmentBuilder
    from tfcompat.planning.grid import Cell

_NOT_PASSED = "the call can be bound; what it is given may be for something else"


@dataclass(frozen=True, kw_only=True)
class Confirmer:
    """Confirms the breaks of scripts, release by release, each in an environment."""

    builder: EnvironmentBuilder
    roots: Sequence[str]
    cells: Mapping[str, Cell]

    def confirm(self, forecasts: Sequence[ScriptForecast]) -> tuple[ScriptForecast, ...]:
        """Return forecasts with a witness for each break.

        ``cells`` are those of the releases by their names. An environment serves all scripts.
        """
        confirmed: dict[tuple[str, str], Prediction] = {}
        for release, cell in self.cells.items():
            found = {
                one.script: (prediction, one.uses)
                for one in forecasts
                for prediction in one.predictions
                if prediction.offer.release == release and prediction.breaks
            }
            if found:
                for script, prediction in self._ask(cell, found).items():
                    confirmed[script, release] = prediction
        return tuple(
            replace(one, predictions=tuple(
                confirmed.get((one.script, prediction.offer.release), prediction)
                for prediction in one.predictions
            ))
            for one in forecasts
        )  # fmt: skip

    def _ask(
        self, cell: Cell, found: Mapping[str, tuple[Prediction, Sequence[Use]]]
    ) -> dict[str, Prediction]:
        """Return the predictions for scripts at one release, with witnesses."""
        self.builder.acquire(cell)
        try:
            built = self.builder.environment(cell)
            if isinstance(built, BuildFailure):
                why = f"there is no environment: {built.cause.message}"
                return {script: _unknown(one, why) for script, (one, _) in found.items()}
            answers = {}
            for number, (script, (prediction, uses)) in enumerate(found.items()):
                asked = {
                    "roots": list(self.roots),
                    "modules": sorted({use.name for use in uses if use.is_import}),
                    "questions": [question(one, uses) for one in prediction.breaks],
                }
                folder = self.builder.owner / f"witness-{cell.identifier}-{number}"
                answer = run_program("witness_program.py", asked, built, folder, bool)
                answers[script] = _read(prediction, answer)
            return answers
        finally:
            self.builder.release(cell)


def question(one: Break, uses: Sequence[Use]) -> dict[str, Any]:
    """Return what ``witness_program`` is asked of a break; ``uses`` are those of the script."""
    own = [use for use in uses if use.name == one.name and use.line in one.lines]
    call: dict[str, Any] | None = None
    if one.kind == "argument":
        call = {"positional": 0, "keywords": [one.argument], "partial": True}
    elif one.kind == "signature":
        shape = next(use.call for use in own if use.call is not None)
        call = {
            "positional": shape.positional,
            "keywords": list(shape.keywords),
            "partial": shape.is_open,
        }
    return {
        "name": one.name,
        "is_member": any(use.is_member for use in own),
        "is_import": any(use.is_import for use in own),
        "call": call,
    }


def _read(prediction: Prediction, answer: Mapping[str, Any] | str) -> Prediction:
    if isinstance(answer, str):
        return _unknown(prediction, answer)
    if "error" in answer:
        return _unknown(prediction, f"the library cannot be imported: {answer['error']}")
    breaks = (
        replace(one, witness=_witness(one, word, words))
        for one, (word, words) in zip(prediction.breaks, answer["answers"], strict=True)
    )
    return replace(prediction, breaks=tuple(breaks))


def _witness(one: Break, word: str, words: str) -> Witness:
    if word == "fails":
        return Witness(answer="fails", words=words)
    if word == "there" and one.kind == "signature":
        return Witness(answer="unknown", words=_NOT_PASSED)
    return Witness(answer="there") if word == "there" else Witness(answer="unknown", words=words)


def _unknown(prediction: Prediction, why: str) -> Prediction:
    witness = Witness(answer="unknown", words=why)
    breaks = tuple(replace(one, witness=witness) for one in prediction.breaks)
    return replace(prediction, breaks=breaks)
