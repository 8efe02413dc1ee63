"""Which releases of its library does a script still build, run and agree with itself on."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfcompat.api import JudgedRun, LoadedCampaign, breaks, compare, frontier, load

__version__ = "0.1.0"
__all__ = ["JudgedRun", "LoadedCampaign", "breaks", "compare", "frontier", "load"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - of several kinds
    """Return what programs use, imported when it is first asked for: commands need none of it."""
    if name in __all__:
        return getattr(import_module("tfcompat.api"), name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
