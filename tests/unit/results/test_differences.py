"""What a result file holds of differences: kept as it is, dropped where its type is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfcompat.results.differences import BandLine, Difference, DifferenceKind, NumberRange
from tfcompat.results.schema import from_document, to_document
from tfcompat.util.files import strict_json

FIRST = {
    "kind": "number",
    "baseline_line": 2,
    "observed_line": 3,
    "baseline_text": "loss 0.5",
    "observed_text": "loss nan",
    "index": 0,
    "baseline_value": 10**30,
    "observed_value": "nan",
    "band": {"low": 0.5, "high": 7, "others": ["inf", "nan"]},
}
LARGEST = {
    "size": "inf",
    "baseline_line": 2,
    "observed_line": 3,
    "index": 0,
    "baseline_value": -1.5,
    "observed_value": 0,
}
BAND = [{"line": 1, "text": "a 1", "runs": 2, "ranges": [{"low": None, "high": None}]}, {}]
WHOLE = {
    "first_difference": FIRST,
    "largest_relative": LARGEST,
    "largest_absolute": LARGEST,
    "band": BAND,
}


def file_with(**fields: object) -> dict[str, Any]:
    run = {"retval": 0, "seconds": 1.0, **fields}
    name = "pypi-foo-1-python-cp36"
    return {
        "schema": 1,
        "inputs": {"dependency": "foo", "name": name},
        "tests": {"build": {"retval": 0}, "a.py": run},
    }


def read_again(**fields: object) -> dict[str, Any]:
    """Read a file with some fields of an example, and return those fields as they are written."""
    document = json.loads(json.dumps(file_with(**fields)))
    written = json.loads(strict_json(to_document(from_document(document, Path("x.json")))))
    return {name: written["tests"]["a.py"][name] for name in fields}


def test_every_field_is_written_as_it_was_read() -> None:
    assert json.dumps(read_again(**WHOLE)) == json.dumps(WHOLE)


@pytest.mark.parametrize("name", FIRST)
def test_a_field_that_a_file_has_not_is_not_written(name: str) -> None:
    first = {key: value for key, value in FIRST.items() if key != name}
    assert read_again(first_difference=first) == {"first_difference": first}


@pytest.mark.parametrize("wrong", [True, [], {"a": 1}, -1, 10**400, 1.5, "\ud800", "7", [{}]])
@pytest.mark.parametrize("name", FIRST)
def test_a_value_of_a_wrong_type_is_dropped_and_the_others_are_kept(
    name: str, wrong: object
) -> None:
    kept = read_again(first_difference=FIRST | {name: wrong})["first_difference"]
    others = {key: value for key, value in FIRST.items() if key != name}
    assert {key: value for key, value in kept.items() if key != name} == others


def test_which_values_are_wrong() -> None:
    found = Difference.model_validate(
        {
            "kind": "other",
            "baseline_line": True,
            "observed_line": "3",
            "baseline_text": ["a"],
            "observed_text": "a",
            "index": 1.0,
            "baseline_value": "<b>",
            "observed_value": float("-inf"),
            "band": [1],
        }
    )
    assert found == Difference(observed_text="a", observed_value="-inf")
    # A range of which one cannot be read is none: another would stand in its place.
    line = BandLine.model_validate({"line": 1, "text": "a", "ranges": [None, {"low": 1}]})
    assert line == BandLine(line=1, text="a")
    assert Difference.model_validate({"kind": "text"}).kind is DifferenceKind.TEXT


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=4,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FIRST | LARGEST | BAND[0], VALUES)))
def test_no_value_makes_a_file_unreadable(content: dict[str, object]) -> None:
    fields = ("first_difference", "largest_relative", "largest_absolute")
    once = read_again(**dict.fromkeys(fields, content), band=[content])
    assert read_again(**once) == once


def test_the_ends_of_a_range_where_both_are_finite() -> None:
    assert NumberRange(low=1, high=2.5).finite == (1.0, 2.5)
    assert NumberRange(low=1, high="inf").finite is None
    assert NumberRange(others=("nan",)).finite is None
