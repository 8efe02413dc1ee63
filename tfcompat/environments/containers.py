"""Pythons in containers, for cells whose Python is not on this machine: podman and apptainer.

A container is one command of ours: one that works in a cell, which sees the folders it is given, or
a step of a build, which sees our cache as well. The folders have the names that they have outside.
The container's own root file system is read-only, nothing of it is privileged, and it is removed as
it ends. A container whose owner was killed ends with its input, or is removed by the next command;
nothing else is ever touched.

https://docs.podman.io/en/stable/markdown/podman-run.1.html
https://apptainer.org/docs/user/main/cli/apptainer_exec.html
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from filelock import FileLock, Timeout

from tfcompat.environments import namespaces
from tfcompat.environments.namespaces import OPEN
from tfcompat.errors import TfcompatError
from tfcompat.util import network, processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tfcompat.environments.namespaces import Closed

Name = Literal["podman", "apptainer"]

# uv makes no environments for these, and what does so for Python 2.7 needs it outside.
TOO_OLD = ("2.7", "3.3", "3.4", "3.5")
_ENGINES: tuple[Name, ...] = ("podman", "apptainer")
# The exit codes of an engine that did not get so far as to run the command.
NOT_STARTED = (125, 126, 127)
_LABEL = "io.tfcompat.owner"
_START_SECONDS = 60
# A slow disk takes its time to remove what a container wrote, and others wait for that.
_REMOVE_SECONDS = 300
_REMOVE_ATTEMPTS = 3
_USED = "containers"  # a file of the cache, once there have been any
# Tried in an image: what the official one has first, then what distributions have.
_FOLDERS = ("/usr/local/bin", "/usr/bin", "/opt/python/bin")


class ContainerError(TfcompatError):
    """No container could be obtained; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class ContainerChoice:
    """Which engine a study wants (``auto``: any), and the image for a Python.

    ``image`` is a name in which ``{python}`` stands for the version, or one for each version.
    """

    engine: Literal["auto", "podman", "apptainer"]
    image: str | Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A folder that a container sees under its own name.

    With ``written`` and ``work``, what is written to it goes there instead (an overlay).
    """

    folder: Path
    writable: bool = False
    written: Path | None = None
    work: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Image:
    """An image that is on this machine. ``reference`` is what it is called, ``digest`` what it is.

    ``program`` is the engine's, ``version`` what it says of itself.
    """

    engine: Name
    program: Path
    version: str
    reference: str
    digest: str

    def __str__(self) -> str:
        """Return the image as a result file names it."""
        return f"{self.reference}@{self.digest}" if self.digest else self.reference

    @property
    def has_overlays(self) -> bool:
        """Whether its engine can catch what is written to a folder."""
        return self.engine == "podman"

    def start(
        self,
        words: Sequence[str | Path],
        *,
        environment: Mapping[str, str],
        mounts: Sequence[Mount] = (),
        cwd: Path | None = None,
        owner: Path | None = None,
        closed: bool = False,
    ) -> processes.Invocation:
        """Return how to run a command in a container of this image, ``closed`` without a network.

        ``owner`` is the workspace whose end is the container's. The engine itself runs in the
        user's environment, by which it finds its images.
        """
        form = _FORMS[self.engine]
        command: list[str | Path] = [self.program, *form.first]
        if self.engine == "podman":
            # As a rule the user's network.
            command += ["--network", "none" if closed else "host"]
            command += ["--name", f"tfcompat-{secrets.token_hex(6)}"]
            command += ["--label", f"{_LABEL}={owner}"] if owner else []
        for mount in mounts:
            command += [form.mount, f"{mount.folder}:{mount.folder}:{form.option(mount)}"]
        given = dict(os.environ)
        for name, value in environment.items():
            if name not in _BY_NAME:
                command += ["--env", f"{name}={value}"]
                continue
            # Everybody can read a command line, and an address may hold a password.
            given[f"{form.prefix}{name}"] = value
            command += ["--env", name] if self.engine == "podman" else []
        command += [form.cwd, cwd] if cwd else []
        if self.engine == "podman":
            command += ["--entrypoint", str(words[0]), self.reference, *words[1:]]
        else:
            command += [self.reference, *words]
        if closed and self.engine == "apptainer":
            # A container has the network of what starts it.
            command = namespaces.command(command, network=True)
        return processes.Invocation(command=command, environment=given)


@dataclass(frozen=True, kw_only=True)
class Contained:
    """Commands in containers of an image, for the environment ``folder/env``.

    What they write there is caught where the engine can do that. At most one command at a time
    may use it.
    """

    image: Image
    folder: Path
    owner: Path | None
    layers: tuple[Path, ...] = ()

    @property
    def written(self) -> Path:
        """The folder with everything that was written to the environment."""
        return self.folder / "written"

    def wrap(
        self,
        words: Sequence[str | Path],
        environment: Mapping[str, str],
        folder: Path,
        readable: Sequence[Path] = (),
        *,
        closed: Closed = OPEN,
    ) -> processes.Invocation:
        """Return how to start a command that sees its environment and the given folders alone.

        It may write to ``folder``, and only read those that are ``readable``, and what is ``seen``
        of this machine in what is ``closed``.
        """
        work = self.folder / "overlay"
        work.mkdir(exist_ok=True)
        if not self.written.exists():
            self.written.mkdir()
            for layer in self.layers:
                # An engine lays one folder over another: what is kept becomes part of the upper.
                if layer.exists():
                    shutil.copytree(layer, self.written, dirs_exist_ok=True)
        mounts = [
            Mount(folder=self.folder / "env", written=self.written, work=work),
            Mount(folder=folder, writable=True),
            *(Mount(folder=path) for path in readable),
            *(Mount(folder=path) for path in closed.seen if path.exists()),
        ]
        return self.image.start(
            words, environment=environment, mounts=mounts, owner=self.owner, closed=closed.network
        )


def _podman_option(mount: Mount) -> str:
    if mount.written is not None:
        return f"O,upperdir={mount.written},workdir={mount.work}"
    return "rw" if mount.writable else "ro"


def _apptainer_option(mount: Mount) -> str:
    # It has no overlay for a folder: what is written there stays.
    return "rw" if mount.writable or mount.written is not None else "ro"


@dataclass(frozen=True, kw_only=True)
class _Form:
    """How an engine's command line says what we ask of it."""

    first: tuple[str, ...]
    mount: str
    option: Callable[[Mount], str]
    cwd: str
    prefix: str  # of a variable of its own that it hands on


_FORMS = {
    # Root inside stands for the user where podman is rootless.
    "podman": _Form(
        first=(
            *("run", "--rm", "--interactive", "--pull", "never"),
            *("--user", "0:0", "--read-only", "--cap-drop", "all", "--shm-size", "1g"),
            *("--security-opt", "no-new-privileges", "--security-opt", "label=disable"),
            *("--http-proxy=false", "--unsetenv-all"),
        ),
        mount="--volume",
        option=_podman_option,
        cwd="--workdir",
        prefix="",
    ),
    "apptainer": _Form(
        first=("--quiet", "exec", "--containall", "--cleanenv", "--no-home", "--no-privs"),
        mount="--bind",
        option=_apptainer_option,
        cwd="--pwd",
        prefix="APPTAINERENV_",
    ),
}
# What may hold a password, and means to an engine no more than to what it runs.
_BY_NAME = frozenset({"UV_DEFAULT_INDEX", *network.NETWORK_VARIABLES})


def find_engine(wanted: str) -> tuple[Name, Path] | None:
    """Return the engine that a study wants, if it is on this machine; ``auto`` takes any."""
    for name in _ENGINES if wanted == "auto" else (wanted,):
        # Apptainer was called singularity.
        for program in (name, *(("singularity",) if name == "apptainer" else ())):
            found = shutil.which(program)
            if found:
                return ("podman" if name == "podman" else "apptainer"), Path(found)
    return None


def reference_of(choice: ContainerChoice, python: str) -> str | None:
    """Return the image that a study names for a Python, or None."""
    if isinstance(choice.image, str):
        return choice.image.replace("{python}", python)
    return choice.image.get(python)


def no_engine(choice: ContainerChoice) -> str:
    """Return what to do where the engine of a study is not on this machine."""
    wanted = "podman or apptainer" if choice.engine == "auto" else choice.engine
    return f"there is no {wanted} on this machine; install one, or set `prefer: virtualenv`"


def image_for(choice: ContainerChoice, python: str, *, offline: bool) -> Image:
    """Return the image for a Python, fetched where it is not on this machine.

    Raises ContainerError where there is no engine or no image, and where it cannot be fetched.
    """
    found = find_engine(choice.engine)
    if found is None:
        raise ContainerError(no_engine(choice))
    engine, program = found
    reference = reference_of(choice, python)
    if reference is None:
        msg = f"`container.image` names no image for Python {python}; add one"
        raise ContainerError(msg)
    version = _answer_of([program, "--version"]).rpartition(" ")[2]
    digest = ""
    if engine == "podman":
        if not _has(program, reference):
            _fetch(program, reference, offline=offline)
        shown = ["image", "inspect", "--format", "{{.Digest}}", reference]
        digest = _answer_of([program, *shown])
    elif "://" not in reference and not Path(reference).exists():
        reference = f"docker://{reference}"
    return Image(
        engine=engine, program=program, version=version, reference=reference, digest=digest
    )


def _has(program: Path, reference: str) -> bool:
    return _run([program, "image", "exists", reference]).ok


def _fetch(program: Path, reference: str, *, offline: bool) -> None:
    hint = f"fetch it by `podman pull {reference}`, or name another one in `container.image`"
    if offline:
        msg = f"the image {reference} is not on this machine; {hint}"
        raise ContainerError(msg)
    fetched = _run([program, "pull", "--quiet", reference], timeout=None)
    if not fetched.ok:
        msg = f"the image {reference} cannot be fetched ({_last(fetched)}); {hint}"
        raise ContainerError(msg)


def _answer_of(words: Sequence[str | Path]) -> str:
    done = _run(words)
    if not done.ok:
        msg = f"`{' '.join(map(str, words))}` fails: {_last(done)}"
        raise ContainerError(msg)
    return done.stdout.strip()


def _run(words: Sequence[str | Path], timeout: float | None = _START_SECONDS) -> processes.Finished:
    return processes.run(words, environment=os.environ, timeout=timeout)


def _last(done: processes.Finished) -> str:
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    reason = lines[-1] if lines else f"exit {done.returncode}"
    # podman repeats itself: what comes last is the reason.
    return re.sub(r"^(Error|FATAL): *", "", reason)[:300]


def pythons_in(image: Image, python: str, probe: str) -> tuple[str, str]:
    """Return the path of a Python in an image, and what it answers to a probe.

    Raises ContainerError where no container can be started, or the image has no such Python.
    """
    names = [f"{folder}/python{python}" for folder in _FOLDERS]
    last = ""
    for name in names:
        asked = image.start([name, "-E", "-s", "-c", probe], environment={"LC_ALL": "C.UTF-8"})
        done = _run(asked.command)
        if done.ok:
            return name, done.stdout
        last = _last(done)
        if not _is_absent(done):
            break
    else:
        msg = (
            f"the image {image.reference} has no python{python} in {', '.join(_FOLDERS)}; "
            f"name another one in `container.image`"
        )
        raise ContainerError(msg)
    msg = f"{image.engine} cannot start a container of {image.reference}: {last}"
    raise ContainerError(msg)


def _is_absent(done: processes.Finished) -> bool:
    # podman exits with 127 for a command that the container has not; apptainer with 255.
    return done.returncode == 127 or "no such file" in done.stderr.lower()


def note_use(cache: Path) -> None:
    """Note that containers are used with a cache: only then is there anything to look after."""
    with suppress(OSError):
        (cache / _USED).touch()


@contextmanager
def cleaned(cache: Path) -> Iterator[None]:
    """Remove, at both ends of a block, the containers of ours whose owner is gone."""
    sweep(cache)
    try:
        yield
    finally:
        sweep(cache)


def sweep(cache: Path) -> None:
    """Remove containers that belong to workspaces of this cache which nobody holds any more."""
    found = find_engine("podman")
    if found is None or not (cache / _USED).exists():
        return
    program = found[1]
    for _ in range(_REMOVE_ATTEMPTS):
        # An engine that still removes a container itself refuses to do so twice at once.
        left = _left_behind(program, cache)
        if left == []:
            return
        for identifier in left or ():
            _run([program, "rm", "--force", "--time", "0", identifier], timeout=_REMOVE_SECONDS)


def _left_behind(program: Path, cache: Path) -> list[str] | None:
    """Return the containers whose owner is gone, None where the engine does not tell."""
    shown = f'{{{{.ID}}}} {{{{index .Labels "{_LABEL}"}}}}'
    words: list[str | Path] = [
        program,
        "ps",
        "--all",
        "--filter",
        f"label={_LABEL}",
        "--format",
        shown,
    ]
    listed = _run(words, timeout=_REMOVE_SECONDS)
    if not listed.ok:
        return None
    found = (line.partition(" ") for line in listed.stdout.splitlines())
    return [
        identifier
        for identifier, _, owner in found
        if Path(owner).parent == cache / "work" and _is_gone(Path(owner))
    ]


def _is_gone(owner: Path) -> bool:
    lock = FileLock(f"{owner}.lock")
    if not Path(lock.lock_file).exists():
        return True
    with suppress(Timeout), lock.acquire(blocking=False):
        return True
    return False
