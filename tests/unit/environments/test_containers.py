"""Containers without an engine: the command lines, the choice of image, and the messages."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tfcompat.environments import containers
from tfcompat.environments.containers import (
    Contained,
    ContainerChoice,
    ContainerError,
    Image,
    Mount,
)
from tfcompat.util import processes
from tfcompat.util.processes import Finished

if TYPE_CHECKING:
    from collections.abc import Sequence

PODMAN = Image(
    engine="podman",
    program=Path("/usr/bin/podman"),
    version="4.3.1",
    reference="docker.io/library/python:3.6",
    digest="sha256:abc",
)
APPTAINER = Image(
    engine="apptainer",
    program=Path("/usr/bin/apptainer"),
    version="1.3",
    reference="docker://docker.io/library/python:3.6",
    digest="",
)
CHOICE = ContainerChoice(engine="auto", image="docker.io/library/python:{python}")
MOUNTS = (
    Mount(folder=Path("/cell/env"), written=Path("/cell/written"), work=Path("/cell/overlay")),
    Mount(folder=Path("/scratch"), writable=True),
    Mount(folder=Path("/tool")),
)


def words(image: Image) -> list[str]:
    start = image.start(
        ["/cell/env/bin/python", "/tool/launcher.py"],
        environment={"TZ": "UTC"},
        mounts=MOUNTS,
        cwd=Path("/scratch"),
        owner=Path("/cache/work/run-1"),
    )
    return [str(word) for word in start.command]


def pairs(command: Sequence[str], option: str) -> list[str]:
    return [command[at + 1] for at, word in enumerate(command) if word == option]


def test_podman_is_given_nothing_beyond_its_folders() -> None:
    command = words(PODMAN)
    assert command[:2] == ["/usr/bin/podman", "run"]
    assert {"--rm", "--interactive", "--read-only", "--unsetenv-all"} <= set(command)
    assert "--privileged" not in command
    assert pairs(command, "--cap-drop") == ["all"]
    assert pairs(command, "--pull") == ["never"]
    assert pairs(command, "--volume") == [
        "/cell/env:/cell/env:O,upperdir=/cell/written,workdir=/cell/overlay",
        "/scratch:/scratch:rw",
        "/tool:/tool:ro",
    ]
    assert pairs(command, "--env") == ["TZ=UTC"]
    assert pairs(command, "--workdir") == ["/scratch"]
    assert pairs(command, "--label") == ["io.tfcompat.owner=/cache/work/run-1"]
    assert pairs(command, "--entrypoint") == ["/cell/env/bin/python"]
    assert command[-2:] == ["docker.io/library/python:3.6", "/tool/launcher.py"]
    assert pairs(command, "--name") != pairs(words(PODMAN), "--name")


def test_apptainer_is_given_the_same() -> None:
    # https://apptainer.org/docs/user/main/cli/apptainer_exec.html
    command = words(APPTAINER)
    assert command[:3] == ["/usr/bin/apptainer", "--quiet", "exec"]
    assert {"--containall", "--cleanenv", "--no-home", "--no-privs"} <= set(command)
    assert pairs(command, "--bind") == [
        "/cell/env:/cell/env:rw",
        "/scratch:/scratch:rw",
        "/tool:/tool:ro",
    ]
    assert pairs(command, "--env") == ["TZ=UTC"]
    assert pairs(command, "--pwd") == ["/scratch"]
    assert command[-3:] == [APPTAINER.reference, "/cell/env/bin/python", "/tool/launcher.py"]


def test_what_was_compiled_before_is_there_from_the_start(tmp_path: Path) -> None:
    layer = tmp_path / "layer"
    (layer / "lib").mkdir(parents=True)
    (layer / "lib" / "a.pyc").write_text("x")
    cell, scratch = tmp_path / "cell", tmp_path / "scratch"
    cell.mkdir()
    sandbox = Contained(image=PODMAN, folder=cell, owner=None, layers=(layer,))
    start = sandbox.wrap(["/cell/env/bin/python"], {"TZ": "UTC"}, scratch)
    assert (sandbox.written / "lib" / "a.pyc").read_text() == "x"
    (sandbox.written / "lib" / "a.pyc").write_text("y")
    again = sandbox.wrap(["/cell/env/bin/python"], {}, scratch, readable=[Path("/tool")])
    assert (sandbox.written / "lib" / "a.pyc").read_text() == "y"
    assert "/tool:/tool:ro" in again.command
    assert "/tool:/tool:ro" not in start.command
    assert "TZ=UTC" in start.command
    assert start.environment == dict(os.environ)


def test_no_password_is_on_a_command_line() -> None:
    index = "https://me:secret@host.org/simple"
    start = PODMAN.start(["uv"], environment={"UV_DEFAULT_INDEX": index, "TZ": "UTC"})
    assert "secret" not in " ".join(map(str, start.command))
    assert pairs([str(word) for word in start.command], "--env") == ["UV_DEFAULT_INDEX", "TZ=UTC"]
    assert start.environment["UV_DEFAULT_INDEX"] == index
    other = APPTAINER.start(["uv"], environment={"UV_DEFAULT_INDEX": index})
    assert "secret" not in " ".join(map(str, other.command))
    assert other.environment["APPTAINERENV_UV_DEFAULT_INDEX"] == index


@pytest.mark.parametrize(
    ("image", "python", "reference"),
    [
        ("docker.io/library/python:{python}", "3.6", "docker.io/library/python:3.6"),
        ({"3.6": "mine:1"}, "3.6", "mine:1"),
        ({"3.6": "mine:1"}, "3.7", None),
    ],
)
def test_the_image_of_a_python(
    image: str | dict[str, str], python: str, reference: str | None
) -> None:
    choice = ContainerChoice(engine="auto", image=image)
    assert containers.reference_of(choice, python) == reference


Answer = tuple[int, str, str]
Engine = Callable[[Mapping[str, Answer | list[Answer]]], list[list[str]]]


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Have podman answer by the second word of its command line; return the command lines."""

    def answering(answers: Mapping[str, Answer | list[Answer]]) -> list[list[str]]:
        asked: list[list[str]] = []

        def run(command: Sequence[str | Path], **_: object) -> Finished:
            line = [str(word) for word in command]
            asked.append(line)
            key = next(k for k in answers if k in " ".join(line[1:3]))
            answer = answers[key]
            code, out, err = answer.pop(0) if isinstance(answer, list) else answer
            return Finished(command=tuple(line), returncode=code, stdout=out, stderr=err)

        monkeypatch.setattr(processes, "run", run)
        monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
        return asked

    return answering


THERE = {
    "--version": (0, "podman version 4.3.1\n", ""),
    "image exists": (0, "", ""),
    "image inspect": (0, "sha256:abc\n", ""),
}


def test_an_image_that_is_there_is_not_fetched(engine: Engine) -> None:
    asked = engine(THERE)
    assert containers.image_for(CHOICE, "3.6", offline=False) == PODMAN
    assert not [line for line in asked if "pull" in line]


def test_an_image_is_fetched_or_the_reason_said(engine: Engine) -> None:
    missing = {**THERE, "image exists": (1, "", "")}
    asked = engine({**missing, "pull": (0, "", "")})
    assert containers.image_for(CHOICE, "3.6", offline=False) == PODMAN
    assert [line[1] for line in asked if "pull" in line] == ["pull"]
    said = "Error: initializing source: pinging registry: no route to host\n"
    engine({**missing, "pull": (125, "", said)})
    with pytest.raises(ContainerError, match=r"cannot be fetched \(initializing .*no route"):
        containers.image_for(CHOICE, "3.6", offline=False)
    with pytest.raises(ContainerError, match="is not on this machine; fetch it by `podman pull"):
        containers.image_for(CHOICE, "3.6", offline=True)


def test_an_engine_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(ContainerError, match="there is no podman or apptainer on this machine"):
        containers.image_for(CHOICE, "3.6", offline=False)
    with pytest.raises(ContainerError, match="there is no apptainer on this machine"):
        containers.image_for(ContainerChoice(engine="apptainer", image="x"), "3.6", offline=False)


def test_apptainer_takes_images_of_a_registry(
    monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    engine({"--version": (0, "apptainer version 1.3.0\n", "")})
    monkeypatch.setattr("shutil.which", lambda name: name if name == "singularity" else None)
    found = containers.image_for(CHOICE, "3.6", offline=False)
    assert (found.engine, found.program, found.version) == (
        "apptainer", Path("singularity"), "1.3.0"
    )  # fmt: skip
    assert found.reference == "docker://docker.io/library/python:3.6"


def test_a_study_names_no_image(engine: Engine) -> None:
    engine(THERE)
    choice = ContainerChoice(engine="auto", image={"3.7": "x"})
    with pytest.raises(ContainerError, match=r"names no image for Python 3\.6; add one"):
        containers.image_for(choice, "3.6", offline=False)


def test_an_image_without_the_python(engine: Engine) -> None:
    engine({"run --rm": (127, "", "Error: runc: exec: no such file or directory\n")})
    with pytest.raises(ContainerError, match=r"has no python3.6 in /usr/local/bin, "):
        containers.pythons_in(PODMAN, "3.6", "print(1)")


def test_an_engine_that_cannot_start_anything(engine: Engine) -> None:
    asked = engine({"run --rm": (126, "", "Error: crun: setrlimit: Operation not permitted\n")})
    with pytest.raises(ContainerError, match=r"podman cannot start a container of .*setrlimit"):
        containers.pythons_in(PODMAN, "3.6", "print(1)")
    assert len(asked) == 1


def test_only_what_is_ours_and_forgotten_is_removed(engine: Engine, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    others = "two /elsewhere/work/run-2\nthree\n"
    listed = [(0, f"one {work}/run-1-dead\n{others}", ""), (0, others, "")]
    asked = engine({"ps": listed, "rm": (0, "", "")})
    containers.sweep(tmp_path)
    assert asked == []
    containers.note_use(tmp_path)
    containers.sweep(tmp_path)
    assert [line[-1] for line in asked if line[1] == "rm"] == ["one"]


def test_what_an_engine_cannot_list_or_remove_yet_is_tried_again(
    engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / "work").mkdir()
    one = (0, f"one {tmp_path}/work/run-1-dead\n", "")
    busy = (125, "", "Error: container is being removed\n")
    asked = engine({"ps": [(125, "", "Error: locked\n"), one, (0, "", "")], "rm": busy})
    containers.note_use(tmp_path)
    containers.sweep(tmp_path)
    assert [line[1] for line in asked] == ["ps", "ps", "rm", "ps"]
