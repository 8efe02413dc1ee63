"""What became of rewritten scripts, in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfcompat.breaks.findings import Break
from tfcompat.report import fixes as form
from tfcompat.results.printed import as_json
from tfcompat.results.verdicts import Verdict
from tfcompat.search.fix_answers import FixAnswer


def one_break(name: str) -> Break:
    return Break(
        name=name, kind="missing", argument=None, lines=(3,), direction="gone", edge=("1", "2"),
        replacement=None,
    )  # fmt: skip


def answer(verdict: Verdict | None, why: str = "", baseline: str | None = "1.0") -> FixAnswer:
    return FixAnswer(
        script="a.py",
        file=Path("a.py"),
        release="2.0",
        python="3.9",
        text="x\n",
        patch="-y\x1b\n+x\n",
        applied=(one_break("lib.f"),),
        left=(one_break("lib.g"), one_break("lib.h")),
        baseline=baseline,
        verdict=verdict,
        why=why,
    )


@pytest.mark.parametrize(
    ("given", "last"),
    [
        (answer(Verdict.SAME),
         "  it runs, and gives the same result (compared with 1.0 as it is written)"),
        (answer(Verdict.FAILED, "ValueError: \x07", None), "  it does not run: ValueError: \\x07"),
        (answer(None), "  left, line 3: lib.h is not there since 2"),
    ],
)  # fmt: skip
def test_text(given: FixAnswer, last: str) -> None:
    lines = form.text("lib", [given]).splitlines()
    assert lines[:4] == [
        "-y\\x1b",
        "+x",
        "a.py with lib 2.0: 1 break rewritten, 2 left",
        "  left, line 3: lib.g is not there since 2",
    ]
    assert lines[-1] == last


def test_json() -> None:
    document = as_json(form.printed("lib", [answer(Verdict.DIFFERENT, "1 → 2")]))
    assert document["scripts"] == [
        {
            "script": "a.py",
            "release": "2.0",
            "python": "3.9",
            "patch": "-y\x1b\n+x\n",
            "applied": ["lib.f"],
            "left": ["lib.g", "lib.h"],
            "baseline": "1.0",
            "verdict": "different",
            "why": "1 → 2",
        }
    ]
