"""Do warm runs end and print as fresh ones do? Holds two campaigns of the same cells side by side.

    tfcompat run --isolation fresh --results FRESH
    tfcompat run --isolation warm --results WARM
    python benchmarks/isolation.py FRESH WARM [BASELINES]

For every example of every cell that both hold: the exit code; the output, byte for byte, else as a
transcript (within the study's tolerance, or the fresh runs' own noise); and the verdict of either
against one baseline (of BASELINES, else WARM). FRESH may be a campaign without confirmation:
what differs there so far counts as different. Lists every pair that is not alike.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from tfcompat.judging.judge import Judge, Reference
from tfcompat.judging.output.sides import Side
from tfcompat.planning.judging_rules import judging_rules
from tfcompat.planning.study import FILE_NAME, load_study
from tfcompat.results.campaign import Campaign
from tfcompat.results.identifiers import identifier as identifier_of
from tfcompat.results.verdicts import CauseKind, Verdict

if TYPE_CHECKING:
    from tfcompat.results.schema import CellResult, Example

ROOT = Path(__file__).parent.parent


def verdict(judge: Judge, test: str, cell: str, example: Example, reference: Reference) -> str:
    """Return the verdict on an example, where a difference that awaits confirmation is one."""
    judged = judge.judge(test, cell, example, reference)
    if judged.cause and judged.cause.kind is CauseKind.UNCONFIRMED:
        return Verdict.DIFFERENT.value
    return judged.verdict.value


def alike(judge: Judge, test: str, fresh: Example, warm: Example) -> str:
    """Return how far a warm run's exit code and output agree with those of a fresh run."""
    if fresh.retval != warm.retval:
        return f"exit {fresh.retval} became {warm.retval}"
    if fresh.output == warm.output:
        return "same bytes"
    # Both are of one cell, so no spelling is equal that is not equal everywhere.
    found = judge.compare(test, Side(runs=fresh.all_runs), Side(runs=warm.all_runs))
    return f"same by {found.basis.value}" if found.basis else "another transcript"


def main() -> None:
    """Print what is alike, and each pair that is not."""
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    study = load_study(ROOT / FILE_NAME)
    judge = Judge(judging_rules(study))
    fresh, warm = (Campaign(Path(name)) for name in sys.argv[1:3])
    baselines = Campaign(Path(sys.argv[-1]))
    known: dict[str, CellResult | None] = {}
    tally: Counter[str] = Counter()
    started: Counter[str] = Counter()
    cells = 0
    for identifier, other in warm.cells().items():
        first = fresh.cell(identifier)
        if first is None or other.verdict or first.verdict:
            continue
        cells += 1
        for test in sorted(first.examples.keys() & other.examples.keys()):
            one, two = first.examples[test], other.examples[test]
            started[two.isolation] += 1
            how = alike(judge, test, one, two)
            named = study.baseline(test)
            name = identifier_of(study.analysis.dependency, str(named.release), named.python)
            if name not in known:
                known[name] = baselines.known(name)
            base = known[name].examples.get(test) if known[name] else None
            reference = Reference(identifier=name, example=base, named=True, why="not there")
            verdicts = [verdict(judge, test, identifier, e, reference) for e in (one, two)]
            tally[how] += 1
            if verdicts[0] != verdicts[1] or how.startswith(("exit", "another")):
                print(f"{identifier} {test}: {how}; verdict {verdicts[0]}, then {verdicts[1]} "
                      f"({two.isolation})")  # fmt: skip
            tally["same verdict" if verdicts[0] == verdicts[1] else "ANOTHER VERDICT"] += 1
    print(f"{cells} cells, {sum(started.values())} pairs of runs; started {dict(started)}")
    for how, count in tally.most_common():
        print(f"{count:6} {how}")


if __name__ == "__main__":
    main()
