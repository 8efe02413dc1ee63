"""How many environments a search saves that first looks where an edge is predicted.

    python benchmarks/steering.py

Replays the search of each of the 69 examples alone, over all stable releases of TensorFlow, from
what the published search found (results/published/release/frontier): with what is predicted from
the surfaces that come with the package, without, and the least that can show every edge.
"""

from __future__ import annotations

import statistics
import time
from itertools import islice
from pathlib import Path

import frontier

from tfcompat.breaks.forecast import predicted_edges
from tfcompat.planning.plan import Selection
from tfcompat.planning.study import FILE_NAME
from tfcompat.search.request import SearchRequest, plan_of
from tfcompat.search.strategy import Known, Search, chances_of, next_probes

ROOT = Path(__file__).parent.parent
FOUND = ROOT / "results" / "published" / "release" / "frontier" / "frontier.json"


def environments(truth: frontier.Truth, predicted: dict[str, frozenset[int]]) -> int:
    """Return how many environments a search builds until every edge is settled."""
    known: Known = {script: {} for script in truth.rows}
    search = Search(
        baselines=truth.baselines,
        releases=truth.releases,
        known=known,
        chances=chances_of(truth.versions),
        predicted=predicted,
    )
    while probes := list(islice(next_probes(search), 2)):
        for probe in probes:
            for script in probe.scripts:
                known[script][probe.release] = truth.rows[script][probe.release]
    return len(frontier.built(truth, search))


def main() -> None:
    """Print the medians and means."""
    selection = Selection(config=ROOT / FILE_NAME)
    plan, _ = plan_of(SearchRequest(selection=selection))
    begun = time.monotonic()
    predicted = predicted_edges(plan)
    print(f"predicted for {len(predicted)} examples in {time.monotonic() - begun:.1f} s")
    truth = frontier.stored(FOUND)
    places = {str(version): number for number, version in enumerate(truth.versions)}
    releases = [cell.release for cell in plan.cells]
    moved = {
        script: frozenset(places[releases[r]] for r in edges if releases[r] in places)
        for script, edges in predicted.items()
    }
    alone = [truth.only(script) for script in truth.rows]
    without = [environments(one, {}) for one in alone]
    steered = [environments(one, moved) for one in alone]
    least = [len(frontier.bound(one)) for one in alone]
    for name, counts in (("without", without), ("steered", steered), ("least", least)):
        print(f"{name:8} median {statistics.median(counts)}, mean {statistics.mean(counts):.2f}")
    more = sum(new > old for old, new in zip(without, steered, strict=True))
    print(f"more than without: {more} of {len(alone)}")
    whole = environments(truth, {}), environments(truth, moved), len(frontier.bound(truth))
    print(f"all examples at once: {whole[0]} without, {whole[1]} steered, {whole[2]} the least")


if __name__ == "__main__":
    main()
