"""The three forms of the original caliper's result file, as strict models: what its scripts read.

More keys are allowed everywhere, since its scripts ignore unknown ones.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

if TYPE_CHECKING:
    from pathlib import Path


class _Form(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")


def _ends(lines: list[str]) -> list[str]:
    # caliper joins lines with nothing between them; what a script ended without a newline has none.
    wrong = [line for line in lines[:-1] if not line.endswith("\n")]
    wrong += [line for line in lines if not line or "\n" in line[:-1]]
    if wrong:
        msg = f"{wrong[0][:80]!r} is not one line that ends in a newline"
        raise ValueError(msg)
    return lines


Lines = Annotated[list[str], AfterValidator(_ends)]
Name = Annotated[str, Field(pattern=r"^pypi-[a-z0-9-]+-[0-9][^-/]*-python-cp\d{2,3}$")]
Requirement = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]+(==| @ )\S+\n$")]


class Inputs(_Form):
    """What was requested for the cell."""

    dependency: str
    name: Name
    outfile: str
    outdir: str
    dockerfile: str
    tests: str
    force: bool
    exists: bool
    cleanup: bool


class Ran(_Form):
    """How a script ended."""

    output: Lines
    error: Lines
    retval: int
    seconds: float


class Built(_Form):
    """How a build ended well."""

    retval: Annotated[int, Field(ge=0, le=0)]


class NotBuilt(_Form):
    """How a build failed."""

    retval: Annotated[int, Field(ge=1, le=1)]
    error: Lines = Field(min_length=1)


def check(path: Path) -> str:
    """Return which form a file has; AssertionError or ValidationError where it has none."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
    inputs = Inputs.model_validate(document["inputs"])
    assert path.name == f"{inputs.name}.json" == inputs.outfile
    listed = inputs.tests.split("\n")
    assert all(re.fullmatch(r"[^\s]+", test) for test in listed)
    tests = document.get("tests")
    if tests is None:
        assert document["build_retval"] == 1
        return "no wheel"
    if tests["build"]["retval"] != 0:
        NotBuilt.model_validate(tests["build"])
        assert set(tests) == {"build"}
        return "build failed"
    assert "build_retval" not in document
    Built.model_validate(tests["build"])
    TypeAdapter(list[Requirement]).validate_python(document["requirements.txt"])
    for name, run in tests.items():
        if name != "build":
            assert name in listed
            Ran.model_validate(run)
    return "built"


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")
