"""What runs print, packed: it is the same lines, in records and in files."""

from __future__ import annotations

import gc
import json
import pickle
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfcompat.results import streams
from tfcompat.results.schema import (
    Build,
    CellResult,
    Example,
    Inputs,
    Repeat,
    Run,
    example_of,
    read_cell,
    to_document,
)
from tfcompat.results.streams import PackedLines, digest_of, pack_streams, packed
from tfcompat.util.files import strict_json, write_json

if TYPE_CHECKING:
    from pathlib import Path

MANY = [f"step {n} é\n" for n in range(2000)]
FEW = ["a\n", "b"]


def run(output: list[str]) -> Run:
    return Run(retval=0, seconds=1.0, output=output)


@given(text=st.text(st.characters(), max_size=30), ended=st.booleans())
def test_packed_lines_are_the_lines(text: str, *, ended: bool) -> None:
    lines = [*MANY, *text.splitlines(keepends=True)]
    # Only what ends a line of a stream may end one here.
    lines = [f"{part}\n" for part in "".join(lines).split("\n")]
    lines = lines if ended else [*lines, "end"]
    found = packed(lines)
    assert isinstance(found, PackedLines)
    assert list(found) == lines
    assert len(found) == len(lines)
    assert (found[0], found[-1], found[2:4]) == (lines[0], lines[-1], lines[2:4])


def test_little_stays_as_it_is() -> None:
    assert packed(FEW) is FEW
    assert run(FEW).output == FEW
    assert isinstance(run(FEW).output, list)


@pytest.mark.parametrize("extra", [["a\nb"], ["a", "b"], [""]])
def test_what_is_cut_elsewhere_stays_as_it_is(extra: list[str]) -> None:
    lines = [*MANY, *extra]
    assert packed(lines) is lines


def test_packed_lines_equal_a_list_and_each_other() -> None:
    one = packed(MANY)
    assert one == MANY
    assert one == MANY
    assert one != MANY[:-1]
    assert one != [*MANY[:-1], "other\n"]
    assert one != packed([*MANY[:-1], "other\n"])
    assert digest_of(one) == digest_of(MANY) != digest_of(MANY[1:])


def test_equal_streams_are_held_once_and_not_for_ever() -> None:
    one = packed(MANY)
    assert packed(list(MANY)) is one
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 - it was just made
    del one
    gc.collect()
    assert not streams._known


def test_lines_take_less_memory_packed() -> None:
    found = packed(MANY)
    assert isinstance(found, PackedLines)
    assert len(found._packed) < sum(map(len, MANY)) / 2


def cell_with(example: Example) -> CellResult:
    inputs = Inputs(dependency="six", name="pypi-six-1.0-python-cp39")
    return CellResult(inputs=inputs, build=Build(retval=0), examples={"a.py": example})


def test_records_hold_packed_lines_and_files_lists(tmp_path: Path) -> None:
    example = example_of([run(MANY), run(MANY), run([*MANY, "more\n"])], key="k")
    assert isinstance(example.output, PackedLines)
    assert [list(one.output) for one in example.all_runs] == [MANY, MANY, [*MANY, "more\n"]]
    assert [repeat.output is None for repeat in example.runs] == [True, False]
    assert example.model_dump(mode="json")["output"] == MANY
    path = tmp_path / "cell.json"
    write_json(path, to_document(cell_with(example)))
    read = read_cell(path).examples["a.py"]
    assert read == example
    assert isinstance(read.output, PackedLines)


def test_documents_have_the_fields_of_records_in_their_order() -> None:
    example = example_of([run(MANY), run(FEW)], key="k")
    found = json.loads(strict_json(to_document(cell_with(example))))["tests"]["a.py"]
    assert found["output"] == MANY
    assert list(found) == [name for name in Example.model_fields if name in found]
    repeat = found["runs"][0]
    assert list(repeat) == [name for name in Repeat.model_fields if name in repeat]
    assert "output" in repeat


def test_what_is_no_stream_is_not_packed() -> None:
    content = {"output": ["a", 1] * 5000, "error": "b" * 9000, "other": MANY}
    assert pack_streams(dict(content)) == content
    assert not isinstance(pack_streams(dict(content))["other"], PackedLines)
