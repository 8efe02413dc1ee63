"""The result file: its schema, how it is written and read, and how older ones are upgraded.

The file is a superset of the original caliper's, so that its scripts read ours and we read theirs.
caliper has three forms: built, build failed, and no wheel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tfcompat.errors import NewerSchemaError, ResultsError
from tfcompat.results.differences import (  # noqa: TC001 - pydantic reads the types of fields
    BandLine,
    Difference,
    LargestDifference,
)
from tfcompat.results.figures import DrawnFigure  # noqa: TC001 - likewise
from tfcompat.results.streams import Stream, read_document
from tfcompat.results.verdicts import OF_RESULTS, Basis, Cause, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

SCHEMA = 1

IMPORT_PHASE = "import"
"""The phase in which a cell's launchers imported the library."""

COMPARE_PHASE = "compare"
"""The phase in which a cell's runs were compared with their baselines."""


# JSON has no bounds for numbers: these are the ones that a file may hold.
Whole = Annotated[int, Field(ge=-(2**63), lt=2**63)]
Seconds = Annotated[float, Field(ge=-1e15, le=1e15)]


class _Record(BaseModel):
    # A file of a later minor change may have fields that this release does not know.
    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="strings")


class _Ending(_Record):
    # When it was started, in UTC (ISO 8601), and how long it took from then on.
    started: str | None = None
    retval: Whole
    seconds: Seconds
    signal: str | None = None
    timed_out: bool = False
    truncated: bool = False
    out_of_memory: bool = False
    out_of_disk: bool = False
    cpu_seconds: Seconds | None = None
    peak_memory: Whole | None = None
    isolation: Literal["fresh", "warm"] = "fresh"
    # What a library imported from beside its own file, as Python 3 does not.
    implicit_import: str | None = None
    # What is not installed, and a library tried to import and said nothing of.
    hidden_import: str | None = None


class Run(_Ending):
    """One execution of an example: when, what it printed and how it ended.

    ``figures`` is what it drew, None where that was not wanted.
    """

    output: Stream = []
    error: Stream = []
    figures: list[DrawnFigure] | None = None


class Repeat(_Ending):
    """A further run of an example; what equals the first run's is left out."""

    output: Stream | None = None
    error: Stream | None = None
    figures: list[DrawnFigure] | None = None


class Example(Run):
    """All runs of one example in one cell, the first one at the top, and their verdict.

    ``difference_count`` places differ, the first of which is ``first_difference``; ``diff`` is
    deepdiff's report. The largest distances are over all numbers, also those within noise or
    tolerance. ``comparison_note`` states how the comparison was cut short, if it was. ``band`` is
    the measured noise of a baseline, a row for each line with numbers. ``key`` identifies what was
    run: it is equal as long as nothing changed that a run could see. ``stored_output`` is what it
    was compared with where that is stored in a notebook. ``borrowed`` names the published campaign
    whose runs of the baseline it was compared with, where this campaign has none.
    """

    verdict: Verdict = Verdict.UNKNOWN
    baseline: str | None = None
    basis: Basis | None = None
    cause: Cause | None = None
    diff: dict[str, Any] | None = None
    first_difference: Difference | None = None
    difference_count: Whole = 0
    largest_relative: LargestDifference | None = None
    largest_absolute: LargestDifference | None = None
    comparison_note: str | None = None
    band: list[BandLine] | None = None
    stored_output: Stream | None = None
    borrowed: str | None = None
    runs: list[Repeat] = []
    key: str = ""

    @property
    def failure(self) -> Run | None:
        """The first of its runs that did not end with exit 0, if any."""
        if self.retval == 0 and all(repeat.retval == 0 for repeat in self.runs):
            # Here the outputs of the repeats need not be completed first.
            return None
        return next(run for run in self.all_runs if run.retval != 0)

    @property
    def all_runs(self) -> list[Run]:
        """Every run, the first one first, with nothing left out."""
        rest = []
        for repeat in self.runs:
            content = repeat.model_dump()
            for name in _LEFT_OUT_OF_REPEATS:
                if content[name] is None:
                    content[name] = getattr(self, name)
            rest.append(Run(**content))
        return [Run(**{name: getattr(self, name) for name in Run.model_fields}), *rest]


_LEFT_OUT_OF_REPEATS = ("output", "error", "figures")


def example_of(runs: list[Run], *, key: str) -> Example:
    """Return the record of an example's runs, without a verdict yet; there is at least one run."""
    first = runs[0]
    repeats = []
    for run in runs[1:]:
        content = run.model_dump()
        for name in _LEFT_OUT_OF_REPEATS:
            if getattr(run, name) == getattr(first, name):
                content[name] = None
        repeats.append(Repeat(**content))
    return Example(**first.model_dump(), runs=repeats, key=key)


def example_of_stored(output: Sequence[str]) -> Example:
    """Return the outputs that are stored in a notebook as an example that ran once."""
    return Example(retval=0, seconds=0.0, output=output)


class Wheel(_Record):
    """The file of the cell's release: a wheel, or a source distribution that was built."""

    filename: str
    sha256: str | None = None
    upload_time: str | None = None
    size: Whole | None = None


class CellEnvironment(_Record):
    """Where a cell's runs were made, and what is needed to make it again.

    ``failed_before`` are the seconds that a build took an earlier time, before it failed: it was
    not repeated.
    """

    release: str
    python: str
    resolve: str
    cut_off: str | None = None
    wheel: Wheel | None = None
    sdist: Wheel | None = None
    interpreter: dict[str, str] = {}
    backend: str | None = None
    host: dict[str, Any] = {}
    tool: dict[str, str] = {}
    phases: dict[str, Seconds] = {}
    failed_before: Seconds | None = None
    lock: str = ""
    repaired: list[str] = []
    requirements: list[str] = []
    constraints: list[str] = []
    pins: list[str] = []
    limits: dict[str, float] = {}
    network: Literal["open", "closed"] | None = None
    files: Literal["open", "closed"] | None = None

    @property
    def build_seconds(self) -> float:
        """How long making the environment took."""
        later = (IMPORT_PHASE, COMPARE_PHASE)
        return sum(spent for name, spent in self.phases.items() if name not in later)


class Inputs(_Record):
    """What was requested for the cell, under caliper's names."""

    dependency: str
    name: str
    outfile: str = ""
    outdir: str = ""
    dockerfile: str = ""
    tests: str = ""
    force: bool = False
    exists: bool = False
    cleanup: bool = True


class Build(_Record):
    """How making the environment ended; ``error`` is everything that the tool wrote to stderr."""

    retval: Whole
    output: list[str] = []
    error: list[str] = []


class CellResult(_Record):
    """Everything known of one cell; ``examples`` are by their paths.

    ``verdict`` and ``cause`` stand here only where no environment was made. ``freeze`` is None
    where there was nothing to freeze, and ``build`` where nothing was tried (no wheel).
    """

    inputs: Inputs
    environment: CellEnvironment | None = None
    freeze: list[str] | None = None
    build: Build | None = None
    examples: dict[str, Example] = Field(default_factory=dict)
    verdict: Verdict | None = None
    cause: Cause | None = None

    @property
    def identifier(self) -> str:
        """The cell's name."""
        return self.inputs.name

    def with_phase(self, name: str, seconds: float) -> CellResult:
        """Return the cell with the seconds of one of its phases."""
        if self.environment is None:
            return self
        phases = {**self.environment.phases, name: round(seconds, 3)}
        environment = self.environment.model_copy(update={"phases": phases})
        return self.model_copy(update={"environment": environment})


def count(cells: Iterable[CellResult], examples: Sequence[str], verdict: Verdict) -> int:
    """Count the verdicts of one kind on some examples, which are named by their paths.

    A cell without an environment counts for all of them.
    """
    return sum(
        len(examples)
        if cell.verdict is verdict
        else sum(e in cell.examples and cell.examples[e].verdict is verdict for e in examples)
        for cell in cells
    )


def to_document(cell: CellResult) -> dict[str, Any]:
    """Return the content of a cell's file, in that of caliper's three forms that applies.

    What the runs printed is in it as it is held in memory, which ``files`` writes as lists.
    """
    content = cell.model_dump(mode="json", exclude={"examples"})
    content["examples"] = {test: example_content(one) for test, one in cell.examples.items()}
    content = _without_unset(content)
    document: dict[str, Any] = {"schema": SCHEMA, "inputs": content["inputs"]}
    for name in ("verdict", "cause", "environment"):
        if content[name] is not None:
            document[name] = content[name]
    if content["freeze"] is not None:
        document["requirements.txt"] = content["freeze"]
    if content["build"] is None:
        document["build_retval"] = 1
        return document
    build = {k: v for k, v in content["build"].items() if v or k == "retval"}
    for example in content["examples"].values():
        for record in (example, *example["runs"]):
            _leave_out_unknown(record)
    document["tests"] = {"build": build, **content["examples"]}
    return document


_STREAMS = ("output", "error", "stored_output")


def example_content(example: Example) -> dict[str, Any]:
    """Return what a file holds of an example; its streams are as they are held in memory."""
    return _content(example, runs=[_content(repeat) for repeat in example.runs])


def _content(record: Example | Repeat, **parts: object) -> dict[str, Any]:
    """Return the fields of a record in their order; some are given as ``parts``."""
    names = type(record).model_fields
    parts |= {name: getattr(record, name) for name in _STREAMS if name in names}
    rest = record.model_dump(mode="json", exclude=set(parts))
    return {name: parts[name] if name in parts else rest[name] for name in names}


def _without_unset(content: dict[str, Any]) -> dict[str, Any]:
    """Take from a cell the fields that older files do not have and that say nothing here."""
    environment = content["environment"] or {}
    for name in ("constraints", "pins", "network", "files", "failed_before"):
        if environment.get(name, "") in ([], None):
            del environment[name]
    for part in (content, *content["examples"].values()):
        if part["cause"] is not None:
            for name in OF_RESULTS:
                if part["cause"][name] is None:
                    del part["cause"][name]
    return content


def _leave_out_unknown(record: dict[str, Any]) -> None:
    """Take out of an example or a repeat what only some have: older files have none of it."""
    imports = ("implicit_import", "hidden_import")
    some = ("started", *imports, "comparison_note", "stored_output", "borrowed", "figures")
    for name in some:
        if record.get(name, "") is None:
            del record[name]
    if not record.get("out_of_disk"):
        record.pop("out_of_disk", None)


def from_document(document: Any, source: Path) -> CellResult:  # noqa: ANN401 - it was just parsed
    """Return the cell of a file's content, upgraded from an older schema where need be.

    Raises ResultsError for a newer schema, TypeError or ValueError for what is no result file.
    """
    if not isinstance(document, dict):
        msg = "it holds no object"
        raise TypeError(msg)
    schema = document.get("schema", 0)
    if not isinstance(schema, int) or schema < 0:
        msg = "its `schema` is no number"
        raise TypeError(msg)
    if schema > SCHEMA:
        msg = (
            f"{source.name} was written by a newer tfcompat (schema {schema}, this one knows "
            f"{SCHEMA}); upgrade with: pip install --upgrade tfcompat"
        )
        raise NewerSchemaError(msg)
    if not isinstance(document.get("inputs"), dict):
        msg = "it has no `inputs`"
        raise TypeError(msg)
    while schema < SCHEMA:
        document = _UPGRADES[schema](document)
        schema += 1
    tests = document.get("tests")
    content: dict[str, Any] = {
        "inputs": document["inputs"],
        "freeze": document.get("requirements.txt"),
        "build": tests.get("build") if isinstance(tests, dict) else None,
        "examples": {k: v for k, v in (tests or {}).items() if k != "build"},
        **{k: document.get(k) for k in ("environment", "verdict", "cause")},
    }
    return CellResult.model_validate(content)


def _from_caliper(document: dict[str, Any]) -> dict[str, Any]:
    """Upgrade the original caliper's own file: what it never recorded is left unknown."""
    upgraded = {**document, "schema": 1}
    if "tests" not in document:
        upgraded["verdict"] = Verdict.UNBUILDABLE.value
        upgraded["cause"] = {"kind": "no-wheel", "message": "caliper found no wheel"}
        return upgraded
    build = document["tests"].get("build", {"retval": 0})
    if build.get("retval"):
        upgraded["verdict"] = Verdict.UNBUILDABLE.value
        last = (build.get("error") or ["no error was kept"])[-1]
        upgraded["cause"] = {"kind": "build-error", "message": str(last).strip()[:500]}
        return upgraded
    # caliper shows a run that ended well by its output alone; what has none was not run.
    upgraded["tests"] = {
        name: test if name == "build" else {"seconds": 0.0, **test}
        for name, test in document["tests"].items()
        if name == "build" or test.get("retval") or "output" in test
    }
    return upgraded


_UPGRADES = {0: _from_caliper}


def read_cell(path: Path) -> CellResult:
    """Read one result file.

    Raises ResultsError, with the reason, where it is damaged or was written by a newer release.
    """
    try:
        return from_document(read_document(path), path)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        msg = f"{path} is damaged: `{where}`: {fault['msg']}"
    except (OSError, ValueError, TypeError, LookupError, RecursionError, AttributeError) as error:
        msg = f"{path} is damaged: {error}"
    raise ResultsError(msg)
