"""Writes a campaign: runs as they end, cells that are unknown, unfinished or finished, and locks.

Any number of processes may write one results folder. A cell is worked on under its own lock;
verdicts are written under that of the campaign. Nobody waits for another cell while holding a
cell's lock, so no two processes can wait for each other.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout
from packaging.utils import canonicalize_name

from tfcompat.errors import InterruptedRunError, NewerSchemaError, ResultsError
from tfcompat.results.campaign import STATE, Campaign
from tfcompat.results.schema import SCHEMA, CellResult, Example, example_content, to_document
from tfcompat.util import processes
from tfcompat.util.files import remove_unfinished, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class CampaignStore(Campaign):
    """A campaign that a command adds to.

    Every method that writes raises ResultsError where the folder cannot be written.
    """

    @property
    def _state(self) -> Path:
        return self.folder / STATE

    def open(self, *, dependency: str, resolve: str) -> None:
        """Make the folder ready for a command that writes.

        Raises ResultsError where it cannot be written, or holds results of another dependency or
        another ``resolve`` setting.
        """
        settings = self._state / "campaign.json"
        wanted = {
            "schema": SCHEMA,
            "dependency": canonicalize_name(dependency),
            "resolve": resolve,
        }
        with self._locked(self._state / "campaign.lock"):
            remove_unfinished([self.folder, self._state, *self._state.iterdir()])
            found = self.settings()
            self._check_settings(found, wanted)
            if found != wanted:
                write_json(settings, wanted)

    def _check_settings(self, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
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

    @contextmanager
    def _locked(self, path: Path) -> Iterator[None]:
        """Hold a lock file; raise InterruptedRunError where everything is stopped meanwhile."""
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
        """Hold a cell's lock: a second process waits, and then finds what the first one stored."""
        with self._locked(self.state_path(identifier, "lock")):
            yield

    @contextmanager
    def judging(self) -> Iterator[None]:
        """Hold the lock under which verdicts are written."""
        with self._locked(self._state / "judge.lock"):
            yield

    def begin(self, cell: CellResult) -> None:
        """Store a cell whose runs are about to be made, replacing its earlier state.

        A process that is killed at any moment of this loses none of the cell's runs.
        """
        folder = self._state / cell.identifier
        kept = {self.run_path(cell.identifier, test) for test in cell.examples}
        for path in (*(set(folder.glob("run-*.json")) - kept), folder / "unknown.json"):
            path.unlink(missing_ok=True)
        for test, example in cell.examples.items():
            self.store_run(cell.identifier, test, example)
        self.store_cell(cell)

    def store_cell(self, cell: CellResult) -> None:
        """Store what is known of an unfinished cell beside its runs."""
        document = to_document(cell.model_copy(update={"examples": {}}))
        write_json(self.state_path(cell.identifier, "cell.json"), document)

    def store_run(self, identifier: str, test: str, example: Example) -> None:
        """Store the runs of one example of an unfinished cell."""
        content = {"test": test, "example": example_content(example)}
        write_json(self.run_path(identifier, test), content)

    def store_unknown(self, cell: CellResult) -> None:
        """Store why a cell could not be tried. What is stored of its runs stays as it is."""
        write_json(self.state_path(cell.identifier, "unknown.json"), to_document(cell))

    def finish(self, cell: CellResult) -> None:
        """Store a finished cell as its result file, and drop its unfinished state."""
        with self.judging():
            # A process that judges writes back all cells that it read, and must not undo this one.
            self.write(cell)
        folder = self._state / cell.identifier
        for path in (*folder.glob("run-*.json"), folder / "cell.json", folder / "unknown.json"):
            path.unlink(missing_ok=True)

    def write(self, cell: CellResult) -> None:
        """Write the result file of a cell."""
        write_json(self.result_path(cell.identifier), to_document(cell))
