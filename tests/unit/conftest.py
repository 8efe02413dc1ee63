"""What holds for every unit test: no process, no network, nothing of the user's, no traces."""

from __future__ import annotations

import ipaddress
import multiprocessing.process
import os
import re
import signal
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import matplotlib.font_manager  # noqa: F401 - it starts fc-list the first time, which no test may
import pytest
from hypothesis import HealthCheck, settings

# Times are measured by benchmarks, and never asserted: a busy machine is no fault.
settings.register_profile("unit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unit")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROCESS_STARTERS = (
    "execl",
    "execle",
    "execlp",
    "execlpe",
    "execv",
    "execve",
    "execvp",
    "execvpe",
    "fork",
    "forkpty",
    "posix_spawn",
    "posix_spawnp",
    "spawnl",
    "spawnle",
    "spawnlp",
    "spawnlpe",
    "spawnv",
    "spawnve",
    "spawnvp",
    "spawnvpe",
    "system",
)
RESOLVERS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr")
SOCKET_CALLS = ("connect", "connect_ex", "sendto")
OWN_FOLDERS = (
    "HOME",
    "PATH",
    "TFCOMPAT_CACHE",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_DIRS",
    "XDG_CONFIG_HOME",
    "XDG_DATA_DIRS",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "XDG_STATE_HOME",
)
REMOVED_PREFIXES = ("NOX", "PIP_", "PYENV_", "PYTHON", "TFCOMPAT_", "UV_")
REMOVED = (
    "CI",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "VIRTUAL_ENV",
    *(f"{kind}_proxy" for kind in ("all", "http", "https", "no")),
    *(f"{kind}_PROXY" for kind in ("ALL", "HTTP", "HTTPS", "NO")),
)


class Guard:
    """Fails a test that does what no unit test may, also where the test's code catches it."""

    def __init__(self) -> None:
        self.caught: list[str] = []
        self.loopback = False

    def explode(self, what: str) -> NoReturn:
        self.caught.append(what)
        # Not an Exception: no `except Exception` on the way can hide it.
        pytest.fail(f"a unit test may not {what}")

    def forbid(self, what: str) -> Callable[..., NoReturn]:
        def forbidden(*args: object, **_: object) -> NoReturn:
            shown = [arg for arg in args if not isinstance(arg, (subprocess.Popen, socket.socket))]
            self.explode(f"{what} {shown[:2]}")

        return forbidden

    def watch(self, what: str, original: Callable[..., Any]) -> Callable[..., Any]:
        """Let loopback addresses through where a test enables them, and UNIX sockets always."""

        def watched(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - stands for any function
            for arg in args:
                if isinstance(arg, socket.socket) and arg.family == socket.AF_UNIX:
                    return original(*args, **kwargs)
            places = [arg[0] if isinstance(arg, tuple) else arg for arg in args]
            if self.loopback and any(map(is_loopback, places)):
                return original(*args, **kwargs)
            shown = [arg for arg in args if not isinstance(arg, socket.socket)]
            return self.explode(f"{what} {shown[:2]}")

        return watched


def is_loopback(host: object) -> bool:
    if host == "localhost":
        return True
    try:
        return isinstance(host, str) and ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def guard(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Guard]:
    """Make the test explode if it starts a process or reaches for the network; hide the user."""
    guard = Guard()
    monkeypatch.setattr(subprocess.Popen, "__init__", guard.forbid("start"))
    monkeypatch.setattr(multiprocessing.process.BaseProcess, "start", guard.forbid("start"))
    for name in PROCESS_STARTERS:
        if hasattr(os, name):
            monkeypatch.setattr(os, name, guard.forbid(f"call os.{name}"))
    for name in SOCKET_CALLS:
        original = getattr(socket.socket, name)
        monkeypatch.setattr(socket.socket, name, guard.watch(f"{name} to", original))
    for name in (*RESOLVERS, "create_connection"):
        original = getattr(socket, name)
        monkeypatch.setattr(socket, name, guard.watch(f"call {name} for", original))
    for name in list(os.environ):
        if name.startswith(REMOVED_PREFIXES) or name in REMOVED:
            monkeypatch.delenv(name)
    for name in OWN_FOLDERS:
        monkeypatch.setenv(name, str(tmp_path / "user" / name.lower()))
    cwd = Path.cwd()
    yield guard
    os.chdir(cwd)
    assert not guard.caught, f"a unit test may not {'; nor '.join(guard.caught)}"


@pytest.fixture
def caught(guard: Guard) -> list[str]:
    """Return what the guard has caught so far; a test that expects it has to clear the list."""
    return guard.caught


@pytest.fixture
def allow_loopback(guard: Guard) -> None:
    """Let the test talk to servers that it runs itself on 127.0.0.1."""
    guard.loopback = True


@pytest.fixture
def signals() -> Iterator[None]:
    """Put back the handlers that the command line sets."""
    numbers = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.fixture(autouse=True)
def _all_can_be_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take it for given of network and files: looking starts a process."""
    for name in ("network_obstacle", "files_obstacle"):
        monkeypatch.setattr(f"tfcompat.environments.namespaces.{name}", str)


@pytest.fixture(autouse=True)
def _patterns_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Match the patterns of studies in this process: the one that is for them is none here."""

    def ask(_: object, pattern: str, replacement: str | None, text: str) -> bool | str:
        if replacement is None:
            return re.search(pattern, text) is not None
        return re.sub(pattern, replacement, text)

    monkeypatch.setattr("tfcompat.util.user_patterns._Matcher.ask", ask)
