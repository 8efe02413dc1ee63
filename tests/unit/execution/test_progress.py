"""What is shown: lines while it runs, the table and the failures at the end."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from tfcompat.execution.progress import Progress, describe, failures, summary
from tfcompat.results.schema import CellEnvironment, CellResult, Example, Inputs, Repeat, read_cell
from tfcompat.results.verdicts import STYLES, Cause, CauseKind, Verdict

DATA = Path(__file__).parents[1] / "data" / "results"
A, B, C = "ex/a.py", "ex/b.py", "ex/c.py"


def cell(
    release: str, verdict: Verdict | None = None, *, environment: bool = True, **examples: Example
) -> CellResult:
    cause = Cause(kind=CauseKind.CONFLICT, message="numpy [red]clashes[/red]") if verdict else None
    made = CellEnvironment(
        release=release, python="3.6", resolve="release", phases={"create": 0.25, "install": 1}
    )
    return CellResult(
        inputs=Inputs(dependency="foo", name=f"pypi-foo-{release}-python-cp36"),
        environment=made if environment else None,
        examples={f"ex/{name}.py": example for name, example in examples.items()},
        verdict=verdict,
        cause=cause,
    )


def example(verdict: Verdict, said: str = "", **more: object) -> Example:
    cause = Cause(kind=CauseKind.OTHER, message=said) if said else None
    content = {"retval": 0, "seconds": 1.5, "verdict": verdict, "cause": cause}
    return Example.model_validate({**content, **more})


DIFFERENCE = {
    "kind": "number",
    "baseline_line": 3,
    "observed_line": 3,
    "baseline_text": "loss 0.5",
    "observed_text": "loss nan",
}
MIXED = cell(
    "1.0",
    a=example(Verdict.SAME, runs=[Repeat(retval=0, seconds=0.5)]),
    b=example(Verdict.FAILED, "ValueError: bad"),
    c=example(Verdict.DIFFERENT, first_difference=DIFFERENCE),
)
BROKEN = cell("2.0", Verdict.UNBUILDABLE)


def test_describe() -> None:
    name = "pypi-foo-1.0-python-cp36"
    assert describe(MIXED) == f"{name}: 1 failed, 1 same, 1 different (built 1.2 s, ran 5.0 s)"
    assert describe(BROKEN) == "pypi-foo-2.0-python-cp36: unbuildable: numpy [red]clashes[/red]"
    assert describe(cell("1.0")) == f"{name}: no runs (built 1.2 s, ran 0.0 s)"
    assert describe(cell("1.0", environment=False)).endswith("no runs (built 0.0 s, ran 0.0 s)")
    assert describe(BROKEN.model_copy(update={"cause": None})).endswith(": unbuildable")


def test_failures_are_named_with_the_reason() -> None:
    assert failures([MIXED, BROKEN], [A, B, C]) == [
        f"failed: ValueError: bad: 1 example, 1 release (such as ex/b.py in {MIXED.identifier})",
        "pypi-foo-1.0-python-cp36 ex/c.py: different: 'loss 0.5' became 'loss nan'",
        "pypi-foo-2.0-python-cp36: unbuildable: numpy [red]clashes[/red]",
    ]


def test_failures_of_the_selected_examples_alone() -> None:
    assert failures([MIXED], [A]) == []
    assert failures([MIXED], ["ex/nowhere.py"]) == []
    unknown = cell("1.0", a=example(Verdict.UNKNOWN))
    assert failures([unknown], [A]) == [
        (
            "unknown: it has not been judged: 1 example, 1 release "
            "(such as ex/a.py in pypi-foo-1.0-python-cp36)"
        )
    ]


def test_what_has_no_verdict_for_one_reason_is_one_line() -> None:
    said = "it differs from the published run, and there is no Python 3.6 here"
    cells = [
        cell(release, a=example(Verdict.UNKNOWN, said), b=example(Verdict.UNKNOWN, said))
        for release in ("1.0", "1.1")
    ]
    told = f"unknown: {said}: 2 examples, 2 releases (such as ex/a.py in {cells[0].identifier})"
    assert failures(cells, [A, B]) == [told]
    assert failures(cells, [B]) == [told.replace("2 examples", "1 example").replace("a.py", "b.py")]


@pytest.mark.parametrize("path", sorted(DATA.glob("*.json")), ids=lambda path: path.stem)
def test_every_stored_form_can_be_shown(path: Path) -> None:
    stored = read_cell(path)
    tests = list(stored.examples)
    assert stored.identifier in describe(stored)
    lines = failures([stored], tests)
    assert all(stored.identifier in line for line in lines)
    assert rendered([stored], tests)


def rendered(cells: list[CellResult], tests: list[str]) -> list[list[str]]:
    console = Console(file=io.StringIO(), width=200)
    console.print(summary(cells, tests))
    assert isinstance(console.file, io.StringIO)
    lines = console.file.getvalue().splitlines()
    rows = [line.strip("│┃ ").replace("┃", "│").split("│") for line in lines]
    return [[part.strip() for part in row] for row in rows if len(row) > 1]


def test_summary() -> None:
    rows = rendered([MIXED, BROKEN, cell("10.0", a=example(Verdict.SAME))], [A, B, C])
    assert rows == [
        ["release", "Python", "unbuildable", "failed", "same", "different", "build s", "runs s"],
        ["1.0", "3.6", "", "1", "1", "1", "1.2", "5.0"],
        ["2.0", "3.6", "3", "", "", "", "1.2", "0.0"],
        ["10.0", "3.6", "", "", "1", "", "1.2", "1.5"],
        ["3 cells", "", "3", "1", "2", "1"],
    ]


def test_summary_of_what_caliper_left() -> None:
    rows = rendered([cell("1.0", environment=False, a=example(Verdict.SAME))], [A])
    assert rows[1][:3] == ["pypi-foo-1.0-python-cp36", "", "1"]


def test_every_verdict_has_a_style() -> None:
    assert set(STYLES) == set(Verdict)


def shown(*, terminal: bool) -> str:
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=120)
    with Progress(console) as progress:
        progress.say("[bold]note[/bold]")
        progress.begin([MIXED.identifier, BROKEN.identifier])
        progress.stage(MIXED.identifier, "building")
        progress.running(MIXED.identifier, 1, 3)
        progress.ran(MIXED.identifier, A)
        progress.running(MIXED.identifier, 2, 1)
        progress.finished(MIXED)
        progress.stage(BROKEN.identifier, "building")
        progress.finished(BROKEN)
    return file.getvalue()


def test_plain_lines_where_there_is_no_terminal() -> None:
    note, *lines = shown(terminal=False).splitlines()
    assert note == "[bold]note[/bold]"
    assert all(MIXED.identifier in line for line in lines[:4])
    assert [line[:6] for line in lines] == ["[0/2] "] * 3 + ["[1/2] "] * 2 + ["[2/2] "]
    parts = ("building", "running", "repeat 2", describe(MIXED), "building", describe(BROKEN))
    assert all(part in line for part, line in zip(parts, lines, strict=True))


def test_on_a_terminal_only_what_is_done_stays() -> None:
    text = shown(terminal=True)
    assert "[bold]note[/bold]" in text
    assert describe(BROKEN) in text
    assert f"[0/2] {MIXED.identifier}: building" not in text


def interrupted(file: io.StringIO) -> None:
    names = [MIXED.identifier, BROKEN.identifier, "pypi-foo-3.0-python-cp36"]
    with Progress(Console(file=file, width=120)) as progress:
        progress.begin(names, stored=[MIXED.identifier, BROKEN.identifier])
        progress.finished(MIXED)
        raise KeyboardInterrupt


def test_what_was_done_before_an_interrupt_counts_with_what_was_stored() -> None:
    file = io.StringIO()
    with pytest.raises(KeyboardInterrupt):
        interrupted(file)
    assert "2 of 3 cells are done, 1 are left" in file.getvalue()
