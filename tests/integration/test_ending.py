"""How warm runs end: at once where that cannot be noticed, and otherwise as every Python ends."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest
from launcher_session import Session, install, on_linux

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = on_linux

WITNESS = b"finalised\n"
# A library that leaves an object whose end is seen, on a pipe of no buffer: only where Python
# itself ends is it finalised.
LIBRARY = """
from __future__ import print_function
import os
registry = []
class Witness(object):
    def __del__(self, write=os.write):
        write(2, b"finalised\\n")
class Closing(object):
    def __del__(self):
        print("a library's object is collected")
kept = Witness()
"""

AT_ONCE = {
    "nothing": "",
    "output without an end of line": "sys.stdout.write('a'); sys.stderr.write('b')",
    "an error": "registry.append(1); {}['missing']",
    "a message": "sys.exit('no')",
    "an exit code": "sys.exit(7)",
    "a thread that has ended": "t = threading.Thread(target=print, args=(1,)); t.start(); t.join()",
    "a generator that has ended": "g = (n for n in [1]); print(list(g))",
    "a generator that has not begun": "g = (n for n in [1])",
    "a closed file": "f = io.open('closed', 'w'); f.close()",
    "a cycle": "class A(object): pass\na = A(); a.me = a",
    "weak collections": "class A(object): pass\na = A(); w = weakref.WeakSet([a])",
    "C's own buffer": "ctypes.CDLL(None).printf(b'from C\\n')",
    "a buffer below": "sys.stdout.flush(); sys.__stdout__ and sys.stdout.write('late')",
}
BY_PYTHON = {
    "a finaliser": "class A(object):\n    def __del__(self): print('gone')\na = A()",
    "a finaliser in a cycle": (
        "class A(object):\n    def __del__(self): print('gone')\na = A(); a.me = a"
    ),
    "a finaliser on the library": (
        "class A(object):\n    def __del__(self): print('gone')\nregistry.append(A())"
    ),
    "a finaliser without a collector": (
        "class A(object):\n    __slots__ = ()\n    def __del__(self): print('gone')\na = A()"
    ),
    "an object of the library's": "a = library.Closing()",
    "a generator that has begun": (
        "def g():\n    try:\n        yield 1\n    finally:\n        print('finally')\n"
        "a = g(); next(a)"
    ),
    "a callback": "class A(object): pass\na = A(); w = weakref.ref(a, lambda r: print('cleared'))",
    "a thread": "t = threading.Thread(target=lambda: (time.sleep(0.2), print('late'))); t.start()",
    "a daemon": (
        "t = threading.Thread(target=time.sleep, args=(9,)); t.daemon = True; t.start(); print(1)"
    ),
    "a debugging collector": "gc.set_debug(gc.DEBUG_STATS); gc.set_debug(gc.DEBUG_UNCOLLECTABLE)",
}
AT_EXIT = {
    "a function for the exit": "atexit.register(print, 'at exit')",
    "two of them": "atexit.register(print, 'second'); atexit.register(print, 'first')",
    "one that fails": "atexit.register(int, 'x')",
    "one that exits": "atexit.register(sys.exit, 3)",
    "one that leaves a finaliser": (
        "class A(object):\n    def __del__(self): print('gone')\n"
        "atexit.register(lambda: registry.append(A()))"
    ),
}
ONLY_ON_3 = {
    "an open file": "f = io.open('open', 'w'); f.write(u'kept'); print('opened')",
    "a file held by sys": "sys.mine = io.open('open', 'w'); sys.mine.write(u'kept')",
    "a socket": "import socket; s = socket.socket(); warnings.simplefilter('always')",
    "a coroutine": "exec('async def f(): pass\\nc = f()')",
    "weakref.finalize": "class A: pass\na = A(); weakref.finalize(a, print, 'finalize')",
    "a temporary folder": "import tempfile; t = tempfile.TemporaryDirectory()",
    "a closed stdout": "os.close(1); sys.stdout.write('lost')",
}
BEGINNING = """
from __future__ import print_function
import atexit, ctypes, gc, io, os, sys, threading, time, warnings, weakref
import library
from library import registry
"""


@pytest.fixture
def loaded(python: str, tmp_path: Path) -> Iterator[Session]:
    """Yield a launcher that has imported the library above."""
    install("library", LIBRARY, tmp_path / "base")
    session = Session(os.path.realpath(python), tmp_path, PYTHONUSERBASE=str(tmp_path / "base"))
    assert session.load("library")["why"] is None
    yield session
    session.close()


def outcome(session: Session, script: str, isolation: str) -> tuple[list[object], bool]:
    """Return how a script ends with what it prints and writes, and whether Python was finalised."""
    environ = {
        "LC_ALL": "C.UTF-8",
        "PYTHONIOENCODING": "utf-8",
        "PYTHONUSERBASE": str(session.folder / "base"),
    }
    event = session.result(BEGINNING + script, environ=environ, isolation=isolation)
    stderr = session.output("stderr")
    written = session.folder / "open"
    text = written.read_text(encoding="utf-8") if written.exists() else None
    written.unlink(missing_ok=True)
    ended = [event[name] for name in ("retval", "signal", "ended_by")]
    finalised = WITNESS in stderr
    # Python 2.7 reports the number of a thread.
    said = re.sub(rb"\d{12,}", b"N", stderr.replace(WITNESS, b""))
    return [*ended, session.output(), said, text], finalised


@pytest.mark.parametrize("name", [*AT_ONCE, *AT_EXIT, *BY_PYTHON, *ONLY_ON_3])
def test_a_warm_run_ends_as_a_fresh_one(loaded: Session, name: str) -> None:
    if name in ONLY_ON_3 and "2.7" in loaded.python:
        pytest.skip("not on Python 2")
    script = {**AT_ONCE, **AT_EXIT, **BY_PYTHON, **ONLY_ON_3}[name]
    fresh, finalised = outcome(loaded, script, "fresh")
    assert finalised
    warm, finalised = outcome(loaded, script, "warm")
    assert warm == fresh
    assert finalised is (name not in AT_ONCE)
