"""How many environments delta debugging takes to find the packages that break a release.

    python benchmarks/reducing.py [--cases N] [--seed N]

Made-up drifts: of some packages that moved, one to three break the release, and only holding all of
them back mends it. Each row is the mean and the most trials over the cases, where the packages are
in any order, and where the error names one of those at fault, so that it comes first. Beside them:
one trial a package (linear), and the least that any method needs in the mean of all cases, which is
the logarithm of the number of possible answers.
"""

from __future__ import annotations

import argparse
import math
import random
from statistics import mean
from typing import TYPE_CHECKING

from tfcompat.counterfactual.reduce import smallest

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZES = (4, 8, 16, 32, 64)
AT_FAULT = (1, 2, 3)


def trials(items: Sequence[int], at_fault: set[int]) -> int:
    """Return how many parts are tried until exactly those at fault are found."""
    steps = smallest(items, most=10_000)
    number = 0
    try:
        part = next(steps)
        while True:
            number += 1
            part = steps.send(at_fault <= set(part))
    except StopIteration as end:
        if set(end.value) != at_fault:
            raise RuntimeError(f"{items}: {end.value} instead of {at_fault}") from None
    return number


def row(size: int, fault: int, cases: int, chance: random.Random) -> list[float]:
    """Return the figures of one row."""
    plain, named = [], []
    for _ in range(cases):
        items = list(range(size))
        chance.shuffle(items)
        at_fault = set(chance.sample(items, fault))
        plain.append(trials(items, at_fault))
        first = chance.choice(sorted(at_fault))
        items.remove(first)
        named.append(trials([first, *items], at_fault))
    return [
        mean(plain),
        max(plain),
        mean(named),
        max(named),
        size,
        math.log2(math.comb(size, fault)),
    ]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parsed = parser.parse_args()
    chance = random.Random(parsed.seed)
    print("| moved | at fault | trials (most) | the error names one (most) | linear | least |")
    print("|--:|--:|--:|--:|--:|--:|")
    for fault in AT_FAULT:
        for size in SIZES:
            if size <= fault:
                continue
            plain, most, named, most_named, linear, least = row(size, fault, parsed.cases, chance)
            print(
                f"| {size} | {fault} | {plain:.1f} ({most:.0f}) | {named:.1f} ({most_named:.0f}) "
                f"| {linear:.0f} | {least:.1f} |"
            )


if __name__ == "__main__":
    main()
