"""JSON Schemas of what commands print with ``--json``, made from the models that they print.

``python -m tfcompat.report.json_schemas DIR`` writes them into a folder
(https://json-schema.org/draft/2020-12).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from tfcompat.results.schema import CellResult
from tfcompat.search.findings import ScriptFindings, Stop, Untried
from tfcompat.util.files import write_text

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_SECONDS = {"type": "number", "minimum": 0}


def frontier_schema() -> dict[str, Any]:
    """Return the schema of ``frontier --json``."""
    script, definitions = _model(ScriptFindings)
    group, _ = _model(Untried)
    # What is shown to a reader stands in no document.
    group["properties"].pop("shown")
    group["required"].remove("shown")
    return _document(
        "tfcompat frontier --json",
        {
            "schema": {"const": 2},
            "dependency": {**_TEXT, "description": "the project on the index"},
            "project": {**_TEXT, "description": "as the project writes its own name"},
            "module": {**_TEXT, "description": "what scripts import"},
            "resolve": _TEXT,
            "walk": {"type": "boolean"},
            "releases": _COUNT,
            "environments": {**_COUNT, "description": "that were made"},
            "stored": {**_COUNT, "description": "cells known from before"},
            "unbuilt": {**_COUNT, "description": "environments that could not be made"},
            "variants": {**_COUNT, "description": "environments of experiments on causes"},
            "untried": {"type": "array", "items": group},
            "added": {"type": "array", "items": _TEXT},
            "stopped": {
                "enum": [None, *(stop.value for stop in Stop)],
                "description": "what ended the search before all was settled",
            },
            "seconds": _SECONDS,
            "scripts": {"type": "array", "items": script},
        },
        definitions,
    )


def batch_schema() -> dict[str, Any]:
    """Return the schema of ``frontier --batch --json``."""
    frontier = frontier_schema()
    definitions = frontier.pop("$defs")
    for key in ("$schema", "title"):
        del frontier[key]
    row = {
        "schema": {"const": 1},
        "row": {**_COUNT, "description": "the line of the table"},
        "script": _TEXT,
        "dependency": _TEXT,
        "baseline": _TEXT,
        "python": _TEXT,
        "requirements": {"type": "array", "items": _TEXT},
        "expected": _or_null(_TEXT),
        "as_expected": {"type": ["boolean", "null"]},
        "error": _or_null(_TEXT),
        "exit_code": {"enum": [0, 1, 2, 3, 130]},
        "frontier": _or_null(frontier),
    }
    return {
        "$schema": DIALECT,
        "title": "tfcompat frontier --batch --json",
        "type": "array",
        "items": {"type": "object", "properties": row, "required": list(row)},
        "$defs": definitions,
    }


def result_schema() -> dict[str, Any]:
    """Return the schema of a result file, ``results/CELL.json``; later files may have more keys."""
    schema = CellResult.model_json_schema()
    return {"$schema": DIALECT, **schema, "title": "a result file of tfcompat"}


def _model(model: type) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the schema of a record, and those of the records in it by name."""
    schema = TypeAdapter(model).json_schema(mode="serialization")
    return schema, schema.pop("$defs", {})


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _document(
    title: str, properties: dict[str, Any], definitions: dict[str, Any]
) -> dict[str, Any]:
    return {
        "$schema": DIALECT,
        "title": title,
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        "$defs": definitions,
    }


SCHEMAS = {
    "frontier": frontier_schema,
    "frontier-batch": batch_schema,
    "result": result_schema,
}
"""The schemas by the names of their files."""


def write(folder: Path) -> None:
    """Write all schemas into a folder."""
    for name, schema in SCHEMAS.items():
        write_text(folder / f"{name}.schema.json", json.dumps(schema(), indent=1) + "\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
