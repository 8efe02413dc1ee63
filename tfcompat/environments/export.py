"""Recipes: what it takes to make the environment of a cell again elsewhere."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from tfcompat.util.files import write_text

if TYPE_CHECKING:
    from pathlib import Path

    from tfcompat.environments.base import Environment
    from tfcompat.planning.grid import Cell
    from tfcompat.results.schema import CellEnvironment

_IMAGE = "docker.io/library/python"

# How a Containerfile of ours begins.
_BUILD = "# podman build -f"


def containerfile(cell: Cell, built: Environment) -> str:
    """Return a Containerfile that installs exactly what the cell had.

    Pins are written without hashes: a source distribution is built anew there, and its wheel has
    a hash of its own. The locked requirements with hashes stand beside it, in ``environment``.
    """
    pins = " \\\n    ".join(f'"{line}"' for line in built.freeze)
    return (
        f"FROM {_IMAGE}:{cell.python}\n"
        f"RUN python -m pip install --no-cache-dir --no-deps \\\n    {pins}\n"
        "WORKDIR /study\n"
        "COPY . /study\n"
    )


def write_lock(path: Path, dependency: str, environment: CellEnvironment) -> Path:
    """Write a cell's locked requirements to ``path`` and a Containerfile beside it; return that.

    ``uv pip sync`` and ``podman build`` make the environment from them. Raises OSError where they
    cannot be written.
    """
    recipe = path.parent / "Containerfile"
    if recipe.exists() and not recipe.read_bytes().startswith(_BUILD.encode()):
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
        f"{_BUILD} {recipe.name} .\n"
        f"FROM {_IMAGE}:{python}\n"
        f"COPY {path.name} /{path.name}\n"
        f"RUN python -m pip install --no-cache-dir --no-deps --require-hashes -r /{path.name}\n"
        "WORKDIR /study\n"
        "COPY . /study\n",
    )
    return recipe
