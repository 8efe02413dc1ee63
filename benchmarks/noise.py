"""How often the rule for noise is wrong, and how often it finds what is there: simulated.

    python benchmarks/noise.py [TRIALS]

A baseline of five runs and a run that is confirmed by four more, all normally distributed around
100 with a standard deviation of 1. False alarms are counted with nothing changed, power with one of
the numbers shifted. "Naive" calls different what lies outside the baseline's range, at once.
"""

from __future__ import annotations

import random
import sys

from tfcompat.judging.output.compare import Tolerance, compare_outputs
from tfcompat.judging.output.transcript import Transcript, parse

NUMBERS = (1, 5, 20, 100)
SHIFTS = (0, 3, 5, 8)
REPEATS = 5


def sample(chance: random.Random, count: int, numbers: int, shift: float) -> list[Transcript]:
    """Return some runs, each a line of numbers of which the first is shifted."""
    texts = [
        " ".join(repr(chance.gauss(100 + shift * (place == 0), 1)) for place in range(numbers))
        for _ in range(count)
    ]
    return [parse(text, ()) for text in texts]


def alarms(chance: random.Random, trials: int, numbers: int, shift: float) -> tuple[int, int]:
    """Return how many runs are different by the rule, and how many lie outside a range."""
    found = outside = 0
    for _ in range(trials):
        baseline = sample(chance, REPEATS, numbers, 0)
        observed = sample(chance, 1, numbers, shift)
        columns = zip(*(run.lines[0].numbers for run in baseline), strict=True)
        values = zip(columns, observed[0].lines[0].numbers, strict=True)
        outside += any(not min(column) <= value <= max(column) for column, value in values)
        if compare_outputs(baseline, observed, Tolerance()).needs_confirmation:
            observed += sample(chance, REPEATS - 1, numbers, shift)
            found += not compare_outputs(baseline, observed, Tolerance()).equal
    return found, outside


def main() -> None:
    """Print the table."""
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    chance = random.Random(20)
    print(f"{trials} trials each; share of runs called different, in percent (naive in brackets)")
    print("numbers  " + "".join(f"{'no change' if not s else f'{s} sd':>20}" for s in SHIFTS))
    for numbers in NUMBERS:
        cells = [alarms(chance, trials, numbers, shift) for shift in SHIFTS]
        shown = (f"{100 * a / trials:.2f} ({100 * b / trials:.1f})" for a, b in cells)
        print(f"{numbers:7}  " + "".join(f"{text:>20}" for text in shown))


if __name__ == "__main__":
    main()
