"""The settings of a study: every key that may stand in ``caliper.yaml``, and what it may hold.

``docs/caliper.yaml.md`` and the JSON Schema for editors are made from these models.
"""

from __future__ import annotations

import datetime as dt
import re
import shlex
from typing import TYPE_CHECKING, Annotated, Any, Literal

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ByteSize,
    ConfigDict,
    Discriminator,
    Field,
    GetCoreSchemaHandler,
    GetPydanticSchema,
    Tag,
)
from pydantic_core import core_schema

from tfcompat.judging.output.noise import REPEATS
from tfcompat.judging.output.tolerance import FIGURES
from tfcompat.planning.release_specs import ReleaseSpec, parse_release_spec, parse_version

if TYPE_CHECKING:
    from collections.abc import Callable

STORED = "stored"
"""What names, in place of a release, the outputs that are stored in a notebook."""

_PYTHON = re.compile(r"(?:cp|python|py)?([23])\.?(0|[1-9]\d?)(?:m|mu)?")


def python_version(text: str) -> str:
    """Return ``"3.10"`` for ``"cp310"``, ``"3.10"`` or ``"cp310m"``.

    Raises ValueError for anything that is not a Python 2 or 3 with a minor number.
    """
    match = _PYTHON.fullmatch(text.strip())
    if match is None:
        msg = f"{text!r} is no Python version; write it as 3.6 or cp36"
        raise ValueError(msg)
    return f"{match[1]}.{match[2]}"


def check_resolve(text: str) -> str:
    """Return ``text`` if it is ``release``, ``latest`` or a date."""
    if text not in ("release", "latest"):
        try:
            resolve_date(text)
        except ValueError:
            msg = f"{text!r} is not one of: release, latest, a date such as 2021-01-05"
            raise ValueError(msg) from None
    return text


def resolve_date(text: str) -> dt.datetime:
    """Return the instant that a date or an RFC 3339 time names; UTC where it names no zone."""
    moment = dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.timezone.utc)


def _check_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        msg = f"{text!r} is no regular expression: {error}"
        raise ValueError(msg) from None
    return text


def _check_mask(text: str) -> str:
    if re.search(_check_pattern(text), ""):
        msg = f"{text!r} matches empty text, and so every place of every line"
        raise ValueError(msg)
    return text


def _check_requirement(text: str) -> str:
    try:
        return str(Requirement(text))
    except InvalidRequirement:
        msg = f"{text!r} is no requirement such as scikit-learn or scipy<1.3"
        raise ValueError(msg) from None


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    # caliper's own study names Python 3.10 twice.
    return tuple(dict.fromkeys(values))


def _as_baseline(value: object) -> object:
    """Return what ``2.0.0`` or ``2.0.0@3.10`` stands for."""
    if not isinstance(value, str):
        return value
    release, mark, python = value.partition("@")
    return {"release": release, "python": python} if mark else {"release": release}


def _parsed(parse: Callable[[str], object]) -> GetPydanticSchema:
    """Return the annotation of a value that is parsed from a text, and documented as that text.

    https://docs.pydantic.dev/latest/concepts/types/#customizing-validation-with-__get_pydantic_core_schema__
    """

    def text_schema(_source: object, _handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(
            parse,
            core_schema.str_schema(),
            serialization=core_schema.to_string_ser_schema(when_used="always"),
        )

    return GetPydanticSchema(text_schema)


def _as_words(value: object) -> object:
    """Return the words of a command line, given as one text or as a list of them."""
    if isinstance(value, str):
        try:
            return shlex.split(value)
        except ValueError as error:
            msg = f"{value!r} is no command line: {error}"
            raise ValueError(msg) from None
    return value


def _as_arguments(value: object) -> object:
    """Return what ``args`` holds: words for all examples, or by example.

    caliper's own key of that name holds values for its Docker template, which may be anything.
    """
    if isinstance(value, dict):
        words = {key: _as_words(found) for key, found in value.items()}
        return {key: found for key, found in words.items() if isinstance(found, list)}
    return _as_words(value)


_AS_LIST = BeforeValidator(_as_list, json_schema_input_type=str | list[str])

PythonVersion = Annotated[str, AfterValidator(python_version)]
PythonVersions = Annotated[tuple[PythonVersion, ...], _AS_LIST, AfterValidator(_each_once)]
ReleaseVersion = Annotated[Version, _parsed(parse_version)]
ReleaseSpecs = Annotated[tuple[Annotated[ReleaseSpec, _parsed(parse_release_spec)], ...], _AS_LIST]
Pattern = Annotated[str, AfterValidator(_check_pattern)]
MaskPattern = Annotated[str, AfterValidator(_check_mask)]
Requirements = Annotated[tuple[Annotated[str, AfterValidator(_check_requirement)], ...], _AS_LIST]
Paths = Annotated[tuple[str, ...], _AS_LIST]
Resolve = Annotated[str, AfterValidator(check_resolve)]
Engine = Literal["auto", "podman", "apptainer"]
EnvironmentKind = Literal["virtualenv", "container"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Baseline(_Model):
    """The release (and Python) that an example was written for."""

    release: ReleaseVersion = Field(description="such as 1.4.0")
    python: PythonVersion | None = Field(
        default=None, description="absent: that of `--python`, or of the release's day"
    )


class ToleranceLimits(_Model):
    """How far two numbers may lie apart and still count as equal."""

    relative: float = Field(
        default=1e-5, ge=0, allow_inf_nan=False, description="as a share of the larger number"
    )
    absolute: float = Field(default=1e-8, ge=0, allow_inf_nan=False, description="as it is")


class ExampleTolerance(ToleranceLimits):
    """How far the results of an example may lie apart and still count as equal."""

    figures: float = Field(
        default=FIGURES,
        ge=0,
        allow_inf_nan=False,
        description="how far two figures may lie apart, of 255, where they differ most "
        "([figures](figures.md))",
    )


class StudyTolerance(ExampleTolerance):
    """The study's tolerance, with exceptions by example and by pattern of a line."""

    examples: dict[str, ExampleTolerance] = Field(
        default={}, description="folder, glob or path of examples -> their own; the longest counts"
    )
    lines: dict[Pattern, ToleranceLimits] = Field(
        default={}, description="regular expression of a line -> its own, before its example's"
    )


class Container(_Model):
    """Which engine runs cells in containers, and from which image."""

    engine: Engine = Field(
        default="auto",
        description="`podman`, `apptainer`, or `auto`: the first that starts a container",
    )
    image: str | dict[PythonVersion, str] = Field(
        default="docker.io/library/python:{python}",
        description="`{python}` stands for the version; or Python -> image",
    )


def _baseline_kind(value: object) -> str:
    return "tag[stored]" if value == STORED else "tag[release]"


BaselineEntry = Annotated[
    Annotated[
        Annotated[Baseline, BeforeValidator(_as_baseline, json_schema_input_type=str | Baseline)],
        Tag("tag[release]"),
    ]
    | Annotated[Literal["stored"], Tag("tag[stored]")],
    Discriminator(_baseline_kind),
]


def _optional(default: object, description: str, **bounds: Any) -> Any:  # noqa: ANN401 - as Field
    """Return the field of a key that may be absent."""
    return Field(default=default, description=description, **bounds)


class Analysis(_Model):
    """The keys below ``analysis``."""

    name: str = _optional("", "what reports call the study")
    packagemanager: Literal["pypi"] = _optional("pypi", "where releases come from")
    dependency: str = Field(
        pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$",
        description="the package on the index",
    )
    tests: Paths = Field(
        min_length=1,
        description="scripts and notebooks, as paths or globs relative to the file; `pytest:PATH` "
        "takes the tests of a file, folder or glob",
    )
    versions: ReleaseSpecs = _optional(
        ("all",),
        "releases: `all`, `minors` (the last patch of each), versions, specifiers such as "
        '`">=2.4,<2.6"`',
        min_length=1,
        validate_default=True,
    )
    python_versions: PythonVersions = _optional(
        (),
        "`2.7` or `cp27` style: every release on each of them; absent: each release on one of its "
        "day, by the rule in `old-pythons.md`",
    )
    baselines: dict[str, BaselineEntry] = _optional(
        {},
        "folder, glob or path -> `{release, python}` that its examples were written for, or the "
        "same as text, `1.4.0` or `1.4.0@3.6`; or `stored`, the outputs in a notebook; the longest "
        "match counts; absent: the newest release of the campaign with which it exits 0",
    )
    resolve: Resolve = _optional(
        "release",
        "dependencies as of when the release was uploaded (`release`), as of today (`latest`), or "
        "a date such as `2021-01-05` (its midnight, UTC)",
    )
    requirements: Requirements = _optional((), "installed beside the dependency")
    constraints: Requirements = _optional(
        (), "requirements that hold for what is installed anyway, as constraints of pip"
    )
    downstream: Requirements = _optional(
        (),
        "packages such as `seaborn==0.13.2` that `tfcompat candidate` tries beside what is "
        "unreleased: their modules are imported, and the tests of their sources are run",
    )
    files: Literal["open", "closed"] | Paths = _optional(
        "closed",
        "shown to runs besides the top folder of every test; or `open`: all files of this machine",
    )
    timeout: float = _optional(600.0, "seconds for one run", gt=0, allow_inf_nan=False)
    repeats: int = _optional(
        REPEATS,
        "runs on each side, at least, before an output counts as different; more, up to 15, where "
        "it varies from run to run",
        ge=1,
    )
    threads: int = _optional(1, "cores for one run", ge=1)
    tolerance: StudyTolerance = _optional(
        StudyTolerance(), "how far numbers may lie apart and still count as equal"
    )
    mask: dict[str, MaskPattern] = _optional(
        {},
        "name -> regular expression of text that may differ from run to run; on one line it may "
        "take 5 s",
    )
    output: ByteSize = _optional(
        ByteSize(1_000_000), "bytes kept of each stream of a run, such as `1MB`", ge=1000
    )
    memory: ByteSize = _optional(ByteSize(4_000_000_000), "bytes for one run", ge=1_000_000)
    network: Literal["open", "closed"] = _optional(
        "closed", "whether runs may reach the network; installation always does"
    )
    scratch: ByteSize = _optional(
        ByteSize(2_000_000_000),
        "bytes that one run may write into its home, temporary and working folders",
        ge=1_000_000,
    )
    disk: ByteSize = _optional(
        ByteSize(20_000_000_000),
        "bytes that caches and environments may hold at once; least recently used goes first",
    )
    interpreters: Literal["auto", "never"] = _optional(
        "auto", "whether uv may fetch Pythons that are missing: `auto`, or `never`"
    )
    container: Container = _optional(
        Container(), "where a Python comes from that is neither here nor can be fetched"
    )
    prefer: EnvironmentKind | dict[PythonVersion, EnvironmentKind] = _optional(
        "virtualenv", "`container` also where the Python is here; or Python -> either"
    )
    args: Annotated[
        dict[str, tuple[str, ...]] | tuple[str, ...],
        BeforeValidator(
            _as_arguments, json_schema_input_type=str | list[str] | dict[str, str | list[str]]
        ),
    ] = _optional(
        (), "arguments of every example; or folder, glob or path -> its own: text, or a list"
    )
    stdin: dict[str, str] | str = _optional(
        {}, "the file that every example reads as standard input; or folder, glob or path -> file"
    )
    environment: dict[str, str | dict[str, str]] = _optional(
        {}, "variable -> value, for every example; or folder, glob or path -> its variables"
    )
    cwd: dict[str, str] | str = _optional(
        {},
        "the folder in which examples run; or folder, glob or path -> folder; absent: the file's",
    )
    figures: dict[str, bool] | bool = _optional(
        default=False,
        description="whether what examples draw with matplotlib is compared too; or folder, glob "
        "or path -> whether",
    )
    dockerfile: str | None = _optional(None, "caliper's; accepted and unused")

    @property
    def shown_files(self) -> Paths:
        """The paths that ``files`` names, if it names any."""
        return () if isinstance(self.files, str) else self.files

    @property
    def access_to_files(self) -> Literal["open", "closed"]:
        """Whether runs see the files of this machine."""
        return "open" if self.files == "open" else "closed"
