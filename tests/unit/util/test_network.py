"""Where the package index is, and how it is reached."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tfcompat.util import network
from tfcompat.util.network import DEFAULT_INDEX, certificate_paths, index_url, network_environment


@pytest.fixture(autouse=True)
def _own_files_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep out the two configuration files of pip that no variable moves."""
    real = network._pip_files
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "prefix"))
    monkeypatch.setattr(
        network,
        "_pip_files",
        lambda environ: (path for path in real(environ) if path != Path("/etc/pip.conf")),
    )


def configure(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_default_index() -> None:
    assert index_url({"HOME": "/nonexistent"}) == DEFAULT_INDEX


def test_index_by_variable() -> None:
    environ = {"HOME": "/nonexistent", "PIP_INDEX_URL": "https://pip.example/simple/"}
    assert index_url(environ) == "https://pip.example/simple"
    environ["UV_INDEX_URL"] = "https://uv.example/simple"
    assert index_url(environ) == "https://uv.example/simple"
    environ["UV_DEFAULT_INDEX"] = "https://default.example"
    assert index_url(environ) == "https://default.example"
    assert index_url({**environ, "UV_DEFAULT_INDEX": "", "UV_INDEX_URL": ""}) == (
        "https://pip.example/simple"
    )


def test_extra_indexes_are_left_out(tmp_path: Path) -> None:
    environ = {
        "HOME": str(tmp_path),
        "PIP_EXTRA_INDEX_URL": "https://extra.example",
        "UV_INDEX": "https://extra.example",
        "PIP_FIND_LINKS": "/somewhere",
    }
    assert index_url(environ) == DEFAULT_INDEX
    assert network_environment(environ) == {}


@pytest.mark.parametrize("place", [".config/pip/pip.conf", ".pip/pip.conf"])
@pytest.mark.parametrize("section", ["global", "install"])
def test_index_of_pips_configuration(tmp_path: Path, place: str, section: str) -> None:
    configure(tmp_path / place, f"[{section}]\nindex-url = https://conf.example/simple/\n")
    assert index_url({"HOME": str(tmp_path)}) == "https://conf.example/simple"


def test_the_nearest_file_counts(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    configure(tmp_path / ".pip/pip.conf", "[global]\nindex-url = https://legacy.example\n")
    configure(tmp_path / ".config/pip/pip.conf", "[global]\ntimeout = 3\n")
    assert index_url(environ) == "https://legacy.example"
    configure(tmp_path / "xdg/pip/pip.conf", "[global]\nindex-url = https://xdg.example\n")
    environ["XDG_CONFIG_HOME"] = str(tmp_path / "xdg")
    assert index_url(environ) == "https://xdg.example"
    configure(tmp_path / "prefix/pip.conf", "[global]\nindex-url = https://prefix.example\n")
    assert index_url(environ) == "https://prefix.example"
    configure(tmp_path / "named.conf", "[global]\nindex-url = https://named.example/%s\n")
    environ["PIP_CONFIG_FILE"] = str(tmp_path / "named.conf")
    assert index_url(environ) == "https://named.example/%s"
    environ["PIP_CONFIG_FILE"] = os.devnull
    assert index_url(environ) == DEFAULT_INDEX


@pytest.mark.parametrize("content", [b"no section\n", b"[global\n", b"\xff\xfe", b"[global]\nx\n"])
def test_a_broken_configuration_is_passed_over(tmp_path: Path, content: bytes) -> None:
    configure(tmp_path / ".pip/pip.conf", "[global]\nindex-url = https://legacy.example\n")
    configure(tmp_path / ".config/pip/pip.conf", "")
    (tmp_path / ".config/pip/pip.conf").write_bytes(content)
    assert index_url({"HOME": str(tmp_path)}) == "https://legacy.example"


def test_network_of_the_user() -> None:
    environ = {
        "HOME": "/nonexistent",
        "HTTPS_PROXY": "http://proxy:1",
        "no_proxy": "localhost",
        "SSL_CERT_FILE": "",
        "SECRET": "x",
    }
    assert network_environment(environ) == {
        "HTTPS_PROXY": "http://proxy:1",
        "no_proxy": "localhost",
    }


def test_pips_certificate_and_proxy_serve_every_client(tmp_path: Path) -> None:
    configure(tmp_path / ".pip/pip.conf", "[global]\ncert = /ca.pem\nproxy = http://conf:2\n")
    environ = {"HOME": str(tmp_path)}
    assert network_environment(environ) == {
        "SSL_CERT_FILE": "/ca.pem",
        "REQUESTS_CA_BUNDLE": "/ca.pem",
        "HTTPS_PROXY": "http://conf:2",
        "HTTP_PROXY": "http://conf:2",
    }
    environ |= {"PIP_CERT": "/pip.pem", "SSL_CERT_FILE": "/ssl.pem", "PIP_PROXY": "http://pip:3"}
    assert network_environment(environ) == {
        "SSL_CERT_FILE": "/ssl.pem",
        "REQUESTS_CA_BUNDLE": "/pip.pem",
        "HTTPS_PROXY": "http://pip:3",
        "HTTP_PROXY": "http://pip:3",
    }


def test_certificates_that_are_there(tmp_path: Path) -> None:
    here = tmp_path / "ca.pem"
    here.touch()
    assert certificate_paths({"SSL_CERT_FILE": str(here), "SSL_CERT_DIR": "/none/such"}) == [here]
