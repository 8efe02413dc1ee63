"""What a run showed of a script: which classes its objects are of, by their public names."""

from __future__ import annotations

import json
import sys
import types
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from tfcompat.breaks import recorder_program
from tfcompat.breaks.guards import EVERYTHING
from tfcompat.breaks.recording import (
    Recording,
    RecordingStore,
    read_rows,
    recorder,
    with_recorded,
)
from tfcompat.breaks.uses import read
from tfcompat.breaks.watched import watched

if TYPE_CHECKING:
    from pathlib import Path

LIBRARY = {
    "wood": "from wood.kinds.hard import Oak, Ash\nfrom wood import kinds\nimport json\n",
    "wood.kinds": "",
    "wood.kinds.hard": """
class Tree:
    def grow(self): pass
class Oak(Tree):
    @classmethod
    def seed(cls): return cls()
    def leaf(self): return _Leaf()
class Ash(Tree): pass
class _Leaf:
    def fall(self): pass
""",
}


@pytest.fixture
def wood(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    for name in reversed(LIBRARY):
        module = types.ModuleType(name)
        monkeypatch.setitem(sys.modules, name, module)
    sys.modules["wood"].kinds = sys.modules["wood.kinds"]  # type: ignore[attr-defined]
    sys.modules["wood.kinds"].hard = sys.modules["wood.kinds.hard"]  # type: ignore[attr-defined]
    for name in reversed(LIBRARY):
        exec(LIBRARY[name], vars(sys.modules[name]))  # noqa: S102 - the library of these tests
    monkeypatch.setattr(recorder_program, "ROOTS", ["wood"])
    monkeypatch.setattr(recorder_program, "NAMES", [])
    monkeypatch.setattr(recorder_program, "SEEN", {})
    monkeypatch.setattr(recorder_program, "DONE", set())
    return SimpleNamespace(**vars(sys.modules["wood"]))


def rows(capsys: pytest.CaptureFixture[str]) -> set[tuple[int, str, str]]:
    recorder_program.write()
    return set(read_rows(capsys.readouterr().err.splitlines(keepends=True)))


def test_classes_have_the_names_that_scripts_use(
    wood: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Mine(wood.Oak):  # type: ignore[name-defined,misc]
        def own(self) -> None: ...

    oak = wood.Oak()
    for site, (value, name) in enumerate([
        (oak, "grow"),  # 0: made in a module further down, and known by a shorter name
        (Mine(), "grow"),  # 1: a class of the script's own: what it inherits is the library's
        (Mine(), "own"),  # 2: and this is not
        (oak.leaf(), "fall"),  # 3: a class without a public name
        (wood.Oak, "seed"),  # 4: of a class
        (wood.kinds, "hard"),  # 5: of a module
        ([], "append"),  # 6, 7: of another library's
        (json, "dumps"),
    ]):  # fmt: skip
        recorder_program.get(value, name, site)
    assert rows(capsys) == {
        (0, "wood.Oak", "member"),
        (1, "wood.Oak", "member"),
        (4, "wood.Oak", "class"),
        (5, "wood.kinds", "module"),
    }
    # A name that the script has for a class counts before the shortest.
    monkeypatch.setattr(recorder_program, "NAMES", ["wood.kinds.hard.Oak", "wood.none.at_all"])
    assert (0, "wood.kinds.hard.Oak", "member") in rows(capsys)


def test_one_place_may_see_several_classes_and_what_fails_is_not_noted(
    wood: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    for value in (wood.Oak(), wood.Ash(), wood.Oak()):
        recorder_program.get(value, "grow", 3)
    with pytest.raises(AttributeError):
        recorder_program.get(wood.Oak(), "shrink", 4)
    assert rows(capsys) == {(3, "wood.Oak", "member"), (3, "wood.Ash", "member")}


def test_what_several_processes_wrote_is_read_and_half_a_line_is_not() -> None:
    mark = recorder_program.MARK
    lines = ["hello\n", f'{mark}[[0,"a.B","member"]]\n', f'{mark}[[0,"a.B","member"],[1,"a","mo']
    assert read_rows(lines) == ((0, "a.B", "member"),)
    assert read_rows(["nothing\n"]) == ()


SCRIPT = b"""import wood
oak = wood.Oak()
tree = make(oak)
tree.grow(1, by=2)
oak.grow()
if hasattr(tree, "fall"):
    tree.fall()
tree._hidden()
"""


def test_recorded_uses_come_beside_those_that_were_read() -> None:
    script = watched(SCRIPT)
    reading = read(SCRIPT, ["wood"])
    lines = {site.line: number for number, site in enumerate(script.sites)}
    every = tuple((lines[line], "wood.Oak", "member") for line in (4, 5, 7, 8))
    found = with_recorded(reading, Recording(release="1", python="3.9", rows=every), script)
    recorded = [use for use in found if use.is_recorded]
    # Line 5 was read already; line 8 is private.
    assert [(use.line, use.name) for use in recorded] == [
        (4, "wood.Oak.grow"), (7, "wood.Oak.fall"),
    ]  # fmt: skip
    assert recorded[0].is_member
    assert recorded[0].call is not None
    assert (recorded[0].call.positional, recorded[0].call.keywords) == (1, ("by",))
    assert (recorded[0].guards, recorded[1].guards) == (frozenset(), EVERYTHING)
    assert set(reading.uses) <= set(found)


def test_a_recording_is_kept_for_the_script_as_it_is(tmp_path: Path) -> None:
    store = RecordingStore(cache=tmp_path)
    recording = Recording(release="1.2", python="3.9", rows=((0, "wood.Oak", "member"),))
    assert store.find(SCRIPT, ["wood"]) is None
    store.keep(SCRIPT, ["wood"], recording)
    assert store.find(SCRIPT, ["wood"]) == recording
    assert store.find(SCRIPT + b"x.y\n", ["wood"]) is None
    assert store.find(SCRIPT, ["wool"]) is None
    (file,) = tmp_path.rglob("*.json")
    for damage in (b"", b"[]", b'{"format": 1}', b'{"format": 1, "rows": [[1]], "release": ""}'):
        file.write_bytes(damage)
        assert store.find(SCRIPT, ["wood"]) is None


def test_the_recorder_is_read_by_every_python() -> None:
    text = recorder(["wood"], ["wood.\u00e9"])
    assert text.isascii()
    compile(text, "recorder", "exec")
    assert b'ROOTS += ["wood"]' in text


def test_a_run_tells_what_a_function_returned_where_reading_only_guesses() -> None:
    text = b"import wood\ntree = wood.plant()\ntree.grow(by=1)\nwood.Oak().grow()\n"
    script = watched(text)
    numbers = {(site.line, site.name): number for number, site in enumerate(script.sites)}
    every = tuple((numbers[line, "grow"], "wood.Oak", "member") for line in (3, 4))
    found = with_recorded(
        read(text, ["wood"]), Recording(release="1", python="3.9", rows=every), script
    )
    # The last line says itself of which class its object is.
    assert [(u.line, u.name) for u in found if u.is_recorded] == [(3, "wood.Oak.grow")]
