"""The command line: what it refuses, its exit codes, and that no traceback reaches a user."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from tfcompat import __version__, errors
from tfcompat.cli import commands
from tfcompat.cli.commands import COMMANDS, Command, CommandModule
from tfcompat.cli.main import main

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("signals")


@dataclass(frozen=True, kw_only=True)
class FakeCommand(Command):
    """A command without a module, which ends as a test wants."""

    action: Callable[[], int]

    def load(self) -> CommandModule:
        return self

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--flag", action="store_true")

    def run(self, parsed: argparse.Namespace) -> int:
        assert parsed.flag
        return self.action()


def end_with(error: BaseException) -> int:
    """Return the exit code of a command that raises an error."""

    def action() -> NoReturn:
        raise error

    return end(action)


def end(action: Callable[[], int]) -> int:
    return main(["fake", "--flag"], [FakeCommand(name="fake", summary="", action=action)])


@pytest.mark.parametrize(
    ("word", "set_to"),
    [("always", {"FORCE_COLOR": "1"}), ("never", {"NO_COLOR": "1"}), ("auto", {})],
)
def test_colours_are_as_wanted(
    monkeypatch: pytest.MonkeyPatch, word: str, set_to: dict[str, str]
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        # Set first: then what the command makes of it is undone.
        monkeypatch.setenv(name, "1")
        monkeypatch.delenv(name)
    found: dict[str, str] = {}

    def note() -> int:
        found.update({n: os.environ[n] for n in ("NO_COLOR", "FORCE_COLOR") if n in os.environ})
        return 0

    command = FakeCommand(name="fake", summary="", action=note)
    assert main(["fake", "--flag", "--color", word], [command]) == 0
    assert found == set_to


def test_each_module_is_a_command_and_each_command_a_module() -> None:
    files = {path.stem for path in Path(str(commands.__file__)).parent.glob("[!_]*.py")}
    assert {command.name for command in COMMANDS} == {name.rstrip("_") for name in files}
    for command in COMMANDS:
        module = command.load()
        assert callable(module.add_arguments)
        assert callable(module.run)


def test_what_a_command_returns_is_the_exit_code() -> None:
    assert [end(lambda: 0), end(lambda: 3)] == [0, 3]


@pytest.mark.parametrize(
    ("words", "said"),
    [([], "COMMAND"), (["rn"], "invalid choice: 'rn'")],
)
def test_no_command(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"tfcompat {__version__}\n"


def test_help_loads_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    @dataclass(frozen=True, kw_only=True)
    class Unloadable(Command):
        def load(self) -> NoReturn:
            pytest.fail(f"{self.name} was loaded")

    other = FakeCommand(name="fake", summary="does it", action=lambda: 0)
    with pytest.raises(SystemExit):
        main(["--help"], [Unloadable(name="heavy", summary="does more"), other])
    assert "does more" in capsys.readouterr().out
    assert main(["fake", "--flag"], [Unloadable(name="heavy", summary=""), other]) == 0


@pytest.mark.parametrize(
    "error",
    [
        errors.StudyError("broken"),
        errors.SelectionError("broken"),
        errors.ResultsError("broken"),
        errors.NewerSchemaError("broken"),
        errors.UserError("broken"),
        errors.ClaimError("broken"),
        errors.IndexUnavailableError("broken"),
        errors.InterruptedRunError("broken"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_error_is_one_line_and_its_exit_code(
    error: errors.TfcompatError, capsys: pytest.CaptureFixture[str]
) -> None:
    assert end_with(error) == error.exit_code
    assert capsys.readouterr().err == "tfcompat: broken\n"


@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission\ndenied"), KeyError("x"), AssertionError("y" * 9999)]
)
def test_a_fault_of_ours_is_one_line_and_2(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    assert end_with(error) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"tfcompat: internal error: {type(error).__name__}: ")
    assert len(line) < 700


def test_interrupt_is_130(capsys: pytest.CaptureFixture[str]) -> None:
    assert end_with(KeyboardInterrupt()) == 130
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("interrupted; what finished is stored")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_stop_from_outside_is_130(
    number: signal.Signals, capsys: pytest.CaptureFixture[str]
) -> None:
    def action() -> NoReturn:
        signal.raise_signal(number)
        pytest.fail("the signal was not handled")

    assert end(action) == 130
    assert "interrupted" in capsys.readouterr().err


def test_a_reader_that_has_seen_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.dup2", lambda *_: None)
    assert end_with(BrokenPipeError()) == 0


def test_windows_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert main(["run"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
