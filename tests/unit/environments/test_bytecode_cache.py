"""Which bytecode is kept, and for whom."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from packaging.version import Version

from tfcompat.environments import bytecode_cache
from tfcompat.environments.interpreter_record import Interpreter

PYTHON = Interpreter(path=Path("/opt/python"), version=Version("3.8.1"), abi="cp38")


def environment(folder: Path, time: int) -> Path:
    path = folder / "lib" / "python3.8" / "site-packages" / "foo-1.0.dist-info" / "METADATA"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.utime(path, (time, time))
    return folder


def test_the_layer_of_the_same_packages_is_the_same(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = bytecode_cache.layer_for(cache, environment(tmp_path / "a", 5), "foo==1.0", PYTHON)
    again = bytecode_cache.layer_for(cache, environment(tmp_path / "b", 5), "foo==1.0", PYTHON)
    assert first == again
    others = {
        # Unpacked again: no bytecode fits.
        bytecode_cache.layer_for(cache, environment(tmp_path / "c", 6), "foo==1.0", PYTHON),
        bytecode_cache.layer_for(cache, tmp_path / "a", "foo==1.1", PYTHON),
        bytecode_cache.layer_for(
            cache, tmp_path / "a", "foo==1.0", replace(PYTHON, version=Version("3.8.2"))
        ),
    }
    assert len(others | {first}) == 4


def test_only_what_an_import_compiled_is_kept(tmp_path: Path) -> None:
    written, layer = tmp_path / "written", tmp_path / "cache" / "bytecode" / "abc"
    compiled = written / "lib" / "foo" / "__pycache__" / "a.cpython-38.pyc"
    compiled.parent.mkdir(parents=True)
    compiled.write_bytes(b"code")
    (written / "lib" / "foo" / "data.txt").write_text("mine")
    (written / "lib" / "foo" / "b.pyc").write_bytes(b"of somebody")
    bytecode_cache.keep(written, layer)
    assert [p.relative_to(layer) for p in layer.rglob("*") if p.is_file()] == [
        compiled.relative_to(written)
    ]
    assert [path.name for path in layer.parent.iterdir()] == ["abc"]


def test_a_layer_is_kept_once(tmp_path: Path) -> None:
    written, layer = tmp_path / "written", tmp_path / "bytecode" / "abc"
    for content in (b"first", b"second"):
        compiled = written / "__pycache__" / "a.pyc"
        compiled.parent.mkdir(parents=True, exist_ok=True)
        compiled.write_bytes(content)
        bytecode_cache.keep(written, layer)
    assert (layer / "__pycache__" / "a.pyc").read_bytes() == b"first"


def test_nothing_compiled_is_nothing_kept(tmp_path: Path) -> None:
    (tmp_path / "written").mkdir()
    bytecode_cache.keep(tmp_path / "written", tmp_path / "bytecode" / "abc")
    assert not (tmp_path / "bytecode").exists()


@pytest.mark.parametrize("content", [b"", b"cod", bytes(4), b"edoc", None])
def test_a_damaged_layer_is_dropped(tmp_path: Path, content: bytes | None) -> None:
    written, layer = tmp_path / "written", tmp_path / "bytecode" / "abc"
    compiled = written / "__pycache__" / "a.pyc"
    compiled.parent.mkdir(parents=True)
    compiled.write_bytes(b"code")
    bytecode_cache.keep(written, layer)
    assert bytecode_cache.is_intact(layer)
    kept = layer / "__pycache__" / "a.pyc"
    if content is None:
        kept.unlink()
    else:
        kept.write_bytes(content)
    assert not bytecode_cache.is_intact(layer)
    assert not layer.exists()
    bytecode_cache.keep(written, layer)
    assert bytecode_cache.is_intact(layer)


def test_a_layer_that_nobody_vouches_for_is_dropped(tmp_path: Path) -> None:
    layer = tmp_path / "bytecode" / "abc"
    layer.mkdir(parents=True)
    (layer / "a.pyc").write_bytes(b"code")
    assert not bytecode_cache.is_intact(layer)
    assert not bytecode_cache.is_intact(layer)
