"""What a candidate changes, as text, as JSON and as Markdown for a pull request."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from tfcompat.report.exports import xml_text
from tfcompat.report.markdown import cell, folded, table
from tfcompat.search.candidate_answers import NEWS, Group
from tfcompat.util.package_names import to_alias
from tfcompat.util.text import duration, plural, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tfcompat.breaks.surface_diff import SurfaceChange
    from tfcompat.counterfactual.packages import MovedPackage
    from tfcompat.search.candidate_answers import (
        CandidateAnswer,
        CandidateSide,
        Finding,
    )
    from tfcompat.search.commit_answers import BrokenBy

SCHEMA = 1

_TITLES = {
    Group.FAILING: "newly failing",
    Group.DIFFERENT: "newly different",
    Group.FIXED: "fixed",
    Group.SAME: "the same",
    Group.BROKEN_ON_BOTH: "broken on both sides",
    Group.UNTRIED: "not tried",
}

_SHORT_HASH = 8

# So many changes of the surface, and so many of those who use one, are shown as text.
_MOST_CHANGES = 20
_MOST_USERS = 3

# So many findings in a row with the same reason are named one by one.
_ALIKE = 5


def as_json(
    answer: CandidateAnswer, commits: Sequence[BrokenBy] | None = None
) -> dict[str, object]:
    """Return the answer for other programs, with the commits of its news if any were sought."""
    bisected = {} if commits is None else {"commits": [_commit_json(one) for one in commits]}
    return {
        "schema": SCHEMA,
        "candidate": _side_json(answer.candidate),
        "against": _side_json(answer.against),
        "python": answer.python,
        "as_of": answer.as_of,
        "news": [_finding_json(one) for one in answer.news],
        "fixed": [_finding_json(one) for one in answer.of(Group.FIXED)],
        "same": len(answer.of(Group.SAME)),
        "broken_on_both": [_finding_json(one) for one in answer.of(Group.BROKEN_ON_BOTH)],
        "untried": [_finding_json(one) for one in answer.of(Group.UNTRIED)],
        "slower": [
            {"example": one.example, "seconds": one.slowdown and one.slowdown._asdict()}
            for one in answer.slower
        ],
        "packages": [one._asdict() for one in answer.packages],
        "surface": [_surface_json(one) for one in answer.surface],
        "seconds": round(answer.seconds, 1),
        **bisected,
    }


def _commit_json(one: BrokenBy) -> dict[str, object]:
    return {
        "example": one.example,
        "commit": one.commit and one.commit.sha,
        "subject": one.commit and one.commit.subject,
        "passed_over": [commit.sha for commit in one.passed],
        "tried": one.tried,
    }


def _surface_json(change: SurfaceChange) -> dict[str, object]:
    return {
        "name": change.name,
        "kind": change.kind,
        "argument": change.argument or None,
        "old": change.old or None,
        "new": change.new or None,
        "used_by": list(change.used_by),
    }


def junit(answer: CandidateAnswer) -> str:
    """Return JUnit XML: a case for each example.

    What is news is a failure, what could not be tried an error; what is broken on both sides is
    skipped, since it is no fault of the candidate.
    """
    suite = TestSuite(xml_text(_heading(answer)))
    suite.add_testcases([_case(finding) for finding in answer.findings])
    document = JUnitXml()
    document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    content: bytes = document.tostring()  # type: ignore[no-untyped-call]
    return f'<?xml version="1.0" encoding="utf-8"?>\n{content.decode("utf-8")}\n'


_RESULTS: dict[Group, type[Error | Failure | Skipped]] = {
    Group.FAILING: Failure,
    Group.DIFFERENT: Failure,
    Group.UNTRIED: Error,
    Group.BROKEN_ON_BOTH: Skipped,
}


def _case(finding: Finding) -> TestCase:
    folder, _, name = finding.example.rpartition("/")
    case = TestCase(xml_text(name), classname=xml_text(folder.replace("/", ".")))
    kind = _RESULTS.get(finding.group)
    if kind is not None:
        case.result = [kind(xml_text(finding.why), _TITLES[finding.group])]
    return case


def _side_json(side: CandidateSide) -> dict[str, object]:
    return {
        "project": side.project,
        "version": side.version,
        "file": side.file or None,
        "sha256": side.sha256 or None,
    }


def _finding_json(finding: Finding) -> dict[str, object]:
    return {
        "example": finding.example,
        "from": finding.old.value,
        "to": finding.new.value,
        "cause": finding.cause and finding.cause.as_json(),
    }


def text(answer: CandidateAnswer, commits: Sequence[BrokenBy] = ()) -> str:
    """Return the answer for a person."""
    lines = [visible(_heading(answer)), *map(visible, _packages(answer))]
    for group in Group:
        found = answer.of(group)
        if not found and group not in NEWS:
            continue
        lines.append(f"{_TITLES[group]}: {len(found)}")
        if group is not Group.SAME:
            lines += [f"  {visible(line)}" for line in _lines(found)]
    lines += [visible(line) for line in _slower(answer)]
    lines += [f"{visible(one.example)}: {visible(_since(one))}" for one in commits]
    if answer.surface:
        shown = answer.surface[:_MOST_CHANGES]
        lines.append(_surface_title(answer))
        lines += [f"  {visible(_surface_line(one))}" for one in shown]
        if len(shown) < len(answer.surface):
            lines.append(f"  and {len(answer.surface) - len(shown)} more (--json has all)")
    return "\n".join([*lines, _cost(answer)])


def _slower(answer: CandidateAnswer) -> Iterator[str]:
    """Yield lines on what takes far longer with the candidate."""
    if answer.slower:
        yield f"slower: {len(answer.slower)}"
    for one in answer.slower:
        if one.slowdown:
            yield f"  {one.example}: {one.slowdown.old:.2f} s → {one.slowdown.new:.2f} s"


def _since(one: BrokenBy) -> str:
    names = ", ".join(map(str, one.passed))
    if one.commit is None and one.passed:
        return f"its commit was not found: {names} could not be built or tried"
    if one.commit is None:
        return "no commit breaks it: it is what is not committed"
    passed = ""
    if one.passed:
        passed = f", or one of those before it that could not be built or tried: {names}"
    return f"since {one.commit}{passed} ({plural(one.tried, 'commit')} tried)"


def markdown(answer: CandidateAnswer, commits: Sequence[BrokenBy] = ()) -> str:
    """Return the answer as Markdown: numbers first, then news, and the rest folded."""
    used = [group for group in Group if answer.of(group) or group in NEWS]
    counts = [len(answer.of(group)) for group in used]
    parts = [
        f"## {cell(_heading(answer))}",
        table([_TITLES[group] for group in used], [counts], numbers=len(used)),
    ]
    if answer.news:
        rows = ((one.example, _TITLES[one.group], _why(one)) for one in answer.news)
        parts.append(table(["example", "what", "why"], rows))
    slower = tuple(_slower(answer))
    if slower:
        parts.append(folded(slower[0], "\n".join(f"- {cell(one)}" for one in slower[1:])))
    if commits:
        parts.append(table(["example", "commit"], ((one.example, _since(one)) for one in commits)))
    for group in (Group.FIXED, Group.BROKEN_ON_BOTH, Group.UNTRIED):
        found = answer.of(group)
        if found:
            rows = ((one.example, "", _why(one)) for one in found)
            title = f"{_TITLES[group]}: {len(found)}"
            parts.append(folded(title, table(["example", "", "why"], rows)))
    if answer.surface:
        listed = "\n".join(f"- {cell(_surface_line(one))}" for one in answer.surface)
        parts.append(folded(_surface_title(answer), listed))
    packages = tuple(_packages(answer))
    if packages:
        parts.append(folded(packages[0], "\n".join(f"- {cell(one)}" for one in packages[1:])))
    return "\n\n".join([*parts, _cost(answer)])


def _surface_title(answer: CandidateAnswer) -> str:
    used = sum(bool(one.used_by) for one in answer.surface)
    return f"the library offers differently: {len(answer.surface)}, of which {used} are used"


def _surface_line(change: SurfaceChange) -> str:
    """Return what changed, and how many of the examples use it."""
    name = to_alias(change.name)
    what = {
        "removed": f"{name} removed",
        "argument": f"{name} has no argument `{change.argument}` any more",
        "default": f"{name}: default of `{change.argument}` {change.old} -> {change.new}",
    }[change.kind]
    users = ", ".join(change.used_by[:_MOST_USERS])
    more = len(change.used_by) - _MOST_USERS
    users += f" and {more} more" if more > 0 else ""
    used = f"used by {len(change.used_by)}: {users}" if change.used_by else "used by none of yours"
    return f"{what} ({used})"


def _heading(answer: CandidateAnswer) -> str:
    new, old = _name(answer.candidate), _name(answer.against)
    return f"{new} against {old}, on Python {answer.python}"


def _name(side: CandidateSide) -> str:
    """Return a side in words; a file is told from others of its name by its hash."""
    given = f" ({side.file}, {side.sha256[:_SHORT_HASH]})" if side.file else ""
    return f"{side.project} {side.version}{given}"


def _packages(answer: CandidateAnswer) -> Iterator[str]:
    """Yield lines on the packages beside the library, where the sides have others."""
    if answer.packages:
        yield "the candidate's requirements change the packages beside it:"
        yield from (f"  {_package(one)}" for one in answer.packages)


def _package(change: MovedPackage) -> str:
    return f"{change.name} {change.old or '(none)'} -> {change.new or '(none)'}"


def _lines(found: Iterable[Finding]) -> Iterator[str]:
    """Yield a line for each finding; of many in a row for the same reason, one for them all."""
    for why, group in groupby(found, _why):
        alike = [one.example for one in group]
        shown = alike if not why or len(alike) <= _ALIKE else alike[:1]
        more = f" and {len(alike) - 1} more" if len(shown) < len(alike) else ""
        yield from (f"{one}{more}: {why}" if why else one for one in shown)


def _why(finding: Finding) -> str:
    """Return why, with the experiment that shows it."""
    cause = finding.cause
    if cause is None:
        return finding.why
    evidence = f" ({cause.evidence})" if cause.evidence else ""
    return f"{finding.why or cause.message}{evidence}"


def _cost(answer: CandidateAnswer) -> str:
    number = plural(len(answer.findings), "example")
    return f"{number}, packages as of {answer.as_of}, {duration(answer.seconds)}"
