"""Real environments, made with real installers, of tiny real packages."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from support import Project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the cache of all integration tests, so that each wheel is fetched once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def project(tmp_path: Path, cache: Path) -> Project:
    """Return an empty project of a user with nothing set."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "NOX", "COV"))}
    kept.pop("CI", None)
    environment = {**kept, "TFCOMPAT_CACHE": str(cache), "COLUMNS": "200"}
    return Project(tmp_path, environment)
