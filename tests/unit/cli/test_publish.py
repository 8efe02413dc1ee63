"""A campaign for a repository: all of its cells, without the notices of runs that ended well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from reports import ATTACK, write

from tfcompat.cli import publish
from tfcompat.results.campaign import Campaign
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.schema import Example, Run, example_of
from tfcompat.results.verdicts import Verdict

if TYPE_CHECKING:
    from pathlib import Path

CELL = "pypi-tensorflow-1.0.0-python-cp36"
EXAMPLE = "examples/old/a.py"
NOTICE = "2021-06-01: this binary was not compiled to use AVX\n"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Return a campaign of eight cells, one of whose runs wrote a notice of the library."""
    folder = write(tmp_path / "results")
    example = example_of([run(0), run(0, "another\n"), run(1)], key="k")
    store(folder, example.model_copy(update={"verdict": Verdict.SAME}))
    return folder


def run(retval: int, *more: str) -> Run:
    return Run(retval=retval, seconds=1, output=["loss: 1\n"], error=[NOTICE, *more])


def store(folder: Path, example: Example) -> None:
    campaign = CampaignStore(folder)
    cell = campaign.cells()[CELL]
    campaign.write(cell.model_copy(update={"examples": {**cell.examples, EXAMPLE: example}}))


def test_notices_of_runs_that_ended_well_are_left_out(results: Path, tmp_path: Path) -> None:
    assert publish.publish(results, tmp_path / "published") == 8
    first, again, failed = Campaign(tmp_path / "published").cells()[CELL].examples[EXAMPLE].all_runs
    # That the failed one wrote what the first one did is no reason to lose it.
    assert [first.error, again.error, failed.error] == [[], [], [NOTICE]]
    assert first.output == again.output == ["loss: 1\n"]
    # What was published is a copy.
    kept = Campaign(results).cells()[CELL].examples[EXAMPLE].all_runs
    assert [len(run.error) for run in kept] == [1, 2, 1]


def test_a_run_that_failed_keeps_its_traceback_and_its_verdict(
    results: Path, tmp_path: Path
) -> None:
    publish.publish(results, tmp_path / "published")
    before, after = Campaign(results).cells(), Campaign(tmp_path / "published").cells()
    assert before.keys() == after.keys()
    failed = [
        example
        for cell in after.values()
        for example in cell.examples.values()
        if example.verdict is Verdict.FAILED
    ]
    assert failed
    assert {tuple(example.error) for example in failed} == {(ATTACK,)}
    for name, cell in before.items():
        verdicts = {test: example.verdict for test, example in cell.examples.items()}
        assert {t: e.verdict for t, e in after[name].examples.items()} == verdicts
        assert after[name].freeze == cell.freeze


def test_missing_symbols_are_dated(tmp_path: Path) -> None:
    results = write(tmp_path / "results", {EXAMPLE: "SSDFFFFF"})
    publish.publish(results, tmp_path / "published")
    cells = Campaign(tmp_path / "published").cells()
    cause = cells["pypi-tensorflow-1.5.0-python-cp37"].examples[EXAMPLE].cause
    assert cause is not None
    dates = (cause.symbol, cause.last_in, cause.gone_in)
    assert dates == ("tensorflow.mul", "1.2.0", "1.3.0")


def test_the_command(results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "published"
    assert publish.main([str(results), str(target)]) == 0
    assert capsys.readouterr().out == "8 cells\n"
    assert len(list(target.glob("*.json"))) == 8


def test_a_campaign_that_is_damaged_is_not_published(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (results / f"{CELL}.json").write_text("{", encoding="utf-8")
    assert publish.main([str(results), str(tmp_path / "published")]) == 2
    assert f"{CELL}.json is damaged" in capsys.readouterr().err
    assert not (tmp_path / "published").exists()


def test_an_empty_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert publish.main([str(tmp_path), str(tmp_path / "published")]) == 2
    assert capsys.readouterr().err == f"tfcompat: {tmp_path} holds no results\n"
