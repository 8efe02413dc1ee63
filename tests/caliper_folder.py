"""A folder of the original caliper's result files, made up, and what is true of each run in it.

Its size is that of caliper's own study: 110 releases on 7 Pythons and 43 scripts make 750 files,
417 of them built, and some 18,000 runs with 60 MB of output. Every script has a range of releases
on which it runs, and prints one result up to some release and another one from there on.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PYTHONS = ("27", "35", "36", "37", "38", "39", "310")
FAMILIES = {"tests/tensorflow_v0.11": 15, "tests/tensorflow_v1": 28}
Kind = Literal["built", "build-failed", "no-wheel"]
Becomes = Literal["same", "different", "failed"]
"""The outcome of a run, compared with the newest release on which its script runs."""

_CHATTER = (
    "2021-06-01 12:00:00.{:06d}: W tensorflow/core/platform/cpu_feature_guard.cc:45] The {}\n"
)
_WARNING = "WARNING:tensorflow:From {}:{}: calling a function that will be removed in a later one\n"


def releases(count: int) -> list[str]:
    """Return made-up releases, oldest first, every tenth of them a pre-release."""
    return [
        f"{1 + number // 50}.{number // 5 % 10}.{number % 5}" + ("rc1" if number % 10 == 9 else "")
        for number in range(count)
    ]


@dataclass(frozen=True)
class Size:
    """How many releases, Pythons and scripts there are, and bytes of chatter for each run."""

    releases: int = 110
    pythons: int = 7
    scripts: int = 43
    files: int = 750
    no_wheel: int = 270
    build_failed: int = 63
    chatter: int = 3000


@dataclass(frozen=True)
class Script:
    """A script that runs with some releases, by number, and changes its result with one."""

    path: str
    first: int
    last: int
    changes: int

    def becomes(self, release: int, newest: int) -> Becomes:
        """Return what its run with a release comes to; ``newest`` is the last that it ran with."""
        if not self.first <= release <= self.last:
            return "failed"
        return "same" if (release < self.changes) is (newest < self.changes) else "different"


@dataclass
class CaliperFolder:
    """What the files hold. ``planted`` are runs whose outcome is not the one of their script."""

    size: Size = field(default_factory=Size)
    planted: Mapping[tuple[str, str], Becomes] = field(default_factory=dict)
    moved: Mapping[str, str] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.releases = releases(self.size.releases)
        self.scripts = list(self._scripts())

    def _scripts(self) -> Iterator[Script]:
        last = self.size.releases - 1
        for number in range(self.size.scripts):
            early = number < self.size.scripts * 15 // 43
            family, first = ("tests/tensorflow_v0.11", 0) if early else ("tests/tensorflow_v1", 8)
            first += number % 5
            until = last - number * 3 % max(last - first - 1, 1)
            changes = (first + until) // 2 if number % 3 == 0 else last + 1
            yield Script(f"{family}/{number % 4}_Part/script_{number}.py", first, until, changes)

    def cells(self) -> dict[str, tuple[int, str, Kind]]:
        """Return the release, the Python and the kind of file of each cell, by its identifier."""
        size = self.size
        names = [
            (f"pypi-tensorflow-{self.releases[r]}-python-cp{python}", r, python)
            for r in range(size.releases)
            for python in PYTHONS[: size.pythons]
        ][: size.files]
        built = len(names) - size.no_wheel - size.build_failed
        # Spread over the releases, so that each has some cell that was built.
        order = sorted(range(len(names)), key=lambda place: place * 331 % len(names))
        kinds = (
            ["built"] * built + ["no-wheel"] * size.no_wheel + ["build-failed"] * size.build_failed
        )
        kind = dict(zip(order, kinds, strict=True))
        return {
            name: (release, python, kind[place])  # type: ignore[misc]
            for place, (name, release, python) in enumerate(names)
            if name not in self.left_out
        }

    def truth(self) -> dict[str, dict[str, str]]:
        """Return the verdict of every run by cell and script; of a cell never built, its own."""
        found: dict[str, dict[str, str]] = {}
        cells = self.cells()
        for script in self.scripts:
            ran = [
                release
                for name, (release, _, kind) in cells.items()
                if kind == "built" and self._planted(name, script, release, release) != "failed"
            ]
            for name, (release, _, kind) in cells.items():
                verdict = "unbuildable"
                if kind == "built":
                    verdict = self._planted(name, script, release, max(ran, default=-1))
                found.setdefault(name, {})[script.path] = verdict
        return found

    def _planted(self, name: str, script: Script, release: int, newest: int) -> str:
        return self.planted.get((name, script.path)) or script.becomes(release, newest)

    def write(self, folder: Path) -> Path:
        """Write the files."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, (release, python, kind) in self.cells().items():
            text = json.dumps(self.document(name, release, python, kind), indent=4)
            (folder / f"{name}.json").write_text(text, encoding="utf-8")
        return folder

    def document(self, name: str, release: int, python: str, kind: Kind) -> dict[str, Any]:
        """Return the content of a file in that of caliper's three forms that applies."""
        inputs = {
            "dependency": "tensorflow",
            "outdir": ".caliper/data",
            "dockerfile": f"FROM python:{python[0]}.{python[1:]}\nRUN pip install tensorflow\n",
            "tests": "\n".join(script.path for script in self.scripts),
            "force": False,
            "exists": False,
            "cleanup": True,
            "name": name,
            "outfile": f".caliper/data/{name}.json",
        }
        if kind == "no-wheel":
            return {"inputs": inputs, "build_retval": 1}
        if kind == "build-failed":
            error = ["Step 5/9 : RUN pip install\n", "ERROR: Failed building wheel for grpcio\n"]
            return {"inputs": inputs, "tests": {"build": {"retval": 1, "error": error}}}
        runs = {script.path: self.run(name, script, release) for script in self.scripts}
        return {
            "inputs": inputs,
            "requirements.txt": self.freeze(release, python),
            "tests": {"build": {"retval": 0}, **runs},
        }

    def freeze(self, release: int, python: str) -> list[str]:
        """Return the packages of a cell: those of a later release are later ones."""
        versions = {"numpy": f"1.{13 + release // 20}.0", "protobuf": f"3.{release // 10}.1"}
        versions |= self.moved
        wheel = f"file:///tensorflow-{self.releases[release]}-cp{python}-none-linux_x86_64.whl"
        return [f"{name}=={version}\n" for name, version in sorted(versions.items())] + [
            f"tensorflow @ {wheel}\n"
        ]

    def run(self, name: str, script: Script, release: int) -> dict[str, Any]:
        """Return what a run printed and how it ended."""
        number = release * 97 + len(script.path)
        error = [
            _CHATTER.format((number * 31 + line) % 10**6, "binary was not compiled to use it " * 2)
            if line % 2
            else _WARNING.format(script.path, (number + line) % 500)
            for line in range(self.size.chatter // 150)
        ]
        becomes = self._planted(name, script, release, release)
        if becomes == "failed":
            symbol = "mul" if release > script.last else "keras_layer"
            error += [
                "Traceback (most recent call last):\n",
                f'  File "{script.path}", line 12, in <module>\n',
                f"    total = tf.{symbol}(left, right)\n",
                f"AttributeError: module 'tensorflow' has no attribute '{symbol}'\n",
            ]
            return {"output": [], "error": error, "retval": 1, "seconds": 1.5}
        later = (release >= script.changes) is not (becomes == "different")
        output = [
            f"epoch {epoch}: loss {1 / (epoch + 2) + later:.6f} ({number % 7}.{epoch} sec/batch)\n"
            for epoch in range(10)
        ]
        output.append(f"accuracy: {0.75 + later * 0.1:.4f}\n")
        return {"output": output, "error": error, "retval": 0, "seconds": 2.0 + number % 5}
