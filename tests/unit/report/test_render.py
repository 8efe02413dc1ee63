"""Which forms of a report are written, and where; which results are shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from reports import FAILED, FILES, ONE, SAME, Tags, cell, store, unpacked, write

from tfcompat.cli import main
from tfcompat.errors import ResultsError, UserError
from tfcompat.report import render


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


def test_of_published_campaigns_what_is_of_the_day_is_the_newer(tmp_path: Path) -> None:
    (tmp_path / "caliper.yaml").touch()
    published = tmp_path / "results" / "published"
    today = cell("1.0.0", {ONE: FAILED})
    assert today.environment is not None
    environment = today.environment.model_copy(update={"resolve": "latest"})
    store(published / "a-latest", today.model_copy(update={"environment": environment}))
    store(published / "b-release", cell("1.0.0", {ONE: SAME}))
    report = render.read_report([], tmp_path / "caliper.yaml")
    assert report.campaigns == ("b-release", "a-latest")


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
    with pytest.raises(UserError, match="`tfcompat run` makes some") as caught:
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


def test_a_folder_that_cannot_be_written_is_an_error(results: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="name another folder with --output"):
        run(results, config=tmp_path, output=tmp_path / "file")


def test_a_report_is_all_of_its_forms(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = write(tmp_path / "results")
    assert main.main(["report", str(results)]) == 0
    assert {path.name for path in (results / "report").iterdir()} == FILES
    assert capsys.readouterr().out.strip() == str(results / "report" / "index.html")


@pytest.mark.parametrize(
    ("form", "name", "begins"),
    [
        ("markdown", "summary.md", "## tensorflow"),
        ("csv", "runs.csv", "campaign,cell"),
        ("json", "report.json", '{\n "schema": 1'),
        ("junit", "junit.xml", "<?xml"),
    ],
)
def test_a_form_alone(
    form: str, name: str, begins: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = write(tmp_path / "results")
    assert main.main(["report", str(results), f"--{form}", "--output", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(begins)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [name]
    assert (tmp_path / "out" / name).read_bytes().decode("utf-8") == printed


def test_figures_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = write(tmp_path / "results")
    assert main.main(["report", str(results), "--svg"]) == 0
    printed = capsys.readouterr().out.split()
    assert {path.name for path in (results / "report").iterdir()} == {
        name for name in FILES if name.endswith(".svg")
    }
    assert len(printed) == 6
