"""Which backend makes the environments of which Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.environments.failed_builds import KnownFailures
from tfcompat.environments.uv import UvBackend
from tfcompat.environments.virtualenv import OLDER_PYTHONS, VirtualenvBackend

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.environments.base import Backend, EnvironmentRequest
    from tfcompat.environments.index.client import PackageIndex


def backend_for(python: str, cache: Path, index: PackageIndex) -> Backend:
    """Return the backend for a Python such as ``3.6``, with its files in the cache folder.

    Nothing is looked up or started yet.
    """
    made = VirtualenvBackend(cache, index) if python == "2.7" else UvBackend(cache, index)
    return KnownFailures(made, cache, index)


def older_backend_for(
    request: EnvironmentRequest, cache: Path, index: PackageIndex
) -> Backend | None:
    """Return the backend that reads packages of their day, None where it cannot serve a request.

    It needs a Python of this machine, and one for which an old pip exists.
    """
    if request.interpreter.image is not None or request.python not in OLDER_PYTHONS:
        return None
    return KnownFailures(VirtualenvBackend(cache, index), cache, index)
