"""How an example is run: the words of its command line, and where. Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Command:
    """A script or a module with its arguments, as a person would start it.

    All paths are relative to the folder of the study. ``script`` is the file that runs, also where
    it runs as ``module`` (``python -m module``). As a ``suite`` it is a file of tests that pytest
    runs; the examples that are its tests have an equal command, and share its runs. ``stdin`` is
    the file from which it reads, None for none. ``environment`` are variables beside those that
    every run has. ``folder`` is the one that it runs in, ``import_from`` are folders from which it
    imports beside its own. With ``figures``, what it draws with matplotlib is a result.
    """

    script: str
    module: str = ""
    suite: bool = False
    arguments: tuple[str, ...] = ()
    stdin: str | None = None
    environment: tuple[tuple[str, str], ...] = ()
    folder: str = "."
    import_from: tuple[str, ...] = ()
    figures: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether it is a script alone, run in the folder of the study."""
        return self == Command(script=self.script)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The absolute paths that its arguments and variables name."""
        values = (*self.arguments, *(text for _, text in self.environment))
        return tuple(path for path in map(Path, map(name_in, values)) if path.is_absolute())

    @property
    def key(self) -> str:
        """A text that is equal for equal commands; empty for a plain one."""
        return "" if self.is_plain else json.dumps(asdict(self), sort_keys=True)


def name_in(argument: str) -> str:
    """Return what an argument may name: of ``--in=x.csv`` what follows the option."""
    return argument.rpartition("=")[2] if argument.startswith("-") else argument
