"""The original caliper's files, taken in: every run judged, nothing made up, every fault named."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from caliper_folder import CaliperFolder, Size

from tfcompat.errors import ResultsError, SelectionError, UserError
from tfcompat.execution.import_caliper import ImportSummary, import_folder
from tfcompat.report import facts, phrases
from tfcompat.report.build import build_report, read_campaign
from tfcompat.results.campaign import Campaign
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.verdicts import CauseKind, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.results.schema import CellResult

SMALL = Size(releases=20, pythons=2, scripts=9, files=40, no_wheel=8, build_failed=4, chatter=300)


def taken_in(
    tmp_path: Path, folder: CaliperFolder, **baselines: str
) -> tuple[ImportSummary, dict[str, CellResult]]:
    source = folder.write(tmp_path / "caliper")
    named = {key.replace("__", "/"): release for key, release in baselines.items()}
    done = import_folder(source, tmp_path / "results", named)
    return done, Campaign(tmp_path / "results").cells()


def verdicts(cells: dict[str, CellResult], tests: list[str]) -> dict[str, dict[str, str]]:
    return {
        name: {
            test: (cell.verdict or cell.examples[test].verdict).value
            for test in tests
            if cell.verdict or test in cell.examples
        }
        for name, cell in cells.items()
    }


def test_every_run_comes_to_what_is_true_of_it(tmp_path: Path) -> None:
    folder = CaliperFolder(SMALL)
    done, cells = taken_in(tmp_path, folder)
    truth = folder.truth()
    assert verdicts(cells, [script.path for script in folder.scripts]) == truth
    ran = Counter(v for name in truth for v in truth[name].values() if v != "unbuildable")
    assert {v.value: n for v, n in done.counts.items()} == {**ran, "unbuildable": 12}
    assert (done.cells, done.runs, done.missing, done.skipped) == (40, 28 * 9, 0, ())
    assert done.alone == ran["different"] > 0


def test_causes_are_found_and_dated(tmp_path: Path) -> None:
    folder = CaliperFolder(SMALL)
    _, cells = taken_in(tmp_path, folder)
    script = folder.scripts[3]
    gone = [
        cell.examples[script.path].cause
        for name, cell in cells.items()
        if not cell.verdict and folder.cells()[name][0] > script.last
    ]
    assert gone
    for cause in gone:
        assert cause is not None
        assert (cause.kind, cause.symbol) == (CauseKind.REMOVED_API, "tensorflow.mul")
        assert cause.gone_in == folder.releases[script.last + 1]


def test_a_baseline_that_is_named_serves_its_folder(tmp_path: Path) -> None:
    folder = CaliperFolder(SMALL)
    named = folder.releases[5]
    _, cells = taken_in(tmp_path, folder, **{"tests__tensorflow_v0.11": named})
    early, late = folder.scripts[0].path, folder.scripts[-1].path
    held = {cell.examples[early].baseline for cell in cells.values() if not cell.verdict}
    assert len(held) == 1
    assert f"-{named}-" in str(held)
    others = {cell.examples[late].baseline for cell in cells.values() if not cell.verdict}
    assert f"-{named}-" not in str(others)


def test_a_baseline_that_fails_judges_nobody(tmp_path: Path) -> None:
    folder = CaliperFolder(SMALL)
    late = folder.scripts[-1]
    _, cells = taken_in(tmp_path, folder, **{late.path.replace("/", "__"): folder.releases[0]})
    found = {cell.examples[late.path].verdict for cell in cells.values() if not cell.verdict}
    assert found == {Verdict.NO_BASELINE}


def test_one_run_of_each_is_said_to_be_no_proof(tmp_path: Path) -> None:
    folder = CaliperFolder(SMALL)
    taken_in(tmp_path, folder)
    shown = build_report([read_campaign(tmp_path / "results")])
    different = [e for e in shown.entries.values() if e.verdict is Verdict.DIFFERENT]
    assert different
    for entry in different:
        assert phrases.sentence(entry).endswith("; each ran once, so this may be noise.")
    (reason,) = (f.reason for f in shown.failures if f.verdict is Verdict.DIFFERENT)
    assert reason.endswith("(one run of each: it may be noise)")


def test_nothing_is_made_up_for_a_run_without_output(tmp_path: Path) -> None:
    folder = CaliperFolder(SMALL)
    source = folder.write(tmp_path / "caliper")
    path = next(
        path for path in sorted(source.glob("*.json")) if "requirements.txt" in path.read_text()
    )
    document = json.loads(path.read_text())
    passed, failed = (
        next(t for t, run in document["tests"].items() if t != "build" and run["retval"] == wanted)
        for wanted in (0, 1)
    )
    del document["tests"][passed]["output"]
    del document["tests"][failed]["output"], document["tests"][failed]["seconds"]
    path.write_text(json.dumps(document))
    done = import_folder(source, tmp_path / "results", {})
    cell = Campaign(tmp_path / "results").cell(path.stem)
    assert cell is not None
    assert done.missing == 1
    assert passed not in cell.examples
    assert cell.examples[failed].verdict is Verdict.FAILED
    shown = build_report([read_campaign(tmp_path / "results")])
    assert "Seconds" not in dict(facts.of_entry(shown.entries[failed, path.stem]))


def test_other_files_are_skipped_with_a_reason(tmp_path: Path) -> None:
    folder = CaliperFolder(SMALL)
    source = folder.write(tmp_path / "caliper")
    inputs = {"dependency": "tensorflow", "name": "../../outside", "tests": ""}
    for name, content in {
        "broken": "{",
        "other": "{}",
        "escape": json.dumps({"inputs": inputs, "build_retval": 1}),
        "again": next(source.glob("*.json")).read_text(),
    }.items():
        (source / f"{name}.json").write_text(content)
    done = import_folder(source, tmp_path / "results", {})
    assert done.cells == 40
    assert len(done.skipped) == 4
    said = "\n".join(done.skipped)
    assert "'../../outside' does not name a release and a Python" in said
    assert "again" in said
    assert not (tmp_path / "outside.json").exists()


def test_a_folder_of_ours_needs_no_import(tmp_path: Path) -> None:
    taken_in(tmp_path, CaliperFolder(SMALL))
    with pytest.raises(ResultsError, match="was written by tfcompat itself"):
        import_folder(tmp_path / "results", tmp_path / "again", {})


def test_an_import_can_be_done_again_but_not_into_another_campaign(tmp_path: Path) -> None:
    source = CaliperFolder(SMALL).write(tmp_path / "caliper")
    import_folder(source, tmp_path / "results", {})
    import_folder(source, tmp_path / "results", {})
    other = tmp_path / "other"
    CampaignStore(other).open(dependency="tensorflow", resolve="latest")
    with pytest.raises(ResultsError, match="name another folder with --results"):
        import_folder(source, other, {})


@pytest.mark.parametrize(
    ("baseline", "said"),
    [
        ({"tests/tensorflow_v9": "1.0.0"}, "no example of .* is in 'tests/tensorflow_v9'"),
        ({"tests/tensorflow_v1": "9.9.9"}, "has no release '9.9.9'"),
        ({"tests/tensorflow_v1": "new"}, "has no release 'new'"),
    ],
)
def test_a_baseline_that_is_not_there(tmp_path: Path, baseline: dict[str, str], said: str) -> None:
    source = CaliperFolder(SMALL).write(tmp_path / "caliper")
    with pytest.raises(SelectionError, match=said):
        import_folder(source, tmp_path / "results", baseline)
    assert not (tmp_path / "results").exists()


def test_there_is_nothing_to_import(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is no folder"):
        import_folder(tmp_path / "none", tmp_path / "results", {})
    with pytest.raises(UserError, match="no result files of caliper in"):
        import_folder(tmp_path, tmp_path / "results", {})
