"""The first study of a folder: what it says is what its reader reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest
from fakes import made_up_plan

from tfcompat.breaks.findings import Break, Offer, Prediction, ScriptForecast
from tfcompat.errors import IndexUnavailableError, SelectionError
from tfcompat.planning.plan import Selection
from tfcompat.planning.study import load_study
from tfcompat.search.new_study import NewStudy, new_study, scripts_in, write
from tfcompat.search.request import SearchRequest

if TYPE_CHECKING:
    from tfcompat.planning.plan import Plan


def folder_of(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("import foo\n", encoding="utf-8")
    return root


def names(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in scripts_in(root)]


def test_scripts_are_what_is_neither_package_nor_test(tmp_path: Path) -> None:
    folder_of(
        tmp_path, "a.py", "deep/b.py", "deep/c.ipynb", "setup.py", "conftest.py", "test_a.py",
        "a_test.py", "package/__init__.py", "package/d.py", ".hidden/e.py", "node_modules/f.py",
        "venv/pyvenv.cfg", "venv/g.py", "data.csv",
    )  # fmt: skip
    assert names(tmp_path) == ["a.py", "deep/b.py", "deep/c.ipynb"]


def test_a_folder_without_scripts(tmp_path: Path) -> None:
    with pytest.raises(SelectionError, match="there is no script in"):
        scripts_in(tmp_path)


def test_what_a_study_says_is_read_as_it_was_meant(tmp_path: Path) -> None:
    folder_of(tmp_path, "a.py", "deep/b.py")
    request = SearchRequest(selection=Selection(), scripts=tuple(scripts_in(tmp_path)))

    def plan_of(_: SearchRequest) -> tuple[Plan, Path]:
        return made_up_plan(tmp_path / "plan", ("a.py",), {}), Path()

    def predict(_: Plan) -> NoReturn:
        raise IndexUnavailableError("no network")

    made = new_study(tmp_path, request, plan_of, predict)
    assert made.baselines == {"*": "3.0"}
    path = write(made)
    study = load_study(path)
    assert study.analysis.dependency == "foo"
    assert study.examples == ("a.py", "deep/b.py")
    for example in study.examples:
        baseline = study.baseline(example)
        assert baseline is not None
        assert str(baseline.release) == "3.0"
    with pytest.raises(SelectionError, match="is there already"):
        write(made)


def test_baselines_are_where_the_fewest_breaks_are_predicted(tmp_path: Path) -> None:
    folder_of(tmp_path, "a.py", "b.py", "deep/old.py")
    tests = ("a.py", "b.py", "deep/old.py")
    request = SearchRequest(selection=Selection(), scripts=tuple(scripts_in(tmp_path)))
    plan = made_up_plan(tmp_path, tests, {})
    broken = {"a.py": (2, 0, 0), "b.py": (0, 0, 0), "deep/old.py": (1, 1, 4)}

    def predict(_: Plan) -> list[ScriptForecast]:
        return [forecast(script, counts) for script, counts in broken.items()]

    made = new_study(tmp_path, request, lambda _: (plan, Path()), predict)
    assert made.baselines == {"*": "3.0", "deep/old.py": "2.0"}
    study = load_study(write(made))
    found = {test: study.baseline(test) for test in tests}
    assert [str(one.release) for one in found.values() if one] == ["3.0", "3.0", "2.0"]


def test_a_pinned_release_is_the_baseline_whatever_is_predicted(tmp_path: Path) -> None:
    folder_of(tmp_path, "a.py")
    request = SearchRequest(selection=Selection(), scripts=tuple(scripts_in(tmp_path)))
    plan = made_up_plan(tmp_path, ("a.py",), {"a.py": "1.0"})
    made = new_study(
        tmp_path, request, lambda _: (plan, Path()), lambda _: [forecast("a.py", (2, 0, 0))]
    )
    assert made.baselines == {"*": "1.0"}


def forecast(script: str, counts: tuple[int, ...]) -> ScriptForecast:
    gone = Break(
        name="foo.f", kind="missing", argument=None, lines=(1,), direction="gone",
        edge=("1.0", "2.0"), replacement=None,
    )  # fmt: skip
    predictions = tuple(
        Prediction(
            offer=Offer(release=release, python="3.6", surface=None),
            breaks=(gone,) * number,
            defaults=(),
        )
        for release, number in zip(("1.0", "2.0", "3.0"), counts, strict=True)
    )
    return ScriptForecast(script=script, source="", uses=(), predictions=predictions)


def test_requirements_are_text_whatever_is_in_them(tmp_path: Path) -> None:
    folder_of(tmp_path, "a.py")
    wanted = ("scipy<2", "numpy==1.10", 'six; python_version < "3"')
    made = NewStudy(
        folder=tmp_path, dependency="foo", tests=("*.py",), requirements=wanted,
        constraints=("attrs>=20",), baselines={"*": "1.10"}, scripts=1,
    )  # fmt: skip
    study = load_study(write(made))
    assert tuple(map(str, study.analysis.requirements)) == wanted
    assert tuple(map(str, study.analysis.constraints)) == ("attrs>=20",)
    baseline = study.baseline("a.py")
    assert baseline is not None
    assert str(baseline.release) == "1.10"
