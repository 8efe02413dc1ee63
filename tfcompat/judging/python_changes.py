"""What a failure owes to its Python: names that came or went with one, and syntax.

Pure. A name counts as Python's doing where the Python of the run lacks it and the Python of the
baseline, as far as it is known, has it: what both lack worked there without it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tfcompat.judging.failed_run import calls_in, chains_to, imported_from, written_module
from tfcompat.util import package_names, python_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tfcompat.judging.failed_run import FailedRun

SYNTAX_ERRORS = ("SyntaxError", "IndentationError", "TabError")

# What messages call the types of values, and where the table has them.
_TYPES = {
    "function": ("types.FunctionType",),
    "generator": ("types.GeneratorType",),
    "instancemethod": ("types.MethodType",),
    "method": ("types.MethodType",),
    "PosixPath": ("pathlib.Path", "pathlib.PurePath"),
    "WindowsPath": ("pathlib.Path", "pathlib.PurePath"),
}


def is_python_at_fault(failed: FailedRun, groups: Mapping[str, str]) -> bool:
    """Tell whether a failure is the doing of the run's Python.

    ``groups`` say what is missing, as the rules of causes.yaml name it.
    """
    if failed.raised is not None and failed.raised.name in SYNTAX_ERRORS:
        return failed.is_on_another_python and _is_compiling(failed)
    if "lazy" in groups:
        # Python 2 returned a list.
        return _major(failed.python) == "3" and _major(failed.baseline_python) == "2"
    if _is_implicit(failed, groups):
        return True
    name = lacking_name(failed, groups)
    if name is None or failed.is_own(name) or _is_result_of_library(failed, groups):
        # Some projects have the name of a module of newer Pythons.
        return False
    baseline = failed.baseline_python
    return baseline is None or python_names.has(name, baseline) is not False


def lacking_name(failed: FailedRun, groups: Mapping[str, str]) -> str | None:
    """Return the name that is missing, where others than the run's Python have it; else None.

    It is dotted, as ``time.clock`` or ``builtins.xrange``, or an argument of a function.
    """
    if not failed.python:
        return None
    for name in _candidates(failed, groups):
        if python_names.has(name, failed.python) is False:
            return name
    return None


def symbol_of(failed: FailedRun, groups: Mapping[str, str]) -> str | None:
    """Return the name that is missing as scripts write it; None for syntax."""
    if "lazy" in groups:
        return groups["lazy"].replace("_", ".")
    if _is_implicit(failed, groups):
        return None
    name = lacking_name(failed, groups)
    return python_names.public_name(name) if name else None


def explain(failed: FailedRun, groups: Mapping[str, str], said: str) -> str:
    """Return what happened, in one line; ``said`` is what the exception says."""
    if "lazy" in groups:
        return f"`{symbol_of(failed, groups)}` returns no list on Python {failed.python}: {said}"
    if _is_implicit(failed, groups) and failed.using_frame is not None:
        where, module = failed.using_frame.path_in_package, groups["submodule"]
        return f"{where} imports `{module}` from beside it, as Python 2 alone does: {said}"
    name = lacking_name(failed, groups)
    if name is None or failed.python is None:
        return _explain_syntax(failed, said)
    user = f", which {failed.using_project} uses" if failed.using_project else ""
    function, _, argument = python_names.public_name(name).rstrip(")").partition("(")
    if argument:
        what = f"`{function}` of Python {failed.python} takes no argument `{argument}`"
        return f"{what} ({_edge(name, failed.python, 'does')}){user}"
    edge = _edge(name, failed.python, "has it")
    return f"Python {failed.python} has no `{function}` ({edge}){user}"


def _is_implicit(failed: FailedRun, groups: Mapping[str, str]) -> bool:
    """Tell whether what is missing is there, and only Python 2 imports it so (PEP 328)."""
    return failed.run.implicit_import is not None and (
        groups.get("submodule") == failed.run.implicit_import
    )


def _edge(name: str, python: str, does: str) -> str:
    """Return which Python nearest to one has a name that it lacks."""
    span = python_names.span_of(name)
    if span is None:
        return f"another {does}"
    if _key(python) > _key(span.last):
        return f"the last that {does} is {span.last}"
    # 3.6 is the oldest Python 3 that was asked.
    return f"Python 3 {does}" if span.first == "3.6" else f"the first that {does} is {span.first}"


def _explain_syntax(failed: FailedRun, said: str) -> str:
    project, frame = failed.using_project, failed.using_frame
    if project is None or frame is None:
        return said
    python = f"Python {failed.python}" if failed.python else "This Python"
    return f"{python} cannot compile {frame.path_in_package} of {project}: {said}"


def _is_compiling(failed: FailedRun) -> bool:
    """Tell whether a file could not be compiled, which is another thing than code in a string."""
    frames = failed.raised.frames if failed.raised else ()
    return bool(frames) and frames[-1].compiled and not frames[-1].internal


def _candidates(failed: FailedRun, groups: Mapping[str, str]) -> Iterator[str]:
    """Yield what the missing name may be called in the standard library, likeliest first."""
    code = failed.using_code
    if "submodule" in groups:
        yield written_module(code, groups["submodule"])
    elif "variable" in groups:
        yield f"builtins.{groups['variable']}"
    elif "attribute" in groups:
        yield from _attributes(code, groups)
    elif "argument" in groups or "function" in groups:
        yield from _arguments(code, groups)
        # A function of the standard library hands on to another what it is given.
        deepest = failed.raised.frames[-1] if failed.raised and failed.raised.frames else None
        if deepest and deepest.standard:
            yield from _arguments(deepest.code, groups)


def _attributes(code: str, groups: Mapping[str, str]) -> Iterator[str]:
    attribute = groups["attribute"]
    if "module" in groups:
        yield f"{groups['module']}.{attribute}"
    elif "owner" in groups:
        owner = groups["owner"]
        yield f"builtins.{owner}.{attribute}"
        for known in (owner, *_TYPES.get(owner, ())):
            yield f"{known}.{attribute}"
        if "." not in owner:
            yield from python_names.names_ending(f"{owner}.{attribute}")
    else:
        imported = imported_from(code)
        if imported:
            yield f"{imported[0]}.{attribute}"
        for chain in chains_to(attribute, code):
            yield f"{chain}{attribute}"


def _arguments(code: str, groups: Mapping[str, str]) -> Iterator[str]:
    """Yield arguments: those of the functions that a line of code calls.

    Functions in C have other names in messages, and report no more than how many arguments there
    were; then the line has to show both.
    """
    said = groups.get("function", "").rpartition(".")[2]
    for called, _ in calls_in(code):
        is_said = said in (called.rpartition(".")[2], "__init__", "__new__")
        # What stands alone was imported by its name.
        functions = (called,) if "." in called else python_names.functions_ending(called)
        for name in (one for function in functions for one in python_names.arguments_of(function)):
            argument = name.partition("(")[2].rstrip(")")
            shown = is_said or ("." in called and re.search(rf"\b{argument}\s*=", code))
            if shown and groups.get("argument", argument) == argument:
                yield name


def _is_result_of_library(failed: FailedRun, groups: Mapping[str, str]) -> bool:
    """Tell whether, with no baseline to say more, it is a value that the library returned."""
    return (
        failed.baseline_python is None
        and "owner" in groups
        and library_call_before(failed, groups["attribute"]) is not None
    )


def library_call_before(failed: FailedRun, attribute: str) -> str | None:
    """Return the library's function of whose result the script takes an attribute, if it shows."""
    for called, follows in calls_in(failed.own_code):
        name = package_names.from_alias(called)
        # A call may go on in the next line, and its result may be indexed first.
        taken = not follows or re.match(rf"(?:\[[^\]]*\])?\s*\.{attribute}\b", follows)
        if taken and failed.is_own(name):
            return name
    return None


def _major(python: str | None) -> str:
    return (python or "").partition(".")[0]


def _key(python: str) -> tuple[int, ...]:
    return tuple(int(part) for part in python.split(".")[:2])
