"""Predicted against what ran: the published campaign, by release.

    python benchmarks/breaks.py [RESULTS] [--misses N]

It starts nothing but reads: surfaces come from the cache or with the package (make them with
``tfcompat surface tensorflow --release minors --release 1.4.0``). A verdict counts as a failure
where the run failed; a prediction is one where any break is predicted.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.version import Version

from tfcompat.breaks.forecast import forecast
from tfcompat.planning.plan import Selection, make_plan

RESULTS = Path("results/published/release")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What became of an example with a release, and what was predicted."""

    release: str
    example: str
    failed: bool
    cause: str
    breaks: tuple[str, ...]
    surface: str

    @property
    def kind(self) -> str:
        """Whether the prediction was right, and how it was wrong."""
        if self.surface == "none":
            return "no surface"
        if bool(self.breaks) == self.failed:
            return "right"
        return "missed" if self.failed else "false alarm"


def main() -> None:
    """Print a row for each release, and what was missed, by kind."""
    parser = argparse.ArgumentParser()
    parser.add_argument("results", nargs="?", type=Path, default=RESULTS)
    parser.add_argument("--misses", type=int, default=10)
    asked = parser.parse_args()
    verdicts = list(read(asked.results))
    print_table(verdicts)
    print_wrong(verdicts, asked.misses)
    newest = max((v.release for v in verdicts), key=Version)
    names = {v.example: len(v.breaks) for v in verdicts if v.release == newest}
    print(f"\ndistinct breaks at {newest}: {sum(names.values())} over {len(names)} examples")
    print(", ".join(f"{Path(example).stem} {number}" for example, number in names.items()))


def read(results: Path) -> list[Verdict]:
    """Return what was predicted and what ran, of every cell and example."""
    stored = [json.loads(path.read_text("utf-8")) for path in results.glob("pypi-*.json")]
    cells: dict[str, dict[str, Any]] = {release_of(cell): cell for cell in stored}
    plan = make_plan(Selection(releases=tuple(sorted(cells, key=Version))))
    found = []
    for script in forecast(plan):
        for one in script.predictions:
            run = cells[one.offer.release]["tests"].get(script.script)
            if run is None or run["verdict"] not in ("same", "different", "failed"):
                continue
            cause = run.get("cause") or {}
            surface = one.offer.surface
            found.append(
                Verdict(
                    release=one.offer.release,
                    example=script.script,
                    failed=run["verdict"] == "failed",
                    cause=f"{cause.get('kind')}: {cause.get('message')}",
                    breaks=tuple(f"{b.name} {b.kind} {b.argument or ''}" for b in one.breaks),
                    surface=surface.origin if surface else "none",
                )
            )
    return found


def release_of(cell: dict[str, Any]) -> str:
    """Return the release of a stored cell."""
    return str(cell["inputs"]["name"]).split("-python-")[0].rpartition("-")[2]


def print_table(verdicts: list[Verdict]) -> None:
    """Print how many predictions were right, by release and together."""
    print(f"{'release':10}{'surface':>9}{'failed':>8}{'right':>7}{'missed':>8}{'false':>7}{'':>8}")
    releases = sorted({v.release for v in verdicts}, key=Version)
    for release in [*releases, "all"]:
        here = [v for v in verdicts if release in (v.release, "all")]
        kinds = Counter(v.kind for v in here)
        surface = "/".join(sorted({v.surface for v in here}))
        share = kinds["right"] / len(here)
        print(
            f"{release:10}{surface:>9}{sum(v.failed for v in here):8}{kinds['right']:7}"
            f"{kinds['missed']:8}{kinds['false alarm']:7}{share:8.1%}"
        )


def print_wrong(verdicts: list[Verdict], number: int) -> None:
    """Print the false alarms, and the causes of what was missed, the most frequent first."""
    for one in verdicts:
        if one.kind == "false alarm":
            print(f"false alarm: {one.release} {one.example}: {'; '.join(one.breaks)}")
    missed = [v for v in verdicts if v.kind == "missed"]
    print("\nmissed, by kind: ", dict(Counter(v.cause.partition(":")[0] for v in missed)))
    for cause, count in Counter(v.cause[:140] for v in missed).most_common(number):
        print(f"{count:5}  {cause}")


main()
