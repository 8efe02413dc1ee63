"""Files from which the environment of a cell can be made again elsewhere."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from tfcompat.util.files import write_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tfcompat.results.schema import CellEnvironment

_IMAGE = "docker.io/library/python"

# How a Containerfile of ours begins: any other file is somebody else's.
_OURS = "# podman build -f"


def containerfile(python: str, freeze: Iterable[str]) -> str:
    """Return a Containerfile for a Python such as ``3.6`` with exactly the packages of a freeze.

    Pins are written without hashes: a source distribution is built anew there, and its wheel has
    another hash. In a result file, the lock with hashes stands beside it.
    """
    pins = " \\\n    ".join(f'"{line}"' for line in freeze)
    return (
        f"FROM {_IMAGE}:{python}\n"
        f"RUN python -m pip install --no-cache-dir --no-deps \\\n    {pins}\n"
        "WORKDIR /study\n"
        "COPY . /study\n"
    )


def write_lock(path: Path, dependency: str, environment: CellEnvironment) -> Path:
    """Write a cell's lock to ``path`` and a Containerfile beside it; return the Containerfile.

    ``uv pip sync`` and ``podman build`` make the environment from them. Raises OSError where a file
    cannot be written, and where a Containerfile is there that is not ours.
    """
    recipe = path.parent / "Containerfile"
    if recipe.exists() and not recipe.read_bytes().startswith(_OURS.encode()):
        raise FileExistsError(errno.EEXIST, f"{recipe} is there, and it is another one")
    python = environment.python
    as_of = f", as of {environment.cut_off[:10]}" if environment.cut_off else ""
    head = (
        f"# {dependency} {environment.release} on Python {python}{as_of}\n"
        f"#   uv venv --python {python} && uv pip sync {path.name}\n"
    )
    write_text(path, head + environment.lock)
    write_text(
        recipe,
        f"{_OURS} {recipe.name} .\n"
        f"FROM {_IMAGE}:{python}\n"
        f"COPY {path.name} /{path.name}\n"
        f"RUN python -m pip install --no-cache-dir --no-deps --require-hashes -r /{path.name}\n"
        "WORKDIR /study\n"
        "COPY . /study\n",
    )
    return recipe
