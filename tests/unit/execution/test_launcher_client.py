"""The orchestrator's side of the launcher, without one: its start, its replies, its records."""

from __future__ import annotations

import datetime as dt
import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tfcompat.environments.namespaces import OPEN, Closed
from tfcompat.execution import launcher_client, run_outcome
from tfcompat.execution.launcher import LAUNCHER, PROTOCOL
from tfcompat.execution.launcher_client import LauncherClient, RunFault, RunLimits
from tfcompat.planning.command import Command
from tfcompat.util import network, processes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tfcompat.execution.launcher._tfcompat_launcher.protocol import (
        FinishedEvent,
        RunRequest,
    )

PYTHON = Path("/cell/env/bin/python")
FINISHED: FinishedEvent = {
    "event": "finished",
    "id": "1",
    "retval": 0,
    "signal": None,
    "ended_by": "memory",
    "timed_out": False,
    "truncated": False,
    "seconds": 1.23456,
    "cpu_seconds": 1.0,
    "peak_memory": 10,
    "isolation": "warm",
    "error": None,
}


def client(folder: Path, sandbox: Recorded | None = None) -> LauncherClient:
    (folder / "launcher.log").write_text("the last words\n", encoding="utf-8")
    return LauncherClient(PYTHON, Path("/python/bin/python"), folder, sandbox=sandbox)


class Recorded:
    """A sandbox that notes what it is to show."""

    folder = written = Path("/cell")
    layers = ()
    readable: Sequence[Path] = ()

    def wrap(
        self,
        words: Sequence[str | Path],
        environment: Mapping[str, str],
        folder: Path,
        readable: Sequence[Path] = (),
        *,
        closed: Closed = OPEN,
    ) -> processes.Invocation:
        self.readable, self.closed = readable, closed
        return processes.Invocation(
            command=["wrapped", *words], environment=environment, cwd=folder
        )


def test_a_sandbox_is_given_the_folder_of_the_launcher(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "certificate_paths", lambda _: [tmp_path / "ca.pem"])
    sandbox = Recorded()
    start = client(tmp_path, sandbox)._how_to_start()
    assert start.command == ["wrapped", PYTHON, LAUNCHER]
    assert sandbox.readable == [LAUNCHER.parent, tmp_path / "ca.pem"]
    assert sandbox.closed == OPEN


def test_a_launcher_of_another_protocol_is_a_fault(tmp_path: Path) -> None:
    started = client(tmp_path)
    started._hand_over({"event": "ready", "python": [3, 9, 1], "protocol": PROTOCOL, "pid": 1})
    started._wait_until_ready()
    other = client(tmp_path)
    other._hand_over({"event": "ready", "python": [3, 9, 1], "protocol": PROTOCOL - 1, "pid": 1})
    with pytest.raises(RunFault, match=f"protocol {PROTOCOL - 1} instead of {PROTOCOL}: .* again"):
        other._wait_until_ready()


def test_a_launcher_that_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launcher_client, "READY_SECONDS", 0)
    with pytest.raises(RunFault, match="did not start within 0 s: the last words"):
        client(tmp_path)._wait_until_ready()


def test_lines_end_where_a_newline_is_and_folders_have_other_names(tmp_path: Path) -> None:
    named = run_outcome.places(tmp_path, PYTHON, Path("/opt/python/bin/python"))
    script = LAUNCHER.with_name("_tfcompat_launcher") / "script.py"
    text = f'{tmp_path}/study/a\f\u2028b\r\n\n  File "{script}"\n/opt/python/lib, /cell/env: end'
    (tmp_path / "stdout").write_bytes(text.encode() + b"\xff")
    (tmp_path / "stderr").write_bytes(b"")
    started = dt.datetime(2021, 1, 5, 10, 20, 30, 123456, tzinfo=dt.timezone.utc)
    run = run_outcome.read_outcome(FINISHED, tmp_path, named, started)
    assert run.output == [
        "/study/a\f\u2028b\r\n",
        "\n",
        '  File "/launcher/_tfcompat_launcher/script.py"\n',
        "/python/lib, /env: end\\xff",
    ]
    assert run.error == []
    assert (run.seconds, run.out_of_memory, run.isolation) == (1.235, True, "warm")
    assert run.started == "2021-01-05T10:20:30.123+00:00"


def test_folders_reached_through_a_link_have_their_names_too(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    named = run_outcome.places(tmp_path / "link", PYTHON, Path("/opt/python/bin/python"))
    for folder in (tmp_path / "link", tmp_path / "real"):
        assert named[str(folder / "tmp")] == "/tmp"
        assert named[str(folder)] == "/scratch"
    # An inner folder would lose its name to the one around it.
    assert list(named).index(str(tmp_path / "real" / "tmp")) < list(named).index(
        str(tmp_path / "real")
    )


def test_a_notebook_is_sent_as_its_cells(tmp_path: Path) -> None:
    folder = tmp_path / "study" / "papers"
    folder.mkdir(parents=True)
    cell = {"cell_type": "code", "source": "%time x", "metadata": {}, "outputs": []}
    content = {"cells": [{**cell, "execution_count": 1}], "metadata": {}}
    document = {**content, "nbformat": 4, "nbformat_minor": 4}
    (folder / "a.ipynb").write_text(json.dumps(document), encoding="utf-8")
    (folder / "b.ipynb").write_bytes(b"{")
    (folder / "c.py").touch()
    limits = RunLimits(timeout=1, output=1000, memory=10**6, threads=1, disk=10**6)

    def request(name: str) -> RunRequest:
        command = Command(script=f"papers/{name}", folder="papers")
        return client(tmp_path)._run_request(command, tmp_path, limits, [], "fresh")

    sent = request("a.ipynb")
    assert (sent["script"], sent["cwd"]) == ("a.ipynb", str(folder))
    assert sent["notebook"] is not None
    assert json.loads(Path(sent["notebook"]).read_text(encoding="ascii")) == {
        "path": "a.ipynb",
        "cells": [{"number": 1, "source": "x", "shows": True, "captures": None, "may_fail": False}],
    }
    assert request("c.py")["notebook"] is None
    with pytest.raises(RunFault, match=r"b\.ipynb is no notebook: it holds no JSON"):
        request("b.ipynb")


def test_figures_are_saved_in_the_folder_of_the_run(tmp_path: Path) -> None:
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "a.py").touch()
    limits = RunLimits(timeout=1, output=1000, memory=10**6, threads=1, disk=10**6)
    plain = client(tmp_path)._run_request(Command(script="a.py"), tmp_path, limits, [], "fresh")
    assert (plain["figures"], plain["environ"].get("MPLBACKEND")) == (None, None)
    command = Command(script="a.py", figures=True)
    asked = client(tmp_path)._run_request(command, tmp_path, limits, [], "fresh")
    assert asked["figures"] == str(tmp_path / "figures")
    assert (tmp_path / "figures").is_dir()
    assert asked["environ"]["MPLBACKEND"] == "Agg"
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "study").mkdir()
    (tmp_path / "again" / "study" / "a.py").touch()
    chosen = replace(command, environment=(("MPLBACKEND", "svg"),))
    other = client(tmp_path)._run_request(chosen, tmp_path / "again", limits, [], "fresh")
    assert other["environ"]["MPLBACKEND"] == "svg"


def test_a_run_that_is_killed_with_its_launcher_means_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever kills a container may kill the run in it first."""
    for name in ("stdout", "stderr"):
        (tmp_path / name).touch()
    limits = RunLimits(timeout=1, output=1000, memory=10**6, threads=1, disk=10**6)
    killed = {**FINISHED, "retval": -9, "signal": "SIGKILL", "ended_by": "signal"}
    monkeypatch.setattr(launcher_client, "_WITH_GROUP", 0.01)

    def run(event: Mapping[str, object], *, lives: bool) -> int:
        asked, ended = client(tmp_path), threading.Event()
        asked._reader = threading.Thread(target=ended.wait)
        asked._reader.start()
        if not lives:
            ended.set()
        monkeypatch.setattr(asked, "_ask", lambda _: event)
        try:
            return asked.run(Command(script="a.py"), tmp_path, limits=limits, cores=[]).retval
        finally:
            ended.set()

    with pytest.raises(RunFault, match="killed together with a run: the last words"):
        run(killed, lives=False)
    assert run(killed, lives=True) == -9
    # What reached a limit was killed by ourselves.
    assert run({**killed, "ended_by": "memory"}, lives=False) == -9
