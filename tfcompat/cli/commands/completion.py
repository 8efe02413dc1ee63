"""``tfcompat completion``: print what a shell runs so that it completes command lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argcomplete.shell_integration import shellcode

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

_SHELLS = ("bash", "zsh", "fish")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("shell", choices=_SHELLS, help="which shell")
    parser.epilog = 'for bash, in ~/.bashrc: eval "$(tfcompat completion bash)"'


def run(parsed: Namespace) -> int:
    """Print the code for the shell."""
    print(shellcode(["tfcompat"], shell=parsed.shell))
    return 0
