"""What is known of one CPython, and which wheels it accepts. Starts no process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from packaging import tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from packaging.tags import Tag
    from packaging.version import Version

    from tfcompat.environments.containers import Image


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """One CPython that was started and reported what it is.

    ``path`` is that of its program, inside ``image`` where it has one. ``version`` is the full
    version such as ``3.6.15``, ``abi`` its ABI tag such as ``cp36m``. ``libraries`` are folders
    outside of its own from which its standard library loads shared libraries.
    """

    path: Path
    version: Version
    abi: str
    image: Image | None = None
    libraries: tuple[Path, ...] = ()

    @property
    def folders(self) -> tuple[Path, ...]:
        """The program, the folder that it is installed in, and all that it needs besides."""
        return (self.path, self.path.resolve().parent.parent, *self.libraries)

    @property
    def python(self) -> str:
        """Major and minor version, such as ``3.6``."""
        return f"{self.version.major}.{self.version.minor}"

    @property
    def tags(self) -> dict[Tag, int]:
        """The wheel tags that it accepts, each with its rank; 0 is the best."""
        return python_tags(self.python, self.abi)


@cache
def python_tags(python: str, abi: str | None = None) -> dict[Tag, int]:
    """Return the wheel tags that a CPython such as ``3.6`` accepts here, with their ranks.

    Without ``abi`` it is that of the builds that Linux distributions make.
    https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
    """
    major, minor = map(int, python.split("."))
    if abi is None:
        flags = "mu" if (major, minor) == (2, 7) else "m" if (major, minor) < (3, 8) else ""
        abi = f"cp{major}{minor}{flags}"
    platforms = list(tags.platform_tags())
    own = tags.cpython_tags((major, minor), abis=[abi], platforms=platforms)
    shared = tags.compatible_tags((major, minor), f"cp{major}{minor}", platforms=platforms)
    ordered = dict.fromkeys([*own, *shared])
    return {tag: rank for rank, tag in enumerate(ordered)}


def choose(
    found: Iterable[Interpreter], wheels: Mapping[Interpreter, int]
) -> dict[str, Interpreter]:
    """Return one interpreter for each minor version: the one for which most wheels exist.

    ``found`` is in order of preference, which decides between equals. A Python 2.7 that was built
    for narrow unicode (cp27m) gives way so to one that was not (cp27mu), and the reverse.
    """
    chosen: dict[str, Interpreter] = {}
    for interpreter in found:
        other = chosen.get(interpreter.python)
        if other is None or wheels.get(interpreter, 0) > wheels.get(other, 0):
            chosen[interpreter.python] = interpreter
    return chosen
