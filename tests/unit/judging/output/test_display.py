"""Two outputs that say the same and look different, and those that only seem to."""

from __future__ import annotations

import pytest

from tfcompat.judging.output.display import LAYOUT, ROUNDING, only_display
from tfcompat.judging.output.masks import load_masks
from tfcompat.judging.output.tolerance import Tolerance
from tfcompat.judging.output.transcript import parse


def told(baseline: list[str], observed: list[str]) -> str | None:
    masks = load_masks()
    samples = [[parse(text, masks) for text in side] for side in (baseline, observed)]
    return only_display(samples[0], samples[1], masks, Tolerance())


@pytest.mark.parametrize(
    ("baseline", "observed", "expected"),
    [
        ("[1, 2]", "[1 2]", LAYOUT),
        ("[1, 2]", "(1, 2)", LAYOUT),
        ("('a', 1)", "a 1", LAYOUT),  # print of several things, by Python 2
        ("x=3", "x = 3", LAYOUT),
        ("a\n\nb", "a b", LAYOUT),
        ("NaN True", "nan true", LAYOUT),
        ("'a' \"b\"", "a b", LAYOUT),
        ("| a | b |\n|---|---|", "a  b\n=====", LAYOUT),
        ("loss: 1.234e-05", "loss: 0.00001234", LAYOUT),
        ("count    3.000000", "count    3.0", LAYOUT),  # pandas, with another precision
        ("loss 0.3333", "loss 0.33333334", ROUNDING),
        ("0.967", "0.9666666666666667", ROUNDING),
        ("1.23e-05", "0.00001234", ROUNDING),
        ("x  None", "x none", LAYOUT),
        # The case of other words may be what a library is for.
        ("1000000: eine Million", "1000000: eine million", None),  # num2words 0.5.9
        ("Mrs Smith", "MRS Smith", None),  # titlecase 1.1.1
        # What only looks like less precision may be another number.
        ("0.5", "0.54", None),
        ("0.97", "0.9667", None),
        ("3", "3.14", None),
        ("1.", "1.4", None),
        ("0.9661", "0.9672", None),
        ("-0.5", "0.5", None),
        ("1 2", "12", None),
        ("v1.2.3", "v1.2.4", None),
        # Brackets are layout as long as they group the same.
        ("[[1, 2], [3]]", "[[1], [2, 3]]", None),
        ("[[1, 2]]", "[1, 2]", None),
        ("[]", "", None),
        ("a < b", "a > b", None),
        ("dtype: int64", "dtype: int32", None),
        ("a", "a\nb", None),
        ("1e999999 a", "2e999999 A", None),
    ],
)
def test_what_is_display_alone(baseline: str, observed: str, expected: str | None) -> None:
    assert told([baseline], [observed]) == expected
    assert told([observed], [baseline]) == expected


def test_noise_is_no_more_than_noise() -> None:
    noisy = ["x=1 loss 0.51", "x=1 loss 0.55", "x=1 loss 0.53"]
    assert told(noisy, ["x = 1 loss 0.54", "x = 1 loss 0.57"]) == LAYOUT
    assert told(noisy, ["x = 1 loss 0.74", "x = 1 loss 0.77"]) is None
    # Where the words vary, nothing is said.
    assert told(["x=1 a", "x=1 b"], ["x = 1 a"]) is None


def test_what_is_masked_is_not_looked_at() -> None:
    at = "2026-01-01 10:00:0"
    assert told([f"{at}1 x=1"], [f"{at}7 x = 1"]) == LAYOUT
