"""Where the caches of this user are."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """Return the folder of our caches: ``TFCOMPAT_CACHE``, else the user's cache folder."""
    named = os.environ.get("TFCOMPAT_CACHE")
    return Path(named).resolve() if named else platformdirs.user_cache_path("tfcompat")


def uv_cache(cache: Path) -> Path:
    """Return uv's cache folder: ``TFCOMPAT_UV_CACHE``, else a folder of our cache.

    One that the variable names may be shared with others, so nothing is ever removed from it.
    """
    named = os.environ.get("TFCOMPAT_UV_CACHE")
    return Path(named).resolve() if named else cache / "uv"
