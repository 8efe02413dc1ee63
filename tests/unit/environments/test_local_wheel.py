"""What a wheel on this machine says of itself, and how it is told from another one."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from local_index import wheel
from packaging.version import Version

from tfcompat.environments.base import EnvironmentRequest
from tfcompat.environments.interpreter_record import Interpreter
from tfcompat.environments.local_wheel import read_wheel
from tfcompat.environments.resolution_cache import CachedResolution
from tfcompat.errors import UserError

NAME = "brick-1.0-py3-none-any.whl"


def made(folder: Path, content: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / NAME
    path.write_bytes(content)
    return path


def test_name_and_version_come_from_the_metadata(tmp_path: Path) -> None:
    found = read_wheel(made(tmp_path, wheel("1.0")))
    assert (found.project, found.version) == ("brick", Version("1.0"))
    assert found.file.filename == NAME
    assert found.file.tags
    assert found.address.endswith(f"{NAME}#sha256={found.sha256}")


def test_no_cache_takes_one_file_for_another_or_for_the_release(tmp_path: Path) -> None:
    request = EnvironmentRequest(
        dependency="brick",
        release="1.0",
        python="3.8",
        interpreter=Interpreter(path=Path("/opt/python"), version=Version("3.8.1"), abi="cp38"),
        wheel_size=None,
        requirements=(),
        cut_off=None,
        constraints=(),
        folder=tmp_path,
    )
    place = made(tmp_path, wheel("1.0"))
    one = replace(request, local=read_wheel(place))
    # The same path, and another file.
    other = replace(request, local=read_wheel(made(tmp_path, wheel("1.0", "x = 1"))))
    names = {
        CachedResolution(tmp_path, each, index="https://a", tool="uv 1").name
        for each in (request, one, other)
    }
    assert len(names) == 3
    assert one.wanted[0].startswith("brick @ file:///")


def test_what_is_no_wheel_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no wheel that can be installed"):
        read_wheel(made(tmp_path, b"no archive"))
    empty = tmp_path / "empty" / NAME
    empty.parent.mkdir()
    with zipfile.ZipFile(empty, "w"):
        pass
    with pytest.raises(UserError, match="it has no metadata"):
        read_wheel(empty)
    with pytest.raises(UserError, match="cannot be read"):
        read_wheel(tmp_path / "missing" / NAME)
