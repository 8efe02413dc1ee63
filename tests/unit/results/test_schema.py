"""The result file: every form read and written again, damage reported, writing all or nothing."""

from __future__ import annotations

import json
import math
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfcompat.errors import NewerSchemaError, ResultsError
from tfcompat.results.differences import Difference, DifferenceKind, NumberRange
from tfcompat.results.figures import DrawnFigure
from tfcompat.results.schema import (
    SCHEMA,
    Build,
    CellResult,
    Example,
    Inputs,
    Repeat,
    Run,
    count,
    example_of,
    from_document,
    read_cell,
    to_document,
)
from tfcompat.results.verdicts import Basis, Cause, CauseKind, Verdict
from tfcompat.util.files import strict_json, write_json

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = Path(__file__).parents[1] / "data" / "results"
OURS = ("built", "build-failed", "no-wheel", "unknown")
CALIPERS = ("caliper-built", "caliper-build-failed", "caliper-no-wheel")
HELLO, TRAIN = "ex/hello.py", "ex/train.py"


def document(name: str) -> Any:  # noqa: ANN401 - parsed JSON
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def read(name: str) -> CellResult:
    return read_cell(DATA / f"{name}.json")


@pytest.mark.parametrize("name", OURS)
def test_ours_come_back_as_they_were(name: str, tmp_path: Path) -> None:
    cell = read(name)
    write_json(tmp_path / "again.json", to_document(cell))
    assert json.loads((tmp_path / "again.json").read_text(encoding="utf-8")) == document(name)
    assert read_cell(tmp_path / "again.json") == cell


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("comparison_note", "lines are left out"),
        ("stored_output", ["# %% cell 1\n", "5\n"]),
        ("borrowed", "published/x"),
    ],
)
def test_what_only_some_comparisons_have_comes_back(
    name: str, value: object, tmp_path: Path
) -> None:
    cell = read("built")
    noted = cell.examples[HELLO].model_copy(update={name: value})
    document = to_document(cell.model_copy(update={"examples": {**cell.examples, HELLO: noted}}))
    assert [name in document["tests"][test] for test in (HELLO, TRAIN)] == [True, False]
    write_json(tmp_path / "a.json", document)
    examples = read_cell(tmp_path / "a.json").examples
    assert getattr(examples[HELLO], name) == value
    assert getattr(examples[TRAIN], name) is None


@pytest.mark.parametrize("name", CALIPERS)
def test_calipers_own_survive_being_upgraded(name: str) -> None:
    old = document(name)
    upgraded = to_document(read(name))
    assert upgraded.pop("schema") == SCHEMA
    assert "schema" not in old
    # A superset: whatever caliper wrote is still where its scripts look for it.
    assert is_within(old, upgraded)
    assert from_document(json.loads(strict_json(upgraded | {"schema": 1})), DATA) == (read(name))


def is_within(small: object, large: object) -> bool:
    if isinstance(small, dict) and isinstance(large, dict):
        return all(key in large and is_within(value, large[key]) for key, value in small.items())
    return small == large


def test_caliper_built() -> None:
    cell = read("caliper-built")
    assert cell.identifier == "pypi-tensorflow-1.4.0-python-cp36"
    assert (cell.verdict, cell.cause, cell.environment) == (None, None, None)
    assert cell.freeze is not None
    assert cell.freeze[0] == "numpy==1.13.3\n"
    assert cell.build is not None
    assert cell.build.retval == 0
    assert set(cell.examples) == {HELLO, TRAIN}
    assert cell.examples[HELLO].output == ["hello\n"]
    assert cell.examples[HELLO].seconds == 2.5
    # The oldest of its files have no seconds.
    assert (cell.examples[TRAIN].retval, cell.examples[TRAIN].seconds) == (1, 0.0)
    assert {example.verdict for example in cell.examples.values()} == {Verdict.UNKNOWN}


def test_caliper_build_failed() -> None:
    cell = read("caliper-build-failed")
    assert cell.identifier == "pypi-tensorflow-2.0.0rc1-python-cp37"
    assert cell.verdict is Verdict.UNBUILDABLE
    assert cell.cause is not None
    assert cell.cause.kind is CauseKind.BUILD_ERROR
    assert cell.cause.message == "pip returned a non-zero code: 1"
    assert cell.examples == {}


def test_caliper_no_wheel() -> None:
    cell = read("caliper-no-wheel")
    assert cell.verdict is Verdict.UNBUILDABLE
    assert cell.cause is not None
    assert cell.cause.kind is CauseKind.NO_WHEEL
    assert (cell.build, cell.freeze, cell.examples) == (None, None, {})


def test_each_form_has_calipers_keys() -> None:
    built, failed, no_wheel, unknown = map(document, OURS)
    assert built.keys() >= {"inputs", "requirements.txt", "tests", "environment", "schema"}
    assert built["tests"]["build"] == {"retval": 0}
    assert built.keys().isdisjoint({"verdict", "cause", "build_retval"})
    assert failed["tests"].keys() == {"build"}
    assert failed["tests"]["build"]["retval"] == 1
    assert failed["tests"]["build"]["error"]
    assert "requirements.txt" not in failed
    assert no_wheel["build_retval"] == 1
    assert no_wheel.keys().isdisjoint({"tests", "requirements.txt"})
    assert (unknown["verdict"], unknown["cause"]["kind"]) == ("unknown", "no-interpreter")
    for content in (built, failed, no_wheel, unknown):
        assert content["inputs"].keys() == set(Inputs.model_fields)
        assert content["schema"] == SCHEMA


def test_built_is_read_in_full() -> None:
    cell = read("built")
    hello, train = cell.examples[HELLO], cell.examples[TRAIN]
    assert (hello.verdict, hello.basis) == (Verdict.SAME, Basis.EXACT)
    assert (train.signal, train.timed_out, train.truncated) == ("SIGKILL", True, True)
    assert train.cause is not None
    assert train.cause.kind is CauseKind.TIMEOUT
    assert cell.environment is not None
    assert cell.environment.wheel is not None
    assert cell.environment.wheel.size == 39_000_000
    assert cell.examples["ex/noisy.py"].first_difference == Difference(
        kind=DifferenceKind.NUMBER,
        baseline_line=1,
        observed_line=1,
        baseline_text="loss 0.5",
        observed_text="loss nan",
        baseline_value=0.5,
        observed_value="nan",
        band=NumberRange(low=0.5, high="inf"),
    )


def test_repeats_hold_only_what_differs() -> None:
    hello = document("built")["tests"][HELLO]
    assert [repeat["output"] for repeat in hello["runs"]] == [None, None]
    runs = read("built").examples[HELLO].all_runs
    assert [run.output for run in runs] == [["hello\n"]] * 3
    assert [run.error for run in runs] == [[], [], ["warned\n"]]
    assert [run.seconds for run in runs] == [1.5, 1.25, 1.75]


RUNS = st.builds(
    Run,
    retval=st.integers(-64, 255),
    seconds=st.floats(0, 1e6),
    output=st.lists(st.sampled_from(["a\n", "b\n", "\ud800", "nan"]), max_size=3),
    error=st.lists(st.text(max_size=3), max_size=2),
    signal=st.none() | st.just("SIGKILL"),
    timed_out=st.booleans(),
    truncated=st.booleans(),
    figures=st.just([]) | st.just([DrawnFigure(width=4, height=3, digest="d", picture="AAAA")]),
)


@given(st.lists(RUNS, min_size=1, max_size=4))
def test_runs_survive_the_record_and_the_file(runs: list[Run]) -> None:
    example = example_of(runs, key="k")
    assert example.all_runs == runs
    assert (example.verdict, example.key) == (Verdict.UNKNOWN, "k")
    inputs = Inputs(dependency="foo", name="pypi-foo-1-python-cp36")
    cell = CellResult(inputs=inputs, build=Build(retval=0), examples={"a.py": example})
    text = strict_json(to_document(cell))
    assert from_document(json.loads(text), Path("x.json")) == cell


def test_what_a_later_release_adds_is_ignored() -> None:
    content = document("built")
    content["new"] = content["inputs"]["new"] = content["tests"][HELLO]["new"] = 1
    assert from_document(content, Path("x.json")) == read("built")


def test_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cell.json"
    path.write_text(json.dumps(document("built") | {"schema": SCHEMA + 1}), encoding="utf-8")
    said = r"cell\.json was written by a newer tfcompat.*upgrade"
    with pytest.raises(NewerSchemaError, match=said):
        read_cell(path)


def drop(*names: str) -> Callable[[dict[str, Any]], object]:
    def change(content: dict[str, Any]) -> None:
        *path, last = names
        for name in path:
            content = content[name]
        del content[last]

    return change


DAMAGE: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "no inputs": (drop("inputs"), "it has no `inputs`"),
    "no name": (drop("inputs", "name"), "`inputs.name`"),
    "no retval": (drop("tests", HELLO, "retval"), f"`examples.{HELLO}.retval`"),
    "no verdict": (lambda c: c["tests"][HELLO].update(verdict="good"), "verdict`"),
    "no cause": (lambda c: c["tests"][TRAIN]["cause"].update(kind="bad luck"), "cause.kind`"),
    "streams": (lambda c: c["tests"][HELLO].update(output="text"), "output`"),
    "tests": (lambda c: c.update(tests=["a"]), "is damaged"),
    "test": (lambda c: c["tests"].update({HELLO: None}), HELLO),
    "schema": (lambda c: c.update(schema="1"), "its `schema` is no number"),
    "schema below zero": (lambda c: c.update(schema=-1), "its `schema` is no number"),
    "freeze": (lambda c: c.update({"requirements.txt": "a==1"}), "`freeze`"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_content_is_told(damage: str, tmp_path: Path) -> None:
    change, said = DAMAGE[damage]
    content = document("built")
    change(content)
    path = tmp_path / "cell.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ResultsError) as caught:
        read_cell(path)
    assert str(caught.value).startswith(f"{path} is damaged: ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "3", '"x"', "[" * 100_000, '{"inputs": 1}']
)
def test_damaged_text_is_told(text: str, tmp_path: Path) -> None:
    path = tmp_path / "cell.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ResultsError, match="is damaged"):
        read_cell(path)


def test_unreadable_files_are_told(tmp_path: Path) -> None:
    (tmp_path / "bytes.json").write_bytes(b"\xff\x00")
    for path in (tmp_path / "bytes.json", tmp_path / "nowhere.json", tmp_path):
        with pytest.raises(ResultsError, match="is damaged"):
            read_cell(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["inputs", "tests", "build", "retval", "name", "dependency", "verdict", "error"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_a_cell_or_damaged(
    tmp_path_factory: pytest.TempPathFactory, content: object
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    # Anything else that is raised is a traceback.
    with suppress(ResultsError):
        assert isinstance(read_cell(path), CellResult)


def test_a_diff_may_hold_what_json_cannot() -> None:
    diff = {"loss": math.nan, "band": [math.inf, {"low": -math.inf}]}
    first = Difference(baseline_value=0.5, observed_value=math.inf)
    example = Example(retval=0, seconds=1, diff=diff, first_difference=first)
    inputs = Inputs(dependency="foo", name="pypi-foo-1-python-cp36")
    cell = CellResult(inputs=inputs, build=Build(retval=0), examples={"a.py": example})
    text = strict_json(to_document(cell))
    kept = json.loads(text)["tests"]["a.py"]
    # Distinguished: as null they would all be the same.
    assert [text.lower() for text in (kept["diff"]["loss"], kept["diff"]["band"][0])] == [
        "nan",
        kept["first_difference"]["observed_value"],
    ]
    assert kept["diff"]["band"][0].lower().startswith("inf")
    assert kept["diff"]["band"][1]["low"].lower().startswith("-inf")


def test_count() -> None:
    def cell(verdict: Verdict | None = None, **found: Verdict) -> CellResult:
        return CellResult(
            inputs=Inputs(dependency="foo", name="pypi-foo-1-python-cp36"),
            examples={
                f"{name}.py": Example(retval=0, seconds=1, verdict=one)
                for name, one in found.items()
            },
            verdict=verdict,
            cause=Cause(kind=CauseKind.CONFLICT, message="numpy") if verdict else None,
        )

    cells = (
        cell(a=Verdict.SAME, b=Verdict.FAILED, c=Verdict.DIFFERENT),
        cell(a=Verdict.FAILED),
        cell(Verdict.UNBUILDABLE),
        cell(Verdict.UNKNOWN),
    )
    counts = {verdict: count(cells, ("a.py", "b.py"), verdict) for verdict in Verdict}
    # Of the examples selected; a cell without an environment counts for each of them.
    assert counts == {
        Verdict.SAME: 1,
        Verdict.FAILED: 2,
        Verdict.UNBUILDABLE: 2,
        Verdict.UNKNOWN: 2,
        Verdict.DIFFERENT: 0,
        Verdict.NO_BASELINE: 0,
    }
    assert count([], ("a.py",), Verdict.SAME) == count(cells, (), Verdict.UNBUILDABLE) == 0


def test_written_json_is_strict_and_ends_in_a_newline(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "x.json"
    write_json(path, {"loss": math.nan, "text": "é\ud800\n"})
    raw = path.read_bytes()
    assert raw.endswith(b"}\n")
    assert raw.isascii()
    content = json.loads(raw, parse_constant=pytest.fail)
    assert content == {"loss": "nan", "text": "é\ud800\n"}
    assert path.stat().st_mode & 0o777 == 0o644
    assert [found.name for found in path.parent.iterdir()] == ["x.json"]


def open_files() -> int:
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


@pytest.mark.parametrize("step", ["fsync", "replace", "fdopen"])
def test_the_old_file_stays_when_writing_fails(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.json"
    write_json(path, {"old": 1})
    before = path.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    handles = open_files()
    with monkeypatch.context() as patch:
        patch.setattr(Path if step == "replace" else os, step, full)
        with pytest.raises(ResultsError, match=r"cannot write .*x\.json: No space left.*--results"):
            write_json(path, {"new": 2})
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["x.json"]
    if step != "fdopen":
        assert open_files() == handles


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ResultsError, match="name another folder with --results"):
        write_json(tmp_path / "file" / "x.json", {})


def test_what_cannot_be_json_touches_nothing(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        write_json(tmp_path / "x.json", {"a": object()})
    assert list(tmp_path.iterdir()) == []


def test_an_example_is_immutable() -> None:
    example = Example(retval=0, seconds=1)
    with pytest.raises(ValueError, match="frozen"):
        example.retval = 1  # type: ignore[misc]
    assert Repeat(retval=0, seconds=1).output is None
