"""An image for tests: a root file system with one interpreter of this machine, imported by podman.

It holds the interpreter, the libraries that it and the wheels of the index need, and a shell.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# What manylinux wheels take for granted: https://peps.python.org/pep-0599/#the-manylinux2014-policy
_TAKEN_FOR_GRANTED = (
    "libdl.so.2", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0", "libresolv.so.2", "librt.so.1",
    "libstdc++.so.6", "libutil.so.1",
)  # fmt: skip
_PROGRAMS = ("sh", "cat", "sleep")


def import_image(interpreter: Path, name: str, engine: Iterable[str] = ("podman",)) -> None:
    """Make an image of an interpreter and its standard library, as ``/usr/local`` has it."""
    prefix = interpreter.resolve().parent.parent
    words = [*engine, "import", "--quiet", "-", name]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        with tarfile.open(fileobj=process.stdin, mode="w|") as archive:
            for source, target in _files(prefix):
                archive.add(source, target, recursive=False)
        process.stdin.close()
        process.stdin = None
        said = process.communicate()[1]
    if process.returncode != 0:
        raise RuntimeError(said.decode())


def _files(prefix: Path) -> Iterator[tuple[Path, str]]:
    """Yield each file with its place in the image."""
    programs = [Path(found) for found in map(shutil.which, _PROGRAMS) if found]
    own = [path for path in prefix.rglob("*") if _wanted(path.relative_to(prefix))]
    binaries = [path for path in own if path.suffix == ".so" or path.name.startswith("python")]
    for folder in ("tmp", "proc", "sys", "dev", "etc"):
        yield Path("/tmp"), folder
    for path in own:
        yield path, f"usr/local/{path.relative_to(prefix)}"
    for program in programs:
        yield program.resolve(), f"bin/{program.name}"
    libraries = {path for binary in (*binaries, *programs) for path in _needed(binary)}
    for library in sorted(libraries | set(_granted())):
        # The loader is found by its whole path, the others by their folder.
        yield library.resolve(), str(library).lstrip("/")


def _wanted(path: Path) -> bool:
    left_out = {"__pycache__", "test", "tests", "site-packages", "share", "include", "pkgconfig"}
    return not left_out & set(path.parts) and path.suffix != ".a"


def _needed(binary: Path) -> list[Path]:
    if not binary.is_file():
        return []
    listed = subprocess.run(["ldd", binary], capture_output=True, text=True, check=False).stdout
    return [Path(found) for found in re.findall(r"(/\S+) \(0x", listed)]


def _granted() -> Iterator[Path]:
    listed = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True)
    for name in _TAKEN_FOR_GRANTED:
        found = re.search(rf"\t{re.escape(name)} .*x86-64.* => (\S+)", listed.stdout)
        if found:
            yield Path(found[1])
