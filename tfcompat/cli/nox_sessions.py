"""What the noxfile needs: the grid as session parameters, and one cell as one session.

Loading a noxfile must be quick and must not need a network: the list of releases that ships with
the package (or the last page fetched from the index) is enough.
"""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import nox

from tfcompat.cli.signals import interrupt_on
from tfcompat.environments.index.client import PackageIndex, known_offline
from tfcompat.errors import SelectionError, TfcompatError
from tfcompat.planning import grid
from tfcompat.planning.schema import Baseline, python_version
from tfcompat.planning.study import FILE_NAME, load_study
from tfcompat.util import folders, network

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tfcompat.environments.index.client import Release
    from tfcompat.planning.study import Study

QUICK = "quick"

# `run_examples(tf='1.4.0', python='2.7')`, as nox takes it from the command line.
_NAMED = re.compile(
    r"run_examples\(\s*tf\s*=\s*['\"](?P<tf>[^'\"]+)['\"]"
    r"(?:\s*,\s*python\s*=\s*['\"](?P<python>[^'\"]+)['\"])?\s*\)"
)

# The words of a first result: one cell, and no baseline beside it.
QUICKLY = ("--release", "newest", "--baselines", "published", "--no-causes")

# A child that got the Ctrl-C as well is stopping by then; to any other nox sends a signal.
_INTERRUPT_SECONDS = 1.0
# Time to store, and to stop what runs, before nox kills it.
_TERMINATE_SECONDS = 10.0


def parameters(
    folder: Path, arguments: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ
) -> list[nox.param]:
    """Return the cells of the study as parameters of a session, and those that are named besides.

    ``folder`` is the noxfile's. A release that is named on the command line (or in NOXSESSION) and
    is not in the grid gets a session too. Where the study or a name is wrong, one line says so and
    SystemExit ends nox.
    """
    named = [*(sys.argv[1:] if arguments is None else arguments), environ.get("NOXSESSION", "")]
    try:
        return list(_parameters(load_study(folder / FILE_NAME), named))
    except TfcompatError as error:
        print(f"tfcompat: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None


def _parameters(study: Study, named: Sequence[str]) -> Iterator[nox.param]:
    name, cache = study.analysis.dependency, folders.cache_folder()
    known = known_offline(name, cache) or PackageIndex(cache).releases(name)
    releases = grid.expand(study.analysis.versions, known)
    entries = study.analysis.baselines.values()
    named_baselines = [baseline.release for baseline in entries if isinstance(baseline, Baseline)]
    quick = {*named_baselines, *(release.version for release in releases[-1:])}
    seen = set()
    for release in releases:
        tags = [QUICK] if release.version in quick else []
        for place, python in enumerate(study.analysis.python_versions or ("",)):
            key = (str(release), python if place else "")
            seen.add(key)
            yield _parameter(*key, run_on=python, tags=tags)
    for match in _NAMED.finditer("\n".join(named)):
        wanted = (match["tf"], match["python"] or "")
        if wanted in seen:
            continue
        seen.add(wanted)
        _check(*wanted, known, study)
        first = next(iter(study.analysis.python_versions), "")
        yield _parameter(*wanted, run_on=wanted[1] or first, tags=[])


def _check(release: str, python: str, known: Sequence[Release], study: Study) -> None:
    """Raise SelectionError for a release that does not exist, naming the nearest."""
    if python:
        try:
            python_version(python)
        except ValueError as error:
            raise SelectionError(str(error)) from None
    try:
        grid.find_release(release, known)
    except SelectionError:
        # Newer than what is known here, or a pre-release: the index decides. nox shows
        # what any library logs.
        for library in ("requests_cache", "urllib3"):
            logging.getLogger(library).setLevel(logging.ERROR)
        index = PackageIndex(folders.cache_folder())
        grid.find_release(release, index.releases(study.analysis.dependency))


def _parameter(release: str, python: str, *, run_on: str, tags: list[str]) -> nox.param:
    identifier = f"tf='{release}'" + (f", python='{python}'" if python else "")
    return nox.param(release, run_on, id=identifier, tags=tags)


def interrupt_on_sigterm() -> None:
    """Have SIGTERM end nox as Ctrl-C does: by itself nox would leave behind what it started."""
    interrupt_on(signal.SIGTERM)


def install(session: nox.Session, *words: str) -> None:
    """Install from the index that pip would use: uv does not read pip's configuration.

    What is installed is compiled once, where uv leaves that to each process that imports it.
    """
    index = {"UV_DEFAULT_INDEX": network.index_url()}
    session.install(*words, env={**index, "UV_COMPILE_BYTECODE": "1"})


def run_module(
    session: nox.Session, module: str, *words: str, success_codes: Sequence[int] = (0,)
) -> None:
    """Run a module of the package with the words of the session's own command line after it."""
    session.run(
        *(sys.executable, "-m", module, *words, *session.posargs),
        external=True,
        success_codes=success_codes,
        interrupt_timeout=_INTERRUPT_SECONDS,
        terminate_timeout=_TERMINATE_SECONDS,
    )


def run_cell(session: nox.Session, release: str, python: str) -> None:
    """Evaluate one cell as one session.

    An evaluated cell is success whatever its verdicts. A missing interpreter is a skip, on CI a
    failure; anything else that stays unknown is a failure.
    """
    words = ["--release", release, *(["--python", python] if python else [])]
    with tempfile.TemporaryDirectory() as folder:
        summary = Path(folder, "summary.json")
        words += ["--summary", str(summary)]
        run_module(session, "tfcompat", "run", *words, success_codes=[0, 3])
        cells = json.loads(summary.read_text(encoding="utf-8")) if summary.exists() else []
    missing, other = unknowns(cells)
    if other or not cells:
        session.error("; ".join(other) or "the index cannot be asked")
    if missing and os.environ.get("CI"):
        session.error("; ".join(missing))
    if missing:
        session.skip("; ".join(missing))


def unknowns(cells: Sequence[Mapping[str, object]]) -> tuple[list[str], list[str]]:
    """Return why cells stayed unknown: for want of an interpreter, and for any other reason."""
    missing: list[str] = []
    other: list[str] = []
    for cell in cells:
        cause = cell["cause"] if isinstance(cell["cause"], dict) else {}
        examples = cell["examples"] if isinstance(cell["examples"], dict) else {}
        if cell["verdict"] == "unknown":
            found = missing if cause.get("kind") == "no-interpreter" else other
            found.append(str(cause.get("message")))
        waiting = sum(verdict == "unknown" for verdict in examples.values())
        if waiting:
            other.append(f"{waiting} examples of {cell['identifier']} wait for their baseline")
    return missing, other
