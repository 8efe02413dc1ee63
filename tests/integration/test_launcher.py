"""The real launcher, in the interpreters of this machine, starting real processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from launcher_session import (
    Session,
    everywhere,
    gone,
    install,
    on_linux,
    wait_until,
)
from support import SCRIPTS

from tfcompat.execution.launcher import LAUNCHER, PROTOCOL, launcher_files

if TYPE_CHECKING:
    from launcher_session import Event

pytestmark = on_linux

# The beginning of scripts below: note() reports to the test which processes there are.
NOTE = """
import os, signal, sys, time
def note():
    open("pid.%d" % os.getpid(), "w").close()
def ignore():
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
def daemon():
    # A child that leaves session and group, and whose parent is gone; True in it.
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.environ.clear()
            note()
            return True
        os._exit(0)
    os.wait()
    while len([name for name in os.listdir(".") if name.startswith("pid.")]) < DAEMONS:
        time.sleep(0.01)
DAEMONS = 1
"""
DAEMON_AND_CHILD = (
    NOTE
    + """
DAEMONS = 1
if not daemon():
    os.fork()
    note()
ignore()
time.sleep(60)
"""
)


@everywhere
def test_starts_and_exits(session: Session) -> None:
    code = "import sys; print('.'.join(str(part) for part in sys.version_info[:3]))"
    version = subprocess.check_output([session.python, "-c", code], text=True).strip()
    assert session.ready["python"] == [int(part) for part in version.split(".")]
    assert session.ready["protocol"] == PROTOCOL
    assert session.ready["pid"] == session.process.pid
    assert session.process.stdin is not None
    session.process.stdin.close()
    assert session.process.wait(5) == 0


@everywhere
def test_compiles_without_a_warning(python: str) -> None:
    code = "import sys; [compile(open(name).read(), name, 'exec') for name in sys.argv[1:]]"
    subprocess.run([python, "-W", "error", "-c", code, *launcher_files()], check=True)


def test_neighbours_do_not_shadow_the_standard_library(python: str, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    copy = shutil.copytree(LAUNCHER.parent, tmp_path / "copy")
    for folder in (wrong, copy):
        (folder / "json.py").write_text("raise SystemExit('the wrong json')")
    for environ, script in (
        ({"PYTHONPATH": str(wrong)}, LAUNCHER),
        ({}, copy / "launcher.py"),
    ):
        done = subprocess.run(
            [python, script], input=b"", env=environ, capture_output=True, check=True
        )
        assert b"ready" in done.stdout


def test_writes_nothing_into_its_folder(python: str, tmp_path: Path) -> None:
    copy = shutil.copytree(
        LAUNCHER.parent, tmp_path / "copy", ignore=shutil.ignore_patterns("__pycache__")
    )
    before = sorted(copy.rglob("*"))
    subprocess.run([python, copy / "launcher.py"], input=b"", env={}, check=True)
    assert sorted(copy.rglob("*")) == before


def test_exit_code(session: Session) -> None:
    for retval in (0, 1, 42):
        event = session.result(f"import os; print('text'); os._exit({retval})")
        assert (event["retval"], event["ended_by"], event["signal"]) == (retval, "exit", None)
        assert not event["timed_out"]
        assert not event["truncated"]
        assert event["error"] is None
        assert 0 <= event["seconds"] < 10  # Python 2.7 measures hundredths
        assert 0 < event["cpu_seconds"] < 10
        assert 1e6 < event["peak_memory"] < 1e8


def test_signals_are_named(session: Session) -> None:
    for name in ("SIGSEGV", "SIGABRT", "SIGKILL"):
        event = session.result(f"import os, signal; os.kill(os.getpid(), signal.{name})")
        assert event["retval"] == -getattr(signal, name)
        assert (event["signal"], event["ended_by"]) == (name, "signal")
        assert not list(session.folder.glob("core*"))


@everywhere
def test_the_run_sees_what_was_asked_for(session: Session) -> None:
    cwd = session.folder / "sub ä"
    cwd.mkdir()
    (cwd / "sub").mkdir()
    (cwd / "sub" / "script.py").write_text(
        "import json, os, signal, sys\n"
        "cwd = os.getcwd() if sys.version_info[0] > 2 else os.getcwdu()\n"
        "text = (lambda t: t) if sys.version_info[0] > 2 else (lambda t: t.decode('utf-8'))\n"
        "seen = dict(cwd=cwd, argv=[text(a) for a in sys.argv], path=text(sys.path[0]),\n"
        "    environ=dict((text(k), text(v)) for k, v in os.environ.items()),\n"
        "    stdin=sys.stdin.read(), descriptors=sorted(os.listdir('/proc/self/fd')),\n"
        "    session=os.getsid(0) == os.getpid(), sigterm=int(signal.getsignal(15)),\n"
        "    status=open('/proc/self/status').read())\n"
        "print(json.dumps(seen))\n"
    )
    environ = {"LC_ALL": "C.UTF-8", "NAME": "wert ü", "EMPTY": ""}
    event = session.result(
        "", script="sub/script.py", args=["-x", "ä b"], cwd=str(cwd), environ=environ
    )
    assert event["retval"] == 0, session.output("stderr")
    seen = json.loads(session.output())
    assert seen["cwd"] == str(cwd)
    assert seen["argv"] == ["sub/script.py", "-x", "ä b"]
    assert seen["path"] == str(cwd / "sub")
    assert seen["environ"] == environ
    assert seen["stdin"] == ""
    # The fourth is the one with which the script reads the listing.
    assert seen["descriptors"] == ["0", "1", "2", "3"]
    assert seen["session"]
    assert seen["sigterm"] == 0
    assert "SigBlk:\t0000000000000000" in seen["status"]


def test_affinity(session: Session) -> None:
    cpu = max(os.sched_getaffinity(0))
    session.result("print(open('/proc/self/status').read())", cpus=[cpu])
    assert f"Cpus_allowed_list:\t{cpu}\n" in session.output().decode()


def test_what_cannot_be_started(session: Session) -> None:
    cases: list[tuple[Event, str]] = [
        ({"python": "/missing/python"}, "cannot start /missing/python: No such file or directory"),
        ({"cwd": "/missing/ä"}, "cannot enter /missing/ä: No such file or directory"),
        ({"cpus": [1023]}, "cannot use the CPUs [1023]: Invalid argument"),
        ({"args": ["\0"]}, "cannot start "),
    ]
    for changes, message in cases:
        event = session.result("print(1)", **changes)
        assert event["error"].startswith(message)
        assert event["retval"] == 127


def test_output_that_cannot_be_stored(session: Session) -> None:
    session.run("print(1)", stdout="/missing/stdout")
    error = session.hear("finished")["error"]
    assert error == "cannot write /missing/stdout: No such file or directory"
    event = session.result("print(1)", stderr="/dev/full")
    assert event["error"] is None
    event = session.result("print(1)", stdout="/dev/full")
    assert event["error"] == "cannot store its output: No space left on device"
    assert event["retval"] == 0


def test_malformed_requests_are_refused(session: Session) -> None:
    for line in [
        "no json",
        "[1]",
        '"text"',
        "[" * 100_000,
        '{"op": "fly", "id": "1"}',
        '{"op": "stop", "id": "1"}',
        '{"op": "run", "id": "1"}',
        '{"op": "run", "id": {"a": []}}',
        "",
    ]:
        session.write(line.encode() + b"\n")
        event = session.hear("refused")
        assert event["error"]
        assert event["id"] == ("1" if '"1"' in line else None)
    assert session.result("print(1)")["retval"] == 0


def test_wrong_values_are_refused(session: Session) -> None:
    cases: list[tuple[Event, str]] = [
        ({"timeout": float("nan")}, "'timeout' must be a number of seconds"),
        ({"timeout": True}, "'timeout' must be a number of seconds"),
        ({"args": "ab"}, "'args' must be a list of texts"),
        ({"environ": {"A": 1}}, "'environ' must be texts by name"),
        ({"output_limit": 1.5}, "'output_limit' must be a number of bytes"),
        ({"isolation": "cold"}, "'isolation' must be 'fresh' or 'warm'"),
        ({"isolation": "warm"}, "there is nothing imported"),
    ]
    for changes, message in cases:
        session.run("", "1", **changes)
        event = session.hear("refused")
        assert event["id"] == "1"
        assert event["error"].startswith(message)


def test_invalid_utf8_requests_and_output(session: Session) -> None:
    session.write(b"\xff\xfe\n")
    assert session.hear("refused")["id"] is None
    session.result(r"import os; os.write(1, b'\xff\xfe\x00\xc3'); os.write(2, b'\x80')")
    assert session.output() == b"\xff\xfe\x00\xc3"
    assert session.output("stderr") == b"\x80"


def test_limit_of_output(session: Session) -> None:
    for limit, output, stored in [
        (10, "0123456789", "0123456789"),
        (10, "0123456789A", "01234\n[... 1 bytes left out ...]\n6789A"),
        # A head that ends its line gets no second newline.
        (10, "0123\n456\n78\nAB\n", "0123\n[... 5 bytes left out ...]\n8\nAB\n"),
        (1, "ab", "[... 1 bytes left out ...]\nb"),
        (0, "ab", "[... 2 bytes left out ...]\n"),
    ]:
        event = session.result(f"import os; os.write(1, {output!r}.encode())", output_limit=limit)
        assert session.output().decode() == stored
        assert event["truncated"] == (len(output) > limit)


def test_much_output_is_bounded(session: Session) -> None:
    event = session.result(
        """
        import os
        os.write(1, b"first\\n")
        block = b"x" * 79 + b"\\n"
        for _ in range(200):
            os.write(1, block * 13107)
        os.write(1, b"last\\n")
        """
    )
    stored = session.output()
    assert event["truncated"]
    assert event["retval"] == 0
    assert len(stored) < 100_100
    assert stored.startswith(b"first\nxxx")
    assert stored.endswith(b"x\nlast\n")
    dropped = 200 * 80 * 13107 + 11 - 100_000
    assert b"\n[... %d bytes left out ...]\n" % dropped in stored
    assert event["seconds"] < 10


def test_stdout_closed_early_and_folder_removed(session: Session) -> None:
    folder = session.folder / "cwd"
    folder.mkdir()
    event = session.result(
        """
        import os, sys, time
        print("before"); sys.stdout.flush()
        os.rmdir(os.getcwd())
        os.close(1); os.close(2)
        time.sleep(0.1)
        os._exit(3)
        """,
        cwd=str(folder),
    )
    assert event["retval"] == 3
    assert event["seconds"] >= 0.09
    assert session.output() == b"before\n"


@everywhere
def test_timeout(session: Session) -> None:
    event = session.result(DAEMON_AND_CHILD, timeout=0.5)
    assert gone(session.pids(3))
    assert (event["ended_by"], event["timed_out"]) == ("timeout", True)
    assert (event["retval"], event["signal"]) == (-9, "SIGKILL")
    assert 0.69 <= event["seconds"] < 3


def test_timeout_lets_the_script_clean_up(session: Session) -> None:
    event = session.result(
        """
        import signal, sys, time
        def leave(number, frame):
            print("cleaned up")
            sys.exit(5)
        signal.signal(signal.SIGTERM, leave)
        time.sleep(60)
        """,
        timeout=0.5,
        grace=10,
    )
    assert (event["retval"], event["ended_by"], event["timed_out"]) == (5, "timeout", True)
    assert event["seconds"] < 5
    assert session.output() == b"cleaned up\n"


@everywhere
def test_what_is_left_behind_is_killed(session: Session) -> None:
    event = session.result(
        NOTE
        + """
DAEMONS = 1
if daemon():
    ignore()
    time.sleep(60)
if os.fork() == 0:
    time.sleep(60)
print("the end")
"""
    )
    assert (event["retval"], event["ended_by"], event["signal"]) == (0, "exit", None)
    assert event["seconds"] < 5
    assert gone(session.pids(1))
    assert session.output() == b"the end\n"


@pytest.mark.parametrize("how", ["end of requests", "SIGTERM", "SIGINT", "SIGKILL"])
def test_runs_die_with_the_launcher(session: Session, how: str) -> None:
    session.run(DAEMON_AND_CHILD)
    pid = session.hear("started")["pid"]
    pids = session.pids(3)
    assert pid in pids
    assert not gone(pids)
    if how == "end of requests":
        assert session.process.stdin is not None
        session.process.stdin.close()
    else:
        os.killpg(session.process.pid, getattr(signal, how))
    session.process.wait(5)
    if how == "SIGKILL":  # then nobody is left to wait for it
        wait_until(lambda: gone(pids), 3)
    assert gone(pids)


def test_a_script_that_kills_its_parent(session: Session) -> None:
    waiting = "import os, time\nwhile not os.path.exists('go'): time.sleep(0.01)"
    session.run(waiting, name="2")
    session.hear("started")
    event = session.result(
        NOTE
        + """
DAEMONS = 1
if daemon():
    ignore()
    time.sleep(60)
note()
os.kill(os.getppid(), signal.SIGKILL)
time.sleep(60)
"""
    )
    assert "untimely end" in event["error"]
    assert gone(session.pids(2))
    (session.folder / "go").touch()  # the other run was spared
    event = session.hear("finished")
    assert (event["id"], event["ended_by"], event["retval"]) == ("2", "exit", 0)


def test_memory_limit(session: Session) -> None:
    event = session.result(
        NOTE
        + """
block = bytearray(b"x") * 40000000
child = os.fork()
note()
if child == 0:
    block = bytearray(b"x") * 120000000
time.sleep(60)
""",
        memory_limit=150_000_000,
    )
    assert (event["ended_by"], event["retval"], event["timed_out"]) == ("memory", -9, False)
    assert event["peak_memory"] > 150_000_000
    assert gone(session.pids(2))


def test_disk_limit(session: Session) -> None:
    begun = time.monotonic()
    event = session.result(
        """
        import os, time
        number = 0
        while True:
            number += 1
            with open("piece-%d" % number, "wb") as file:
                file.write(b"x" * 1000000)
            time.sleep(0.001)
        """,
        disk_limit=50_000_000,
    )
    assert (event["ended_by"], event["retval"], event["timed_out"]) == ("disk", -9, False)
    assert time.monotonic() - begun < 15
    # What was there before is none of it, nor what stays below the limit.
    again = session.result("open('small', 'w').write('x'); print(1)", disk_limit=50_000_000)
    assert (again["ended_by"], again["retval"]) == ("exit", 0)


def test_shared_memory_is_counted_once(tmp_path: Path) -> None:
    session = Session(sys.executable, tmp_path)
    event = session.result(
        """
        import os, time
        block = bytearray(b"x") * 80000000
        children = [os.fork() for _ in range(1)]
        time.sleep(0.6)
        """,
        memory_limit=150_000_000,
    )
    assert (event["ended_by"], event["retval"]) == ("exit", 0)
    assert 80_000_000 < event["peak_memory"] < 150_000_000
    session.close()


STORM = (SCRIPTS / "hostile" / "storm.py").read_text(encoding="utf-8").replace("import brick", "")


@pytest.mark.alone
@pytest.mark.parametrize(
    ("bomb", "limit"),
    [
        ("import os, time; [os.fork() for _ in range(11)]; time.sleep(60)", None),
        # Without end: they grow in number faster than each could be looked at.
        (STORM, 200_000_000),
    ],
    ids=["2048", "endless"],
)
def test_fork_bomb(tmp_path: Path, bomb: str, limit: int | None) -> None:
    session = Session(sys.executable, tmp_path)  # one interpreter: this is hard on the machine
    event = session.result(bomb, memory_limit=limit)
    assert (event["ended_by"], event["retval"]) == ("memory", -9)
    assert event["seconds"] < 15
    session.close()


def test_runs_at_the_same_time(session: Session) -> None:
    meet = """
    import os, time
    open("here-" + os.environ["ME"], "w").close()
    until = time.time() + 10
    while not os.path.exists("here-" + os.environ["OTHER"]) and time.time() < until:
        time.sleep(0.01)
    print(os.environ["ME"])
    """
    session.run(meet, name="a", environ={"ME": "a", "OTHER": "b"})
    session.run(meet, name="b", environ={"ME": "b", "OTHER": "a"})
    session.run(meet, name="b")
    events = [session.hear("started", "refused", "finished") for _ in range(5)]
    kinds = sorted(event["event"] for event in events)
    assert kinds == ["finished", "finished", "refused", "started", "started"]
    for event in events:
        if event["event"] == "finished":
            assert event["seconds"] < 5
            assert session.output(name=event["id"]) == event["id"].encode() + b"\n"


def test_a_launcher_that_has_nothing_to_do_does_nothing(python: str, tmp_path: Path) -> None:
    # Long enough for the launcher to look after its orchestrator meanwhile.
    install("slow_module", "import time; time.sleep(1.2)", tmp_path)
    session = Session(os.path.realpath(python), tmp_path, PYTHONUSERBASE=str(tmp_path))
    try:
        assert session.load("slow_module")["why"] is None
        before = ticks(session.process.pid)
        time.sleep(1)
        # Of a hundred a second, where it never sleeps.
        assert ticks(session.process.pid) - before < 20
    finally:
        session.close()


def ticks(pid: int) -> int:
    """Return the processor time of a process, in hundredths of a second."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])
