"""A campaign: one results folder, made with one ``resolve`` setting, shared by any processes.

Finished cells are ``<identifier>.json``. Unknown and unfinished ones live below ``.state``, where
every run is stored as it ends. A cell is worked on under its own lock; verdicts are written under
the campaign's.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout
from packaging.utils import canonicalize_name

from tfcompat.errors import InterruptedRunError, NewerSchemaError, ResultsError
from tfcompat.results.schema import SCHEMA, CellResult, Example, read_cell, to_document
from tfcompat.util import processes
from tfcompat.util.files import remove_unfinished, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tfcompat.results.timings import RunCost

logger = logging.getLogger(__name__)

# For how long a Python that could not be fetched is not tried again: the sessions of a nox run
# are commands of their own, and need not all wait for it.
_ATTEMPT_SECONDS = 600


@dataclass
class Campaign:
    """One results folder. ``damaged`` collects what could not be read, a line for each file."""

    folder: Path
    damaged: dict[str, None] = field(default_factory=dict)

    @property
    def _state(self) -> Path:
        return self.folder / ".state"

    def open(self, *, dependency: str, resolve: str) -> None:
        """Make the folder ready for a command that writes.

        Raises ResultsError where it cannot be written, or holds results of another dependency or
        another ``resolve`` setting.
        """
        settings = self._state / "campaign.json"
        name = canonicalize_name(dependency)
        wanted = {"schema": SCHEMA, "dependency": name, "resolve": resolve}
        with self._locked(self._state / "campaign.lock"):
            remove_unfinished([self.folder, self._state, *self._state.iterdir()])
            found = self._settings(settings)
            if isinstance(found.get("schema"), int) and found["schema"] > SCHEMA:
                msg = f"{self.folder} was written by a newer tfcompat; upgrade, or name another"
                raise NewerSchemaError(msg)
            for key in ("dependency", "resolve"):
                if found.get(key, wanted[key]) != wanted[key]:
                    msg = (
                        f"{self.folder} holds a campaign with {key} {found[key]!r}, not "
                        f"{wanted[key]!r}; name another folder with --results"
                    )
                    raise ResultsError(msg)
            if found != wanted:
                write_json(settings, wanted)

    def _settings(self, path: Path) -> dict[str, Any]:
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(found, dict):
                return found
        except (OSError, ValueError):
            pass
        for cell in self.cells().values():
            # A folder that was copied without its state still knows what it is.
            if cell.environment is not None:
                resolve = cell.environment.resolve
                dependency = canonicalize_name(cell.inputs.dependency)
                return {"dependency": dependency, "resolve": resolve}
        return {}

    @contextmanager
    def _locked(self, path: Path) -> Iterator[None]:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(path)
            lock.acquire(cancel_check=processes.interrupted)
        except Timeout:
            msg = f"stopped while waiting for {path.name}"
            raise InterruptedRunError(msg) from None
        except OSError as error:
            msg = f"cannot write {self.folder} ({error.strerror}); name another with --results"
            raise ResultsError(msg) from error
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def working_on(self, identifier: str) -> Iterator[None]:
        """Hold a cell's lock: a second comer waits, and then finds what the first one stored."""
        with self._locked(self._state / identifier / "lock"):
            yield

    @contextmanager
    def judging(self) -> Iterator[None]:
        """Hold the lock under which verdicts are written."""
        with self._locked(self._state / "judge.lock"):
            yield

    def cells(self) -> dict[str, CellResult]:
        """Return all finished cells by identifier; damaged files are noted and left out."""
        found = {}
        for path in sorted(self.folder.glob("*.json")):
            cell = self._read(path)
            if cell is not None:
                found[cell.identifier] = cell
        return found

    def cell(self, identifier: str) -> CellResult | None:
        """Return a finished cell, or None."""
        path = self.folder / f"{identifier}.json"
        return self._read(path) if path.exists() else None

    def _read(self, path: Path) -> CellResult | None:
        try:
            return read_cell(path)
        except NewerSchemaError:
            raise
        except ResultsError as error:
            self.damaged[str(error)] = None
            logger.warning("skipped: %s", error)
            return None

    def unfinished(self, identifier: str) -> CellResult | None:
        """Return what is stored of an unfinished cell, or None."""
        folder = self._state / identifier
        path = folder / "cell.json"
        cell = self._read(path) if path.exists() else None
        if cell is None:
            return None
        examples = dict(cell.examples)
        for path in folder.glob("run-*.json"):
            try:
                content = json.loads(path.read_text(encoding="utf-8"))
                examples[content["test"]] = Example.model_validate(content["example"])
            except (OSError, ValueError, TypeError, KeyError):
                continue
        return cell.model_copy(update={"examples": examples})

    def known(self, identifier: str) -> CellResult | None:
        """Return all that is stored of a cell, finished or not; the newer part has precedence."""
        done, begun = self.cell(identifier), self.unfinished(identifier)
        if done is None or begun is None:
            return done or begun
        if _lock_of(done) != _lock_of(begun):
            # Those were runs with other packages.
            return begun
        return begun.model_copy(update={"examples": {**done.examples, **begun.examples}})

    def unknown(self) -> dict[str, CellResult]:
        """Return the cells that could not be tried when they last were to be, by identifier."""
        found = {}
        for path in sorted(self._state.glob("*/unknown.json")):
            cell = self._read(path)
            if cell is not None:
                found[cell.identifier] = cell
        return found

    def store_unknown(self, cell: CellResult) -> None:
        """Store why a cell could not be tried. What is stored of its runs stays as it is."""
        write_json(self._state / cell.identifier / "unknown.json", to_document(cell))

    def attempts(self) -> dict[str, str | None]:
        """Return the Pythons that were to be fetched of late, and why one was not."""
        path = self._state / "fetched.json"
        try:
            if time.time() - path.stat().st_mtime > _ATTEMPT_SECONDS:
                return {}
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def store_attempts(self, attempts: dict[str, str | None]) -> None:
        """Store what ``attempts`` returns."""
        write_json(self._state / "fetched.json", attempts)

    def history(self) -> dict[str, dict[str, RunCost]]:
        """Return what the runs of each cell took, example by example, when they were last made."""
        found = {}
        for path in self._state.glob("*/took.json"):
            # It only makes the next campaign quicker: one that cannot be read is not missed.
            with suppress(OSError, ValueError, TypeError, AttributeError, LookupError):
                tests = json.loads(path.read_text(encoding="utf-8"))
                found[path.parent.name] = {
                    test: (float(took[0]), int(took[1])) for test, took in tests.items()
                }
        return found

    def store_history(self, identifier: str, tests: Mapping[str, RunCost]) -> None:
        """Store what the runs of a cell took, each for all of its examples."""
        write_json(self._state / identifier / "took.json", tests)

    def begin(self, cell: CellResult) -> None:
        """Store a cell whose runs are about to be made, in place of what its state was before.

        At no moment is a run that it has not stored: whoever kills us then loses none.
        """
        folder = self._state / cell.identifier
        kept = {self._run_path(cell.identifier, test) for test in cell.examples}
        for path in (*(set(folder.glob("run-*.json")) - kept), folder / "unknown.json"):
            path.unlink(missing_ok=True)
        for test, example in cell.examples.items():
            self.store_run(cell.identifier, test, example)
        self.store_cell(cell)

    def store_cell(self, cell: CellResult) -> None:
        """Store what is known of an unfinished cell beside its runs."""
        document = to_document(cell.model_copy(update={"examples": {}}))
        write_json(self._state / cell.identifier / "cell.json", document)

    def _clear(self, identifier: str) -> None:
        folder = self._state / identifier
        for path in (*folder.glob("run-*.json"), folder / "cell.json", folder / "unknown.json"):
            path.unlink(missing_ok=True)

    def store_run(self, identifier: str, test: str, example: Example) -> None:
        """Store the runs of one example of an unfinished cell."""
        content = {"test": test, "example": example.model_dump(mode="json")}
        write_json(self._run_path(identifier, test), content)

    def _run_path(self, identifier: str, test: str) -> Path:
        name = hashlib.sha256(test.encode()).hexdigest()[:16]
        return self._state / identifier / f"run-{name}.json"

    def finish(self, cell: CellResult) -> None:
        """Store a finished cell as its result file, and drop its unfinished state."""
        with self.judging():
            # Who judges reads every cell and writes it back: not an older one over this one.
            self.write(cell)
        self._clear(cell.identifier)

    def write(self, cell: CellResult) -> None:
        """Write the result file of a cell."""
        write_json(self.folder / f"{cell.identifier}.json", to_document(cell))


def _lock_of(cell: CellResult) -> str | None:
    return cell.environment.lock if cell.environment else None
