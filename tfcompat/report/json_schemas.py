"""JSON Schemas of what commands print with ``--json``, made from the models that they print.

``python -m tfcompat.report.json_schemas DIR`` writes them into a folder
(https://json-schema.org/draft/2020-12).
"""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from tfcompat.judging.campaign_diff import CampaignDiff
from tfcompat.report import exports
from tfcompat.report.exports import CellRow, FailureRow, Row
from tfcompat.report.proofs import PrintedProof
from tfcompat.results import printed
from tfcompat.results.schema import CellResult
from tfcompat.search.findings import ScriptFindings, Stop, Untried
from tfcompat.util.files import write_text

if TYPE_CHECKING:
    from collections.abc import Callable

DIALECT = "https://json-schema.org/draft/2020-12/schema"

# What is printed as records, by the names of files: the command, and of which type they are.
_RECORDS: dict[str, tuple[str, Any]] = {
    "plan": ("plan --json", list[printed.PlannedCell]),
    "plan-shards": ("plan --shards N --json", printed.PlannedShards),
    "run-summary": ("run --summary FILE", list[printed.CellOutcome]),
    "status": ("status --json", list[printed.CommandStatus]),
    "verify": ("verify --json", printed.VerifiedClaim),
    "breaks-fix": ("breaks --fix --json", printed.RewrittenScripts),
    "frontier-vary": ("frontier --vary NAME --vary NAME --json", printed.PrintedPlane),
    "cache": ("cache info --json", printed.CacheContent),
    "doctor": ("doctor --json", printed.MachineCheck),
}

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


def report_schema() -> dict[str, Any]:
    """Return the schema of ``report --json``."""
    row, cell, failure = (_closed(_model(kind)[0]) for kind in (Row, CellRow, FailureRow))
    names = {"type": "array", "items": _TEXT, "description": "where breaks were predicted"}
    row["properties"]["predicted_breaks"] = names
    return _document(
        "tfcompat report --json",
        {
            "schema": {"const": exports.SCHEMA},
            "dependency": _TEXT,
            "campaigns": {"type": "array", "items": _TEXT},
            "counts": {"type": "object", "additionalProperties": _COUNT},
            "cells": {"type": "array", "items": cell},
            "entries": {"type": "array", "items": row},
            "failures": {"type": "array", "items": failure},
            "damaged": {"type": "array", "items": _TEXT},
        },
        {},
    )


def compare_schema() -> dict[str, Any]:
    """Return the schema of ``compare --json``."""
    found, definitions = _model(CampaignDiff)
    # What runs printed stands in no document.
    definitions["Change"]["properties"].pop("error")
    proof, more = _model(PrintedProof)
    schema = _document(
        "tfcompat compare --json",
        {"schema": {"const": 1}, "changed": _COUNT, **found["properties"]},
        {name: _closed(one) for name, one in (definitions | more).items()},
    )
    proven = {"type": "array", "items": _closed(proof), "description": "with --prove"}
    schema["properties"]["proven"] = proven
    return schema


def _printed_schema(title: str, kind: Any) -> dict[str, Any]:  # noqa: ANN401 - a type, or a list of it
    """Return the schema of what is printed as a record, or as a list of records."""
    schema, definitions = _model(kind)
    closed = {name: _closed(one) for name, one in definitions.items()}
    content = {"$schema": DIALECT, **_closed(schema), "title": title}
    return {**content, "$defs": closed} if closed else content


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a record with all its keys and no others."""
    if "properties" not in schema:
        return schema
    return {**schema, "required": list(schema["properties"]), "additionalProperties": False}


def result_schema() -> dict[str, Any]:
    """Return the schema of a result file, ``results/CELL.json``; later files may have more keys."""
    schema = CellResult.model_json_schema()
    return {"$schema": DIALECT, **schema, "title": "a result file of tfcompat"}


def _model(model: Any) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ANN401 - a type
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


SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {
    "frontier": frontier_schema,
    "frontier-batch": batch_schema,
    "report": report_schema,
    "compare": compare_schema,
    "result": result_schema,
    **{
        name: partial(_printed_schema, f"tfcompat {title}", kind)
        for name, (title, kind) in _RECORDS.items()
    },
}
"""The schemas by the names of their files."""


def write(folder: Path) -> None:
    """Write all schemas into a folder."""
    for name, schema in SCHEMAS.items():
        write_text(folder / f"{name}.schema.json", json.dumps(schema(), indent=1) + "\n")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
