"""The Pythons on this machine: found on PATH, under pyenv and among uv's, and asked what they are.

Nothing is assumed from a name or a place: every candidate is started once and tells its version,
ABI and platform. Its answer is kept on disk until the file changes.
"""

from __future__ import annotations

import json
import os
import re
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import Version

from tfcompat.environments import containers
from tfcompat.environments.containers import ContainerError
from tfcompat.environments.interpreter_record import Interpreter
from tfcompat.util import folders, processes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tfcompat.environments.containers import Image

_NAME = re.compile(r"python(2|3)?(\.\d+)?")

# Runs on every Python from 2.7 on. In a virtual environment it names the interpreter behind it.
_PROBE = """
import json, platform, struct, sys, sysconfig
v = sys.version_info
flags = getattr(sys, "abiflags", None)
if flags is None:
    flags = ("m" if sysconfig.get_config_var("WITH_PYMALLOC") else "")
    flags += "u" if sys.maxunicode > 0xFFFF else ""
prefix = getattr(sys, "real_prefix", getattr(sys, "base_prefix", sys.prefix))
print(json.dumps({
    "implementation": platform.python_implementation(),
    "version": "%d.%d.%d" % v[:3] + ("" if v[3] == "final" else v[3][0] + str(v[4])),
    "abi": "cp%d%d%s" % (v[0], v[1], flags),
    "platform": sysconfig.get_platform(),
    "bits": struct.calcsize("P") * 8,
    "base": getattr(sys, "_base_executable", None) if prefix != sys.prefix else sys.executable,
}))
"""

_PROBE_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A file that looks like a Python and cannot serve, and why."""

    path: Path
    why: str


def find(
    environ: Mapping[str, str] = os.environ, folder: Path | None = None
) -> tuple[tuple[Interpreter, ...], tuple[Broken, ...]]:
    """Find the CPythons of this machine.

    Returns them newest first (in the order found within one version), each real file once, and
    the candidates that could not serve.
    """
    probes = _ProbeCache((folder or folders.cache_folder()) / "interpreters.json")
    found: dict[Path, Interpreter] = {}
    broken: dict[Path, Broken] = {}
    for path in _candidates(environ, folder):
        real = path.resolve()
        if real in found or real in broken:
            continue
        answer = probes.ask(path)
        if isinstance(answer, Broken):
            broken[real] = answer
        else:
            found[real] = answer
    probes.save()
    ordered = sorted(found.values(), key=lambda i: Version(i.version), reverse=True)
    return tuple(ordered), tuple(broken.values())


def _candidates(environ: Mapping[str, str], folder: Path | None) -> Iterator[Path]:
    yield Path(sys.executable)
    for on_path in environ.get("PATH", os.defpath).split(os.pathsep):
        yield from _pythons_in(Path(on_path or "."))
    home = Path(environ.get("HOME") or "/nonexistent")
    pyenv = Path(environ.get("PYENV_ROOT") or home / ".pyenv")
    data = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    managed = Path(environ.get("UV_PYTHON_INSTALL_DIR") or data / "uv" / "python")
    own = fetched_folder(folder)
    for root in (pyenv / "versions", managed, own):
        for version in sorted(_listing(root), reverse=True):
            yield from _pythons_in(version / "bin")


def fetched_folder(folder: Path | None = None) -> Path:
    """Return the folder for the Pythons that uv fetched for us, in the cache folder."""
    return (folder or folders.cache_folder()) / "python"


def _pythons_in(folder: Path) -> Iterator[Path]:
    for path in sorted(_listing(folder)):
        if _NAME.fullmatch(path.name) and os.access(path, os.X_OK) and not _is_script(path):
            yield path


def _listing(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _is_script(path: Path) -> bool:
    """Tell a shim (pyenv's are shell scripts) from a program."""
    try:
        with path.open("rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return True


class _ProbeCache:
    """What interpreters said of themselves, kept while their files are unchanged."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fresh = False
        try:
            self._known: dict[str, dict[str, str | int | None]] = json.loads(
                path.read_text(encoding="utf-8")
            )
        except (OSError, ValueError):
            self._known = {}

    def ask(self, path: Path) -> Interpreter | Broken:
        """Return what a candidate is, or why it cannot serve."""
        try:
            status = path.stat()
        except OSError as error:
            return Broken(path=path, why=error.strerror or str(error))
        key = f"{path}:{status.st_ino}:{status.st_size}:{status.st_mtime_ns}"
        if key not in self._known:
            answer = _probe(path)
            if isinstance(answer, Broken):
                return answer
            self._known[key] = answer
            self._fresh = True
        return _read_answer(path, self._known[key])

    def save(self) -> None:
        """Keep the answers; a cache that cannot be written is no error."""
        if not self._fresh:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary = self._path.with_suffix(f".{os.getpid()}")
            temporary.write_text(json.dumps(self._known), encoding="utf-8")
            temporary.replace(self._path)
        except OSError:
            return


def _probe(path: Path) -> dict[str, str | int | None] | Broken:
    finished = processes.run(
        [path, "-E", "-s", "-c", _PROBE],
        environment={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        timeout=_PROBE_SECONDS,
    )
    if not finished.ok:
        last = finished.stderr.strip().splitlines()[-1:] or ["no answer"]
        return Broken(path=path, why=f"does not start: {last[0]}")
    try:
        answer: dict[str, str | int | None] = json.loads(finished.stdout)
    except ValueError:
        return Broken(path=path, why="does not answer like a Python")
    return answer


def _read_answer(path: Path, answer: dict[str, str | int | None]) -> Interpreter | Broken:
    if answer.get("implementation") != "CPython":
        return Broken(path=path, why=f"is {answer.get('implementation')}, not CPython")
    if answer.get("bits") != 64 or answer.get("platform") != sysconfig.get_platform():
        return Broken(path=path, why=f"is for {answer.get('platform')}, {answer.get('bits')} bits")
    base = Path(str(answer.get("base") or path))
    return Interpreter(
        # An environment made from an environment vanishes with it: name what is behind it.
        path=base if base.is_file() else path,
        version=str(answer["version"]),
        abi=str(answer["abi"]),
    )


def in_image(image: Image, python: str) -> Interpreter:
    """Return the Python of an image; ContainerError where it has none, or cannot be started."""
    path, said = containers.pythons_in(image, python, _PROBE)
    try:
        answer = json.loads(said)
        version, abi = str(answer["version"]), str(answer["abi"])
        base = Path(answer["base"] or path)
    except (ValueError, LookupError, TypeError):
        msg = f"{path} in the image {image.reference} does not answer like a Python"
        raise ContainerError(msg) from None
    return Interpreter(path=base, version=version, abi=abi, image=image)


def as_json(interpreter: Interpreter) -> dict[str, str]:
    """Return an interpreter as it stands in a result file; the path is the machine's own."""
    found = {"version": interpreter.version, "abi": interpreter.abi}
    return {**found, "image": str(interpreter.image)} if interpreter.image else found
