"""What is asked of Dask, and what its answers mean. Dask itself is made up."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from fakes import FakeProgress
from remote_workers import LOST, worker

from tfcompat.errors import UserError
from tfcompat.execution import dask_cluster, dask_worker
from tfcompat.execution.dask_cluster import (
    DaskCluster,
    DaskTask,
    TaskFailed,
    TaskLost,
    open_cluster,
)

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class FakeFuture:
    key: str
    status: str = "pending"
    value: Any = None
    calls: list[str] = field(default_factory=list)

    def result(self, timeout: float) -> Any:  # noqa: ANN401 - as Dask's
        assert timeout > 0
        if isinstance(self.value, BaseException):
            raise self.value
        return self.value

    def exception(self) -> BaseException:
        assert isinstance(self.value, BaseException)
        return self.value

    def cancel(self) -> None:
        self.calls.append("cancel")

    def release(self) -> None:
        self.calls.append("release")


@dataclass
class FakeClient:
    """A client of a scheduler with these workers, by address what each says of itself."""

    workers: dict[str, dict[str, Any]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    submitted: list[dict[str, Any]] = field(default_factory=list)
    scattered: list[FakeFuture] = field(default_factory=list)
    asked: list[list[str]] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)

    def subscribe_topic(self, topic: str, handler: object) -> None:
        assert callable(handler)
        self.topics.append(topic)

    def unsubscribe_topic(self, topic: str) -> None:
        self.topics.remove(topic)

    def scheduler_info(self, n_workers: int) -> dict[str, Any]:
        assert n_workers == -1
        return {"workers": dict(self.workers)}

    def run(self, function: object, *arguments: object, **options: Any) -> dict[str, Any]:  # noqa: ANN401
        if function is dask_worker.cells_of:
            return dict.fromkeys(self.workers, 0)
        assert function is dask_worker.facts
        assert not arguments
        self.asked.append(options["workers"])
        return {address: self.facts[address] for address in options["workers"]}

    def scatter(self, data: bytes, *, broadcast: bool, timeout: float) -> FakeFuture:
        assert broadcast
        assert timeout
        if not self.workers:
            raise TimeoutError
        self.scattered.append(FakeFuture(f"study-{len(self.scattered)}", value=data))
        return self.scattered[-1]

    def submit(self, function: object, *arguments: object, **options: Any) -> FakeFuture:  # noqa: ANN401
        assert function is dask_worker.run_cell
        self.submitted.append({**options, "arguments": arguments})
        return FakeFuture(options["key"])


A, B = "tcp://a:1", "tcp://b:1"


@pytest.fixture
def client() -> FakeClient:
    return FakeClient(
        {A: {"nthreads": 4, "resources": {"cell": 2.0}}, B: {"nthreads": 1, "resources": {}}},
        {A: worker(A).facts, B: worker(B).facts},
    )


@pytest.fixture
def cluster(client: FakeClient) -> DaskCluster:
    return DaskCluster(client, FakeProgress())


def test_each_worker_is_asked_once(client: FakeClient, cluster: DaskCluster) -> None:
    cluster._meet()
    cluster._meet()
    found = cluster.present()
    assert client.asked == [[A, B]]
    assert [(one.threads, one.cells, one.declares) for one in found.values()] == [
        (4, 2, True),
        (1, 1, False),
    ]
    del client.workers[A]
    client.workers["tcp://c:1"] = client.workers[B]
    client.facts["tcp://c:1"] = ModuleNotFoundError("No module named 'tfcompat'")
    cluster._meet()
    assert list(cluster.present()) == [B]
    assert client.asked[1:] == [["tcp://c:1"]]
    assert isinstance(cluster._progress, FakeProgress)
    assert cluster._progress.said == [
        "the worker tcp://c:1 cannot serve: No module named 'tfcompat'"
    ]


def test_workers_with_another_release_cannot_serve(
    client: FakeClient, cluster: DaskCluster
) -> None:
    client.facts[A] = replace(worker(A).facts, tool="0.0 other")
    cluster._meet()
    assert list(cluster.present()) == [B]


def test_a_task_has_its_worker_and_the_study(client: FakeClient, cluster: DaskCluster) -> None:
    cluster._meet()
    for address in (A, B):
        cluster.submit(cluster.present()[address], b"request", b"study")
    first, second = client.submitted
    assert first["arguments"][:2] == (b"request", client.scattered[0])
    assert (first["workers"], first["resources"], first["alone"]) == ([A], {"cell": 1}, False)
    assert (second["workers"], second["resources"], second["alone"]) == ([B], None, True)
    assert not first["allow_other_workers"]
    assert first["key"] != second["key"]
    # It is sent again only where it was lost with all who had it.
    assert len(client.scattered) == 1
    client.scattered[0].status = "lost"
    cluster.submit(cluster.present()[A], b"request", b"study")
    assert len(client.scattered) == 2
    # Another study is another archive, and both are forgotten where they are not needed any more.
    cluster.submit(cluster.present()[A], b"request", b"another")
    assert client.submitted[-1]["arguments"][1] is client.scattered[2]
    cluster.forget_studies()
    assert [shared.calls for shared in client.scattered[1:]] == [["release"], ["release"]]
    cluster.submit(cluster.present()[A], b"request", b"study")
    cluster.close()
    assert client.scattered[3].calls == ["release"]
    assert client.topics == []


def test_a_study_that_reaches_no_worker_is_a_loss(client: FakeClient, cluster: DaskCluster) -> None:
    cluster._meet()
    client.workers.clear()
    with pytest.raises(TaskLost) as caught:
        cluster.submit(cluster.present()[A], b"request", b"study")
    assert not caught.value.begun


def test_what_workers_report_is_shown_if_it_is_ours(cluster: DaskCluster) -> None:
    content = {"session": cluster._session, "key": "k", "call": "running"}
    cluster._report((0, {**content, "arguments": ["cell", 1, 2]}))
    cluster._report((0, {**content, "session": "of another", "arguments": ["cell", 2, 2]}))
    assert isinstance(cluster._progress, FakeProgress)
    assert cluster._progress.rounds == [("cell", 1, 2)]
    assert cluster._begun == {"k"}


@pytest.mark.parametrize(
    ("status", "value", "present", "raised"),
    [
        ("pending", None, True, None),
        ("pending", None, False, TaskLost),
        ("lost", None, True, TaskLost),
        ("cancelled", None, True, TaskLost),
        ("finished", TimeoutError(), True, TaskLost),
        ("error", type("KilledWorker", (Exception,), {})("gone"), True, TaskLost),
        ("error", ModuleNotFoundError("no tfcompat"), True, TaskFailed),
    ],
)
def test_what_became_of_a_task(
    status: str,
    value: object,
    present: bool,  # noqa: FBT001
    raised: type[Exception] | None,
) -> None:
    task = DaskTask(FakeFuture("k", status, value), worker(A))
    workers = {A: worker(A)} if present else {}
    if raised is None:
        assert task.reply(workers) is None
        return
    with pytest.raises(raised):
        task.reply(workers)


def test_an_answer_counts_also_where_its_worker_is_gone() -> None:
    future = FakeFuture("k", "finished", b"answer")
    task = DaskTask(future, worker(A))
    assert task.reply({}) == b"answer"
    task.drop()
    assert future.calls == ["cancel", "release"]


@pytest.mark.parametrize("begun", [True, False])
def test_whether_a_lost_cell_was_at_work(begun: bool) -> None:  # noqa: FBT001
    task = DaskTask(FakeFuture("k", "lost"), worker(A), {"k"} if begun else set())
    with pytest.raises(TaskLost) as caught:
        task.reply({})
    assert caught.value.begun is begun
    assert LOST.begun


def test_without_dask_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(UserError, match=r"pip install 'tfcompat\[dask\]'"),
        open_cluster("local", FakeProgress()),
    ):
        pass


def test_a_typing_error_is_no_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_cluster, "import_module", lambda _: None)
    with (
        pytest.raises(UserError, match="is no file; name a scheduler's file, its address"),
        open_cluster(str(tmp_path / "sched.json"), FakeProgress()),
    ):
        pass


def test_without_workers_one_sentence_says_how_to_start_some(
    client: FakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_cluster, "_FIRST_WORKER", 0.1)
    monkeypatch.setattr(dask_cluster, "_LOOK", 0.05)
    client.workers.clear()
    with pytest.raises(UserError, match="dask worker ADDRESS --resources cell=1"):
        DaskCluster(client, FakeProgress()).start()
