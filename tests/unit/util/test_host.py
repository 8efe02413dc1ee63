"""What this machine is, and what may be used on it."""

from __future__ import annotations

import os
import resource
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tfcompat.errors import UserError
from tfcompat.util import host
from tfcompat.util.host import (
    available_memory,
    raise_open_file_limit,
    this_host,
    usable_cores,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def processor(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # It would start `uname -p`, whose output is of no use.
    monkeypatch.setattr("platform.processor", lambda: pytest.fail("`uname -p` was started"))
    this_host.cache_clear()
    yield
    this_host.cache_clear()


CPUINFO = """\
processor\t: 0
model name\t: Some CPU @ 2.20GHz
flags\t\t: sse2 avx fma

processor\t: 1
model name\t: Another
flags\t\t: none
"""


@pytest.mark.usefixtures("processor")
@pytest.mark.parametrize(
    ("cpuinfo", "model", "flags"),
    [
        (CPUINFO, "Some CPU @ 2.20GHz", ("avx", "fma", "sse2")),
        ("Features\t: fp asimd\n", "", ("asimd", "fp")),
        ("", "", ()),
        (None, "", ()),
    ],
)
def test_host(
    monkeypatch: pytest.MonkeyPatch, cpuinfo: str | None, model: str, flags: tuple[str, ...]
) -> None:
    real = Path.read_text

    def read_text(path: Path, encoding: str, errors: str | None = None) -> str:
        if path != Path("/proc/cpuinfo"):
            return real(path, encoding=encoding, errors=errors)
        if cpuinfo is None:
            raise FileNotFoundError(path)
        return cpuinfo

    monkeypatch.setattr(Path, "read_text", read_text)
    found = this_host()
    assert (found.cpu_model, found.cpu_flags) == (model, flags)
    assert found.os
    assert found.machine
    assert this_host() is found


def test_usable_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {5, 2}, raising=False)
    assert usable_cores() == (2, 5)
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: 3)
    assert usable_cores() == (0, 1, 2)
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert usable_cores() == (0,)


@pytest.mark.parametrize(
    ("limits", "raised"),
    [
        ((100, 1000), [(256, 1000)]),
        ((100, resource.RLIM_INFINITY), [(256, resource.RLIM_INFINITY)]),
        ((256, 1000), []),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), []),
    ],
)
def test_open_files(
    monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int], raised: list[tuple[int, int]]
) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _, wanted: asked.append(wanted))
    raise_open_file_limit()
    assert asked == raised


def test_too_few_open_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (64, 64))
    with pytest.raises(UserError, match="only 64 files may be open at once; raise the limit"):
        raise_open_file_limit()


@pytest.mark.parametrize(
    ("limit", "used", "free"),
    [
        ("3000", "1000", 2000),
        ("max", "1000", 4096),
        ("9000000", "1000", 4096),
        ("1000", "3000", 0),
        (None, None, 4096),
    ],
)
def test_available_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, limit: str | None, used: str, free: int
) -> None:
    real = Path.read_text

    def read_text(path: Path, encoding: str) -> str:
        if path == Path("/proc/meminfo"):
            return "MemTotal: 8 kB\nMemAvailable:       4 kB\n"
        return real(path, encoding=encoding)

    monkeypatch.setattr(Path, "read_text", read_text)
    monkeypatch.setattr(host, "_CONTROL_GROUP", tmp_path)
    if limit is not None:
        (tmp_path / "memory.max").write_text(f"{limit}\n", encoding="ascii")
        (tmp_path / "memory.current").write_text(f"{used}\n", encoding="ascii")
    assert available_memory() == free


def test_memory_that_the_system_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: "MemTotal: 8 kB\n")
    assert available_memory() is None


def test_the_state_of_the_build_tools_changes_with_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    compiler = tmp_path / "cc"
    compiler.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    before = host.build_tools()
    assert before == host.build_tools()
    os.utime(compiler, (1, 1))
    changed = host.build_tools()
    assert changed != before
    monkeypatch.setenv("PATH", "/nowhere")
    assert host.build_tools() not in (before, changed)


def test_one_heap_serves_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    class Library:
        def mallopt(self, what: int, value: int) -> None:
            asked.append((what, value))

    monkeypatch.setattr("ctypes.CDLL", lambda _: Library())
    host.keep_one_heap()
    assert asked == [(-8, 1)]
    # Another C library has no such function.
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    host.keep_one_heap()
