"""What commands print for programs, held against the JSON Schemas in the docs."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft202012Validator

DOCS = Path(__file__).parents[1] / "docs"


def check(name: str, document: object) -> None:
    """Raise ValidationError where a document is not in the form of a schema."""
    schema = json.loads((DOCS / f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(json.dumps(document)))
