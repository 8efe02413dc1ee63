"""Reports for tests: cells to build one from, a campaign with different verdicts, a hostile one."""

from __future__ import annotations

import base64
import json
import zlib
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from tfcompat.report import model
from tfcompat.report.build import build_report, read_campaign
from tfcompat.results.campaign_store import CampaignStore
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
"""Markup, a control sequence for a terminal, and a mark that turns the direction of text."""

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

FILES = {"index.html", "summary.md", "runs.csv", "report.json", "junit.xml"} | {
    f"{name}{scheme}.{ending}"
    for name in ("grid", "bars", "similarity")
    for scheme in ("", "-dark")
    for ending in ("png", "svg")
}
"""The files of all forms of a report."""

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
        comparison_note=ATTACK,
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
        campaign=CampaignStore(folder, damaged={ATTACK: None}),
        cells={ATTACK: cell, f"{ATTACK}2": unbuildable},
        unknown={},
    )
    return build_report([stored])


ONE = "examples/tensorflow_v1/1_Introduction/one.py"


TWO = "examples/tensorflow_v1/2_Models/two.py"


TEN = "examples/tensorflow_v1/10_More/ten.py"


OLD = "examples/tensorflow_v0.11/old.py"


SAME = Example(retval=0, seconds=1.5, output=["loss: 1\n"], verdict=Verdict.SAME, basis=Basis.EXACT)


BROKEN = Cause(kind=CauseKind.REMOVED_API, message="no attribute 'mul'", symbol="tensorflow.mul")


FAILED = Example(retval=1, seconds=0.5, error=["oh\n"], verdict=Verdict.FAILED, cause=BROKEN)


NO_WHEEL = Cause(kind=CauseKind.NO_WHEEL, message="no wheel for Python 3.6")


NO_PYTHON = Cause(kind=CauseKind.NO_INTERPRETER, message="Python 3.8 is not on this machine")


def identifier(release: str, python: str = "3.6") -> str:
    return f"pypi-tensorflow-{release}-python-cp{python.replace('.', '')}"


def cell(
    release: str,
    examples: dict[str, Example] | None = None,
    *,
    python: str = "3.6",
    tests: tuple[str, ...] = (),
    verdict: Verdict | None = None,
    cause: Cause | None = None,
    bare: bool = False,
) -> CellResult:
    name = identifier(release, python)
    environment = CellEnvironment(release=release, python=python, resolve="release")
    return CellResult(
        inputs=Inputs(dependency="tensorflow", name=name, tests="\n".join(tests)),
        environment=None if bare else environment,
        freeze=["numpy==1.13.3\n"],
        build=None if verdict is Verdict.UNBUILDABLE else Build(retval=0),
        examples=examples or {},
        verdict=verdict,
        cause=cause,
    )


def store(folder: Path, *cells: CellResult) -> Path:
    campaign = CampaignStore(folder)
    for one in cells:
        if one.verdict is Verdict.UNKNOWN:
            campaign.store_unknown(one)
        else:
            campaign.write(one)
    return folder


def built(*folders: Path) -> model.Report:
    return build_report([read_campaign(folder) for folder in folders])


class Tags(HTMLParser):
    """The elements of a page, and the text of its data."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.data = ""
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._inside = tag == "script" and ("id", "data") in attrs

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.data += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "script"


def unpacked(text: str) -> Any:  # noqa: ANN401 - what the page's script reads
    return json.loads(zlib.decompress(base64.b64decode(text)))


def entry_of(example: Example | None, cause: Cause | None = None, **more: Any) -> model.Entry:  # noqa: ANN401 - fields of an entry
    own = cell("1.4.0", {ONE: example} if example else {})
    column = model.Column(key="k", campaign="c", release="1.4.0", python="3.6", cell=own)
    return model.Entry(example=ONE, column=column, run=example, cause=cause, **more)
