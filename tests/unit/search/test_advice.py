"""What a script that runs nowhere is told: the commonest error, its cause, and what to try."""

from __future__ import annotations

import pytest

from tfcompat.results.verdicts import Cause, CauseKind
from tfcompat.search.advice import Failure, Remedy, commonest, remedy_for, runs_nowhere

HERE = ("3.13", "3.8", "2.7")


def failure(kind: CauseKind, message: str = "no", python: str = "3.13", **more: str) -> Failure:
    return Failure(release="9", python=python, cause=Cause(kind=kind, message=message, **more))


@pytest.mark.parametrize(
    ("found", "source", "remedy"),
    [
        (
            failure(CauseKind.PYTHON, symbol="xrange"),
            b"",
            Remedy(text="try --python 2.7", python="2.7"),
        ),
        (
            failure(CauseKind.PYTHON, symbol="collections.Iterable"),
            b"",
            Remedy(text="try --python 3.8", python="3.8"),
        ),
        (
            failure(CauseKind.PYTHON, "SyntaxError: invalid syntax"),
            b"print 'x'\n",
            Remedy(text="try --python 2.7", python="2.7"),
        ),
        (
            failure(CauseKind.PYTHON, "SyntaxError: invalid syntax", python="2.7"),
            b"x = f'{1}'\n",
            Remedy(text="try --python 3.13", python="3.13"),
        ),
        (failure(CauseKind.PYTHON, symbol="itertools.batched"), b"", None),
        (
            failure(CauseKind.MISSING_PACKAGE, package="pandas"),
            b"",
            Remedy(text="try --require pandas", package="pandas"),
        ),
        (
            failure(CauseKind.USAGE),
            b"",
            Remedy(text="give the script its arguments, after --"),
        ),
        (
            failure(CauseKind.MISSING_DATA, "No such file or directory: 'data.csv'"),
            b"",
            Remedy(text="the script wants `data.csv`; name the folder to run in with --cwd"),
        ),
        (failure(CauseKind.OTHER, "ValueError: bad"), b"", None),
    ],
)
def test_what_may_help(found: Failure, source: bytes, remedy: Remedy | None) -> None:
    assert remedy_for(found, source, HERE) == remedy


def test_of_a_python_that_is_not_here_the_newest_that_has_the_name_is_named() -> None:
    found = failure(CauseKind.PYTHON, symbol="collections.Iterable")
    assert remedy_for(found, b"", ["3.13", "3.12"]) == Remedy(text="try --python 3.9", python="3.9")


def test_failures_with_one_reason_count_together_whatever_their_pythons_are() -> None:
    failures = [
        failure(CauseKind.OTHER, "ValueError: bad"),
        failure(CauseKind.PYTHON, "Python 3.13 has no `xrange`", symbol="xrange"),
        failure(CauseKind.PYTHON, "Python 3.8 has no `xrange`", "3.8", symbol="xrange"),
    ]
    assert commonest(failures) == (failures[1], 2)
    error = runs_nowhere(
        "a.py",
        "a.py ran with none of the 3 releases it was tried with",
        failures,
        source=b"",
        pythons=HERE,
        was_tried=True,
    )
    assert str(error) == (
        "a.py ran with none of the 3 releases it was tried with (with 9: Python 3.13 has no "
        "`xrange`); so with 2 of 3 releases, cause python; try --python 2.7"
    )
    assert (error.exit_code, error.script) == (2, "a.py")


def test_where_nothing_better_is_known_a_release_or_a_package_can_be_named() -> None:
    failures = [failure(CauseKind.OTHER, "ValueError: bad")]
    error = runs_nowhere(
        "a.py", "a.py runs with no release", failures, source=b"", pythons=HERE, was_tried=True
    )
    assert str(error) == (
        "a.py runs with no release (with 9: ValueError: bad); so with 1 of 1 release, cause other; "
        "name one that it runs with (--baseline) or --dependency"
    )


def test_where_nothing_could_be_tried_the_code_is_another() -> None:
    failures = [failure(CauseKind.BUILD_ERROR, "cannot compile")]
    error = runs_nowhere(
        "a.py", "a.py runs with no release", failures, source=b"", pythons=HERE, was_tried=False
    )
    assert error.exit_code == 3
    assert str(error) == (
        "a.py runs with no release (with 9: cannot compile); none could be tried; see --dependency"
    )
