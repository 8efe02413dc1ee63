"""What runs cost when they were last made: how long to expect them, and how much memory."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from typing import TYPE_CHECKING

from tfcompat.results.campaign import STATE
from tfcompat.util.files import write_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tfcompat.results.schema import Example

# Bytes that a run may need of which nothing is known: a library like TensorFlow, and some data.
UNKNOWN_MEMORY = 1_000_000_000

_FILE = "took.json"

RunCost = tuple[float, int]
"""Seconds and peak bytes of one run."""


def measure_cost(examples: Mapping[str, Example]) -> dict[str, RunCost]:
    """Return what the runs of each example cost at most."""
    return {
        test: (
            max(run.seconds for run in example.all_runs),
            max(run.peak_memory or 0 for run in example.all_runs),
        )
        for test, example in examples.items()
    }


def read_costs(results: Path) -> dict[str, dict[str, RunCost]]:
    """Return what is stored in a results folder of what runs cost, by cell and example."""
    found = {}
    for path in (results / STATE).glob(f"*/{_FILE}"):
        # It only makes the next campaign faster, so a file that cannot be read is ignored.
        with suppress(OSError, ValueError, TypeError, AttributeError, LookupError):
            tests = json.loads(path.read_text(encoding="utf-8"))
            found[path.parent.name] = {
                test: (float(cost[0]), int(cost[1])) for test, cost in tests.items()
            }
    return found


class Timings:
    """What is known of the cost of each example in each cell.

    Other cells of the same example serve as a guess. What is added is also stored in the folder
    ``results``, if one is given.
    """

    def __init__(
        self, known: Mapping[str, Mapping[str, RunCost]], results: Path | None = None
    ) -> None:
        self._known = {cell: dict(tests) for cell, tests in known.items()}
        self._results = results
        self._most: dict[str, RunCost] = {}
        for tests in self._known.values():
            self._note(tests)

    def add(self, identifier: str, tests: Mapping[str, RunCost]) -> None:
        """Add what has just been measured in a cell; raise ResultsError if it cannot be stored."""
        self._known[identifier] = {**self._known.get(identifier, {}), **tests}
        self._note(tests)
        if self._results is not None:
            write_json(self._results / STATE / identifier / _FILE, self._known[identifier])

    def _note(self, tests: Mapping[str, RunCost]) -> None:
        for test, (seconds, memory) in tests.items():
            most = self._most.get(test, (0.0, 0))
            self._most[test] = (max(most[0], seconds), max(most[1], memory))

    def of_cell(self, identifier: str, tests: Iterable[str]) -> dict[str, RunCost]:
        """Return what is known of examples in a cell, or elsewhere, as far as it is."""
        own = self._known.get(identifier, {})
        known = {test: own.get(test) or self._most.get(test) for test in tests}
        return {test: cost for test, cost in known.items() if cost is not None}

    def seconds(self, identifier: str, test: str) -> float:
        """Return how long a run is expected to take; infinity where nothing is known of it."""
        known = self._known.get(identifier, {}).get(test) or self._most.get(test)
        return known[0] if known else math.inf

    def memory(self, identifier: str, test: str) -> int:
        """Return how many bytes a run is expected to need."""
        known = self._known.get(identifier, {}).get(test) or self._most.get(test)
        return known[1] if known else UNKNOWN_MEMORY

    def longest_first(self, identifier: str, tests: Iterable[str]) -> list[str]:
        """Return examples in the order in which they keep all cores busy to the end."""
        return sorted(tests, key=lambda test: -self.seconds(identifier, test))

    def cell_seconds(self, identifier: str, tests: Iterable[str]) -> float:
        """Return how long a cell is expected to take; infinity where it has not been tried."""
        if identifier not in self._known:
            return math.inf
        return sum(self._known[identifier].get(test, (0.0, 0))[0] for test in tests)
