"""Real environments, made with real installers, of tiny real packages."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from launcher_session import Session, ends
from playwright.sync_api import sync_playwright
from support import Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

CHROMIUM = os.environ.get("TFCOMPAT_CHROMIUM") or shutil.which("chromium")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the cache of all integration tests, so that each wheel is fetched once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def project(tmp_path: Path, cache: Path) -> Project:
    """Return an empty project of a user with nothing set."""
    return Project.of(tmp_path, cache)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        why = "no chromium on PATH, and TFCOMPAT_CHROMIUM names none"
        if os.environ.get("TFCOMPAT_NEEDS_BROWSER"):
            pytest.fail(why)
        pytest.skip(why)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(params=ends())
def python(request: pytest.FixtureRequest) -> str:
    """Return an interpreter: the oldest and the newest of each major version, and our own."""
    return str(request.param)


@pytest.fixture
def session(python: str, tmp_path: Path) -> Iterator[Session]:
    """Yield a launcher of this interpreter; at the end, it must have logged no traceback."""
    session = Session(python, tmp_path)
    yield session
    session.close()
    assert b"Traceback" not in (tmp_path / "log").read_bytes()
