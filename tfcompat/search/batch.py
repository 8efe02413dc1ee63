"""Many cases one after the other: those that can share their environments are searched as one.

A case that fails is a row of the table, and the others go on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tfcompat.errors import InterruptedRunError, TfcompatError, sentence
from tfcompat.results.verdicts import CauseKind
from tfcompat.search.advice import RunsNowhereError
from tfcompat.search.cases import CaseResult
from tfcompat.search.findings import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from tfcompat.search.cases import Case
    from tfcompat.search.findings import Findings, ScriptFindings

# Exit codes, the worst first.
_WORST_FIRST = (InterruptedRunError.exit_code, 2, 3, 1)


def worst(codes: Iterable[int]) -> int:
    """Return the worst of some exit codes: 130, else 2, else 3, else 1, else 0."""
    found = set(codes)
    return next((code for code in _WORST_FIRST if code in found), 0)


def run_batch(
    cases: Sequence[Case],
    key: Callable[[Case], Hashable],
    search: Callable[[Sequence[Case]], Findings],
) -> list[CaseResult]:
    """Search cases, in groups of one ``key``; return what became of each, in their order.

    ``search`` returns what it found of the scripts of some cases, in the order of these. Of several
    at once it does not add anything that a script needs: a script that needs something is searched
    alone. Where the user interrupts it, what is left has that as its result.
    """
    results: dict[int, CaseResult] = {}
    try:
        for group in _groups(cases, key, results):
            for result in _search_group(group, search):
                results[result.case.row] = result
            if any(_is_interrupted(results.get(case.row)) for case in group):
                break
    except (KeyboardInterrupt, InterruptedRunError):
        pass
    code = InterruptedRunError.exit_code
    for case in cases:
        left = CaseResult(case=case, error="interrupted", exit_code=code)
        results.setdefault(case.row, left)
    return [results[case.row] for case in cases]


def _is_interrupted(result: CaseResult | None) -> bool:
    found = result.findings if result else None
    return found is not None and found.stopped is Stop.USER


def _groups(
    cases: Sequence[Case],
    key: Callable[[Case], Hashable],
    results: dict[int, CaseResult],
) -> list[list[Case]]:
    """Return cases that can be searched as one; those that cannot be searched are results."""
    groups: dict[Hashable, list[Case]] = {}
    for case in cases:
        try:
            name = key(case)
        except TfcompatError as error:
            results[case.row] = _failed(case, error)
            continue
        # A search has each script once.
        number = sum(case.script in map(_script, group) for group in groups.values())
        groups.setdefault((name, number), []).append(case)
    return list(groups.values())


def _script(case: Case) -> object:
    return case.script


def _search_group(
    group: Sequence[Case], search: Callable[[Sequence[Case]], Findings]
) -> Iterator[CaseResult]:
    """Yield the results of a group: as few searches as can be, and no script spoils another's."""
    try:
        found = search(group)
    except RunsNowhereError as error:
        alone = [case for case in group if str(case.script).endswith(error.script)]
        if len(group) == 1 or not alone:
            yield from _each_alone(group, error, search)
            return
        yield from _search_group(alone[:1], search)
        yield from _search_group([case for case in group if case is not alone[0]], search)
    except (KeyboardInterrupt, InterruptedRunError):
        raise
    except Exception as error:  # noqa: BLE001 - one case must not end the others
        yield from _each_alone(group, error, search)
    else:
        for case, script in zip(group, found.scripts, strict=True):
            if len(group) > 1 and found.stopped is None and _has_needs(script):
                yield from _search_group([case], search)
            else:
                yield _result(case, replace(found, scripts=(script,)))


def _each_alone(
    group: Sequence[Case], error: Exception, search: Callable[[Sequence[Case]], Findings]
) -> Iterator[CaseResult]:
    if len(group) == 1:
        yield _failed(group[0], error)
        return
    for case in group:
        yield from _search_group([case], search)


def _has_needs(script: ScriptFindings) -> bool:
    """Tell whether a script may work otherwise with something that a search of it alone adds."""
    causes = [edge.cause for edge in script.edges if edge.cause]
    lacks = any(cause.kind is CauseKind.MISSING_PACKAGE for cause in causes)
    return lacks or (script.works is None and not script.untried)


def _failed(case: Case, error: Exception) -> CaseResult:
    code = error.exit_code if isinstance(error, TfcompatError) else 2
    return CaseResult(case=case, error=sentence(error), exit_code=code)


def _result(case: Case, findings: Findings) -> CaseResult:
    result = CaseResult(case=case, findings=findings)
    wrong = result.is_as_expected is False
    return replace(result, exit_code=worst([findings.exit_code, 1 if wrong else 0]))
