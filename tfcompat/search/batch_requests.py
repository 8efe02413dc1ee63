"""The requests of ``frontier --batch``: what a table does not say, the command line does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tfcompat.search.request import own_study, results_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from tfcompat.search.cases import Case
    from tfcompat.search.request import SearchRequest


@dataclass(frozen=True)
class BatchRequests:
    """Requests for the cases of a table. ``given`` is what the command line says of all of them."""

    given: SearchRequest

    def key(self, case: Case) -> Hashable:
        """Return what cases have in common that can share their environments.

        Raises UserError where the script cannot be read, or its library cannot be told.
        """
        study = own_study(self._alone(case))
        analysis = study.analysis
        requirements = tuple(sorted((*analysis.requirements, *analysis.constraints)))
        return study.root, analysis.dependency, requirements, case.requirements, case.python

    def of(self, cases: Sequence[Case]) -> SearchRequest:
        """Return the request for cases of one key."""
        first = self._alone(cases[0])
        asked = replace(
            first,
            scripts=tuple(case.script for case in cases),
            baselines={case.script: case.baseline for case in cases if case.baseline},
        )
        if self.given.results is None:
            return asked
        return replace(asked, results=self.given.results / results_of(own_study(first)).name)

    def _alone(self, case: Case) -> SearchRequest:
        given = self.given
        pythons = (case.python,) if case.python else given.selection.pythons
        return replace(
            given,
            selection=replace(given.selection, pythons=pythons),
            scripts=(case.script,),
            dependency=case.dependency or given.dependency,
            requirements=(*given.requirements, *case.requirements),
            baselines={case.script: case.baseline} if case.baseline else {},
        )
