"""Writes what a search found where its scripts state their needs: ``--write``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.errors import SelectionError
from tfcompat.planning.pyproject_answer import write_pyproject
from tfcompat.planning.script_block import write_block
from tfcompat.planning.surroundings import read_script
from tfcompat.planning.toml_requirements import Answer
from tfcompat.util.files import replace_content

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfcompat.planning.study import Study
    from tfcompat.search.findings import Findings, ScriptFindings
    from tfcompat.search.request import SearchRequest


def check_writable(request: SearchRequest) -> None:
    """Raise SelectionError where the answer to a request could not be written."""
    if not request.scripts or request.command_line.suite or request.command_line.module:
        msg = "--write is for scripts; name one"
        raise SelectionError(msg)
    if _pyproject(request) is not None and len(request.scripts) > 1:
        msg = "--write: several scripts may have several answers; name one for a pyproject.toml"
        raise SelectionError(msg)


def write_answers(request: SearchRequest, study: Study, findings: Findings) -> Iterator[str]:
    """Write the range with the same result of each script, and yield what was written where.

    It goes into the pyproject.toml that the request names for requirements, else into the block of
    each script, which is made where it has none. Raises UserError where there is no such range, or
    a file cannot be read or written.
    """
    for found in findings.scripts:
        if not found.specifier or found.same is None:
            msg = f"--write: {found.script}: no release was seen to give the same result"
            raise SelectionError(msg)
        answer = Answer(name=findings.project or findings.dependency, specifier=found.specifier)
        file = _pyproject(request)
        if file is None:
            file = study.file(found.script)
            others = study.analysis.requirements
            content = write_block(read_script(file), file.name, answer, others)
        else:
            text = read_script(file).decode("utf-8", "surrogateescape")
            written = write_pyproject(text, file.name, answer, _comment(answer, found))
            content = written.encode("utf-8", "surrogateescape")
        try:
            replace_content(file, content)
        except OSError as error:
            msg = f"--write: cannot write {file}: {error.strerror}"
            raise SelectionError(msg) from None
        yield f"wrote {answer} into {file}"


def _comment(answer: Answer, found: ScriptFindings) -> str:
    same = found.same
    ends = f"{same.low} to {same.high}" if same and same.low != same.high else same and same.low
    return f"{answer.name}: same result with {ends} (tfcompat)"


def _pyproject(request: SearchRequest) -> Path | None:
    """Return the pyproject.toml that a request names for requirements, None where it does not."""
    files = (Path(text.partition("[")[0]) for text in request.command_line.requirement_files)
    return next((file for file in files if file.suffix == ".toml"), None)
