"""What one release of a library offers: its names, and how they are called. Pure.

A surface is *asked* of the imported library, or *read* from its sources. What it cannot tell is
unknown, which is neither there nor missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

Origin = Literal["asked", "read"]


class Kind(Enum):
    """What a name stands for."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    VALUE = "value"


class Passing(IntEnum):
    """How a parameter is passed; the numbers are those of ``inspect.Parameter.kind``."""

    POSITION = 0
    EITHER = 1
    MORE_POSITIONS = 2
    NAME = 3
    MORE_NAMES = 4


@dataclass(frozen=True)
class Parameter:
    """A parameter of something that is called; ``default`` is its text, None without one."""

    name: str
    passing: Passing
    default: str | None = None

    @property
    def has_place(self) -> bool:
        """Whether it can be passed by position."""
        return self.passing in (Passing.POSITION, Passing.EITHER)


@dataclass(frozen=True, kw_only=True)
class Thing:
    """What a name stands for in one release.

    ``key`` is the same for all names of one object. ``parameters`` are those that a caller passes,
    None where they are not known. ``is_wrapped``: a wrapper is called first, which may accept more
    than they say; ``mentioned`` are the words in it, which may be names of arguments. ``is_open``:
    it may have attributes that are not listed. ``deprecation`` is what the library says of its end.
    """

    key: str
    kind: Kind
    parameters: tuple[Parameter, ...] | None = None
    is_wrapped: bool = False
    mentioned: frozenset[str] = frozenset()
    is_open: bool = False
    deprecation: str = ""

    @property
    def places(self) -> tuple[Parameter, ...]:
        """The parameters that can be passed by position."""
        return tuple(one for one in self.parameters or () if one.has_place)


class Absence(Enum):
    """Why a surface returns nothing for a name."""

    MISSING = "missing"
    UNKNOWN = "unknown"


class Surface(Protocol):
    """What one release offers."""

    @property
    def origin(self) -> Origin:
        """Whether the imported library was asked, or its sources were read."""

    def find(self, name: str, *, is_member: bool = False) -> Thing | Absence:
        """Return what a dotted name stands for.

        With ``is_member`` its last part is an attribute of an instance of the class before it.
        """

    def names_of(self, key: str) -> Sequence[str]:
        """Return the dotted names under which an object is known, as far as they are known."""
