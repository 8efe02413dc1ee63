"""How the cells of a campaign are made and run. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfcompat.execution.launcher_client import Isolation, RunLimits


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """Settings that are the same for every cell of a command.

    ``resolve`` is ``release``, ``latest`` or a date (YYYY-MM-DD). ``requirements`` are installed
    beside the dependency, ``constraints`` hold for what is installed anyway, and ``origins`` are
    the files that state either, by these. ``added`` are those requirements that nobody stated: one
    that has no release yet at the cut-off is left out. ``limits`` are those of one run, and
    ``first_runs`` is how many runs an example has in its baseline before anything is compared with
    it. ``network`` is whether runs reach it, ``files`` whether they see those of this machine: as
    wanted, or as it is, once that is known.
    With ``patience``, a run is also ended that takes more than a minute, and so many times as long
    as the longest run of its example that ended well by then.
    ``module`` is what launchers import once for all runs of a cell. Without ``runs_baselines``, no
    run is made only to compare others with it.
    """

    resolve: str
    requirements: tuple[str, ...]
    limits: RunLimits
    isolation: Isolation
    first_runs: int
    module: str
    constraints: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    runs_baselines: bool = True
    added: frozenset[str] = frozenset()
    network: Literal["open", "closed"] = "closed"
    files: Literal["open", "closed"] = "closed"
    patience: float | None = None
