"""Commands that are run to their end: what they print is kept within bounds."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from tfcompat.util import processes

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ENVIRONMENT = {"PATH": os.defpath}


def python(code: str, timeout: float | None = None) -> processes.Finished:
    return processes.run(
        [sys.executable, "-I", "-S", "-c", code], environment=ENVIRONMENT, timeout=timeout
    )


def test_both_streams_and_the_exit_code() -> None:
    ended = python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)")
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "out\n", "err\n")
    assert python("import os; os.kill(os.getpid(), 9)").returncode == -9
    # A pipe that is full does not stop it.
    ended = python("import sys; sys.stderr.write('e' * 10**6); print('o' * 10**6)")
    assert (len(ended.stdout), len(ended.stderr)) == (10**6 + 1, 10**6)


def test_of_what_never_ends_the_first_and_the_last_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "KEPT", 200_000)
    ended = python("print('first'); print('x' * 10**7); print('last')")
    assert ended.stdout.startswith("first\n")
    assert ended.stdout.endswith("x\nlast\n")
    assert len(ended.stdout) < 400_000
    assert "bytes are left out here]" in ended.stdout


def test_what_takes_too_long_is_stopped_and_its_words_are_kept() -> None:
    begun = time.monotonic()
    ended = python("import time; print('begun', flush=True); time.sleep(60)", timeout=1)
    assert (ended.returncode, ended.stdout) == (None, "begun\n")
    assert time.monotonic() - begun < 20
    # Nor does it help to close the pipes.
    ended = python("import os, time; os.close(1); os.close(2); time.sleep(60)", timeout=1)
    assert ended.returncode is None
    assert time.monotonic() - begun < 40
    assert ended.limit is processes.Limit.TIME


def test_what_writes_too_much_is_stopped(tmp_path: Path) -> None:
    write = f"f = open({str(tmp_path / 'big')!r}, 'wb')\nwhile True: f.write(bytes(10**6))\n"
    below = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {write!r}])"
    for code in (write, below):
        words = [sys.executable, "-I", "-S", "-c", code]
        ended = processes.run(words, environment=ENVIRONMENT, timeout=60, most_written=50_000_000)
        assert (ended.limit, ended.returncode) == (processes.Limit.WRITTEN, None)
        # It is looked at twice a second.
        size = (tmp_path / "big").stat().st_size
        assert size > 40_000_000
        time.sleep(0.2)
        assert (tmp_path / "big").stat().st_size == size
    few = processes.run(
        [sys.executable, "-I", "-S", "-c", "print('x' * 1000)"],
        environment=ENVIRONMENT,
        most_written=50_000_000,
    )
    assert few.ok
