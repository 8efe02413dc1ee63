"""The masks that ship, on the lines that each of them names, with and without a known run."""

from __future__ import annotations

from importlib import resources
from typing import Any

import pytest
import yaml

from tfcompat.judging.output.masks import load_masks, read_masks
from tfcompat.judging.output.run_values import NEEDS_RUN, RunTime
from tfcompat.judging.output.transcript import parse

ROWS: list[dict[str, Any]] = yaml.safe_load(
    (resources.files("tfcompat") / "data" / "masks.yaml").read_text(encoding="utf-8")
)


def run_of(row: dict[str, Any]) -> RunTime | None:
    return RunTime.of(**row["run"]) if "run" in row else None


def fixtures(kind: str) -> list[Any]:
    return [
        pytest.param(index, text, id=f"{index}-{row['name']}-{text}")
        for index, row in enumerate(ROWS)
        for text in row[kind]
    ]


@pytest.mark.parametrize(("index", "text"), fixtures("masks"))
def test_mask_masks(index: int, text: str) -> None:
    row = ROWS[index]
    if row.get("can-be") != "unknown":
        assert load_masks()[index].apply(text, run_of(row)) != text
    # Where nothing is known of a run, no clock and no folder can be told from a result.
    assert load_masks()[index].apply(text) != text


@pytest.mark.parametrize(("index", "text"), fixtures("leaves"))
def test_mask_leaves(index: int, text: str) -> None:
    assert load_masks()[index].apply(text, run_of(ROWS[index])) == text


@pytest.mark.parametrize("index", range(len(ROWS)))
def test_each_condition_leaves_a_line_that_its_pattern_matches(index: int) -> None:
    row, mask = ROWS[index], load_masks()[index]
    if "can-be" in row:
        assert any(mask.pattern.search(text) for text in row["leaves"])


RUN = RunTime.of("2021-01-05T10:20:20+00:00", 30)

RESULTS = [
    "2020-03-02",
    "2020-03-02 00:00:01",
    "Timestamp('2020-03-02 10:20:30')",
    "Mon Mar  2 10:20:30 2020",
    "23:59:59",
    "in 3 minutes",
    "GET /user/1/edit",
    "/home/user/x",
    "WARNING:root:disk full",
    "listening on port 443",
    "http://127.0.0.1:8080",
]


@pytest.mark.parametrize("text", RESULTS)
def test_results_stay_whatever_masks_there_are(text: str) -> None:
    (line,) = parse(text, load_masks(), run=RUN).lines
    (plain,) = parse(text, ()).lines
    assert (line.skeleton, line.numbers) == (plain.skeleton, plain.numbers)


@pytest.mark.parametrize(
    ("text", "skeleton"),
    [
        ("it is 2021-01-05 10:20:30.5", "it is <date-time>"),
        ("today is 2021-01-05", "today is <date>"),
        ("it is 10:20:30", "it is <clock>"),
        ("done in 12.5 s", "done in <duration>"),
        ("saved /tmp/tmpab12cd_8/m.ckpt", "saved /tmp/<temp-name>/m.ckpt"),
        ("/env/lib/python3.11/site-packages/a/b.py", "<path>/b.py"),
        ("listening on port 40123", "listening on port <port>"),
    ],
)
def test_what_is_of_the_run_is_masked(text: str, skeleton: str) -> None:
    (line,) = parse(text, load_masks(), run=RUN).lines
    assert line.skeleton == skeleton


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("done at 10:20:30 on 2021-01-05", "done at 1:02:03.5 on 1999-12-31"),
        ("at Tue Jan  5 10:20:30 2021", "at Thu Jan  1 00:00:00 1970"),
        ("in 5 minutes", "in 3 seconds"),
        ("saved /tmp/a/m.ckpt", "saved /tmp/b/n.ckpt"),
        ("saved /home/a/m.ckpt-10", "saved /work/run/7/m.ckpt-10"),
    ],
)
def test_of_a_run_of_which_nothing_is_known_all_clocks_and_folders_are_masked(
    one: str, other: str
) -> None:
    (first,), (second,) = (parse(text, load_masks()).lines for text in (one, other))
    assert (first.skeleton, first.numbers) == (second.skeleton, second.numbers)
    (first,), (second,) = (parse(text, load_masks(), run=RUN).lines for text in (one, other))
    assert (first.skeleton, first.numbers) != (second.skeleton, second.numbers)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("can-be: dates", "can-be: not one of"),
        ("can-be: day", "run: wanted"),
        ("can-be: day, run: {started: '2021-01-05', seconds: 3}", "run: wanted"),
        ("can-be: port, run: {started: '2021-01-05T00:00:00+00:00', seconds: 3.0}", "run: wanted"),
        ("run: {started: 3, seconds: 3.0}", "run.started"),
    ],
)
def test_a_condition_that_cannot_serve_is_named(row: str, message: str) -> None:
    with pytest.raises(ValueError, match=rf"^masks\.yaml: row 1 \(x\): .*{message}"):
        read_masks(f"- {{name: x, pattern: a, masks: [a], leaves: [b], {row}}}\n")


def test_every_condition_is_used() -> None:
    assert {row["can-be"] for row in ROWS if "can-be" in row} >= NEEDS_RUN
