"""Failures with one reason, shown as one, and since when a symbol is gone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tfcompat.judging.failure_groups import (
    date_missing_symbols,
    extent,
    failed_examples,
    normalised,
    signature,
    summary,
    title,
)
from tfcompat.results.schema import CellEnvironment, CellResult, Example, Inputs, Run, example_of
from tfcompat.results.verdicts import Cause, CauseKind, Verdict

SYMBOL = "tensorflow.placeholder"
GONE = Cause(
    kind=CauseKind.REMOVED_API,
    message="AttributeError: module 'tensorflow' has no attribute 'placeholder'",
    symbol=SYMBOL,
)


def failed(cause: Cause = GONE, error: str = "boom\n") -> Example:
    run = Run(retval=1, seconds=1, error=[error])
    example = example_of([run], key="k")
    return example.model_copy(update={"verdict": Verdict.FAILED, "cause": cause})


def passed() -> Example:
    example = example_of([Run(retval=0, seconds=1)], key="k")
    return example.model_copy(update={"verdict": Verdict.SAME})


def cell(release: str, python: str = "3.6", **examples: Example) -> CellResult:
    return CellResult(
        inputs=Inputs(dependency="tensorflow", name=f"{release}-{python}"),
        environment=CellEnvironment(release=release, python=python, resolve="release"),
        examples={f"{name}.py": example for name, example in examples.items()},
    )


def history(*cells: CellResult) -> dict[str, list[tuple[str | None, ...]]]:
    found = date_missing_symbols({cell.identifier: cell for cell in cells})
    return {
        name: [
            (e.cause.gone_in, e.cause.last_in, e.cause.added_in)
            for e in cell.examples.values()
            if e.cause
        ]
        for name, cell in found.items()
    }


def test_since_when_a_symbol_is_gone() -> None:
    cells = [
        cell("1.9.0", a=passed()),
        cell("1.15.5", a=passed()),
        cell("2.0.4", a=failed()),
        cell("2.10.1", a=failed(), b=failed()),
    ]
    assert history(*reversed(cells)) == {
        "1.9.0-3.6": [],
        "1.15.5-3.6": [],
        "2.0.4-3.6": [("2.0.4", "1.15.5", None)],
        # Who never ran through knows it from who did.
        "2.10.1-3.6": [("2.0.4", "1.15.5", None)] * 2,
    }


def test_what_is_not_there_yet() -> None:
    cells = [cell("0.12.1", a=failed()), cell("1.4.1", a=failed()), cell("1.10.1", a=passed())]
    assert history(*cells)["0.12.1-3.6"] == [(None, None, "1.10.1")]
    (group,) = failed_examples(date_missing_symbols({c.identifier: c for c in cells}).values())
    assert summary(group) == (
        "`tf.placeholder` is not there yet (first seen in 1.10.1): 1 example, 2 releases "
        "(such as a.py in 0.12.1-3.6)"
    )


def test_who_misses_something_in_a_module_has_the_module() -> None:
    module = replace(GONE, symbol="tensorflow.random")
    within = replace(GONE, symbol="tensorflow.random.set_seed")
    cells = [
        cell("1.4.1", a=failed(module)), cell("1.12.3", a=failed(within)), cell("2.0.4", a=passed())
    ]  # fmt: skip
    assert history(*cells)["1.4.1-3.6"] == [(None, None, "1.12.3")]
    assert history(*cells)["1.12.3-3.6"] == [(None, None, "2.0.4")]


def test_what_no_release_is_known_to_have() -> None:
    assert history(cell("1.0.0", a=failed()), cell("2.0.0", a=failed()))["1.0.0-3.6"] == [
        (None, None, None)
    ]
    # Between two releases that have it, neither word would be true.
    island = [cell("1.0.0", a=passed()), cell("1.1.0", a=failed()), cell("1.2.0", a=passed())]
    assert history(*island)["1.1.0-3.6"] == [(None, None, None)]


def test_dates_are_told_anew_each_time() -> None:
    stale = replace(GONE, gone_in="9.9", last_in="9.8")
    assert history(cell("1.0.0", a=failed(stale)))["1.0.0-3.6"] == [(None, None, None)]


def test_failures_with_one_reason_are_one_group() -> None:
    other = Cause(kind=CauseKind.BEHAVIOUR, message="ValueError: shape (3, 4) at 0x7f3a")
    again = replace(other, message="ValueError: shape (5, 6) at 0x1")
    cells = [
        cell("1.0.0", a=passed()),
        cell("2.0.0", a=failed(), b=failed(), c=failed(other, "first\n")),
        cell("2.1.0", a=failed(), c=failed(again)),
        cell("2.1.0", "3.8", a=failed()),
    ]
    found = failed_examples(date_missing_symbols({c.identifier: c for c in cells}).values())
    assert [(group.title, extent(group.entries)) for group in found] == [
        ("`tf.placeholder` removed in 2.0.0 (last seen in 1.0.0)", "2 examples, 2 releases"),
        ("ValueError: shape (3, 4) at 0x7f3a", "1 example, 2 releases"),
    ]
    assert [len(group.entries) for group in found] == [4, 2]
    assert sum(len(group.entries) for group in found) == 6


CHANGED = Cause(
    kind=CauseKind.CHANGED_API, message="TypeError: split() got x", symbol="tensorflow.split(axis)"
)
DRIFT = Cause(
    kind=CauseKind.IMPORT_ERROR_OF_DEPENDENCY, message="TypeError: Descriptors", package="protobuf"
)

CLOCK = Cause(
    kind=CauseKind.PYTHON,
    message="Python 3.8 has no `time.clock` (the last that has it is 3.7)",
    symbol="time.clock",
)


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (
            replace(GONE, gone_in="2.0.4", last_in="1.15.5"),
            "`tf.placeholder` removed in 2.0.4 (last seen in 1.15.5)",
        ),
        (GONE, "`tf.placeholder` is missing"),
        (
            replace(CHANGED, gone_in="1.0", last_in="0.12"),
            "`tf.split` changed in 1.0 (last seen in 0.12): split() got x",
        ),
        (
            replace(CHANGED, added_in="1.0"),
            "`tf.split` is not like this yet (first seen in 1.0): split() got x",
        ),
        (DRIFT, "protobuf: Descriptors"),
        (CLOCK, "`time.clock` is in no Python after 3.7"),
        (
            replace(CLOCK, symbol="collections.Iterable", package="foo"),
            "`collections.Iterable` is in no Python after 3.9, and foo uses it",
        ),
        (replace(CLOCK, symbol=None), CLOCK.message),
        (replace(CLOCK, symbol="map"), CLOCK.message),
        (
            Cause(
                kind=CauseKind.MISSING_PACKAGE,
                message="ImportError: No module named x",
                package="x",
            ),
            "x: No module named x",
        ),
        (Cause(kind=CauseKind.TIMEOUT, message="stopped after 600 s"), "stopped after 600 s"),
    ],
)
def test_title(cause: Cause, expected: str) -> None:
    assert title(cause) == expected


def test_signature_ignores_what_changes_from_run_to_run() -> None:
    assert normalised("at 0x7f3a in /a/b/x.py, 12 of 3.5; dense_12 v2") == (
        "at <address> in x.py, N of N; dense_N v2"
    )
    one = Cause(kind=CauseKind.TIMEOUT, message="stopped after 60 s")
    assert signature(one) == signature(replace(one, message="stopped after 61 s"))
    assert signature(GONE) != signature(replace(GONE, symbol="tensorflow.Session"))
    assert signature(GONE) != signature(replace(GONE, gone_in="2.0"))
    # What a Python lacks is one reason on all that lack it.
    assert signature(CLOCK) == signature(replace(CLOCK, message="Python 3.13 has none"))
    assert signature(CLOCK) != signature(replace(CLOCK, package="foo"))
    assert signature(CLOCK) != signature(replace(CLOCK, symbol="time.sleep"))
