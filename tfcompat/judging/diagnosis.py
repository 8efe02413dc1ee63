"""Why a run failed: from its ending and its whole stderr to a cause of the closed set. Pure.

The rules are data (``data/causes.yaml``); here is how a rule is applied, and how
the text of an exception names what is missing and the package at fault.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Annotated

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from tfcompat.judging import missing_packages, python_changes
from tfcompat.judging.failed_run import (
    FailedRun,
    Place,
    chains_to,
    imported_from,
    written_module,
)
from tfcompat.results.verdicts import Cause, CauseKind
from tfcompat.util import package_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tfcompat.results.schema import Run

_MESSAGE_LIMIT = 500


def _compiled(value: object) -> object:
    return re.compile(value, re.DOTALL | re.MULTILINE) if isinstance(value, str) else value


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _all_compiled(value: object) -> object:
    listed = _listed(value)
    return [_compiled(one) for one in listed] if isinstance(listed, list) else listed


Regex = Annotated[re.Pattern[str], BeforeValidator(_compiled)]
Regexes = Annotated[tuple[re.Pattern[str], ...], BeforeValidator(_all_compiled)]


class CauseRule(BaseModel):
    """One row of causes.yaml; every condition that it states must hold."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    name: str
    kind: CauseKind
    signal: Regex | None = None
    retval: int | None = None
    stderr: Regex | None = None
    exception: Regex | None = None
    says: Regexes = ()
    handled: Regex | None = None
    at: Annotated[tuple[Place, ...], BeforeValidator(_listed)] = ()
    own: bool | None = None
    python: bool | None = None
    installed: bool | None = None
    message: str | None = None


def diagnose(
    run: Run,
    example: str,
    dependency: str,
    *,
    python: str | None = None,
    baseline_python: str | None = None,
    installed: frozenset[str] | None = None,
    module: str = "",
) -> Cause:
    """Return why a run of an example failed.

    ``example`` is its path, ``dependency`` the package under study: what its release took away is
    one kind of cause, a package beside it that is at fault is another. ``python`` is the one that
    it ran on, such as ``3.6``, ``baseline_python`` that of the baseline that it is compared with,
    and ``installed`` the packages of its environment; each is None where it is not known.
    ``module`` is what the example imports of the dependency, where that is not its usual name.
    """
    failed = FailedRun(run, example, dependency, python, baseline_python, installed, module)
    if run.timed_out:
        message = f"stopped after {run.seconds:.0f} s"
        return Cause(kind=CauseKind.TIMEOUT, message=message, frame=failed.where)
    if run.out_of_memory:
        message = "stopped at the study's memory limit"
        return Cause(kind=CauseKind.OUT_OF_MEMORY, message=message, frame=failed.where)
    if run.out_of_disk:
        message = "stopped at the study's limit for what a run writes"
        return Cause(kind=CauseKind.OUT_OF_DISK, message=message, frame=failed.where)
    if run.hidden_import:
        return _of_hidden_import(failed, run.hidden_import)
    rule, groups = classify(failed)
    kind = rule.kind if rule else CauseKind.OTHER
    said = _message(failed)
    return Cause(
        kind=kind,
        message=_worded(rule, failed, groups, said)[:_MESSAGE_LIMIT],
        symbol=_symbol_of_cause(kind, failed, groups),
        frame=failed.where,
        package=_package_of_cause(kind, failed, groups),
    )


def _of_hidden_import(failed: FailedRun, module: str) -> Cause:
    """Return that a part of a library is gone for want of a package that is not installed."""
    said = f"{_message(failed)}: it needs {module}, which is not installed"
    return Cause(
        kind=CauseKind.MISSING_PACKAGE,
        message=said[:_MESSAGE_LIMIT],
        frame=failed.where,
        package=package_names.package_name(module),
    )


def _worded(rule: CauseRule | None, failed: FailedRun, groups: Mapping[str, str], said: str) -> str:
    """Return what happened, in one line: in the words of its cause, where that has some."""
    if rule is None:
        return said
    if rule.message:
        return rule.message.format_map(groups)
    if rule.kind is CauseKind.PYTHON:
        return python_changes.explain(failed, groups, said)
    call = _returning_call(rule.kind, failed, groups)
    if call is not None:
        detail = said.removeprefix("AttributeError: ")
        return f"what `{call}` returns has no `{groups['attribute']}`: {detail}"
    return said


def _symbol_of_cause(kind: CauseKind, failed: FailedRun, groups: Mapping[str, str]) -> str | None:
    if kind is CauseKind.PYTHON:
        return python_changes.symbol_of(failed, groups)
    if kind is CauseKind.MISSING_PACKAGE:
        return None
    if kind is CauseKind.BEHAVIOUR:
        return _returning_call(kind, failed, groups)
    symbol = _symbol(failed, groups)
    if kind is CauseKind.IMPORT_ERROR_OF_DEPENDENCY and symbol and "." not in symbol:
        return None
    return symbol


def _package_of_cause(kind: CauseKind, failed: FailedRun, groups: Mapping[str, str]) -> str | None:
    if kind is CauseKind.PYTHON:
        return failed.using_project
    if kind is CauseKind.MISSING_PACKAGE:
        return missing_packages.find(failed, groups)
    if kind is CauseKind.IMPORT_ERROR_OF_DEPENDENCY:
        return _package(failed, groups)
    return None


def _returning_call(kind: CauseKind, failed: FailedRun, groups: Mapping[str, str]) -> str | None:
    """Return the library's function whose result lacks what is taken of it, if that shows."""
    if kind is not CauseKind.BEHAVIOUR or "attribute" not in groups:
        return None
    return python_changes.library_call_before(failed, groups["attribute"])


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
    if rule.retval is not None and rule.retval != failed.run.retval:
        return None
    kind, messages = (raised.name, [raised.message]) if raised else (None, [])
    handled = [one.message for one in failed.handled]
    groups: dict[str, str] = {}
    for patterns, texts, whole in (
        ((rule.signal,), [failed.run.signal], True),
        ((rule.exception,), [kind], True),
        (rule.says, messages, False),
        ((rule.handled,), handled, False),
        ((rule.stderr,), ["\n".join(failed.lines)], False),
    ):
        sought = [pattern for pattern in patterns if pattern is not None]
        match = _first_match(sought, texts, whole=whole)
        if sought and match is None:
            return None
        if match is not None:
            groups |= {name: found for name, found in match.groupdict().items() if found}
    if rule.at and (raised is None or failed.place not in rule.at):
        return None
    return groups if _holds(rule, failed, groups) else None


def _first_match(
    patterns: Sequence[re.Pattern[str]], texts: Sequence[str | None], *, whole: bool
) -> re.Match[str] | None:
    """Return the first match of several patterns, the first of which counts most."""
    for pattern in patterns:
        for text in texts:
            match = (pattern.fullmatch if whole else pattern.search)(text) if text else None
            if match is not None:
                return match
    return None


def _holds(rule: CauseRule, failed: FailedRun, groups: Mapping[str, str]) -> bool:
    """Tell whether what a rule says of the thing that its patterns found is so."""
    if rule.own is not None and rule.own is not _is_own(failed, groups):
        return False
    if rule.python is not None:
        return rule.python is python_changes.is_python_at_fault(failed, groups)
    if rule.installed is not None:
        return rule.installed is (missing_packages.find(failed, groups) is None)
    return True


def _is_own(failed: FailedRun, groups: Mapping[str, str]) -> bool:
    symbol = _symbol(failed, groups)
    return symbol is not None and failed.is_own(symbol)


def _symbol(failed: FailedRun, groups: Mapping[str, str]) -> str | None:
    """Return the name that is missing or changed, as the library's users know it."""
    if "submodule" in groups:
        module = written_module(failed.own_code, groups["submodule"])
        return package_names.public_name(module, failed.dependency)
    if "attribute" in groups:
        return _attribute(failed, groups)
    if "argument" not in groups and "function" not in groups:
        return None
    function = _function(failed, groups.get("function"))
    return f"{function or ''}({groups['argument']})" if "argument" in groups else function


def _attribute(failed: FailedRun, groups: Mapping[str, str]) -> str:
    """Return the dotted name of an attribute, as the example writes it, where it does."""
    attribute = groups["attribute"]
    code = failed.own_code
    imported = imported_from(code)
    if imported and re.search(rf"\b{attribute}\b", imported[1]):
        return f"{imported[0]}.{attribute}"
    for chain in chains_to(attribute, code):
        written = package_names.from_alias(f"{chain}{attribute}")
        if failed.is_own(written):
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
    calls: list[str] = re.findall(r"(?<![\w.])((?:\w+\.)+\w+)\(", failed.own_code)
    own = [call for call in map(package_names.from_alias, calls) if failed.is_own(call)]
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
        named["submodule"] = written_module(failed.own_code, named["submodule"])
    for name in map(package_names.from_alias, named.values()):
        if not failed.is_own(name):
            project = package_names.package_name(name)
            # What every Python lacks alike is for those who use it to do without.
            return (failed.using_project or project) if project == "python" else project
    for frame in reversed(failed.foreign_frames):
        if frame.package is not None:
            return failed.project_of(frame)
    return None


def _message(failed: FailedRun) -> str:
    raised, run = failed.raised, failed.run
    if raised is not None:
        # What an interpreter guesses is none of the message.
        return raised.headline.partition(". Did you mean: ")[0][:_MESSAGE_LIMIT]
    if run.signal:
        last = fatal_line(failed.lines)
        return f"ended by {run.signal}" + (f": {last}"[:_MESSAGE_LIMIT] if last else "")
    said = _telling_line(failed.lines)
    return f"exit code {run.retval}" + (f": {said}"[:_MESSAGE_LIMIT] if said else "")


# What the last words of a program that ends by itself have in them, where they say why.
_SAYS_WHY = re.compile(
    r"error|fail|cannot|can't|could not|invalid|unknown|unsupported|not supported|no longer"
    r"|required|missing|removed|deprecated|no such|not found",
    re.IGNORECASE,
)


# Lines of a log begin with the day. What came long before the end is not about it.
_LOGGED = re.compile(r"\d{4}-\d\d-\d\d|[WIE]\d{4} ")
_LAST_WORDS = 8


def _telling_line(lines: Sequence[str]) -> str:
    """Return which of the last lines says why a program ended, or else the last; "" for none."""
    written = [line.strip() for line in lines if line.strip()][-_LAST_WORDS:]
    why = [line for line in written if _SAYS_WHY.search(line) and not _LOGGED.match(line)]
    return (why or written or [""])[-1]


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
