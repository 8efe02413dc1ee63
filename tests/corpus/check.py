"""Tries the corpus: scripts of many libraries, each with the edges that are known to be true.

    python tests/corpus/check.py [--only GLOB ...] [--named] [--jobs N] [--json FILE]

Prints a row for each script: what was expected and found, environments, seconds, right or wrong.
Exits with 1 where an answer is wrong. ``nox -s corpus`` calls it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml
from packaging.version import Version

HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was found of one script, and the faults in it: none where the answer is right."""

    script: str
    dependency: str
    found: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    environments: int = 0
    seconds: float = 0.0


@dataclass
class Case:
    """One script with its library, how it is asked for, and the edges that are true.

    ``module`` runs in place of the script (``-m``), which a ``suite`` is the tests of; the edges
    are then those of the ``test`` of that name. Of ``options``, ``{scripts}`` is the folder of all
    scripts. ``arguments`` are those of the script. ``none`` are directions in which nothing stops
    it: what others take for a change is none.
    """

    script: str
    dependency: str
    edges: list[dict[str, str]]
    baseline: str | None = None
    python: str | None = None
    require: list[str] = field(default_factory=list)
    module: str = ""
    suite: bool = False
    test: str = ""
    options: list[str] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)
    none: list[str] = field(default_factory=list)
    named: bool = False

    @property
    def name(self) -> str:
        """What its results and its log are called by."""
        return str(Path(self.script).with_suffix("")).replace("/", "-")

    def command(self, results: Path) -> list[str]:
        """Return the command that a user would give."""
        path = str(HERE / "scripts" / self.script)
        target = (
            ["-m", self.module] if self.module else ["--pytest", path] if self.suite else [path]
        )
        words = [sys.executable, "-m", "tfcompat", "frontier", *target]
        words += ["--json", "--results", str(results / self.name)]
        words += ["--dependency", self.dependency] if self.named else []
        words += ["--baseline", self.baseline] if self.baseline else []
        words += ["--python", self.python] if self.python else []
        words += [word for name in self.require for word in ("--require", name)]
        words += [word.format(scripts=HERE / "scripts") for word in self.options]
        return words + (["--", *self.arguments] if self.arguments else [])

    def own(self, document: dict[str, Any]) -> dict[str, Any]:
        """Return what was found of the script, or of its test."""
        scripts: list[dict[str, Any]] = document["scripts"]
        (own,) = (one for one in scripts if one["script"].endswith(self.test))
        return own


def load(text: str) -> list[Case]:
    """Return the cases of a corpus file."""
    names = Case.__dataclass_fields__
    rows = yaml.safe_load(text)
    return [Case(**{key: row[key] for key in row if key in names}) for row in rows]


def check(case: Case, results: Path) -> Answer:
    """Ask for the edges of a script, and compare them with those that are true.

    What the command said meanwhile is kept beside the results, as a log.
    """
    begun = time.monotonic()
    done = subprocess.run(case.command(results), capture_output=True, text=True, check=False)
    seconds = time.monotonic() - begun
    results.mkdir(parents=True, exist_ok=True)
    (results / f"{case.name}.log").write_text(done.stderr, encoding="utf-8")
    try:
        document = json.loads(done.stdout)
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["no answer"])[-1]
        return Answer(
            script=case.script, dependency=case.dependency, faults=(last,), seconds=seconds
        )
    script = case.own(document)
    found = [*script["edges"], *open_ends(script)]
    faults = [fault for edge in case.edges if (fault := fault_in(edge, found))]
    faults += [
        f"an edge {edge['direction']} at {edge['release']}, where none is"
        for edge in script["edges"]
        if edge["direction"] in case.none
    ]
    return Answer(
        script=case.script,
        dependency=document["dependency"],
        found=tuple(map(shown, script["edges"])),
        faults=tuple(faults),
        environments=document["environments"],
        seconds=seconds,
    )


def open_ends(script: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the ends of the range beyond which none can be installed, in the form of edges."""
    works = script["works"] or {}
    return [
        {
            "direction": direction,
            "verdict": "unbuildable",
            "release": releases[0 if direction == "up" else -1],
            "last": works.get("high" if direction == "up" else "low"),
        }
        for direction, releases in script.get("open_ends", {}).items()
        if releases
    ]


def fault_in(true: dict[str, str], found: list[dict[str, Any]]) -> str:
    """Return what is wrong with the edges found, beside a true one; empty where it is there."""
    same = [
        edge
        for edge in found
        if edge["direction"] == true["direction"]
        and Version(edge["release"]) == Version(str(true["first"]))
        and edge["verdict"] == true["verdict"]
    ]
    if not same:
        return f"no edge {true['direction']} at {true['first']} ({true['verdict']})"
    if Version(same[0]["last"]) != Version(str(true["last"])):
        return f"{true['first']} is right, its last is {same[0]['last']}, not {true['last']}"
    return ""


def shown(edge: dict[str, Any]) -> str:
    """Return an edge in short, with the releases within it that could not be tried."""
    untried = f" (untried: {', '.join(edge['untried'])})" if edge.get("untried") else ""
    return (
        f"{edge['direction']} {edge['last']} | {edge['release']} {edge['verdict']}: {edge['why']}"
        f"{untried}"
    )


def main() -> int:
    """Check all cases, print a row for each, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=["*"], metavar="GLOB", help="which scripts")
    parser.add_argument("--named", action="store_true", help="name the library of each script")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="searches at a time")
    parser.add_argument("--results", type=Path, default=Path("results/corpus"))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the answers there")
    parsed = parser.parse_args()
    cases = load((HERE / "corpus.yaml").read_text(encoding="utf-8"))
    chosen = [
        replace(case, named=case.named or parsed.named)
        for case in cases
        if any(fnmatchcase(case.script, glob) for glob in parsed.only)
    ]
    answers = []
    with ThreadPoolExecutor(parsed.jobs) as pool:
        for answer in pool.map(lambda case: check(case, parsed.results), chosen):
            answers.append(answer)
            sign = "WRONG" if answer.faults else "right"
            cost = f"{answer.environments:3} envs {answer.seconds:6.1f} s"
            print(f"{sign}  {answer.script:40} {cost}  {'; '.join(answer.found)}", flush=True)
            for fault in answer.faults:
                print(f"       {fault}", flush=True)
    if parsed.json:
        parsed.json.write_text(json.dumps([asdict(one) for one in answers], indent=1))
    right = sum(not answer.faults for answer in answers)
    mean = sum(answer.seconds for answer in answers) / max(len(answers), 1)
    print(f"{right} of {len(answers)} right, {mean:.1f} s each")
    return 0 if right == len(answers) else 1


if __name__ == "__main__":
    sys.exit(main())
