"""The reference of the study's file, made from the models that read it.

``python -m tfcompat.planning.schema_docs DIR`` writes ``caliper.yaml.md`` and
``caliper.schema.json`` into a folder.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ByteSize

from tfcompat.planning.schema import Analysis, Baseline, Container, StudyTolerance, ToleranceLimits
from tfcompat.util.files import write_text

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.fields import FieldInfo

SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def study_schema() -> dict[str, Any]:
    """Return the JSON Schema of a study, for editors that check YAML as it is typed.

    https://json-schema.org/draft/2020-12
    """
    analysis = Analysis.model_json_schema()
    definitions = analysis.pop("$defs", {})
    schema = {
        "$schema": SCHEMA_DIALECT,
        "title": "caliper.yaml",
        "type": "object",
        "properties": {"analysis": analysis},
        "required": ["analysis"],
        "additionalProperties": False,
        "$defs": definitions,
    }
    return {key: _as_typed(value) for key, value in schema.items()}


def _as_typed(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Let texts be typed without quotes, where YAML sees numbers: 1.4, 3.10, 600."""
    if isinstance(value, list):
        return [_as_typed(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {key: _as_typed(item) for key, item in value.items() if key != "title"}
    if kept.get("type") in ("string", "integer", "number") and "enum" not in kept:
        kept["type"] = ["string", "number"]
    return kept


_INTRODUCTION = """\
Made from `tfcompat/planning/schema.py` by `nox -s docs`. All keys stand below `analysis`; a file of
the original [caliper](https://github.com/vsoch/caliper) works unmodified. Editors that know JSON
Schema check it as you type, with this first line:"""


def study_markdown() -> str:
    """Return the reference of a study's keys."""
    parts = [
        "# caliper.yaml",
        _INTRODUCTION,
        "```yaml\n# yaml-language-server: $schema=PATH/TO/docs/caliper.schema.json\n```",
        _table(Analysis),
    ]
    for title, model in (
        ("baselines", Baseline),
        ("tolerance", StudyTolerance),
        ("tolerance: examples, lines", ToleranceLimits),
        ("container", Container),
    ):
        parts += [f"## {title}", _summary(model), _table(model)]
    return "\n\n".join(parts) + "\n"


def _table(model: type[BaseModel]) -> str:
    """Return the keys of a model as a Markdown table."""
    rows = ["| key | meaning | default |", "|---|---|---|"]
    for name, field in model.model_fields.items():
        meaning = (field.description or "").replace("|", "\\|")
        rows.append(f"| `{name}` | {meaning} | {_default(field)} |")
    return "\n".join(rows)


def _default(field: FieldInfo) -> str:
    """Return the default of a key as the table shows it."""
    if field.is_required():
        return "required"
    value = field.default
    if isinstance(value, ByteSize):
        return f"`{value.human_readable(decimal=True, separator='').replace('.0', '')}`"
    if value is None or value == "" or value in ((), {}):
        return "none"
    if isinstance(value, tuple):
        return ", ".join(f"`{item}`" for item in value)
    return f"`{value}`" if isinstance(value, (str, int, float)) else "see below"


def _summary(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").split())


def write(folder: Path) -> None:
    """Write the reference and the schema into the documentation's folder."""
    write_text(folder / "caliper.schema.json", json.dumps(study_schema(), indent=1) + "\n")
    write_text(folder / "caliper.yaml.md", study_markdown())


if __name__ == "__main__":
    write(Path(sys.argv[1]))
