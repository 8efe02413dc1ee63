"""The part of a result file on where a run differs from its baseline, and by how much.

Anybody may have written such a file, and older releases wrote fewer fields. So each field may be
missing, and a value of another type than the field's is dropped: it never makes a file unreadable.
A field that a file does not have is not added when it is written again.
"""

from __future__ import annotations

import math
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

if TYPE_CHECKING:
    from typing_extensions import Self

# Transcripts hold no larger integer either, so that each fits into a float.
_LARGEST = 2**1000

LineNumber = Annotated[int, Field(strict=True, ge=0, lt=2**63)]
"""A line of what was printed, counted from 1."""


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


Number = Annotated[
    Annotated[int, Field(strict=True, ge=-_LARGEST, le=_LARGEST)]
    | Annotated[float, Field(strict=True)]
    | Literal["nan", "inf", "-inf"],
    BeforeValidator(_as_text),
]
"""A printed number; nan and the infinities are text, which JSON has no numbers for."""


class DifferenceKind(str, Enum):
    """How two runs differ at one place."""

    NUMBER = "number"
    TEXT = "text"
    MISSING = "missing"  # the baseline has a line here, the observed run none
    EXTRA = "extra"
    FIGURE = "figure"  # what is drawn, in place of what is printed


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    @model_validator(mode="wrap")
    @classmethod
    def _drop_wrong_values(
        cls,
        value: Any,  # noqa: ANN401 - whatever a file holds
        handler: ModelWrapValidatorHandler[Self],
    ) -> Self:
        try:
            return handler(value)
        except ValidationError as error:
            if not isinstance(value, dict):
                raise
            faults = error.errors(include_url=False, include_context=False, include_input=False)
            wrong = {fault["loc"][0] for fault in faults}
            return handler({key: item for key, item in value.items() if key not in wrong})

    @model_serializer(mode="wrap")
    def _only_what_is_stated(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        content: dict[str, Any] = handler(self)
        stated = self.model_fields_set
        return {name: value for name, value in content.items() if name in stated}


class NumberRange(_Stored):
    """The numbers seen at one place: the finite ones from ``low`` to ``high``, and the others."""

    low: Number | None = None
    high: Number | None = None
    others: tuple[str, ...] = ()

    @property
    def finite(self) -> tuple[float, float] | None:
        """The two ends, or None where one of them is missing or no finite number."""
        if isinstance(self.low, (int, float)) and isinstance(self.high, (int, float)):
            return float(self.low), float(self.high)
        return None


class Difference(_Stored):
    """One place where the observed runs differ from the baseline.

    Lines are counted from 1; where one side has no line, its text is None and its number is that of
    the line before which it would stand. Values, ``index`` (which number of the line, or of the
    array that it is part of, counted from 0) and ``band`` (what the baseline runs printed there)
    are those of a number, else None. ``cell`` is that of a notebook, and absent for a script.
    """

    kind: DifferenceKind | None = None
    baseline_line: LineNumber | None = None
    observed_line: LineNumber | None = None
    baseline_text: str | None = None
    observed_text: str | None = None
    index: LineNumber | None = None
    baseline_value: Number | None = None
    observed_value: Number | None = None
    band: NumberRange | None = None
    cell: LineNumber | None = None
    figure: LineNumber | None = None
    distance: Number | None = None

    @property
    def figure_change(self) -> str:
        """What became of a figure, in words; empty for what is printed."""
        if self.figure is None:
            return ""
        name, old, new = f"figure {self.figure}", self.baseline_text, self.observed_text
        if old is None or new is None:
            return f"{name} is additional ({new})" if old is None else f"{name} is missing ({old})"
        if self.distance is None:
            return f"{name}: {old} → {new}"
        return f"{name} ({new}) looks different: {self.distance} of 255 apart"


class LargestDifference(_Stored):
    """The largest distance between the baseline's numbers and the observed ones, and its place."""

    size: Number | None = None
    baseline_line: LineNumber | None = None
    observed_line: LineNumber | None = None
    index: LineNumber | None = None
    baseline_value: Number | None = None
    observed_value: Number | None = None


class BandLine(_Stored):
    """What the baseline runs printed at one line: its text in the first, and every number's range.

    ``runs`` counts those that printed the line with this text.
    """

    line: LineNumber | None = None
    text: str | None = None
    runs: LineNumber | None = None
    ranges: tuple[NumberRange, ...] = ()
