"""The report: what is counted, which folder is shown, and that nothing hostile gets through."""

from __future__ import annotations

import base64
import html
import io
import json
import re
import zlib
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from reports import hostile
from rich.console import Console

from tfcompat.errors import ResultsError, UserError
from tfcompat.report import facts, inference, model, page, phrases, render, terminal
from tfcompat.results.campaign import Campaign
from tfcompat.results.differences import Difference
from tfcompat.results.schema import Build, CellEnvironment, CellResult, Example, Inputs, Wheel
from tfcompat.results.verdicts import Basis, Cause, CauseKind, Verdict
from tfcompat.util import text as text_module
from tfcompat.util.files import write_text

ONE = "examples/tensorflow_v1/1_Introduction/one.py"
TWO = "examples/tensorflow_v1/2_Models/two.py"
TEN = "examples/tensorflow_v1/10_More/ten.py"
OLD = "examples/tensorflow_v0.11/old.py"
SAME = Example(retval=0, seconds=1.5, output=["loss: 1\n"], verdict=Verdict.SAME, basis=Basis.EXACT)
BROKEN = Cause(kind=CauseKind.REMOVED_API, message="no attribute 'mul'", symbol="tensorflow.mul")
FAILED = Example(retval=1, seconds=0.5, error=["oh\n"], verdict=Verdict.FAILED, cause=BROKEN)
NO_WHEEL = Cause(kind=CauseKind.NO_WHEEL, message="no wheel for Python 3.6")
NO_PYTHON = Cause(kind=CauseKind.NO_INTERPRETER, message="Python 3.8 is not on this machine")


def identifier(release: str, python: str = "3.6") -> str:
    return f"pypi-tensorflow-{release}-python-cp{python.replace('.', '')}"


def cell(
    release: str,
    examples: dict[str, Example] | None = None,
    *,
    python: str = "3.6",
    tests: tuple[str, ...] = (),
    verdict: Verdict | None = None,
    cause: Cause | None = None,
    bare: bool = False,
) -> CellResult:
    name = identifier(release, python)
    environment = CellEnvironment(release=release, python=python, resolve="release")
    return CellResult(
        inputs=Inputs(dependency="tensorflow", name=name, tests="\n".join(tests)),
        environment=None if bare else environment,
        freeze=["numpy==1.13.3\n"],
        build=None if verdict is Verdict.UNBUILDABLE else Build(retval=0),
        examples=examples or {},
        verdict=verdict,
        cause=cause,
    )


def store(folder: Path, *cells: CellResult) -> Path:
    campaign = Campaign(folder)
    for one in cells:
        if one.verdict is Verdict.UNKNOWN:
            campaign.store_unknown(one)
        else:
            campaign.write(one)
    return folder


def built(*folders: Path) -> model.Report:
    return model.build([model.read(folder) for folder in folders])


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return store(
        tmp_path / "results",
        cell("1.10.0", {ONE: SAME, TWO: FAILED}),
        cell("1.9.0", {ONE: FAILED, TWO: FAILED}, python="3.10"),
        cell("1.9.0", {ONE: SAME}, python="3.6"),
        cell("2.0.0", tests=(ONE, TWO), verdict=Verdict.UNBUILDABLE, cause=NO_WHEEL),
        cell("2.3.4", tests=(ONE, TWO), verdict=Verdict.UNKNOWN, cause=NO_PYTHON, python="3.8"),
    )


def test_columns_are_ordered_by_release_then_python(results: Path) -> None:
    shown = [(column.release, column.python) for column in built(results).columns]
    assert shown == [
        ("1.9.0", "3.6"),
        ("1.9.0", "3.10"),
        ("1.10.0", "3.6"),
        ("2.0.0", "3.6"),
        ("2.3.4", "3.8"),
    ]


def test_rows_are_grouped_by_family_in_natural_order(tmp_path: Path) -> None:
    store(tmp_path, cell("1.0.0", dict.fromkeys((TEN, TWO, OLD, ONE), SAME)))
    families = [(family.name, family.examples) for family in built(tmp_path).families]
    assert families == [
        ("examples/tensorflow_v0.11", (OLD,)),
        ("examples/tensorflow_v1", (ONE, TWO, TEN)),
    ]


@pytest.mark.parametrize(
    ("example", "family"),
    [
        (ONE, "examples/tensorflow_v1"),
        ("study/examples/v2/a/b.py", "study/examples/v2"),
        ("examples/a.py", "examples"),
        ("tests/deep/a.py", "tests/deep"),
        ("a.py", "."),
    ],
)
def test_family(example: str, family: str) -> None:
    assert model.family_of(example) == family


def test_a_cell_without_an_environment_counts_for_each_of_its_examples(results: Path) -> None:
    shown = built(results)
    counts = {verdict.value: count for verdict, count in shown.counts.items() if count}
    assert counts == {"same": 2, "failed": 3, "unbuildable": 2, "unknown": 2}
    assert shown.entry(TWO, shown.columns[0]) is None  # it was not asked for


def test_counts_agree_everywhere(results: Path) -> None:
    shown = built(results)
    by_column = [shown.counts_of(column) for column in shown.columns]
    for verdict, count in shown.counts.items():
        assert sum(counts[verdict] for counts in by_column) == count
        failures = [f for f in shown.failures if f.verdict is verdict]
        listed = sum(len(failure.entries) for failure in failures)
        assert listed == (0 if verdict is Verdict.SAME else count)
    data: Any = page.data_of(shown)
    drawn = [e for f in data["families"] for row in f["rows"] for e in row["entries"] if e]
    assert len(drawn) == sum(shown.counts.values())


def test_failures_are_grouped_by_reason_with_the_largest_first(results: Path) -> None:
    failures = built(results).failures
    assert [(f.verdict.value, len(f.entries)) for f in failures] == [
        ("failed", 3),
        ("unbuildable", 2),
        ("unknown", 2),
    ]
    assert failures[0].reason == "removed-api: `tf.mul` is missing"


def test_what_is_finished_stays_a_result_and_an_attempt_adds_what_it_lacks(tmp_path: Path) -> None:
    attempt = cell("1.0.0", tests=(ONE, TWO), verdict=Verdict.UNKNOWN, cause=NO_PYTHON)
    shown = built(store(tmp_path, cell("1.0.0", {ONE: SAME}), attempt))
    (column,) = shown.columns
    verdicts = [entry and entry.verdict for entry in (shown.entry(t, column) for t in (ONE, TWO))]
    assert verdicts == [Verdict.SAME, Verdict.UNKNOWN]


def test_caliper_files_name_release_and_python_in_the_identifier(tmp_path: Path) -> None:
    document = {"inputs": {"dependency": "tensorflow", "name": identifier("2.0.0rc1", "3.10")}}
    (tmp_path / "a.json").write_text(json.dumps({**document, "build_retval": 1}))
    store(tmp_path, cell("1.0.0", {ONE: SAME}))
    shown = built(tmp_path)
    assert [(c.release, c.python) for c in shown.columns] == [
        ("1.0.0", "3.6"),
        ("2.0.0rc1", "3.10"),
    ]
    # It lists no examples, so it stands for all that the campaign has.
    assert shown.counts[Verdict.UNBUILDABLE] == 1


def test_the_output_of_a_baseline_is_found_in_an_unfinished_cell(tmp_path: Path) -> None:
    name = identifier("0.12.1")
    Campaign(tmp_path).begin(cell("0.12.1", {ONE: SAME}))
    store(tmp_path, cell("1.0.0", {ONE: SAME.model_copy(update={"baseline": name})}))
    shown = built(tmp_path)
    entry = shown.entry(ONE, shown.columns[0])
    assert [column.release for column in shown.columns] == ["1.0.0"]
    assert entry is not None
    assert entry.baseline_run is not None
    assert entry.baseline_run.output == ["loss: 1\n"]


@pytest.mark.parametrize("name", ["../secret", "x" * 5000, "a\x00b", "/etc/passwd", ""])
def test_a_baseline_of_a_hostile_name_is_not_looked_for(tmp_path: Path, name: str) -> None:
    store(tmp_path / "results", cell("1.0.0", {ONE: SAME.model_copy(update={"baseline": name})}))
    (tmp_path / "secret.json").write_text("{}")
    shown = built(tmp_path / "results")
    entry = shown.entry(ONE, shown.columns[0])
    assert entry is not None
    assert entry.baseline_run is None
    assert not shown.damaged


def test_the_baseline_itself_is_marked(tmp_path: Path) -> None:
    own = SAME.model_copy(update={"baseline": identifier("1.0.0")})
    shown = built(store(tmp_path, cell("1.0.0", {ONE: own})))
    (entry,) = shown.entries.values()
    assert entry.is_baseline
    assert "is the baseline" in phrases.sentence(entry)


class Tags(HTMLParser):
    """The elements of a page, and the text of its data."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.data = ""
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._inside = tag == "script" and ("id", "data") in attrs

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.data += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "script"


def unpacked(text: str) -> Any:  # noqa: ANN401 - what the page's script reads
    return json.loads(zlib.decompress(base64.b64decode(text)))


def test_hostile_text_never_becomes_markup_of_the_page(tmp_path: Path) -> None:
    text = page.render(hostile(tmp_path))
    parsed = Tags(text)
    assert parsed.tags.count("script") == 7
    assert "img" not in parsed.tags
    assert "<img" not in text
    assert not text_module._HARMFUL.search(text)
    text.encode()
    data = unpacked(parsed.data)
    assert any("<img src=x onerror=alert(2)>" in str(text) for text in data["texts"])
    assert {"</script><script>" in row["path"] for f in data["families"] for row in f["rows"]} == {
        True
    }


def test_hostile_text_does_not_drive_a_terminal(tmp_path: Path) -> None:
    written = io.StringIO()
    terminal.show(hostile(tmp_path), Console(file=written, width=200))
    assert not text_module._HARMFUL.search(written.getvalue())
    written.getvalue().encode()


def test_json_is_strict_and_holds_no_markup() -> None:
    text = page.packed({"<!--": [float("nan"), "<script>&\u2028"]})
    assert re.fullmatch("[A-Za-z0-9+/=]+", text)
    assert unpacked(text) == {"<!--": ["nan", "<script>&\u2028"]}


def test_the_page_needs_nothing_from_elsewhere(results: Path) -> None:
    text = page.render(built(results))
    assert "default-src 'none'" in html.unescape(text)
    # The name of a vocabulary, which nobody asks for.
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in text
    assert "src=" not in text
    assert "innerHTML" not in text


def test_a_text_that_occurs_twice_is_stored_once(tmp_path: Path) -> None:
    data: Any = page.data_of(
        built(store(tmp_path, cell("1.0.0", {ONE: SAME, TWO: SAME}), cell("1.1.0", {ONE: SAME})))
    )
    assert sorted(data["texts"]) == ["loss: 1\n", "numpy==1.13.3\n"]


def test_long_texts_keep_head_and_tail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "STREAMS_LIMIT", 2000)
    long = SAME.model_copy(update={"output": ["a" * 5000, "z" * 5000]})
    data: Any = page.data_of(built(store(tmp_path, cell("1.0.0", {ONE: long}))))
    (cut,) = [text for text in data["texts"] if isinstance(text, dict)]
    assert cut == {"head": "a" * 750, "tail": "z" * 250, "left_out": 9000}


def test_the_text_table_has_a_row_a_cell_and_a_sign_an_example(results: Path) -> None:
    written = io.StringIO()
    terminal.show(built(results), Console(file=written, width=100))
    lines = [line.replace("│", " ").split() for line in written.getvalue().splitlines()]
    assert ["1.10.0", "3.6", "=✗", "1", "1"] in lines
    assert ["2.3.4", "3.8", "??", "2"] in lines
    assert ["5", "cells", "2", "2", "3", "2", "2"] in lines
    assert "failed: removed-api: `tf.mul` is missing" in written.getvalue()


def test_the_text_table_needs_no_unicode(results: Path) -> None:
    raw = io.BytesIO()
    ascii_only = io.TextIOWrapper(raw, encoding="ascii")
    terminal.show(built(results), Console(file=ascii_only, width=100))
    ascii_only.flush()
    assert b"=x" in raw.getvalue()


def run(*folders: Path, config: Path, output: Path | None = None, text: bool = False) -> int:
    return render.command(list(folders), config, output, "text" if text else None)


def test_the_page_is_written_beside_the_results(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(results, config=tmp_path / "none.yaml") == 0
    assert capsys.readouterr().out.strip() == str(results / "report" / "index.html")
    assert "1.10.0" in (results / "report" / "index.html").read_text()
    assert run(results, config=tmp_path / "none.yaml", output=tmp_path / "out") == 0
    assert (tmp_path / "out" / "index.html").exists()


def test_text_writes_nothing(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(tmp_path.rglob("*"))
    assert run(results, config=tmp_path / "none.yaml", text=True) == 0
    assert sorted(tmp_path.rglob("*")) == before
    assert "1.10.0" in capsys.readouterr().out


def test_the_local_campaign_of_a_study_goes_before_the_published(tmp_path: Path) -> None:
    (tmp_path / "caliper.yaml").touch()
    published = store(tmp_path / "results" / "published" / "a", cell("1.0.0", {ONE: SAME}))
    (tmp_path / "results" / "published" / "empty").mkdir()
    assert run(config=tmp_path / "caliper.yaml") == 0
    assert (published / "report" / "index.html").exists()
    local = store(tmp_path / "results", cell("1.1.0", {ONE: SAME}))
    assert run(config=tmp_path / "caliper.yaml") == 0
    assert "1.1.0" in (local / "report" / "index.html").read_text()


def test_without_a_study_the_current_folder_counts(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(results.parent)
    assert run(config=Path("caliper.yaml")) == 0
    assert (results / "report" / "index.html").exists()
    with pytest.raises(UserError, match="there is no study at nowhere"):
        run(config=Path("nowhere"))


def test_nothing_to_show_names_the_command_that_makes_some(tmp_path: Path) -> None:
    (tmp_path / "caliper.yaml").touch()
    with pytest.raises(UserError, match="run `nox -s run_examples` first") as caught:
        run(config=tmp_path / "caliper.yaml")
    assert caught.value.exit_code == 2


def test_a_named_folder_must_hold_results(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is no folder"):
        run(tmp_path / "missing", config=tmp_path / "caliper.yaml")
    with pytest.raises(ResultsError, match="holds no results"):
        run(tmp_path, config=tmp_path / "caliper.yaml")


def test_damaged_files_are_noted_on_the_page_and_on_the_terminal(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (results / "broken.json").write_text("{<b>")
    state = results / ".state" / "gone"
    state.mkdir()
    (state / "unknown.json").write_text("")
    assert run(results, config=results) == 0
    noted = capsys.readouterr().err
    text = (results / "report" / "index.html").read_text()
    for name in ("broken.json", "unknown.json"):
        assert f"{name} is damaged" in noted
        assert f"{name} is damaged" in text


def test_a_file_of_a_newer_release_is_refused(results: Path) -> None:
    (results / "newer.json").write_text(json.dumps({"schema": 99, "inputs": {}}))
    with pytest.raises(ResultsError, match="newer tfcompat"):
        run(results, config=results)


def test_two_campaigns_stand_side_by_side(tmp_path: Path) -> None:
    folders = [
        store(tmp_path / name / "results", cell("1.0.0", {ONE: example}))
        for name, example in (("a", SAME), ("b", FAILED))
    ]
    assert run(*folders, folders[0], config=tmp_path) == 0
    parsed = Tags((folders[0] / "report" / "index.html").read_text())
    data = unpacked(parsed.data)
    assert [column["campaign"] for column in data["columns"]] == [str(f) for f in folders]
    (row,) = data["families"][0]["rows"]
    assert [entry["verdict"] for entry in row["entries"]] == ["same", "failed"]


def test_a_folder_that_cannot_be_written_is_told(results: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="name another folder with --output"):
        run(results, config=tmp_path, output=tmp_path / "file")


def entry_of(example: Example | None, cause: Cause | None = None, **more: Any) -> model.Entry:  # noqa: ANN401 - fields of an entry
    own = cell("1.4.0", {ONE: example} if example else {})
    column = model.Column(key="k", campaign="c", release="1.4.0", python="3.6", cell=own)
    return model.Entry(example=ONE, column=column, run=example, cause=cause, **more)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            entry_of(SAME, verdict=Verdict.SAME, basis=Basis.NOISE, baseline=identifier("1.12.3")),
            "printed, up to the noise between the baseline's own runs (1.12.3 on Python 3.6).",
        ),
        (
            entry_of(SAME, verdict=Verdict.DIFFERENT, baseline=identifier("1.12.3")),
            "but prints something else than its baseline (1.12.3 on Python 3.6).",
        ),
        (entry_of(FAILED, BROKEN, verdict=Verdict.FAILED), "3.6: no attribute 'mul'"),
        (entry_of(FAILED, verdict=Verdict.FAILED), "It does not run with tensorflow 1.4.0"),
        (
            entry_of(None, NO_WHEEL, verdict=Verdict.UNBUILDABLE),
            "There is no environment with tensorflow 1.4.0 on Python 3.6: no wheel",
        ),
        (
            entry_of(
                SAME,
                Cause(kind=CauseKind.UNSTABLE_BASELINE, message="prints nothing stable"),
                verdict=Verdict.NO_BASELINE,
            ),
            "It ran with tensorflow 1.4.0 on Python 3.6, but there is nothing to hold it against",
        ),
        (entry_of(None, NO_PYTHON, verdict=Verdict.UNKNOWN), "It could not be tried with"),
        (
            entry_of(
                SAME,
                Cause(kind=CauseKind.BASELINE_UNAVAILABLE, message="not run yet"),
                verdict=Verdict.UNKNOWN,
            ),
            "but its baseline could not be had here: not run yet",
        ),
        (entry_of(SAME, verdict=Verdict.UNKNOWN), "has not been judged"),
    ],
)
def test_sentences(entry: model.Entry, said: str) -> None:
    assert said in phrases.sentence(entry)


def test_facts_name_the_first_difference_and_how_the_run_ended() -> None:
    different = Example(
        retval=-9,
        seconds=2.0,
        signal="SIGKILL",
        timed_out=True,
        peak_memory=5_000_000,
        first_difference={
            "baseline_line": 3,
            "observed_line": 4,
            "baseline_text": "loss: 1",
            "observed_text": None,
            "baseline_value": 1.0,
            "observed_value": "nan",
            "band": {"low": 0.9, "high": 1.1, "others": []},
        },
    )
    shown = dict(facts.of_entry(entry_of(different, BROKEN, verdict=Verdict.DIFFERENT)))
    assert shown == {
        "Cause": "removed-api",
        "Message": "no attribute 'mul'",
        "Symbol": "tensorflow.mul",
        "In the baseline, line 3": "loss: 1",
        "Here, line 4": "(no such line)",
        "Number": "1.0 became nan",
        "Noise of the baseline": "0.9 to 1.1",
        "Ended": "killed by SIGKILL, time ran out",
        "Seconds": "2.00",
        "Peak memory": "5 MB",
    }
    assert facts.lines_of(different.first_difference) == [3, 4]
    assert facts.lines_of(Difference(baseline_line=1)) == facts.lines_of(None) == []


def test_facts_on_a_cell_say_where_its_runs_were_made() -> None:
    environment = CellEnvironment(
        release="1.4.0",
        python="3.6",
        resolve="release",
        cut_off="2017-11-01T23:19:13+00:00",
        wheel=Wheel(filename="tensorflow-1.4.0.whl", sha256="9726", size=41_208_001),
        interpreter={"version": "3.6.15", "abi": "cp36m"},
        host={"os": "Linux", "cpu_model": "EPYC", "cpu_flags": ["avx"]},
    )
    own = cell("1.4.0").model_copy(update={"environment": environment})
    column = model.Column(key="k", campaign="c", release="1.4.0", python="3.6", cell=own)
    shown = dict(facts.of_column(column))
    assert shown["Wheel"] == "tensorflow-1.4.0.whl"
    assert shown["Size"] == "41 MB"
    assert shown["Cut-off"] == "2017-11-01T23:19:13+00:00"
    assert shown["Python"] == "3.6.15 cp36m"
    assert shown["Host"] == "Linux, EPYC"


def searched(folder: Path) -> Path:
    """Return a campaign of six releases in which edges were searched for."""
    store(
        folder,
        cell("1.0", {ONE: FAILED, TWO: SAME}),
        cell("1.1", {ONE: FAILED}),
        cell("1.2", {ONE: SAME}),
        cell("1.3", {TWO: SAME}),
        cell("1.4", {ONE: SAME, TWO: FAILED}),
        cell("1.5", {TWO: FAILED}),
    )
    write_text(folder / model.SEARCHED, "{}")
    return folder


def test_what_is_inferred_is_told_from_what_ran(tmp_path: Path) -> None:
    render = built(searched(tmp_path / "results"))
    keys = {column.release: column.key for column in render.columns}
    assert render.inferred == {
        (TWO, keys["1.1"]): inference.RUNS,
        (TWO, keys["1.2"]): inference.RUNS,
        (ONE, keys["1.3"]): inference.RUNS,
    }
    # Nothing is known above the newest release that ran.
    assert (ONE, keys["1.5"]) not in render.inferred
    # It is no entry, and no count has it.
    assert sum(render.counts.values()) == len(render.entries) == 8


def test_nothing_is_inferred_where_nothing_was_searched(results: Path) -> None:
    assert built(results).inferred == {}


def test_inferred_signs_on_page_and_terminal(tmp_path: Path) -> None:
    render = built(searched(tmp_path / "results"))
    rows: Any = page.data_of(render)["families"]
    assert [row["inferred"] for family in rows for row in family["rows"]] == [
        {3: "."},
        {1: ".", 2: "."},
    ]
    assert "inferred to run, not tried" in page.render(render)
    said = io.StringIO()
    terminal.show(render, Console(width=120, file=said, legacy_windows=False))
    assert ". inferred to run, not tried" in said.getvalue()
