"""A run that failed, and what its stderr shows of where it did."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from tfcompat.judging import tracebacks
from tfcompat.util import package_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tfcompat.judging.tracebacks import Frame, Raised
    from tfcompat.results.schema import Run

Place = Literal["import", "script", "library"]


@dataclass(frozen=True)
class FailedRun:
    """A run that failed, of an example (by its path) of a study of a ``dependency``.

    ``python`` is the one that it ran on, such as ``3.6``, ``baseline_python`` that of the baseline
    that it is compared with, and ``installed`` the packages of its environment by their canonical
    names. Each is None where it is not known. ``module`` is what the example imports of the
    dependency, where that is not its usual name.
    """

    run: Run
    example: str
    dependency: str
    python: str | None = None
    baseline_python: str | None = None
    installed: frozenset[str] | None = None
    module: str = ""

    @property
    def file(self) -> str:
        """The file of the example, which may be a test in it: ``test_a.py::test_b``."""
        return self.example.partition("::")[0]

    @cached_property
    def lines(self) -> list[str]:
        """Its stderr, line by line."""
        return [line.rstrip("\n") for line in self.run.error]

    @cached_property
    def _chain(self) -> tuple[Raised, ...]:
        return tracebacks.chain_of_ending(self.lines)

    @property
    def raised(self) -> Raised | None:
        """The exception that ended it."""
        return self._chain[-1] if self._chain else None

    @property
    def handled(self) -> tuple[Raised, ...]:
        """The exceptions during whose handling that one was raised, the first one first."""
        return self._chain[:-1]

    @cached_property
    def own_frame(self) -> Frame | None:
        """The deepest place of the traceback that lies in the example, or in what sets it up."""
        frames = self.raised.frames if self.raised else ()
        mine = [frame for frame in frames if self._is_mine(frame)]
        return mine[-1] if mine else None

    def _is_mine(self, frame: Frame) -> bool:
        if self.file != self.example and frame.file.endswith("conftest.py"):
            return frame.package is None
        return frame.script == self.file or frame.script.endswith(f"/{self.file}")

    @cached_property
    def foreign_frames(self) -> list[Frame]:
        """The places further in, which are not the example's."""
        frames = [f for f in (self.raised.frames if self.raised else ()) if not f.internal]
        if self.own_frame is None:
            return frames
        return frames[len(frames) - frames[::-1].index(self.own_frame) :]

    @cached_property
    def using_frame(self) -> Frame | None:
        """The deepest place outside of the standard library: it uses what failed."""
        frames = self.raised.frames if self.raised else ()
        outside = [f for f in frames if not (f.internal or f.standard)]
        return outside[-1] if outside else None

    @property
    def place(self) -> Place:
        """Where the exception was raised."""
        if not self.foreign_frames:
            return "script"
        return "import" if re.match(r"(?:from|import)\s", self.own_code) else "library"

    @property
    def where(self) -> str | None:
        """The deepest place in the example, as ``file:line``; of a notebook with its cell."""
        frame = self.own_frame
        if frame is None:
            return None
        if frame.cell is not None:
            return f"{self.file}, cell {frame.cell}, line {frame.line}"
        conftest = frame.file.removeprefix("/study/")
        file = conftest if conftest.endswith("conftest.py") else self.file
        return f"{file}:{frame.line}"

    @property
    def own_code(self) -> str:
        """The example's own line at which it failed, or nothing."""
        return self.own_frame.code if self.own_frame else ""

    @property
    def using_code(self) -> str:
        """The deepest line of code outside of the standard library, or nothing."""
        return self.using_frame.code if self.using_frame else ""

    @property
    def using_project(self) -> str | None:
        """The project whose file that line is in; None where it is the script's, or a helper's."""
        return self.project_of(self.using_frame) if self.using_frame else None

    def project_of(self, frame: Frame) -> str | None:
        """Return the project that a place lies in: the one under study or a package beside it."""
        if frame.package is None:
            return None
        own = self.is_own(package_names.public_name(frame.package, self.dependency))
        return self.dependency if own else package_names.package_name(frame.package)

    def is_own(self, name: str) -> bool:
        """Tell whether a dotted name belongs to the package under study."""
        inside = bool(self.module) and f"{name}.".startswith(f"{self.module}.")
        return inside or package_names.is_own(name, self.dependency)

    @property
    def is_on_another_python(self) -> bool:
        """Whether its baseline's Python is another one, or not known."""
        if self.baseline_python is None or self.python is None:
            return True
        return self.baseline_python.split(".")[:2] != self.python.split(".")[:2]


_FROM = re.compile(r"from\s+([\w.]+)\s+import\s+(.+)")
_CALL = re.compile(r"(?<![\w.])((?:\w+\.)*\w+)\(")


def imported_from(code: str) -> tuple[str, str] | None:
    """Return the module of a line ``from MODULE import ...`` and what follows; None for others."""
    found = _FROM.match(code)
    return (found[1], found[2]) if found else None


def written_module(code: str, module: str) -> str:
    """Return the whole name of a module of which Python 2 reports the last part alone."""
    whole = re.search(rf"(?<![\w.])[\w.]+\.{re.escape(module)}\b", code)
    return whole[0] if whole else module


def chains_to(attribute: str, code: str) -> list[str]:
    """Return what stands before an attribute in a line of code, as ``tf.nn.`` of ``tf.nn.relu``."""
    return re.findall(rf"(?<![\w.])((?:\w+\.)+){attribute}\b", code)


def calls_in(code: str) -> Iterator[tuple[str, str]]:
    """Yield each function that a line of code calls, and what follows its closing bracket.

    What follows is nothing where the call goes on in the next line.
    """
    for match in _CALL.finditer(code):
        yield match[1], _after_brackets(code[match.end() - 1 :])


def _after_brackets(code: str) -> str:
    depth = 0
    for place, character in enumerate(code):
        depth += (character in "([{") - (character in ")]}")
        if depth == 0:
            return code[place + 1 :]
    return ""
