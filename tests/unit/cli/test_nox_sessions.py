"""The noxfile's part of the package: which sessions there are, and what one cell comes to."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

import pytest
from packaging.version import Version

from tfcompat.cli import nox_sessions
from tfcompat.cli.nox_sessions import QUICK, parameters, unknowns
from tfcompat.environments.index.client import PackageIndex, Release
from tfcompat.errors import IndexUnavailableError
from tfcompat.util import folders

if TYPE_CHECKING:
    import nox

ROOT = Path(__file__).parents[3]
KNOWN = ("1.0.0", "1.0.1", "1.1.0", "2.0.0")


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the requests to the index; a test that does not expect it fails by its own checks."""
    asked: list[str] = []

    def releases(_: PackageIndex, project: str) -> tuple[Release, ...]:
        asked.append(project)
        versions = [*KNOWN, "2.1.0rc1", "2.1.0"]
        return tuple(Release(version=Version(v), files=()) for v in versions)

    monkeypatch.setattr(PackageIndex, "releases", releases)
    return asked


def study(folder: Path, **keys: object) -> Path:
    """Write a study of a project whose releases were fetched from the index before."""
    (folder / "one.py").touch()
    analysis = {"dependency": "Foo", "tests": ["one.py"], **keys}
    (folder / "caliper.yaml").write_text(json.dumps({"analysis": analysis}), encoding="utf-8")
    kept = folders.cache_folder() / "releases" / "foo.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(dict.fromkeys(KNOWN)), encoding="utf-8")
    return folder


def cells(
    folder: Path, *words: str, environ: dict[str, str] | None = None
) -> dict[str, tuple[Any, ...]]:
    found = parameters(folder, words, environ or {})
    cells = {str(param.id): param.args for param in found}
    # A session is called by its name: none may be there twice.
    assert len(cells) == len(found)
    return cells


def quick(params: list[nox.param]) -> list[str]:
    assert all(set(param.tags) <= {QUICK} for param in params)
    return [str(param.args[0]) for param in params if param.tags]


def test_the_study_that_ships(asked: list[str]) -> None:
    found = parameters(ROOT, [], {})
    releases = [param.args[0] for param in found]
    versions = [Version(release) for release in releases]
    assert versions == sorted(versions)
    # The last patch of every minor release, and 1.4.0.
    minors = {(version.major, version.minor) for version in versions}
    assert len(found) == len(minors) + 1
    assert {"0.12.1", "1.4.0", "1.4.1", "1.12.3", "2.3.4", "2.21.0"} < set(releases)
    assert [param.id for param in found] == [f"tf='{release}'" for release in releases]
    # Each on its default Python.
    assert {param.args[1] for param in found} == {""}
    assert quick(found) == ["0.12.1", "1.12.3", "2.3.4", releases[-1]]
    assert asked == []


def test_a_small_study(tmp_path: Path, asked: list[str]) -> None:
    assert cells(study(tmp_path, versions=["minors", "1.0.0"])) == {
        "tf='1.0.0'": ("1.0.0", ""),
        "tf='1.0.1'": ("1.0.1", ""),
        "tf='1.1.0'": ("1.1.0", ""),
        "tf='2.0.0'": ("2.0.0", ""),
    }
    assert list(cells(study(tmp_path, versions=["<2", "all"]))) == [f"tf='{v}'" for v in KNOWN]
    assert asked == []


def test_quick_are_the_newest_and_the_baselines(tmp_path: Path) -> None:
    keys = {"versions": ["minors"], "baselines": {"one.py": "1.0.1"}}
    assert quick(parameters(study(tmp_path, **keys), [], {})) == ["1.0.1", "2.0.0"]
    # A baseline that is not in the grid is made where it is needed.
    keys["baselines"] = {"one.py": {"release": "1.0.0"}}
    assert quick(parameters(study(tmp_path, **keys), [], {})) == ["2.0.0"]
    assert quick(parameters(study(tmp_path, versions=["1.0.0", "1.1.0"]), [], {})) == ["1.1.0"]


def test_further_pythons_are_named(tmp_path: Path) -> None:
    keys = {
        "versions": ["1.0.0", "2.0.0"],
        "python_versions": ["3.6", "cp27", "3.10"],
        "baselines": {"one.py": "1.0.0"},
    }
    found = parameters(study(tmp_path, **keys), [], {})
    assert [(param.id, param.args) for param in found] == [
        ("tf='1.0.0'", ("1.0.0", "3.6")),
        ("tf='1.0.0', python='2.7'", ("1.0.0", "2.7")),
        ("tf='1.0.0', python='3.10'", ("1.0.0", "3.10")),
        ("tf='2.0.0'", ("2.0.0", "3.6")),
        ("tf='2.0.0', python='2.7'", ("2.0.0", "2.7")),
        ("tf='2.0.0', python='3.10'", ("2.0.0", "3.10")),
    ]
    assert quick(found) == ["1.0.0"] * 3 + ["2.0.0"] * 3


def test_no_python_is_part_of_no_release(tmp_path: Path) -> None:
    assert cells(study(tmp_path, versions=[">5"])) == {}


GRID = {"tf='1.1.0'": ("1.1.0", "")}


@pytest.mark.parametrize(
    ("named", "more"),
    [
        ("run_examples(tf='1.0.0')", {"tf='1.0.0'": ("1.0.0", "")}),
        ('run_examples(tf="1.0.0")', {"tf='1.0.0'": ("1.0.0", "")}),
        ("run_examples( tf = '1.0.0' )", {"tf='1.0.0'": ("1.0.0", "")}),
        # By another spelling of what exists.
        ("run_examples(tf='1')", {"tf='1'": ("1", "")}),
        (
            "run_examples(tf='1.0.0', python='2.7')",
            {"tf='1.0.0', python='2.7'": ("1.0.0", "2.7")},
        ),
        # Of the grid, on another Python than its default.
        (
            'run_examples(tf="1.1.0",python="3.8")',
            {"tf='1.1.0', python='3.8'": ("1.1.0", "3.8")},
        ),
        (
            "run_examples(tf='1.0.0'),run_examples(tf='2.0.0')",
            {"tf='1.0.0'": ("1.0.0", ""), "tf='2.0.0'": ("2.0.0", "")},
        ),
        ("run_examples(tf='1.1.0')", {}),
        ("run_examples", {}),
        ("lint", {}),
        ("run_examples(tf='')", {}),
        ("run_examples(tf=1.0.0)", {}),
        ("other(tf='1.0.0')", {}),
    ],
)
@pytest.mark.parametrize("way", ["words", "variable"])
def test_a_release_that_is_named(
    tmp_path: Path, asked: list[str], named: str, more: dict[str, tuple[str, str]], way: str
) -> None:
    folder = study(tmp_path, versions=["1.1.0"])
    if way == "words":
        found = cells(folder, "--session", named, "--", "--force")
    else:
        found = cells(folder, environ={"NOXSESSION": named})
    assert found == GRID | more
    assert asked == []


def test_what_is_named_twice_is_one_session(tmp_path: Path) -> None:
    folder = study(tmp_path, versions=["1.1.0"])
    named = "run_examples(tf='1.0.0')"
    found = cells(folder, "-s", named, named, environ={"NOXSESSION": named})
    assert found == GRID | {"tf='1.0.0'": ("1.0.0", "")}


def test_what_is_named_besides_runs_on_the_studys_first_python(tmp_path: Path) -> None:
    folder = study(tmp_path, versions=["1.1.0"], python_versions=["3.6", "2.7"])
    found = cells(folder, "run_examples(tf='1.0.0')", "run_examples(tf='1.0.0', python='3.9')")
    assert found["tf='1.0.0'"] == ("1.0.0", "3.6")
    assert found["tf='1.0.0', python='3.9'"] == ("1.0.0", "3.9")


def test_what_is_named_besides_has_no_tags(tmp_path: Path) -> None:
    folder = study(tmp_path, versions=["1.1.0"])
    assert quick(parameters(folder, ["run_examples(tf='1.0.0')"], {})) == ["1.1.0"]


def test_the_own_command_line_and_environment_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = study(tmp_path, versions=["1.1.0"])
    monkeypatch.setattr(sys, "argv", ["nox", "-s", "run_examples(tf='1.0.0')"])
    monkeypatch.setenv("NOXSESSION", "run_examples(tf='1.0.1')")
    assert [param.args[0] for param in parameters(folder)] == ["1.1.0", "1.0.0", "1.0.1"]


def test_a_newer_release_is_asked_for(tmp_path: Path, asked: list[str]) -> None:
    folder = study(tmp_path, versions=["1.1.0"])
    for release in ("2.1.0", "2.1.0rc1"):
        found = cells(folder, f"run_examples(tf='{release}')")
        assert found == GRID | {f"tf='{release}'": (release, "")}
    assert asked == ["Foo", "Foo"]


def refusal(capsys: pytest.CaptureFixture[str], folder: Path, *words: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as caught:
        parameters(folder, words, {})
    shown = capsys.readouterr()
    assert shown.out == ""
    (line,) = shown.err.splitlines()
    assert line.startswith("tfcompat: ")
    assert isinstance(caught.value.code, int)
    return caught.value.code, line.removeprefix("tfcompat: ")


def test_a_release_that_does_not_exist(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: list[str]
) -> None:
    folder = study(tmp_path, versions=["1.1.0"])
    code, said = refusal(capsys, folder, "-s", "run_examples(tf='1.0.7')")
    assert code == 2
    assert said == "there is no release 1.0.7; the nearest are 1.0.0, 1.0.1, 1.1.0, 2.0.0"
    # The index decides.
    assert asked == ["Foo"]


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("tf='latest'", "'latest' is no release"),
        ("tf='1.0.0', python='three'", "'three' is no Python version; write it as 3.6 or cp36"),
    ],
)
def test_what_is_no_release_and_no_python(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], named: str, said: str
) -> None:
    folder = study(tmp_path, versions=["1.1.0"])
    code, line = refusal(capsys, folder, f"run_examples({named})")
    assert (code, line[: len(said)]) == (2, said)


def test_without_a_network_the_unknown_cannot_be_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def releases(*_: object) -> NoReturn:
        msg = "the package index cannot be asked"
        raise IndexUnavailableError(msg)

    monkeypatch.setattr(PackageIndex, "releases", releases)
    folder = study(tmp_path, versions=["1.1.0"])
    assert cells(folder) == GRID
    code, said = refusal(capsys, folder, "run_examples(tf='2.1.0')")
    assert (code, said) == (3, "the package index cannot be asked")


def test_a_project_that_nobody_knows_is_asked_for(tmp_path: Path, asked: list[str]) -> None:
    folder = study(tmp_path, dependency="bar", versions=["2.1.0"])
    assert cells(folder) == {"tf='2.1.0'": ("2.1.0", "")}
    assert asked == ["bar"]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"repeats": 0}, "caliper.yaml: `repeats`"),
        ({"tests": ["two.py"]}, "caliper.yaml: `tests`: nothing matches 'two.py'"),
        ({"versions": ["1.0.7"]}, "there is no release 1.0.7; the nearest are 1.0.0"),
    ],
)
def test_a_study_that_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], keys: dict[str, object], said: str
) -> None:
    code, line = refusal(capsys, study(tmp_path, **keys))
    assert (code, line[: len(said)]) == (2, said)


def test_no_study(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, line = refusal(capsys, tmp_path)
    assert code == 2
    assert line.startswith("there is no study at ")


def ended(
    verdict: str | None = None, kind: str = "network", said: str = "", **examples: str
) -> dict[str, object]:
    cause = {"kind": kind, "message": said} if said else None
    name = "pypi-foo-1.0.0-python-cp36"
    return {"identifier": name, "verdict": verdict, "cause": cause, "examples": examples}


MISSING = ended("unknown", "no-interpreter", "no Python 3.6 on this machine")
NETWORK = ended("unknown", "network", "the index cannot be asked")
WAITING = ended(None, a="unknown", b="same", c="unknown")
CONFLICT = ended("unbuildable", "conflict", "numpy")
DONE = ended(None, a="failed", b="no-baseline", c="different")
WAITS = "2 examples of pypi-foo-1.0.0-python-cp36 wait for their baseline"


@pytest.mark.parametrize(
    ("found", "missing", "other"),
    [
        ([], [], []),
        ([DONE, CONFLICT], [], []),
        ([MISSING], ["no Python 3.6 on this machine"], []),
        ([NETWORK], [], ["the index cannot be asked"]),
        ([WAITING], [], [WAITS]),
        (
            [WAITING, NETWORK, DONE, MISSING],
            ["no Python 3.6 on this machine"],
            [WAITS, "the index cannot be asked"],
        ),
    ],
)
def test_unknowns(found: list[dict[str, object]], missing: list[str], other: list[str]) -> None:
    assert unknowns(found) == (missing, other)


class Skipped(Exception):  # noqa: N818 - as nox ends a session
    pass


class Failed(Exception):  # noqa: N818 - as nox ends a session
    pass


@dataclass
class Session:
    """Stands for nox's session: remembers its command, and leaves a summary behind."""

    summary: list[dict[str, object]] | None
    posargs: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    options: dict[str, object] = field(default_factory=dict)

    def run(self, *words: str, **options: object) -> None:
        self.words, self.options = words, options
        if self.summary is not None:
            path = Path(words[words.index("--summary") + 1])
            path.write_text(json.dumps(self.summary), encoding="utf-8")

    def skip(self, why: str) -> NoReturn:
        raise Skipped(why)

    def error(self, why: str) -> NoReturn:
        raise Failed(why)


def run_cell(
    summary: list[dict[str, object]] | None, *posargs: str, release: str = "1.0.0", python: str = ""
) -> Session:
    session = Session(summary, posargs)
    nox_sessions.run_cell(cast("nox.Session", session), release, python)
    return session


@pytest.mark.parametrize(("python", "words"), [("", []), ("2.7", ["--python", "2.7"])])
def test_a_session_is_one_command(python: str, words: list[str]) -> None:
    session = run_cell([DONE], "--force", "--test", "a", python=python)
    place = session.words.index("--summary")
    program = [sys.executable, "-m", "tfcompat", "run", "--release", "1.0.0", *words]
    assert list(session.words[:place]) == program
    assert session.words[place + 2 :] == ("--force", "--test", "a")
    # The summary distinguishes unknown cells (3); nox must wait until all is stored.
    assert session.options["success_codes"] == [0, 3]
    assert session.options["external"] is True
    assert session.options["interrupt_timeout"] == 1.0
    assert session.options["terminate_timeout"] == 10.0
    # The summary is not left behind.
    assert not Path(session.words[place + 1]).parent.exists()


def test_a_module_is_run_with_the_sessions_own_words() -> None:
    session = Session(None, ("--walk",))
    nox_sessions.run_module(cast("nox.Session", session), "tfcompat", "frontier")
    assert session.words == (sys.executable, "-m", "tfcompat", "frontier", "--walk")
    assert session.options["external"] is True
    assert session.options["terminate_timeout"] == 10.0


@pytest.mark.parametrize("summary", [[DONE], [CONFLICT], [DONE, CONFLICT]])
def test_an_evaluated_cell_is_success_whatever_its_verdicts(
    summary: list[dict[str, object]],
) -> None:
    run_cell(summary)


def test_a_missing_interpreter_is_a_skip_and_on_ci_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(Skipped, match=r"^no Python 3\.6 on this machine$"):
        run_cell([DONE, MISSING])
    monkeypatch.setenv("CI", "true")
    with pytest.raises(Failed, match=r"^no Python 3\.6 on this machine$"):
        run_cell([DONE, MISSING])


@pytest.mark.parametrize(
    ("summary", "why"),
    [
        ([NETWORK], "the index cannot be asked"),
        ([MISSING, WAITING], WAITS),
        ([], "the index cannot be asked"),
        (None, "the index cannot be asked"),
    ],
)
def test_any_other_unknown_is_a_failure(summary: list[dict[str, object]] | None, why: str) -> None:
    with pytest.raises(Failed) as caught:
        run_cell(summary)
    assert str(caught.value) == why
