"""One results folder: what it accepts, what is stored where, and what damage costs."""

from __future__ import annotations

import json
import shutil
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tfcompat.errors import NewerSchemaError, ResultsError
from tfcompat.results import campaign_store
from tfcompat.results.campaign import Campaign
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.schema import (
    SCHEMA,
    Build,
    CellEnvironment,
    CellResult,
    Example,
    Inputs,
    read_cell,
)
from tfcompat.results.verdicts import Cause, CauseKind, Verdict
from tfcompat.util.files import write_json

if TYPE_CHECKING:
    from collections.abc import Callable

DATA = Path(__file__).parents[1] / "data" / "results"
NAME = "pypi-foo-1.0-python-cp36"
A, B = "ex/a.py", "ex/b.py"


@pytest.fixture
def campaign(tmp_path: Path) -> CampaignStore:
    campaign = CampaignStore(tmp_path / "results")
    campaign.open(dependency="foo", resolve="release")
    return campaign


def example(output: str = "x\n") -> Example:
    return Example(retval=0, seconds=1, output=[output], key="k")


def cell(
    *, resolve: str = "release", verdict: Verdict | None = None, **runs: Example
) -> CellResult:
    cause = Cause(kind=CauseKind.NETWORK, message="no network") if verdict else None
    return CellResult(
        inputs=Inputs(dependency="foo", name=NAME),
        environment=CellEnvironment(release="1.0", python="3.6", resolve=resolve),
        build=Build(retval=0),
        examples={f"ex/{name}.py": run for name, run in runs.items()},
        verdict=verdict,
        cause=cause,
    )


def files(folder: Path) -> set[str]:
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return {path for path in found if "lock" not in path}


def test_opening_twice_is_fine(campaign: CampaignStore) -> None:
    state = campaign.folder / ".state" / "campaign.json"
    before = state.stat().st_mtime_ns
    campaign.open(dependency="foo", resolve="release")
    assert state.stat().st_mtime_ns == before
    assert json.loads(state.read_text(encoding="utf-8")) == {
        "schema": SCHEMA,
        "dependency": "foo",
        "resolve": "release",
    }


@pytest.mark.parametrize("resolve", ["latest", "2021-01-05"])
def test_another_resolve_is_refused(campaign: CampaignStore, resolve: str) -> None:
    with pytest.raises(ResultsError) as caught:
        CampaignStore(campaign.folder).open(dependency="foo", resolve=resolve)
    said = str(caught.value)
    assert f"holds a campaign with resolve 'release', not '{resolve}'" in said
    assert said.endswith("name another folder with --results")
    # Refused, and untouched.
    campaign.open(dependency="foo", resolve="release")


def test_another_dependency_is_refused(campaign: CampaignStore) -> None:
    with pytest.raises(ResultsError, match="a campaign with dependency 'foo', not 'bar'"):
        campaign.open(dependency="bar", resolve="release")


@pytest.mark.parametrize("state", [None, "", "[]", "{"])
def test_a_folder_without_its_state_still_knows_what_it_is(
    campaign: CampaignStore, state: str | None
) -> None:
    campaign.finish(cell(resolve="2021-01-05", a=example()))
    shutil.rmtree(campaign.folder / ".state")
    if state is not None:
        (campaign.folder / ".state").mkdir()
        (campaign.folder / ".state" / "campaign.json").write_text(state, encoding="utf-8")
    with pytest.raises(ResultsError, match="resolve '2021-01-05', not 'release'"):
        campaign.open(dependency="foo", resolve="release")
    with pytest.raises(ResultsError, match="dependency 'foo', not 'fo'"):
        campaign.open(dependency="fo", resolve="2021-01-05")
    campaign.open(dependency="foo", resolve="2021-01-05")


@pytest.mark.parametrize("gone", [True, False])
def test_a_dependency_goes_by_any_of_its_names(campaign: CampaignStore, *, gone: bool) -> None:
    campaign.open(dependency="Foo", resolve="release")
    written = cell(a=example())
    inputs = written.inputs.model_copy(update={"dependency": "FOO"})
    campaign.finish(written.model_copy(update={"inputs": inputs}))
    if gone:
        shutil.rmtree(campaign.folder / ".state")
    for name in ("foo", "Foo", "fOO"):
        campaign.open(dependency=name, resolve="release")
    with pytest.raises(ResultsError, match="dependency 'foo', not 'foo-bar'"):
        campaign.open(dependency="Foo_Bar", resolve="release")


def test_a_cell_of_an_odd_name_still_tells_its_campaign(campaign: CampaignStore) -> None:
    written = cell(a=example())
    inputs = written.inputs.model_copy(update={"name": "renamed"})
    campaign.finish(written.model_copy(update={"inputs": inputs}))
    shutil.rmtree(campaign.folder / ".state")
    campaign.open(dependency="foo", resolve="release")
    assert set(campaign.cells()) == {"renamed"}
    with pytest.raises(ResultsError, match="resolve 'release', not 'latest'"):
        campaign.open(dependency="foo", resolve="latest")


def test_calipers_files_say_nothing_of_resolve(tmp_path: Path) -> None:
    for path in DATA.glob("caliper-*.json"):
        shutil.copy(path, tmp_path)
    CampaignStore(tmp_path).open(dependency="tensorflow", resolve="latest")


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ResultsError, match=r"cannot write .*; name another with --results"):
        CampaignStore(tmp_path / "file").open(dependency="foo", resolve="release")


def test_nothing_is_there_yet(campaign: CampaignStore) -> None:
    assert campaign.cells() == {}
    assert campaign.unknown() == {}
    assert campaign.cell(NAME) is None
    assert campaign.unfinished(NAME) is None
    assert campaign.known(NAME) is None


def test_unfinished_cells_are_below_state_alone(campaign: CampaignStore) -> None:
    campaign.begin(cell(a=example()))
    campaign.store_run(NAME, B, example("later\n"))
    assert not list(campaign.folder.glob("*.json"))
    assert campaign.cell(NAME) is None
    stored = campaign.unfinished(NAME)
    assert stored == cell(a=example(), b=example("later\n"))
    assert campaign.known(NAME) == stored


def test_a_finished_cell_is_its_file(campaign: CampaignStore) -> None:
    campaign.begin(cell(a=example()))
    campaign.finish(cell(a=example(), b=example()))
    assert files(campaign.folder) == {f"{NAME}.json", ".state/campaign.json"}
    assert campaign.unfinished(NAME) is None
    assert campaign.cells() == {NAME: cell(a=example(), b=example())}
    assert read_cell(campaign.folder / f"{NAME}.json") == campaign.cell(NAME)


def test_beginning_drops_older_runs(campaign: CampaignStore) -> None:
    campaign.begin(cell(a=example("old\n"), b=example("old\n")))
    campaign.begin(cell(a=example("new\n")))
    assert campaign.unfinished(NAME) == cell(a=example("new\n"))


@pytest.mark.parametrize("step", range(5))
def test_whoever_is_killed_as_a_cell_begins_again_has_lost_no_run(
    campaign: CampaignStore, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    campaign.begin(cell(a=example("mine\n"), b=example("old\n")))
    left = iter(range(step))

    def until_killed(original: Callable[..., None]) -> Callable[..., None]:
        def counted(*arguments: Any, **options: Any) -> None:  # noqa: ANN401 - any function
            if next(left, None) is None:
                raise KeyboardInterrupt
            original(*arguments, **options)

        return counted

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", until_killed(Path.unlink))
        patch.setattr(campaign_store, "write_json", until_killed(write_json))
        with suppress(KeyboardInterrupt):
            campaign.begin(cell(a=example("mine\n")))
    known = campaign.known(NAME)
    assert known is not None
    assert known.examples[A] == example("mine\n")


def test_runs_with_other_packages_are_not_mixed(campaign: CampaignStore) -> None:
    def locked(lock: str, begun: CellResult) -> CellResult:
        assert begun.environment is not None
        environment = begun.environment.model_copy(update={"lock": lock})
        return begun.model_copy(update={"environment": environment})

    campaign.finish(locked("numpy==1", cell(a=example("old\n"), b=example("old\n"))))
    campaign.begin(locked("numpy==2", cell(b=example("new\n"))))
    known = campaign.known(NAME)
    assert known is not None
    assert known.examples == {B: example("new\n")}
    assert campaign.cell(NAME) is not None


def test_what_was_begun_later_has_precedence(campaign: CampaignStore) -> None:
    campaign.finish(cell(a=example("done\n"), b=example("done\n")))
    campaign.begin(cell(b=example("begun\n")))
    known = campaign.known(NAME)
    assert known is not None
    assert known.examples == {A: example("done\n"), B: example("begun\n")}


def test_a_cell_that_is_finished_while_it_is_read_is_read_whole(
    campaign: CampaignStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = cell(a=example("mine\n"), b=example("mine\n"))
    campaign.begin(whole)
    reader = Campaign(campaign.folder)

    def finished_first(original: Callable[..., Any]) -> Callable[..., Any]:
        def read(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - any function
            campaign.finish(whole)
            return original(*arguments, **options)

        return read

    # Whatever is read first: what it finds, or does not, is gone or new a moment later.
    for step in ("unfinished", "cell", "_read"):
        campaign.result_path(NAME).unlink(missing_ok=True)
        campaign.begin(whole)
        with monkeypatch.context() as patch:
            patch.setattr(reader, step, finished_first(getattr(reader, step)))
            assert reader.known(NAME) == whole, step
    assert reader.damaged == {}


def test_unknown_cells(campaign: CampaignStore) -> None:
    campaign.store_unknown(cell(verdict=Verdict.UNKNOWN))
    assert campaign.unknown() == {NAME: cell(verdict=Verdict.UNKNOWN)}
    assert campaign.cells() == {}
    assert campaign.known(NAME) is None
    # Tried again, now with an environment.
    campaign.begin(cell(a=example()))
    assert campaign.unknown() == {}


def test_a_cell_that_cannot_be_tried_again_keeps_its_runs(campaign: CampaignStore) -> None:
    campaign.begin(cell(a=example()))
    campaign.store_unknown(cell(verdict=Verdict.UNKNOWN))
    assert campaign.known(NAME) == cell(a=example())
    campaign.finish(cell(a=example(), b=example()))
    assert campaign.unknown() == {}
    campaign.store_unknown(cell(verdict=Verdict.UNKNOWN))
    assert campaign.known(NAME) == cell(a=example(), b=example())
    assert set(campaign.unknown()) == {NAME}


def test_a_damaged_unknown_cell_is_passed_over(campaign: CampaignStore) -> None:
    campaign.store_unknown(cell(verdict=Verdict.UNKNOWN))
    (campaign.folder / ".state" / NAME / "unknown.json").write_text("{", encoding="utf-8")
    assert campaign.unknown() == {}


def test_a_damaged_file_is_reported_and_skipped(
    campaign: CampaignStore, caplog: pytest.LogCaptureFixture
) -> None:
    campaign.finish(cell(a=example()))
    (campaign.folder / "broken.json").write_text("{", encoding="utf-8")
    assert set(campaign.cells()) == {NAME}
    assert set(campaign.cells()) == {NAME}
    (broken,) = campaign.damaged
    assert "broken.json is damaged" in broken
    assert "skipped: " in caplog.text


READERS: dict[str, Callable[[CampaignStore], object]] = {
    "cells": CampaignStore.cells,
    "cell": lambda campaign: campaign.cell(NAME),
    "known": lambda campaign: campaign.known(NAME),
    "unfinished": lambda campaign: campaign.unfinished(NAME),
    "unknown": CampaignStore.unknown,
    "open": lambda campaign: campaign.open(dependency="foo", resolve="release"),
}


@pytest.mark.parametrize(
    ("place", "readers"),
    [
        (f"{NAME}.json", {"cells", "cell", "known"}),
        (f".state/{NAME}/cell.json", {"known", "unfinished"}),
        (f".state/{NAME}/unknown.json", {"unknown"}),
        (".state/campaign.json", {"open"}),
    ],
)
def test_a_newer_file_is_refused_wherever_it_is_read(
    campaign: CampaignStore, place: str, readers: set[str]
) -> None:
    path = campaign.folder / place
    path.parent.mkdir(exist_ok=True)
    newer = {"schema": SCHEMA + 1, "inputs": {}, "dependency": "foo", "resolve": "release"}
    path.write_text(json.dumps(newer), encoding="utf-8")
    for name, read in READERS.items():
        if name in readers:
            with pytest.raises(NewerSchemaError, match=r"written by a newer tfcompat.*upgrade"):
                read(campaign)
        else:
            read(campaign)
    # Refused, and as it was: it is no damaged file that a run may write over.
    assert json.loads(path.read_text(encoding="utf-8")) == newer
    assert not campaign.damaged


def test_a_newer_file_is_refused_where_the_state_is_gone(campaign: CampaignStore) -> None:
    shutil.rmtree(campaign.folder / ".state")
    newer = json.dumps({"schema": SCHEMA + 1, "inputs": {}})
    (campaign.folder / "any.json").write_text(newer, encoding="utf-8")
    with pytest.raises(NewerSchemaError, match=r"any\.json was written by a newer tfcompat"):
        campaign.open(dependency="foo", resolve="release")


def test_damaged_state_is_no_state(campaign: CampaignStore) -> None:
    campaign.begin(cell(a=example(), b=example()))
    folder = campaign.folder / ".state" / NAME
    runs = sorted(folder.glob("run-*.json"))
    assert len(runs) == 2
    runs[0].write_text("{", encoding="utf-8")
    (folder / "run-x.json").write_text('{"test": "c"}', encoding="utf-8")
    stored = campaign.unfinished(NAME)
    assert stored is not None
    assert len(stored.examples) == 1
    (folder / "cell.json").write_text("{", encoding="utf-8")
    assert campaign.unfinished(NAME) is None


def test_all_fixtures_are_cells(tmp_path: Path) -> None:
    campaign = Campaign(tmp_path)
    for path in DATA.glob("*.json"):
        if not path.name.startswith("caliper-"):
            content = json.loads(path.read_text(encoding="utf-8"))
            shutil.copy(path, tmp_path / f"{content['inputs']['name']}.json")
    found = campaign.cells()
    assert not campaign.damaged
    assert len(found) == 4
    for identifier in found:
        assert campaign.cell(identifier) == found[identifier]


@pytest.mark.parametrize("lock", ["cell", "judging"])
def test_a_second_comer_waits(campaign: CampaignStore, lock: str) -> None:
    order: list[str] = []
    waiting = threading.Event()

    def second() -> None:
        other = CampaignStore(campaign.folder)
        waiting.set()
        with other.working_on(NAME) if lock == "cell" else other.judging():
            order.append("second")

    thread = threading.Thread(target=second)
    with campaign.working_on(NAME) if lock == "cell" else campaign.judging():
        thread.start()
        assert waiting.wait(5)
        thread.join(0.1)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]


def test_other_cells_do_not_wait(campaign: CampaignStore) -> None:
    with campaign.working_on(NAME), campaign.working_on("pypi-foo-2.0-python-cp36"):
        pass


def test_a_lock_is_free_after_a_failure(campaign: CampaignStore) -> None:
    with pytest.raises(RuntimeError), campaign.working_on(NAME):
        raise RuntimeError
    with campaign.working_on(NAME):
        pass
