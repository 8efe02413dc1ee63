"""How the time to judge output grows with its size, for output that is costly to compare.

    python benchmarks/judging.py [KIND ...]

For each kind, seconds of processor time from text to verdict at sizes of 100 to 100,000 numbers,
items or lines, and what of the largest is reading (text to transcript) and comparing. The last
column is the exponent of growth over the last tenfold: 1 is linear, 2 is quadratic. A size that
takes over five minutes is given up, and its larger ones with it.
"""

from __future__ import annotations

import json
import math
import random
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from tfcompat.judging.output.compare import Tolerance, band, compare_outputs
from tfcompat.judging.output.masks import load_masks
from tfcompat.judging.output.transcript import parse

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = (100, 1_000, 10_000, 100_000)
LIMIT = 300  # seconds, of wall time
COLUMNS = 28  # numbers in a row of an array: those of an image

Output = str
Pair = tuple[list[Output], list[Output]]
"""What the runs of the baseline printed, and what the observed runs did."""


def once(one: Callable[[random.Random, int], Output]) -> Callable[[random.Random, int], Pair]:
    """Return a kind of which each side is printed once, and differs from the other by chance."""
    return lambda chance, size: ([one(chance, size)], [one(chance, size)])


def five(one: Callable[[random.Random, int], Output]) -> Callable[[random.Random, int], Pair]:
    """Return a kind of which each side is five runs, a tenth of the size each, all new."""
    return lambda chance, size: (
        [one(chance, size // 10) for _ in range(5)],
        [one(chance, size // 10) for _ in range(5)],
    )


def row(chance: random.Random, size: int) -> Output:
    """Return an array on one line."""
    return f"[{' '.join(f'{chance.random():.4f}' for _ in range(size))}]\n"


def rows(chance: random.Random, size: int) -> Output:
    """Return an array that is printed over many lines."""
    numbers = [f"{chance.random():.4f}" for _ in range(size)]
    lines = (f"[{' '.join(numbers[at : at + COLUMNS])}]" for at in range(0, size, COLUMNS))
    return "[" + "\n ".join(lines) + "]\n"


def farther(chance: random.Random, size: int) -> Pair:
    """Return numbers of which each is farther from the other side's than all before it."""
    slope = chance.uniform(2, 3)
    return (
        [" ".join(f"{n}." for n in range(size)) + "\n"],
        [" ".join(f"{n * slope:.3f}" for n in range(size)) + "\n"],
    )


def words(chance: random.Random, size: int) -> Output:
    """Return lines of which none is like another."""
    return "".join(f"{chance.choice('abc')}{chance.getrandbits(60)}x\n" for _ in range(size))


def steps(chance: random.Random, size: int) -> Output:
    """Return many short lines, of which one number each differs."""
    return "".join(f"step {step} loss {chance.random():.6f}\n" for step in range(size))


def warned(chance: random.Random, size: int) -> Output:
    """Return such lines with some others between them, never at the same place."""
    lines = steps(chance, size).splitlines(keepends=True)
    for _ in range(min(20, size // 5)):
        lines.insert(chance.randrange(len(lines)), f"retry {chance.choice('abcdef')}\n")
    return "".join(lines)


def long_line(chance: random.Random, size: int) -> Output:
    """Return one line of 50 letters for each item."""
    return " ".join(f"{'word ' * 7}part {chance.random():.6f}," for _ in range(size)) + "\n"


def _values(chance: random.Random, size: int) -> list[float]:
    return [round(chance.random(), 5) for _ in range(size)]


def json_line(chance: random.Random, size: int) -> Output:
    """Return JSON on one line, of 10 letters for each item."""
    return json.dumps(_values(chance, size)) + "\n"


def json_lines(chance: random.Random, size: int) -> Output:
    """Return the same over many lines, with names."""
    return json.dumps({"values": _values(chance, size)}, indent=1) + "\n"


def mapping(chance: random.Random, size: int) -> Output:
    """Return a dict."""
    return f"{ {f'key_{n}': chance.random() for n in range(size)} }\n"


def shuffled(chance: random.Random, size: int) -> Pair:
    """Return lines on one side, and the same in another order on the other."""
    lines = words(chance, size).splitlines(keepends=True)
    return ["".join(lines)], ["".join(chance.sample(lines, len(lines)))]


def moved(chance: random.Random, size: int) -> Pair:
    """Return lines on one side, and on the other the same with the first third moved to the end."""
    lines = words(chance, size).splitlines(keepends=True)
    third = len(lines) // 3
    return ["".join(lines)], ["".join(lines[third:] + lines[:third])]


KINDS: dict[str, Callable[[random.Random, int], Pair]] = {
    "array, one line": once(row),
    "array, lines": once(rows),
    "ever farther": farther,
    "text, all new": once(words),
    "text, shuffled": shuffled,
    "text, a block moved": moved,
    "one line of 5 MB": once(long_line),
    "JSON, one line": once(json_line),
    "JSON, indented": once(json_lines),
    "dict": once(mapping),
    "a number a line": once(steps),
    "5 + 5 runs, noisy": five(steps),
    "5 + 5 runs, warnings": five(warned),
    "5 + 5 runs, text": five(words),
}


def measured(kind: str, size: int) -> tuple[float, float]:
    """Return the seconds of reading and of comparing."""
    masks = load_masks()
    texts = KINDS[kind](random.Random(size), size)
    begun = time.process_time()
    baseline, observed = ([parse(text, masks) for text in side] for side in texts)
    read = time.process_time()
    compare_outputs(baseline, observed, Tolerance())
    if len(baseline) > 1:
        band(baseline, 500)
    return read - begun, time.process_time() - read


def main() -> None:
    """Print the table; every size in a process of its own."""
    if len(sys.argv) == 3 and sys.argv[2].isdigit():
        print(*measured(sys.argv[1], int(sys.argv[2])))
        return
    print(f"{'seconds':22}{''.join(f'{size:>10,}' for size in SIZES)}   read compare  growth")
    for kind in sys.argv[1:] or KINDS:
        print(f"{kind:22}", end="", flush=True)
        found: list[tuple[float, float]] = []
        for size in SIZES:
            command = [sys.executable, __file__, kind, str(size)]
            try:
                done = subprocess.run(
                    command, capture_output=True, text=True, check=True, timeout=LIMIT
                )
            except subprocess.TimeoutExpired:
                print(f"{f'>{LIMIT}':>10}")
                break
            read, compared = map(float, done.stdout.split())
            found.append((read, compared))
            print(f"{read + compared:10.3f}", end="", flush=True)
        else:
            growth = math.log10(sum(found[-1]) / sum(found[-2]))
            print(f"{found[-1][0]:7.2f}{found[-1][1]:8.2f}{growth:8.1f}")


if __name__ == "__main__":
    main()
