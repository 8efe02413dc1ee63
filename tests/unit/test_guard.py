"""The guard: a unit test that starts a process or reaches for the network fails."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import socket
import subprocess
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

FORBIDDEN: dict[str, Callable[[], object]] = {
    "run": lambda: subprocess.run([sys.executable, "-c", ""], check=False),
    "Popen": lambda: subprocess.Popen([sys.executable]),
    "shell": lambda: subprocess.getoutput("true"),  # noqa: S605
    "os.popen": lambda: os.popen("true"),  # noqa: S605
    "os.system": lambda: os.system("true"),  # noqa: S605
    "os.fork": lambda: os.fork(),  # noqa: PLW0108 - the name is looked up when called
    "os.posix_spawn": lambda: os.posix_spawn(sys.executable, [sys.executable], {}),
    "os.execv": lambda: os.execv(sys.executable, [sys.executable]),  # noqa: S606
    "os.execl": lambda: os.execl(sys.executable, sys.executable),  # noqa: S606
    "os.spawnv": lambda: os.spawnv(os.P_WAIT, sys.executable, [sys.executable]),  # noqa: S606
    "multiprocessing": lambda: multiprocessing.get_context("spawn").Process().start(),
    "connect": lambda: socket.socket().connect(("192.0.2.1", 80)),
    "connect to loopback": lambda: socket.socket().connect(("127.0.0.1", 9)),
    "connect_ex": lambda: socket.socket().connect_ex(("127.0.0.1", 9)),
    "datagram": lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"", ("127.0.0.1", 9)),
    "create_connection": lambda: socket.create_connection(("127.0.0.1", 9)),
    "getaddrinfo": lambda: socket.getaddrinfo("localhost", 80),
    "gethostbyname": lambda: socket.gethostbyname("example.org"),
    "urllib": lambda: urllib.request.urlopen("https://example.org"),
}


@pytest.mark.parametrize("what", FORBIDDEN)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_what_a_unit_test_may_not_do(what: str, caught: list[str]) -> None:
    with pytest.raises(pytest.fail.Exception, match="a unit test may not"):
        FORBIDDEN[what]()
    assert caught
    caught.clear()


def test_catching_everything_hides_nothing(caught: list[str]) -> None:
    with contextlib.suppress(BaseException):
        os.system("true")  # noqa: S605
    assert caught == ["call os.system ['true']"]
    caught.clear()


class Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.usefixtures("allow_loopback")
def test_loopback_where_it_is_allowed(caught: list[str]) -> None:
    with HTTPServer(("127.0.0.1", 0), Hello) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}/"
        with urllib.request.urlopen(address, timeout=10) as response:
            assert response.read() == b"hello"
        thread.join()
    with pytest.raises(pytest.fail.Exception):
        socket.create_connection(("192.0.2.1", 80))
    caught.clear()


def test_nothing_of_the_user_is_seen(tmp_path: Path) -> None:
    for name in ("HOME", "TFCOMPAT_CACHE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "PATH"):
        assert tmp_path in Path(os.environ[name]).parents
    assert tmp_path in platformdirs.user_cache_path("tfcompat").parents
    assert tmp_path in Path.home().parents
    assert not [name for name in os.environ if name.startswith(("PIP_", "UV_"))]


class TestCwd:
    """Two tests in a row: what the first one changes, the second one does not see."""

    # Taken when the tests are collected: each of the two may run in a process of its own.
    seen = Path.cwd()

    def test_first(self, tmp_path: Path) -> None:
        os.chdir(tmp_path)

    def test_second(self) -> None:
        assert Path.cwd() == self.seen


class TestEnvironment:
    def test_first(self) -> None:
        os.environ["HOME"] = "/somewhere/else"

    def test_second(self) -> None:
        assert os.environ["HOME"] != "/somewhere/else"
