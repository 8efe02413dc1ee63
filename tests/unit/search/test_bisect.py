"""Since which commit a candidate breaks examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tfcompat.search.bisect import first_bad
from tfcompat.search.commit_answers import Commit

if TYPE_CHECKING:
    from collections.abc import Collection

COMMITS = [Commit(sha=f"{number:040}", subject=f"change {number}") for number in range(40)]


class History:
    """A history in which examples break at commits; some cannot be built."""

    def __init__(self, since: dict[str, int], broken: Collection[int] = ()) -> None:
        self._since = since
        self._broken = broken
        self.tried: list[int] = []

    def __call__(self, commit: Commit) -> dict[str, bool]:
        number = COMMITS.index(commit)
        self.tried.append(number)
        if number in self._broken:
            return {}
        return {name: number >= since for name, since in self._since.items()}


@pytest.mark.parametrize("at", range(40))
def test_a_planted_commit_is_found_among_40(at: int) -> None:
    history = History({"a.py": at})
    (found,) = first_bad(COMMITS, ["a.py"], history)
    assert found.commit == COMMITS[at]
    assert found.passed == ()
    assert found.tried == len(history.tried) <= 7
    assert len(set(history.tried)) == len(history.tried)


def test_one_trial_serves_all_examples() -> None:
    history = History({"a.py": 7, "b.py": 8, "c.py": 33})
    found = first_bad(COMMITS, ["a.py", "b.py", "c.py"], history)
    assert [one.commit for one in found] == [COMMITS[7], COMMITS[8], COMMITS[33]]
    assert len(set(history.tried)) == len(history.tried) <= 12


def test_what_cannot_be_built_is_passed_over() -> None:
    (found,) = first_bad(COMMITS, ["a.py"], History({"a.py": 20}, broken=(18, 19, 3, 30)))
    assert found.commit == COMMITS[20]
    assert found.passed == (COMMITS[18], COMMITS[19])
    (found,) = first_bad(COMMITS, ["a.py"], History({"a.py": 20}, broken=range(39)))
    assert found.commit == COMMITS[39]
    assert len(found.passed) == 39


def test_what_no_commit_breaks() -> None:
    assert first_bad(COMMITS, ["a.py"], History({}))[0].commit is None
    assert first_bad([], ["a.py"], History({}))[0].commit is None


def test_without_the_newest_commit_none_is_found() -> None:
    (found,) = first_bad(COMMITS, ["a.py"], History({"a.py": 3}, broken=(39,)))
    assert (found.commit, found.passed) == (None, (COMMITS[39],))


def test_an_example_that_was_not_tried_at_a_commit_is_not_taken_to_work_there() -> None:
    def breaks(commit: Commit) -> dict[str, bool]:
        number = COMMITS.index(commit)
        return {"a.py": number >= 20} if number != 19 else {"b.py": False}

    (found,) = first_bad(COMMITS, ["a.py"], breaks)
    assert (found.commit, found.passed) == (COMMITS[20], (COMMITS[19],))


def test_a_commit_is_shown_as_git_does() -> None:
    assert str(Commit(sha="0123456789abcdef", subject="Less")) == "0123456789 Less"
