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
    """A command by its name, with its line in ``tfcompat --help``, and ``examples`` of its use."""

    name: str
    summary: str
    examples: tuple[str, ...] = ()

    def load(self) -> CommandModule:
        """Import the command's module: ``import_`` for a name that Python reserves."""
        name = f"{self.name}_" if keyword.iskeyword(self.name) else self.name
        return cast("CommandModule", import_module(f"{__name__}.{name}"))


COMMANDS = (
    Command(
        name="init",
        summary="write the first caliper.yaml for a folder of scripts",
        examples=(
            "tfcompat init",
            "tfcompat init papers --dependency torch",
            "tfcompat init --from pyproject.toml",
            "tfcompat init --nox",
        ),
    ),
    Command(
        name="plan",
        summary="show the cells, and install nothing",
        examples=(
            "tfcompat plan",
            "tfcompat plan --release '>=2.4' --json",
        ),
    ),
    Command(
        name="run",
        summary="evaluate cells and store their results",
        examples=(
            "tfcompat run --release 2.4.4",
            "tfcompat run --test 'examples/*.py' --jobs 2",
        ),
    ),
    Command(
        name="frontier",
        summary="find the releases between which scripts work, and what stops them",
        examples=(
            "tfcompat frontier train.py",
            "tfcompat frontier train.py --baseline 1.4.0 --require pandas --minutes 5",
            "tfcompat frontier paper.ipynb --baseline stored",
            "tfcompat frontier train.py --dependency numpy -- --epochs 1",
        ),
    ),
    Command(
        name="verify",
        summary="check both ends of a claimed range of releases",
        examples=("tfcompat verify train.py --specifier '>=1.4,<2'",),
    ),
    Command(
        name="culprit",
        summary="find the package that broke a release since its day",
        examples=("tfcompat culprit train.py --release 2.3.4",),
    ),
    Command(
        name="mend",
        summary="find what makes a release work again as installed today",
        examples=("tfcompat mend train.py --release 2.3.4",),
    ),
    Command(
        name="breaks",
        summary="predict what stops scripts at each release, and run nothing",
        examples=(
            "tfcompat breaks train.py",
            "tfcompat breaks train.py --release 2.0.0 --confirm",
        ),
    ),
    Command(
        name="surface",
        summary="ask releases of a library what they offer, and keep it",
        examples=("tfcompat surface numpy --release '>=1.20'",),
    ),
    Command(
        name="candidate",
        summary="find what an unreleased version would change for scripts",
        examples=(
            "tfcompat candidate dist/foo-2.0-py3-none-any.whl examples/a.py",
            "tfcompat candidate . --study compat/caliper.yaml --minutes 20",
        ),
    ),
    Command(
        name="report",
        summary="render stored results",
        examples=(
            "tfcompat report",
            "tfcompat report results/published/release --open",
            "tfcompat report --watch",
        ),
    ),
    Command(
        name="status",
        summary="say how far the commands are that work on a campaign",
        examples=("tfcompat status",),
    ),
    Command(
        name="why",
        summary="say all that is known of one example in one cell",
        examples=("tfcompat why 2.0.4 train.py",),
    ),
    Command(
        name="cache",
        summary="show what the cache holds, and make it smaller",
        examples=(
            "tfcompat cache info",
            "tfcompat cache prune --older 30d",
        ),
    ),
    Command(
        name="completion",
        summary="print what a shell runs to complete command lines",
        examples=("tfcompat completion bash >> ~/.bashrc",),
    ),
    Command(
        name="doctor",
        summary="say what this machine can do",
        examples=("tfcompat doctor",),
    ),
    Command(
        name="import",
        summary="judge result files of the original caliper",
        examples=("tfcompat import caliper-results --results results",),
    ),
    Command(
        name="merge",
        summary="join the results of shards in one folder",
        examples=("tfcompat merge shards/1-of-3 shards/2-of-3 --results merged",),
    ),
    Command(
        name="compare",
        summary="say what changed between two campaigns, and why",
        examples=("tfcompat compare results results-latest",),
    ),
)
"""All commands, in the order of ``tfcompat --help``."""
