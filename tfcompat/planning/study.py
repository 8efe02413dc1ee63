"""The study: one ``caliper.yaml``, validated when read.

The file's form is that of the original caliper (https://github.com/vsoch/caliper) with more keys,
each optional. Every scalar is read as text, so that an unquoted ``3.10`` stays 3.10; numbers are
converted where a key wants one.
"""

from __future__ import annotations

import os
import re
import reprlib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic import BaseModel, ValidationError

from tfcompat.errors import StudyError, near_miss
from tfcompat.planning.command import Command
from tfcompat.planning.notebooks import is_notebook
from tfcompat.planning.schema import (
    STORED,
    Analysis,
    Baseline,
    Container,
    ExampleTolerance,
    StudyTolerance,
    ToleranceLimits,
)
from tfcompat.planning.suites import (
    SEPARATOR,
    configuration,
    file_of,
    files_at,
    names_of_tests,
)
from tfcompat.util import package_names

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping

    from packaging.specifiers import SpecifierSet

_Value = TypeVar("_Value")

FILE_NAME = "caliper.yaml"

TESTS_OF = "pytest:"
"""What stands before a file, folder or glob of tests for pytest."""

RESULTS = "results"
"""The folder beside a study's file where its results are, unless the user names another."""


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project that a script needs.

    ``name`` is that on the index (``pyjwt``), ``title`` how the project writes it (``PyJWT``) and
    ``module`` what the script imports of it (``jwt``, ``google.cloud.storage``).
    """

    name: str
    title: str
    module: str


@dataclass(frozen=True, kw_only=True)
class Study:
    """One study: its file, its settings, and the examples that its ``tests`` name.

    ``examples`` are paths relative to ``root``, the file's folder, with forward slashes, in the
    order of the file. ``shows`` are the folders that a run sees, where the examples do not tell;
    ``project`` is what was learned of the dependency, where it was looked up. ``commands`` are how
    examples are run, where the settings do not tell. ``requires_python`` are the Pythons that
    scripts state, None for any. ``origins`` are the files that state requirements and constraints,
    by these, and ``said`` are lines on what was taken from them.
    """

    path: Path
    root: Path
    analysis: Analysis
    examples: tuple[str, ...]
    shows: tuple[str, ...] = ()
    project: Project | None = None
    commands: Mapping[str, Command] = field(default_factory=dict)
    requires_python: SpecifierSet | None = None
    origins: Mapping[str, str] = field(default_factory=dict)
    said: tuple[str, ...] = ()

    @property
    def module(self) -> str:
        """What scripts import of the dependency."""
        if self.project is not None:
            return self.project.module
        return package_names.import_name(self.analysis.dependency)

    @property
    def title(self) -> str:
        """The dependency as its project writes it, and by what it is imported."""
        name = self.library
        return name if name == self.module else f"{name} (import {self.module})"

    @property
    def tests(self) -> tuple[str, ...]:
        """The examples."""
        return self.examples

    @property
    def results(self) -> Path:
        """The folder of its results, where the user names none."""
        return self.root / RESULTS

    def baseline(self, example: str) -> Baseline | None:
        """Return the release that the longest matching key names for an example, if any."""
        named = _own(self.analysis.baselines, example)
        return named if isinstance(named, Baseline) else None

    def is_stored(self, example: str) -> bool:
        """Tell whether an example is compared with the outputs that are stored in it."""
        return _own(self.analysis.baselines, example) == STORED

    def tolerance(self, example: str) -> ExampleTolerance:
        """Return the tolerance for an example: that of the longest matching key, or the study's."""
        own = _own(self.analysis.tolerance.examples, example)
        return self.analysis.tolerance if own is None else own

    def command(self, example: str) -> Command:
        """Return how an example is run."""
        if example in self.commands:
            return self.commands[example]
        given = self.analysis
        arguments = _own(given.args, example) if isinstance(given.args, dict) else given.args
        stdin = _own(given.stdin, example) if isinstance(given.stdin, dict) else given.stdin
        folder = _own(given.cwd, example) if isinstance(given.cwd, dict) else given.cwd
        common = {name: text for name, text in given.environment.items() if isinstance(text, str)}
        sets = {key: found for key, found in given.environment.items() if isinstance(found, dict)}
        figures = _own(given.figures, example) if isinstance(given.figures, dict) else given.figures
        variables = common | (_own(sets, example) or {})
        return Command(
            script=file_of(example),
            suite=SEPARATOR in example,
            arguments=arguments or (),
            stdin=stdin or None,
            environment=tuple(sorted(variables.items())),
            folder=folder or (str(PurePosixPath(example).parent) if is_notebook(example) else "."),
            # A test has an outcome.
            figures=bool(figures) and SEPARATOR not in example,
        )

    def file(self, example: str) -> Path:
        """Return the file of an example: a script, or that of a test."""
        return self.root / self.command(example).script

    def prefers_container(self, python: str) -> bool:
        """Whether cells of a Python are to live in containers also where it is on this machine."""
        prefer = self.analysis.prefer
        return (prefer if isinstance(prefer, str) else prefer.get(python)) == "container"

    def shown(self) -> tuple[str, ...]:
        """Return the folders and files that a run sees, relative to ``root``.

        These are the top folder of every example and what ``files`` names. An example that lies at
        the top has no folder of its own: then all of the study's folder is shown.
        """
        if self.shows:
            return self.shows
        commands = [self.command(example) for example in self.examples]
        named = [command.stdin for command in commands] + [one.folder for one in commands]
        tops = [PurePosixPath(command.script).parts for command in commands]
        tops += [PurePosixPath(path).parts for path in named if path not in (None, ".")]
        if any(len(parts) == 1 for parts in tops[: len(commands)]):
            return (".",)
        read = [
            path.relative_to(self.root).as_posix()
            for command in commands
            if command.suite
            for path in configuration((self.root / command.script).parent, self.root)
        ]
        return tuple(
            dict.fromkeys([*(parts[0] for parts in tops), *self.analysis.shown_files, *read])
        )

    @property
    def library(self) -> str:
        """The name of the dependency as its project writes it, where that is known."""
        return self.project.title if self.project else self.analysis.dependency

    def notes(self) -> Iterator[str]:
        """Yield what was taken from which file, and each key that has no effect, a line each."""
        yield from self.said
        given = self.analysis.model_fields_set
        unused = {
            "dockerfile": "no Docker is used; environments are made here",
        }
        for key, why in unused.items():
            if key in given:
                yield f"{self.path.name}: `{key}` is accepted and unused: {why}."
        for name in ("baselines", "args", "stdin", "cwd", "figures"):
            keys = getattr(self.analysis, name)
            for key in keys if isinstance(keys, dict) else ():
                if not any(covers(key, example) for example in self.examples):
                    yield f"{self.path.name}: `{name}.{key}` matches no example."


def _own(values: Mapping[str, _Value], example: str) -> _Value | None:
    """Return the value of the longest key that is for an example, None where none is."""
    matching = [key for key in values if covers(key, example)]
    return values[max(matching, key=len)] if matching else None


def covers(key: str, example: str) -> bool:
    """Tell whether a key of ``baselines`` or ``tolerance`` is for an example.

    A key is the path of an example, a folder of examples, or a glob; of tests also their file or
    class.
    """
    key = key.rstrip("/")
    within = example.startswith((f"{key}/", f"{key}{SEPARATOR}"))
    return example == key or within or fnmatchcase(example, key)


class _TextLoader(yaml.SafeLoader):
    """A safe loader for which every scalar is text, but for null and the merge key."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's way to configure a loader class
        first: [resolver for resolver in resolvers if resolver[0].endswith((":null", ":merge"))]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    # Explicit tags such as !!int are refused with all others.
    yaml_constructors = {  # noqa: RUF012 - likewise
        tag: construct
        for tag, construct in yaml.SafeLoader.yaml_constructors.items()
        if tag is None or tag.endswith((":null", ":str", ":seq", ":map"))
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for key in keys:
            if keys.count(key) > 1 and key != "<<":
                msg = f"the key {key!r} is given twice"
                raise yaml.constructor.ConstructorError(None, None, msg, node.start_mark)
        return super().construct_mapping(node, deep=deep)


def root_of(path: Path) -> Path:
    """Return the folder of a study, given its file or that folder."""
    return (path / FILE_NAME if path.is_dir() else path).resolve().parent


def load_study(path: Path) -> Study:
    """Read and validate a study.

    Raises StudyError, whose text names the key at fault and what is allowed there.
    """
    try:
        if path.is_dir():
            path /= FILE_NAME
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        msg = f"there is no study at {path}; `tfcompat init` writes one, --config names another"
        raise StudyError(msg) from None
    except (OSError, UnicodeDecodeError) as error:
        msg = f"cannot read {path}: {error}"
        raise StudyError(msg) from None
    try:
        # The loader is a SafeLoader that knows fewer types, not more.
        document = yaml.load(text, Loader=_TextLoader)  # noqa: S506
    except (yaml.YAMLError, RecursionError) as error:
        msg = f"{path.name} is no valid YAML: {' '.join(str(error).split())}"
        raise StudyError(msg) from None
    analysis = validate(path, document)
    root = root_of(path)
    examples = _find_examples(path, root, analysis)
    analysis = with_pytest(analysis, examples)
    _check_places(path, root, analysis)
    return Study(path=path, root=root, analysis=analysis, examples=examples)


def with_pytest(analysis: Analysis, examples: Iterable[str]) -> Analysis:
    """Return settings by which pytest is installed where examples are tests, if it is not yet."""
    names = {canonicalize_name(Requirement(one).name) for one in analysis.requirements}
    names.add(canonicalize_name(analysis.dependency))
    if "pytest" in names or not any(SEPARATOR in example for example in examples):
        return analysis
    return analysis.model_copy(update={"requirements": (*analysis.requirements, "pytest")})


def validate(path: Path, document: object) -> Analysis:
    """Return the settings that a study's document holds; raise StudyError as ``load_study`` does.

    ``path`` is the file that the error names.
    """
    if not isinstance(document, dict) or set(document) != {"analysis"}:
        found = ", ".join(map(str, document)) if isinstance(document, dict) else "no keys"
        msg = f"{path.name} must have the one top key `analysis`; it has {found or 'none'}"
        raise StudyError(msg)
    if not isinstance(document["analysis"], dict):
        msg = f"{path.name}: `analysis` must hold keys such as `dependency` and `tests`"
        raise StudyError(msg)
    # An empty key is as good as an absent one.
    given = {key: value for key, value in document["analysis"].items() if value is not None}
    try:
        return Analysis.model_validate(given)
    except ValidationError as error:
        faults = [_describe(dict(fault)) for fault in error.errors()]
        more = f"; and {len(faults) - _FAULTS} more" if len(faults) > _FAULTS else ""
        msg = f"{path.name}: {'; '.join(faults[:_FAULTS])}{more}"
        raise StudyError(msg) from None


# What pydantic puts into a location beside the keys: the alternatives of a union, a key as such.
_PYDANTICS = re.compile(r"function-\w+\[.*|dict\[.*|literal\[.*|tag\[.*|str|\[key\]")


# Aliases of YAML can make a value of a few lines larger than memory.
_SHORT = reprlib.Repr()
_SHORT.maxlevel = 2
_SHORT.maxstring = 100
# So many are reported at once.
_FAULTS = 10


def _describe(fault: dict[str, Any]) -> str:
    """Turn one of pydantic's faults into a clause that names the key and what is allowed."""
    location = [str(part) for part in fault["loc"] if not _PYDANTICS.fullmatch(str(part))]
    key = ".".join(location)
    if fault["type"] == "extra_forbidden":
        known = _keys_at(location[:-1])
        hint = near_miss(location[-1], known) or f"; known are {', '.join(known)}"
        return f"unknown key `{key}`{hint}"
    if fault["type"] == "missing":
        return f"the key `{key}` is missing"
    message = fault["msg"].removeprefix("Value error, ")
    return f"`{key}`: {message[0].lower()}{message[1:]} (it is {_SHORT.repr(fault['input'])})"


def _keys_at(location: list[str]) -> list[str]:
    """Return the keys that may stand at a place of the settings."""
    models: dict[str, type[BaseModel]] = {
        "baselines": Baseline,
        "tolerance": StudyTolerance,
        "container": Container,
    }
    model = models.get(location[0], Analysis) if location else Analysis
    if model is StudyTolerance and len(location) > 1:
        model = ExampleTolerance if location[1] == "examples" else ToleranceLimits
    return list(model.model_fields)


def _find_examples(path: Path, root: Path, analysis: Analysis) -> tuple[str, ...]:
    """Return the examples of ``tests``; raise StudyError where it or ``files`` names nothing."""
    found: dict[str, None] = {}
    for pattern in analysis.shown_files:
        _named(path, root, "files", pattern)
    for pattern in analysis.tests:
        name = pattern.removeprefix(TESTS_OF)
        matches = _named(path, root, "tests", name)
        if name != pattern:
            files = [file for match in matches for file in files_at(match)]
            sources = {file.relative_to(root).as_posix(): file.read_bytes() for file in files}
            for tests in names_of_tests(sources).values():
                found.update(dict.fromkeys(tests))
            continue
        scripts = [match for match in matches if match.is_file()]
        if not scripts:
            msg = f"{_no_match(path, root, 'tests', name)} but folders; or name {TESTS_OF}{name}"
            raise StudyError(msg)
        found.update(dict.fromkeys(script.relative_to(root).as_posix() for script in scripts))
    for name in found:
        check_name(name)
    return tuple(found)


def check_name(name: str) -> None:
    """Raise StudyError for the path of an example that no result file could hold."""
    try:
        name.encode()
    except UnicodeEncodeError:
        msg = f"the name of {os.fsencode(name)!r} is not UTF-8, which results are; rename the file"
        raise StudyError(msg) from None


def _named(path: Path, root: Path, key: str, pattern: str) -> list[Path]:
    """Return what a path or a glob names; raise StudyError where that is nothing."""
    _check_inside(path, key, pattern)
    matches = _matches(root, pattern)
    if not matches:
        raise StudyError(_no_match(path, root, key, pattern))
    return matches


def _no_match(path: Path, root: Path, key: str, pattern: str) -> str:
    return f"{path.name}: `{key}`: nothing matches {pattern!r} below {root}"


def _check_places(path: Path, root: Path, analysis: Analysis) -> None:
    """Raise StudyError where ``stdin`` names no file of the study, or ``cwd`` no folder."""
    for key, is_there, kind in (("stdin", Path.is_file, "file"), ("cwd", Path.is_dir, "folder")):
        given = getattr(analysis, key)
        for name in given.values() if isinstance(given, dict) else [given]:
            _check_inside(path, key, name)
            if not is_there(root / name):
                msg = f"{path.name}: `{key}`: there is no {kind} {name!r} below {root}"
                raise StudyError(msg)


def _check_inside(path: Path, key: str, name: str) -> None:
    if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
        msg = f"{path.name}: `{key}`: {name!r} leaves the study's folder; move it there"
        raise StudyError(msg)


def _matches(root: Path, pattern: str) -> list[Path]:
    """Return what a path or a glob names; nothing for what no file system could hold."""
    try:
        found = [root / pattern] if (root / pattern).exists() else []
        return found or sorted(root.glob(pattern))
    except (OSError, ValueError):
        return []
