"""What runs see where files are closed: decided here, without a process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tfcompat.environments import namespaces
from tfcompat.environments.namespaces import Closed, OverlayMount, links_towards, visible


def made(*folders: Path) -> None:
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home that lies in no private folder."""
    monkeypatch.setattr(namespaces, "_PRIVATE", (tmp_path / "private", tmp_path / "none"))
    monkeypatch.setattr(namespaces, "_RESOLVER", tmp_path / "resolv.conf")
    made(tmp_path / "home", tmp_path / "private")
    return tmp_path / "home"


def test_nothing_is_hidden_where_nothing_is_closed(tmp_path: Path) -> None:
    assert visible(Closed(network=True), writable=[tmp_path]) is None


def test_a_cache_in_the_home_is_hidden_but_for_what_is_worked_with(home: Path) -> None:
    run, environment, tool = home / "cache/run", home / "cache/cell/env", home / "lib/tool"
    made(run, environment, tool)
    closed = Closed(hidden=(home, home / "cache", home / "gone"))
    found = visible(closed, writable=[run, environment], readable=[tool, home / "absent"])
    assert found is not None
    assert set(map(str, (home, home / "cache", home / "gone"))) <= set(found.hidden)
    assert found.readable == (str(tool),)
    assert found.writable == (str(run), str(environment))
    assert found.private == (str(home.parent / "private"),)
    assert found.links == {}


def test_what_no_hidden_folder_holds_needs_no_mount(home: Path, tmp_path: Path) -> None:
    made(tmp_path / "opt")
    found = visible(Closed(hidden=(home,), seen=(tmp_path / "opt",)), writable=[home])
    assert found is not None
    assert found.readable == ()


def test_an_inner_folder_is_seen_with_the_one_around_it(home: Path) -> None:
    made(home / "python/lib/ssl")
    closed = Closed(hidden=(home,), seen=(home / "python", home / "python/lib/ssl"))
    found = visible(closed, writable=[home.parent / "private"])
    assert found is not None
    assert found.readable == (str(home / "python"),)


def test_a_python_whose_folder_is_the_home_does_not_show_it(home: Path) -> None:
    made(home / "bin", home / "lib", home / "letters")
    found = visible(Closed(hidden=(home,), seen=(home,)), writable=[home.parent / "private"])
    assert found is not None
    assert found.readable == (str(home / "bin"), str(home / "lib"))


@pytest.mark.parametrize("folder", ["/", "/usr", "/etc"])
def test_what_holds_the_system_cannot_be_hidden(folder: str, home: Path) -> None:
    assert visible(Closed(hidden=(Path(folder),)), writable=[home]) is None


def test_links_on_the_way_are_made_again(home: Path, tmp_path: Path) -> None:
    made(home / "versions/3.9.18/bin", home / "bin", tmp_path / "real/cache/run")
    program = home / "versions/3.9.18/bin/python3.9"
    program.touch()
    (home / "versions/3.9").symlink_to("3.9.18")
    (home / "bin/python").symlink_to(home / "versions/3.9/bin/python3.9")
    (home / ".cache").symlink_to(tmp_path / "real/cache")
    closed = Closed(hidden=(home,), seen=(home / "bin/python",))
    found = visible(closed, writable=[home / ".cache/run"])
    assert found is not None
    assert found.links == {
        str(home / "bin/python"): str(home / "versions/3.9/bin/python3.9"),
        str(home / "versions/3.9"): "3.9.18",
        str(home / ".cache"): str(tmp_path / "real/cache"),
    }
    assert found.readable == (str(program),)
    assert found.writable == (str(tmp_path / "real/cache/run"),)


def test_links_that_go_up_and_in_circles(tmp_path: Path) -> None:
    made(tmp_path / "a/b", tmp_path / "c")
    (tmp_path / "a/b/up").symlink_to("../../c")
    (tmp_path / "c/file").touch()
    (tmp_path / "circle").symlink_to("circle")
    links = list(links_towards(tmp_path / "a/b/up/file"))
    assert links == [tmp_path / "a/b/up"]
    assert list(links_towards(tmp_path / "circle/x")) == [tmp_path / "circle"]
    assert list(links_towards(tmp_path / "a/../c/file")) == []


def test_a_command_that_nothing_is_closed_to_stays_as_it_is() -> None:
    assert namespaces.command(["python", "a.py"]) == ["python", "a.py"]


def test_one_program_enters_all_namespaces(home: Path) -> None:
    mount = OverlayMount(target="env", layers=("kept",), upper="written", work="overlay")
    files = visible(Closed(hidden=(home,)), writable=[home])
    words = namespaces.command(["python"], network=True, overlay=mount, files=files)
    specification = json.loads(str(words[-2]))
    assert words[-1] == "python"
    assert specification["network"] is True
    assert specification["overlay"]["layers"] == ["kept"]
    assert specification["files"]["writable"] == [str(home)]
