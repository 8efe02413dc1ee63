"""Exit codes of contract 1, and hints at what was meant."""

from __future__ import annotations

import pytest

from tfcompat import errors
from tfcompat.errors import TfcompatError, near_miss

CODES = {
    "TfcompatError": 2,
    "UserError": 2,
    "StudyError": 2,
    "SelectionError": 2,
    "ResultsError": 2,
    "NewerSchemaError": 2,
    "ClaimError": 1,
    "IndexUnavailableError": 3,
    "OutOfTimeError": 3,
    "InterruptedRunError": 130,
}


def test_every_error_has_its_exit_code() -> None:
    found = {
        name: thing.exit_code
        for name, thing in vars(errors).items()
        if isinstance(thing, type) and issubclass(thing, TfcompatError)
    }
    assert found == CODES


def test_codes_are_unique_beside_what_the_user_has_to_change() -> None:
    # 3 is for whatever could not be tried.
    others = [code for code in CODES.values() if code not in (2, 3)]
    assert len(set(others)) == len(others)
    users = {name for name, code in CODES.items() if code == 2} - {"TfcompatError"}
    assert all(issubclass(getattr(errors, name), errors.UserError) for name in users)


def test_a_newer_file_is_refused_as_any_other_results_are() -> None:
    assert issubclass(errors.NewerSchemaError, errors.ResultsError)


def test_errors_are_exceptions() -> None:
    # Derived from BaseException they would slip through every `except Exception` of a library.
    assert issubclass(TfcompatError, Exception)


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("resolv", " (did you mean 'resolve'?)"),
        ("test", " (did you mean 'tests'?)"),
        ("xyz", ""),
        ("", ""),
    ],
)
def test_near_miss(word: str, hint: str) -> None:
    assert near_miss(word, iter(["resolve", "tests", "timeout"])) == hint
    assert near_miss(word, []) == ""
