"""The Pythons on this machine: on PATH, those of pyenv, and those that uv fetched.

Nothing is assumed from a name or a place: every candidate is started once and reports its version,
ABI and platform. The answer is kept on disk until the file changes.
"""

from __future__ import annotations

import json
import os
import re
import sys
import sysconfig
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from tfcompat.environments import containers
from tfcompat.environments.containers import ContainerError
from tfcompat.environments.interpreter_record import Interpreter
from tfcompat.results.printed import PrintedPython
from tfcompat.util import folders, processes
from tfcompat.util.files import write_text

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
for name in ("_bz2", "_ctypes", "_curses", "_dbm", "_lzma", "_sqlite3", "_ssl", "_tkinter",
             "readline", "zlib"):
    try:
        __import__(name)
    except Exception:
        pass
loaded = []
try:
    with open("/proc/self/maps") as maps:
        loaded = [line.split(None, 5)[-1].strip() for line in maps if ".so" in line]
except EnvironmentError:
    pass
print(json.dumps({
    "implementation": platform.python_implementation(),
    "version": "%d.%d.%d" % v[:3] + ("" if v[3] == "final" else v[3][0] + str(v[4])),
    "abi": "cp%d%d%s" % (v[0], v[1], flags),
    "platform": sysconfig.get_platform(),
    "bits": struct.calcsize("P") * 8,
    "base": getattr(sys, "_base_executable", None) if prefix != sys.prefix else sys.executable,
    "libraries": sorted(set(path.rpartition("/")[0] for path in loaded)),
}))
"""

_PROBE_SECONDS = 20
_NO_ANSWER = "does not answer like a Python"


@dataclass(frozen=True, kw_only=True)
class BrokenInterpreter:
    """A file that looks like a Python and cannot serve; ``why`` completes "PATH ..."."""

    path: Path
    why: str


def find(
    environ: Mapping[str, str] = os.environ, folder: Path | None = None
) -> tuple[tuple[Interpreter, ...], tuple[BrokenInterpreter, ...]]:
    """Find the CPythons of this machine.

    Returns them newest first (within one version in the order found), each real file once, and the
    candidates that cannot serve. ``folder`` is the cache folder, with kept answers and the Pythons
    that uv fetched for us; by default it is the user's.
    """
    folder = folder or folders.cache_folder()
    probes = _ProbeCache(folder / "interpreters.json")
    found: dict[Path, Interpreter] = {}
    broken: dict[Path, BrokenInterpreter] = {}
    for path in _candidates(environ, folder):
        real = path.resolve()
        if real in found or real in broken:
            continue
        answer = probes.probe(path)
        if isinstance(answer, BrokenInterpreter):
            broken[real] = answer
        else:
            found[real] = answer
    probes.save()
    ordered = sorted(found.values(), key=lambda interpreter: interpreter.version, reverse=True)
    return tuple(ordered), tuple(broken.values())


def _candidates(environ: Mapping[str, str], folder: Path) -> Iterator[Path]:
    """Yield every file that may be a Python; this program's own comes first."""
    yield Path(sys.executable)
    for on_path in environ.get("PATH", os.defpath).split(os.pathsep):
        yield from _pythons_in(Path(on_path or "."))
    home = Path(environ.get("HOME") or "/nonexistent")
    pyenv = Path(environ.get("PYENV_ROOT") or home / ".pyenv")
    data = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    managed = Path(environ.get("UV_PYTHON_INSTALL_DIR") or data / "uv" / "python")
    for root in (pyenv / "versions", managed, fetched_folder(folder)):
        for version in sorted(_listing(root), reverse=True):
            yield from _pythons_in(version / "bin")


def fetched_folder(folder: Path) -> Path:
    """Return where the Pythons that uv fetches for us lie, given the cache folder."""
    return folder / "python"


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


_ANSWERED = frozenset({"implementation", "bits", "platform", "version", "abi", "libraries"})
Answer = dict[str, "str | int | list[str] | None"]


class _ProbeCache:
    """What interpreters reported, kept in a file for as long as the interpreters are unchanged."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed = False
        self._known: dict[str, Answer] = {}
        with suppress(OSError, ValueError):
            kept = json.loads(path.read_text(encoding="utf-8"))
            # What is damaged is asked anew.
            entries = kept.items() if isinstance(kept, dict) else ()
            self._known = {
                key: answer
                for key, answer in entries
                if isinstance(answer, dict) and answer.keys() >= _ANSWERED
            }

    def probe(self, path: Path) -> Interpreter | BrokenInterpreter:
        """Return what a candidate is, or why it cannot serve."""
        try:
            status = path.stat()
        except OSError as error:
            return BrokenInterpreter(path=path, why=error.strerror or str(error))
        key = f"{path}:{status.st_ino}:{status.st_size}:{status.st_mtime_ns}"
        if key not in self._known:
            answer = _probe(path)
            if isinstance(answer, BrokenInterpreter):
                return answer
            self._known[key] = answer
            self._changed = True
        return _read_answer(path, self._known[key])

    def save(self) -> None:
        """Write the answers to the file; a cache that cannot be written is no error."""
        if self._changed:
            with suppress(OSError):
                write_text(self._path, json.dumps(self._known))


def _probe(path: Path) -> Answer | BrokenInterpreter:
    """Start a candidate and return its answer to the probe."""
    finished = processes.run(
        [path, "-E", "-s", "-c", _PROBE],
        environment={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
        timeout=_PROBE_SECONDS,
    )
    if not finished.ok:
        last = finished.stderr.strip().splitlines()[-1:] or ["no answer"]
        return BrokenInterpreter(path=path, why=f"does not start: {last[0]}")
    try:
        answer: Answer = json.loads(finished.stdout)
    except ValueError:
        return BrokenInterpreter(path=path, why=_NO_ANSWER)
    return answer


def _read_answer(path: Path, answer: Answer) -> Interpreter | BrokenInterpreter:
    """Return the interpreter that an answer to the probe describes."""
    if answer.get("implementation") != "CPython":
        return BrokenInterpreter(path=path, why=f"is {answer.get('implementation')}, not CPython")
    if answer.get("bits") != 64 or answer.get("platform") != sysconfig.get_platform():
        why = f"is for {answer.get('platform')}, {answer.get('bits')} bits"
        return BrokenInterpreter(path=path, why=why)
    base = Path(str(answer.get("base") or path))
    try:
        return Interpreter(
            # An environment made from an environment vanishes with it: name what is behind it.
            path=base if base.is_file() else path,
            version=Version(str(answer["version"])),
            abi=str(answer["abi"]),
            libraries=_outside(base.resolve().parent.parent, answer["libraries"]),
        )
    except (InvalidVersion, LookupError):
        return BrokenInterpreter(path=path, why=_NO_ANSWER)


def _outside(prefix: Path, folders: object) -> tuple[Path, ...]:
    """Return those of some folders with libraries that are no part of Python or the system."""
    own = (prefix, Path("/usr"), Path("/lib"), Path("/lib64"))
    paths = map(Path, folders if isinstance(folders, list) else ())
    return tuple(path for path in paths if not any(path.is_relative_to(one) for one in own))


def in_image(image: Image, python: str) -> Interpreter:
    """Return the Python such as ``3.6`` of an image.

    Raises ContainerError where the image has none, or cannot be started.
    """
    path, printed = containers.pythons_in(image, python, _PROBE)
    try:
        answer = json.loads(printed)
        version, abi = Version(answer["version"]), str(answer["abi"])
        base = Path(answer["base"] or path)
    except (ValueError, LookupError, TypeError):
        msg = f"{path} in the image {image.reference} {_NO_ANSWER}"
        raise ContainerError(msg) from None
    return Interpreter(path=base, version=version, abi=abi, image=image)


def as_printed(interpreter: Interpreter) -> PrintedPython:
    """Return an interpreter as commands print it: with its path on this machine."""
    return PrintedPython(
        version=str(interpreter.version),
        abi=interpreter.abi,
        path=os.fspath(interpreter.path),
        image=str(interpreter.image) if interpreter.image else None,
    )


def as_json(interpreter: Interpreter) -> dict[str, str]:
    """Return an interpreter as a result file names it: without its path on this machine."""
    content = {"version": str(interpreter.version), "abi": interpreter.abi}
    if interpreter.image:
        content["image"] = str(interpreter.image)
    return content
