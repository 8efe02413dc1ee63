"""A cell that another machine runs: the request for it, and how that machine fulfils it.

The request holds all that is needed but the study, which travels as an archive of its own. What
comes back is a line of JSON: the result file of the cell, or why there is none.
"""

from __future__ import annotations

import errno
import io
import json
import os
import pickle
import tarfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tfcompat.environments.disk_budget import DiskBudget
from tfcompat.environments.index.client import PackageIndex
from tfcompat.environments.pool import EnvironmentPool
from tfcompat.errors import InterruptedRunError, sentence
from tfcompat.execution import workspace
from tfcompat.execution.cell_record import run_keys
from tfcompat.execution.environment_builder import EnvironmentBuilder
from tfcompat.execution.launching import LauncherProcesses, closed_to_runs
from tfcompat.execution.local_engine import local_evaluator
from tfcompat.execution.resources import CoreSlots
from tfcompat.execution.rounds import ScriptRunner
from tfcompat.execution.worker_facts import equal_python, own_pythons, own_tool
from tfcompat.results.campaign_store import CampaignStore
from tfcompat.results.schema import from_document, to_document
from tfcompat.results.timings import Timings
from tfcompat.results.verdicts import Cause, CauseKind, Verdict
from tfcompat.util import folders, host
from tfcompat.util.files import strict_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tfcompat.execution.progress import ProgressListener
    from tfcompat.execution.settings import RunSettings
    from tfcompat.execution.workspace import StudyCopy
    from tfcompat.planning.command import Command
    from tfcompat.planning.grid import Cell
    from tfcompat.results.schema import CellResult
    from tfcompat.results.timings import RunCost


@dataclass(frozen=True, kw_only=True)
class CellRequest:
    """All that another machine needs for the runs of a cell, but the files of the study.

    ``stored`` is the document of the runs that there are, ``wanted`` how many runs each example is
    to have in all. ``keys`` identify the runs that are expected: a machine that would make others
    refuses. ``tool`` is the tfcompat that asks, ``index`` the address of its package index, and
    ``disk`` and ``jobs`` are the bytes of the cache and the runs at once that are allowed.
    """

    tool: str
    cell: Cell
    settings: RunSettings
    commands: Mapping[str, Command]
    keys: Mapping[str, str]
    stored: Mapping[str, Any] | None
    wanted: Mapping[str, int]
    costs: Mapping[str, RunCost]
    index: str
    offline: bool
    disk: int
    jobs: int

    def to_bytes(self) -> bytes:
        """Return the request as it travels."""
        return pickle.dumps(self)


@dataclass(frozen=True, kw_only=True)
class CellReply:
    """What came back: a cell with its runs, or with a verdict; or why nothing was tried.

    Of a cell that could not be tried to its end, ``runs`` are those that were made.
    """

    result: CellResult | None
    runs: CellResult | None = None
    refusal: Cause | None = None

    @property
    def unknown(self) -> Cause | None:
        """Why the cell could not be tried there; None where it was."""
        if self.refusal is not None or self.result is None:
            return self.refusal
        return self.result.cause if self.result.verdict is Verdict.UNKNOWN else None


def refusal_line(kind: CauseKind, message: str) -> bytes:
    """Return the line that says why nothing was tried."""
    return strict_json({"refused": {"kind": kind.value, "message": message}}).encode()


def reply_line(result: CellResult, runs: CellResult | None) -> bytes:
    """Return the line that tells what became of a cell; ``runs`` are those of an unknown one."""
    content = {"result": to_document(result), "runs": to_document(runs) if runs else None}
    return strict_json(content).encode()


def read_reply(line: bytes, source: Path) -> CellReply:
    """Return what a line says; ``source`` is the name of the file that it would be."""
    content = json.loads(line)
    if "refused" in content:
        refused = content["refused"]
        cause = Cause(kind=CauseKind(refused["kind"]), message=refused["message"])
        return CellReply(result=None, refusal=cause)
    runs = content["runs"]
    return CellReply(
        result=from_document(content["result"], source),
        runs=from_document(runs, source) if runs else None,
    )


def pack_study(copy: StudyCopy) -> bytes:
    """Return the files that runs see as an archive; equal files make an equal archive."""
    packed = io.BytesIO()
    # Without gzip: its header has the time, and so no two archives would be equal.
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(copy.hashes):
            entry = archive.gettarinfo(copy.folder / path, arcname=path)
            # Who owned the files means nothing elsewhere.
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = ""
            with (copy.folder / path).open("rb") as file:
                archive.addfile(entry, file)
    return packed.getvalue()


def unpack_study(packed: bytes, folder: Path) -> StudyCopy:
    """Return the study of an archive, in a new folder.

    Raises TarError for what no study holds: links, and names that lead out of the folder.
    """
    folder.mkdir()
    hashes = {}
    # Not by extractall(): before Python 3.10.12 it knows no filter, and would write anywhere.
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for entry in archive:
            name = Path(entry.name)
            content = archive.extractfile(entry) if entry.isreg() else None
            if content is None or name.is_absolute() or ".." in name.parts:
                msg = f"the archive of a study holds {entry.name}, which is no file of one"
                raise tarfile.TarError(msg)
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.read())
            path.chmod(entry.mode)
            os.utime(path, (entry.mtime, entry.mtime))
            hashes[entry.name] = workspace.content_of(path)
    return workspace.StudyCopy(folder=folder, hashes=hashes)


def fulfil(request: bytes, study: bytes, progress: ProgressListener) -> bytes:
    """Run a cell on this machine and return the line that tells what became of it.

    Nothing is left of it but what the cache keeps. Raises InterruptedRunError where everything is
    stopped.
    """
    try:
        read = pickle.loads(request)  # noqa: S301 - whoever may ask may run any program here
        return _fulfil(read, study, progress)
    except (InterruptedRunError, KeyboardInterrupt):
        raise
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        return refusal_line(CauseKind.DISK if full else CauseKind.TOOL, sentence(error))
    except Exception as error:  # noqa: BLE001 - it is the reason why the cell is unknown
        return refusal_line(CauseKind.TOOL, sentence(error))


def _fulfil(request: CellRequest, study: bytes, progress: ProgressListener) -> bytes:
    if request.tool != own_tool():
        return refusal_line(CauseKind.TOOL, "the worker has another release of tfcompat")
    wanted = request.cell.interpreter
    own = equal_python(wanted, own_pythons()) if wanted else None
    if own is None:
        message = f"the worker has no Python {request.cell.python} any more"
        return refusal_line(CauseKind.NO_INTERPRETER, message)
    cell = replace(request.cell, interpreter=own)
    with workspace.open_workspace(folders.cache_folder()) as folder:
        copy = unpack_study(study, folder / "study")
        keys = run_keys(copy, request.commands, request.settings)
        if keys != request.keys:
            message = "the worker's processor is of another class than its runs are for"
            return refusal_line(CauseKind.TOOL, message)
        store = CampaignStore(folder / "results")
        store.open(dependency=cell.dependency, resolve=request.settings.resolve)
        if request.stored is not None:
            store.begin(from_document(request.stored, folder))
        result = _run(replace(request, cell=cell), store, copy, folder, progress)
        runs = store.unfinished(cell.identifier) if result.verdict is Verdict.UNKNOWN else None
        return reply_line(result, runs)


def _run(
    request: CellRequest,
    store: CampaignStore,
    copy: StudyCopy,
    folder: Path,
    progress: ProgressListener,
) -> CellResult:
    """Make the environment of a cell and its runs, in the workspace ``folder``."""
    cell, settings, cache = request.cell, request.settings, folders.cache_folder()
    jobs = min(request.jobs, len(host.usable_cores()))
    scripts = ScriptRunner(
        workspace=folder,
        copy=copy,
        commands=request.commands,
        slots=CoreSlots(cache / "cores", jobs),
        timings=Timings({cell.identifier: request.costs}),
        settings=settings,
        launchers=LauncherProcesses(
            threads=settings.limits.threads,
            closed=closed_to_runs(settings, request.commands.values(), cache, store.folder),
        ),
    )
    builder = EnvironmentBuilder(
        settings=settings,
        index=PackageIndex(cache, url=request.index, offline=request.offline),
        cache=cache,
        owner=folder,
        disk=DiskBudget(cache, request.disk),
        pool=EnvironmentPool(folder),
        progress=progress,
    )
    evaluator = local_evaluator(
        settings=settings,
        keys=request.keys,
        store=store,
        environments=builder,
        scripts=scripts,
        progress=progress,
    )
    evaluator.acquire(cell)
    try:
        return evaluator.run(cell, request.wanted)
    finally:
        evaluator.release(cell)
