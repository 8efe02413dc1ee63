"""What is recorded of a cell beside its runs, and what identifies the runs of an example."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tfcompat import __version__
from tfcompat.environments import export, interpreters
from tfcompat.execution.launcher import content_hash
from tfcompat.planning.schema import resolve_date
from tfcompat.results.schema import Build, CellEnvironment, CellResult, Inputs, Wheel
from tfcompat.results.verdicts import CauseKind, Verdict
from tfcompat.util import host

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from tfcompat.environments.base import BuildFailure, Environment
    from tfcompat.environments.index.client import Distribution
    from tfcompat.execution.settings import RunSettings
    from tfcompat.execution.workspace import StudyCopy
    from tfcompat.planning.command import Command
    from tfcompat.planning.grid import Cell

# Fields that are equal in two records of the same cell.
_IDENTITY = (
    "release",
    "python",
    "resolve",
    "cut_off",
    "wheel",
    "sdist",
    "interpreter",
    "constraints",
    "pins",
)


def run_keys(
    copy: StudyCopy,
    commands: Mapping[str, Command],
    settings: RunSettings,
    cpu_flags: Sequence[str] | None = None,
) -> dict[str, str]:
    """Return for each example what identifies all that a run can see, except its cell.

    A stored run is valid as long as its key is the same. It has two parts, each a SHA-256: what is
    run (see ``subject``), and all the rest: every file that is shown, the launcher, the limits, the
    network, whether files are closed, and the processor: its ``cpu_flags``, by default those here.
    """
    scripts = {command.script for command in commands.values()}
    shared = [
        content_hash(),
        json.dumps(asdict(settings.limits), sort_keys=True),
        settings.network,
        settings.files,
        " ".join(host.this_host().cpu_flags if cpu_flags is None else cpu_flags),
    ]
    keys = {}
    for test, command in commands.items():
        subject = _digest([copy.subject_key(command.script, scripts), command.key])
        rest = _digest([copy.key(command.script, scripts), command.key, *shared])
        keys[test] = f"{subject}:{rest}"
    return keys


def subject(key: str) -> str:
    """Return of a key what identifies the example itself, its command, data and modules.

    It is equal on every machine, and empty for a key of a run that was stored before it was known.
    """
    return key.partition(":")[0] if ":" in key else ""


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def cut_off_of(resolve: str, cell: Cell) -> dt.datetime | None:
    """Return the instant as of which dependencies are resolved; None for today, or if unknown."""
    if resolve == "latest":
        return None
    return cell.cut_off if resolve == "release" else resolve_date(resolve)


def specification(settings: RunSettings, cell: Cell) -> CellEnvironment:
    """Return what is known of a cell's environment before it is made."""
    cut_off = cut_off_of(settings.resolve, cell)
    return CellEnvironment(
        release=cell.release,
        python=cell.python,
        resolve=settings.resolve,
        cut_off=cut_off.isoformat() if cut_off else None,
        wheel=_file_record(cell.wheel) if cell.wheel else None,
        sdist=_file_record(cell.sdist) if cell.sdist else None,
        interpreter=interpreters.as_json(cell.interpreter) if cell.interpreter else {},
        host=asdict(host.this_host()),
        tool={
            "name": "tfcompat",
            "version": __version__,
            "launcher": content_hash(),
            **_engine(cell),
        },
        requirements=list(settings.requirements),
        constraints=list(settings.constraints),
        pins=list(cell.pins),
        limits=asdict(settings.limits),
        network=settings.network,
        files=settings.files,
    )


def _file_record(file: Distribution) -> Wheel:
    return Wheel(
        filename=file.filename,
        sha256=file.sha256,
        upload_time=file.upload_time.isoformat() if file.upload_time else None,
        size=file.size,
    )


def _engine(cell: Cell) -> dict[str, str]:
    image = cell.interpreter.image if cell.interpreter else None
    return {"engine": f"{image.engine} {image.version}"} if image else {}


def is_same_cell(stored: CellResult, spec: CellEnvironment) -> bool:
    """Return whether a stored cell was made by the same specification, or as good as that."""
    if stored.environment is None:
        return False
    made = stored.environment
    return all(getattr(made, name) == getattr(spec, name) for name in _IDENTITY) and _meets(
        stored, made.requirements, spec.requirements
    )


def _meets(stored: CellResult, stated: Sequence[str], wanted: Sequence[str]) -> bool:
    """Tell whether a cell that was made with stated requirements is one with those wanted.

    It is where those that it was made without are in its environment anyway; and what cannot be
    built cannot be with more requirements.
    """
    more = [one for one in wanted if one not in stated]
    if sorted([*stated, *more]) != sorted(wanted):
        return False
    if not more or stored.verdict is Verdict.UNBUILDABLE:
        return True
    installed = {canonicalize_name(re.split("[=@ ]", line)[0]) for line in stored.freeze or ()}
    # What is more than a name may ask for another release of it.
    return all(Requirement(one).name == one and canonicalize_name(one) in installed for one in more)


def is_current(settings: RunSettings, cell: Cell, stored: CellResult) -> bool:
    """Return whether a stored cell would be made in the same way now."""
    return is_same_cell(stored, specification(settings, cell))


def built_record(
    cell: Cell, spec: CellEnvironment, tests: Iterable[str], built: Environment
) -> CellResult:
    """Return the record of a cell that has its environment, and no runs yet."""
    environment = spec.model_copy(
        update={
            "backend": built.backend,
            "phases": built.phases,
            "lock": built.lock,
            "repaired": list(built.repaired),
        }
    )
    return CellResult(
        inputs=_inputs(cell, tests, export.containerfile(cell.python, built.freeze)),
        environment=environment,
        freeze=[f"{line}\n" for line in built.freeze],
        build=Build(retval=0),
    )


def failed_record(
    cell: Cell, spec: CellEnvironment, tests: Iterable[str], failure: BuildFailure
) -> CellResult:
    """Return the record of a cell that has no environment, with its verdict and cause."""
    error = [line + "\n" for line in failure.error.splitlines()]
    tried = failure.cause.kind is not CauseKind.NO_WHEEL
    return CellResult(
        inputs=_inputs(cell, tests, ""),
        environment=spec.model_copy(
            update={
                "phases": failure.phases,
                "failed_before": failure.failed_before or None,
                "repaired": list(failure.repaired),
            }
        ),
        build=Build(retval=1, error=error or [failure.cause.message + "\n"]) if tried else None,
        verdict=failure.verdict,
        cause=failure.cause,
    )


def _inputs(cell: Cell, tests: Iterable[str], dockerfile: str) -> Inputs:
    # Paths as caliper's scripts join them, relative so that a file reveals nothing of the machine.
    return Inputs(
        dependency=cell.dependency,
        name=cell.identifier,
        outfile=f"{cell.identifier}.json",
        outdir=".",
        dockerfile=dockerfile,
        tests="\n".join(tests),
    )
