"""What became of rewritten scripts, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.report.breaks import lines_of, sentence
from tfcompat.results.printed import RewrittenScript, RewrittenScripts
from tfcompat.results.verdicts import Verdict
from tfcompat.util.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tfcompat.search.fix_answers import FixAnswer

_BECAME = {
    Verdict.SAME: "it runs, and gives the same result",
    Verdict.DIFFERENT: "it runs, and gives another result",
    Verdict.FAILED: "it does not run",
    Verdict.UNBUILDABLE: "there is no environment to run it in",
    Verdict.NO_BASELINE: "it runs; there is nothing to compare it with",
    Verdict.UNKNOWN: "it could not be tried",
}


def printed(dependency: str, answers: Sequence[FixAnswer]) -> RewrittenScripts:
    """Return what became of each script, for other programs."""
    return RewrittenScripts(
        dependency=dependency,
        scripts=tuple(
            RewrittenScript(
                script=one.script,
                release=one.release,
                python=one.python,
                patch=one.patch,
                applied=tuple(break_.name for break_ in one.applied),
                left=tuple(break_.name for break_ in one.left),
                baseline=one.baseline,
                verdict=one.verdict,
                why=one.why or None,
            )
            for one in answers
        ),
    )


def text(dependency: str, answers: Sequence[FixAnswer]) -> str:
    """Return the patches, and what became of each script."""
    return "\n".join(line for one in answers for line in _lines(dependency, one))


def _lines(dependency: str, answer: FixAnswer) -> Iterator[str]:
    yield from (visible(line) for line in answer.patch.splitlines())
    done, left = len(answer.applied), len(answer.left)
    where = f"{answer.script} with {dependency} {answer.release}"
    yield visible(f"{where}: {plural(done, 'break')} rewritten, {left} left")
    yield from (f"  left, {lines_of(one)}: {sentence(one)}" for one in answer.left)
    if answer.verdict is not None:
        compared = f" (compared with {answer.baseline} as it is written)" if answer.baseline else ""
        why = f": {answer.why}" if answer.why else ""
        yield visible(f"  {_BECAME[answer.verdict]}{why}{compared}")
