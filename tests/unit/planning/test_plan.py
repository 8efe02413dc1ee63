"""From a command line to cells: the study, the index and the machine are made up here."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.tags import parse_tag
from packaging.version import Version

from tfcompat.environments import interpreters
from tfcompat.environments.index.client import Distribution, PackageIndex, Release
from tfcompat.environments.interpreter_record import Interpreter, python_tags
from tfcompat.errors import SelectionError, StudyError
from tfcompat.planning import plan as plan_module
from tfcompat.planning.plan import (
    Plan,
    Selection,
    make_plan,
    printed,
    python_rule,
    select_examples,
)
from tfcompat.planning.schema import Analysis
from tfcompat.planning.study import Study
from tfcompat.results.printed import as_json

UPLOADED = dt.datetime(2022, 11, 2, 18, tzinfo=dt.timezone.utc)
TESTS = ("v1/intro/hello.py", "v1/intro/train.py", "v2/intro/hello.py", "v2/deep/intro/x.py")
FOUND = (
    Interpreter(path=Path("/opt/3.8/bin/python"), version=Version("3.8.18"), abi="cp38"),
    Interpreter(path=Path("/opt/3.6/bin/python"), version=Version("3.6.15"), abi="cp36m"),
)


def study(*tests: str) -> Study:
    analysis = Analysis(dependency="foo", tests=tests)
    return Study(path=Path("caliper.yaml"), root=Path(), analysis=analysis, examples=tests)


@pytest.mark.parametrize(
    ("globs", "chosen"),
    [
        ([], TESTS),
        (["v1/intro/hello.py"], TESTS[:1]),
        (["./v1/intro/hello.py"], TESTS[:1]),
        (["v1"], TESTS[:2]),
        (["v1/"], TESTS[:2]),
        (["v2/*"], TESTS[2:]),
        (["*/train.py"], TESTS[1:2]),
        # What is not a path from the top may be one from anywhere.
        (["hello.py"], (TESTS[0], TESTS[2])),
        (["intro/hello.py"], (TESTS[0], TESTS[2])),
        (["h*.py"], (TESTS[0], TESTS[2])),
        (["deep"], TESTS[3:]),
        # In the order of the study, each once.
        (["v2/intro/hello.py", "hello.py", "v1"], TESTS[:3]),
    ],
)
def test_select_examples(globs: list[str], chosen: tuple[str, ...]) -> None:
    assert select_examples(study(*TESTS), globs) == chosen


def test_a_glob_that_names_no_example() -> None:
    with pytest.raises(SelectionError) as caught:
        select_examples(study(*TESTS), ["v1", "v1/intro/helo.py"])
    said = "--test 'v1/intro/helo.py' matches no example of the study"
    assert str(caught.value) == f"{said} (did you mean 'v1/intro/hello.py'?)"


def release(version: str, *tags: str) -> Release:
    return Release(
        version=Version(version),
        files=tuple(
            Distribution(
                filename=f"foo-{version}-{tag}.whl",
                url="https://files.example",
                version=Version(version),
                tags=parse_tag(tag),
                sha256="ab",
                size=7,
                upload_time=UPLOADED,
                requires_python=None,
                yanked=False,
            )
            for tag in tags
        ),
    )


RELEASES = (
    release("1.0", "cp36-cp36m-linux_x86_64"),
    release("2.0", "cp36-cp36m-linux_x86_64", "cp38-cp38-linux_x86_64"),
    release("3.0", "cp311-cp311-linux_x86_64"),
)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make up a machine and an index, and return a study's file."""
    monkeypatch.setattr("packaging.tags.platform_tags", lambda: iter(["linux_x86_64"]))
    python_tags.cache_clear()
    monkeypatch.setattr(PackageIndex, "releases", lambda _self, _name: RELEASES)
    monkeypatch.setattr(interpreters, "find", lambda **_: (FOUND, ()))
    monkeypatch.setattr(plan_module, "fetchable_pythons", lambda: ("3.11",))
    (tmp_path / "one.py").touch()
    return configure(tmp_path)


def configure(folder: Path, **keys: object) -> Path:
    path = folder / "caliper.yaml"
    analysis = {"dependency": "foo", "tests": ["one.py"], **keys}
    path.write_text(json.dumps({"analysis": analysis}), encoding="utf-8")
    return path


def identifiers(plan: Plan) -> list[str]:
    return [cell.identifier.removeprefix("pypi-foo-") for cell in plan.cells]


def test_the_whole_study(config: Path) -> None:
    plan = make_plan(Selection(config=config))
    assert identifiers(plan) == ["1.0-python-cp36", "2.0-python-cp38", "3.0-python-cp311"]
    assert plan.tests == ("one.py",)
    assert [cell.fetchable for cell in plan.cells] == [False, False, True]
    assert plan.factory.available.fetchable == ("3.11",)


def test_what_the_command_line_names(config: Path) -> None:
    plan = make_plan(Selection(config=config, releases=(">=2",), pythons=("cp36", "3.8")))
    assert identifiers(plan) == [
        f"{r}-python-{p}" for r in ("2.0", "3.0") for p in ("cp36", "cp38")
    ]


def test_pythons_of_the_study_unless_some_are_named(config: Path) -> None:
    configure(config.parent, versions=["2.0"], python_versions=["3.6"])
    assert identifiers(make_plan(Selection(config=config))) == ["2.0-python-cp36"]
    named = make_plan(Selection(config=config, pythons=("3.8",)))
    assert identifiers(named) == ["2.0-python-cp38"]


def test_nothing_is_fetched_where_that_is_not_wanted(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_module, "fetchable_pythons", lambda: pytest.fail("uv was asked"))
    configure(config.parent, interpreters="never")
    assert make_plan(Selection(config=config)).factory.available.fetchable == ()


@pytest.mark.parametrize(
    ("selection", "said"),
    [
        ({"releases": ("1.7",)}, "there is no release 1.7; the nearest are 1.0, 2.0, 3.0"),
        ({"releases": ("minor",)}, "did you mean 'minors'"),
        ({"releases": (">=9",)}, "matches no release"),
        ({"pythons": ("three",)}, "'three' is no Python version"),
        ({"tests": ("two.py",)}, "--test 'two.py' matches no example"),
    ],
)
def test_bad_selections(config: Path, selection: dict[str, tuple[str, ...]], said: str) -> None:
    with pytest.raises(SelectionError, match=said):
        make_plan(Selection(config=config, **selection))  # type: ignore[arg-type]


def test_a_study_that_selects_nothing(config: Path) -> None:
    configure(config.parent, versions=[">=9"])
    with pytest.raises(SelectionError, match=r"`versions` selects no release of foo: >=9"):
        make_plan(Selection(config=config))


def test_a_baseline_that_does_not_exist(config: Path) -> None:
    configure(config.parent, baselines={"one.py": {"release": "0.9"}})
    with pytest.raises(SelectionError, match=r"`baselines\.one\.py`: there is no release 0\.9"):
        make_plan(Selection(config=config))


def test_no_study(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="there is no study"):
        make_plan(Selection(config=tmp_path / "caliper.yaml"))


def test_the_cell_of_any_release(config: Path) -> None:
    configure(config.parent, versions=["2.0"])
    plan = make_plan(Selection(config=config))
    assert plan.cell("1.0", None).identifier == "pypi-foo-1.0-python-cp36"
    assert plan.cell("2.0", "3.6").identifier == "pypi-foo-2.0-python-cp36"
    with pytest.raises(SelectionError, match="there is no release 7"):
        plan.cell("7", None)


def baseline(plan: Plan) -> tuple[str, str]:
    cell = plan.baseline("one.py")
    assert cell is not None
    return cell.release, cell.python


def test_a_named_python_holds_for_baselines_too(config: Path) -> None:
    configure(config.parent, baselines={"one.py": "2.0"})
    assert baseline(make_plan(Selection(config=config))) == ("2.0", "3.8")
    assert baseline(make_plan(Selection(config=config, pythons=("3.6",)))) == ("2.0", "3.6")
    # Of several, one by the rule.
    plan = make_plan(Selection(config=config, pythons=("3.6", "3.8", "3.11")))
    assert baseline(plan) == ("2.0", "3.8")
    assert plan.cell("1.0").python == "3.6"


def test_a_python_that_a_baseline_names_stays(config: Path) -> None:
    for named in ("2.0@3.6", {"release": "2.0", "python": "3.6"}):
        configure(config.parent, baselines={"one.py": named})
        assert baseline(make_plan(Selection(config=config))) == ("2.0", "3.6")
        assert baseline(make_plan(Selection(config=config, pythons=("3.8",)))) == ("2.0", "3.6")


def test_a_selection_among_the_pythons_of_the_study_moves_no_baseline(config: Path) -> None:
    configure(config.parent, baselines={"one.py": "2.0"}, python_versions=["3.6", "3.8"])
    assert baseline(make_plan(Selection(config=config, pythons=("3.6",)))) == ("2.0", "3.8")
    assert baseline(make_plan(Selection(config=config, pythons=("3.11",)))) == ("2.0", "3.11")


@pytest.mark.parametrize(
    ("resolve", "python"), [(None, "3.8"), ("2019-01-01", "3.6"), ("latest", "3.11")]
)
def test_the_day_is_that_of_resolve(
    config: Path, monkeypatch: pytest.MonkeyPatch, resolve: str | None, python: str
) -> None:
    any_python = release("1.0", "py3-none-any")
    files = tuple(replace(file, upload_time=UPLOADED.replace(2020)) for file in any_python.files)
    releases = (replace(any_python, files=files),)
    monkeypatch.setattr(PackageIndex, "releases", lambda _self, _name: releases)
    newer = Interpreter(path=Path("/opt/3.11/bin/python"), version=Version("3.11.1"), abi="cp311")
    monkeypatch.setattr(interpreters, "find", lambda **_: ((newer, *FOUND), ()))
    plan = make_plan(Selection(config=config, resolve=resolve))
    assert [cell.python for cell in plan.cells] == [python]
    assert plan.study.analysis.resolve == (resolve or "release")
    configure(config.parent, resolve=resolve)
    assert [cell.python for cell in make_plan(Selection(config=config)).cells] == [python]


def test_a_bad_resolve(config: Path) -> None:
    with pytest.raises(SelectionError, match=r"--resolve: 'newest' is not one of: release"):
        make_plan(Selection(config=config, resolve="newest"))


@pytest.mark.parametrize(
    ("texts", "baselines", "python2"),
    [
        (["print 1"], {}, True),
        (["print(1)"], {}, False),
        (["print 1", "print 2"], {}, True),
        # Where some are not, all have to do with Python 3.
        (["print 1", "print(2)"], {}, False),
        (["print(1)"], {"0.py": "1.0@2.7"}, True),
        (["print 1"], {"0.py": "1.0@3.6"}, False),
        (["print 1", "print(2)"], {"1.py": "1.0@2.7"}, True),
        ([None], {}, False),
        ([], {}, False),
    ],
)
def test_studies_of_python_2(
    tmp_path: Path, texts: list[str | None], baselines: dict[str, str], *, python2: bool
) -> None:
    names = [f"{number}.py" for number in range(len(texts))]
    for name, text in zip(names, texts, strict=True):
        if text is not None:
            (tmp_path / name).write_text(text, encoding="utf-8")
    content = {"dependency": "foo", "tests": ["*.py"], "baselines": baselines}
    analysis = Analysis.model_validate(content)
    examples = tuple(names)
    one = Study(path=tmp_path / "x", root=tmp_path, analysis=analysis, examples=examples)
    assert python_rule(one, examples, ()).python2 is python2


def test_what_is_built_is_in_the_json(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (wheel,) = RELEASES[0].files
    sdist = replace(wheel, filename="foo-1.0.tar.gz", tags=frozenset())
    releases = (Release(version=Version("1.0"), files=(sdist,)),)
    monkeypatch.setattr(PackageIndex, "releases", lambda _self, _name: releases)
    (cell,) = as_json(printed(make_plan(Selection(config=config))))
    assert (cell["wheel"], cell["cause"]) == (None, None)
    assert cell["cut_off"] == "2022-11-02T19:00:00+00:00"
    assert cell["sdist"] == {
        "filename": "foo-1.0.tar.gz",
        "size": 7,
        "sha256": "ab",
        "upload_time": "2022-11-02T18:00:00+00:00",
    }


def test_as_json(config: Path) -> None:
    content = as_json(printed(make_plan(Selection(config=config))))
    assert json.loads(json.dumps(content, allow_nan=False)) == content
    first, _, last = content
    assert first == {
        "schema": 1,
        "identifier": "pypi-foo-1.0-python-cp36",
        "release": "1.0",
        "python": "3.6",
        "interpreter": {
            "version": "3.6.15",
            "abi": "cp36m",
            "path": "/opt/3.6/bin/python",
            "image": None,
        },
        "wheel": {
            "filename": "foo-1.0-cp36-cp36m-linux_x86_64.whl",
            "size": 7,
            "sha256": "ab",
            "upload_time": "2022-11-02T18:00:00+00:00",
        },
        "sdist": None,
        "cut_off": "2022-11-02T19:00:00+00:00",
        "cause": None,
    }
    assert last["interpreter"] is None
    assert isinstance(last["cause"], dict)
    assert last["cause"]["kind"] == "no-interpreter"
