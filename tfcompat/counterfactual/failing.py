"""Whether a package beside the library makes a release fail, and which one. Pure.

Of two neighbours, one runs an example and the other does not. Often a name of the library is gone,
and nothing has to be tried. Else the one that runs is given the packages of the other: if it then
fails in the same way, it is these. It may not admit them; then the one that fails is given those of
the other, and it is these if it runs. The fewest that suffice are found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tfcompat.counterfactual.experiment import Move, Request, fewest
from tfcompat.counterfactual.packages import moved_packages
from tfcompat.judging.failed_run import FailedRun
from tfcompat.results.verdicts import CauseKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tfcompat.counterfactual.experiment import Observed, Steps
    from tfcompat.counterfactual.packages import MovedPackage
    from tfcompat.results.schema import Run
    from tfcompat.results.verdicts import Cause

# Of all others it is known already what is at fault, or it is none of what is installed.
_KINDS = (CauseKind.REMOVED_API, CauseKind.CHANGED_API, CauseKind.BEHAVIOUR, CauseKind.OTHER)


@dataclass(frozen=True, kw_only=True)
class FailingCase:
    """An example, by its path, that runs in ``good`` and fails in ``bad``.

    ``library`` is the name of the library as people write it, ``module`` what is imported of it.
    """

    test: str
    good: Observed
    bad: Observed
    library: str
    module: str

    @property
    def is_open(self) -> bool:
        """Whether packages beside the library may be at fault."""
        cause = self.bad.example.cause
        if cause is None or cause.kind not in _KINDS or cause.package:
            return False
        failed = self._failed(self.bad.example.failure)
        return failed is not None and not (cause.symbol and failed.is_own(cause.symbol))

    def fails_alike(self, run: Run | None) -> bool:
        """Tell whether a run fails as the bad one does: with the same words."""
        here, there = self._failed(run), self._failed(self.bad.example.failure)
        if here is None or there is None or here.raised is None or there.raised is None:
            return False
        return here.raised.headline == there.raised.headline

    def _failed(self, run: Run | None) -> FailedRun | None:
        if run is None:
            return None
        dependency = self.bad.result.inputs.dependency
        return FailedRun(run, self.test, dependency, module=self.module)


def find_package(case: FailingCase) -> Steps[Cause | None]:
    """Return the cause of a failure with the packages that make it; None where none do."""
    cause = case.bad.example.cause
    dependency = case.bad.result.inputs.dependency
    moved = [
        one
        for one in moved_packages(case.good.versions, case.bad.versions, dependency)
        # It moves with every day, and where it is at fault its own files are in the traceback.
        if one.name != "setuptools"
    ]
    forth = Move(side=case.good, dependency=dependency, newer=True)
    back = Move(side=case.bad, dependency=dependency, newer=False)
    for move, shows in ((forth, "fails in the same way"), (back, "runs")):
        part = yield from _all_admitted(case, move, moved)
        if not part or cause is None:
            continue

        def has_effect(some: Sequence[MovedPackage], move: Move = move) -> Steps[bool]:
            found = yield from _try(case, move, some)
            return found.has_effect

        fewer = yield from fewest(part, has_effect)
        what = ", ".join(f"{one.name} {move.version(one)}" for one in fewer)
        release = move.side.cell.release
        return replace(
            cause,
            package=fewer[0].name,
            old=fewer[0].old,
            new=fewer[0].new,
            evidence=f"{case.library} {release} with {what} {shows}",
        )
    return None


@dataclass(frozen=True, kw_only=True)
class _Trial:
    """Whether moving packages makes a release answer as the other; why it has no environment."""

    has_effect: bool
    refusal: str = ""


def _all_admitted(
    case: FailingCase, move: Move, moved: Sequence[MovedPackage]
) -> Steps[tuple[MovedPackage, ...]]:
    """Return the packages that a release admits, where moving all of them has the effect."""
    part: tuple[MovedPackage, ...] = tuple(moved)
    while part:
        found = yield from _try(case, move, part)
        left = move.admitted(part, found.refusal)
        if left == part:
            return part if found.has_effect else ()
        part = left
    return ()


def _try(case: FailingCase, move: Move, part: Sequence[MovedPackage]) -> Steps[_Trial]:
    """Move some packages of one release: the good one is to fail alike, the bad one to run."""
    result = yield Request(variant=move.variant(part), example=case.test)
    if result is None or result.verdict is not None:
        refusal = result.cause.message if result and result.cause else ""
        return _Trial(has_effect=False, refusal=refusal)
    example = result.examples.get(case.test)
    if example is None:
        return _Trial(has_effect=False)
    failure = example.failure
    return _Trial(has_effect=case.fails_alike(failure) if move.newer else failure is None)
