"""What differs between two campaigns."""

from __future__ import annotations

from tfcompat.judging.campaign_diff import CampaignDiff, diff_campaigns, freeze_of
from tfcompat.report.campaign_diff import as_markdown, text
from tfcompat.results.schema import CellEnvironment, CellResult, Example, Inputs, Run, example_of
from tfcompat.results.verdicts import Cause, CauseKind, Verdict

TRACE = """\
Traceback (most recent call last):
  File "/study/a.py", line 1, in <module>
    import tensorflow
  File "/env/lib/python3.7/site-packages/google/protobuf/descriptor.py", line 560, in __new__
    _message.Message._CheckCalledFromGeneratedFile()
TypeError: Descriptors cannot not be created directly.
"""
SAID = "Descriptors cannot not be created directly."
MOVED = [
    "protobuf 3.20.1 → 4.24.4 (the error names it)",
    "numpy 1.16.0 → 1.21.6",
    "typing-extensions absent → 4.7",
    "wheel 0.30 → absent",
]
PACKAGES = [
    "protobuf: 3 (such as 3.20.1 → 4.24.4)",
    "typing-extensions: 3 (such as absent → 4.7)",
    "wheel: 3 (such as 0.30 → absent)",
    "numpy: 2 (such as 1.16.0 → 1.21.6)",
]
DRIFT = Cause(
    kind=CauseKind.IMPORT_ERROR_OF_DEPENDENCY,
    message="TypeError: Descriptors cannot not be created directly.",
    package="protobuf",
)
OLD = ["numpy==1.16.0\n", "protobuf==3.20.1\n", "six==1.12.0\n", "wheel==0.30\n"]
NEW = ["numpy==1.21.6\n", "protobuf==4.24.4\n", "six==1.12.0\n", "typing-extensions==4.7\n"]


def example(verdict: Verdict, cause: Cause | None = None, error: str = "") -> Example:
    run = Run(retval=int(verdict is Verdict.FAILED), seconds=1, error=error.splitlines(True))
    made = example_of([run], key="k")
    return made.model_copy(update={"verdict": verdict, "cause": cause})


SAME = example(Verdict.SAME)
BROKEN = example(Verdict.FAILED, DRIFT, TRACE)


def cell(
    release: str, freeze: list[str], cause: Cause | None = None, **examples: Example
) -> CellResult:
    return CellResult(
        inputs=Inputs(
            dependency="tensorflow",
            name=f"pypi-tensorflow-{release}-python-cp37",
            tests="a.py\nb.py",
        ),
        environment=CellEnvironment(release=release, python="3.7", resolve="release"),
        freeze=freeze,
        examples={f"{name}.py": one for name, one in examples.items()},
        verdict=Verdict.UNBUILDABLE if cause else None,
        cause=cause,
    )


def diff(old: list[CellResult], new: list[CellResult]) -> CampaignDiff:
    return diff_campaigns({c.identifier: c for c in old}, {c.identifier: c for c in new})


def test_nothing_changed() -> None:
    cells = [cell("1.15.5", OLD, a=SAME, b=BROKEN)]
    found = diff(cells, cells)
    assert (found.groups, found.cells, found.judged, found.changed) == ((), 1, 2, 0)
    assert text(found).splitlines() == ["1 cell in both, 2 verdicts: 0 changed"]


def test_drift_is_named() -> None:
    old = [cell("1.15.5", OLD, a=SAME, b=SAME), cell("2.3.4", OLD, a=SAME), cell("2.9.3", OLD)]
    new = [
        cell("1.15.5", NEW, a=BROKEN, b=BROKEN),
        cell("2.3.4", NEW, a=BROKEN),
        cell("2.9.3", [*OLD[:1], *NEW[1:]]),
    ]
    (group,) = diff(old, new).groups
    assert (group.old, group.new, len(group.changes)) == (Verdict.SAME, Verdict.FAILED, 3)
    assert [suspect.package for suspect in group.suspects] == [
        "protobuf",
        "numpy",
        "typing-extensions",
        "wheel",
    ]
    first, numpy, *_ = group.suspects
    assert (first.old, first.new, first.named, first.seen) == ("3.20.1", "4.24.4", True, True)
    assert (first.cells, first.major, first.elsewhere) == (2, True, 1.0)
    assert (numpy.named, numpy.major, numpy.elsewhere) == (False, False, 0.0)
    assert text(diff(old, new)).splitlines() == [
        "3 cells in both, 3 verdicts: 3 changed",
        "",
        "where examples ran that no longer do:",
        f"  1.15.5 on 3.7: 2 ran, 0 run: protobuf: {SAID}, likely {MOVED[0]}",
        f"  2.3.4 on 3.7: 1 ran, 0 run: protobuf: {SAID}, likely {MOVED[0]}",
        "",
        f"same → failed: protobuf: {SAID} (3 verdicts, 2 examples)",
        "  releases: 1.15.5, 2.3.4",
        f"  likely why: {'; '.join(MOVED)}",
        "",
        "packages that moved, in how many of 3 cells:",
        *(f"  {moved}" for moved in PACKAGES),
    ]


def test_the_traceback_counts_where_the_error_names_nobody() -> None:
    unnamed = example(
        Verdict.FAILED, Cause(kind=CauseKind.BEHAVIOUR, message="TypeError: x"), TRACE
    )
    (group,) = diff([cell("1.15.5", OLD, a=SAME)], [cell("1.15.5", NEW, a=unnamed)]).groups
    assert [s.package for s in group.suspects if s.seen] == ["protobuf"]
    assert group.suspects[0].package == "protobuf"


def test_an_environment_that_is_gone_counts_for_every_example() -> None:
    cause = Cause(kind=CauseKind.CONFLICT, message="no solution")
    (group,) = diff([cell("1.0.0", OLD, a=SAME, b=SAME)], [cell("1.0.0", [], cause)]).groups
    assert (group.new, len(group.changes), group.title) == (Verdict.UNBUILDABLE, 2, "no solution")


def test_what_is_mended_is_told_by_what_was_wrong() -> None:
    (group,) = diff([cell("1.0.0", OLD, a=BROKEN)], [cell("1.0.0", NEW, a=SAME)]).groups
    assert group.title == "protobuf: Descriptors cannot not be created directly."


def test_what_only_one_has() -> None:
    found = diff([cell("1.0.0", OLD, a=SAME)], [cell("1.1.0", OLD, a=SAME)])
    assert found.cells == 0
    assert text(found).splitlines()[2:] == [
        "only in the older one: pypi-tensorflow-1.0.0-python-cp37",
        "",
        "only in the newer one: pypi-tensorflow-1.1.0-python-cp37",
    ]


def test_what_does_not_even_run_failed_with_or_without_a_baseline() -> None:
    why = Cause(kind=CauseKind.EXAMPLE_BUG, message="no")
    lost = BROKEN.model_copy(update={"verdict": Verdict.NO_BASELINE, "cause": why})
    (group,) = diff([cell("2.3.4", OLD, a=SAME)], [cell("2.3.4", NEW, a=lost)]).groups
    assert (group.new, group.title) == (Verdict.FAILED, f"protobuf: {SAID}")
    ran = SAME.model_copy(update={"verdict": Verdict.NO_BASELINE, "cause": why})
    (group,) = diff([cell("2.3.4", OLD, a=SAME)], [cell("2.3.4", NEW, a=ran)]).groups
    assert (group.new, group.title) == (Verdict.NO_BASELINE, "no")
    unstable = example(Verdict.NO_BASELINE)
    (group,) = diff([cell("2.3.4", OLD, a=SAME)], [cell("2.3.4", NEW, a=unstable)]).groups
    assert group.new is Verdict.NO_BASELINE


def test_how_each_cell_stands() -> None:
    old = [cell("1.0.0", OLD, a=SAME, b=SAME), cell("2.0.0", OLD, a=SAME, b=BROKEN)]
    new = [cell("1.0.0", NEW, a=SAME, b=BROKEN), cell("2.0.0", NEW, a=SAME, b=SAME)]
    first, second = diff(old, new).standings
    assert (first.ran, first.runs, first.stopped, first.reason) == (2, 1, 1, f"protobuf: {SAID}")
    assert first.suspect is not None
    assert first.suspect.package == "protobuf"
    assert (second.ran, second.runs, second.stopped) == (1, 2, 0)
    assert (second.reason, second.suspect) == (None, None)
    rows = as_markdown(diff(old, new)).splitlines()
    assert rows[4] == (
        f"| 1.0.0 | 3.7 | 2 | 1 | protobuf: {SAID} "
        "| protobuf 3.20.1 → 4.24.4 (the error names it) |"
    )
    assert rows[5] == "| 2.0.0 | 3.7 | 1 | 2 |  |  |"


def test_what_was_not_tried_again_did_not_stop() -> None:
    old = [cell("1.0.0", OLD, a=SAME, b=SAME)]
    (standing,) = diff(old, [cell("1.0.0", NEW, a=SAME)]).standings
    assert (standing.ran, standing.runs, standing.stopped, standing.reason) == (1, 1, 0, None)


def test_freeze_of() -> None:
    freeze = ["NumPy==1.0\n", "tensorflow @ file:///x.whl\n", "\n"]
    assert freeze_of(cell("1.0.0", freeze)) == {"numpy": "1.0", "tensorflow": "file:///x.whl"}
    assert freeze_of(CellResult(inputs=Inputs(dependency="a", name="b"))) == {}
