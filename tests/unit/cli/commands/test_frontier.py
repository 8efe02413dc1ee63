"""``tfcompat frontier``: what it refuses, and which search it requests."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from tfcompat import errors
from tfcompat.cli.commands import frontier
from tfcompat.cli.main import exit_code_of, main, parser
from tfcompat.planning.plan import Selection
from tfcompat.search.request import SearchRequest

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
    assert exit_code_of(lambda: frontier.run(parsed, plan_of)) == 2
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
