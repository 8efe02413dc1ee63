"""Patterns for text that changes from run to run and means nothing: data files, with examples.

Every row of a file states what it must change and what it must leave alone, and is tried on both
when the file is read. A row may also say what a match has to be, so that a result that only looks
like a clock, a port or a folder of the run stays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Protocol

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from tfcompat.judging.output.run_values import CHECKS, NEEDS_RUN, RunTime

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Pattern(Protocol):
    """A regular expression, as ``re`` compiles it or matched elsewhere."""

    def search(self, text: str, /) -> object:
        """Return something true where it is found in a text."""

    def sub(self, replacement: str, text: str, /) -> str:
        """Return a text with every match replaced by a template."""


@dataclass(frozen=True, slots=True)
class Mask:
    """A named pattern for text that changes from run to run and means nothing.

    ``replacement`` is a template as in ``re.sub``, or None where the whole line is chatter; a line
    with none of ``needs`` cannot match. ``can_be`` is what a match has to be (``CHECKS``) to be
    replaced; empty: anything.
    """

    name: str
    pattern: Pattern
    replacement: str | None
    needs: tuple[str, ...] = ()
    can_be: str = ""

    def apply(self, line: str, run: RunTime | None = None) -> str | None:
        """Return the line with every match replaced, or None for chatter, which is not compared.

        Without the time of the ``run`` that printed it, everything that looks like a clock or a
        folder is replaced.
        """
        if self.needs:
            # A plain loop: any() over a generator costs more than the search it spares.
            for text in self.needs:
                if text in line:
                    break
            else:
                return line
        if self.replacement is None:
            return None if self.pattern.search(line) else line
        if self.can_be and not (run is None and self.can_be in NEEDS_RUN):
            # Apart from the rest, which is called for every line and creates no closure.
            return self._apply_where_it_fits(self.replacement, line, run)
        return self.pattern.sub(self.replacement, line)

    def _apply_where_it_fits(self, replacement: str, line: str, run: RunTime | None) -> str:
        assert isinstance(self.pattern, re.Pattern)  # noqa: S101 - only masks that ship look
        fits = CHECKS[self.can_be]

        def put(match: re.Match[str]) -> str:
            return _expanded(replacement, match) if fits(match, run) else str(match[0])

        return str(self.pattern.sub(put, line))


def _expanded(template: str, match: re.Match[str]) -> str:
    """Do what ``match.expand`` does, which reads the template anew each time: for groups alone."""
    if "\\" not in template:
        return template
    parts = _cut(template)
    return "".join((match[int(part)] or "") if at % 2 else part for at, part in enumerate(parts))


@lru_cache(maxsize=256)
def _cut(template: str) -> tuple[str, ...]:
    r"""Return a template such as ``\1<port>`` cut at its groups: every second part is a number."""
    return tuple(re.split(r"\\(\d)", template))


class _RunRow(BaseModel):
    """The run that the examples of a row are tried with."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    started: str
    seconds: float

    @property
    def time(self) -> RunTime | None:
        return RunTime.of(self.started, self.seconds)


class _Row(BaseModel):
    """One entry of masks.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = Field(pattern=r"^[a-z][a-z-]*$")
    pattern: str
    replacement: str | None = None
    chatter: bool = False
    needs: list[str] = Field(default_factory=list)
    can_be: str = Field(default="", alias="can-be")
    run: _RunRow | None = None
    masks: list[str] = Field(min_length=1)
    leaves: list[str] = Field(min_length=1)


@lru_cache(maxsize=1)
def load_masks() -> tuple[Mask, ...]:
    """Return the masks that ship, in the order in which they apply."""
    source = resources.files("tfcompat") / "data" / "masks.yaml"
    return read_masks(source.read_text(encoding="utf-8"))


def read_masks(text: str) -> tuple[Mask, ...]:
    """Turn the text of a mask file into masks.

    Raises ValueError that names the row for one that is malformed or fails its own examples.
    """
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(f"masks.yaml: {error}") from error
    try:
        rows = TypeAdapter(list[_Row]).validate_python(content)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise ValueError(
            f"masks.yaml: {_row_name(content, problem['loc'])}: {where}: {problem['msg']}"
        ) from error
    return tuple(_row_mask(number, row) for number, row in enumerate(rows, start=1))


def _row_name(content: object, location: tuple[int | str, ...]) -> str:
    """Name a row as a person finds it: by its count and, where it has one, its name."""
    index = location[0] if location else None
    if not isinstance(index, int) or not isinstance(content, list):
        return "the file"
    row = content[index]
    name = row.get("name", "without a name") if isinstance(row, dict) else "not a mapping"
    return f"row {index + 1} ({name})"


def _row_mask(number: int, row: _Row) -> Mask:
    where = f"masks.yaml: row {number} ({row.name})"
    mask = _compile(where, row.name, row.pattern, row.replacement)
    mask = replace(mask, needs=tuple(row.needs), can_be=row.can_be)
    if row.can_be and row.can_be not in CHECKS:
        raise ValueError(f"{where}: can-be: not one of {', '.join(CHECKS)}: {row.can_be!r}")
    run = row.run.time if row.run else None
    if (run is not None) != (row.can_be in NEEDS_RUN):
        raise ValueError(f"{where}: run: wanted, with a time, where can-be is one of a run's alone")
    if row.chatter:
        mask = replace(mask, replacement=None)
    for example in row.masks:
        if mask.apply(example, None if row.can_be == "unknown" else run) == example:
            raise ValueError(f"{where}: does not mask {example!r}")
    for example in row.leaves:
        if mask.apply(example, run) != example:
            raise ValueError(f"{where}: does not leave alone {example!r}")
    return mask


def study_masks(
    patterns: Mapping[str, str], matched: Callable[[str, str], Pattern] | None = None
) -> tuple[Mask, ...]:
    """Return the masks of a study, ``{name: pattern}``; ValueError names the key at fault.

    ``matched`` makes what matches of the key and the pattern; by default it is ``re``. They belong
    in front of the masks that ship, which could otherwise take text away from them.
    """
    masks = tuple(_compile(f"mask {name!r}", name, text) for name, text in patterns.items())
    if matched is None:
        return masks
    texts = patterns.values()
    return tuple(
        replace(mask, pattern=matched(f"mask {mask.name!r}", text))
        for mask, text in zip(masks, texts, strict=True)
    )


def _compile(where: str, name: str, text: str, replacement: str | None = None) -> Mask:
    if replacement is None:
        replacement = f"<{name}>".replace("\\", r"\\")
    try:
        pattern = re.compile(text)
        # An empty match would put the replacement between all characters of every line.
        matches_nothing = pattern.search("") is not None
        pattern.sub(replacement, "")
    except (re.error, IndexError, TypeError, OverflowError, RecursionError) as error:
        raise ValueError(f"{where}: not a regular expression: {error}") from error
    if matches_nothing:
        raise ValueError(f"{where}: the pattern {text!r} matches empty text")
    return Mask(name, pattern, replacement)
