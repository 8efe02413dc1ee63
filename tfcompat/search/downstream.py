"""What a candidate changes for other packages: their modules are imported, their tests are run.

Each package has a trial of its own, beside the candidate and beside what that is compared with, so
that packages which do not go together do not come into each other's way.
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement

from tfcompat.environments.index.archives import UnreadableArchiveError, open_archive
from tfcompat.environments.index.client import PackageIndex
from tfcompat.environments.index.contents import contents_of
from tfcompat.errors import OutOfTimeError, SelectionError, StudyError
from tfcompat.execution import workspace
from tfcompat.planning.study import load_study
from tfcompat.planning.suites import files_at
from tfcompat.planning.surroundings import CommandLine
from tfcompat.search.candidate import NO_TIME
from tfcompat.search.candidate_answers import untried
from tfcompat.util import folders, processes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tfcompat.environments.index.client import Distribution, Release
    from tfcompat.execution.campaign_run import RunOptions
    from tfcompat.execution.progress import ProgressListener
    from tfcompat.search.candidate import Attempt
    from tfcompat.search.candidate_answers import CandidateAnswer
    from tfcompat.search.candidate_subject import CandidateQuestion
    from tfcompat.search.request import SearchRequest

# Where a source distribution has its tests, below its own folder.
_TESTS = ("tests", "test")

# Imports all modules of a package, and prints those that cannot be: so one that breaks is seen
# beside others that never could be imported, such as those for another system.
_IMPORTS = """\
import importlib
import pkgutil

import {module}

for found in sorted(one.name for one in pkgutil.walk_packages({module}.__path__, "{module}.")):
    if not found.rpartition(".")[2].startswith("__") and ".test" not in found:
        try:
            importlib.import_module(found)
        except Exception as error:
            print(found, type(error).__name__)
print("imported")
"""
_IMPORTING = re.compile(r"^import_(\w+)\.py$")
_IMPORTED = re.compile(r"^import (\w+)$")
_IMPORT = "import {module}\n\nprint({module}.__name__)\n"


def downstream_of(request: SearchRequest, named: Sequence[str]) -> tuple[str, ...]:
    """Return the packages that are tried downstream: those that are named, else the study's.

    Raises SelectionError for what is no requirement, StudyError for a study that cannot be read.
    """
    for text in named:
        try:
            Requirement(text)
        except InvalidRequirement:
            msg = f"--downstream: {text!r} is no requirement such as seaborn==0.13.2"
            raise SelectionError(msg) from None
    if named or request.scripts or not request.selection.config.exists():
        return tuple(named)
    return load_study(request.selection.config).analysis.downstream


def try_everything(
    question: CandidateQuestion, options: RunOptions, progress: ProgressListener, attempt: Attempt
) -> CandidateAnswer:
    """Try scripts or a study, if there are any, and then each package downstream, while time lasts.

    Examples of packages are named by the package and the module or test, such as
    ``seaborn==0.13.2: import seaborn``. Raises UserError for what the user has to change,
    IndexUnavailableError without a network, OutOfTimeError where there is nothing to tell.
    """
    answers = []
    without_time: dict[str, None] = {}
    request, packages = question.request, question.downstream
    if request.scripts or request.selection.config.exists() or not packages:
        own = question.only
        if own is not None:
            own -= {name for package in packages for name in own if _is_of(package, name)}
        if own is None or own:
            answers.append(attempt(replace(question, only=own), options, progress))
    with ExitStack() as stack:
        stack.enter_context(processes.interruptible())
        folder = stack.enter_context(workspace.open_workspace(folders.cache_folder()))
        for number, package in enumerate(packages):
            for part, asked in _questions(question, package, folder / f"downstream-{number}"):
                progress.say(f"downstream: {package} ({part})")
                apart = options.results and options.results / "downstream" / f"{number}-{part}"
                try:
                    answer = attempt(asked, replace(options, results=apart), progress)
                except OutOfTimeError:
                    if not answers:
                        raise
                    without_time[package] = None
                else:
                    answers.append(_named(answer, package))
    found = together(answers)
    return replace(found, findings=(*found.findings, *untried(without_time, NO_TIME)))


def together(answers: Sequence[CandidateAnswer]) -> CandidateAnswer:
    """Return answers on the same candidate as one; the sides are those of the first."""
    first = answers[0]
    packages = dict.fromkeys(one for answer in answers for one in answer.packages)
    return replace(
        first,
        findings=tuple(one for answer in answers for one in answer.findings),
        packages=tuple(packages),
        seconds=sum(answer.seconds for answer in answers),
    )


def _questions(
    question: CandidateQuestion, package: str, folder: Path
) -> Iterator[tuple[str, CandidateQuestion]]:
    """Yield what is asked of a package: its imports, and its tests where its sources have any."""
    only = question.only
    if only is not None:
        mine = (name for name in only if _is_of(package, name))
        only = frozenset(_IMPORTED.sub(r"import_\1.py", name.partition(": ")[2]) for name in mine)
    index = PackageIndex(folders.cache_folder(), offline=question.request.selection.offline)
    release = _release(package, index)
    requirements = (*question.request.requirements, package)
    beside = replace(question.request, requirements=requirements)
    if only is None or any(map(_IMPORTING.match, only)):
        scripts = _write_imports(package, release, index, folder / "imports")
        imports = replace(beside, scripts=scripts, command_line=CommandLine())
        yield "imports", replace(question, request=imports, only=only)
    if only is not None and all(map(_IMPORTING.match, only)):
        return
    for sdist in release.sdists[:1]:
        _unpack_tests(sdist, index, folder / "tests")
        try:
            suites = files_at(folder / "tests")
        except StudyError:
            return
        tests = replace(beside, scripts=suites, command_line=CommandLine(suite=True))
        yield "tests", replace(question, request=tests, only=only)


def _is_of(package: str, name: str) -> bool:
    """Return whether the name of an example is that of one of a package downstream."""
    return name.startswith(f"{package}: ")


def _release(package: str, index: PackageIndex) -> Release:
    """Return the newest stable release that a requirement admits; SelectionError without one."""
    wanted = Requirement(package)
    admitted = [
        one
        for one in index.releases(wanted.name)
        if one.stable and wanted.specifier.contains(one.version)
    ]
    if not admitted:
        msg = f"--downstream: the index has no release for {package}"
        raise SelectionError(msg)
    return admitted[-1]


def _write_imports(
    package: str, release: Release, index: PackageIndex, folder: Path
) -> tuple[Path, ...]:
    """Write a script for each top module of a package, and return them."""
    contents = contents_of(index, Requirement(package).name, str(release))
    modules = contents.modules if contents else frozenset()
    tops = sorted(one for one in modules if one.isidentifier() and not one.startswith("_"))
    if not tops:
        msg = f"--downstream: no file of {package} says which modules it brings"
        raise SelectionError(msg)
    folder.mkdir(parents=True)
    for module in tops:
        is_package = any(one.startswith(f"{module}.") for one in modules)
        form = _IMPORTS if is_package else _IMPORT
        (folder / f"import_{module}.py").write_text(form.format(module=module), encoding="utf-8")
    return tuple(folder / f"import_{module}.py" for module in tops)


def _unpack_tests(sdist: Distribution, index: PackageIndex, folder: Path) -> None:
    """Unpack the tests of a source distribution; nothing where it cannot be read."""
    folder.mkdir(parents=True)
    try:
        with open_archive(index, sdist) as archive:
            for name in archive.paths:
                parts = PurePosixPath(name).parts[1:]
                if len(parts) < 2 or parts[0] not in _TESTS or ".." in parts:
                    continue
                path = folder.joinpath(*parts)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(archive.read(name), encoding="utf-8")
    except UnreadableArchiveError:
        return


def _named(answer: CandidateAnswer, package: str) -> CandidateAnswer:
    """Return an answer whose examples are named by the package, as ``seaborn: import seaborn``."""
    findings = []
    for one in answer.findings:
        name = _IMPORTING.sub(r"import \1", one.example)
        findings.append(replace(one, example=f"{package}: {name}"))
    return replace(answer, findings=tuple(findings), surface=())
