"""Predicted against what is known of other libraries: the scripts of the corpus that an edge stops.

    python benchmarks/breaks_corpus.py [--only GLOB ...] [--compiled] [--recorded] [--json FILE]

For each edge upwards at which a script fails (tests/corpus/corpus.yaml), ``tfcompat breaks`` is
asked what breaks at the first release that is bad, and at the last one that is good, where any
break is a false alarm. Releases are read from the index. Nothing of the scripts is run, unless
``--recorded`` names their baselines, so that a run is recorded.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml
from packaging.version import Version

CORPUS = Path(__file__).parent.parent / "tests" / "corpus"


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A release at which a script of the corpus fails, and the one before, at which it runs."""

    script: str
    dependency: str
    python: str | None
    baseline: str | None
    good: str
    bad: str
    symbol: str
    cause: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is predicted at both sides of an edge; ``fault`` says why there is no answer."""

    edge: Edge
    at_good: tuple[str, ...] = ()
    at_bad: tuple[str, ...] = ()
    seconds: float = 0.0
    fault: str = ""

    @property
    def kind(self) -> str:
        """How good the answer is."""
        if self.fault:
            return "no answer"
        if self.at_good:
            return "false alarm"
        return "predicted" if self.at_bad else "missed"


def edges_of(rows: list[dict[str, Any]], *, compiled: bool) -> list[Edge]:
    """Return the edges upwards at which scripts fail, of pure libraries or of all."""
    return [
        Edge(
            script=row["script"],
            dependency=row["dependency"],
            python=row.get("python"),
            baseline=row.get("baseline"),
            good=str(edge["last"]),
            bad=str(edge["first"]),
            symbol=str(edge.get("symbol", "")),
            cause=str(edge.get("cause", "")),
        )
        for row in rows
        for edge in row["edges"]
        if (edge["direction"], edge["verdict"]) == ("up", "failed")
        and (compiled or "pure" in row["kinds"])
        and not row.get("suite")
    ]


def ask(edge: Edge, *, recorded: bool) -> Answer:
    """Return what is predicted at both sides of an edge; ``recorded``: after a run."""
    command = [sys.executable, "-m", "tfcompat", "breaks", str(CORPUS / "scripts" / edge.script)]
    command += ["--dependency", edge.dependency, "--json"]
    command += ["--release", edge.good, "--release", edge.bad]
    command += ["--python", edge.python] if edge.python else []
    command += ["--baseline", edge.baseline, "--record"] if recorded and edge.baseline else []
    begun = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - begun
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        return Answer(edge=edge, seconds=seconds, fault=last)
    (script,) = json.loads(done.stdout)["scripts"]
    found = {Version(one["release"]): one for one in script["releases"]}
    sides = [found.get(Version(release)) for release in (edge.good, edge.bad)]
    if any(one is None or one["surface"] == "none" for one in sides):
        return Answer(edge=edge, seconds=seconds, fault="a release has no sources to read")
    good, bad = (tuple(map(shown, one["breaks"])) for one in sides if one)
    return Answer(edge=edge, at_good=good, at_bad=bad, seconds=seconds)


def shown(found: dict[str, Any]) -> str:
    """Return a break in short."""
    argument = f"({found['argument']}=)" if found["argument"] else ""
    return f"{found['kind']} {found['name']}{argument}"


def main() -> None:
    """Print a row for each edge, then the totals, and what was missed by its cause."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=["*"], metavar="GLOB", help="which scripts")
    parser.add_argument("--compiled", action="store_true", help="those of compiled libraries too")
    parser.add_argument("--recorded", action="store_true", help="record runs at their baselines")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the answers there")
    parsed = parser.parse_args()
    rows = yaml.safe_load((CORPUS / "corpus.yaml").read_text(encoding="utf-8"))
    answers = []
    for edge in edges_of(rows, compiled=parsed.compiled):
        if any(fnmatchcase(edge.script, glob) for glob in parsed.only):
            answers.append(ask(edge, recorded=parsed.recorded))
            print_row(answers[-1])
    if parsed.json:
        parsed.json.write_text(json.dumps([asdict(one) for one in answers], indent=1))
    print_totals(answers)


def print_row(answer: Answer) -> None:
    """Print what is predicted of a script."""
    edge = answer.edge
    name = f"{edge.script:36} {edge.dependency:20} {edge.good:>9} | {edge.bad:9}"
    print(f"{answer.kind:12}{name} {answer.seconds:6.1f} s  {'; '.join(answer.at_bad)}", flush=True)
    if answer.kind != "predicted":
        print(f"{'':12}{answer.fault or '; '.join(answer.at_good)} [{edge.symbol}]", flush=True)


def print_totals(answers: list[Answer]) -> None:
    """Print how many are predicted, and the causes of what is missed."""
    kinds = Counter(one.kind for one in answers)
    libraries = len({one.edge.dependency for one in answers})
    scripts = len({one.edge.script for one in answers})
    print(f"\n{len(answers)} edges of {scripts} scripts, {libraries} libraries: {dict(kinds)}")
    missed = Counter(one.edge.cause for one in answers if one.kind == "missed")
    print(f"missed, by cause of the edge: {dict(missed)}")
    print(f"{sum(one.seconds for one in answers):.0f} s")


if __name__ == "__main__":
    main()
