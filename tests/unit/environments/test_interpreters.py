"""The Pythons of a machine: where they are looked for, what they report, which one is chosen."""

from __future__ import annotations

import json
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.tags import Tag
from packaging.version import Version

from tfcompat.environments import interpreters
from tfcompat.environments.interpreter_record import Interpreter, choose, python_tags
from tfcompat.environments.interpreters import as_json, find
from tfcompat.util import processes
from tfcompat.util.processes import Finished

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


@pytest.fixture(autouse=True)
def linux(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make every machine one with x86-64 Linux."""
    monkeypatch.setattr("packaging.tags.platform_tags", lambda: iter(["linux_x86_64"]))
    python_tags.cache_clear()
    yield
    python_tags.cache_clear()


class Machine:
    """A machine with programs that report what they are: the only replaced part of the search."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cache = root / "cache"
        self.environ = {"PATH": str(root / "bin"), "HOME": str(root / "home")}
        self.says: dict[Path, str] = {}
        self.asked: list[Path] = []

    def add(self, place: str, version: str, **more: object) -> Path:
        path = self.root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\x7fELF" + place.encode())
        path.chmod(0o755)
        major, minor = version.split(".")[:2]
        answer = {
            "implementation": "CPython",
            "version": version,
            "abi": f"cp{major}{minor}",
            "libraries": ["/usr/lib", "/opt/ssl/lib", "/opt/ssl/lib64"],
            "platform": sysconfig.get_platform(),
            "bits": 64,
            "base": str(path),
        }
        self.says[path] = json.dumps({**answer, **more})
        return path

    def run(
        self, command: Sequence[str | Path], *, environment: Mapping[str, str], timeout: float
    ) -> Finished:
        assert timeout > 0
        assert "PYTHONPATH" not in environment
        path = Path(command[0])
        self.asked.append(path)
        said = self.says.get(path)
        if said is None:
            return Finished(command=(), returncode=1, stdout="", stderr="one\nSegmentation fault\n")
        return Finished(command=(), returncode=0, stdout=said, stderr="")

    def versions(self) -> list[str]:
        return [str(found.version) for found in find(self.environ, self.cache)[0]]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(tmp_path / "machine")
    own = machine.add("own/bin/python3", "3.11.7")
    monkeypatch.setattr(sys, "executable", str(own))
    monkeypatch.setattr(processes, "run", machine.run)
    return machine


def test_every_place_is_looked_at(machine: Machine) -> None:
    machine.add("bin/python3.6", "3.6.15")
    machine.add("home/.pyenv/versions/2.7.18/bin/python2.7", "2.7.18", abi="cp27mu")
    machine.add("home/.local/share/uv/python/cpython-3.13.1-linux/bin/python3.13", "3.13.1")
    machine.add("cache/python/cpython-3.9.20-linux/bin/python3.9", "3.9.20")
    assert machine.versions() == ["3.13.1", "3.11.7", "3.9.20", "3.6.15", "2.7.18"]


@pytest.mark.parametrize(
    ("variable", "place"),
    [
        ("PYENV_ROOT", "versions/3.8.1/bin/python3.8"),
        ("XDG_DATA_HOME", "uv/python/x/bin/python3.8"),
        ("UV_PYTHON_INSTALL_DIR", "x/bin/python3.8"),
    ],
)
def test_places_that_variables_name(machine: Machine, variable: str, place: str) -> None:
    machine.add(f"there/{place}", "3.8.1")
    assert machine.versions() == ["3.11.7"]
    machine.environ[variable] = str(machine.root / "there")
    assert machine.versions() == ["3.11.7", "3.8.1"]


def test_an_empty_machine(machine: Machine) -> None:
    machine.environ = {"PATH": "/nonexistent"}
    assert machine.versions() == ["3.11.7"]


def test_shims_and_other_programs_are_not_started(machine: Machine) -> None:
    machine.add("bin/python3.7", "3.7.16").write_bytes(b"#!/bin/sh\nexec pyenv\n")
    machine.add("bin/python3.5", "3.5.0").chmod(0o644)
    for name in ("python3-config", "pythonw", "ipython3", "python3.6m"):
        machine.add(f"bin/{name}", "3.6.0")
    assert machine.versions() == ["3.11.7"]
    assert len(machine.asked) == 1


def test_each_real_file_once(machine: Machine) -> None:
    real = machine.add("bin/python3.6", "3.6.15")
    for name in ("python", "python3"):
        (machine.root / "bin" / name).symlink_to(real)
        machine.says[machine.root / "bin" / name] = machine.says[real]
    assert machine.versions() == ["3.11.7", "3.6.15"]
    assert len(machine.asked) == 2


def test_newest_first_and_10_is_newer_than_9(machine: Machine) -> None:
    for version in ("3.9.18", "3.10.0rc1", "3.10.13", "3.9.2"):
        machine.add(f"home/.pyenv/versions/{version}/bin/python", version)
    assert machine.versions() == ["3.11.7", "3.10.13", "3.10.0rc1", "3.9.18", "3.9.2"]


def test_behind_a_virtual_environment_stands_its_base(machine: Machine) -> None:
    base = machine.add("opt/bin/python3.8", "3.8.18")
    inner = machine.add("bin/python3.8", "3.8.18", base=str(base))
    gone = machine.add("bin/python3.7", "3.7.1", base="/nonexistent/python3.7")
    none = machine.add("bin/python3.6", "3.6.1", base=None)
    found = {i.python: i.path for i in find(machine.environ, machine.cache)[0]}
    assert found["3.8"] == base != inner
    assert (found["3.7"], found["3.6"]) == (gone, none)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"implementation": "PyPy"}, "is PyPy, not CPython"),
        ({"bits": 32}, ", 32 bits"),
        ({"platform": "linux-riscv64"}, "is for linux-riscv64"),
    ],
)
def test_those_that_cannot_serve(machine: Machine, more: dict[str, object], why: str) -> None:
    path = machine.add("bin/python3.9", "3.9.1", **more)
    found, broken = find(machine.environ, machine.cache)
    assert [str(i.version) for i in found] == ["3.11.7"]
    ((told),) = broken
    assert told.path == path
    assert why in told.why


def test_those_that_do_not_answer(machine: Machine) -> None:
    silent = machine.add("bin/python3.8", "3.8.1")
    del machine.says[silent]
    chatty = machine.add("bin/python3.9", "3.9.1")
    machine.says[chatty] = "hello\n"
    strange = machine.add("bin/python3.10", "three.ten")
    found, broken = find(machine.environ, machine.cache)
    assert [str(i.version) for i in found] == ["3.11.7"]
    assert {b.path: b.why for b in broken} == {
        silent: "does not start: Segmentation fault",
        chatty: "does not answer like a Python",
        strange: "does not answer like a Python",
    }


def test_answers_are_kept_until_the_file_changes(machine: Machine) -> None:
    path = machine.add("bin/python3.9", "3.9.1")
    assert machine.versions() == machine.versions() == ["3.11.7", "3.9.1"]
    assert len(machine.asked) == 2
    machine.add("bin/python3.9", "3.9.2")
    path.write_bytes(b"\x7fELF another size")
    assert machine.versions() == ["3.11.7", "3.9.2"]
    assert len(machine.asked) == 3


def test_a_damaged_cache_is_asked_again(machine: Machine) -> None:
    machine.cache.mkdir(parents=True)
    assert machine.versions() == ["3.11.7"]
    path = machine.cache / "interpreters.json"
    (key,) = json.loads(path.read_text(encoding="utf-8"))
    damaged: list[object] = [[], [{}], 1, "text", None, {key: 1}, {key: []}, {key: {}}, {"": {}}]
    for text in ("", "{", *map(json.dumps, damaged)):
        path.write_text(text, encoding="utf-8")
        assert machine.versions() == ["3.11.7"], text


def test_a_cache_that_cannot_be_written_is_no_error(machine: Machine) -> None:
    machine.cache.parent.mkdir(exist_ok=True)
    machine.cache.write_text("a file where a folder should be", encoding="utf-8")
    assert machine.versions() == ["3.11.7"]


def interpreter(version: str, abi: str) -> Interpreter:
    return Interpreter(
        path=Path(f"/opt/{version}-{abi}/bin/python"), version=Version(version), abi=abi
    )


def test_choose_the_one_with_most_wheels() -> None:
    narrow, wide = interpreter("2.7.18", "cp27m"), interpreter("2.7.17", "cp27mu")
    new, old = interpreter("3.8.18", "cp38"), interpreter("3.8.1", "cp38")
    found = [new, old, narrow, wide]
    assert choose(found, {narrow: 1, wide: 9}) == {"3.8": new, "2.7": wide}
    assert choose(found, {narrow: 3, wide: 3, old: 1}) == {"3.8": old, "2.7": narrow}
    assert choose(found, {}) == {"3.8": new, "2.7": narrow}
    assert choose([], {}) == {}


def test_tags_of_both_pythons_2() -> None:
    wide, narrow = python_tags("2.7", "cp27mu"), python_tags("2.7", "cp27m")
    assert Tag("cp27", "cp27mu", "linux_x86_64") in wide.keys() - narrow.keys()
    assert Tag("cp27", "cp27m", "linux_x86_64") in narrow.keys() - wide.keys()
    assert Tag("py2", "none", "any") in wide.keys() & narrow.keys()
    assert not any(tag.interpreter.startswith("py3") for tag in wide)


def test_tags_of_cp310_are_those_of_3_10() -> None:
    ranks = python_tags("3.10", "cp310")
    assert ranks[Tag("cp310", "cp310", "linux_x86_64")] == 0
    assert ranks[Tag("cp37", "abi3", "linux_x86_64")] < ranks[Tag("py3", "none", "any")]
    assert Tag("cp31", "cp31", "linux_x86_64") not in ranks
    assert sorted(ranks.values()) == list(range(len(ranks)))


@pytest.mark.parametrize(
    ("python", "abi"), [("2.7", "cp27mu"), ("3.7", "cp37m"), ("3.8", "cp38"), ("3.13", "cp313")]
)
def test_abi_that_distributions_build(python: str, abi: str) -> None:
    assert python_tags(python) == python_tags(python, abi)


def test_as_json_says_nothing_of_the_machine() -> None:
    found = interpreter("3.6.15", "cp36m")
    assert as_json(found) == {"version": "3.6.15", "abi": "cp36m"}
    assert found.python == "3.6"
    assert found.tags == python_tags("3.6", "cp36m")


def test_the_probe_describes_the_python_that_runs_it(capsys: pytest.CaptureFixture[str]) -> None:
    exec(interpreters._PROBE, {})  # noqa: S102 - what find() has every candidate run
    said = json.loads(capsys.readouterr().out)
    assert said["version"].startswith("{}.{}.{}".format(*sys.version_info))
    assert said["abi"].startswith("cp{}{}".format(*sys.version_info))
    assert (said["implementation"], said["bits"]) == ("CPython", 64)
    assert Path(said["base"]).is_file()
    assert all(Path(folder).is_dir() for folder in said["libraries"])
