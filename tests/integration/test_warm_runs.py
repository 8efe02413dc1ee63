"""Warm runs of the real launcher: a script cannot tell that it is a fork of a process."""

from __future__ import annotations

import json
import subprocess
import textwrap
from typing import TYPE_CHECKING

import pytest
from launcher_session import everywhere, on_linux

from tfcompat.execution.launcher import LAUNCHER

if TYPE_CHECKING:
    from launcher_session import Session

pytestmark = on_linux

PROCESS = """
    from __future__ import print_function
    import atexit, os, pickle, random, signal, subprocess, sys, threading, time
    print("arguments", sys.argv, sys.path[0], getattr(sys, "orig_argv", [0])[1:])
    print("path", sys.path)
    main = sys.modules["__main__"]
    print("main", __name__, __file__, main.__dict__ is globals(), sorted(vars(main)))
    print("loader", type(globals().get("__loader__")).__name__, __builtins__)
    print("variables", sorted(os.environ.items()))
    print("child", subprocess.check_output(["sh", "-c", "env | grep LC_ALL; echo $A"]))
    print("folder", os.getcwd(), repr(sys.stdin.read()), sorted(os.listdir("/proc/self/fd")))
    print("signals", [(n, signal.getsignal(n)) for n in (1, 2, 3, 13, 15, 17, 25)])
    print("streams", sys.stdout.encoding, sys.stdout.isatty(), type(sys.stdout).__name__)
    print("threads", threading.active_count(), threading.current_thread().name)
    class Thing(object):
        def __del__(self):
            print("collected")
    thing = Thing()
    print("pickle", type(pickle.loads(pickle.dumps(thing))) is Thing)
    atexit.register(print, "at exit")
    def late():
        time.sleep(0.2)
        print("late thread")
    threading.Thread(target=late).start()
    sys.stdout.write("no end of line")
    def fail():
        raise ValueError("bad")
"""
ENDINGS = {
    "end": "",
    "error": "try: {}[0]\nexcept KeyError: fail()",
    "exit": "sys.exit(300)",
    "message": "sys.exit('message')",
    "negative": "sys.exit(-1)",
    "hook": "sys.excepthook = lambda *a: print('hooked', a[0])\nfail()",
    "at once": "os._exit(4)",
    "killed": "os.kill(os.getpid(), 9)",
    "in a thread": "t = threading.Thread(target=fail); t.start(); t.join()",
    "cannot compile": "x = = 1",
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_warm_run_cannot_tell(session: Session, ending: str) -> None:
    script = textwrap.dedent(PROCESS) + ENDINGS[ending] + "\n"
    environ = {"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "utf-8", "A": "1"}
    fresh = session.result(script, environ=environ)
    said = session.output(), session.output("stderr")
    assert session.load("decimal")["why"] is None
    warm = session.result(script, environ=environ, isolation="warm")
    for name in ("retval", "signal", "ended_by", "error"):
        assert warm[name] == fresh[name]
    assert (session.output(), session.output("stderr")) == said


# What a script could notice of how its interpreter was started.
TRACES = """
import decimal, json, sys
json.dump(dict(
    modules=sorted(sys.modules), path=sys.path, bytecode=sys.dont_write_bytecode,
    importers=sorted(sys.path_importer_cache), argv=sys.argv[1:], names=sorted(dir(sys)),
    raised=[repr(part) for part in sys.exc_info()], last=getattr(sys, "exc_type", None),
), sys.stdout)
"""
# What the launcher imports besides itself: modules, and on Python 2.7 an encoding.
IMPORTED = """
import atexit, collections, ctypes, errno, fcntl, functools, gc, io, json, os, resource, select
import signal, sys, time, traceback, types, weakref
if sys.version_info[0] > 2:
    import importlib.machinery
else:
    sys.exc_clear()
u''.encode('ascii')
"""


@everywhere
def test_a_warm_run_finds_no_more_than_the_modules_of_the_launcher(session: Session) -> None:
    script = session.folder / "script-1.py"
    script.write_text(IMPORTED + TRACES, encoding="utf-8")
    environ = {"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "utf-8"}
    plain = json.loads(subprocess.check_output([session.python, script], env=environ))
    session.load("decimal")
    assert session.result(TRACES, environ=environ, isolation="warm")["retval"] == 0
    warm = json.loads(session.output())
    package = "_tfcompat_launcher"
    ours = [name for name in warm["modules"] if name.partition(".")[0] == package]
    assert package in ours
    assert set(warm["modules"]) - set(ours) <= set(plain["modules"])
    # Python itself looks whether what it is to run is an archive.
    assert set(warm["importers"]) - set(plain["importers"]) <= {str(LAUNCHER)}
    for name in ("path", "bytecode", "argv", "raised", "last"):
        assert warm[name] == plain[name], name
    assert set(warm["names"]) <= set(plain["names"])


NOTEBOOK = """
import os, sys, decimal
print(sys.argv[1:], os.path.basename(sys.path[0]), __name__, sys.stdin.read())
class A: pass
decimal.Decimal(1) / 4; (os.environ["V"], sorted(n for n in globals() if "tfcompat" in n))
"""


@everywhere
def test_a_notebook_warm_and_fresh(session: Session) -> None:
    cells = [
        {"number": 1, "source": NOTEBOOK, "shows": True, "captures": None, "may_fail": False},
        {"number": 2, "source": "_[0] * 2", "shows": True, "captures": None, "may_fail": False},
        {"number": 3, "source": "\n1 / 0", "shows": True, "captures": None, "may_fail": False},
    ]
    data = session.folder / "cells.json"
    data.write_text(json.dumps({"path": "a b.ipynb", "cells": cells}), encoding="ascii")
    (session.folder / "a b.ipynb").write_bytes(b"{}")
    session.load("decimal")
    seen = []
    for isolation in ("fresh", "warm"):
        event = session.result(
            "",
            script="a b.ipynb",
            notebook=str(data),
            args=["--depth", "3"],
            environ={"V": "v", "LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "utf-8"},
            isolation=isolation,
        )
        assert event["retval"] == 1
        seen.append((session.output(), session.output("stderr")))
    assert seen[0] == seen[1]
    printed, error = (text.decode().splitlines() for text in seen[0])
    folder = session.folder.name
    assert printed[0] == "# %% cell 1"
    assert "".join(printed[1]).replace("(", "").replace("u'", "'").startswith("['--depth', '3']")
    assert folder in printed[1]
    assert printed[2:] == ["('v', [])", "# %% cell 2", "'vv'", "# %% cell 3"]
    assert [line for line in error if "File" in line] == [
        f'  File "{session.folder}/a b.ipynb, cell 3", line 2, in <module>'
    ]
    assert error[2] == "    1 / 0"
    assert not list((LAUNCHER.parent / "_tfcompat_launcher").glob("*.pyc"))


def test_only_the_bootstrap_lies_below_a_warm_run(session: Session) -> None:
    session.load("decimal")
    stack = "import traceback\nfor frame in traceback.extract_stack(): print(frame[0], frame[2])"
    code = f"from __future__ import print_function\n{stack}"
    session.result(code, isolation="warm")
    *below, own = [line.split() for line in session.output().decode().splitlines()]
    folder = LAUNCHER.parent
    script = str(folder / "_tfcompat_launcher" / "script.py")
    assert below == [[str(LAUNCHER), "<module>"], [script, "run_script"], [script, "_execute"]]
    assert own == [str(session.folder / "script-1.py"), "<module>"]


def test_warm_runs_draw_as_fresh_ones_do(session: Session) -> None:
    session.load("decimal")
    drawn = set()
    for _ in range(3):
        session.result("import random; print(random.random())", isolation="warm")
        drawn.add(session.output())
    assert len(drawn) == 3


@everywhere
def test_warm_runs_do_not_see_each_other(session: Session) -> None:
    session.load("decimal")
    code = "import decimal, os; print([hasattr(decimal, 'mark'), os.environ.get('M')])\n"
    for _ in range(2):
        session.result(code + "decimal.mark = 1; os.environ['M'] = '1'", isolation="warm")
        assert session.output() == b"[False, None]\n"


@everywhere
def test_limits_hold_for_warm_runs(session: Session) -> None:
    session.load("decimal")
    event = session.result("import time; time.sleep(60)", isolation="warm", timeout=0.5)
    assert (event["ended_by"], event["timed_out"]) == ("timeout", True)
    event = session.result("x = b'x' * 10**9", isolation="warm", memory_limit=200_000_000)
    assert event["ended_by"] == "memory" or event["retval"] == 0
    event = session.result("print('x' * 100)", isolation="warm", output_limit=10)
    assert event["truncated"]


@pytest.mark.parametrize(
    ("module", "why"),
    [
        ("no_such_module", "it fails to import: "),
        ("this", "its import prints"),
    ],
)
def test_why_nothing_can_start_warm(session: Session, module: str, why: str) -> None:
    assert session.load(module)["why"].startswith(why)
    session.run("", isolation="warm")
    assert "nothing imported" in session.hear("refused")["error"]
    assert session.result("print(1)")["retval"] == 0


def test_a_module_beside_the_script_gets_it_a_process_of_its_own(session: Session) -> None:
    session.load("decimal")
    (session.folder / "numbers.py").write_text("", encoding="utf-8")
    session.run("print(1)", isolation="warm")
    session.hear("started")
    assert session.hear("finished")["isolation"] == "fresh"


def test_an_import_comes_first_and_once(session: Session) -> None:
    session.load("decimal")
    streams = {name: str(session.folder / name) for name in ("stdout", "stderr")}
    session.say(
        {"op": "import", "id": "j", "module": "decimal", "timeout": 1, "cpus": None} | streams
    )
    assert session.hear("refused")["error"] == "an import comes first, and once"
