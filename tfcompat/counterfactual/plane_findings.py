"""What is found of two packages that are varied beside one release. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from tfcompat.results.verdicts import Verdict


@dataclass(frozen=True, kw_only=True)
class Point:
    """What became of the script with two releases: a verdict, and in what words it is told."""

    verdict: Verdict
    why: str = ""

    @property
    def is_good(self) -> bool:
        """Whether it runs and gives the same result."""
        return self.verdict is Verdict.SAME


@dataclass(frozen=True, kw_only=True)
class Span:
    """The releases of the second package that work in a row: those from ``low`` to ``high``."""

    low: int
    high: int


@dataclass(frozen=True, kw_only=True)
class Row:
    """What works in a row; ``span`` is None where nothing does.

    ``is_tried`` is false where it is taken from the rows on both sides, which are alike.
    """

    span: Span | None
    is_tried: bool = True
