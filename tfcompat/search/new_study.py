"""The first study of a folder of scripts: which library, which examples, which baseline."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.breaks.forecast import forecast
from tfcompat.errors import SelectionError, TfcompatError
from tfcompat.execution.workspace import LEFT_OUT
from tfcompat.planning.study import FILE_NAME
from tfcompat.search.request import plan_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tfcompat.breaks.findings import ScriptForecast
    from tfcompat.planning.plan import Plan
    from tfcompat.search.request import SearchRequest

# Python files that are no scripts of a study.
_NO_SCRIPTS = frozenset({"__init__.py", "__main__.py", "conftest.py", "noxfile.py", "setup.py"})
_SUFFIXES = frozenset({".py", ".ipynb"})


@dataclass(frozen=True, kw_only=True)
class NewStudy:
    """What a study of a folder would say.

    ``baselines`` are the releases that scripts seem to be written for: for ``*``, which is all
    others, and for single scripts.
    """

    folder: Path
    dependency: str
    tests: tuple[str, ...]
    requirements: tuple[str, ...]
    constraints: tuple[str, ...]
    baselines: Mapping[str, str]
    scripts: int


def scripts_in(folder: Path) -> list[Path]:
    """Return the scripts and notebooks below a folder, except packages, tests and hidden folders.

    Raises SelectionError where there are none.
    """
    found = sorted(_scripts(folder))
    if not found:
        msg = f"there is no script in {folder}; name the folder that holds them"
        raise SelectionError(msg)
    return found


def _scripts(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        here = Path(place)
        folders[:] = [
            name
            for name in folders
            if name not in LEFT_OUT
            and not name.startswith(".")
            and not (here / name / "__init__.py").exists()
            and not (here / name / "pyvenv.cfg").exists()
        ]
        for name in names:
            path = here / name
            if path.suffix in _SUFFIXES and name not in _NO_SCRIPTS and not _is_test(name):
                yield path


def _is_test(name: str) -> bool:
    return name.startswith("test_") or name.endswith("_test.py")


def new_study(
    folder: Path,
    request: SearchRequest,
    plan_of: Callable[[SearchRequest], tuple[Plan, Path]] = plan_of,
    predict: Callable[[Plan], Sequence[ScriptForecast]] = forecast,
) -> NewStudy:
    """Return what a study of the scripts of a request would say, which lie below a folder.

    A script is taken to be written for the release that is pinned for it, else for the newest that
    opens here and at which the fewest breaks are predicted. Raises UserError where it is not clear
    which library they are of.
    """
    plan, _ = plan_of(request)
    analysis = plan.study.analysis
    globs = {
        (path.parent.relative_to(folder) / f"*{path.suffix}").as_posix() for path in request.scripts
    }
    return NewStudy(
        folder=folder,
        dependency=analysis.dependency,
        tests=tuple(sorted(globs)),
        requirements=tuple(map(str, analysis.requirements)),
        constraints=tuple(map(str, analysis.constraints)),
        baselines=_baselines(folder, plan, predict),
        scripts=len(request.scripts),
    )


def _baselines(
    folder: Path, plan: Plan, predict: Callable[[Plan], Sequence[ScriptForecast]]
) -> dict[str, str]:
    """Return the release that each script seems to be written for: most of them as ``*``."""
    opened = [cell for cell in plan.cells if cell.interpreter is not None] or list(plan.cells)
    releases = [cell.release for cell in reversed(opened)]
    found = {}
    with suppress(TfcompatError):  # without a network the newest one has to do
        for one in predict(plan):
            breaks = {p.offer.release: len(p.breaks) for p in one.predictions}
            path = (plan.study.root / one.script).relative_to(folder).as_posix()
            stated = plan.study.baseline(one.script)
            found[path] = (
                str(stated.release)
                if stated
                else min(releases, key=lambda release: breaks.get(release, 0))
            )
    if not found:
        return {"*": releases[0]}
    ((common, _),) = Counter(found.values()).most_common(1)
    return {"*": common, **{path: one for path, one in found.items() if one != common}}


def as_yaml(study: NewStudy) -> str:
    """Return the text of the file of a study, with a comment on each key."""
    tests = "".join(f"    - {glob!r}\n" for glob in study.tests)
    requirements = _listed("requirements", study.requirements) or "  # requirements: [scipy]\n"
    constraints = _listed("constraints", study.constraints)
    if constraints:
        constraints = f"  # What holds for packages that are installed anyway.\n{constraints}"
    baselines = "".join(f"    {name!r}: {one}\n" for name, one in study.baselines.items())
    return f"""# With which releases of {study.dependency} do these scripts give the same result?
# `tfcompat plan` shows the cells, `tfcompat run` tries them, `tfcompat report` shows the results.
analysis:
  dependency: {study.dependency}
  # The last patch of every minor release. Others: all, or a list such as [1.4.1, ">=2"].
  versions: [minors]
  # Absent: each release on the newest Python of its day.
  # python_versions: [3.8, 3.12]
  tests:
{tests}  # What results are compared with: the release that a script was written for, as far as its
  # names tell.
  baselines:
{baselines}  # What is installed beside {study.dependency}.
{requirements}{constraints}  # As of when dependencies are resolved: release (its day), latest, or
  # a date.
  resolve: release
"""


def _listed(key: str, entries: Sequence[str]) -> str:
    """Return a key with its entries, a line each; empty without any."""
    lines = "".join(f"    - {one!r}\n" for one in entries)
    return f"  {key}:\n{lines}" if lines else ""


def write(study: NewStudy) -> Path:
    """Write the file of a study into its folder, and return it.

    Raises SelectionError where there is one, or it cannot be written.
    """
    path = study.folder / FILE_NAME
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(as_yaml(study))
    except FileExistsError:
        msg = f"{path} is there already; edit it, or name another folder"
        raise SelectionError(msg) from None
    except OSError as error:
        msg = f"cannot write {path}: {error.strerror}"
        raise SelectionError(msg) from None
    return path
