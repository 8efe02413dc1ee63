"""The recipe of a cell: what it takes to make its environment again elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfcompat.environments import Environment
    from tfcompat.grid import Cell


def containerfile(cell: Cell, built: Environment) -> str:
    """Return a Containerfile that installs exactly what the cell had.

    Pins are written without hashes: a source distribution is built anew there, and its wheel has
    a hash of its own. The locked requirements with hashes stand beside it, in ``environment``.
    """
    pins = " \\\n    ".join(f'"{line}"' for line in built.freeze)
    return (
        f"FROM docker.io/library/python:{cell.python}\n"
        f"RUN python -m pip install --no-cache-dir --no-deps \\\n    {pins}\n"
        "WORKDIR /study\n"
        "COPY . /study\n"
    )
