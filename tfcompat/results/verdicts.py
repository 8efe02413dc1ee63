"""The vocabulary of judging: verdicts, their basis, and the causes of failure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum


class Verdict(str, Enum):
    """What became of one run (or of a whole cell, where no environment was made)."""

    UNKNOWN = "unknown"
    UNBUILDABLE = "unbuildable"
    NO_BASELINE = "no-baseline"
    FAILED = "failed"
    SAME = "same"
    DIFFERENT = "different"


RUNS = frozenset({Verdict.SAME, Verdict.DIFFERENT})
"""The verdicts on what ends with exit 0."""

STYLES = {
    Verdict.SAME: "green",
    Verdict.DIFFERENT: "yellow",
    Verdict.FAILED: "red",
    Verdict.UNBUILDABLE: "magenta",
    Verdict.NO_BASELINE: "cyan",
    Verdict.UNKNOWN: "dim",
}
"""How each verdict is printed on a terminal, as styles of Rich."""


class Basis(str, Enum):
    """Why a run counts as the same as its baseline."""

    EXACT = "exact"
    NOISE = "noise"
    TOLERANCE = "tolerance"


class CauseKind(str, Enum):
    """The closed set of reasons behind a verdict that is not ``same``."""

    # The cell could not be tried on this machine.
    NO_INTERPRETER = "no-interpreter"
    NETWORK = "network"
    DISK = "disk"
    INTERRUPTED = "interrupted"
    NO_UPLOAD_TIMES = "no-upload-times"
    TOOL = "tool"
    BASELINE_UNAVAILABLE = "baseline-unavailable"
    UNCONFIRMED = "unconfirmed"  # it differs so far; the next run repeats it
    # No environment can be made.
    NO_WHEEL = "no-wheel"
    CONFLICT = "conflict"
    BUILD_ERROR = "build-error"
    # The named baseline cannot serve.
    EXAMPLE_BUG = "example-bug"
    UNSTABLE_BASELINE = "unstable-baseline"
    # The run did not end with exit 0.
    REMOVED_API = "removed-api"
    CHANGED_API = "changed-api"
    BEHAVIOUR = "behaviour"
    IMPORT_ERROR_OF_DEPENDENCY = "import-error-of-dependency"
    MISSING_PACKAGE = "missing-package"
    PYTHON = "python"  # what it took away, changed or does not have yet
    USAGE = "usage"
    MISSING_DATA = "missing-data"
    NEEDS_GPU = "needs-gpu"
    CPU_INSTRUCTION = "cpu-instruction"
    OUT_OF_MEMORY = "out-of-memory"
    OUT_OF_DISK = "out-of-disk"
    TIMEOUT = "timeout"
    OTHER = "other"
    # It ran, and gave another result; PYTHON may be why as well.
    LIBRARY = "library"  # the release itself
    DEPENDENCY = "dependency"  # a package beside it
    DEFAULT = "default"  # of an argument that the script does not pass
    DISPLAY = "display"  # only how it is printed
    UNEXPLAINED = "unexplained"

    @classmethod
    def _missing_(cls, value: object) -> CauseKind | None:
        """Read the name that a kind had in older files."""
        return cls.PYTHON if value == "python-syntax" else None


def _visible(character: str) -> str:
    if character.isprintable() or character in "\n\t":
        return character
    return character.encode("unicode_escape").decode("ascii")


OF_RESULTS = ("argument", "old", "new", "first_in", "evidence")
"""The fields of a cause that only that of another result has: elsewhere they are left out."""


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Why a cell or a run could not be compared, or gave another result.

    ``symbol`` is the name that is missing or changed, ``frame`` the deepest place in the example as
    ``file:line``, ``package`` the one at fault beside the package under study. Of a
    symbol, ``last_in`` is the last release of the campaign that has it, ``gone_in`` the first after
    that without it; where it is not there yet, ``added_in`` is the first known to have it. Each
    is None where it is not known.

    Of another result, ``old`` and ``new`` are the versions of the package or of Python, or the
    defaults of the ``argument`` of ``symbol``, without and with it. ``first_in`` is the release
    next to the last with the same result, and ``evidence`` the experiment that shows the cause;
    where it is None, none was made.
    """

    kind: CauseKind
    message: str
    symbol: str | None = None
    frame: str | None = None
    package: str | None = None
    gone_in: str | None = None
    last_in: str | None = None
    added_in: str | None = None
    argument: str | None = None
    old: str | None = None
    new: str | None = None
    first_in: str | None = None
    evidence: str | None = None

    def __post_init__(self) -> None:
        """Make control characters visible: examples write these texts, and terminals obey them."""
        for name in ("message", "symbol", "frame", "package", *OF_RESULTS):
            text = getattr(self, name)
            if text and not text.isprintable():
                object.__setattr__(self, name, "".join(map(_visible, text)))

    def as_json(self) -> dict[str, str | None]:
        """Return the cause as it stands in JSON."""
        content = {**asdict(self), "kind": self.kind.value}
        return {k: v for k, v in content.items() if v is not None or k not in OF_RESULTS}
