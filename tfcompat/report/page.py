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
from tfcompat.report import inference, page_data, phrases, timing
from tfcompat.util.files import strict_json
from tfcompat.util.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tfcompat.report.model import Report

_SCRIPTS = (
    "page.js",
    "timeline.js",
    "picture.js",
    "details.js",
    "metrics.js",
    "filters.js",
    "grid.js",
    "comparison.js",
    "overview.js",
    "keys.js",
    "main.js",
)
"""In the order in which they are run."""


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
        plural=plural,
        time=_time(report),
        legend=_legend(report),
        inferred=inference.MEANINGS if report.inferred else {},
        predicted=bool(report.predicted),
        damaged=[visible(line) for line in report.damaged],
        # Trusted: files of this package, and JSON that cannot hold markup.
        style=Markup(style),  # noqa: S704
        scripts=[Markup(script) for script in scripts],  # noqa: S704
        data=Markup(packed(page_data.data_of(report))),  # noqa: S704
        policy=f"default-src 'none'; img-src data:; style-src {_digest(style)}; "
        f"script-src {' '.join(map(_digest, scripts))}",
    )


def _legend(report: Report) -> list[tuple[str, str, str, int]]:
    """Return each verdict with its sign, its meaning and how often it was given."""
    return [
        (verdict.value, phrases.GLYPHS[verdict], phrases.MEANINGS[verdict], report.counts[verdict])
        for verdict in phrases.ORDER
    ]


def _time(report: Report) -> dict[str, object] | None:
    """Return how much time was taken, with each part in percent; None where no time is known."""
    time = timing.timing_of(report)
    if not time.total:
        return None

    def rows(parts: Iterable[tuple[str, float]]) -> list[tuple[str, str, int]]:
        return [
            (visible(name), timing.duration(seconds), round(100 * seconds / time.total))
            for name, seconds in parts
        ]

    return {
        "sentence": visible(timing.sentence(time)),
        "tables": [
            ("Step", rows(time.phases)),
            ("Slowest cells", rows(time.cells)),
            ("Slowest examples", rows(time.examples)),
        ],
    }


def _digest(text: str) -> str:
    """Return the hash by which a content policy identifies a style or a script.

    https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Content-Security-Policy
    """
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def packed(content: object) -> str:
    """Return JSON as the page holds it: compressed by zlib, in letters that begin no markup."""
    text = strict_json(content)
    return base64.b64encode(zlib.compress(text.encode("ascii"), 6)).decode("ascii")
