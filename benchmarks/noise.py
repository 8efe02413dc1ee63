"""How often the rule for noise is wrong, how often it finds what is there, and in how many runs.

    python benchmarks/noise.py [TRIALS [KIND ...]]

Simulated, with the rule itself: each trial is an example of which a baseline has one run and
another release one run, and both are run again for as long as the comparison asks for it, first the
baseline, as a campaign does. Nothing has changed in TRIALS trials of each row (100,000; of 100
numbers 20,000 and of 1,000 numbers 8,000 at most). One number is shifted by 5 or 8 standard
deviations in 2,000 (in "all shifted" and "in step" every one). Shown are the shares that come out
as different, with the upper bound of a confidence of 95 % (Clopper and Pearson), the mean number of
runs on both sides, and the most on one.
"""

from __future__ import annotations

import math
import random
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfcompat.judging.output.compare import compare_outputs
from tfcompat.judging.output.lines import Line, Lines, Transcript
from tfcompat.judging.output.tolerance import Tolerance
from tfcompat.judging.output.transcript import NUMBER

if TYPE_CHECKING:
    from collections.abc import Callable

    Printed = list[tuple[str, list[float]]]
    """The lines of one run: each a text, and its numbers."""

_CHUNK = 500
_SHIFTS = (0, 5, 8)


def _normal(chance: random.Random, numbers: int, shift: float) -> Printed:
    return [("x", [chance.gauss(shift * (n == 0), 1) for n in range(numbers)])]


def _all_shifted(chance: random.Random, numbers: int, shift: float) -> Printed:
    return [("x", [chance.gauss(shift, 1) for _ in range(numbers)])]


def _together(chance: random.Random, numbers: int, shift: float) -> Printed:
    level = chance.gauss(shift, 1)
    return [("x", [level + chance.gauss(0, 0.3) for _ in range(numbers)])]


def _cauchy(chance: random.Random, numbers: int, shift: float) -> Printed:
    values = [math.tan(math.pi * (chance.random() - 0.5)) for _ in range(numbers)]
    return [("x", [values[0] + shift, *values[1:]])]


def _student(chance: random.Random, numbers: int, shift: float) -> Printed:
    """Return numbers of Student's distribution with three degrees of freedom."""
    values = [
        chance.gauss(0, 1) / math.sqrt(chance.gammavariate(1.5, 2) / 3) for _ in range(numbers)
    ]
    return [("x", [values[0] + shift, *values[1:]])]


def _toss(chance: random.Random, numbers: int, shift: float) -> Printed:
    """Return one of two values for each number: far from normal, and often all the same."""
    return [("x", [float(chance.random() < 0.5) + shift * (n == 0) for n in range(numbers)])]


def _words(chance: random.Random, numbers: int, shift: float) -> Printed:
    """Return lines with one of two texts; a shift is another text of the first."""
    words = [chance.choice(("yes", "no")) for _ in range(numbers)]
    return [("other" if shift and not n else word, []) for n, word in enumerate(words)]


def _branch(chance: random.Random, numbers: int, shift: float) -> Printed:
    """Return the output of one of two ways, which differ in lines, texts and numbers."""
    head: Printed = [("begin", [shift])]
    if chance.random() < 0.5:
        return [*head, ("fast", []), ("x", [chance.gauss(0, 1) for _ in range(numbers)])]
    return [*head, ("slow y", [chance.gauss(9, 1) for _ in range(numbers)]), ("w", []), ("v", [])]


def _rare_line(chance: random.Random, numbers: int, shift: float) -> Printed:
    """Return lines before some of which a warning appears, in one run of five each."""
    lines: Printed = []
    for n in range(numbers):
        lines += [("warning", [])] * (chance.random() < 0.2)
        lines.append((f"step {n}", [shift * (n == 0)]))
    return lines


def _mixed(chance: random.Random, numbers: int, shift: float) -> Printed:
    """Return as many constant numbers as noisy ones; a constant one is shifted."""
    return [("c", [shift] + [0.0] * (numbers - 1)), *_normal(chance, numbers, 0)]


KINDS: dict[str, tuple[Callable[[random.Random, int, float], Printed], tuple[int, ...]]] = {
    "normal": (_normal, (1, 5, 20, 100, 1000)),
    "all shifted": (_all_shifted, (20, 100)),
    "in step": (_together, (20, 100)),
    "Cauchy": (_cauchy, (1, 20, 100)),
    "Student, 3": (_student, (1, 20, 100)),
    "tossed": (_toss, (1, 5, 20, 100)),
    "two texts": (_words, (1, 5, 20)),
    "two ways": (_branch, (1, 20)),
    "rare lines": (_rare_line, (1, 5, 20)),
    "constant": (_mixed, (1, 20, 100)),
}


@dataclass(frozen=True)
class Tally:
    """What some trials came to: how many were different, all their runs, the most on a side."""

    trials: int = 0
    different: int = 0
    runs: int = 0
    most: int = 0

    def __add__(self, other: Tally) -> Tally:
        """Return what both came to."""
        return Tally(
            self.trials + other.trials,
            self.different + other.different,
            self.runs + other.runs,
            max(self.most, other.most),
        )


def one_run(printed: Printed) -> Transcript:
    """Return what a run printed as a transcript, without parsing it."""
    lines = [
        Line(
            raw="", skeleton=" ".join([text, *[NUMBER] * len(values)]), numbers=tuple(values), at=n
        )
        for n, (text, values) in enumerate(printed, start=1)
    ]
    return Transcript(Lines(lines))


def trial(chance: random.Random, kind: str, numbers: int, shift: float) -> Tally:
    """Compare two releases of which the second is shifted, as a campaign would."""
    make, _ = KINDS[kind]
    baseline = [one_run(make(chance, numbers, 0.0))]
    observed = [one_run(make(chance, numbers, shift))]
    found = compare_outputs(baseline, observed, Tolerance())
    while (wanted := found.wanted) is not None:
        # The baseline first: it may be equal then.
        sample, number, offset = observed, wanted.observed, shift
        if len(baseline) < wanted.baseline:
            sample, number, offset = baseline, wanted.baseline, 0.0
        sample += [one_run(make(chance, numbers, offset)) for _ in range(number - len(sample))]
        found = compare_outputs(baseline, observed, Tolerance())
    have = len(baseline), len(observed)
    return Tally(1, not found.equal, sum(have), max(have))


def some_trials(seed: int, trials: int, kind: str, numbers: int, shift: float) -> Tally:
    """Return what so many trials came to."""
    chance = random.Random(f"{seed} {kind} {numbers} {shift}")
    return sum((trial(chance, kind, numbers, shift) for _ in range(trials)), Tally())


def upper_bound(different: int, trials: int) -> float:
    """Return the largest share for which so few, or fewer, have a probability of 5 %."""
    low, high = different / trials, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        terms = (
            math.exp(
                math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
                + k * math.log(middle) + (trials - k) * math.log1p(-middle)
            )
            for k in range(different + 1)
        )  # fmt: skip
        low, high = (middle, high) if sum(terms) > 0.05 else (low, middle)
    return high


def main() -> None:
    """Print the table."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    kinds = sys.argv[2:] or KINDS
    print(f"{'':20} no change, at most runs most      5 sd    runs      8 sd    runs")
    with ProcessPoolExecutor() as pool:
        for kind in kinds:
            for numbers in KINDS[kind][1]:
                row = f"{kind:12}{numbers:8}"
                for shift in _SHIFTS:
                    count = min(most, 2000 if shift else max(8_000, 2_000_000 // numbers))
                    chunks = [min(_CHUNK, count - done) for done in range(0, count, _CHUNK)]
                    jobs = [
                        pool.submit(some_trials, seed, chunk, kind, numbers, float(shift))
                        for seed, chunk in enumerate(chunks)
                    ]
                    tally = sum((job.result() for job in jobs), Tally())
                    share, runs = tally.different / count, tally.runs / count
                    if shift:
                        row += f"{share:10.1%}{runs:8.1f}"
                    else:
                        bound = upper_bound(tally.different, count)
                        row += f"{share:11.3%}{bound:10.3%}{runs:8.1f}{tally.most:6}"
                print(row, flush=True)


if __name__ == "__main__":
    main()
