"""What commands print with ``--json``, as records of which the JSON Schemas are made as well.

Each is filled where it is known. The names of the fields are those that programs read: one is added
where needed, and none is renamed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from pydantic_core import to_jsonable_python

from tfcompat.results.verdicts import Cause, Verdict  # noqa: TC001 - schemas are made of the types


def as_json(record: object) -> Any:  # noqa: ANN401 - what JSON holds has no narrower type
    """Return a record, or a list of records, as it stands in JSON."""
    return to_jsonable_python(record)


# ---- tfcompat plan -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class PrintedPython:
    """A Python that was found: its whole version, and where its program is, in ``image`` or here.

    ``image`` is None where it is of this machine.
    """

    version: str
    abi: str
    path: str
    image: str | None = None

    @property
    def python(self) -> str:
        """Major and minor version, such as ``3.6``."""
        return ".".join(self.version.split(".")[:2])


@dataclass(frozen=True, kw_only=True)
class PrintedFile:
    """A file of the index; what it does not say is None."""

    filename: str
    size: int | None
    sha256: str | None
    upload_time: str | None


@dataclass(frozen=True, kw_only=True)
class PlannedCell:
    """One cell of a plan: with which Python and file, or why there is none."""

    schema: Literal[1] = 1
    identifier: str
    release: str
    python: str
    interpreter: PrintedPython | None
    wheel: PrintedFile | None
    sdist: PrintedFile | None
    cut_off: str | None
    cause: Cause | None


@dataclass(frozen=True, kw_only=True)
class PlannedSeconds:
    """A cell, and how long it is expected to take."""

    identifier: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class PlannedShard:
    """The cells of one shard, such as ``1/8``."""

    shard: str
    seconds: float
    cells: tuple[PlannedSeconds, ...]


@dataclass(frozen=True, kw_only=True)
class PlannedShards:
    """The cells of a plan, in shards."""

    schema: Literal[1] = 1
    shards: tuple[PlannedShard, ...]


# ---- tfcompat run, status and verify -------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class CellOutcome:
    """What became of a cell: its verdict where no environment was made, else those of examples."""

    schema: Literal[1] = 1
    identifier: str
    verdict: Verdict | None
    cause: Cause | None
    examples: dict[str, Verdict]


@dataclass(frozen=True, kw_only=True)
class CommandStatus:
    """How far a command is. ``at_work`` has how many examples ran in each cell that is not done."""

    schema: Literal[1] = 1
    done: tuple[str, ...]
    at_work: dict[str, int]
    waiting: tuple[str, ...]
    examples: int
    verdicts: dict[Verdict, int]
    seconds: float
    seconds_left: float | None


End: TypeAlias = Literal["oldest", "newest"]
ENDS: tuple[End, End] = ("oldest", "newest")
"""The ends of a range of releases."""


@dataclass(frozen=True, kw_only=True)
class VerifiedEnd:
    """What became of a script at one end of a claimed range."""

    script: str
    end: End
    release: str
    python: str
    verdict: Verdict
    why: str
    holds: bool


@dataclass(frozen=True, kw_only=True)
class VerifiedClaim:
    """A claimed range, and both ends of it for each script.

    ``holds`` is None where an end could not be tried.
    """

    schema: Literal[1] = 1
    specifier: str
    holds: bool | None
    ends: tuple[VerifiedEnd, ...]


# ---- tfcompat breaks --fix -----------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class RewrittenScript:
    """A script rewritten for a release: which breaks were mended, and what became of it there.

    ``baseline`` is the release that it was compared with, where it runs as it is written, and
    ``verdict`` what it gives compared with that; None where nothing was to be rewritten.
    """

    script: str
    release: str
    python: str
    patch: str
    applied: tuple[str, ...]
    left: tuple[str, ...]
    baseline: str | None
    verdict: Verdict | None
    why: str | None


@dataclass(frozen=True, kw_only=True)
class RewrittenScripts:
    """Scripts of one library that were rewritten."""

    schema: Literal[1] = 1
    dependency: str
    scripts: tuple[RewrittenScript, ...]


# ---- tfcompat frontier --vary NAME --vary NAME ---------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class PlaneArea:
    """Releases of two packages that go together: from the first to the last one of each."""

    rows: tuple[str, str]
    columns: tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class PlanePoint:
    """What became of the script with one release of each package."""

    row: str
    column: str
    verdict: Verdict
    why: str | None


@dataclass(frozen=True, kw_only=True)
class PrintedPlane:
    """With which releases of two packages a script works beside one release of the library.

    ``rows`` and ``columns`` are the names of the two packages. In the areas of ``works`` it gives
    the same result as on the ``day`` of the release, as of which all else is resolved.
    """

    schema: Literal[1] = 1
    script: str
    dependency: str
    release: str
    python: str
    day: str | None
    rows: str
    columns: str
    works: tuple[PlaneArea, ...]
    points: tuple[PlanePoint, ...]
    environments: int
    seconds: float


# ---- tfcompat cache and doctor -------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class CachePart:
    """A folder or file of the cache, and for how long nothing in it changed."""

    name: str
    bytes: int
    unused_seconds: int


@dataclass(frozen=True, kw_only=True)
class CacheContent:
    """What the cache folder holds, the largest first."""

    schema: Literal[1] = 1
    cache: str
    entries: tuple[CachePart, ...]


@dataclass(frozen=True, kw_only=True)
class BrokenPython:
    """A file that looks like a Python and cannot serve; ``why`` completes "PATH ..."."""

    path: str
    why: str


@dataclass(frozen=True, kw_only=True)
class EngineCheck:
    """A container engine: whether it started a container, and its message where it did not."""

    name: str
    version: str
    works: bool
    said: str = ""


@dataclass(frozen=True, kw_only=True)
class OpenReleases:
    """How many releases of a package have a Python here, and what the others would need.

    ``by`` counts for each Python that is here the releases with a wheel for it; ``closed`` says of
    each release without a Python what to do.
    """

    dependency: str
    releases: int
    opened: int
    by: dict[str, int]
    closed: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class MachineCheck:
    """What was found on a machine. Sizes are in bytes, None where they are unknown.

    ``open_network`` is why the network cannot be closed for runs, empty where it can;
    ``open_files`` the same of files.
    """

    schema: Literal[1] = 1
    pythons: tuple[PrintedPython, ...]
    broken: tuple[BrokenPython, ...]
    fetchable: tuple[str, ...]
    releases: OpenReleases
    engines: tuple[EngineCheck, ...]
    uv: str
    links: bool
    open_network: str
    open_files: str
    index: str
    index_trouble: str | None
    index_seconds: float
    cores: int
    cpu: str
    avx: tuple[str, ...]
    memory: int | None
    cache: str
    free: int | None
    caches: dict[str, int] = field(default_factory=dict)
