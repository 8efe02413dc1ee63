"""Text without harmful characters, and numbers of things."""

from __future__ import annotations

import pytest

from tfcompat.util.text import plural, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ümlaut, 日本", "plain, ümlaut, 日本"),
        ("two\tcells\n", "two\tcells\n"),
        ("\x1b[31mred\r", r"\x1b[31mred\r"),
        ("abc\u202egpj.exe", r"abc\u202egpj.exe"),
        ("half \ud800 a pair", r"half \ud800 a pair"),
        ("\x9b\x00\u2028", r"\x9b\x00\u2028"),
    ],
)
def test_harmful_characters_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown
    visible(text).encode()


def test_plural() -> None:
    assert [plural(number, "cell") for number in (0, 1, 2)] == ["0 cells", "1 cell", "2 cells"]
