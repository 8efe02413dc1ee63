"""What another machine reports of itself, so that cells are placed where they can be run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging import tags

from tfcompat import __version__
from tfcompat.environments import interpreters, namespaces
from tfcompat.execution.launcher import content_hash
from tfcompat.util import folders, host

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tfcompat.environments.interpreter_record import Interpreter
    from tfcompat.planning.grid import Cell


@dataclass(frozen=True, kw_only=True, order=True)
class MachineClass:
    """What has to be equal of two machines before their runs may be told apart.

    It is what the keys of runs hold of a machine: the abilities of its processor, and what of the
    network and of other files it can close.
    """

    machine: str
    cpu_flags: tuple[str, ...]
    closes_network: bool
    closes_files: bool


@dataclass(frozen=True, kw_only=True)
class WorkerFacts:
    """What a worker has: its class, its Pythons, the platforms whose wheels it takes, our release.

    ``tool`` is equal where tfcompat is; ``cache`` is where its environments are made.
    """

    tool: str
    machine: MachineClass
    pythons: tuple[Interpreter, ...]
    platforms: frozenset[str]
    cache: str

    def has_python(self, cell: Cell) -> bool:
        """Tell whether it has the Python of a cell."""
        wanted = cell.interpreter
        return wanted is not None and equal_python(wanted, self.pythons) is not None

    def takes(self, cell: Cell) -> bool:
        """Tell whether it has the Python of a cell, and can install its wheel."""
        if not self.has_python(cell):
            return False
        names = {tag.platform for tag in cell.wheel.tags} if cell.wheel else {"any"}
        return "any" in names or bool(names & self.platforms)


def equal_python(wanted: Interpreter, found: Iterable[Interpreter]) -> Interpreter | None:
    """Return the interpreter of the same version and ABI, None where there is none."""
    same = (wanted.version, wanted.abi)
    return next((one for one in found if (one.version, one.abi) == same), None)


def own_pythons() -> tuple[Interpreter, ...]:
    """Return the Pythons of this machine; the first time, that starts each."""
    found, _ = interpreters.find(folder=folders.cache_folder())
    return found


def own_tool() -> str:
    """Return what is equal for two installations of tfcompat that make the same runs."""
    return f"{__version__} {content_hash()}"


def own_class() -> MachineClass:
    """Return the class of this machine."""
    this = host.this_host()
    return MachineClass(
        machine=this.machine,
        cpu_flags=this.cpu_flags,
        closes_network=not namespaces.network_obstacle(),
        closes_files=not namespaces.files_obstacle(),
    )


def own_facts() -> WorkerFacts:
    """Return the facts of this machine; the first time, that starts every Python it has."""
    return WorkerFacts(
        tool=own_tool(),
        machine=own_class(),
        pythons=own_pythons(),
        platforms=frozenset(tags.platform_tags()),
        cache=str(folders.cache_folder()),
    )
