"""The commands, one module each. A new command is a module here and a line in ``COMMANDS``."""

from __future__ import annotations

import keyword
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    import argparse


class CommandModule(Protocol):
    """What the module of a command defines."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's options to its parser."""

    def run(self, parsed: argparse.Namespace) -> int:
        """Run the command and return its exit code; a TfcompatError carries its own."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command by its name, with its line in ``tfcompat --help``."""

    name: str
    summary: str

    def load(self) -> CommandModule:
        """Import the command's module: ``import_`` for a name that Python reserves."""
        name = f"{self.name}_" if keyword.iskeyword(self.name) else self.name
        return cast("CommandModule", import_module(f"{__name__}.{name}"))


COMMANDS = (
    Command(name="init", summary="write the first caliper.yaml for a folder of scripts"),
    Command(name="plan", summary="show the cells, and install nothing"),
    Command(name="run", summary="evaluate cells and store their results"),
    Command(
        name="frontier",
        summary="find the releases between which scripts work, and what stops them",
    ),
    Command(name="verify", summary="check both ends of a claimed range of releases"),
    Command(name="culprit", summary="find the package that broke a release since its day"),
    Command(name="mend", summary="find what makes a release work again as installed today"),
    Command(name="breaks", summary="predict what stops scripts at each release, and run nothing"),
    Command(name="surface", summary="ask releases of a library what they offer, and keep it"),
    Command(name="candidate", summary="find what an unreleased version would change for scripts"),
    Command(name="report", summary="render stored results"),
    Command(name="status", summary="say how far the commands are that work on a campaign"),
    Command(name="why", summary="say all that is known of one example in one cell"),
    Command(name="cache", summary="show what the cache holds, and make it smaller"),
    Command(name="completion", summary="print what a shell runs to complete command lines"),
    Command(name="doctor", summary="say what this machine can do"),
    Command(name="import", summary="judge result files of the original caliper"),
    Command(name="merge", summary="join the results of shards in one folder"),
    Command(name="compare", summary="say what changed between two campaigns, and why"),
)
"""All commands, in the order of ``tfcompat --help``."""
