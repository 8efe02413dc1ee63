"""What the scripts of the page show, as JSON. All text in it is data of unknown origin.

Texts and columns that are repeated are referred to by number: there may be thousands of entries.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import TYPE_CHECKING

from tfcompat.judging.campaign_diff import freeze_of
from tfcompat.report import campaign_diff, facts, inference, phrases, ranges
from tfcompat.report.breaks import lines_of, sentence
from tfcompat.report.history import Histories
from tfcompat.results.verdicts import RUNS
from tfcompat.util.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tfcompat.breaks.findings import Break
    from tfcompat.report.history import Step
    from tfcompat.report.model import Column, Entry, Family, Report
    from tfcompat.results.figures import DrawnFigure
    from tfcompat.results.schema import Example

STREAMS_LIMIT = 3_000_000
"""Characters that all texts together may have before each is cut to its head and its tail."""

# Characters of each text: the largest limit with which they fit is taken.
_LIMITS = (1_000_000, 100_000, 20_000, 5_000, 1_000)


PICTURES_LIMIT = 8_000_000
"""Characters that all pictures together may have; entries beyond that show none."""

_MOST_PAIRS = 10  # of one entry


class _Pictures:
    """Pictures by number, as PNG in Base64; one that occurs again is stored once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._left = PICTURES_LIMIT

    def number(self, figure: DrawnFigure | None) -> int | None:
        """Return the number of a figure's picture; None where it has none, or there is no room."""
        picture = figure.picture if figure else ""
        if not picture or (picture not in self._numbers and len(picture) > self._left):
            return None
        if picture not in self._numbers:
            self._left -= len(picture)
        return self._numbers.setdefault(picture, len(self._numbers))

    def content(self) -> list[str]:
        """Return the pictures."""
        return list(self._numbers)


class _Texts:
    """Texts by number; one that occurs again is stored once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, lines: Iterable[str] | None) -> int | None:
        """Return the number of a text; None for one that is empty or missing."""
        text = visible("".join(lines or ()))
        return self._numbers.setdefault(text, len(self._numbers)) if text else None

    def content(self) -> list[object]:
        """Return the texts; a long one as its head, its tail and how much is left out between."""
        sizes = [len(text) for text in self._numbers]
        limit = next(
            (n for n in _LIMITS if sum(min(size, n) for size in sizes) <= STREAMS_LIMIT),
            _LIMITS[-1],
        )
        return [_bounded(text, limit) for text in self._numbers]


@dataclass(frozen=True, kw_only=True)
class _Content:
    """A report, the places of its columns by their keys, and what its entries share."""

    report: Report
    places: Mapping[str, int]
    texts: _Texts
    pictures: _Pictures
    histories: Histories


def _bounded(text: str, limit: int) -> object:
    if len(text) <= limit:
        return text
    tail = limit // 4
    head = limit - tail
    return {"head": text[:head], "tail": text[-tail:], "left_out": len(text) - limit}


def data_of(report: Report) -> dict[str, object]:
    """Return what the scripts of the page show.

    ``runs`` are the verdicts on what runs, ``inferred`` the meanings of the signs of what is
    inferred, and ``inferred_to_run`` the sign of what runs.
    """
    places = {column.key: place for place, column in enumerate(report.columns)}
    texts, pictures = _Texts(), _Pictures()
    content = _Content(
        report=report,
        places=places,
        texts=texts,
        pictures=pictures,
        histories=Histories(report),
    )
    several = len(report.campaigns) > 1
    return {
        "columns": [_column(column, texts, several=several) for column in report.columns],
        "families": [_family(family, content) for family in report.families],
        "failures": [
            {
                "verdict": failure.verdict.value,
                "glyph": phrases.GLYPHS[failure.verdict],
                "reason": visible(failure.reason),
                "entries": [[places[e.column.key], e.example] for e in failure.entries],
            }
            for failure in report.failures
        ],
        "texts": texts.content(),
        "pictures": pictures.content(),
        "runs": [verdict.value for verdict in phrases.ORDER if verdict in RUNS],
        "inferred": inference.MEANINGS,
        "inferred_to_run": inference.RUNS,
        "comparison": _comparison(report, places),
    }


def _comparison(report: Report, places: Mapping[str, int]) -> dict[str, object] | None:
    """Return what changed between two campaigns, as places in the grid of the newer one."""
    found = report.comparison
    if found is None:
        return None
    old, new = report.campaigns
    standings = campaign_diff.standing_rows(found)
    return {
        "old": visible(old),
        "new": visible(new),
        "summary": campaign_diff.summary(found),
        "groups": [
            {
                "old": group.old.value,
                "new": group.new.value,
                "title": visible(group.title),
                "why": [visible(why) for why in campaign_diff.why_of(group)],
                "entries": [[places[f"{new}/{c.identifier}"], c.test] for c in group.changes],
            }
            for group in found.groups
        ],
        "heads": campaign_diff.STANDING_HEADS,
        "standings": [[visible(str(value)) for value in row] for row in standings],
        "only_old": [visible(name) for name in found.only_old],
        "only_new": [visible(name) for name in found.only_new],
        "packages": [
            [
                visible(change.package),
                visible(campaign_diff.versions(change.old, change.new)),
                plural(change.cells, "cell"),
            ]
            for change in found.drift
        ],
    }


def _column(column: Column, texts: _Texts, *, several: bool) -> dict[str, object]:
    cell = column.cell
    packages = [(visible(name), visible(version)) for name, version in freeze_of(cell).items()]
    return {
        "key": column.key,
        "release": visible(column.release),
        "python": visible(column.python),
        "campaign": visible(column.campaign) if several else "",
        "facts": facts.of_column(column),
        "packages": packages or None,
        "freeze": texts.number(cell.freeze),
        "build": texts.number([*cell.build.output, *cell.build.error] if cell.build else None),
    }


def _family(family: Family, content: _Content) -> dict[str, object]:
    rows = [_row(example, family, content) for example in family.examples]
    return {"name": visible(family.name), "rows": rows}


def _row(example: str, family: Family, content: _Content) -> dict[str, object]:
    """Return one example: what became of it in each column, in the order of the columns."""
    report, texts = content.report, content.texts
    entries = [report.entry(example, column) for column in report.columns]
    return {
        "path": example,
        "name": visible(example.removeprefix(f"{family.name}/")),
        "runs_with": visible(ranges.text(ranges.ranges_with(report, example, RUNS))),
        "entries": [
            entry
            and {
                **_entry(entry, texts, content.pictures),
                **_predicted(report.predicted.get((example, entry.column.key), ()), texts),
            }
            for entry in entries
        ],
        "inferred": {
            place: report.inferred[example, column.key]
            for place, column in enumerate(report.columns)
            if (example, column.key) in report.inferred
        },
        "steps": [_step(step, content) for step in content.histories.steps(example)],
    }


def _step(step: Step, content: _Content) -> dict[str, object]:
    """Return what changed for an example: from which column, at which, and what."""
    return {
        "from": content.places[step.before.key],
        "at": content.places[step.after.key],
        "changes": [[what, content.texts.number([text])] for what, text in step.changes],
    }


def _predicted(breaks: Sequence[Break], texts: _Texts) -> dict[str, object]:
    """Return how many breaks are predicted, and which, each on the lines of the script it is on."""
    if not breaks:
        return {}
    lines = (f"{lines_of(one)}: {sentence(one)}\n" for one in breaks)
    return {"breaks": len(breaks), "predicted": texts.number(lines)}


def _entry(entry: Entry, texts: _Texts, pictures: _Pictures) -> dict[str, object]:
    """Return one entry without what is empty, since there may be many thousands."""
    run = entry.run
    baseline = entry.baseline_run if not entry.is_baseline else None
    content: dict[str, object] = {
        "verdict": entry.verdict.value,
        "glyph": phrases.glyph(entry),
        "is_baseline": entry.is_baseline,
        "cause": entry.cause.kind.value if entry.cause else None,
        "sentence": phrases.sentence(entry),
        "facts": facts.of_entry(entry),
        "ran": run is not None,
        "output": texts.number(run.output if run else None),
        "error": texts.number(run.error if run else None),
        **_source(entry, texts),
        "compared": baseline is not None,
        "baseline_output": texts.number(baseline.output if baseline else None),
        "figures": list(_figures(run, baseline, pictures)) if run and baseline else None,
        "lines": facts.lines_of(run.first_difference if run else None),
        "band": facts.bands_of(run) if run and entry.is_baseline else None,
    }
    return {
        name: value
        for name, value in content.items()
        if value is not None and value is not False and value != []
    }


def _source(entry: Entry, texts: _Texts) -> dict[str, object]:
    """Return the lines of the script around the one at which it failed, and which of them it is."""
    source = entry.source
    if source is None:
        return {}
    lines = texts.number(["\n".join(source.numbered)])
    return {"source": lines, "source_line": source.marked - source.first + 1}


def _figures(run: Example, baseline: Example, pictures: _Pictures) -> Iterator[dict[str, object]]:
    """Yield the figures that are not the baseline's to the pixel, beside what these are."""
    pairs = enumerate(zip_longest(baseline.figures or (), run.figures or ()), start=1)
    changed = (
        (number, old, new)
        for number, (old, new) in pairs
        if old is None or new is None or (old.digest, old.error) != (new.digest, new.error)
    )
    for number, old, new in islice(changed, _MOST_PAIRS):
        yield {
            "title": f"Figure {number}",
            "sizes": [visible(one.size) if one else "(no such figure)" for one in (old, new)],
            "pictures": [pictures.number(old), pictures.number(new)],
        }
