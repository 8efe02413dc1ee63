"""An answer written where a script states its needs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tfcompat.errors import SelectionError
from tfcompat.planning.plan import Selection
from tfcompat.planning.schema import Analysis
from tfcompat.planning.study import Study
from tfcompat.planning.surroundings import CommandLine
from tfcompat.search.findings import Findings, ReleaseRange, ScriptFindings
from tfcompat.search.request import SearchRequest
from tfcompat.search.write_back import check_writable, write_answers

FOUND = ScriptFindings(
    script="a.py",
    baseline="2",
    python="3.9",
    baseline_problem="",
    untried=False,
    works=ReleaseRange(low="1", high="3", pythons=("3.9",)),
    same=ReleaseRange(low="1", high="3", pythons=("3.9",)),
    islands=(),
    edges=(),
    open_ends={},
    specifier=">=1,<4",
    marks=(),
)
FINDINGS = Findings(
    dependency="foo", project="Foo", resolve="release", releases=4, built=4, unbuilt=0, stored=0,
    seconds=1, scripts=(FOUND,),
)  # fmt: skip


def request(*scripts: str, **given: Any) -> SearchRequest:  # noqa: ANN401 - any of its options
    return SearchRequest(
        selection=Selection(),
        scripts=tuple(map(Path, scripts)),
        command_line=CommandLine(**given),
    )


def study_in(folder: Path) -> Study:
    content: dict[str, Any] = {"dependency": "foo", "tests": ["a.py"], "requirements": ["six"]}
    (folder / "a.py").write_bytes(b"import foo\r\n")
    (folder / "a.py").chmod(0o755)
    return Study(
        path=folder / "a.py",
        root=folder,
        analysis=Analysis.model_validate(content),
        examples=("a.py",),
    )


def test_into_the_script(tmp_path: Path) -> None:
    study = study_in(tmp_path)
    said = list(write_answers(request("a.py"), study, FINDINGS))
    assert said == [f"wrote Foo>=1,<4 into {tmp_path / 'a.py'}"]
    written = (tmp_path / "a.py").read_bytes().split(b"\r\n")
    assert written[1:4] == [b"# dependencies = [", b'#     "Foo>=1,<4",', b'#     "six",']
    assert written[-2:] == [b"import foo", b""]
    assert (tmp_path / "a.py").stat().st_mode & 0o777 == 0o755


def test_into_the_pyproject_that_is_named(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text("[project]\nname = 'x'\ndependencies = ['foo']\n", encoding="utf-8")
    asked = request("a.py", requirement_files=(f"{file}[test]",))
    assert list(write_answers(asked, study_in(tmp_path), FINDINGS)) == [
        f"wrote Foo>=1,<4 into {file}"
    ]
    assert file.read_text(encoding="utf-8").endswith(
        'dependencies = ["foo>=1,<4"] # Foo: same result with 1 to 3 (tfcompat)\n'
    )
    assert (tmp_path / "a.py").read_bytes() == b"import foo\r\n"


def test_without_an_answer_nothing_is_written(tmp_path: Path) -> None:
    nothing = replace(FINDINGS, scripts=(replace(FOUND, same=None, specifier=""),))
    with pytest.raises(SelectionError, match=r"--write: a\.py: no release was seen"):
        list(write_answers(request("a.py"), study_in(tmp_path), nothing))
    assert (tmp_path / "a.py").read_bytes() == b"import foo\r\n"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (request(), "is for scripts"),
        (request("a.py", suite=True), "is for scripts"),
        (request("a.py", module="a"), "is for scripts"),
        (request("a.py", "b.py", requirement_files=("p.toml",)), "several scripts"),
    ],
)
def test_what_cannot_be_written_is_known_beforehand(asked: SearchRequest, said: str) -> None:
    with pytest.raises(SelectionError, match=said):
        check_writable(asked)
    check_writable(request("a.py", "b.py", requirement_files=("a.txt",)))
