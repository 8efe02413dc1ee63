"""Provides the Pythons that cells lack: uv fetches them, or a container image has them."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tfcompat.environments import containers, interpreters
from tfcompat.environments.containers import ContainerError
from tfcompat.environments.uv import fetch_python
from tfcompat.planning.plan import container_choice
from tfcompat.results.campaign import STATE
from tfcompat.results.verdicts import CauseKind
from tfcompat.util.files import write_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tfcompat.execution.progress import ProgressListener
    from tfcompat.planning.grid import Cell
    from tfcompat.planning.plan import Plan

# For how long a Python that could not be fetched is not tried again: the sessions of a nox run
# are commands of their own, and need not all wait for it.
_ATTEMPT_SECONDS = 600


@dataclass(frozen=True)
class FetchAttempts:
    """The Pythons that commands with the same results folder have recently tried to fetch."""

    results: Path

    @property
    def _path(self) -> Path:
        return self.results / STATE / "fetched.json"

    def read(self) -> dict[str, str | None]:
        """Return by version why each could not be fetched; None for one that could."""
        try:
            if time.time() - self._path.stat().st_mtime > _ATTEMPT_SECONDS:
                return {}
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def store(self, attempts: dict[str, str | None]) -> None:
        """Store what ``read`` returns; raise ResultsError where that cannot be done."""
        write_json(self._path, attempts)


def fetch_missing(
    plan: Plan, attempts: FetchAttempts, progress: ProgressListener, *, force: bool
) -> Plan:
    """Bring the Pythons that cells and their baselines lack, and return the plan with them.

    What could not be fetched recently is tried again only with ``force``. Cells whose Python is
    still missing keep that as their cause.
    """
    plan = _fetch_pythons(plan, attempts, progress, force=force)
    return _open_images(plan, progress)


def _lacking(plan: Plan) -> Iterator[Cell]:
    """Yield the cells, including those of baselines, whose Python is not here."""
    for cell in (*plan.cells, *map(plan.baseline, plan.tests)):
        if cell and cell.cause and cell.cause.kind is CauseKind.NO_INTERPRETER:
            yield cell


def _open_images(plan: Plan, progress: ProgressListener) -> Plan:
    """Look for the Pythons that are still missing in images, and plan again."""
    opened = []
    available = plan.factory.available
    refused = dict(available.refused)
    for python in sorted({cell.python for cell in _lacking(plan) if cell.contained}):
        container = container_choice(plan.study.analysis.container)
        try:
            image = containers.image_for(container, python, offline=plan.index.offline)
            containers.note_use(plan.cache)
            opened.append(interpreters.in_image(image, python))
            progress.say(f"Python {python}: {image.engine} has {image.reference}")
        except ContainerError as error:
            here = "" if plan.study.prefers_container(python) else f"no Python {python} here: "
            refused[python] = f"{here}{error}"
    if not opened and refused == available.refused:
        return plan
    return plan.again(replace(available, found=(*available.found, *opened), refused=refused))


def _fetch_pythons(
    plan: Plan, attempts: FetchAttempts, progress: ProgressListener, *, force: bool
) -> Plan:
    """Have uv fetch the Pythons that cells lack, unless that failed recently, and plan again."""
    wanted = {cell.python for cell in _lacking(plan) if cell.fetchable}
    tried = attempts.read()
    fetched = False
    for python in sorted(wanted):
        if plan.index.offline or (tried.get(python) and not force):
            continue
        progress.say(f"fetching Python {python} through uv")
        tried[python] = fetch_python(python, plan.cache)
        fetched = fetched or tried[python] is None
        attempts.store(tried)
        if tried[python]:
            progress.say(f"uv could not fetch Python {python}: {tried[python]}")
    if not fetched:
        return plan
    found, _ = interpreters.find(folder=plan.cache)
    here = [one for one in found if not plan.study.prefers_container(one.python)]
    return plan.again(replace(plan.factory.available, found=tuple(here)))
