"""The Containerfile of a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tfcompat.environments.export import containerfile, write_lock
from tfcompat.results.schema import CellEnvironment

if TYPE_CHECKING:
    from pathlib import Path


def recipe(python: str, *freeze: str) -> list[str]:
    return containerfile(python, freeze).split("\n")


def test_containerfile() -> None:
    assert recipe("3.6", "foo==1.4.0", "numpy==1.13.3") == [
        "FROM docker.io/library/python:3.6",
        "RUN python -m pip install --no-cache-dir --no-deps \\",
        '    "foo==1.4.0" \\',
        '    "numpy==1.13.3"',
        "WORKDIR /study",
        "COPY . /study",
        "",
    ]


@pytest.mark.parametrize("python", ["2.7", "3.10"])
def test_the_image_is_of_the_cells_python(python: str) -> None:
    assert recipe(python, "foo==1.4.0")[0] == f"FROM docker.io/library/python:{python}"


def test_a_single_pin_ends_the_command() -> None:
    lines = recipe("3.6", "foo==1.4.0")
    assert lines[2] == '    "foo==1.4.0"'
    assert lines[3].startswith("WORKDIR")


def test_pins_are_quoted_for_the_shell() -> None:
    (pin,) = [line for line in recipe("3.6", "foo @ https://x.example/f.whl?a&b") if "foo" in line]
    assert pin == '    "foo @ https://x.example/f.whl?a&b"'


def test_a_lock_and_its_containerfile(tmp_path: Path) -> None:
    environment = CellEnvironment(
        release="1.4.0",
        python="3.6",
        resolve="release",
        cut_off="2017-11-01T19:00:00+00:00",
        lock="numpy==1.13.3 \\\n    --hash=sha256:ab\n",
    )
    beside = write_lock(tmp_path / "kept" / "foo.lock", "foo", environment)
    assert (tmp_path / "kept" / "foo.lock").read_text(encoding="utf-8") == (
        "# foo 1.4.0 on Python 3.6, as of 2017-11-01\n"
        "#   uv venv --python 3.6 && uv pip sync foo.lock\n"
        "numpy==1.13.3 \\\n    --hash=sha256:ab\n"
    )
    assert beside == tmp_path / "kept" / "Containerfile"
    assert "--require-hashes -r /foo.lock\n" in beside.read_text(encoding="utf-8")
    # Its own it writes over; another it leaves alone, and the lock as well.
    write_lock(tmp_path / "kept" / "foo.lock", "foo", environment)
    beside.write_text("FROM mine\n", encoding="utf-8")
    with pytest.raises(OSError, match="is there, and it is another one"):
        write_lock(tmp_path / "kept" / "other.lock", "foo", environment)
    assert beside.read_text(encoding="utf-8") == "FROM mine\n"
    assert not (tmp_path / "kept" / "other.lock").exists()
