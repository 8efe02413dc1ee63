"""The documentation agrees with the code: it is made from it, or compared with it."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from tfcompat.planning import schema_docs
from tfcompat.planning.schema import Analysis
from tfcompat.results.schema import CellEnvironment, Example, Inputs, Wheel
from tfcompat.results.verdicts import Cause, CauseKind, Verdict

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"


def test_the_reference_is_that_of_the_models(tmp_path: Path) -> None:
    schema_docs.write(tmp_path)
    for path in tmp_path.iterdir():
        # `nox -s docs` makes it again.
        assert (DOCS / path.name).read_text(encoding="utf-8") == path.read_text(encoding="utf-8")


def test_every_key_has_its_meaning() -> None:
    assert all(field.description for field in Analysis.model_fields.values())


@pytest.mark.parametrize(
    "path", [ROOT / "caliper.yaml", ROOT / "tests" / "unit" / "data" / "caliper-original.yaml"]
)
def test_studies_fit_the_schema(path: Path) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    jsonschema.validate(document, schema_docs.study_schema())


@pytest.mark.parametrize(
    "fault", [{"dependancy": "six"}, {"repeats": []}, {"interpreters": "perhaps"}]
)
def test_what_is_wrong_does_not_fit_the_schema(fault: dict[str, object]) -> None:
    document = {"analysis": {"dependency": "six", "tests": ["a.py"], **fault}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema_docs.study_schema())


def test_all_that_a_result_file_holds_is_told() -> None:
    told = set(
        re.findall(r"`([A-Za-z0-9_.-]+)`", (DOCS / "results.md").read_text(encoding="utf-8"))
    )
    for model in (Inputs, CellEnvironment, Wheel, Example):
        assert model.model_fields.keys() <= told, model
    assert set(Cause.__dataclass_fields__) <= told
    assert {kind.value for kind in (*CauseKind, *Verdict)} <= told
