"""What every backend shares: requests, pins, freezes, seconds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from dated_index import date, index, release
from packaging.version import Version

from tfcompat.environments.base import (
    EnvironmentRequest,
    Stopwatch,
    ordered_freeze,
    pinned,
    requirements_on,
    write_constraints,
)
from tfcompat.environments.interpreter_record import Interpreter


def test_requirements_that_hold_on_a_python() -> None:
    texts = ["a==1 ; python_version < '3'", "b", "./local/file", "c ; python_version >= '3'"]
    assert [one.name for one in requirements_on("3.6", texts)] == ["b", "c"]
    assert [one.name for one in requirements_on("2.7", texts)] == ["a", "b"]


def test_pinned() -> None:
    known = index(
        numpy=(
            release("1.13.2", ("2017-01-01", "no")),
            release("1.13.3", ("2017-01-02", "bb"), ("2017-01-02", "aa"), ("2017-01-02", None)),
        ),
        ruamel_yaml=(release("0.15", ("2017-01-02", "cc")),),
        bare=(release("1", ("2017-01-01", None)),),
    )
    address = "mine @ https://files.example/mine.whl"
    assert pinned((address, "odd===x"), known) == f"{address}\nodd===x\n"
    text = pinned(("bare==1.0", "numpy==1.13.3", "Ruamel.YAML==0.15"), known)
    assert text == (
        "bare==1.0\n"
        "numpy==1.13.3 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
        "Ruamel.YAML==0.15 \\\n    --hash=sha256:cc\n"
    )


def test_ordered_freeze() -> None:
    said = "numpy==1.13.3\n# Editable\n-e git+https://x\n\nAbsl-py==0.1\n  six==1.11.0  \nZipp==1\n"
    assert ordered_freeze(said) == ("Absl-py==0.1", "numpy==1.13.3", "six==1.11.0", "Zipp==1")
    assert ordered_freeze("") == ()


def test_what_a_request_names(tmp_path: Path) -> None:
    request = EnvironmentRequest(
        dependency="tensorflow",
        release="1.4.0",
        python="3.6",
        interpreter=Interpreter(path=Path("/x"), version=Version("3.6.15"), abi="cp36m"),
        wheel_size=None,
        requirements=("NumPy==1.13.3", "six>=1", "absl_py==0.*", "enum34==1 ; python_version<'3'"),
        cut_off=None,
        constraints=("setuptools<=40", "wheel<=0.30"),
        folder=tmp_path,
        seeds=("setuptools",),
    )
    assert request.wanted == ("tensorflow==1.4.0", *request.requirements, "setuptools")
    assert request.exact_pins == ("numpy",)
    assert not request.may_compile
    assert replace(request, from_source=True).may_compile
    assert replace(request, cut_off=date("2015-01-01")).may_compile
    assert not replace(request, cut_off=date("2018-01-01")).may_compile
    # A cut-off does not hide a release that is from after it.
    assert replace(request, is_newer=True).exact_pins == ("tensorflow", "numpy")
    assert request.pin == "tensorflow==1.4.0"
    assert request.environment == tmp_path / "env"
    written = write_constraints(request).read_text(encoding="utf-8")
    assert written == "setuptools<=40\nwheel<=0.30\n"
    held = replace(
        request,
        pins=("Six==1.2", "setuptools==50.0"),
        constraints=("setuptools<=40.0", "wheel<=0.33"),
        folder=tmp_path,
    )
    assert held.exact_pins == ("numpy", "six", "setuptools")
    # One that is pinned has no other constraint: the two would be in conflict.
    assert write_constraints(held).read_text(encoding="utf-8").split() == [
        "wheel<=0.33", "Six==1.2", "setuptools==50.0",
    ]  # fmt: skip


def test_stopwatch_adds_up_and_counts_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([0.0, 1.5, 10.0, 10.25, 20.0, 23.0])
    monkeypatch.setattr("time.monotonic", lambda: next(moments))
    watch = Stopwatch()
    with watch.phase("create"):
        pass
    with watch.phase("create"):
        pass
    with pytest.raises(RuntimeError), watch.phase("install"):
        raise RuntimeError
    assert watch.phases == {"create": 1.75, "install": 3.0}
