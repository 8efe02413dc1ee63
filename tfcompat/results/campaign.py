"""What is stored of a campaign: one results folder, made with one ``resolve`` setting. Read only.

Finished cells are ``<identifier>.json``. Unknown and unfinished ones live below ``.state``, in a
folder for each cell. ``campaign_store`` is what writes them.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name

from tfcompat.errors import NewerSchemaError, ResultsError
from tfcompat.results.schema import CellResult, Example, read_cell
from tfcompat.results.streams import read_document

if TYPE_CHECKING:
    from pathlib import Path

logger = logging.getLogger(__name__)

STATE = ".state"
"""The folder below a results folder with all that is no result yet."""


PUBLISHED = "published"
"""The folder, below that of the results of a study, which holds its published campaigns."""


def published_folders(results: Path) -> list[Path]:
    """Return the folders of the campaigns that are published with a study, by name."""
    return sorted((results / PUBLISHED).glob("*/"))


@dataclass
class Campaign:
    """One results folder. ``damaged`` collects what could not be read, a line for each file.

    Where a file was written by a newer release, every method raises NewerSchemaError.
    """

    folder: Path
    damaged: dict[str, None] = field(default_factory=dict)

    def settings(self) -> dict[str, Any]:
        """Return dependency and ``resolve`` of the campaign, and its schema; empty for a new one.

        A folder that was copied without its state still has them in its cells.
        """
        try:
            path = self.folder / STATE / "campaign.json"
            found = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(found, dict):
                return found
        except (OSError, ValueError):
            pass
        for cell in self.cells().values():
            if cell.environment is not None:
                resolve = cell.environment.resolve
                dependency = canonicalize_name(cell.inputs.dependency)
                return {"dependency": dependency, "resolve": resolve}
        return {}

    def result_path(self, identifier: str) -> Path:
        """Return where a finished cell is stored."""
        return self.folder / f"{identifier}.json"

    def state_path(self, identifier: str, name: str) -> Path:
        """Return where something is stored of a cell that is not finished."""
        return self.folder / STATE / identifier / name

    def run_path(self, identifier: str, test: str) -> Path:
        """Return where the runs of an example are stored until its cell is finished."""
        name = hashlib.sha256(test.encode()).hexdigest()[:16]
        return self.state_path(identifier, f"run-{name}.json")

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
        path = self.result_path(identifier)
        return self._read(path) if path.exists() else None

    def _read(self, path: Path) -> CellResult | None:
        try:
            return read_cell(path)
        except NewerSchemaError:
            raise
        except ResultsError as error:
            if not path.exists():
                return None  # finished, and so removed, since it was found
            self.damaged[str(error)] = None
            logger.warning("skipped: %s", error)
            return None

    def unfinished(self, identifier: str) -> CellResult | None:
        """Return what is stored of an unfinished cell, or None."""
        path = self.state_path(identifier, "cell.json")
        cell = self._read(path) if path.exists() else None
        if cell is None:
            return None
        examples = dict(cell.examples)
        for run in path.parent.glob("run-*.json"):
            try:
                content = read_document(run)
                examples[content["test"]] = Example.model_validate(content["example"])
            except (OSError, ValueError, TypeError, KeyError):
                continue
        return cell.model_copy(update={"examples": examples})

    def known(self, identifier: str) -> CellResult | None:
        """Return all that is stored of a cell, finished or not; the newer part has precedence."""
        # In this order: what is finished meanwhile is in one of the two.
        begun = self.unfinished(identifier)
        done = self.cell(identifier)
        if done is None or begun is None:
            return done or begun
        if _lock_of(done) != _lock_of(begun):
            # The runs were made with other packages.
            return begun
        return begun.model_copy(update={"examples": {**done.examples, **begun.examples}})

    def unknown(self) -> dict[str, CellResult]:
        """Return by identifier the cells whose last attempt could not be made."""
        found = {}
        for path in sorted((self.folder / STATE).glob("*/unknown.json")):
            cell = self._read(path)
            if cell is not None:
                found[cell.identifier] = cell
        return found


def _lock_of(cell: CellResult) -> str | None:
    return cell.environment.lock if cell.environment else None
