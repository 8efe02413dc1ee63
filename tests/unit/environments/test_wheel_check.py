"""What of an unpacked wheel shows that it is damaged."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import local_index
import pytest

from tfcompat.environments import wheel_check
from tfcompat.environments.wheel_check import is_intact


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """Return an unpacked wheel."""
    packed = tmp_path / "brick.whl"
    packed.write_bytes(local_index.wheel("1.0", "VALUE = 1\n"))
    zipfile.ZipFile(packed).extractall(tmp_path / "wheel")
    return tmp_path / "wheel"


def one(folder: Path, name: str) -> Path:
    (found,) = folder.rglob(name)
    return found


def test_an_intact_one(wheel: Path) -> None:
    assert is_intact(wheel)


@pytest.mark.parametrize("name", ["__init__.py", "METADATA", "WHEEL", "RECORD"])
def test_damaged_files(wheel: Path, name: str) -> None:
    file = one(wheel, name)
    content = file.read_bytes()
    for damaged in (
        content[: len(content) // 2],
        b"",
        bytes(len(content)),
        b"\x80\n",
        content[::-1],
    ):
        file.write_bytes(damaged)
        assert not is_intact(wheel), damaged
    file.unlink()
    assert not is_intact(wheel)
    file.write_bytes(content)
    assert is_intact(wheel)


def test_wheels_as_they_are_installed_here() -> None:
    # As pip writes them: with the files of this environment.
    assert not is_intact(Path("/none/such"))


def test_of_a_large_one_what_was_written_since_is_read(
    wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheel_check, "_SMALL", 0)
    for path in wheel.rglob("*"):
        os.utime(path, (1000, 1000))
    assert is_intact(wheel)
    file = one(wheel, "__init__.py")
    content = file.read_bytes()
    file.write_bytes(content[::-1])
    assert not is_intact(wheel)
    file.write_bytes(content)
    assert is_intact(wheel)
    # Older files are not read, but for their first byte.
    file.write_bytes(content[::-1])
    os.utime(file, (1000, 1000))
    assert is_intact(wheel)
    file.write_bytes(bytes(len(content)))
    os.utime(file, (1000, 1000))
    assert not is_intact(wheel)
