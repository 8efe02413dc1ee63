"""What a search does by itself for scripts without a study: needed packages, and another Python."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
import reports
from fakes import PYTHON, FakeProgress, made_up_plan

from tfcompat.environments.index.contents import Contents
from tfcompat.errors import SelectionError
from tfcompat.judging.ranges import Outcome
from tfcompat.planning.grid import AvailablePythons
from tfcompat.planning.plan import Selection
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.search import adhoc
from tfcompat.search.adhoc import Tools, brings_its_module, search_request
from tfcompat.search.advice import Remedy, RunsNowhereError
from tfcompat.search.request import SearchRequest
from tfcompat.search.search import SearchOptions
from tfcompat.search.strategy import Search
from tfcompat.search.trials import NeedsPackageError

if TYPE_CHECKING:
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.planning.plan import Plan
    from tfcompat.search.search import SearchResult

SCRIPT = Path("a.py")
REQUEST = SearchRequest(selection=Selection(), scripts=(SCRIPT,))


@dataclass
class World:
    """A script that needs packages, or a Python: how searches end, by what they are given."""

    folder: Path
    needs: tuple[str, ...] = ()
    python: str | None = None
    unhelpful: frozenset[str] = frozenset()
    unbuildable: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    study: bool = False
    requests: list[SearchRequest] = field(default_factory=list)
    slow: frozenset[str] = frozenset()
    progress: FakeProgress = field(default_factory=FakeProgress)

    def plan_of(self, request: SearchRequest) -> tuple[Plan, Path]:
        self.requests.append(request)
        plan = made_up_plan(self.folder, ("a.py",), {}).again(AvailablePythons(found=(PYTHON,)))
        path = self.folder / "caliper.yaml" if self.study else SCRIPT
        return replace(plan, study=replace(plan.study, path=path)), self.folder / "results"

    def search(self, _: Plan, options: SearchOptions, progress: ProgressListener) -> SearchResult:
        assert progress is self.progress
        assert options.run.results == self.folder / "results"
        request = self.requests[-1]
        if self.python not in (None, *request.selection.pythons):
            remedy = Remedy(text=f"try --python {self.python}", python=self.python)
            raise RunsNowhereError("a.py runs nowhere", script="a.py", remedy=remedy)
        given = set(request.requirements)
        for package in self.needs:
            if options.given is not None and package not in given | options.given:
                error = NeedsPackageError(package, f"a.py with 3: No module named {package!r}")
                error.built = frozenset(("one", "two", "three"))
                error.slow = frozenset({f"slow-{package}"})
                raise error
        self.slow = options.slow
        # A study says itself how long its examples may take.
        assert (options.run.patience is None) is self.study
        if given & self.unhelpful:
            raise RunsNowhereError("a.py runs nowhere", script="a.py", remedy=None)
        outcome = Outcome.UNBUILDABLE if given & self.unbuildable else Outcome.SAME
        search = Search(baselines={"a.py": 0}, releases=3, known={"a.py": {0: outcome}})
        return cast("SearchResult", Found(search))

    def find(self, request: SearchRequest = REQUEST, *, adds: bool = True) -> adhoc.Answer:
        tools = Tools(
            plan_of=self.plan_of,
            search=self.search,
            brings=lambda _, package: package not in self.unknown,
        )
        return search_request(request, SearchOptions(), self.progress, tools, adds=adds)

    @property
    def required(self) -> list[tuple[str, ...]]:
        return [request.requirements for request in self.requests]


@dataclass(frozen=True)
class Found:
    search: Search
    built: int = 2
    stored: int = 4
    seconds: float = 0.5


def test_a_script_that_needs_nothing_is_searched_once(tmp_path: Path) -> None:
    world = World(tmp_path)
    assert world.find().added == ()
    assert world.required == [()]
    assert world.progress.said == []


def test_a_package_that_it_needs_is_required_and_that_is_said(tmp_path: Path) -> None:
    world = World(tmp_path, needs=("pandas", "tabulate"))
    answer = world.find(replace(REQUEST, requirements=("given",)))
    assert answer.added == ("with pandas and tabulate, which it needs",)
    assert world.required == [("given",), ("given", "pandas"), ("given", "pandas", "tabulate")]
    assert world.progress.said[0] == (
        "a.py with 3: No module named 'pandas'; searching again with pandas, which it needs"
    )


def test_three_packages_are_added_at_most(tmp_path: Path) -> None:
    world = World(tmp_path, needs=("a", "b", "c", "d"))
    assert world.find().added == ("with a and b and c, which it needs",)
    assert world.required[-1] == ("a", "b", "c")


def test_what_took_long_is_not_built_again(tmp_path: Path) -> None:
    world = World(tmp_path, needs=("numpy", "scipy"))
    world.find()
    assert world.slow == {"slow-numpy", "slow-scipy"}


def test_cells_of_a_search_that_is_given_up_count_for_the_next_one(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    reports.store(old, reports.cell("1.0"), reports.cell("1.1"))
    reports.store(new, reports.cell("1.1", tests=("another",)))
    adhoc._carry_over(old, new)
    found = CampaignStore(new).cells()
    assert sorted(cell.environment.release for cell in found.values() if cell.environment) == [
        "1.0",
        "1.1",
    ]
    # What is known there is of the present requirements.
    assert found[reports.identifier("1.1")].inputs.tests == "another"
    adhoc._carry_over(tmp_path / "none", tmp_path / "other")
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("kind", ["unhelpful", "unbuildable"])
def test_packages_that_do_not_help_are_left_out_again(tmp_path: Path, kind: str) -> None:
    world = World(tmp_path, needs=("pandas",))
    setattr(world, kind, frozenset({"pandas"}))
    assert world.find().added == ()
    assert world.required == [(), ("pandas",), ()]
    assert world.progress.said[1].endswith("searching again without pandas")


def test_what_the_index_does_not_have_for_sure_is_not_installed(tmp_path: Path) -> None:
    world = World(tmp_path, needs=("guessed",), unknown=frozenset({"guessed"}))
    assert world.find().added == ()
    assert world.required == [(), ()]


def test_the_cost_is_that_of_all_searches(tmp_path: Path) -> None:
    plain = World(tmp_path).find().result
    assert (plain.built, plain.stored, plain.seconds) == (2, 4, 0.5)
    # What was made with other requirements is none of the cells that were known before.
    needs = World(tmp_path, needs=("pandas",)).find().result
    assert (needs.built, needs.stored) == (5, 4)
    refused = World(tmp_path, needs=("who",), unknown=frozenset(("who",))).find().result
    assert (refused.built, refused.stored) == (5, 1)
    assert 0 <= refused.seconds < 60


def test_the_python_that_it_needs_is_tried_once(tmp_path: Path) -> None:
    world = World(tmp_path, python="3.6")
    assert world.find().added == ("on Python 3.6, which it needs",)
    assert [request.selection.pythons for request in world.requests] == [(), ("3.6",)]
    assert world.progress.said == ["a.py runs nowhere; searching again with --python 3.6"]


@pytest.mark.parametrize(
    ("changes", "pythons", "adds"),
    [
        ({"python": "2.7"}, (), True),
        ({"python": "3.6"}, ("3.13",), True),
        ({"python": "3.6", "study": True}, (), True),
        ({"python": "3.6"}, (), False),
    ],
)
def test_no_python_is_tried_that_is_not_here_or_not_free(
    tmp_path: Path, changes: dict[str, Any], pythons: tuple[str, ...], *, adds: bool
) -> None:
    world = World(tmp_path, **changes)
    with pytest.raises(RunsNowhereError, match="runs nowhere"):
        world.find(replace(REQUEST, selection=Selection(pythons=pythons)), adds=adds)
    assert len(world.requests) == 1


@pytest.mark.parametrize(("study", "adds"), [(True, True), (False, False)])
def test_a_study_says_itself_what_it_needs(tmp_path: Path, *, study: bool, adds: bool) -> None:
    world = World(tmp_path, needs=("pandas",), study=study)
    assert world.find(adds=adds).added == ()
    assert world.required == [()]


def test_a_guess_is_taken_only_where_the_project_brings_its_module(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    brought = {
        "scikit-learn": ("sklearn", "sklearn.svm"),
        "pandas": ("pandas",),
        "guessed": ("other",),
    }

    def contents_of(_: object, project: str) -> Contents | None:
        if project == "missing":
            msg = "the package index has no project named 'missing'"
            raise SelectionError(msg)
        modules = brought.get(project)
        return Contents(name=project, modules=frozenset(modules)) if modules else None

    monkeypatch.setattr(adhoc, "contents_of", contents_of)
    index = cast("Any", None)
    assert brings_its_module(index, "scikit-learn")
    assert brings_its_module(index, "pandas")
    assert not brings_its_module(index, "guessed")
    assert not brings_its_module(index, "unreadable")
    assert not brings_its_module(index, "missing")
