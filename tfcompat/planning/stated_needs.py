"""What files state that the scripts of a search need, put together.

The block of a script (PEP 723) is always read, and what it states is installed. Other files are
read where the user names them, and hold for what is installed anyway. One that lies there and is
not named is reported: a search tries releases of many years, and pins are of one day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tfcompat.planning.requirement_files import read_file, usual_file
from tfcompat.planning.script_block import read_block
from tfcompat.planning.stated import Stated, as_constraint, check_pins
from tfcompat.planning.surroundings import CommandLine, project_of, read_script

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class NeedsBeside:
    """What is stated beside the package under study.

    ``origins`` are the files that state ``requirements`` and ``constraints``, ``installed`` the
    names of the former. ``requires_python`` is None where nothing is stated. ``said`` are lines on
    what was taken from where.
    """

    requirements: tuple[str, ...]
    constraints: tuple[str, ...]
    requires_python: SpecifierSet | None
    origins: Mapping[str, str]
    said: tuple[str, ...]
    installed: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class StatedNeeds:
    """The blocks of scripts, the files that were named, and those that were not (``unused``)."""

    blocks: Mapping[Path, Stated]
    files: tuple[Stated, ...]
    unused: tuple[Path, ...]

    @classmethod
    def of(cls, scripts: Sequence[Path], given: CommandLine) -> StatedNeeds:
        """Read what is stated for scripts; raise StudyError where that cannot be read."""
        blocks = {path: read_block(read_script(path), path.name) for path in scripts}
        bare = [path for path in scripts if blocks[path] is None]
        beside = [usual_file((path.parent, project_of(path.parent))) for path in bare]
        return cls(
            blocks={path: block for path, block in blocks.items() if block is not None},
            files=tuple(map(read_file, given.requirement_files)),
            unused=() if given.requirement_files else tuple(dict.fromkeys(filter(None, beside))),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all packages that are stated, each once."""
        found = [one for stated in self._all for one in stated.requirements]
        return tuple(dict.fromkeys(canonicalize_name(one.name) for one in found))

    @property
    def _all(self) -> tuple[Stated, ...]:
        return (*self.blocks.values(), *self.files)

    def baseline(self, script: Path, dependency: str) -> str | None:
        """Return the release that is pinned exactly for a script: by its block, or by a file."""
        stated = [self.blocks[script]] if script in self.blocks else []
        pins = (one.pin(dependency) for one in (*stated, *self.files))
        return next(filter(None, pins), None)

    def beside(self, dependency: str) -> NeedsBeside:
        """Return what holds beside the package under study.

        Raises StudyError where files contradict each other.
        """
        check_pins(self._all, dependency)
        installed = [
            (one, stated.source)
            for stated in self._all
            if stated.installs
            for one in stated.beside(dependency)
        ]
        held = [
            (text, stated.source)
            for stated in self._all
            if not stated.installs
            for one in stated.beside(dependency)
            if (text := as_constraint(one))
        ]
        pythons = [str(one.requires_python) for one in self._all if str(one.requires_python)]
        return NeedsBeside(
            requirements=tuple(dict.fromkeys(str(one) for one, _ in installed)),
            constraints=tuple(dict.fromkeys(text for text, _ in held)),
            requires_python=SpecifierSet(",".join(pythons)) if pythons else None,
            origins=dict(held) | {str(one): source for one, source in installed},
            said=(*(one.describe(dependency) for one in self._all), *map(_unused, self.unused)),
            installed=frozenset(canonicalize_name(one.name) for one, _ in installed),
        )


def _unused(path: Path) -> str:
    return (
        f"{path.name} is not used: packages are of the day of each release; "
        f"--requirements {path.name} holds what it states"
    )
