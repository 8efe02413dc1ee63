"""Which file of this machine a failure names: messages are those of Python and of libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tfcompat.execution.hidden_files import hidden_file
from tfcompat.results.verdicts import Cause, CauseKind

if TYPE_CHECKING:
    from pathlib import Path

SAID = [
    "FileNotFoundError: [Errno 2] No such file or directory: '{}'",
    "IOError: [Errno 2] No such file or directory: u'{}'",
    "FileNotFoundError: File b'{}' does not exist",  # pandas 0.24
    "OSError: {} not found.",  # numpy 1.16
    "OSError: [Errno 30] Read-only file system: '{}'",
]


@pytest.mark.parametrize("said", SAID)
def test_a_file_that_is_here(said: str, tmp_path: Path) -> None:
    file = tmp_path / "input.csv"
    file.touch()
    assert hidden_file(_cause(said.format(file))) == file


@pytest.mark.parametrize(
    "said",
    [
        "FileNotFoundError: [Errno 2] No such file or directory: 'relative.csv'",
        "FileNotFoundError: [Errno 2] No such file or directory: '/none/such'",
        "FileNotFoundError: [Errno 2] No such file or directory: '/" + "x" * 5000 + "'",
        "ValueError: '{}' is no number",
    ],
)
def test_other_failures(said: str, tmp_path: Path) -> None:
    assert hidden_file(_cause(said.format(tmp_path))) is None


def _cause(message: str) -> Cause:
    return Cause(kind=CauseKind.OTHER, message=message)
