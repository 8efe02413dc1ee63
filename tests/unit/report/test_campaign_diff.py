"""What changed between two campaigns, in every form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports import ATTACK, EXAMPLES, hostile, write

from tfcompat.cli import main
from tfcompat.judging.campaign_diff import diff_campaigns
from tfcompat.report import campaign_diff
from tfcompat.results.verdicts import Verdict
from tfcompat.util import text as text_module

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_changes_in_every_form(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = write(tmp_path / "old")
    worse = EXAMPLES | {"examples/new/c.py": "FFFFFFSS"}
    new = write(tmp_path / "new", worse)
    found = diff_campaigns(campaign_diff.load(old), campaign_diff.load(new))
    (group,) = found.groups
    assert (group.old, group.new, len(group.changes)) == (Verdict.SAME, Verdict.FAILED, 2)
    for form, part in (
        ([], "8 cells in both, 30 verdicts: 2 changed"),
        (["--markdown"], "| same | failed | `tf.mul` is missing |"),
        (["--json"], '"changed": 2'),
        (["--page", str(tmp_path / "page")], "index.html"),
    ):
        assert main.main(["compare", str(old), str(new), *form]) == 0
        assert part in capsys.readouterr().out
    text = (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    assert "2 campaigns: old, new" in text


def test_a_hostile_comparison(tmp_path: Path) -> None:
    (column, *_) = hostile(tmp_path).columns
    better = column.cell.model_copy(
        update={
            "freeze": ["numpy==1\n"],
            "examples": {
                test: example.model_copy(update={"verdict": Verdict.SAME, "cause": None})
                for test, example in column.cell.examples.items()
            },
        }
    )
    found = diff_campaigns({ATTACK: better}, {ATTACK: column.cell})
    assert found.changed == 2
    for text in (campaign_diff.text(found), campaign_diff.as_markdown(found)):
        assert not text_module._HARMFUL.search(text)
    assert "<img" not in campaign_diff.as_markdown(found)
