"""What integration tests share: a user's project with a study, and the commands run there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "tests" / "scripts"


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str

    @property
    def said(self) -> str:
        return self.stdout + self.stderr


@dataclass
class Project:
    """A folder with a study, and the commands that a user runs there."""

    folder: Path
    environment: dict[str, str]

    @classmethod
    def of(cls, folder: Path, cache: Path) -> Project:
        """Return the project in a folder, of a user with nothing set."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "NOX", "COV"))}
        kept.pop("CI", None)
        return cls(folder, {**kept, "TFCOMPAT_CACHE": str(cache), "COLUMNS": "200"})

    def write(self, text: str, *scripts: str) -> None:
        """Write the study and the scripts that it names, below ``tests``."""
        (self.folder / "tests").mkdir(exist_ok=True)
        for script in scripts:
            shutil.copy(SCRIPTS / script, self.folder / "tests" / script)
        (self.folder / "caliper.yaml").write_text(text, encoding="utf-8")

    def study(self, *scripts: str, more: str = "") -> None:
        """Write a study of six with these scripts."""
        tests = "".join(f"    - tests/{script}\n" for script in scripts)
        self.write(f"analysis:\n  dependency: six\n  tests:\n{tests}{more}", *scripts)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "tfcompat", *words]

    def tfcompat(self, *words: str, wrapper: tuple[str, ...] = (), **variables: str) -> Ended:
        return self.run(*wrapper, *self.command(*words), **variables)

    def run(self, *words: str, **variables: str) -> Ended:
        done = subprocess.run(
            words,
            cwd=self.folder,
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
            timeout=800,
            check=False,
        )
        assert "Traceback (most recent call last)" not in done.stderr, done.stderr
        return Ended(done.returncode, done.stdout, done.stderr)

    def cell(self, identifier: str, results: str = "results") -> dict[str, Any]:
        path = self.folder / results / f"{identifier}.json"
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return content

    def verdicts(self, identifier: str) -> dict[str, str]:
        tests = self.cell(identifier)["tests"]
        return {Path(name).stem: test["verdict"] for name, test in tests.items() if name != "build"}


def python_here() -> str:
    """Return the minor version of the Python that runs the tests: the one that is always there."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def identifier(release: str, python: str | None = None) -> str:
    """Return the identifier of a cell of six."""
    return f"pypi-six-{release}-python-cp{(python or python_here()).replace('.', '')}"
