"""The record of a shard beside its results."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tfcompat.errors import NewerSchemaError
from tfcompat.results.shards import Shard, ShardRecord, parse_shard, read_records, write_record

if TYPE_CHECKING:
    from pathlib import Path

RECORD = ShardRecord(
    number=2,
    of=3,
    dependency="foo",
    resolve="release",
    examples=("a.py",),
    cells=(("one", "two"), ("three",), ()),
)


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_record(tmp_path, RECORD)
    assert read_records(tmp_path) == ([RECORD], [])
    assert {name: str(shard) for name, shard in RECORD.owed().items()} == {
        "one": "1/3",
        "two": "1/3",
        "three": "2/3",
    }


def test_no_record_is_taken_for_a_result(tmp_path: Path) -> None:
    write_record(tmp_path, RECORD)
    assert list(tmp_path.glob("*.json")) == []


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "{}",
        '{"schema": 1}',
        json.dumps({"schema": 1, **RECORD.model_dump(mode="json"), "of": 4}),
        json.dumps({"schema": 1, **RECORD.model_dump(mode="json"), "number": 4}),
    ],
)
def test_a_damaged_record_is_named(text: str, tmp_path: Path) -> None:
    write_record(tmp_path, RECORD)
    path = tmp_path / "shards" / "2-of-3.json"
    path.write_text(text, encoding="utf-8")
    records, (line,) = read_records(tmp_path)
    assert records == []
    assert line.startswith(f"{path} is damaged: ")


def test_a_newer_record_is_refused(tmp_path: Path) -> None:
    write_record(tmp_path, RECORD)
    path = tmp_path / "shards" / "2-of-3.json"
    path.write_text('{"schema": 99}', encoding="utf-8")
    with pytest.raises(NewerSchemaError, match="newer tfcompat"):
        read_records(tmp_path)


def test_a_shard_is_named_by_number_and_count() -> None:
    assert parse_shard("2/8") == Shard(number=2, of=8)
    assert parse_shard("8/8") == Shard(number=8, of=8)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0/3", "are 1/3 to 3/3"),
        ("4/3", "are 1/3 to 3/3"),
        ("x/y", "such as 2/8"),
        ("2", "such as 2/8"),
        ("-1/3", "such as 2/8"),
        ("1/0", "N is from 1"),
        (f"1/{'9' * 5000}", "N is from 1"),
        (f"{'9' * 5000}/3", "are 1/3 to 3/3"),
    ],
)
def test_what_is_no_shard(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_shard(text)
