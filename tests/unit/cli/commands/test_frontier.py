"""``tfcompat frontier``: what it refuses, and which search it requests."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from tfcompat import errors
from tfcompat.cli.commands import frontier
from tfcompat.cli.main import exit_code_of, main, parser
from tfcompat.execution.dask_site import DaskSite
from tfcompat.planning.plan import Selection
from tfcompat.search.adhoc import Tools
from tfcompat.search.request import SearchRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfcompat.execution.campaign_run import RunOptions
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.execution.sites import Site

pytestmark = pytest.mark.usefixtures("signals")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["x.py", "--spot", "-1"], "'-1' is no whole number of at least 1"),
        (["x.py", "--json", "--markdown"], "not allowed with argument --json"),
        (["x.py", "--force"], "unrecognized arguments: --force"),
    ],
)
def test_bad_arguments(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["frontier", *words])
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


def test_a_search_is_asked_what_the_command_line_says(capsys: pytest.CaptureFixture[str]) -> None:
    requests: list[SearchRequest] = []

    def plan_of(request: SearchRequest) -> NoReturn:
        requests.append(request)
        msg = "enough"
        raise errors.UserError(msg)

    words = (
        "frontier a.py b.py --dependency foo --baseline 1.4 --require bar --python 3.6 "
        "--resolve latest --results out --release <2 --offline"
    )
    parsed = parser().parse_args(words.split())
    assert exit_code_of(lambda: frontier.run(parsed, lambda _: Tools(plan_of=plan_of))) == 2
    assert requests == [
        SearchRequest(
            selection=Selection(releases=("<2",), pythons=("3.6",), offline=True),
            scripts=(Path("a.py"), Path("b.py")),
            dependency="foo",
            baseline="1.4",
            requirements=("bar",),
            resolve="latest",
            results=Path("out"),
        )
    ]
    assert "enough" in capsys.readouterr().err


def test_two_packages_are_varied_on_this_machine_alone(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("x.py", "--release", "1.0", "--vary", "foo", "--vary", "bar", "--dask", "local")
    parsed = parser().parse_args(["frontier", *words])
    assert exit_code_of(lambda: frontier.run(parsed)) == 2
    assert "--dask is for one --vary" in capsys.readouterr().err


def test_searches_are_made_at_the_site_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Site] = []

    class Elsewhere(DaskSite):
        def __init__(self) -> None:
            """Have no cluster: nothing is run."""

    @contextmanager
    def open_site(options: RunOptions, _: ProgressListener) -> Iterator[Site]:
        assert options.dask == "tcp://node1:8786"
        yield Elsewhere()

    def tools_at(site: Site) -> NoReturn:
        asked.append(site)
        msg = "enough"
        raise errors.UserError(msg)

    monkeypatch.setattr(frontier, "open_site", open_site)
    table = tmp_path / "cases.csv"
    table.write_text("script\na.py\n", encoding="utf-8")
    one, two = (
        parser().parse_args(["frontier", *words, "--dask", "tcp://node1:8786"])
        for words in (["x.py"], ["--batch", str(table)])
    )
    assert exit_code_of(lambda: frontier.run(one, tools_at)) == 2
    assert exit_code_of(lambda: frontier.run(two, tools_at)) == 2
    assert [type(site) for site in asked] == [Elsewhere, Elsewhere]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("x.py", "--batch", "cases.csv"), "--batch names the scripts; no SCRIPT, --lock or"),
        (("--batch", "cases.csv", "--specifier"), "no SCRIPT, --lock or --specifier goes with it"),
        (("--batch", "nowhere.csv"), "--batch: cannot read nowhere.csv: No such file"),
    ],
)
def test_a_batch_is_refused(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parsed = parser().parse_args(["frontier", *words])
    assert exit_code_of(lambda: frontier.run(parsed)) == 2
    assert said in capsys.readouterr().err


def test_the_cases_of_a_batch_are_requests_of_their_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cases.csv").write_text(
        "script,dependency,baseline,python,requirements\na.py,six,1.4,3.6,attrs\nb.py,,,,\n",
        encoding="utf-8",
    )
    requests: list[SearchRequest] = []

    def plan_of(request: SearchRequest) -> NoReturn:
        requests.append(request)
        msg = "enough"
        raise errors.UserError(msg)

    parsed = parser().parse_args(["frontier", "--batch", str(tmp_path / "cases.csv"), "--offline"])
    assert exit_code_of(lambda: frontier.run(parsed, lambda _: Tools(plan_of=plan_of))) == 2
    # Neither script is there.
    assert requests == []
    said = capsys.readouterr().out
    assert said.count("cannot read the script") == 2
    assert said.splitlines()[-1] == "2 cases, 2 without an answer"


def test_tests_and_files_are_asked_for(tmp_path: Path) -> None:
    requests: list[SearchRequest] = []

    def plan_of(request: SearchRequest) -> NoReturn:
        requests.append(request)
        msg = "enough"
        raise errors.UserError(msg)

    (tmp_path / "test_a.py").touch()
    words = ["frontier", "--pytest", str(tmp_path), "--requirements", "a.txt"]
    parsed = parser().parse_args([*words, "--requirements", "pyproject.toml[x]"])
    assert exit_code_of(lambda: frontier.run(parsed, lambda _: Tools(plan_of=plan_of))) == 2
    assert requests[0].scripts == (tmp_path / "test_a.py",)
    given = requests[0].command_line
    assert (given.suite, given.requirement_files) == (True, ("a.txt", "pyproject.toml[x]"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["x.py", "--pytest", "t"], "--pytest runs tests in place of scripts; name one or"),
        (["-m", "pkg", "--pytest", "t"], "-m runs a module in place of scripts; name one or"),
        (
            ["--pytest", "t", "--figures"],
            "--figures compares what scripts draw; tests have outcomes",
        ),
        (["--pytest", "nowhere"], "there is no nowhere, so there are no tests to run"),
        (["--batch", "cases.csv", "--write"], "nor --write"),
        (["--write"], "--write is for scripts; name one"),
    ],
)
def test_what_does_not_go_together(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["frontier", *words]) == 2
    assert said in capsys.readouterr().err
