"""What a shard of a campaign was to do, in a small file beside its results."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tfcompat.errors import NewerSchemaError, ResultsError
from tfcompat.util.files import write_json

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = 1

# No hidden folder: GitHub's upload of artifacts leaves those out.
_FOLDER = "shards"

MOST_SHARDS = 10_000
"""More jobs than any engine starts at once."""


@dataclass(frozen=True, kw_only=True)
class Shard:
    """One of the parts that a campaign is divided into; ``number`` counts from 1."""

    number: int
    of: int

    def __str__(self) -> str:
        """Return the shard as users write it."""
        return f"{self.number}/{self.of}"


def parse_shard(text: str) -> Shard:
    """Return the shard that a text such as ``2/8`` names; ValueError, with a remedy, for none."""
    number, mark, of = text.partition("/")
    if not (mark and number.isdecimal() and of.isdecimal()):
        msg = f"{text!r} is not of the form I/N, such as 2/8"
        raise ValueError(msg)
    if len(of) > len(str(MOST_SHARDS)) or not 1 <= int(of) <= MOST_SHARDS:
        msg = f"{text!r} is no shard: N is from 1 to {MOST_SHARDS}"
        raise ValueError(msg)
    if len(number) > len(of) or not 1 <= int(number) <= int(of):
        msg = f"{text!r} is no shard: the shards of {of} are 1/{of} to {int(of)}/{of}"
        raise ValueError(msg)
    return Shard(number=int(number), of=int(of))


Number = Annotated[int, Field(ge=1, le=MOST_SHARDS)]


class ShardRecord(BaseModel):
    """What one shard was to do, and what its siblings were.

    ``cells`` has the identifiers of the cells of every shard, in the order of the shards.
    ``unnamed`` are the examples that are compared with the newest release of the whole campaign.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    number: Number
    of: Number
    dependency: str
    resolve: str
    examples: tuple[str, ...]
    unnamed: tuple[str, ...] = ()
    cells: tuple[tuple[str, ...], ...]

    @model_validator(mode="after")
    def _check(self) -> ShardRecord:
        if self.number > self.of or len(self.cells) != self.of:
            msg = "its shards do not fit together"
            raise ValueError(msg)
        return self

    @property
    def shard(self) -> Shard:
        """The shard that it is of."""
        return Shard(number=self.number, of=self.of)

    def owed(self) -> dict[str, Shard]:
        """Return the shard of each cell of the campaign."""
        return {
            name: Shard(number=number, of=self.of)
            for number, names in enumerate(self.cells, 1)
            for name in names
        }


def write_record(results: Path, record: ShardRecord) -> None:
    """Store a record in a results folder; ResultsError where that cannot be written."""
    path = results / _FOLDER / f"{record.number}-of-{record.of}.json"
    write_json(path, {"schema": SCHEMA, **record.model_dump(mode="json")})


def read_records(results: Path) -> tuple[list[ShardRecord], list[str]]:
    """Return the records of a results folder, and a line for each file that is damaged.

    Raises NewerSchemaError where one was written by a newer release.
    """
    records, damaged = [], []
    for path in sorted((results / _FOLDER).glob("*-of-*.json")):
        try:
            records.append(_read(path))
        except NewerSchemaError:
            raise
        except ResultsError as error:
            damaged.append(str(error))
    return records, damaged


def _read(path: Path) -> ShardRecord:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content, dict) and isinstance(content.get("schema"), int):
            if content["schema"] > SCHEMA:
                msg = f"{path} was written by a newer tfcompat; upgrade this one"
                raise NewerSchemaError(msg)
            return ShardRecord.model_validate(content)
        why = "it has no `schema`"
    except ValidationError as error:
        fault = error.errors()[0]
        why = f"`{'.'.join(map(str, fault['loc']))}`: {fault['msg']}"
    except (OSError, ValueError, RecursionError) as error:
        why = str(error)
    msg = f"{path} is damaged: {why}"
    raise ResultsError(msg)
