"""Runs reach no network unless the study opens it; installation always does."""

from __future__ import annotations

import http.server
import sys
import threading
from typing import TYPE_CHECKING

import local_index
import pytest
from local_index import LocalIndex, cell_of, serving

from tfcompat.environments import namespaces

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support import Project

# The script, by what it tries; each says how that went.
SCRIPTS = {
    "page.py": "import brick\nfrom urllib.request import urlopen\n"
    "print(urlopen('{address}', timeout=5).status)\n",
    "name.py": "import brick, socket\nprint(len(socket.getaddrinfo('example.org', 80)))\n",
    "loop.py": "import brick, socket\n"
    "server = socket.create_server(('127.0.0.1', 0))\n"
    "socket.create_connection(server.getsockname()).close()\n"
    "print('to itself')\n",
    "six.py": "import brick, socket\n"
    "server = socket.create_server(('::1', 0), family=socket.AF_INET6)\n"
    "socket.create_connection(server.getsockname()[:2]).close()\n"
    "print('to itself')\n",
}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve pages on this machine, outside of all namespaces."""
    with http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler
    ) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can close it")
def test_this_machine_can_close_it() -> None:
    assert namespaces.network_obstacle() == ""


def test_only_what_is_opened_is_open(project: Project, address: str) -> None:
    scripts = {name: text.replace("{address}", address) for name, text in SCRIPTS.items()}
    more = "  versions: ['1.0']\n  repeats: 1\n"
    with serving(LocalIndex(["1.0"])) as index:
        local_index.use(project, index, scripts, more)
        ended = project.tfcompat("run")
        assert ended.returncode == 0, ended.said
        assert "2 examples failed for want of the network, which is closed" in ended.said
        cell = project.cell(cell_of("1.0"))
        assert cell["environment"]["network"] == "closed"
        tests = cell["tests"]
        kinds = {name: (tests[f"tests/{name}"]["cause"] or {}).get("kind") for name in scripts}
        assert kinds == {
            "page.py": "network",
            "name.py": "network",
            "loop.py": None,
            "six.py": None,
        }
        # Opened, it runs again, and sees what is there.
        ended = project.tfcompat("run", "--network", "open", "--test", "tests/page.py")
        assert ended.returncode == 0, ended.said
        cell = project.cell(cell_of("1.0"))
        assert cell["environment"]["network"] == "open"
        assert cell["tests"]["tests/page.py"]["output"] == ["200\n"]
