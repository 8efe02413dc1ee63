"""Proves which packages cost a campaign its scripts: one script of each cell that lost some."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfcompat.errors import SelectionError, TfcompatError
from tfcompat.planning.plan import Selection
from tfcompat.results.verdicts import RUNS, Verdict
from tfcompat.search import drifts
from tfcompat.search.proof_answers import Proof
from tfcompat.search.request import SearchRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tfcompat.execution.campaign_run import RunOptions
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.results.schema import CellResult
    from tfcompat.search.drift_answers import CulpritAnswer
    from tfcompat.search.drifts import Question

_DAY = 10  # letters of a date, in an instant


@dataclass(frozen=True, kw_only=True)
class Loss:
    """A cell in which scripts run in the older of two campaigns and fail in the newer one.

    ``script`` is the one of them that ran fastest, ``lost`` how many there are.
    """

    old: CellResult
    new: CellResult
    script: str
    lost: int


def losses(old: Mapping[str, CellResult], new: Mapping[str, CellResult]) -> Iterator[Loss]:
    """Yield the cells of two campaigns that lost scripts, in the order of the older campaign."""
    for identifier, before in old.items():
        after = new.get(identifier)
        if after is None or before.environment is None or after.environment is None:
            continue
        lost = [
            test
            for test, runs in before.examples.items()
            if runs.failure is None and _ran(runs.verdict)
            if test in after.examples and after.examples[test].failure is not None
        ]
        if lost:
            fastest = min(lost, key=lambda test: before.examples[test].seconds)
            yield Loss(old=before, new=after, script=fastest, lost=len(lost))


def _ran(verdict: Verdict) -> bool:
    return verdict in RUNS or verdict is Verdict.NO_BASELINE


def prove(
    old: Mapping[str, CellResult],
    new: Mapping[str, CellResult],
    config: Path,
    options: RunOptions,
    progress: ProgressListener,
    find: Callable[[Question, RunOptions, ProgressListener], CulpritAnswer] = drifts.find_culprit,
) -> tuple[Proof, ...]:
    """Find the packages that cost the newer of two campaigns its scripts, by real environments.

    ``config`` is the file of their study. Raises UserError for what the user has to change.
    """
    proofs = []
    for loss in losses(old, new):
        question = _question(loss, config)
        environment = loss.old.environment
        assert environment is not None  # noqa: S101 - see losses
        progress.say(f"{loss.old.identifier}: {loss.script}")
        answer, why = None, ""
        try:
            answer = find(question, options, progress)
        except SelectionError:
            raise
        except TfcompatError as error:
            why = str(error)
        proofs.append(
            Proof(
                identifier=loss.old.identifier,
                release=environment.release,
                python=environment.python,
                script=loss.script,
                lost=loss.lost,
                answer=answer,
                why=why,
            )
        )
    return tuple(proofs)


def _question(loss: Loss, config: Path) -> Question:
    """Return what is asked of a cell: its script, as of the days of the two campaigns."""
    old, new = loss.old.environment, loss.new.environment
    assert old is not None  # noqa: S101 - see losses
    assert new is not None  # noqa: S101 - see losses
    if old.resolve == drifts.LATEST:
        msg = "--prove: the older campaign is of no day (--resolve latest), so none can be tried"
        raise SelectionError(msg)
    return drifts.Question(
        request=SearchRequest(
            selection=Selection(
                config=config,
                releases=(old.release,),
                pythons=(old.python,),
                tests=(loss.script,),
            )
        ),
        good=old.resolve,
        bad=(new.cut_off or "")[:_DAY] or drifts.LATEST,
    )
