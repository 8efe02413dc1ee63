"""``tfcompat run``: what it hands on, and what it makes of how a campaign ended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tfcompat.cli.commands import run
from tfcompat.cli.main import exit_code_of, main, parser
from tfcompat.execution.campaign_run import RunOptions, RunSummary
from tfcompat.planning.plan import Selection
from tfcompat.results.schema import Build, CellResult, Example, Inputs
from tfcompat.results.verdicts import Verdict

if TYPE_CHECKING:
    from tfcompat.execution.progress import Progress

pytestmark = pytest.mark.usefixtures("signals")


class FakeCampaign:
    """Stands for ``campaign_run.run``: keeps what it was given, and ends with a summary."""

    def __init__(self, *verdicts: Verdict, exit_code: int = 0) -> None:
        examples = {
            f"ex/{number}.py": Example(retval=0, seconds=1, verdict=verdict)
            for number, verdict in enumerate(verdicts)
        }
        inputs = Inputs(dependency="foo", name="pypi-foo-1.0-python-cp36")
        cell = CellResult(inputs=inputs, build=Build(retval=0), examples=examples)
        self.summary = RunSummary(cells=(cell,), tests=tuple(examples), exit_code=exit_code)
        self.given: tuple[Selection, RunOptions] | None = None

    def evaluate(self, selection: Selection, options: RunOptions, progress: Progress) -> RunSummary:
        assert progress is not None
        self.given = (selection, options)
        return self.summary

    def run(self, *words: str) -> int:
        """Return the exit code of a run that is evaluated by this."""
        parsed = parser().parse_args(["run", *words])
        return exit_code_of(lambda: run.run(parsed, self.evaluate))


def test_everything_is_handed_on() -> None:
    campaign = FakeCampaign()
    words = (
        "--config a.yaml --release 1.4.0 --tf >=2 --python 3.6 --python cp27 --test a --test b "
        "--offline --results out --jobs 3 --resolve latest --isolation fresh --timeout 60 --force "
        "--only failed --keep"
    )
    assert campaign.run(*words.split()) == 0
    assert campaign.given == (
        Selection(
            config=Path("a.yaml"),
            releases=("1.4.0", ">=2"),
            pythons=("3.6", "cp27"),
            tests=("a", "b"),
            offline=True,
        ),
        RunOptions(
            results=Path("out"),
            jobs=3,
            resolve="latest",
            isolation="fresh",
            timeout=60,
            force=True,
            only="failed",
            keep=True,
        ),
    )


def test_defaults() -> None:
    campaign = FakeCampaign()
    assert campaign.run() == 0
    assert campaign.given == (Selection(config=Path("caliper.yaml")), RunOptions())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--nonsense"], "unrecognized arguments: --nonsense"),
        (["--jobs", "0"], "argument --jobs: '0' is no whole number of at least 1"),
        (["--jobs", "two"], "argument --jobs: 'two' is no whole number of at least 1"),
        (["--jobs", "1.5"], "'1.5' is no whole number of at least 1"),
        (["--timeout", "-5"], "argument --timeout: '-5' is no number of seconds above 0"),
        (["--isolation", "cold"], "invalid choice: 'cold'"),
        (["--fail-on", "faild"], "'faild' is no verdict (did you mean 'failed'?)"),
        (["--fail-on", "same,xyz"], "'xyz' is no verdict; verdicts are unknown, "),
        (["--fail-on", ""], "is no verdict"),
        (["--release"], "expected one argument"),
    ],
)
def test_bad_arguments(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["run", *words])
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("fail_on", "exit_code", "expected"),
    [
        ("", 0, 0),
        ("failed", 0, 1),
        ("different,failed", 0, 1),
        ("different", 0, 0),
        ("same", 0, 1),
        # With several, 3 goes before 1.
        ("failed", 3, 3),
        ("", 3, 3),
    ],
)
def test_exit_codes(
    fail_on: str, exit_code: int, expected: int, capsys: pytest.CaptureFixture[str]
) -> None:
    campaign = FakeCampaign(Verdict.SAME, Verdict.FAILED, Verdict.FAILED, exit_code=exit_code)
    assert campaign.run(*(["--fail-on", fail_on] if fail_on else [])) == expected
    shown = capsys.readouterr()
    assert "failed: exit code 0: 2 examples, 1 release (such as ex/1.py in pypi" in shown.out
    if fail_on == "failed" and expected == 1:
        assert shown.err == "tfcompat: --fail-on: 2 failed\n"


def test_many_failures_are_not_all_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert FakeCampaign(*[Verdict.DIFFERENT] * 45).run() == 0
    out = capsys.readouterr().out
    assert out.count(": different") == 40
    assert "and 5 more" in out


def test_summary_file(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "summary.json"
    assert FakeCampaign(Verdict.SAME, exit_code=3).run("--summary", str(path)) == 3
    content = json.loads(path.read_text(encoding="utf-8"))
    assert [cell["examples"] for cell in content] == [{"ex/0.py": "same"}]


def test_no_study_is_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["run"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        "tfcompat: there is no study at caliper.yaml; `tfcompat init` writes one, "
        "--config names another"
    )


@pytest.mark.parametrize("shard", ["0/3", "4/3", "x/y", "3"])
def test_what_is_no_shard_is_2(shard: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["run", "--shard", shard])
    assert caught.value.code == 2
    assert f"argument --shard: {shard!r} is no" in capsys.readouterr().err
