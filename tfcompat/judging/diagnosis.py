"""Why a run failed: from its ending and its whole stderr to a cause of the closed set. Pure.

The rules are data (``data/causes.yaml``); here is how a rule is applied, and how
the text of an exception names what is missing and the package at fault.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Annotated, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from tfcompat.judging import tracebacks
from tfcompat.results.verdicts import Cause, CauseKind
from tfcompat.util import package_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tfcompat.judging.tracebacks import Frame, Raised
    from tfcompat.results.schema import Run

_MESSAGE_LIMIT = 500

Place = Literal["import", "script", "library"]


def _compiled(value: object) -> object:
    return re.compile(value, re.DOTALL | re.MULTILINE) if isinstance(value, str) else value


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Regex = Annotated[re.Pattern[str], BeforeValidator(_compiled)]


class CauseRule(BaseModel):
    """One row of causes.yaml; every condition that it states must hold."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    name: str
    kind: CauseKind
    signal: Regex | None = None
    stderr: Regex | None = None
    exception: Regex | None = None
    says: Regex | None = None
    at: Annotated[tuple[Place, ...], BeforeValidator(_listed)] = ()
    own: bool | None = None
    message: str | None = None


@dataclass(frozen=True)
class FailedRun:
    """A run that failed, of an example (by its path) of a study of a ``dependency``."""

    run: Run
    example: str
    dependency: str

    @cached_property
    def lines(self) -> list[str]:
        """Its stderr, line by line."""
        return [line.rstrip("\n") for line in self.run.error]

    @cached_property
    def raised(self) -> Raised | None:
        """The exception that ended it."""
        return tracebacks.ending(self.lines)

    @cached_property
    def own_frame(self) -> Frame | None:
        """The deepest place of the traceback that lies in the example."""
        frames = self.raised.frames if self.raised else ()
        mine = [
            frame
            for frame in frames
            if frame.file == self.example or frame.file.endswith(f"/{self.example}")
        ]
        return mine[-1] if mine else None

    @cached_property
    def foreign_frames(self) -> list[Frame]:
        """The places further in, which are not the example's."""
        frames = [f for f in (self.raised.frames if self.raised else ()) if not f.internal]
        if self.own_frame is None:
            return frames
        return frames[len(frames) - frames[::-1].index(self.own_frame) :]

    @property
    def place(self) -> Place:
        """Where the exception was raised."""
        code = self.own_frame.code if self.own_frame else ""
        if not self.foreign_frames:
            return "script"
        return "import" if re.match(r"(?:from|import)\s", code) else "library"

    @property
    def where(self) -> str | None:
        """The deepest place in the example, as ``file:line``."""
        return f"{self.example}:{self.own_frame.line}" if self.own_frame else None


def diagnose(run: Run, example: str, dependency: str) -> Cause:
    """Return why a run of an example failed.

    ``example`` is its path, ``dependency`` the package under study: what its release took away is
    one kind of cause, a package beside it that is at fault is another.
    """
    failed = FailedRun(run, example, dependency)
    if run.timed_out:
        message = f"stopped after {run.seconds:.0f} s"
        return Cause(kind=CauseKind.TIMEOUT, message=message, frame=failed.where)
    if run.out_of_memory:
        message = "stopped at the study's memory limit"
        return Cause(kind=CauseKind.OUT_OF_MEMORY, message=message, frame=failed.where)
    rule, groups = classify(failed)
    kind = rule.kind if rule else CauseKind.OTHER
    symbol = _symbol(failed, groups)
    package = None
    if kind is CauseKind.IMPORT_ERROR_OF_DEPENDENCY:
        package = _package(failed, groups)
        symbol = symbol if symbol and "." in symbol else None
    message = _message(failed)
    if rule is not None and rule.message:
        message = rule.message.format_map(groups)
    return Cause(kind=kind, message=message, symbol=symbol, frame=failed.where, package=package)


def classify(failed: FailedRun) -> tuple[CauseRule | None, dict[str, str]]:
    """Return the first rule that applies, and the groups that it found; None where none does."""
    for rule in load_rules():
        groups = _applies(rule, failed)
        if groups is not None:
            return rule, groups
    return None, {}


def _applies(rule: CauseRule, failed: FailedRun) -> dict[str, str] | None:
    """Return what a rule's patterns found, or None where the rule does not apply."""
    raised = failed.raised
    kind, message = (raised.name, raised.message) if raised else (None, None)
    groups: dict[str, str] = {}
    for pattern, text, whole in (
        (rule.signal, failed.run.signal, True),
        (rule.exception, kind, True),
        (rule.says, message, False),
        (rule.stderr, "\n".join(failed.lines), False),
    ):
        if pattern is None:
            continue
        match = (pattern.fullmatch if whole else pattern.search)(text) if text is not None else None
        if match is None:
            return None
        groups |= {name: found for name, found in match.groupdict().items() if found}
    if rule.at and (raised is None or failed.place not in rule.at):
        return None
    if rule.own is not None and rule.own is not _is_own(failed, groups):
        return None
    return groups


def _is_own(failed: FailedRun, groups: Mapping[str, str]) -> bool:
    symbol = _symbol(failed, groups)
    return symbol is not None and package_names.is_own(symbol, failed.dependency)


def _is_part(module: str, dependency: str) -> bool:
    return package_names.is_own(package_names.public_name(module, dependency), dependency)


_FROM = re.compile(r"from\s+([\w.]+)\s+import\s+(.+)")


def _symbol(failed: FailedRun, groups: Mapping[str, str]) -> str | None:
    """Return the name that is missing or changed, as the library's users know it."""
    if "submodule" in groups:
        return package_names.public_name(_written(failed, groups["submodule"]), failed.dependency)
    if "attribute" in groups:
        return _attribute(failed, groups)
    if "argument" not in groups and "function" not in groups:
        return None
    function = _function(failed, groups.get("function"))
    return f"{function or ''}({groups['argument']})" if "argument" in groups else function


def _written(failed: FailedRun, module: str) -> str:
    """Return the whole name of a module of which Python 2 reports the last part alone."""
    code = failed.own_frame.code if failed.own_frame else ""
    whole = re.search(rf"(?<![\w.])[\w.]+\.{re.escape(module)}\b", code)
    return whole[0] if whole else module


def _attribute(failed: FailedRun, groups: Mapping[str, str]) -> str:
    """Return the dotted name of an attribute, as the example writes it, where it does."""
    attribute = groups["attribute"]
    code = failed.own_frame.code if failed.own_frame else ""
    imported = _FROM.match(code)
    if imported and re.search(rf"\b{attribute}\b", imported[2]):
        return f"{imported[1]}.{attribute}"
    for chain in re.findall(rf"(?<![\w.])((?:\w+\.)+){attribute}\b", code):
        written = package_names.from_alias(f"{chain}{attribute}")
        if package_names.is_own(written, failed.dependency):
            return written
        if package_names.from_alias(chain.rstrip(".")) != chain.rstrip("."):
            return written
    if "module" in groups:
        module = package_names.from_alias(groups["module"])
        return f"{package_names.public_name(module, failed.dependency)}.{attribute}"
    return f"{groups['owner']}.{attribute}" if "owner" in groups else attribute


def _function(failed: FailedRun, name: str | None) -> str | None:
    """Return the dotted name of a function, as the example calls it, where it does."""
    last = name.rpartition(".")[2] if name else "__init__"
    code = failed.own_frame.code if failed.own_frame else ""
    calls: list[str] = re.findall(r"(?<![\w.])((?:\w+\.)+\w+)\(", code)
    own = [
        call
        for call in map(package_names.from_alias, calls)
        if package_names.is_own(call, failed.dependency)
    ]
    for call in own:
        if call.rpartition(".")[2].replace("_", "").lower() == last.replace("_", "").lower():
            return call
    # A constructor is called by the name of its class.
    if own and last in ("__init__", "__new__", "__call__", "<lambda>"):
        return own[0]
    return name and name.removesuffix(".__init__")


def _package(failed: FailedRun, groups: Mapping[str, str]) -> str | None:
    """Return the package at fault when the one under study cannot be imported or used."""
    named = {name: groups[name] for name in ("package", "module", "submodule") if name in groups}
    if "submodule" in named:
        named["submodule"] = _written(failed, named["submodule"])
    for name in map(package_names.from_alias, named.values()):
        if not package_names.is_own(name, failed.dependency):
            return package_names.package_name(name)
    for frame in reversed(failed.foreign_frames):
        if frame.package is not None:
            own = _is_part(frame.package, failed.dependency)
            return failed.dependency if own else package_names.package_name(frame.package)
    return None


def _message(failed: FailedRun) -> str:
    raised, run = failed.raised, failed.run
    if raised is not None:
        # What an interpreter guesses is none of the message.
        return raised.headline.partition(". Did you mean: ")[0][:_MESSAGE_LIMIT]
    if run.signal:
        last = fatal_line(failed.lines)
        return f"ended by {run.signal}" + (f": {last}"[:_MESSAGE_LIMIT] if last else "")
    last = next((line.strip() for line in reversed(failed.lines) if line.strip()), "")
    return f"exit code {run.retval}" + (f": {last}"[:_MESSAGE_LIMIT] if last else "")


_FATAL = re.compile(
    r"^(?:\S+ \S+: )?F .*\] (?P<tf>.+)|^Fatal Python error: (?P<python>.+)"
    r"|(?P<what>what\(\): .+)|(?P<check>Check failed: .+)"
)


def fatal_line(lines: Sequence[str]) -> str | None:
    """Return what a C++ library or the interpreter reported as it aborted, or None."""
    for line in lines:
        match = _FATAL.search(line)
        if match:
            return next(text for text in match.groups() if text).strip()
    return None


@lru_cache(maxsize=1)
def load_rules() -> tuple[CauseRule, ...]:
    """Return the rules that ship, in the order in which they are tried."""
    source = resources.files("tfcompat") / "data" / "causes.yaml"
    return read_rules(source.read_text(encoding="utf-8"))


def read_rules(text: str) -> tuple[CauseRule, ...]:
    """Turn the text of a rule file into rules; ValueError names the row at fault."""
    try:
        content = yaml.safe_load(text)
        return tuple(TypeAdapter(list[CauseRule]).validate_python(content))
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        raise ValueError(f"causes.yaml: {where}: {fault['msg']}") from error
    except (yaml.YAMLError, re.error) as error:
        raise ValueError(f"causes.yaml: {error}") from error
