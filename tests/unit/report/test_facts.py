"""The facts about an entry and its cell."""

from __future__ import annotations

from reports import BROKEN, cell, entry_of

from tfcompat.report import facts, model
from tfcompat.results.differences import Difference
from tfcompat.results.schema import CellEnvironment, Example, Wheel
from tfcompat.results.verdicts import Verdict


def test_facts_name_the_first_difference_and_how_the_run_ended() -> None:
    different = Example(
        retval=-9,
        seconds=2.0,
        signal="SIGKILL",
        timed_out=True,
        peak_memory=5_000_000,
        comparison_note="lines are left out",
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
        "Comparison": "lines are left out",
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
