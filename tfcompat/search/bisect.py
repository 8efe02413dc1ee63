"""Finds the commit since which a candidate breaks an example, by building the commits between.

Only first parents are tried, so a merge stands for all that came with it. A commit that cannot be
built is passed over.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.environments.wheel_source import GIT, checked_out
from tfcompat.errors import OutOfTimeError, SelectionError, UserError
from tfcompat.execution import workspace
from tfcompat.search.candidate_answers import NEWS, Group
from tfcompat.search.commit_answers import BrokenBy, Commit
from tfcompat.search.downstream import try_everything
from tfcompat.util import folders, processes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tfcompat.execution.campaign_run import RunOptions
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.search.candidate import Attempt
    from tfcompat.search.candidate_answers import CandidateAnswer
    from tfcompat.search.candidate_subject import CandidateQuestion


def find_commits(
    question: CandidateQuestion,
    answer: CandidateAnswer,
    options: RunOptions,
    progress: ProgressListener,
    attempt: Attempt,
) -> tuple[BrokenBy, ...]:
    """Return since which commit each example that is news is.

    ``answer`` is that to the question; what was no news there is not run again. Raises
    SelectionError where the candidate is no git repository, or what it is compared with no commit
    of it.
    """
    news = [one.example for one in answer.news]
    if not news:
        return ()
    with workspace.open_workspace(folders.cache_folder()) as folder:
        repository, head = _repository(question.candidate, folder)
        good = _good_commit(repository, question.against, answer.against.version)
        commits = _commits(repository, good, head)

        def breaks(commit: Commit) -> Mapping[str, bool]:
            progress.say(f"trying {commit}")
            asked = replace(
                question,
                candidate=f"{GIT}{repository}@{commit.sha}",
                against=f"{GIT}{repository}@{good}",
                only=frozenset(news),
            )
            try:
                found = try_everything(asked, replace(options, causes=False), progress, attempt)
            except SelectionError:
                raise
            except (UserError, OutOfTimeError) as error:
                progress.say(f"{commit} is passed over: {error}")
                return {}
            known = (one for one in found.findings if one.group is not Group.UNTRIED)
            return {one.example: one.group in NEWS for one in known}

        return first_bad(commits, news, breaks)


def first_bad(
    commits: Sequence[Commit],
    examples: Sequence[str],
    breaks: Callable[[Commit], Mapping[str, bool]],
) -> tuple[BrokenBy, ...]:
    """Return the first of some commits, oldest first, that breaks each example.

    ``breaks`` tells which examples a commit breaks and which it does not; those that could not be
    tried there are missing. One trial serves all examples. What the last commit does not break is
    in none of them.
    """
    last = len(commits) - 1
    known: dict[int, Mapping[str, bool]] = {}
    if last >= 0:
        known[last] = breaks(commits[last])
    found = []
    for example in examples:
        broken = known[last].get(example) if known else False
        if not broken:
            passed = tuple(commits[last:]) if broken is None else ()
            found.append(BrokenBy(example=example, commit=None, passed=passed, tried=len(known)))
            continue
        low, high = -1, last
        while (middle := _next_between(low, high, known, example)) is not None:
            if middle not in known:
                known[middle] = breaks(commits[middle])
            broken = known[middle].get(example)
            if broken is None:
                continue
            if broken:
                high = middle
            else:
                low = middle
        passed = tuple(commits[n] for n in range(low + 1, high))
        found.append(
            BrokenBy(example=example, commit=commits[high], passed=passed, tried=len(known))
        )
    return tuple(found)


def _next_between(
    low: int, high: int, known: Mapping[int, Mapping[str, bool]], example: str
) -> int | None:
    """Return the commit to look at next: the one nearest to the middle that can be tried."""
    between = [n for n in range(low + 1, high) if n not in known or example in known[n]]
    middle = (low + high) / 2
    return min(between, key=lambda n: abs(n - middle), default=None)


def _repository(named: str, folder: Path) -> tuple[Path, str]:
    """Return the clone of a candidate and the reference in it that is the candidate."""
    if named.startswith(GIT):
        return checked_out(named, folder / "repository"), "HEAD"
    if (Path(named) / ".git").exists():
        return Path(named).resolve(), "HEAD"
    msg = "--bisect goes through commits: name a git repository, or git+URL@REF, as the candidate"
    raise SelectionError(msg)


def _good_commit(repository: Path, against: str | None, version: str) -> str:
    """Return the commit that is compared with: the reference that was named, or a release's tag."""
    named = [against] if against else []
    named += [f"v{version}", version]
    for one in named:
        found = _git(
            repository, "rev-parse", "--verify", "--quiet", f"{one.rpartition('@')[2]}^{{commit}}"
        )
        if found:
            return found.strip()
    msg = f"--bisect: no tag is {version} or v{version}; name a commit, branch or tag by --against"
    raise SelectionError(msg)


def _commits(repository: Path, good: str, bad: str) -> list[Commit]:
    """Return the commits after one up to another one, oldest first."""
    listed = _git(
        repository, "log", "--first-parent", "--reverse", "--format=%H %s", f"{good}..{bad}", "--"
    )
    rows = (line.partition(" ") for line in listed.splitlines())
    return [Commit(sha=sha, subject=subject) for sha, _, subject in rows]


def _git(repository: Path, *words: str) -> str:
    """Return what git prints; empty where it fails."""
    command: list[str | Path] = ["git", "-C", repository, *words]
    step = processes.run(command, environment=dict(os.environ))
    return step.stdout if step.ok else ""
