"""Reports that tests show: a campaign in which each verdict has its place, and a hostile one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfcompat.report import model
from tfcompat.results.campaign import Campaign
from tfcompat.results.differences import BandLine, NumberRange
from tfcompat.results.schema import (
    Build,
    CellEnvironment,
    CellResult,
    Example,
    Inputs,
    Wheel,
    to_document,
)
from tfcompat.results.verdicts import Basis, Cause, CauseKind, Verdict
from tfcompat.util.files import write_json

if TYPE_CHECKING:
    from pathlib import Path

ATTACK = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\x1b[31m\u202e"
"""Markup, an order to a terminal, and a mark that turns the direction of what follows."""

RELEASES = [(f"1.{minor}.0", "3.6" if minor < 5 else "3.7") for minor in range(8)]
_GONE = Cause(kind=CauseKind.REMOVED_API, message="no `mul`", symbol="tensorflow.mul")
_SAME = Example(
    retval=0, seconds=1, output=["loss: 0.5\n"], verdict=Verdict.SAME, basis=Basis.EXACT
)
_NOISE = BandLine(line=1, text="loss: 0.5", ranges=(NumberRange(low=0.49, high=0.51),))
_FAILED = Example(retval=1, seconds=1, error=[ATTACK], verdict=Verdict.FAILED, cause=_GONE)
_DIFFERENT = Example(
    retval=0,
    seconds=1,
    output=["loss: 0.7\n"],
    verdict=Verdict.DIFFERENT,
    first_difference={"baseline_line": 1, "observed_line": 1},
)
EXAMPLES = {
    "examples/old/a.py": "SSDFFFFF",
    "examples/old/b.py": "SS.SS.FF",
    "examples/new/c.py": "FFFFSSSS",
    "examples/new/<script.py": "FFFSSSSS",
}
"""What became of each example with each of the releases; a search left out those with a dot."""
_LETTERS = {"S": _SAME, "D": _DIFFERENT, "F": _FAILED}


def write(folder: Path, examples: dict[str, str] = EXAMPLES) -> Path:
    """Write a campaign of eight releases in which a search left out some runs."""
    for number, (release, python) in enumerate(RELEASES):
        name = f"pypi-tensorflow-{release}-python-cp{python.replace('.', '')}"
        found = {t: _LETTERS[row[number]] for t, row in examples.items() if row[number] in _LETTERS}
        if number == 0 and "examples/old/a.py" in found:
            baseline = {"baseline": name, "band": [_NOISE]}
            found["examples/old/a.py"] = _SAME.model_copy(update=baseline)
        cell = CellResult(
            inputs=Inputs(dependency="tensorflow", name=name),
            environment=CellEnvironment(release=release, python=python, resolve="release"),
            freeze=[f"numpy==1.{number}\n"],
            build=Build(retval=0),
            examples=found,
        )
        write_json(folder / f"{name}.json", to_document(cell))
    write_json(folder / model.SEARCHED, {})
    return folder


def hostile(folder: Path, output: str = ATTACK) -> model.Report:
    """Return a report in which every field that a file may hold is an attack."""
    cause = Cause(kind=CauseKind.OTHER, message=ATTACK, symbol=ATTACK, frame=ATTACK)
    first = {f"{side}_{what}": 1 for side in ("baseline", "observed") for what in ("line", "value")}
    different = Example(
        retval=0,
        seconds=1.0,
        signal=ATTACK,
        output=[output, f"{ATTACK}: 7\n", "a: 7\n", "\ud800\x00\n"],
        error=[ATTACK],
        verdict=Verdict.DIFFERENT,
        baseline=ATTACK.replace("/", ""),
        first_difference={**first, "baseline_text": ATTACK, "observed_text": ATTACK},
        band=[{"text": f"{ATTACK}: 7", "ranges": [{"low": 1, "high": 8}]}],
    )
    failed = different.model_copy(update={"verdict": Verdict.FAILED, "cause": cause})
    examples = {ATTACK: different, f"{ATTACK}/examples/a/__proto__": failed}
    cell = CellResult(
        inputs=Inputs(dependency=ATTACK, name=ATTACK, tests=ATTACK),
        environment=CellEnvironment(
            release=ATTACK,
            python=ATTACK,
            resolve=ATTACK,
            cut_off=ATTACK,
            wheel=Wheel(filename=ATTACK, sha256=ATTACK, upload_time=ATTACK, size=1),
            interpreter={"version": ATTACK, "abi": ATTACK},
            backend=ATTACK,
            phases={ATTACK: 1.0},
            host={"os": ATTACK, "machine": ATTACK, "libc": ATTACK, "cpu_model": ATTACK},
            tool={ATTACK: ATTACK},
        ),
        freeze=[ATTACK, f"{ATTACK}==1\n"],
        build=Build(retval=0, output=[ATTACK], error=[ATTACK]),
        examples=examples,
    )
    unbuildable = cell.model_copy(
        update={
            "inputs": Inputs(dependency=ATTACK, name=f"{ATTACK}2", tests=ATTACK),
            "verdict": Verdict.UNBUILDABLE,
            "cause": cause,
            "examples": {},
        }
    )
    stored = model.Stored(
        label=ATTACK,
        campaign=Campaign(folder, damaged={ATTACK: None}),
        cells={ATTACK: cell, f"{ATTACK}2": unbuildable},
        unknown={},
    )
    return model.build([stored])
