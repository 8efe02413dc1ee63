"""Every command line that the README and the docs show is one that the parser takes."""

from __future__ import annotations

import re
import shlex
from contextlib import nullcontext
from pathlib import Path

import pytest

from tfcompat.cli.commands import COMMANDS
from tfcompat.cli.main import parser

ROOT = Path(__file__).parents[3]
_SHOWN = re.compile(
    r"^\s*(?:\$ |\+ |- run: |run: )?(tfcompat [^`\n]+)$|`(tfcompat [^`\n]+)`", re.MULTILINE
)
# What a reader fills in, and what belongs to a shell or to a table of commands.
_NO_COMMAND = re.compile(r"[…{}<$\[]|^tfcompat \w+$|\b[A-Z]{3,}\b|\.\.\.|\s\||^tfcompat \d")
_OF_SHELL = re.compile(r"\s(?:>|>>|&&|;|\|).*$")


def shown() -> list[str]:
    found: dict[str, None] = {}
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for match in _SHOWN.finditer(path.read_text(encoding="utf-8")):
            line = (match[1] or match[2]).rstrip("\\ ")
            line = _OF_SHELL.sub("", line)
            if not _NO_COMMAND.search(line):
                found[line] = None
    found |= {
        _OF_SHELL.sub("", example): None for command in COMMANDS for example in command.examples
    }
    return list(found)


@pytest.mark.parametrize("line", shown())
def test_it_parses(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    own = words[: words.index("--")] if "--" in words else words
    with pytest.raises(SystemExit) if "--help" in own else nullcontext():
        parser().parse_args(own)


def test_every_command_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    for command in COMMANDS:
        assert command.examples
        assert all(one.startswith(f"tfcompat {command.name}") for one in command.examples)
    with pytest.raises(SystemExit):
        parser().parse_args(["frontier", "--help"])
    assert "examples:\n  tfcompat frontier train.py\n" in capsys.readouterr().out


def test_there_are_many_of_them() -> None:
    assert len(shown()) > 60


@pytest.mark.parametrize("command", ["info", "info --json", "prune --older 30d", "clear"])
def test_commands_of_a_command_parse(command: str) -> None:
    parsed = parser().parse_args(["cache", *command.split()])
    assert parsed.command == "cache"
