"""Searches scripts as a request says, and by itself with what they need and nobody declared.

Only for scripts without a study: a study says itself what its examples need. A package that runs
lack is required from then on, and a Python is named where the script runs on another one alone.
Both are reported, and are part of the answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from tfcompat.environments.index.contents import contents_of
from tfcompat.errors import TfcompatError
from tfcompat.planning.schema import STORED
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.search.advice import RunsNowhereError
from tfcompat.search.request import makes_own_study, plan_of
from tfcompat.search.search import search
from tfcompat.search.trials import NeedsPackageError
from tfcompat.util import package_names

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tfcompat.environments.index.client import PackageIndex
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.execution.sites import Site
    from tfcompat.planning.plan import Plan
    from tfcompat.search.request import SearchRequest
    from tfcompat.search.search import SearchOptions, SearchResult

# So many packages that nobody declared are required by the search itself.
_MOST_PACKAGES = 3

# How much longer than with other releases a script may take, beyond a minute: an old release may
# never end, and each would take the ten minutes of the limit.
_PATIENCE = 30.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a search of a request found, in which folder its results are, and what was ``added``.

    ``added`` are words such as ``with pandas, which it needs``, or what it was compared with.
    """

    result: SearchResult
    results: Path
    added: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What plans and searches, and whether the index has a package; tests have others."""

    plan_of: Callable[[SearchRequest], tuple[Plan, Path]] = plan_of
    search: Callable[[Plan, SearchOptions, ProgressListener], SearchResult] = search
    brings: Callable[[PackageIndex, str], bool] | None = None

    @classmethod
    def at(cls, site: Site) -> Tools:
        """Return what plans for a site, and has cells run there."""
        return cls(plan_of=partial(plan_of, site=site), search=partial(search, site=site))


def search_request(
    request: SearchRequest,
    options: SearchOptions,
    progress: ProgressListener,
    tools: Tools | None = None,
    *,
    adds: bool = True,
) -> Answer:
    """Search the scripts of a request for where they break.

    Unless it ``adds``, the search is as the request says, whatever the scripts need.
    Raises UserError for what the user has to change, such as a script that runs nowhere, and
    IndexUnavailableError without a network.
    """
    return _AdHocSearch(request, options, progress, tools or Tools(), adds=adds).run()


class _AdHocSearch:
    """One request, and what the search adds to it as it goes on."""

    def __init__(
        self,
        request: SearchRequest,
        options: SearchOptions,
        progress: ProgressListener,
        tools: Tools,
        *,
        adds: bool,
    ) -> None:
        self._request = request
        self._options = options
        self._progress = progress
        self._tools = tools
        self._adds = adds
        self._begun = monotonic()
        self._packages: list[str] = []
        self._refused: set[str] = set()
        self._python: str | None = None
        # Environments that searches made which were given up: those of the present request, whose
        # cells are stored, and all others.
        self._slow: frozenset[str] = frozenset()
        self._built: frozenset[str] = frozenset()
        self._built_before = 0

    def run(self) -> Answer:
        said: set[str] = set()
        before: Path | None = None
        while True:
            plan, results = self._tools.plan_of(self._with_needs())
            if before is not None:
                _carry_over(before, results)
            before = results
            for note in plan.study.notes():
                if note not in said:
                    said.add(note)
                    self._progress.say(note)
            try:
                found = self._tools.search(
                    plan, self._search_options(plan, results), self._progress
                )
            except NeedsPackageError as need:
                self._built |= need.built
                self._slow |= need.slow
                self._require(plan, need)
            except RunsNowhereError as error:
                self._built |= error.built
                if not self._try_python(plan, error) and not self._give_up_packages(str(error)):
                    raise
            else:
                if _lacks_baseline(found) and self._give_up_packages("a baseline cannot be built"):
                    continue
                return Answer(
                    result=self._with_all(found, monotonic() - self._begun),
                    results=results,
                    added=tuple(self._added()),
                )

    def _with_all(self, found: SearchResult, seconds: float) -> SearchResult:
        """Return what was found with all that it cost, also of searches that were given up."""
        if not self._built and not self._built_before:
            return found
        return replace(
            found,
            built=found.built + len(self._built) + self._built_before,
            stored=max(0, found.stored - len(self._built)),
            seconds=seconds,
        )

    def _begin_anew(self) -> None:
        """Count what was built so far apart: another request has cells of its own."""
        self._built_before += len(self._built)
        self._built = frozenset()

    def _with_needs(self) -> SearchRequest:
        """Return the request with what was added to it."""
        request = replace(
            self._request, requirements=(*self._request.requirements, *self._packages)
        )
        if self._python is None:
            return request
        return replace(request, selection=replace(request.selection, pythons=(self._python,)))

    def _search_options(self, plan: Plan, results: Path) -> SearchOptions:
        given = None
        if self._may_add(plan) and len(self._packages) < _MOST_PACKAGES:
            given = frozenset({*self._packages, *self._refused})
        run = replace(
            self._options.run,
            results=results,
            added=frozenset(self._packages),
            patience=_PATIENCE if makes_own_study(self._request, plan) else None,
        )
        minutes = self._options.minutes
        if minutes is not None:
            minutes = max(0.0, minutes - (monotonic() - self._begun) / 60)
        return replace(self._options, given=given, slow=self._slow, run=run, minutes=minutes)

    def _may_add(self, plan: Plan) -> bool:
        return self._adds and makes_own_study(self._request, plan)

    def _require(self, plan: Plan, need: NeedsPackageError) -> None:
        """Require a package that a run lacks, if the index has it for sure."""
        brings = self._tools.brings or brings_its_module
        if not brings(plan.index, need.package):
            self._refused.add(need.package)
            return
        self._begin_anew()
        self._packages.append(need.package)
        self._progress.say(f"{need.why}; searching again with {need.package}, which it needs")

    def _try_python(self, plan: Plan, error: RunsNowhereError) -> bool:
        """Name the Python that a script may run on, once, if it is here; tell whether it is."""
        python = error.remedy.python if error.remedy else None
        here = {one.python for one in plan.factory.available.found}
        free = self._python is None and not self._request.selection.pythons
        if python is None or python not in here or not free or not self._may_add(plan):
            return False
        self._begin_anew()
        self._python = python
        self._progress.say(f"{error}; searching again with --python {python}")
        return True

    def _give_up_packages(self, why: str) -> bool:
        """Go back to the packages of the request, where those that were added do not help.

        Tells whether there were any.
        """
        if not self._packages:
            return False
        self._begin_anew()
        added = ", ".join(self._packages)
        self._progress.say(f"with {added}: {why}; searching again without {added}")
        self._refused.update(self._packages)
        self._packages.clear()
        return True

    def _added(self) -> list[str]:
        added = []
        if self._packages:
            added.append(f"with {' and '.join(self._packages)}, which it needs")
        if self._python is not None:
            added.append(f"on Python {self._python}, which it needs")
        if self._request.baseline == STORED:
            added.append("compared with stored outputs")
        return added


def _carry_over(source: Path, target: Path) -> None:
    """Write the cells of a search to the folder of the next one, which has more requirements.

    Those count there to which these make no difference (see `is_same_cell`); of those that could
    not be tried it is known why.
    """
    store, cells = CampaignStore(target), CampaignStore(source).cells()
    if source == target or not cells:
        return
    target.mkdir(parents=True, exist_ok=True)
    known = store.cells()
    for identifier, cell in cells.items():
        if identifier not in known:
            store.write(cell)
    for identifier, cell in CampaignStore(source).unknown().items():
        if identifier not in known:
            store.store_unknown(cell)


def _lacks_baseline(found: SearchResult) -> bool:
    """Tell whether a script has a baseline with which it could not be tried."""
    known = found.search.known
    return any(
        baseline not in known[script] or known[script][baseline].is_gap
        for script, baseline in found.search.baselines.items()
    )


def brings_its_module(index: PackageIndex, project: str) -> bool:
    """Tell whether the index has a project that brings the module which stands for it.

    The name may be a guess, made from that of a module; another project may have it by chance.
    """
    try:
        found = contents_of(index, project)
    except TfcompatError:
        return False
    tops = {module.partition(".")[0] for module in found.modules} if found else set()
    wanted = canonicalize_name(project)
    return any(package_names.package_name(top) == wanted for top in tops)
