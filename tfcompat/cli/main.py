"""The command line. Every error becomes one message and an exit code here, and nowhere else."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tfcompat import __version__
from tfcompat.cli.arguments.shown import add_shown, set_colours
from tfcompat.cli.commands import COMMANDS
from tfcompat.cli.signals import interrupt_on
from tfcompat.errors import InterruptedRunError, TfcompatError, UserError, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tfcompat.cli.commands import Command


def main(words: Sequence[str] | None = None, commands: Sequence[Command] = COMMANDS) -> int:
    """Run the command that the words name (those of the process by default).

    Returns its exit code. Raises SystemExit, as argparse does, for ``--help``, ``--version`` and
    words that do not parse.
    """
    if sys.platform == "win32":
        print("tfcompat needs Linux (or macOS); on Windows, run it inside WSL", file=sys.stderr)
        return UserError.exit_code
    # A stop from outside ends a campaign as tidily as Ctrl-C does.
    interrupt_on(signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    return exit_code_of(lambda: _run_command(words, commands))


def _run_command(words: Sequence[str] | None, commands: Sequence[Command]) -> int:
    own, arguments = _split(sys.argv[1:] if words is None else words)
    made = parser(commands)
    parsed = made.parse_args(own)
    if arguments and not getattr(parsed, "takes_arguments", False):
        made.error(f"{parsed.command} takes no arguments for scripts, which follow --")
    if arguments:
        parsed.arguments = arguments
    logging.basicConfig(
        level=logging.INFO if parsed.verbose else logging.ERROR, format="%(message)s"
    )
    set_colours(parsed)
    chosen = next(command for command in commands if command.name == parsed.command)
    return chosen.load().run(parsed)


def _split(words: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the words of the command, and those after ``--``, which scripts are started with."""
    if "--" not in words:
        return words, ()
    place = list(words).index("--")
    return words[:place], words[place + 1 :]


def parser(commands: Sequence[Command] = COMMANDS) -> argparse.ArgumentParser:
    """Return the parser; what it returns names the ``command``, and has its options."""
    made = argparse.ArgumentParser(
        prog="tfcompat",
        description="With which releases of its library does a script still get an environment, "
        "run, and give the same result?",
        epilog="To begin with: tfcompat frontier SCRIPT. What this machine can do: tfcompat "
        "doctor. Options and examples: tfcompat COMMAND --help.",
    )
    made.add_argument("--version", action="version", version=f"tfcompat {__version__}")
    made.add_argument("--verbose", action="store_true", help="show every process that is started")
    if "_ARGCOMPLETE" in os.environ:
        # A shell completes a command line; no other process pays for what that needs.
        from tfcompat.cli.completion import complete  # noqa: PLC0415

        complete(made, commands)
    added = made.add_subparsers(
        required=True, metavar="COMMAND", dest="command", parser_class=_CommandParser
    )
    for command in commands:
        added.add_parser(
            command.name,
            help=command.summary,
            epilog="\n".join(["examples:", *(f"  {example}" for example in command.examples)]),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            command=command,
        )
    return made


class _CommandParser(argparse.ArgumentParser):
    """The parser of one command, which loads the command's module when it first parses.

    So a command pays for no import of another one: only reports load Jinja2 and matplotlib. Options
    may stand between arguments.
    """

    def __init__(self, *, command: Command, **options: Any) -> None:  # noqa: ANN401 - argparse's
        super().__init__(**options)
        self._unloaded: Command | None = command
        self._is_parsing = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:  # noqa: ANN401
        """Parse as argparse does, after the command has added its options."""
        if self._unloaded is not None:
            self._unloaded.load().add_arguments(self)
            add_shown(self)
            self._unloaded = None
        if self._is_parsing or self._subparsers is not None:
            # It parses by this very method; with commands of its own, argparse cannot intermix.
            return super().parse_known_args(args, namespace)
        self._is_parsing = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._is_parsing = False


def exit_code_of(command: Callable[[], int]) -> int:
    """Run a command and return its exit code.

    Whatever it raises (but SystemExit) becomes one line on standard error, and a code.
    """
    try:
        return command()
    except KeyboardInterrupt:
        print(
            "interrupted; what finished is stored, and the next run goes on from there",
            file=sys.stderr,
        )
        return InterruptedRunError.exit_code
    except BrokenPipeError:
        # The process that read our output has closed it: it needs no more.
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if not isinstance(error, TfcompatError):
            logging.getLogger(__name__).info("", exc_info=True)
        print(f"tfcompat: {sentence(error)}", file=sys.stderr)
        return error.exit_code if isinstance(error, TfcompatError) else UserError.exit_code
