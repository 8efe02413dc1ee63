"""The HTML page: one file that needs no network and runs nothing of what it shows.

What scripts printed is hostile input. It enters as compressed JSON in letters with which no markup
can begin, and the page's own code writes it as text only; a content policy allows that code alone.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from importlib import resources
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tfcompat import __version__
from tfcompat.report import campaign_diff, facts, inference, phrases, timing
from tfcompat.util.files import strict_json
from tfcompat.util.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tfcompat.report.model import Column, Entry, Family, Report

# Characters that all streams together may have before each keeps its head and tail only.
STREAMS_LIMIT = 3_000_000
_LIMITS = (1_000_000, 100_000, 20_000, 5_000, 1_000)
# In the order in which they are run.
_SCRIPTS = ("entry.js", "metrics.js", "filters.js", "grid.js", "story.js", "page.js")


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


def _bounded(text: str, limit: int) -> object:
    if len(text) <= limit:
        return text
    tail = limit // 4
    head = limit - tail
    return {"head": text[:head], "tail": text[-tail:], "left_out": len(text) - limit}


def _time(report: Report) -> dict[str, object] | None:
    """Return where the time went as the page shows it: bars of a hundred, and what took most."""
    time = timing.spent(report)
    if not time.total:
        return None

    def rows(pairs: Iterable[tuple[str, float]]) -> list[tuple[str, str, int]]:
        return [
            (visible(name), timing.said(seconds), round(100 * seconds / time.total))
            for name, seconds in pairs
        ]

    return {
        "sentence": visible(timing.sentence(time)),
        "tables": [
            ("Step", rows(time.phases)),
            ("Cells that took most", rows(time.cells)),
            ("Examples that took most", rows(time.examples)),
        ],
    }


def render(report: Report) -> str:
    """Return the page of a report."""
    environment = Environment(
        loader=PackageLoader("tfcompat.report", "web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    files = resources.files("tfcompat.report") / "web"
    style = files.joinpath("page.css").read_text(encoding="utf-8")
    scripts = [files.joinpath(name).read_text(encoding="utf-8") for name in _SCRIPTS]
    return environment.get_template("page.html.j2").render(
        version=__version__,
        dependency=visible(report.dependency),
        campaigns=[visible(label) for label in report.campaigns],
        sizes=phrases.sizes(report),
        time=_time(report),
        legend=[
            (
                verdict.value,
                phrases.GLYPHS[verdict],
                phrases.MEANINGS[verdict],
                report.counts[verdict],
            )
            for verdict in phrases.ORDER
        ],
        inferred=inference.WORDS if report.inferred else {},
        damaged=[visible(line) for line in report.damaged],
        # Trusted: files of this package, and JSON that cannot hold markup.
        style=Markup(style),  # noqa: S704
        scripts=[Markup(script) for script in scripts],  # noqa: S704
        data=Markup(packed(data_of(report))),  # noqa: S704
        policy=f"default-src 'none'; style-src {_digest(style)}; "
        f"script-src {' '.join(map(_digest, scripts))}",
    )


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def packed(content: object) -> str:
    """Return JSON as it stands in the page: compressed by zlib, in letters that begin no markup."""
    text = strict_json(content)
    return base64.b64encode(zlib.compress(text.encode("ascii"), 6)).decode("ascii")


def data_of(report: Report) -> dict[str, object]:
    """Return what the page's script shows; all text in it is data."""
    texts = _Texts()
    columns = {column.key: index for index, column in enumerate(report.columns)}
    several = len(report.campaigns) > 1
    return {
        "columns": [_column(column, texts, several=several) for column in report.columns],
        "families": [_family(family, report, texts) for family in report.families],
        "failures": [
            {
                "verdict": failure.verdict.value,
                "glyph": phrases.GLYPHS[failure.verdict],
                "reason": visible(failure.reason),
                "entries": [[columns[e.column.key], e.example] for e in failure.entries],
            }
            for failure in report.failures
        ],
        "texts": texts.content(),
        "inferred": inference.WORDS,
        "comparison": _comparison(report, columns),
    }


def _comparison(report: Report, columns: dict[str, int]) -> dict[str, object] | None:
    """Return what changed between two campaigns, as places in the grid of the newer one."""
    found = report.comparison
    if found is None:
        return None
    old, new = report.campaigns
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
                "entries": [[columns[f"{new}/{c.identifier}"], c.test] for c in group.changes],
            }
            for group in found.groups
        ],
        "drift": [
            [visible(d.package), visible(f"{d.old or 'absent'} → {d.new or 'absent'}"), d.cells]
            for d in found.drift
        ],
    }


def _column(column: Column, texts: _Texts, *, several: bool) -> dict[str, object]:
    build = column.cell.build
    return {
        "key": column.key,
        "release": visible(column.release),
        "python": visible(column.python),
        "campaign": visible(column.campaign) if several else "",
        "facts": facts.of_column(column),
        "freeze": texts.number(column.cell.freeze),
        "build": texts.number([*build.output, *build.error] if build else None),
    }


def _family(family: Family, report: Report, texts: _Texts) -> dict[str, object]:
    prefix = f"{family.name}/"
    rows = [
        {
            "path": example,
            "name": visible(example.removeprefix(prefix)),
            "entries": [
                entry and _entry(entry, texts)
                for entry in (report.entry(example, column) for column in report.columns)
            ],
            "inferred": {
                index: report.inferred[example, column.key]
                for index, column in enumerate(report.columns)
                if (example, column.key) in report.inferred
            },
        }
        for example in family.examples
    ]
    return {"name": visible(family.name), "rows": rows}


def _entry(entry: Entry, texts: _Texts) -> dict[str, object]:
    """Return one entry; what it has not is left out, since there may be many thousands."""
    run = entry.run
    first = run.first_difference if run else None
    held = entry.baseline_run if not entry.is_baseline else None
    content: dict[str, object] = {
        "verdict": entry.verdict.value,
        "glyph": phrases.glyph(entry),
        "baseline": entry.is_baseline,
        "cause": entry.cause.kind.value if entry.cause else None,
        "sentence": phrases.sentence(entry),
        "facts": facts.of_entry(entry),
        "output": texts.number(run.output if run else None),
        "error": texts.number(run.error if run else None),
        "held": held is not None,
        "against": texts.number(held.output if held else None),
        "lines": facts.lines_of(first),
        "band": facts.bands_of(run) if run and entry.is_baseline else None,
    }
    return {
        name: value
        for name, value in content.items()
        if value is not None and value is not False and value != []
    }
